//! `[doors]`: through which protocols mail servers may ask, and where each of them listens. A door without a
//! section is shut.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;

use crate::domain::protocol::Protocol;

mod route;

pub use route::Route;

/// `[doors]`
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

/// Where a door listens, and who may come there: the same keys in every section.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Socket {
    /// `"host:port"` or `"unix:/path"`.
    pub listen: Listen,
    /// Whether it may listen where other machines reach it.
    #[serde(default)]
    pub allow_remote: bool,
    /// Who owns the unix socket; whoever runs clientpass if absent.
    pub owner: Option<Account>,
    /// The group of the unix socket.
    pub group: Option<Account>,
    /// Who may use the unix socket.
    #[serde(default)]
    pub mode: Mode,
    /// Connections at the same time.
    #[serde(default = "thousand")]
    pub max_connections: usize,
}

const fn thousand() -> usize {
    1000
}

/// `[doors.dovecot]`. The protocol has no place for a key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dovecot {
    /// Where.
    #[serde(flatten)]
    pub socket: Socket,
    /// What is asked for as `http`, or by a server whose name says no more.
    #[serde(default = "webdav", deserialize_with = "protocol")]
    pub protocol: Protocol,
}

/// `[doors.oauth2]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth2 {
    /// Where.
    #[serde(flatten)]
    pub socket: Socket,
    /// Whether a mail server's service key is needed on loopback and unix sockets, too.
    #[serde(default)]
    pub require_key: bool,
}

/// `[doors.nginx_mail]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NginxMail {
    /// Where.
    #[serde(flatten)]
    pub socket: Socket,
    /// Whether a mail server's service key is needed on loopback and unix sockets, too.
    #[serde(default)]
    pub require_key: bool,
    /// Which mail server stands behind nginx.
    #[serde(default)]
    pub routes: Vec<Route>,
}

/// `[doors.forward_auth]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForwardAuth {
    /// Where.
    #[serde(flatten)]
    pub socket: Socket,
    /// Whether a mail server's service key is needed on loopback and unix sockets, too.
    #[serde(default)]
    pub require_key: bool,
    /// What a request is about that does not say it.
    #[serde(default = "webdav", deserialize_with = "protocol")]
    pub protocol: Protocol,
    /// What the proxy hears on `defer`: 401, as on a refusal, or 403 where it has a source of its own to ask next.
    #[serde(default)]
    pub defer_status: DeferStatus,
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

/// `[doors.ldap]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ldap {
    /// Where.
    #[serde(flatten)]
    pub socket: Socket,
    /// Whether a mail server's service key is needed before a member's bind, on loopback and unix sockets, too.
    #[serde(default)]
    pub require_key: bool,
    /// What a bind is about whose name does not say it.
    #[serde(default = "imap", deserialize_with = "protocol")]
    pub protocol: Protocol,
    /// The forms of names that are understood.
    #[serde(default = "names")]
    pub names: Vec<String>,
    /// Whether everybody who asks escapes logins in names, so that nobody can type one form into another.
    #[serde(default)]
    pub names_are_escaped: bool,
    /// PEM file of the certificate with its chain; that of `[server]` if absent.
    pub tls_certificate: Option<PathBuf>,
    /// PEM file of the certificate's key, which only its owner may read.
    pub tls_key: Option<PathBuf>,
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

/// An address to listen on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Listen {
    /// An address and a port.
    Tcp(SocketAddr),
    /// A unix socket.
    Unix(PathBuf),
}

impl Listen {
    /// Whether nobody but programs on this machine can reach it.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = PathBuf::from(path);
            let whole = path.is_absolute() && path.file_name().is_some();
            return whole
                .then_some(Self::Unix(path))
                .ok_or_else(|| format!("{text}: the path must begin at /"));
        }
        let local = text.strip_prefix("localhost:").and_then(|port| port.parse().ok());
        let local = local.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let address = local.or_else(|| text.parse().ok()).map(Self::Tcp);
        address.ok_or_else(|| {
            format!("{text:?} is nothing to listen on: 127.0.0.1:8601, [::1]:8601 or unix:/path is")
        })
    }
}

impl TryFrom<String> for Listen {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// A user or a group of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Account {
    /// By its number.
    Number(u32),
    /// By its name; digits are a number, too.
    Name(String),
}

/// Who may use a file, as `chmod` takes it: `"0660"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Mode(pub u32);

impl Default for Mode {
    /// Owner and group.
    fn default() -> Self {
        Self(0o660)
    }
}

impl TryFrom<String> for Mode {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mode = u32::from_str_radix(&text, 8).ok().filter(|mode| *mode <= 0o777);
        mode.map(Self).ok_or_else(|| format!("{text:?} is no mode: \"0660\" is"))
    }
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

    #[test]
    fn what_is_no_address_or_mode_is_refused() {
        for odd in ["unix:run/x", "unix:", "unix:/", "example.org:1", "127.0.0.1", ":1", ""] {
            assert!(odd.parse::<Listen>().is_err(), "{odd}");
        }
        for odd in ["0888", "1777", "rw", ""] {
            assert!(Mode::try_from(odd.to_owned()).is_err(), "{odd}");
        }
        for (text, local) in [
            ("unix:/run/x", true),
            ("127.0.0.9:1", true),
            ("[::ffff:127.0.0.1]:1", true),
            ("0.0.0.0:1", false),
        ] {
            assert_eq!(text.parse::<Listen>().unwrap().is_local(), local, "{text}");
        }
    }
}
