//! The verdict: may this login, with what was presented, have mail now? The only place that decides.
//!
//! ```text
//!   presented                 secure login on               secure login off
//!   a client password of      accept, if live and in        reject, with the reason
//!   the member                scope; else reject, with
//!                             the reason
//!   somebody else's           reject                        reject
//!   anything else             reject                        local: the account password, checked here
//!                                                           external: defer to the next source
//! ```
//!
//! A reason is told only where the presented secret itself matched; a stranger learns nothing.

use std::net::IpAddr;

use crate::clock::Timestamp;
use crate::domain::client_password::{EndReason, Life};
use crate::domain::member::{MemberState, SignIn};
use crate::domain::network::Networks;
use crate::domain::organization::OrganizationState;
use crate::domain::policy::Policy;
use crate::domain::protocol::{Protocol, ProtocolSet};

/// The circumstances of a check.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// When.
    pub now: Timestamp,
    /// What the mail client speaks.
    pub protocol: Protocol,
    /// Where it comes from, if the mail server said so.
    pub client_ip: Option<IpAddr>,
    /// Whether the mail server named as that something which is no address.
    pub unreadable_ip: bool,
}

/// The member whose login was given.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// The organization's state.
    pub organization: OrganizationState,
    /// The organization's epoch.
    pub organization_epoch: i64,
    /// The member's state.
    pub state: MemberState,
    /// Where the member signs in.
    pub sign_in: SignIn,
    /// Whether secure login is on.
    pub secure_login: bool,
    /// Whether mail is refused while it is off.
    pub secure_login_required: bool,
    /// The member's epoch.
    pub epoch: i64,
}

/// A client password of the member, found by what was presented.
#[derive(Clone, Debug)]
pub struct Found {
    /// The member's epoch it was made in.
    pub epoch: i64,
    /// The organization's epoch it was made in.
    pub organization_epoch: i64,
    /// Its ends and dates; when its epoch ended only where [`depends_on_epoch_end`] asks for it.
    pub life: Life,
    /// Protocols on which its successor has been used.
    pub moved: ProtocolSet,
    /// Protocols it opens.
    pub protocols: ProtocolSet,
    /// Networks it opens them from.
    pub networks: Networks,
}

/// What became of comparing the presented secret with the account password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Not yet compared: it is costly, and often not needed.
    NotDone,
    /// It is the account password.
    Matches,
    /// It is not.
    Differs,
}

/// What was presented.
#[derive(Clone, Debug)]
pub enum Presented {
    /// A client password of the member.
    ClientPassword(Found),
    /// A client password of somebody else.
    Foreign,
    /// Neither: the account password, or nothing we know.
    Other(Comparison),
}

/// Which secret opened mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// A client password.
    ClientPassword,
    /// The account password.
    AccountPassword,
}

/// Why not; for the mail server's log and the member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the contract and say it")]
pub enum Reason {
    InvalidCredentials,
    Revoked,
    Expired,
    Superseded,
    SecureLoginOff,
    MemberSuspended,
    MemberLeft,
    ProtocolNotAllowed,
    NetworkNotAllowed,
    NotAvailableToMember,
    SecureLoginRequired,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::InvalidCredentials,
        Self::Revoked,
        Self::Expired,
        Self::Superseded,
        Self::SecureLoginOff,
        Self::MemberSuspended,
        Self::MemberLeft,
        Self::ProtocolNotAllowed,
        Self::NetworkNotAllowed,
        Self::NotAvailableToMember,
        Self::SecureLoginRequired,
    ];

    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidCredentials => "invalid_credentials",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::SecureLoginOff => "secure_login_off",
            Self::MemberSuspended => "member_suspended",
            Self::MemberLeft => "member_left",
            Self::ProtocolNotAllowed => "protocol_not_allowed",
            Self::NetworkNotAllowed => "network_not_allowed",
            Self::NotAvailableToMember => "not_available_to_member",
            Self::SecureLoginRequired => "secure_login_required",
        }
    }
}

/// What comes of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Let in.
    Accept(Via),
    /// Keep out, finally.
    Reject(Reason),
    /// Not ours to say: the mail server's next source decides.
    Defer,
    /// Compare with the account password, then ask again.
    Compare,
    /// Only the network is missing, and what the mail server named as the client's address is none: its fault, so a
    /// temporary failure and no refusal.
    CannotTell,
}

/// Decides.
pub fn decide(case: &Circumstances, subject: &Subject, policy: &Policy, presented: &Presented) -> Verdict {
    match presented {
        Presented::ClientPassword(found) => match why_not(case, subject, policy, found) {
            None => Verdict::Accept(Via::ClientPassword),
            Some(Reason::NetworkNotAllowed) if case.unreadable_ip => Verdict::CannotTell,
            Some(reason) => Verdict::Reject(reason),
        },
        Presented::Foreign => Verdict::Reject(Reason::InvalidCredentials),
        Presented::Other(comparison) => account_password(case, subject, policy, *comparison),
    }
}

/// Why a client password of the member does not open mail; `None` if it does. How it ended goes before what it
/// may be used for.
fn why_not(case: &Circumstances, subject: &Subject, policy: &Policy, found: &Found) -> Option<Reason> {
    ended(case, subject, found).or_else(|| out_of_scope(case, policy, found))
}

