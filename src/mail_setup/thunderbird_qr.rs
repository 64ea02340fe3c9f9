//! The code that Thunderbird for Android scans (its "Export for Mobile" format, version 1, 2025-02-06): JSON of arrays
//! in a fixed order, with the password in it.

use serde::Serialize;
use zeroize::Zeroizing;

use super::{Account, MailServers, Security, Server};
use crate::domain::secret::Secret;

/// The version of the format.
const VERSION: u8 = 1;
/// The protocols by their numbers.
const IMAP: u8 = 0;
const POP3: u8 = 1;
const SMTP: u8 = 0;
/// A password in clear text, within TLS.
const PASSWORD: u8 = 1;
/// More than the longest code takes, so that no copy of the password is left behind by growing.
const CAPACITY: usize = 4_096;

/// Protocol, host, port, security, way to authenticate, user, account name (absent: the address), password.
#[derive(Serialize)]
struct Incoming<'a>(u8, &'a str, u16, u8, u8, &'a str, &'a str, &'a str);

/// Protocol, host, port, security, way to authenticate, user, password.
#[derive(Serialize)]
struct Outgoing<'a>(u8, &'a str, u16, u8, u8, &'a str, &'a str);

/// Address and name of who sends.
#[derive(Serialize)]
struct Identity<'a>(&'a str, &'a str);

const fn security(server: &Server) -> u8 {
    match server.security {
        Security::StartTls => 2,
        Security::Tls => 3,
    }
}

/// What the code holds; nothing where mail can only be read or only be sent, or where the address is not ASCII, which
/// the format does not know.
pub fn payload(servers: &MailServers, account: Account<'_>) -> Option<Secret> {
    let imap = servers.imap.as_ref().map(|server| (IMAP, server));
    let (protocol, incoming) = imap.or_else(|| servers.pop3.as_ref().map(|server| (POP3, server)))?;
    let outgoing = servers.smtp.as_ref()?;
    let (login, password) = (account.login, account.password.expose());
    if !login.is_ascii() {
        return None;
    }

    // A line break makes the whole code invalid.
    let name = account.display_name.replace(['\r', '\n'], " ");
    let code = (
        VERSION,
        // The first of one code.
        [1, 1],
        Incoming(protocol, &incoming.host, incoming.port, security(incoming), PASSWORD, login, "", password),
        [(
            Outgoing(SMTP, &outgoing.host, outgoing.port, security(outgoing), PASSWORD, login, password),
            Identity(login, &name),
        )],
    );

    let mut json = Zeroizing::new(Vec::with_capacity(CAPACITY));
    serde_json::to_writer(&mut *json, &code).ok()?;
    String::from_utf8(std::mem::take(&mut *json)).ok().map(Secret::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail_setup::tests::servers;

    fn coded(servers: &MailServers, login: &str, display_name: &str) -> Option<String> {
        let password = Secret::new("abcde-fghij".into());
        let account = Account { login, display_name, password: &password };
        payload(servers, account).map(|code| code.expose().to_owned())
    }

    #[test]
    fn the_code_is_as_the_format_says() {
        let expected = "[1,[1,1],[0,\"imap.example.org\",993,3,1,\"alice@example.org\",\"\",\"abcde-fghij\"],\
                        [[[0,\"smtp.example.org\",587,2,1,\"alice@example.org\",\"abcde-fghij\"],\
                        [\"alice@example.org\",\"Alice \\\"A\\\"  \u{674e}\"]]]]";
        assert_eq!(
            coded(&servers(), "alice@example.org", "Alice \"A\"\r\n\u{674e}").as_deref(),
            Some(expected)
        );

        let pop3 = coded(&MailServers { imap: None, ..servers() }, "alice@example.org", "Alice").unwrap();
        assert!(pop3.starts_with("[1,[1,1],[1,\"pop.example.org\",995,3,1,"), "{pop3}");
    }

    #[test]
    fn what_the_format_cannot_say_has_no_code() {
        assert_eq!(coded(&servers(), "\u{674e}@example.org", "Li"), None);
        assert_eq!(coded(&MailServers { smtp: None, ..servers() }, "a@example.org", "A"), None);
        assert_eq!(coded(&MailServers { imap: None, pop3: None, ..servers() }, "a@example.org", "A"), None);
    }
}
