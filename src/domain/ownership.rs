//! Ownership: an organization has at most one owner, who offers it to another member; that one takes it on.
//!
//! ```text
//!   offered --the member takes it on--> the member is the owner, the former one an administrator
//!     +--7 days, another offer, withdrawn, declined; the member suspended, left, of another role--> gone
//! ```

use std::time::Duration;

use crate::clock::Timestamp;
use crate::domain::ids::MemberId;

/// How long an offer is good.
pub const OFFER_LIFETIME: Duration = Duration::from_secs(7 * 86_400);

/// An offer to become the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnershipOffer {
    /// The member who may take it on.
    pub member_id: MemberId,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is no longer good.
    pub expires_at: Timestamp,
}

/// Who owns an organization, and who may come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ownership {
    /// The owner; `None` in an organization that was made without one.
    pub owner_id: Option<MemberId>,
    /// The open offer, to whoever may know of it.
    pub offer: Option<OwnershipOffer>,
}
