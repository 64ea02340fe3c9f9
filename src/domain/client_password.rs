//! Client passwords: one generated secret for one mail client.
//!
//! ```text
//!            rotate                     every protocol moved, or overlap over
//!   active ----------> superseded ----------------------------------> revoked (rotated)
//!     |  \                |  \
//!     |   \ time          |   \ time
//!     |    +--------------+----+--> expired
//!     +-------------------+-------> revoked
//! ```
//!
//! Expired and revoked are ends: nothing leads out of them.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::domain::ids::{ClientPasswordId, MemberId, OrganizationId};
use crate::domain::network::Networks;
use crate::domain::protocol::{Protocol, ProtocolSet};

/// What prolongs a life (a later expiry, a rotation) is refused from this long before its end: so long may a change be
/// under way, and what a check has found expired must not come back.
pub const PROLONGED_BEFORE: Duration = Duration::from_secs(10);

/// Longest label, in bytes of UTF-8.
pub const MAX_LABEL: usize = 128;

/// Why a client password ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the contract and say it")]
pub enum EndReason {
    RevokedByMember,
    RevokedByAdmin,
    BulkRevocation,
    SecureLoginOff,
    AccountPasswordChanged,
    MemberSuspended,
    MemberLeft,
    OrganizationDissolved,
    Rotated,
    Expired,
    Idle,
    Leaked,
}

impl EndReason {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::RevokedByMember,
        Self::RevokedByAdmin,
        Self::BulkRevocation,
        Self::SecureLoginOff,
        Self::AccountPasswordChanged,
        Self::MemberSuspended,
        Self::MemberLeft,
        Self::OrganizationDissolved,
        Self::Rotated,
        Self::Expired,
        Self::Idle,
        Self::Leaked,
    ];

    /// Its name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RevokedByMember => "revoked_by_member",
            Self::RevokedByAdmin => "revoked_by_admin",
            Self::BulkRevocation => "bulk_revocation",
            Self::SecureLoginOff => "secure_login_off",
            Self::AccountPasswordChanged => "account_password_changed",
            Self::MemberSuspended => "member_suspended",
            Self::MemberLeft => "member_left",
            Self::OrganizationDissolved => "organization_dissolved",
            Self::Rotated => "rotated",
            Self::Expired => "expired",
            Self::Idle => "idle",
            Self::Leaked => "leaked",
        }
    }

    /// From its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// When and why a client password ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The moment from which it opens no mail.
    pub at: Timestamp,
    /// The cause, as the member and the audit log see it.
    pub reason: EndReason,
}

/// What a client password is at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It opens mail, within its protocols and networks.
    Active,
    /// Rotated; opens mail until its overlap ends.
    Superseded,
    /// Its expiry, or disuse, ended it.
    Expired(End),
    /// Ended by somebody, or by its successor.
    Revoked(End),
}

impl State {
    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Superseded => "superseded",
            Self::Expired(_) => "expired",
            Self::Revoked(_) => "revoked",
        }
    }

    /// The end, if it has ended.
    pub const fn end(self) -> Option<End> {
        match self {
            Self::Active | Self::Superseded => None,
            Self::Expired(end) | Self::Revoked(end) => Some(end),
        }
    }

    /// Whether it may still open mail.
    pub const fn is_live(self) -> bool {
        self.end().is_none()
    }
}

/// Everything that decides when a client password lives and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Ends by itself at this time.
    pub expires_at: Option<Timestamp>,
    /// Until when it overlaps with its successor, if it has been rotated.
    pub overlap_until: Option<Timestamp>,
    /// Its own end, if it was ended one by one.
    pub individual_end: Option<End>,
    /// The end of the member's or organization's epoch that it was made in, if that is over.
    pub epoch_end: Option<End>,
}

impl Validity {
    /// The state at `now`. Where several ends apply the earliest keeps its time and reason; on the same moment
    /// somebody's action goes before a date.
    pub fn at(&self, now: Timestamp) -> State {
        let dated = |at: Option<Timestamp>, reason| at.filter(|at| *at <= now).map(|at| End { at, reason });

        let ends = [
            self.individual_end,
            self.epoch_end,
            dated(self.overlap_until, EndReason::Rotated),
            dated(self.expires_at, EndReason::Expired),
        ];

        match ends.into_iter().flatten().min_by_key(|end| end.at) {
            Some(end) if matches!(end.reason, EndReason::Expired | EndReason::Idle) => State::Expired(end),
            Some(end) => State::Revoked(end),
            None if self.overlap_until.is_some() => State::Superseded,
            None => State::Active,
        }
    }
}

