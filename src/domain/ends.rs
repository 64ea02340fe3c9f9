//! Ends of client passwords as mail servers are told of them: who is affected, and how long it is tried.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::domain::client_password::EndReason;
use crate::domain::ids::{ClientPasswordId, MemberId, OrganizationId};

/// What has not been told after this time is told no more: no session lasts so long.
pub const GIVE_UP_AFTER: Duration = Duration::from_secs(3 * 86_400);

/// What one party is told at one time: that client passwords of one member, or all of an organization, have ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndNotice {
    /// The same in every try.
    pub id: String,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The member with their login; everybody in the organization if absent.
    pub member: Option<(MemberId, String)>,
    /// Which of them.
    pub client_passwords: Ended,
    /// Why.
    pub reason: EndReason,
    /// When.
    pub at: Timestamp,
}

/// Which client passwords have ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All that there were.
    All,
    /// These.
    These(Vec<ClientPasswordId>),
}
