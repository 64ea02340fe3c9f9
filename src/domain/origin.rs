//! The origin by which browsers reach the service: scheme, host and port, as RFC 6454 has it.

use std::net::Ipv6Addr;

/// An origin such as `https://mail.example.org`. Only this machine is reached without TLS, as `http://localhost:8600`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Origin(String);

impl Origin {
    /// The origin, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Origin {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let text = text.trim().to_ascii_lowercase();
        // As an address bar has it.
        let text = text.strip_suffix('/').unwrap_or(&text);

        let (scheme, authority) = text
            .split_once("://")
            .filter(|(scheme, _)| ["http", "https"].contains(scheme))
            .ok_or("it must begin with https://, as https://mail.example.org does")?;
        let host = host(authority).ok_or(
            "it must be scheme, host and port and nothing else, as https://mail.example.org:8443 is; the host in ASCII",
        )?;

        if scheme == "http" && host != "localhost" {
            return Err("it must begin with https:// unless its host is localhost");
        }
        // Browsers leave out the port that goes without saying, and what they send is compared with this.
        let usual = if scheme == "https" { ":443" } else { ":80" };
        Ok(Self(text.strip_suffix(usual).unwrap_or(text).to_owned()))
    }
}

/// The host of an authority that has nothing but a host and perhaps a port.
fn host(authority: &str) -> Option<&str> {
    let (host, port) = match authority.rfind(']') {
        Some(end) => authority.split_at_checked(end + 1)?,
        None => authority.split_at_checked(authority.find(':').unwrap_or(authority.len()))?,
    };

    let is_port = |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && port.parse() != Ok(0u16);
    let port_is_right = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| is_port(port) && port.parse::<u16>().is_ok());

    let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_label = |label: &str| {
        let letters = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        letters && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    let host_is_right = v6.map_or_else(|| host.split('.').all(is_label), |v6| v6.parse::<Ipv6Addr>().is_ok());

    (host_is_right && port_is_right).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, &'static str> {
        Origin::try_from(text.to_owned()).map(|origin| origin.as_str().to_owned())
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (text, origin) in [
            ("https://mail.example.org", "https://mail.example.org"),
            (" HTTPS://Mail.Example.org:8443/ ", "https://mail.example.org:8443"),
            ("https://192.0.2.7", "https://192.0.2.7"),
            ("https://[2001:db8::7]:8443", "https://[2001:db8::7]:8443"),
            ("https://localhost", "https://localhost"),
            ("http://localhost:8600", "http://localhost:8600"),
            // As browsers write them.
            ("https://mail.example.org:443", "https://mail.example.org"),
            ("http://localhost:80", "http://localhost"),
            ("https://mail.example.org:80", "https://mail.example.org:80"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(origin), "{text}");
        }
    }

    #[test]
    fn all_else_is_none() {
        for text in [
            "",
            "mail.example.org",
            "ftp://mail.example.org",
            "https://",
            "https:///",
            "https://mail.example.org//",
            "https://mail.example.org/path",
            "https://mail.example.org?query",
            "https://mail.example.org#fragment",
            "https://user@mail.example.org",
            "https://mail..example.org",
            "https://-mail.example.org",
            "https://m\u{e4}il.example.org",
            "https://mail.example.org:",
            "https://mail.example.org:0",
            "https://mail.example.org:65536",
            "https://mail.example.org:+1",
            "https://2001:db8::7",
            "https://[2001:db8::7",
            "https://[2001:db8::7]8443",
            "https://[mail]",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_localhost_is_reached_without_tls() {
        for text in ["http://mail.example.org", "http://127.0.0.1:8600", "http://localhost.example.org"] {
            assert_eq!(read(text), Err("it must begin with https:// unless its host is localhost"), "{text}");
        }
    }
}
