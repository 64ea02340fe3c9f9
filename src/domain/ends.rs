//! Ends of client passwords as mail servers and programs are notified of them: who is affected, and how long it is tried.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::domain::client_password::EndReason;
use crate::domain::ids::{ClientPasswordId, MemberId, OrganizationId};
use crate::domain::warnings::ExpiryNotice;

/// A notice that could not be delivered for this long is given up: no mail session lasts so long.
pub const GIVE_UP_AFTER: Duration = Duration::from_secs(3 * 86_400);

/// What one receiver is notified of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Client passwords that have ended.
    Ended(EndNotice),
    /// A client password that will end by itself.
    Expiring(ExpiryNotice),
}

/// One notice to one receiver: that client passwords of one member, or all of an organization, have ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndNotice {
    /// The same in every try.
    pub id: String,
    /// The organization that the ended client passwords belong to.
    pub organization_id: OrganizationId,
    /// The member with their login; everybody in the organization if absent.
    pub member: Option<(MemberId, String)>,
    /// The client passwords that ended: all, or some by their ids.
    pub client_passwords: Ended,
    /// The cause, the same for all of them.
    pub reason: EndReason,
    /// The moment at which they ended, not that of the delivery.
    pub at: Timestamp,
}

/// Which client passwords have ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All that there were.
    All,
    /// Only these, by their ids.
    These(Vec<ClientPasswordId>),
}
