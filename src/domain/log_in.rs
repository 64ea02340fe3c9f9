//! Log-ins: which mail client got in, with what and from where, when first and last, and how often. What is kept of them
//! is one row for each that differs; where a member has too many, older ones are folded together
//! ([`super::log_in_folding`]).
//!
//! A check that was passed on to the mail server's next source is kept as well, apart: only that source knows whether
//! it was a log-in.

use std::net::IpAddr;

use ipnet::IpNet;
use ring::digest::{Context, SHA256};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::domain::ids::{ClientPasswordId, LogInId, MemberId};
use crate::domain::network::read_address;
use crate::domain::protocol::Protocol;

/// What a mail client got in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogInBy {
    /// This client password.
    ClientPassword(ClientPasswordId),
    /// One of the member's client passwords: those of several were folded.
    SomeClientPassword,
    /// The account password, compared here.
    AccountPassword,
    /// Something that was passed on to the mail server's next source.
    Deferred,
}

impl LogInBy {
    /// The number that it is kept as, with the client password.
    pub const fn to_parts(self) -> (i64, Option<ClientPasswordId>) {
        match self {
            Self::ClientPassword(id) => (0, Some(id)),
            Self::SomeClientPassword => (0, None),
            Self::AccountPassword => (1, None),
            Self::Deferred => (2, None),
        }
    }

    /// From what [`LogInBy::to_parts`] gave; `None` if it did not.
    pub fn from_parts(kind: i64, id: Option<ClientPasswordId>) -> Option<Self> {
        match (kind, id) {
            (0, Some(id)) => Some(Self::ClientPassword(id)),
            (0, None) => Some(Self::SomeClientPassword),
            (1, None) => Some(Self::AccountPassword),
            (2, None) => Some(Self::Deferred),
            _ => None,
        }
    }

    /// The client password, if it is known which.
    pub const fn client_password(self) -> Option<ClientPasswordId> {
        match self {
            Self::ClientPassword(id) => Some(id),
            Self::SomeClientPassword | Self::AccountPassword | Self::Deferred => None,
        }
    }

    /// What the answer to the mail server was called.
    pub const fn result(self) -> &'static str {
        if matches!(self, Self::Deferred) { "defer" } else { "accept" }
    }

    /// What opened mail, by its name in the API; `None` if that is not known.
    pub const fn via(self) -> Option<&'static str> {
        match self {
            Self::ClientPassword(_) | Self::SomeClientPassword => Some("client_password"),
            Self::AccountPassword => Some("account_password"),
            Self::Deferred => None,
        }
    }
}

/// Where a mail client came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FromWhere {
    /// The mail server named no address.
    NotSaid,
    /// This address.
    Address(IpAddr),
    /// Addresses of this network: their rows were folded.
    Network(IpNet),
    /// Addresses of any networks, or none named: their rows were folded.
    Anywhere,
}

/// What stands for addresses of any networks.
const ANYWHERE: &str = "*";

impl FromWhere {
    /// The place of an address that may have been named.
    pub fn of(address: Option<IpAddr>) -> Self {
        address.map_or(Self::NotSaid, |address| Self::Address(address.to_canonical()))
    }

    /// As it is kept.
    pub fn to_text(self) -> String {
        match self {
            Self::NotSaid => String::new(),
            Self::Address(address) => address.to_string(),
            Self::Network(network) => network.to_string(),
            Self::Anywhere => ANYWHERE.to_owned(),
        }
    }

    /// From what [`FromWhere::to_text`] wrote; `None` if it did not.
    pub fn from_text(text: &str) -> Option<Self> {
        match text {
            "" => Some(Self::NotSaid),
            ANYWHERE => Some(Self::Anywhere),
            text if text.contains('/') => text.parse().ok().map(Self::Network),
            text => read_address(text).map(Self::Address),
        }
    }

    /// The address, if it is one.
    pub const fn address(self) -> Option<IpAddr> {
        match self {
            Self::Address(address) => Some(address),
            Self::NotSaid | Self::Network(_) | Self::Anywhere => None,
        }
    }

    /// The network, if it is one.
    pub const fn network(self) -> Option<IpNet> {
        match self {
            Self::Network(network) => Some(network),
            Self::NotSaid | Self::Address(_) | Self::Anywhere => None,
        }
    }
}

/// What a row of log-ins is of: log-ins that differ in nothing here are counted in one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LogInKey {
    /// The member whose mail was opened.
    pub member: MemberId,
    /// With what.
    pub by: LogInBy,
    /// The protocol that the mail client spoke.
    pub protocol: Protocol,
    /// From where.
    pub from: FromWhere,
    /// What the client called itself, where the mail server passed it on and all that was folded agree.
    pub client: Option<String>,
    /// How coarse it is: 0 is exact, and each further number says that more was folded together.
    pub level: i64,
}

