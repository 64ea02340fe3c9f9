//! What the operating system is told about the process that holds the keys.

use std::fs;

use crate::support::clientpass::Clientpass;

#[test]
fn a_crash_leaves_no_core_dump_with_keys_in_it() {
    let (clientpass, _) = Clientpass::installed();
    let limits = fs::read_to_string(format!("/proc/{}/limits", clientpass.pid())).unwrap();
    let core = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
    let (soft, hard) = (core.split_whitespace().next(), core.split_whitespace().nth(1));
    assert_eq!((soft, hard), (Some("0"), Some("0")), "{limits}");
}
