//! More connections than the system allows: whoever does nothing has to go, and who asks is answered.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use clientpass::clock::{SystemTimeSource as Stopwatch, TimeSource as _};

use crate::support::clientpass::Clientpass;
use crate::support::{find_program, free_port, runnable};

const CROWD: usize = 1_100;
const FILES: u32 = 1_024;
const SOON: Duration = Duration::from_secs(2);

/// Connections from one address that say this, and then nothing more.
fn crowd(to: SocketAddr, says: &[u8]) -> Vec<TcpStream> {
    let connect = || {
        let mut stream = TcpStream::connect_timeout(&to, Duration::from_secs(5)).unwrap();
        // Who had to go already is not heard.
        drop(stream.write_all(says));
        stream
    };
    let mut crowd: Vec<_> = (0..CROWD).map(|_| connect()).collect();
    // All of them have been dealt with: from now on they are there, and silent.
    for stream in crowd.iter_mut().filter(|_| !says.is_empty()) {
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        drop(stream.read(&mut [0]));
    }
    crowd
}

/// What the door of reverse proxies answers.
fn forward_auth(door: SocketAddr, login: &str, password: &str) -> u16 {
    let credentials = BASE64_STANDARD.encode(format!("{login}:{password}"));
    let asked = ureq::get(format!("http://{door}/")).header("Authorization", format!("Basic {credentials}"));
    asked.call().unwrap().status().as_u16()
}

#[test]
fn a_crowd_that_says_nothing_holds_up_neither_checks_nor_doors() {
    let missing = find_program("prlimit").is_none().then(|| "prlimit (Debian: util-linux)".to_owned());
    if !runnable(missing) {
        return;
    }
    // This process holds the other ends.
    let ours = format!("--nofile={}", 8 * CROWD);
    let raised = Command::new("prlimit").args(["--pid", &std::process::id().to_string(), &ours]).status();
    assert!(raised.unwrap().success());
    let (mut clientpass, home) = Clientpass::installed();
    let (door, ldap) = (free_port(), free_port());
    clientpass.limit_files(FILES);
    clientpass.restart_with(&format!(
        "[verify]\nrefusal_floor_ms = 0\n[doors.forward_auth]\nlisten = \"127.0.0.1:{door}\"\n\
         [doors.ldap]\nlisten = \"127.0.0.1:{ldap}\"\n"
    ));
    clientpass.says("event=limits open_files=1024", 1);
    let alice = home.member("alice").secured(Clientpass::now());
    let phone = alice.issue("Phone");
    let door = SocketAddr::from(([127, 0, 0, 1], door));
    let ldap = SocketAddr::from(([127, 0, 0, 1], ldap));
    let at_most = |what: &str, asked: &dyn Fn()| {
        let begun = Stopwatch::new();
        asked();
        assert!(begun.monotonic() < SOON, "{what} took {:?}", begun.monotonic());
    };
    let verified = || assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    let let_in = || assert_eq!(forward_auth(door, &alice.login, &phone.secret), 200);
    at_most("a check", &verified);
    let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".as_slice();
    for (crowded, says) in [(clientpass.address(), request), (door, request), (ldap, b"")] {
        let waiting = crowd(crowded, says);
        for _ in 0..10 {
            at_most("a check", &verified);
            at_most("forward_auth", &let_in);
        }
        drop(waiting);
    }
}
