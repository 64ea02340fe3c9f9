//! One server as the configuration names it: where it is, and how a connection to it becomes TLS.

use std::fmt;
use std::net::IpAddr;

use crate::domain::organization::DomainName;

/// How a connection becomes TLS. There is no third way: passwords never go over a connection in plain text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// The connection begins with TLS.
    Tls,
    /// It begins in plain text and becomes TLS by STARTTLS, before anything is said.
    StartTls,
}

impl Security {
    /// What is usual on a port.
    const fn usual(port: u16) -> Self {
        match port {
            143 | 110 | 587 | 4190 => Self::StartTls,
            _ => Self::Tls,
        }
    }
}

/// A server for one protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name in DNS, in ASCII.
    pub host: String,
    /// The port, never 0.
    pub port: u16,
    /// How TLS begins there.
    pub security: Security,
}

impl Server {
    /// Reads `host` or `host:port`, followed by `/tls` or `/starttls` where the port does not say it. An error says
    /// what to write.
    pub fn parse(text: &str, usual_port: u16) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} is no server: write its name and port, \"mail.example.org:{usual_port}\", and /tls or \
                 /starttls behind it where the port does not say how TLS begins"
            )
        };

        let (address, said) = match text.split_once('/') {
            None => (text, None),
            Some((address, "tls")) => (address, Some(Security::Tls)),
            Some((address, "starttls")) => (address, Some(Security::StartTls)),
            Some(_) => return Err(wrong()),
        };

        let (host, port) = read_address(address, usual_port).ok_or_else(wrong)?;
        Ok(Self { host, port, security: said.unwrap_or(Security::usual(port)) })
    }
}

/// An `https` address of calendars, of address books, or of clientpass itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpsUrl {
    /// Its name in DNS, in ASCII.
    pub host: String,
    /// The port, never 0.
    pub port: u16,
    /// The path, which begins with a slash.
    pub path: String,
}

/// Longest path, in bytes: it must fit into one text of a DNS record.
const MAX_PATH: usize = 200;

impl HttpsUrl {
    /// Reads `https://host/path`. An error says what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} is no address with TLS: write it as \"https://dav.example.org/\", without ? and #"
            )
        };

        let rest = text.strip_prefix("https://").ok_or_else(wrong)?;
        let (address, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let path = if path.is_empty() { "/" } else { path };

        // What RFC 3986 has in a path, which is harmless in XML, in a zone file and in a shell.
        let in_path = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:@".contains(&byte);
        if path.len() > MAX_PATH || !path.bytes().all(in_path) {
            return Err(wrong());
        }

        let (host, port) = read_address(address, 443).ok_or_else(wrong)?;
        Ok(Self { host, port, path: path.to_owned() })
    }
}

impl fmt::Display for HttpsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, path } = self;
        if *port == 443 {
            write!(f, "https://{host}{path}")
        } else {
            write!(f, "https://{host}:{port}{path}")
        }
    }
}

fn read_address(text: &str, usual_port: u16) -> Option<(String, u16)> {
    let (host, port) = match text.split_once(':') {
        None => (text, usual_port),
        Some((host, port)) => (host, read_port(port)?),
    };
    Some((read_host(host)?, port))
}

fn read_port(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().filter(|port| *port != 0)
}

/// A name. Certificates are made out to names, and DNS refers to names only: an IP address will not do.
fn read_host(text: &str) -> Option<String> {
    let is_name = text.parse::<IpAddr>().is_err() && !text.contains(char::is_whitespace);
    let name = is_name.then(|| DomainName::parse("host", text).ok()).flatten()?;
    Some(name.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(text: &str) -> Option<(String, u16, Security)> {
        Server::parse(text, 993).ok().map(|server| (server.host, server.port, server.security))
    }

    #[test]
    fn the_port_says_how_tls_begins_unless_it_is_said() {
        use Security::{StartTls, Tls};

        for (text, port, security) in [
            ("mail.example.org", 993, Tls),
            ("mail.example.org:993", 993, Tls),
            ("mail.example.org:995", 995, Tls),
            ("mail.example.org:465", 465, Tls),
            ("mail.example.org:143", 143, StartTls),
            ("mail.example.org:110", 110, StartTls),
            ("mail.example.org:587", 587, StartTls),
            ("mail.example.org:4190", 4190, StartTls),
            ("mail.example.org:10993", 10993, Tls),
            ("mail.example.org:10143/starttls", 10143, StartTls),
            ("mail.example.org:143/tls", 143, Tls),
            ("mail.example.org/starttls", 993, StartTls),
            ("MAIL.Example.ORG", 993, Tls),
        ] {
            assert_eq!(server(text), Some(("mail.example.org".into(), port, security)), "{text}");
        }
        assert_eq!(server("m\u{fc}nchen.example").unwrap().0, "xn--mnchen-3ya.example");
    }

    #[test]
    fn what_is_no_server_is_refused_and_told_what_to_write() {
        for text in [
            "",
            "localhost",
            "192.0.2.1",
            "192.0.2.1:993",
            "[::1]:993",
            "mail.example.org:",
            "mail.example.org:0",
            "mail.example.org:+993",
            "mail.example.org:65536",
            "mail.example.org:993/ssl",
            "mail.example.org:993/",
            "mail example.org",
            " mail.example.org",
            "mail.example.org\n",
            "imaps://mail.example.org",
            "\"><x.example.org",
        ] {
            let why = Server::parse(text, 993).unwrap_err();
            assert!(why.contains("\"mail.example.org:993\""), "{text}: {why}");
        }
    }

    #[test]
    fn addresses_with_tls_are_taken_apart() {
        let parsed = HttpsUrl::parse("https://DAV.example.org:8443/dav/p.php").unwrap();
        assert_eq!((&*parsed.host, parsed.port, &*parsed.path), ("dav.example.org", 8443, "/dav/p.php"));
        assert_eq!(parsed.to_string(), "https://dav.example.org:8443/dav/p.php");
        assert_eq!(
            HttpsUrl::parse("https://dav.example.org").unwrap().to_string(),
            "https://dav.example.org/"
        );

        let long = format!("https://dav.example.org/{}", "a".repeat(MAX_PATH));
        for text in [
            "http://dav.example.org/",
            "dav.example.org",
            "https://",
            "https:///dav",
            "https://me@dav.example.org/",
            "https://dav.example.org/?a",
            "https://dav.example.org/#a",
            "https://dav.example.org/a b",
            "https://dav.example.org/\"",
            "https://dav.example.org/<",
            "https://dav.example.org/\u{e9}",
            &long,
        ] {
            assert!(HttpsUrl::parse(text).is_err(), "{text}");
        }
    }
}