impl LogInKey {
    /// Names the row: the same wherever and whenever it is worked out.
    pub fn id(&self) -> LogInId {
        let (kind, id) = self.by.to_parts();
        let id = id.map_or(Uuid::nil(), ClientPasswordId::uuid);
        let numbers = [kind, self.protocol as i64, self.level].map(i64::to_be_bytes);

        let mut hash = Context::new(&SHA256);
        hash.update(self.member.uuid().as_bytes());
        hash.update(id.as_bytes());
        hash.update(numbers.as_flattened());
        hash.update(self.from.to_text().as_bytes());
        // No text that stands before it has one.
        hash.update(&[0]);
        hash.update(self.client.as_deref().unwrap_or_default().as_bytes());

        let hash = hash.finish();
        Uuid::from_bytes(hash.as_ref().first_chunk().copied().unwrap_or_default()).into()
    }

    /// Whether it is several rows of before, folded.
    pub const fn is_folded(&self) -> bool {
        self.level > 0
    }
}

/// When log-ins were, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The first of them.
    pub first: Timestamp,
    /// The last of them.
    pub last: Timestamp,
    /// How many there were.
    pub count: i64,
}

impl Seen {
    /// One log-in, at this time.
    pub const fn once(at: Timestamp) -> Self {
        Self { first: at, last: at, count: 1 }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            first: self.first.min(other.first),
            last: self.last.max(other.last),
            count: self.count.saturating_add(other.count),
        }
    }
}

/// A row of the history of log-ins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogIn {
    /// What it is of.
    pub key: LogInKey,
    /// When, and how often.
    pub seen: Seen,
}

impl LogIn {
    /// Where it stands in the list of a member: a larger one was used later, and no two are alike.
    pub fn position(&self) -> Uuid {
        let (_, low) = self.key.id().uuid().as_u64_pair();
        Uuid::from_u64_pair(u64::try_from(self.seen.last.micros()).unwrap_or(0), low)
    }
}

/// Which log-ins of a member are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogInFilter {
    /// Only those with this client password.
    pub client_password: Option<ClientPasswordId>,
    /// Only those over this protocol.
    pub protocol: Option<Protocol>,
    /// Only those whose last one was then or later.
    pub since: Option<Timestamp>,
}

impl LogInFilter {
    /// Whether this row is wanted.
    pub fn finds(&self, of: &LogIn) -> bool {
        self.client_password.is_none_or(|id| of.key.by == LogInBy::ClientPassword(id))
            && self.protocol.is_none_or(|protocol| of.key.protocol == protocol)
            && self.since.is_none_or(|since| of.seen.last >= since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> LogInKey {
        LogInKey {
            member: Uuid::from_u128(1).into(),
            by: LogInBy::ClientPassword(Uuid::from_u128(2).into()),
            protocol: Protocol::Imap,
            from: FromWhere::of(Some("192.0.2.7".parse().unwrap())),
            client: Some("Phone".into()),
            level: 0,
        }
    }

    #[test]
    fn whatever_differs_has_another_id() {
        let id = key().id();
        assert_eq!(key().id(), id);
        let others = [
            LogInKey { member: Uuid::from_u128(3).into(), ..key() },
            LogInKey { by: LogInBy::SomeClientPassword, ..key() },
            LogInKey { by: LogInBy::AccountPassword, ..key() },
            LogInKey { by: LogInBy::Deferred, ..key() },
            LogInKey { protocol: Protocol::Smtp, ..key() },
            LogInKey { from: FromWhere::NotSaid, ..key() },
            LogInKey { from: FromWhere::Anywhere, ..key() },
            LogInKey { from: FromWhere::Network("192.0.2.0/24".parse().unwrap()), ..key() },
            LogInKey { client: None, ..key() },
            LogInKey { level: 1, ..key() },
        ];
        let mut ids: Vec<LogInId> = others.iter().map(LogInKey::id).chain([id]).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), others.len() + 1);
    }

    #[test]
    fn where_and_with_what_are_kept_as_texts_and_numbers() {
        for text in ["", "192.0.2.7", "2001:db8::7", "192.0.2.0/24", "2001:db8::/56", "*"] {
            assert_eq!(FromWhere::from_text(text).map(FromWhere::to_text).as_deref(), Some(text));
        }
        assert_eq!(FromWhere::from_text("somewhere"), None);
        assert_eq!(FromWhere::of(Some("::ffff:192.0.2.7".parse().unwrap())).to_text(), "192.0.2.7");

        let id = Uuid::from_u128(2).into();
        for by in [
            LogInBy::ClientPassword(id),
            LogInBy::SomeClientPassword,
            LogInBy::AccountPassword,
            LogInBy::Deferred,
        ] {
            let (kind, id) = by.to_parts();
            assert_eq!(LogInBy::from_parts(kind, id), Some(by));
        }
        assert_eq!(LogInBy::from_parts(1, Some(id)), None);
    }
}