/// How a client password of the member ended, on this protocol at least; `None` if it lives. Of its own dates and
/// the end of its epoch the earlier one is told.
fn ended(case: &Circumstances, subject: &Subject, found: &Found) -> Option<Reason> {
    let end = found.life.at(case.now).end();
    let by_itself = end.map(|end| reason_of(end.reason, subject));
    if found.life.own_end.is_some() {
        return by_itself;
    }
    if !is_of_now(subject, found) {
        let dated = found.life.epoch_end.is_some() && end != found.life.epoch_end;
        let with_all = closed(subject).unwrap_or(Reason::Revoked);
        return by_itself.filter(|_| dated).or(Some(with_all));
    }
    let moved = found.moved.contains(case.protocol).then_some(Reason::Superseded);
    closed(subject).or(by_itself).or(moved)
}

/// Whether neither its member's nor its organization's client passwords have all ended since it was made.
fn is_of_now(subject: &Subject, found: &Found) -> bool {
    found.epoch == subject.epoch && found.organization_epoch == subject.organization_epoch
}

/// Whether the reason depends on when the epoch of a found client password ended, which is not read with it: it may
/// have run out before.
pub fn depends_on_epoch_end(case: &Circumstances, subject: &Subject, found: &Found) -> bool {
    let known = found.life.own_end.is_some() || found.life.epoch_end.is_some();
    !is_of_now(subject, found) && !known && !found.life.at(case.now).is_live()
}

fn out_of_scope(case: &Circumstances, policy: &Policy, found: &Found) -> Option<Reason> {
    if !policy.available {
        return Some(Reason::NotAvailableToMember);
    }
    if !found.protocols.contains(case.protocol) || !policy.protocols.contains(case.protocol) {
        return Some(Reason::ProtocolNotAllowed);
    }
    let from_here = found.networks.allow(case.client_ip) && policy.allowed_networks.allow(case.client_ip);
    (!from_here).then_some(Reason::NetworkNotAllowed)
}

/// Why no client password of the member opens mail at present; `None` if one may.
fn closed(subject: &Subject) -> Option<Reason> {
    match (subject.organization, subject.state) {
        (OrganizationState::Dissolved, _) | (_, MemberState::Left) => Some(Reason::MemberLeft),
        (_, MemberState::Suspended) => Some(Reason::MemberSuspended),
        (_, MemberState::Active) if subject.secure_login => None,
        (_, MemberState::Active) if subject.secure_login_required => Some(Reason::SecureLoginRequired),
        (_, MemberState::Active) => Some(Reason::SecureLoginOff),
    }
}

fn reason_of(end: EndReason, subject: &Subject) -> Reason {
    match end {
        EndReason::Rotated => Reason::Superseded,
        EndReason::Expired | EndReason::Idle => Reason::Expired,
        EndReason::SecureLoginOff
        | EndReason::MemberSuspended
        | EndReason::MemberLeft
        | EndReason::OrganizationDissolved => closed(subject).unwrap_or(Reason::Revoked),
        EndReason::RevokedByMember
        | EndReason::RevokedByAdmin
        | EndReason::BulkRevocation
        | EndReason::AccountPasswordChanged
        | EndReason::Leaked => Reason::Revoked,
    }
}

/// What is no client password: the account password, or nothing that we know.
fn account_password(
    case: &Circumstances,
    subject: &Subject,
    policy: &Policy,
    comparison: Comparison,
) -> Verdict {
    let stranger = Verdict::Reject(Reason::InvalidCredentials);
    let gone = subject.organization == OrganizationState::Dissolved || subject.state == MemberState::Left;
    if gone || subject.secure_login {
        return stranger;
    }
    let refusal = if subject.state == MemberState::Suspended {
        Some(Reason::MemberSuspended)
    } else if subject.secure_login_required {
        Some(Reason::SecureLoginRequired)
    } else if !policy.protocols.contains(case.protocol) {
        Some(Reason::ProtocolNotAllowed)
    } else if !policy.allowed_networks.allow(case.client_ip) {
        Some(Reason::NetworkNotAllowed)
    } else {
        None
    };
    if refusal == Some(Reason::NetworkNotAllowed) && case.unreadable_ip {
        // Whatever was typed: or the answer would tell a right password from a wrong one.
        return Verdict::CannotTell;
    }
    match (subject.sign_in, comparison, refusal) {
        (SignIn::External, _, None) => Verdict::Defer,
        (SignIn::External, _, Some(_)) | (SignIn::Local, Comparison::Differs, _) => stranger,
        (SignIn::Local, Comparison::NotDone, _) => Verdict::Compare,
        (SignIn::Local, Comparison::Matches, Some(reason)) => Verdict::Reject(reason),
        (SignIn::Local, Comparison::Matches, None) => Verdict::Accept(Via::AccountPassword),
    }
}

/// Whether this found client password has ended, so that trying it is a stale use and no attack.
pub fn is_stale(case: &Circumstances, subject: &Subject, found: &Found) -> bool {
    ended(case, subject, found).is_some()
}
