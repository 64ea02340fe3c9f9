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
//! A reason is given only where the presented secret itself matched; a stranger learns nothing.

use crate::clock::Timestamp;
use crate::domain::client_password::{EndReason, Validity};
use crate::domain::idleness::Idleness;
pub use crate::domain::idleness::WhenUsed;
use crate::domain::member::{MemberState, SignIn};
use crate::domain::network::{ClientAddress, Networks};
use crate::domain::organization::OrganizationState;
use crate::domain::policy::MemberPolicy;
use crate::domain::protocol::{Protocol, ProtocolSet};

/// The circumstances of a check.
#[derive(Clone, Copy, Debug)]
pub struct CheckContext {
    /// The moment of the check.
    pub now: Timestamp,
    /// What the mail client speaks.
    pub protocol: Protocol,
    /// Where it comes from, as the mail server says it.
    pub client_address: ClientAddress,
}

/// The member whose login was given.
#[derive(Clone, Copy, Debug)]
pub struct MemberStatus {
    /// The state of the member's organization; a dissolved one opens nothing.
    pub organization: OrganizationState,
    /// Counts how often all client passwords of the organization have ended.
    pub organization_epoch: i64,
    /// The state of the member; only an active one gets mail.
    pub state: MemberState,
    /// Where the member signs in.
    pub sign_in: SignIn,
    /// Whether secure login is on.
    pub secure_login: bool,
    /// Whether mail is refused while it is off, whatever the policy says.
    pub secure_login_required: bool,
    /// Counts how often all client passwords of the member have ended.
    pub epoch: i64,
}

/// A client password of the member, candidate by what was presented.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The member's epoch it was made in.
    pub epoch: i64,
    /// The organization's epoch it was made in.
    pub organization_epoch: i64,
    /// When it was made, from which the policy's longest life counts.
    pub created_at: Timestamp,
    /// When it opened mail last, as far as that is on disk; to be read only where the verdict asks for it.
    pub last_used: WhenUsed,
    /// Its ends and dates; when its epoch ended only where [`depends_on_epoch_end`] needs it.
    pub validity: Validity,
    /// Protocols on which its successor has been used.
    pub moved: ProtocolSet,
    /// The protocols that it opens.
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
    /// It is another password.
    Differs,
}

/// The presented secret, as far as it was recognised.
#[derive(Clone, Debug)]
pub enum Presented {
    /// A client password of the member.
    ClientPassword(Candidate),
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
    /// The mail client is let in.
    Accept(Via),
    /// Keep out, finally.
    Reject(Reason),
    /// Not ours to say: the mail server's next source decides.
    Defer,
    /// Compare with the account password, then decide again.
    Compare,
    /// Read when the client password was used last, then decide again.
    ReadLastUse,
    /// The client password has lain unused for longer than the policy allows: commit that it has ended as idle, then
    /// refuse it as expired.
    EndIdle,
    /// Only the network is missing, and what the mail server named as the client's address is none: its fault, so a
    /// temporary failure and no refusal.
    CannotTell,
}

/// Decides one check from values alone; it reads no clock and no store.
pub fn decide(
    context: &CheckContext,
    status: &MemberStatus,
    policy: &MemberPolicy,
    presented: &Presented,
) -> Verdict {
    match presented {
        Presented::ClientPassword(candidate) => client_password(context, status, policy, candidate),
        Presented::Foreign => Verdict::Reject(Reason::InvalidCredentials),
        Presented::Other(comparison) => account_password(context, status, policy, *comparison),
    }
}

/// A client password of the member. How it ended goes before what it may be used for.
fn client_password(
    context: &CheckContext,
    status: &MemberStatus,
    policy: &MemberPolicy,
    candidate: &Candidate,
) -> Verdict {
    if let Some(reason) = ended(context, status, policy, candidate) {
        return Verdict::Reject(reason);
    }

    match idleness(context, policy, candidate) {
        Idleness::InUse | Idleness::NearIdle => {}
        Idleness::Unknown => return Verdict::ReadLastUse,
        Idleness::Idle => return Verdict::EndIdle,
    }

    match out_of_scope(context, policy, candidate) {
        None => Verdict::Accept(Via::ClientPassword),
        Some(Reason::NetworkNotAllowed) if context.client_address == ClientAddress::Unreadable => {
            Verdict::CannotTell
        }
        Some(reason) => Verdict::Reject(reason),
    }
}

/// How a client password of the member ended, on this protocol at least; `None` if it lives. Of its own dates and
/// the end of its epoch the earlier one counts.
fn ended(
    context: &CheckContext,
    status: &MemberStatus,
    policy: &MemberPolicy,
    candidate: &Candidate,
) -> Option<Reason> {
    let end = candidate.validity.at(context.now).end();
    let by_itself = end.map(|end| reason_of(end.reason, status, policy));

    if candidate.validity.individual_end.is_some() {
        return by_itself;
    }

    if !is_of_now(status, candidate) {
        let dated = candidate.validity.epoch_end.is_some() && end != candidate.validity.epoch_end;
        let with_all = member_refusal(status, policy).unwrap_or(Reason::Revoked);
        return by_itself.filter(|_| dated).or(Some(with_all));
    }

    let moved = candidate.moved.contains(context.protocol).then_some(Reason::Superseded);
    let too_old = is_too_old(context, policy, candidate).then_some(Reason::Expired);
    member_refusal(status, policy).or(by_itself).or(too_old).or(moved)
}

/// Whether the longest life that the policy allows is over. An end that was written down goes before it: the policy may
/// have been put since.
fn is_too_old(context: &CheckContext, policy: &MemberPolicy, candidate: &Candidate) -> bool {
    policy.limits.expires_at(candidate.created_at, None).is_some_and(|at| at <= context.now)
}

