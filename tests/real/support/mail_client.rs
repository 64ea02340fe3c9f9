//! Mail clients as people have them: programs of others that log in over IMAP or POP3 and say what they were told.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use super::dovecot::Dovecot;
use super::find_program;

const PYTHON: &str = include_str!("log_in.py");

/// A program that logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailClient {
    /// curl, `AUTHENTICATE PLAIN` of IMAP, then a list of the folders.
    CurlImap,
    /// curl, `AUTH PLAIN` of POP3, then a list of the messages.
    CurlPop3,
    /// Python's imaplib, `LOGIN`, then the inbox.
    PythonImap,
    /// Python's poplib, `USER` and `PASS`, then the size of the inbox.
    PythonPop3,
}

/// What a mail client makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It is in, and saw its mailbox.
    In,
    /// The password is wrong: it asks for another.
    WrongPassword,
    /// Not now: it tries again later.
    Later,
}

pub use MailClient::{CurlImap, CurlPop3, PythonImap, PythonPop3};

/// All of them.
pub const EVERY_CLIENT: [MailClient; 4] = [CurlImap, CurlPop3, PythonImap, PythonPop3];

/// What is missing here to run them, or nothing.
pub fn missing() -> Option<String> {
    let missing = ["curl", "python3"].into_iter().find(|name| find_program(name).is_none())?;
    Some(format!("the program {missing} is not installed (Debian: {missing})"))
}

impl MailClient {
    /// Logs in.
    ///
    /// # Panics
    ///
    /// Where the client was told neither yes, nor no, nor later; the message holds what it said.
    #[track_caller]
    pub fn logs_in(self, dovecot: &Dovecot, login: &str, password: &str) -> Told {
        match self {
            CurlImap | CurlPop3 => self.logs_in_at(dovecot.port(self.protocol()), login, password),
            PythonImap | PythonPop3 => {
                let one = Attempt { protocol: self.protocol(), login, password, id: None };
                python(dovecot, 1, &[one])[0]
            }
        }
    }

    /// What the protocol is called.
    pub fn protocol(self) -> &'static str {
        match self {
            CurlImap | PythonImap => "imap",
            CurlPop3 | PythonPop3 => "pop3",
        }
    }

    /// Logs in at this port, with curl.
    ///
    /// # Panics
    ///
    /// Where the client was told neither yes, nor no, nor later; the message holds what it said.
    #[track_caller]
    pub fn logs_in_at(self, port: u16, login: &str, password: &str) -> Told {
        let url = format!("{}://127.0.0.1:{port}/", self.protocol());
        let output = Command::new("curl")
            .args(["-q", "--silent", "--show-error", "-v", "--max-time", "30", "--url", &url])
            .args(["--user", &format!("{login}:{password}")])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(0) => Told::In,
            Some(67) => refusal(self.protocol(), &said),
            other => panic!("curl ended with {other:?}:\n{said}"),
        }
    }
}

/// Wrong password, or later; by the response codes of RFC 5530 and RFC 3206, which mail clients go by.
#[track_caller]
fn refusal(protocol: &str, said: &str) -> Told {
    let (wrong, later) = match protocol {
        "imap" => ("[AUTHENTICATIONFAILED]", "[UNAVAILABLE]"),
        _ => ("[AUTH]", "[SYS/TEMP]"),
    };
    match (said.contains(wrong), said.contains(later)) {
        (true, false) => Told::WrongPassword,
        (false, true) => Told::Later,
        _ => panic!("neither a wrong password nor a temporary failure:\n{said}"),
    }
}

/// One login by Python.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// `imap` or `pop3`.
    pub protocol: &'static str,
    /// Who.
    pub login: &'a str,
    /// With what.
    pub password: &'a str,
    /// What an IMAP client says it is, before it logs in.
    pub id: Option<&'a str>,
}

/// Many logins by Python's imaplib and poplib, `at_once` at the same time, each on a connection of its own.
///
/// # Panics
///
/// Where one was told neither yes, nor no, nor later.
#[track_caller]
pub fn python(dovecot: &Dovecot, at_once: usize, attempts: &[Attempt]) -> Vec<Told> {
    let line = |one: &Attempt| {
        let port = dovecot.port(one.protocol);
        json!({"protocol": one.protocol, "port": port, "login": one.login, "password": one.password, "id": one.id})
    };
    let wish = json!({"at_once": at_once, "logins": attempts.iter().map(line).collect::<Vec<_>>()});
    let Output { status, stdout, stderr } = run_python(&wish);
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    let said: Vec<Option<String>> = serde_json::from_slice(&stdout).unwrap();
    assert_eq!(said.len(), attempts.len());
    let told = |(one, said): (&Attempt, &Option<String>)| {
        said.as_ref().map_or(Told::In, |said| refusal(one.protocol, said))
    };
    attempts.iter().zip(&said).map(told).collect()
}

fn run_python(wish: &Value) -> Output {
    let mut python = Command::new("python3")
        .args(["-c", PYTHON])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(wish.to_string().as_bytes()).unwrap();
    python.wait_with_output().unwrap()
}