/// The last time a client password opened mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUse {
    /// The time of the latest recorded check that accepted it.
    pub at: Timestamp,
    /// The protocol that the mail client spoke.
    pub protocol: Protocol,
    /// The address of the mail client, where the mail server gave one.
    pub ip: Option<String>,
    /// What the client called itself, where the mail server passed it on.
    pub client: Option<String>,
}

/// The last time a client tried a client password that had ended, and how often it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleUse {
    /// The time of the latest recorded check that refused it.
    pub at: Timestamp,
    /// The protocol that the mail client spoke.
    pub protocol: Protocol,
    /// The address of the mail client, where the mail server gave one.
    pub ip: Option<String>,
    /// Counts the refused tries since it ended.
    pub count: i64,
}

/// A client password as the API shows one; without its secret, which nobody has but the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientPassword {
    /// Names it in the API and in the audit log; it reveals nothing of the secret.
    pub id: ClientPasswordId,
    /// The member whose mail it opens.
    pub member_id: MemberId,
    /// The organization of that member.
    pub organization_id: OrganizationId,
    /// What the member calls it.
    pub label: String,
    /// Protocols it opens.
    pub protocols: ProtocolSet,
    /// Networks it opens them from.
    pub networks: Networks,
    /// When it lives and ends.
    pub validity: Validity,
    /// When it was made.
    pub created_at: Timestamp,
    /// The last check that accepted it; `None` if it was never used.
    pub last_used: Option<LastUse>,
    /// The last check that refused it after its end: some client still has it.
    pub stale_use: Option<StaleUse>,
    /// The one that it came from by rotating.
    pub replaces: Option<ClientPasswordId>,
    /// The one that came from it by rotating.
    pub replaced_by: Option<ClientPasswordId>,
    /// Version of the row, for ETags.
    pub version: i64,
    /// Protocols on which its successor has been used, so that it opens them no more.
    pub moved: ProtocolSet,
    /// When the policy has it end if nothing uses it; `None` if it does not, or as long as nobody asked the policy.
    pub idle_at: Option<Timestamp>,
}

impl ClientPassword {
    /// When and why it ends by itself, if nothing is done; `None` if it has ended or has no date.
    pub fn coming_end(&self, now: Timestamp) -> Option<End> {
        let ends = [
            self.validity.expires_at.map(|at| End { at, reason: EndReason::Expired }),
            self.validity.overlap_until.map(|at| End { at, reason: EndReason::Rotated }),
            self.idle_at.map(|at| End { at, reason: EndReason::Idle }),
        ];
        let first = ends.into_iter().flatten().min_by_key(|end| end.at);
        first.filter(|_| self.validity.at(now).is_live())
    }
}

/// The state that a list of client passwords is limited to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateFilter {
    /// `active`: it opens mail and has no successor.
    Active,
    /// `superseded`: rotated, and still inside its overlap.
    Superseded,
    /// `expired`: ended by time.
    Expired,
    /// `revoked`: ended by somebody, or by its successor.
    Revoked,
}

impl StateFilter {
    /// From its name in the API.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "active" => Some(Self::Active),
            "superseded" => Some(Self::Superseded),
            "expired" => Some(Self::Expired),
            "revoked" => Some(Self::Revoked),
            _ => None,
        }
    }

    /// Its name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Superseded => "superseded",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn t(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    const LIVE: Validity =
        Validity { expires_at: None, overlap_until: None, individual_end: None, epoch_end: None };

    #[test]
    fn the_earliest_end_keeps_its_time_and_reason() {
        let revoked = End { at: t(50), reason: EndReason::RevokedByMember };
        let off = End { at: t(70), reason: EndReason::SecureLoginOff };
        let validity =
            Validity { individual_end: Some(revoked), epoch_end: Some(off), expires_at: Some(t(60)), ..LIVE };
        assert_eq!(validity.at(t(100)), State::Revoked(revoked));

        let validity = Validity { individual_end: None, ..validity };
        assert_eq!(validity.at(t(100)), State::Expired(End { at: t(60), reason: EndReason::Expired }));

        let validity = Validity { expires_at: Some(t(80)), ..validity };
        assert_eq!(validity.at(t(100)), State::Revoked(off));
    }

    #[test]
    fn dates_bite_at_their_very_moment() {
        let validity = Validity { expires_at: Some(t(60)), ..LIVE };
        assert_eq!(validity.at(t(59)), State::Active);
        assert!(!validity.at(t(60)).is_live());
        let validity = Validity { overlap_until: Some(t(60)), ..LIVE };
        assert_eq!(validity.at(t(59)), State::Superseded);
        assert_eq!(validity.at(t(60)), State::Revoked(End { at: t(60), reason: EndReason::Rotated }));
    }

    #[test]
    fn names_go_both_ways() {
        for reason in EndReason::ALL {
            assert_eq!(EndReason::parse(reason.name()), Some(reason));
        }
    }
}
