//! A mail client that knows PLAIN only, and sends every byte that it is told to: IMAP, POP3, SMTP and ManageSieve.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use rcgen::{CertifiedKey, KeyPair};

use super::ldap::{Line, tls};
use super::mail_client::Told;

/// How long it waits for each line.
const PATIENCE: Duration = Duration::from_secs(30);

/// Logs in on this port of 127.0.0.1, and says good-bye.
///
/// # Panics
///
/// Where it was told neither yes, nor no, nor later; the message holds what was said.
#[track_caller]
pub fn log_in(protocol: &str, port: u16, login: &str, password: &[u8]) -> Told {
    log_in_for("", protocol, port, login, password)
}

/// The same by somebody who says that they act for another (RFC 4616: the authorization identity).
///
/// # Panics
///
/// Where it was told neither yes, nor no, nor later; the message holds what was said.
#[track_caller]
pub fn log_in_for(other: &str, protocol: &str, port: u16, login: &str, password: &[u8]) -> Told {
    let mut talk = Talk::with(port, PATIENCE);
    talk.greeting(protocol);
    talk.log_in(protocol, &plain(other, login, password))
}

/// The same by a mail client that waits so long for each line.
///
/// # Panics
///
/// Where it was told neither yes, nor no, nor later; the message holds what was said.
#[track_caller]
pub fn log_in_within(patience: Duration, protocol: &str, port: u16, login: &str, password: &[u8]) -> Told {
    let mut talk = Talk::with(port, patience);
    talk.greeting(protocol);
    talk.log_in(protocol, &plain("", login, password))
}

/// The same over SMTP with STARTTLS, by a mail client that trusts this certificate. A mail server that hangs up before
/// it has greeted, over TLS as well, is one to come back to.
///
/// # Panics
///
/// Where it was told neither yes, nor no, nor later; the message holds what was said.
#[track_caller]
pub fn log_in_over_tls(certificate: &CertifiedKey<KeyPair>, port: u16, login: &str, password: &[u8]) -> Told {
    let mut talk = Talk::with(port, PATIENCE);
    if talk.greeting("smtp").is_empty() {
        return Told::Later;
    }
    let mut talk = talk.start_tls(certificate);
    if talk.hello().is_empty() {
        return Told::Later;
    }
    talk.log_in("smtp", &plain("", login, password))
}

fn plain(other: &str, login: &str, password: &[u8]) -> String {
    BASE64_STANDARD.encode([other.as_bytes(), b"\0", login.as_bytes(), b"\0", password].concat())
}

/// By the codes of RFC 5530, RFC 3206, RFC 5804 and RFC 4954; and by nginx's own words, which it says when it is not answered.
#[track_caller]
fn told(protocol: &str, answer: &str) -> Told {
    let (right, wrong, later): (&str, &str, &[&str]) = match protocol {
        "imap" => {
            ("1 OK", "1 NO [AUTHENTICATIONFAILED]", &["1 NO [UNAVAILABLE]", "* BAD internal server error"])
        }
        "pop3" => ("+OK", "-ERR [AUTH]", &["-ERR [SYS/TEMP]", "-ERR internal server error"]),
        "sieve" => ("OK", "NO \"Authentication failed", &["NO (TRYLATER)"]),
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
struct Talk(BufReader<Box<dyn Line>>);

impl Talk {
    fn with(port: u16, patience: Duration) -> Self {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        stream.set_read_timeout(Some(patience)).unwrap();
        Self(BufReader::new(Box::new(stream)))
    }

    /// The last line of the greeting; nothing where there was none.
    fn greeting(&mut self, protocol: &str) -> String {
        self.until(|line| protocol != "sieve" || line.starts_with("OK"))
    }

    fn start_tls(mut self, certificate: &CertifiedKey<KeyPair>) -> Self {
        self.hello();
        self.say("STARTTLS");
        let answer = self.line();
        assert!(answer.starts_with("220 "), "{answer:?}");
        // Nothing more is sent before TLS begins, so nothing is left to be read.
        Self(BufReader::new(tls(certificate, self.0.into_inner())))
    }

    fn hello(&mut self) -> String {
        self.say("EHLO client.example.org");
        self.until(|line| line.starts_with("250 "))
    }

    /// What it is told, once it has said good-bye.
    #[track_caller]
    fn log_in(mut self, protocol: &str, response: &str) -> Told {
        let answer = self.authenticate(protocol, response);
        self.say(match protocol {
            "imap" => "2 LOGOUT",
            "sieve" => "LOGOUT",
            _ => "QUIT",
        });
        // Nothing more comes from a server that has closed the connection.
        drop(self.line());
        told(protocol, &answer)
    }

    fn authenticate(&mut self, protocol: &str, response: &str) -> String {
        match protocol {
            "imap" => {
                self.say("1 AUTHENTICATE PLAIN");
                self.line();
                self.say(response);
                self.until(|line| line.starts_with("1 ") || line.starts_with("* BAD"))
            }
            "pop3" => {
                self.say("AUTH PLAIN");
                self.line();
                self.say(response);
                self.until(|line| line.starts_with("+OK") || line.starts_with("-ERR"))
            }
            "sieve" => {
                self.say(&format!("AUTHENTICATE \"PLAIN\" \"{response}\""));
                self.until(|line| ["OK", "NO", "BYE"].iter().any(|word| line.starts_with(word)))
            }
            _ => {
                self.hello();
                self.say(&format!("AUTH PLAIN {response}"));
                self.line()
            }
        }
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
    let mut talk = Talk::with(port, PATIENCE);
    let mut said = talk.line();
    for line in lines {
        talk.say(line);
        let tag = line.split(' ').next().unwrap_or_default();
        said += &talk.until(|answer| answer.split(' ').next() == Some(tag));
    }

    said
}