fn idleness(context: &CheckContext, policy: &MemberPolicy, candidate: &Candidate) -> Idleness {
    Idleness::of(&policy.limits, context.now, candidate.created_at, candidate.last_used)
}

/// Whether a candidate client password is idle by its last use that is on disk, or about to be. Then uses that are still
/// to be written count: those before have to be on disk before it is judged, and this one before it is accepted, or
/// another node would find it idle and end it.
pub fn needs_its_uses(context: &CheckContext, policy: &MemberPolicy, candidate: &Candidate) -> bool {
    matches!(idleness(context, policy, candidate), Idleness::NearIdle | Idleness::Idle)
}

/// Whether neither its member's nor its organization's client passwords have all ended since it was made.
fn is_of_now(status: &MemberStatus, candidate: &Candidate) -> bool {
    candidate.epoch == status.epoch && candidate.organization_epoch == status.organization_epoch
}

/// Whether the reason depends on when the epoch of a candidate client password ended, which is not read with it: it may
/// have run out before.
pub fn depends_on_epoch_end(context: &CheckContext, status: &MemberStatus, candidate: &Candidate) -> bool {
    let known = candidate.validity.individual_end.is_some() || candidate.validity.epoch_end.is_some();
    !is_of_now(status, candidate) && !known && !candidate.validity.at(context.now).is_live()
}

fn out_of_scope(context: &CheckContext, policy: &MemberPolicy, candidate: &Candidate) -> Option<Reason> {
    if !policy.available {
        return Some(Reason::NotAvailableToMember);
    }

    if !candidate.protocols.contains(context.protocol) || !policy.protocols.contains(context.protocol) {
        return Some(Reason::ProtocolNotAllowed);
    }

    let from_here = candidate.networks.allow(context.client_address.ip())
        && policy.limits.allowed_networks.allow(context.client_address.ip());
    (!from_here).then_some(Reason::NetworkNotAllowed)
}

/// Why no client password of the member opens mail at present; `None` if one may.
fn member_refusal(status: &MemberStatus, policy: &MemberPolicy) -> Option<Reason> {
    match (status.organization, status.state) {
        (OrganizationState::Dissolved, _) | (_, MemberState::Left) => Some(Reason::MemberLeft),
        (_, MemberState::Suspended) => Some(Reason::MemberSuspended),
        (_, MemberState::Active) if status.secure_login => None,
        (_, MemberState::Active) if must_have_secure_login(status, policy) => {
            Some(Reason::SecureLoginRequired)
        }
        (_, MemberState::Active) => Some(Reason::SecureLoginOff),
    }
}

/// Whether mail is refused while secure login is off: because all factors were removed, or because the policy says so.
const fn must_have_secure_login(status: &MemberStatus, policy: &MemberPolicy) -> bool {
    status.secure_login_required || policy.secure_login_required
}

fn reason_of(end: EndReason, status: &MemberStatus, policy: &MemberPolicy) -> Reason {
    match end {
        EndReason::Rotated => Reason::Superseded,
        EndReason::Expired | EndReason::Idle => Reason::Expired,
        EndReason::SecureLoginOff
        | EndReason::MemberSuspended
        | EndReason::MemberLeft
        | EndReason::OrganizationDissolved => member_refusal(status, policy).unwrap_or(Reason::Revoked),
        EndReason::RevokedByMember
        | EndReason::RevokedByAdmin
        | EndReason::BulkRevocation
        | EndReason::AccountPasswordChanged
        | EndReason::Leaked => Reason::Revoked,
    }
}

/// What is no client password: the account password, or nothing that we know.
fn account_password(
    context: &CheckContext,
    status: &MemberStatus,
    policy: &MemberPolicy,
    comparison: Comparison,
) -> Verdict {
    let stranger = Verdict::Reject(Reason::InvalidCredentials);

    let gone = status.organization == OrganizationState::Dissolved || status.state == MemberState::Left;
    if gone || status.secure_login {
        return stranger;
    }

    let refusal = if status.state == MemberState::Suspended {
        Some(Reason::MemberSuspended)
    } else if must_have_secure_login(status, policy) {
        Some(Reason::SecureLoginRequired)
    } else if !policy.protocols.contains(context.protocol) {
        Some(Reason::ProtocolNotAllowed)
    } else if !policy.limits.allowed_networks.allow(context.client_address.ip()) {
        Some(Reason::NetworkNotAllowed)
    } else {
        None
    };

    if refusal == Some(Reason::NetworkNotAllowed) && context.client_address == ClientAddress::Unreadable {
        // Whatever was typed: or the answer would reveal whether the password is right.
        return Verdict::CannotTell;
    }

    match (status.sign_in, comparison, refusal) {
        (SignIn::External, _, None) => Verdict::Defer,
        (SignIn::External, _, Some(_)) | (SignIn::Local, Comparison::Differs, _) => stranger,
        (SignIn::Local, Comparison::NotDone, _) => Verdict::Compare,
        (SignIn::Local, Comparison::Matches, Some(reason)) => Verdict::Reject(reason),
        (SignIn::Local, Comparison::Matches, None) => Verdict::Accept(Via::AccountPassword),
    }
}

/// Whether this candidate client password has ended, so that trying it is a stale use and no attack. Of one that may be
/// idle it says so once its last use was read.
pub fn is_stale(
    context: &CheckContext,
    status: &MemberStatus,
    policy: &MemberPolicy,
    candidate: &Candidate,
) -> bool {
    ended(context, status, policy, candidate).is_some()
        || matches!(idleness(context, policy, candidate), Idleness::Idle)
}
