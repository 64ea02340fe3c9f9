//! Protocols that a mail client may use, and sets of them.

use crate::domain::field::{Fault, FieldError};

/// What a mail client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Protocol {
    Imap,
    Pop3,
    Smtp,
    Sieve,
    Jmap,
    Caldav,
    Carddav,
    Webdav,
    Xmpp,
}

impl Protocol {
    /// All of them, in the order of the contract.
    pub const ALL: [Self; 9] = [
        Self::Imap,
        Self::Pop3,
        Self::Smtp,
        Self::Sieve,
        Self::Jmap,
        Self::Caldav,
        Self::Carddav,
        Self::Webdav,
        Self::Xmpp,
    ];

    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Imap => "imap",
            Self::Pop3 => "pop3",
            Self::Smtp => "smtp",
            Self::Sieve => "sieve",
            Self::Jmap => "jmap",
            Self::Caldav => "caldav",
            Self::Carddav => "carddav",
            Self::Webdav => "webdav",
            Self::Xmpp => "xmpp",
        }
    }

    /// From its name in the API.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.name() == name)
    }

    /// From the name that a mail server uses for it: `submission` is `smtp`, `managesieve` is `sieve`.
    /// The one place where such names are mapped.
    pub fn from_mail_server(name: &str) -> Option<Self> {
        match name {
            "submission" => Some(Self::Smtp),
            "managesieve" => Some(Self::Sieve),
            "pop" => Some(Self::Pop3),
            _ => Self::parse(name),
        }
    }

    /// The protocol by the name that a program at a door uses for it: in any case of letters, and `http` stands for the
    /// protocol that the door is for.
    pub fn asked_for(name: &str, http: Self) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "http" | "https" | "radicale" => Some(http),
            name => Self::from_mail_server(name),
        }
    }

    const fn bit(self) -> i64 {
        1 << self as i64
    }
}

/// A set of protocols, kept as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProtocolSet(i64);

impl ProtocolSet {
    /// The set without any protocol.
    pub const EMPTY: Self = Self(0);
    /// The set of every protocol there is.
    pub const ALL: Self = Self((1 << Protocol::ALL.len()) - 1);

    /// The set of these bits; unknown bits are dropped.
    pub const fn from_bits(bits: i64) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// One bit for each member, `imap` lowest.
    pub const fn bits(self) -> i64 {
        self.0
    }

    /// Reads names; at least one, none twice.
    pub fn parse<S: AsRef<str>>(field: &'static str, names: &[S]) -> Result<Self, FieldError> {
        let mut set = Self::EMPTY;
        for name in names {
            let protocol = Protocol::parse(name.as_ref()).ok_or_else(|| {
                FieldError::new(
                    field,
                    Fault::Malformed,
                    "knows imap pop3 smtp sieve jmap caldav carddav webdav xmpp",
                )
            })?;
            if set.contains(protocol) {
                return Err(FieldError::new(field, Fault::Duplicate, "names a protocol twice"));
            }
            set = set.with(protocol);
        }

        if set == Self::EMPTY {
            return Err(FieldError::new(field, Fault::TooShort, "needs at least one protocol"));
        }
        Ok(set)
    }

    /// Whether it holds `protocol`.
    pub const fn contains(self, protocol: Protocol) -> bool {
        self.0 & protocol.bit() != 0
    }

    /// Whether it holds every member of `other`.
    pub const fn contains_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// This set, and `protocol` in it.
    #[must_use]
    pub const fn with(self, protocol: Protocol) -> Self {
        Self(self.0 | protocol.bit())
    }

    /// Its members, in the order of the contract.
    pub fn iter(self) -> impl Iterator<Item = Protocol> {
        Protocol::ALL.into_iter().filter(move |protocol| self.contains(*protocol))
    }

    /// The names of its members.
    pub fn names(self) -> Vec<&'static str> {
        self.iter().map(Protocol::name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_bits_go_both_ways() {
        for (at, protocol) in Protocol::ALL.into_iter().enumerate() {
            assert_eq!(Protocol::parse(protocol.name()), Some(protocol));
            assert_eq!(protocol.bit(), 1 << at);
        }

        assert_eq!(ProtocolSet::parse("protocols", &ProtocolSet::ALL.names()).unwrap(), ProtocolSet::ALL);
        assert_eq!(ProtocolSet::ALL.with(Protocol::Imap), ProtocolSet::ALL);

        assert_eq!(Protocol::from_mail_server("submission"), Some(Protocol::Smtp));
        assert_eq!(Protocol::parse("submission"), None);
        assert_eq!(Protocol::asked_for("XMPP", Protocol::Caldav), Some(Protocol::Xmpp));
        assert_eq!(Protocol::asked_for("http", Protocol::Caldav), Some(Protocol::Caldav));
        assert_eq!(Protocol::asked_for("ftp", Protocol::Caldav), None);
    }

    #[test]
    fn odd_sets_are_refused() {
        for (names, fault) in [
            (vec![], Fault::TooShort),
            (vec!["imap", "imap"], Fault::Duplicate),
            (vec!["IMAP"], Fault::Malformed),
        ] {
            assert_eq!(ProtocolSet::parse("protocols", &names).unwrap_err().fault, fault);
        }
    }
}
