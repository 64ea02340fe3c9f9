//! What a write brings with it: the record of the change, on whose behalf it is made, the idempotency key that it
//! claims.

use uuid::Uuid;

use super::verifier::Verifier;
use crate::clock::Timestamp;
use crate::domain::access::Authority;
use crate::domain::audit::{Action, Actor, Target};
use crate::domain::audit_details::Details;
use crate::domain::ids::{AuditEventId, MemberId, OrganizationId, RequestId};
use crate::domain::lease::Lease;

/// On whose behalf something is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A caller, who was allowed to.
    Caller(Authority),
    /// What runs by itself, once in an installation.
    Job(Lease),
    /// The process, or whoever owns its data directory.
    System,
    /// Whoever sets the installation up.
    Setup,
}

/// One use of an idempotency key.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// Sets this use apart from others of the same key.
    pub id: Uuid,
    /// HMAC of key, caller and route.
    pub verifier: Verifier,
    /// HMAC of the body.
    pub body: Verifier,
    /// The member who calls, if it is one.
    pub member_id: Option<MemberId>,
}

/// A record on its way in.
#[derive(Clone, Debug)]
pub struct Record {
    /// The id; later records have larger ones.
    pub id: AuditEventId,
    /// When it was requested; what is written has the time at which it is.
    pub at: Timestamp,
    /// On whose behalf the change is made: what it was allowed on must still stand when it is written.
    pub origin: Origin,
    /// The organization that it is listed in; `None` for what belongs to none.
    pub organization_id: Option<OrganizationId>,
    /// Who makes the change, as the audit log names them.
    pub actor: Actor,
    /// What is done, kept by its name in the API.
    pub action: Action,
    /// The member it was done to.
    pub member_id: Option<MemberId>,
    /// What was changed.
    pub targets: Vec<Target>,
    /// What it makes, for who sends the same call again.
    pub makes: Vec<Target>,
    /// Why, in somebody's words.
    pub reason: Option<String>,
    /// What else is worth knowing; never a secret.
    pub details: Details,
    /// The request that did it.
    pub request_id: Option<RequestId>,
    /// The idempotency key that it came with.
    pub claim: Option<Claim>,
}

impl Record {
    /// The department administrator on whose behalf the change is made, if it is one: it must be within that one's reach.
    pub(super) const fn department_admin(&self) -> Option<MemberId> {
        match &self.origin {
            Origin::Caller(authority) => authority.caller().department_admin(),
            Origin::Job(_) | Origin::System | Origin::Setup => None,
        }
    }
}
