//! `[[doors.nginx_mail.routes]]`: the mail servers behind nginx.

use std::net::IpAddr;
use std::path::PathBuf;

use serde::Deserialize;

use crate::config::secret_source;
use crate::domain::protocol::Protocol;
use crate::domain::secret::Secret;

/// Longest password for a mail server, in bytes: the whole answer to nginx has 1,024.
const MAX_PASSWORD: usize = 256;

/// `[[doors.nginx_mail.routes]]`: a mail server behind nginx, and which mail clients it gets.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The protocol of the mail clients that go there: IMAP, POP3 or SMTP.
    #[serde(deserialize_with = "super::protocol")]
    pub protocol: Protocol,
    /// Where it is; nginx takes no names.
    pub server: IpAddr,
    /// The port of that mail server for this protocol.
    pub port: u16,
    /// Only for logins of this domain.
    pub domain: Option<String>,
    /// What nginx signs in with there, instead of the member's password.
    pub backend_password: Option<Secret>,
    /// A file that holds it.
    pub backend_password_file: Option<PathBuf>,
    /// Whether it checks passwords itself, and so is the next source on `defer`.
    #[serde(default)]
    pub checks_passwords: bool,
}

impl Route {
    /// With the password read from its file; or why it cannot be used.
    pub fn resolved(&self) -> Result<Self, String> {
        let mut route = self.clone();

        if !matches!(route.protocol, Protocol::Imap | Protocol::Pop3 | Protocol::Smtp) {
            return Err(format!(
                "a route for {}: nginx's mail proxy speaks imap, pop3 and smtp",
                route.protocol.name()
            ));
        }

        let (given, file) = (route.backend_password.take(), route.backend_password_file.take());
        route.backend_password = secret_source::read("backend_password", given.as_ref(), file.as_deref())
            .map_err(|why| format!("a route {why}"))?;

        match &route.backend_password {
            Some(_) if route.checks_passwords => {
                Err("a route with a backend_password cannot have checks_passwords: that mail server knows no other \
                     password"
                    .into())
            }
            Some(password) if !fits(password.expose()) => {
                Err(format!("a backend_password is 1 to {MAX_PASSWORD} letters of ASCII without spaces"))
            }
            _ => Ok(route),
        }
    }
}

/// Whether nginx takes it from a header as it is.
fn fits(password: &str) -> bool {
    (1..=MAX_PASSWORD).contains(&password.len()) && password.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(more: &str) -> Result<Route, String> {
        let text = format!("protocol = \"imap\"\nserver = \"127.0.0.1\"\nport = 143\n{more}");
        toml::from_str::<Route>(&text).map_err(|error| error.to_string())?.resolved()
    }

    #[test]
    fn a_password_comes_from_the_file_or_from_the_setting() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "in-the-file\n").unwrap();
        let from_file = format!("backend_password_file = \"{}\"\n", file.display());

        let password = |more: &str| resolved(more).map(|route| route.backend_password);
        assert_eq!(password(&from_file).unwrap(), Some(Secret::new("in-the-file".into())));
        assert_eq!(password("backend_password = \"p\"\n").unwrap(), Some(Secret::new("p".into())));
        assert_eq!(password("domain = \"example.org\"\n").unwrap(), None);
        assert!(
            password(&format!("{from_file}backend_password = \"p\"\n")).unwrap_err().contains("not both")
        );
        assert!(password("backend_password_file = \"/nowhere/at/all\"\n").unwrap_err().contains("/nowhere"));
    }

    #[test]
    fn what_nginx_could_not_use_is_refused() {
        for odd in ["", "with space", "tab\\t", "ä", &"x".repeat(257)] {
            assert!(
                resolved(&format!("backend_password = \"{odd}\"\n")).unwrap_err().contains("256"),
                "{odd}"
            );
        }

        assert!(resolved("backend_password = \"p\"\nchecks_passwords = true\n").is_err());
        assert!(resolved("checks_passwords = true\n").unwrap().checks_passwords);

        let sieve = toml::from_str::<Route>("protocol = \"sieve\"\nserver = \"::1\"\nport = 1\n").unwrap();
        assert!(sieve.resolved().unwrap_err().contains("sieve"));
        assert!(resolved("server = \"mail.example.org\"\n").is_err());
    }
}
