//! The answers to nginx's mail proxy, as headers: it knows no others, ignores the status, and its buffer for the whole
//! head of an answer has 1,024 bytes.

use std::net::IpAddr;

use crate::domain::protocol::Protocol;
use crate::domain::secret::Secret;

/// After a failure nginx waits so many seconds, then lets the mail client try again; without `Auth-Wait` it closes.
const WAIT: &str = "1";
/// It keeps memory for every attempt of a connection.
const ATTEMPTS_TO_WAIT_FOR: u32 = 3;

/// What becomes of a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Connect the mail client with a mail server.
    Connect(Connect),
    /// The password is wrong.
    Refuse(Attempt),
    /// Try again later.
    Later(Attempt),
}

/// The mail server that a mail client is connected with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connect {
    /// Its address; nginx takes no names.
    pub server: IpAddr,
    /// Its port there, of the protocol that the mail client speaks.
    pub port: u16,
    /// With which name nginx signs in there, where that is not the one that was typed.
    pub user: Option<String>,
    /// With which password, where that is not the one that was typed.
    pub password: Option<Secret>,
}

/// A failed attempt of a mail client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// What it speaks; `None` if that is unknown here.
    pub protocol: Option<Protocol>,
    /// Which one it is on this connection.
    pub number: u32,
}

impl Reply {
    /// The names and values of the headers that nginx reads.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Connect(connect) => connect.headers(),
            Self::Refuse(attempt) => attempt.failed(match attempt.protocol {
                Some(Protocol::Imap) => ("[AUTHENTICATIONFAILED] Authentication failed.", None),
                Some(Protocol::Pop3) => ("[AUTH] Authentication failed.", None),
                _ => ("Authentication failed.", Some("535 5.7.8")),
            }),
            Self::Later(attempt) => attempt.failed(match attempt.protocol {
                Some(Protocol::Imap) => ("[UNAVAILABLE] Temporary authentication failure.", None),
                Some(Protocol::Pop3) => ("[SYS/TEMP] Temporary authentication failure.", None),
                _ => ("Temporary authentication failure.", Some("454 4.7.0")),
            }),
        }
    }
}

impl Connect {
    fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("Auth-Status", "OK".to_owned()),
            ("Auth-Server", self.server.to_string()),
            ("Auth-Port", self.port.to_string()),
        ];

        headers.extend(self.user.iter().map(|user| ("Auth-User", user.clone())));
        headers.extend(self.password.iter().map(|password| ("Auth-Pass", password.expose().to_owned())));
        headers
    }
}

impl Attempt {
    /// The codes of RFC 5530 (IMAP), RFC 3206 (POP3) and RFC 4954 (SMTP), which mail clients go by.
    fn failed(self, (text, code): (&'static str, Option<&'static str>)) -> Vec<(&'static str, String)> {
        let mut headers = vec![("Auth-Status", text.to_owned())];
        headers.extend(code.map(|code| ("Auth-Error-Code", code.to_owned())));
        if self.number < ATTEMPTS_TO_WAIT_FOR {
            headers.push(("Auth-Wait", WAIT.to_owned()));
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(reply: &Reply) -> String {
        let lines = reply.headers().into_iter().map(|(name, value)| format!("{name}: {value}"));
        lines.collect::<Vec<_>>().join("\n")
    }

    fn attempt(protocol: Option<Protocol>, number: u32) -> Attempt {
        Attempt { protocol, number }
    }

    #[test]
    fn each_protocol_has_its_own_words() {
        let first = |protocol| attempt(protocol, 1);

        for (reply, expected) in [
            (
                Reply::Refuse(first(Some(Protocol::Imap))),
                "Auth-Status: [AUTHENTICATIONFAILED] Authentication failed.",
            ),
            (
                Reply::Later(first(Some(Protocol::Imap))),
                "Auth-Status: [UNAVAILABLE] Temporary authentication failure.",
            ),
            (Reply::Refuse(first(Some(Protocol::Pop3))), "Auth-Status: [AUTH] Authentication failed."),
            (
                Reply::Later(first(Some(Protocol::Pop3))),
                "Auth-Status: [SYS/TEMP] Temporary authentication failure.",
            ),
            (
                Reply::Refuse(first(Some(Protocol::Smtp))),
                "Auth-Status: Authentication failed.\nAuth-Error-Code: 535 5.7.8",
            ),
            (
                Reply::Later(first(Some(Protocol::Smtp))),
                "Auth-Status: Temporary authentication failure.\nAuth-Error-Code: 454 4.7.0",
            ),
            (
                Reply::Later(first(None)),
                "Auth-Status: Temporary authentication failure.\nAuth-Error-Code: 454 4.7.0",
            ),
        ] {
            assert_eq!(shown(&reply), format!("{expected}\nAuth-Wait: 1"));
        }
    }

    #[test]
    fn only_the_first_attempts_may_be_repeated_on_their_connection() {
        let waits =
            |number| shown(&Reply::Refuse(attempt(Some(Protocol::Imap), number))).contains("Auth-Wait");
        assert_eq!([1, 2, 3, 4, u32::MAX].map(waits), [true, true, false, false, false]);
    }

    #[test]
    fn a_backend_gets_name_and_password_only_where_they_are_not_what_was_typed() {
        let password = Secret::new("backend".into());

        let mut connect =
            Connect { server: "2001:db8::1".parse().unwrap(), port: 143, user: None, password: None };

        assert_eq!(
            shown(&Reply::Connect(connect.clone())),
            "Auth-Status: OK\nAuth-Server: 2001:db8::1\nAuth-Port: 143"
        );

        (connect.user, connect.password) = (Some("alice@example.org".into()), Some(password));
        assert!(
            shown(&Reply::Connect(connect)).ends_with("Auth-User: alice@example.org\nAuth-Pass: backend")
        );
    }
}
