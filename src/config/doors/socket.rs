//! Where a door listens, and who may come there.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;

/// Where a door listens, and who may come there: the same keys in every section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// `"host:port"` or `"unix:/path"`.
    pub listen: Listen,
    /// Whether it may listen where other machines reach it.
    pub allow_remote: bool,
    /// Who owns the unix socket; whoever runs clientpass if absent.
    pub owner: Option<Account>,
    /// The group of the unix socket.
    pub group: Option<Account>,
    /// Who may use the unix socket.
    pub mode: Mode,
    /// Connections at the same time.
    pub max_connections: usize,
}

impl Socket {
    /// How many connections there are where nothing is said.
    pub(in crate::config) const fn connections() -> usize {
        1000
    }
}

/// A section that has the keys of a socket beside its own. serde's `flatten` reads the same, but then nobody learns the
/// names of the keys, of which the environment variables are made.
macro_rules! socket_section {
    (
        $(#[doc = $about:literal])*
        $name:ident {
            $($(#[doc = $doc:literal])* $(#[serde($($serde:tt)*)])? $field:ident: $type:ty,)*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            /// Where it listens.
            pub socket: Socket,
            $($(#[doc = $doc])* pub $field: $type,)*
        }

        const _: () = {
            #[derive(Deserialize)]
            #[serde(deny_unknown_fields)]
            struct Keys {
                listen: Listen,
                #[serde(default)]
                allow_remote: bool,
                owner: Option<Account>,
                group: Option<Account>,
                #[serde(default)]
                mode: Mode,
                #[serde(default = "Socket::connections")]
                max_connections: usize,
                $($(#[serde($($serde)*)])? $field: $type,)*
            }

            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                    let Keys { listen, allow_remote, owner, group, mode, max_connections, $($field),* } =
                        Keys::deserialize(from)?;
                    let socket = Socket { listen, allow_remote, owner, group, mode, max_connections };
                    Ok(Self { socket, $($field),* })
                }
            }
        };
    };
}

pub(in crate::config) use socket_section;

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
