//! `[doors]`: through which protocols mail servers may reach the service, and where each of them listens. A door
//! without a section is shut.

use std::path::PathBuf;

use serde::Deserialize;

use crate::domain::protocol::Protocol;

mod route;
mod socket;

pub use route::Route;
pub(super) use socket::socket_section;
pub use socket::{Account, Listen, Mode, Socket};

/// `[doors]`: a section for each protocol; where it is missing nothing listens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Doors {
    /// Dovecot's auth-client protocol: Postfix, Exim, Prosody, Radicale.
    pub dovecot: Option<Dovecot>,
    /// The OAuth2 password grant: Dovecot without a script.
    pub oauth2: Option<OAuth2>,
    /// `auth_http` of nginx's mail proxy.
    pub nginx_mail: Option<NginxMail>,
    /// HTTP Basic for reverse proxies.
    pub forward_auth: Option<ForwardAuth>,
    /// LDAP simple bind.
    pub ldap: Option<Ldap>,
}

socket_section! {
    /// `[doors.dovecot]`. The protocol has no place for a key.
    Dovecot {
        /// The protocol that `http` stands for, and a server whose name says no more.
        #[serde(default = "webdav", deserialize_with = "protocol")]
        protocol: Protocol,
    }
}

socket_section! {
    /// `[doors.oauth2]`: listens for form posts of Dovecot.
    OAuth2 {
        /// Whether a mail server's service key is needed on loopback and unix sockets, too.
        #[serde(default)]
        require_key: bool,
    }
}

socket_section! {
    /// `[doors.nginx_mail]`: listens for nginx, and routes mail clients to mail servers.
    NginxMail {
        /// Whether a mail server's service key is needed on loopback and unix sockets, too.
        #[serde(default)]
        require_key: bool,
        /// Which mail server stands behind nginx.
        #[serde(default)]
        routes: Vec<Route>,
    }
}

socket_section! {
    /// `[doors.forward_auth]`: listens for the sub-requests of a reverse proxy.
    ForwardAuth {
        /// Whether a mail server's service key is needed on loopback and unix sockets, too.
        #[serde(default)]
        require_key: bool,
        /// What a request is about that does not say it.
        #[serde(default = "webdav", deserialize_with = "protocol")]
        protocol: Protocol,
        /// The answer to the proxy on `defer`: 401, as on a refusal, or 403 where it has a source of its own to try
        /// next.
        #[serde(default)]
        defer_status: DeferStatus,
    }
}

/// A status of HTTP for `defer`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u16")]
pub enum DeferStatus {
    /// 401: there is no other source.
    #[default]
    Unauthorized,
    /// 403: there is one.
    Forbidden,
}

impl TryFrom<u16> for DeferStatus {
    type Error = String;

    fn try_from(status: u16) -> Result<Self, String> {
        match status {
            401 => Ok(Self::Unauthorized),
            403 => Ok(Self::Forbidden),
            other => Err(format!("{other} is no status for defer: 401 and 403 are")),
        }
    }
}

socket_section! {
    /// `[doors.ldap]`: listens for binds, and for searches of one login.
    Ldap {
        /// Whether a mail server's service key is needed before a member's bind, on loopback and unix sockets, too.
        #[serde(default)]
        require_key: bool,
        /// What a bind is about whose name does not say it.
        #[serde(default = "imap", deserialize_with = "protocol")]
        protocol: Protocol,
        /// The forms of names that are understood.
        #[serde(default = "names")]
        names: Vec<String>,
        /// Whether every mail server there escapes logins in names, so that nobody can type one form into another.
        #[serde(default)]
        names_are_escaped: bool,
        /// PEM file of the certificate with its chain; that of `[server]` if absent.
        tls_certificate: Option<PathBuf>,
        /// PEM file of the certificate's key, which only its owner may read.
        tls_key: Option<PathBuf>,
    }
}

impl Ldap {
    /// Whether nobody binds without TLS.
    pub fn needs_tls(&self) -> bool {
        !self.socket.listen.is_local() && !self.socket.allow_remote
    }
}

fn names() -> Vec<String> {
    let more = ["service={protocol},ip={ip},", "service={protocol},"];
    more.map(|more| format!("uid={{login}},{more}dc=clientpass")).to_vec()
}

const fn webdav() -> Protocol {
    Protocol::Webdav
}

const fn imap() -> Protocol {
    Protocol::Imap
}

fn protocol<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Protocol, D::Error> {
    let name = String::deserialize(from)?;
    Protocol::parse(&name).ok_or_else(|| serde::de::Error::custom(format!("{name:?} is no protocol")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Doors, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn every_section_takes_the_keys_of_its_socket_and_no_unknown_ones() {
        for door in ["dovecot", "oauth2", "nginx_mail", "forward_auth", "ldap"] {
            let known = format!(
                "[{door}]\nlisten = \"unix:/run/x\"\nallow_remote = true\nowner = \"mail\"\ngroup = 8\n\
                 mode = \"0600\"\nmax_connections = 7\n"
            );

            read(&known).unwrap_or_else(|why| panic!("{door}: {why}"));
            let unknown = read(&format!("{known}listem = \"unix:/run/x\"\n")).unwrap_err();
            assert!(unknown.contains("listem"), "{door}: {unknown}");
            assert!(read(&format!("[{door}]\n")).unwrap_err().contains("listen"), "{door}");
        }

        assert!(read("[imap]\nlisten = \"unix:/run/x\"").is_err());
        assert_eq!(read("").unwrap(), Doors::default());
    }

    #[test]
    fn sockets_are_read_whole() {
        let doors = read(
            "[dovecot]\nlisten = \"localhost:0\"\nowner = \"postfix\"\ngroup = 108\nprotocol = \"caldav\"\n
             [[nginx_mail.routes]]\nprotocol = \"imap\"\nserver = \"127.0.0.1\"\nport = 143\n
             [nginx_mail]\nlisten = \"[::1]:1\"\nrequire_key = true\n",
        );

        let Doors { dovecot, nginx_mail, .. } = doors.unwrap();
        let Dovecot { socket, protocol } = dovecot.unwrap();

        assert_eq!(socket.listen.to_string(), "127.0.0.1:0");
        assert_eq!(
            (socket.owner, socket.group),
            (Some(Account::Name("postfix".into())), Some(Account::Number(108)))
        );
        assert_eq!((socket.mode, protocol), (Mode(0o660), Protocol::Caldav));

        let nginx_mail = nginx_mail.unwrap();
        assert!(nginx_mail.require_key && nginx_mail.socket.listen.is_local());
        assert_eq!(nginx_mail.routes[0].port, 143);
    }
}
