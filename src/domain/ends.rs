//! Ends of client passwords as mail servers are told of them: who is affected, how long it is tried, when it is
//! tried again.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::domain::client_password::EndReason;
use crate::domain::ids::{ClientPasswordId, MemberId, OrganizationId};

/// What has not been told after this time is told no more: no session lasts so long.
pub const GIVE_UP_AFTER: Duration = Duration::from_secs(3 * 86_400);

/// Longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

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

/// How long to wait after so many failures in a row: twice as long each time, the first time a second.
pub fn pause(failures: u32) -> Duration {
    let doubled = 1u64.checked_shl(failures.saturating_sub(1)).unwrap_or(u64::MAX);
    Duration::from_secs(doubled).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let seconds = [0, 1, 2, 3, 4, 5, 6, 7, 64, 65, u32::MAX].map(|failures| pause(failures).as_secs());
        assert_eq!(seconds, [1, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30]);
    }
}
