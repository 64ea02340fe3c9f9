//! Mail clients as people have them: programs of others that log in and say what they were told.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

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
    /// curl, `AUTH PLAIN` of SMTP, then a mail.
    CurlSubmission,
    /// Python's smtplib, `AUTH PLAIN`, then `NOOP`.
    PythonSubmission,
    /// `AUTHENTICATE "PLAIN"` of ManageSieve.
    PythonSieve,
    /// mbsync, which fetches the mailbox.
    Mbsync,
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

pub use MailClient::{
    CurlImap, CurlPop3, CurlSubmission, Mbsync, PythonImap, PythonPop3, PythonSieve, PythonSubmission,
};

/// Those that read mail, two of each protocol.
pub const EVERY_CLIENT: [MailClient; 4] = [CurlImap, CurlPop3, PythonImap, PythonPop3];
/// Those that send mail, keep filters, or fetch a mailbox.
pub const OTHER_CLIENTS: [MailClient; 4] = [CurlSubmission, PythonSubmission, PythonSieve, Mbsync];

/// What is missing here to run them, or nothing.
pub fn missing() -> Option<String> {
    let programs = [("curl", "curl"), ("python3", "python3"), ("mbsync", "isync")];
    let (missing, package) = programs.into_iter().find(|(name, _)| find_program(name).is_none())?;
    Some(format!("the program {missing} is not installed (Debian: {package})"))
}

impl MailClient {
    /// Logs in over its protocol at this Dovecot.
    ///
    /// # Panics
    ///
    /// Where the client was told neither yes, nor no, nor later; the message holds what it said.
    #[track_caller]
    pub fn logs_in(self, dovecot: &Dovecot, login: &str, password: &str) -> Told {
        match self {
            CurlImap | CurlPop3 | CurlSubmission => {
                self.logs_in_at(dovecot.port(self.protocol()), login, password)
            }
            Mbsync => mbsync(dovecot, login, password),
            PythonImap | PythonPop3 | PythonSubmission | PythonSieve => {
                let one = Attempt { protocol: self.protocol(), login, password, id: None };
                python(dovecot, 1, &[one])[0]
            }
        }
    }

    /// What the protocol is called.
    pub fn protocol(self) -> &'static str {
        match self {
            CurlImap | PythonImap | Mbsync => "imap",
            CurlPop3 | PythonPop3 => "pop3",
            CurlSubmission | PythonSubmission => "submission",
            PythonSieve => "sieve",
        }
    }

    /// Logs in at this port, with curl.
    ///
    /// # Panics
    ///
    /// Where the client was told neither yes, nor no, nor later; the message holds what it said.
    #[track_caller]
    pub fn logs_in_at(self, port: u16, login: &str, password: &str) -> Told {
        let scheme = if self == CurlSubmission { "smtp" } else { self.protocol() };
        let url = format!("{scheme}://127.0.0.1:{port}/");
        let mut command = Command::new("curl");
        if self == CurlSubmission {
            command.args([
                "--mail-from",
                login,
                "--mail-rcpt",
                "bob@example.org",
                "--upload-file",
                "/dev/null",
            ]);
        }

        let output = command
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

#[track_caller]
fn mbsync(dovecot: &Dovecot, login: &str, password: &str) -> Told {
    let folder = TempDir::with_prefix("mbsync-").unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::write(at("password"), password).unwrap();
    let settings = format!(
        "IMAPStore far\nHost 127.0.0.1\nPort {}\nUser {login}\nPassCmd \"cat {}\"\nSSLType None\nAuthMechs *\n\n\
         MaildirStore near\nInbox {}\n\nChannel all\nFar :far:\nNear :near:\nPatterns INBOX\nSyncState *\n",
        dovecot.port("imap"),
        at("password"),
        at("inbox"),
    );

    fs::write(at("settings"), settings).unwrap();
    let output = Command::new("mbsync").args(["-c", &at("settings"), "-a"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Told::In } else { refusal("imap", &said) }
}

/// Wrong password, or later; by the response codes of RFC 5530, RFC 3206, RFC 5804 and RFC 4954, which mail clients go
/// by.
#[track_caller]
fn refusal(protocol: &str, said: &str) -> Told {
    let (wrong, later) = match protocol {
        "imap" => ("[AUTHENTICATIONFAILED]", "[UNAVAILABLE]"),
        "submission" => ("535 5.7.8", "454 4.7.0"),
        "sieve" => ("NO \"Authentication failed", "NO (TRYLATER)"),
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
    /// `imap`, `pop3`, `submission` or `sieve`.
    pub protocol: &'static str,
    /// The login, as the client sends it.
    pub login: &'a str,
    /// The password, as the client sends it.
    pub password: &'a str,
    /// What an IMAP client says it is, before it logs in.
    pub id: Option<&'a str>,
}

/// Many logins by Python's imaplib, poplib and smtplib, `at_once` at the same time, each on a connection of its own.
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
    let wish =
        json!({"at_once": at_once, "patience": 30, "logins": attempts.iter().map(line).collect::<Vec<_>>()});

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
