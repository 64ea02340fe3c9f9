//! A mail client that knows PLAIN only, and sends every byte that it is told to: IMAP, POP3 and SMTP.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::mail_client::Told;

/// Logs in on this port of 127.0.0.1, and says good-bye.
///
/// # Panics
///
/// Where it was told neither yes, nor no, nor later; the message holds what was said.
#[track_caller]
pub fn log_in(protocol: &str, port: u16, login: &str, password: &[u8]) -> Told {
    let (answer, mut talk) = authenticate(protocol, port, login, password);
    talk.say(if protocol == "imap" { "2 LOGOUT" } else { "QUIT" });
    // Nothing more comes from a server that has closed the connection.
    drop(talk.line());
    told(protocol, &answer)
}

/// What came back, and the connection.
fn authenticate(protocol: &str, port: u16, login: &str, password: &[u8]) -> (String, Talk) {
    let mut talk = Talk::with(port);
    let response = BASE64_STANDARD.encode([b"\0", login.as_bytes(), b"\0", password].concat());
    talk.line();

    let answer = match protocol {
        "imap" => {
            talk.say("1 AUTHENTICATE PLAIN");
            talk.line();
            talk.say(&response);
            talk.until(|line| line.starts_with("1 ") || line.starts_with("* BAD"))
        }
        "pop3" => {
            talk.say("AUTH PLAIN");
            talk.line();
            talk.say(&response);
            talk.until(|line| line.starts_with("+OK") || line.starts_with("-ERR"))
        }
        _ => {
            talk.say("EHLO client.example.org");
            talk.until(|line| line.starts_with("250 "));
            talk.say(&format!("AUTH PLAIN {response}"));
            talk.line()
        }
    };

    (answer, talk)
}

/// By the codes of RFC 5530, RFC 3206 and RFC 4954; and by nginx's own words, which it says when it is not answered.
#[track_caller]
fn told(protocol: &str, answer: &str) -> Told {
    let (right, wrong, later): (&str, &str, &[&str]) = match protocol {
        "imap" => {
            ("1 OK", "1 NO [AUTHENTICATIONFAILED]", &["1 NO [UNAVAILABLE]", "* BAD internal server error"])
        }
        "pop3" => ("+OK", "-ERR [AUTH]", &["-ERR [SYS/TEMP]", "-ERR internal server error"]),
        _ => ("235 ", "535 ", &["454 ", "451 ", "435 "]),
    };

    if answer.starts_with(right) {
        Told::In
    } else if answer.starts_with(wrong) {
        Told::WrongPassword
    } else if later.iter().any(|later| answer.starts_with(later)) {
        Told::Later
    } else {
        panic!("neither yes, nor wrong, nor later: {answer:?}")
    }
}

/// Lines, to and fro.
struct Talk(BufReader<TcpStream>);

impl Talk {
    fn with(port: u16) -> Self {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Self(BufReader::new(stream))
    }

    fn say(&mut self, line: &str) {
        // A server that has closed the connection is noticed when nothing comes back.
        drop(self.0.get_mut().write_all(format!("{line}\r\n").as_bytes()));
    }

    fn line(&mut self) -> String {
        let mut line = Vec::new();
        drop(self.0.read_until(b'\n', &mut line));
        String::from_utf8_lossy(&line).into_owned()
    }

    fn until(&mut self, last: impl Fn(&str) -> bool) -> String {
        loop {
            let line = self.line();
            if line.is_empty() || last(&line) {
                return line;
            }
        }
    }
}

/// Says these lines, one after the other is answered; everything that came back until the connection was closed.
///
/// # Panics
///
/// Where there is no connection.
pub fn converse(port: u16, lines: &[&str]) -> String {
    let mut talk = Talk::with(port);
    let mut said = talk.line();
    for line in lines {
        talk.say(line);
        let tag = line.split(' ').next().unwrap_or_default();
        said += &talk.until(|answer| answer.split(' ').next() == Some(tag));
    }

    said
}
