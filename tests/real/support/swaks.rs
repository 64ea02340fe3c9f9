//! swaks, the mail client of mail administrators: one AUTH, and the code that it was answered with.

use std::process::Command;

use super::find_program;

/// What is missing here to run it, or nothing.
pub fn missing() -> Option<String> {
    let tls = Command::new("perl").args(["-MNet::SSLeay", "-e", "1"]).output();
    let there = find_program("swaks").is_some() && tls.is_ok_and(|perl| perl.status.success());
    (!there).then(|| "swaks with TLS is not installed (Debian: swaks libnet-ssleay-perl)".into())
}

/// Authenticates over STARTTLS on this port, with PLAIN or LOGIN; the code of the answer, or 0 where the server
/// closed the connection before it had greeted.
///
/// # Panics
///
/// Where nothing was answered to AUTH; the message holds what was said.
#[track_caller]
pub fn auth(port: u16, mechanism: &str, login: &str, password: &str) -> u16 {
    let output = Command::new("swaks")
        .args(["--server", "127.0.0.1", "--port", &port.to_string(), "-tls", "--timeout", "30"])
        .args(["--auth", mechanism, "--auth-user", login, "--auth-password", password])
        .args(["--quit-after", "AUTH"])
        .output()
        .unwrap();

    let said = String::from_utf8_lossy(&output.stdout);
    if !said.lines().any(|line| line.contains("220")) {
        return 0;
    }

    let answers = said.lines().skip_while(|line| !line.contains("> AUTH ")).filter_map(code);
    let answer = answers.filter(|code| ![221, 334].contains(code)).last();
    answer.unwrap_or_else(|| {
        panic!("AUTH was not answered:\n{said}{}", String::from_utf8_lossy(&output.stderr))
    })
}

/// The code of a line from the server: `<~  235 2.7.0 …`, `<~* 535 5.7.8 …`.
fn code(line: &str) -> Option<u16> {
    let line = line.strip_prefix('<')?.trim_start_matches(['~', '-', '*', ' ']);
    line.get(..3)?.parse().ok()
}
