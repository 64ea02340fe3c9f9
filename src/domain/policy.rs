//! What an organization allows its members. Every organization has the default policy for now.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::domain::field::{Fault, FieldError};
use crate::domain::network::Networks;
use crate::domain::protocol::ProtocolSet;

const DAY: Duration = Duration::from_secs(86_400);

/// The rules of one organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether members may use client passwords.
    pub available: bool,
    /// Protocols that are on.
    pub protocols: ProtocolSet,
    /// Networks from which mail may be opened.
    pub allowed_networks: Networks,
    /// Live client passwords one member may have; superseded ones do not count.
    pub max_active_per_member: i64,
    /// Longest life of a client password.
    pub max_lifetime: Option<Duration>,
    /// Validity of a client password whose request names none.
    pub default_lifetime: Option<Duration>,
    /// Longest overlap of a rotation.
    pub max_overlap: Duration,
    /// Whether a new account password ends all client passwords.
    pub end_on_account_password_change: bool,
    /// How long an ended client password is recognised.
    pub tombstone: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            available: true,
            protocols: ProtocolSet::ALL,
            allowed_networks: Networks::ANY,
            max_active_per_member: 25,
            max_lifetime: None,
            default_lifetime: None,
            max_overlap: DAY * 7,
            end_on_account_password_change: true,
            tombstone: DAY * 180,
        }
    }
}

/// Overlap of a rotation whose request names none.
const DEFAULT_OVERLAP: Duration = DAY;

impl Policy {
    /// When a client password made at `now` expires, if at all. A requested time must lie ahead and inside
    /// the longest life.
    pub fn expiry(&self, now: Timestamp, wanted: Option<Timestamp>) -> Result<Option<Timestamp>, FieldError> {
        let latest = self.max_lifetime.map(|life| now.plus(life));

        let Some(wanted) = wanted else {
            let default = self.default_lifetime.map(|life| now.plus(life));
            return Ok(default.into_iter().chain(latest).min());
        };

        if wanted <= now {
            return Err(FieldError::new("expires_at", Fault::OutOfRange, "must lie in the future"));
        }
        if latest.is_some_and(|latest| wanted > latest) {
            return Err(FieldError::new(
                "expires_at",
                Fault::OutOfRange,
                "lies beyond the longest life the policy allows",
            ));
        }

        Ok(Some(wanted))
    }

    /// How long a rotated client password lives on: a day unless requested otherwise, never beyond the policy.
    pub fn overlap(&self, wish_seconds: Option<u64>) -> Duration {
        wish_seconds.map_or(DEFAULT_OVERLAP, Duration::from_secs).min(self.max_overlap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_are_bounded() {
        let now = Timestamp::from_micros(0);
        let policy =
            Policy { max_lifetime: Some(DAY * 90), default_lifetime: Some(DAY * 120), ..Policy::default() };

        assert_eq!(policy.expiry(now, None), Ok(Some(now.plus(DAY * 90))));
        assert_eq!(policy.expiry(now, Some(now.plus(DAY))), Ok(Some(now.plus(DAY))));
        assert_eq!(policy.expiry(now, Some(now.plus(DAY * 90))), Ok(Some(now.plus(DAY * 90))));
        assert!(policy.expiry(now, Some(now.plus(DAY * 91))).is_err());
        assert!(policy.expiry(now, Some(now)).is_err());
        assert_eq!(Policy::default().expiry(now, None), Ok(None));
    }

    #[test]
    fn overlaps_are_a_day_and_at_most_what_the_policy_says() {
        let policy = Policy::default();
        assert_eq!(policy.overlap(None), DAY);
        assert_eq!(policy.overlap(Some(0)), Duration::ZERO);
        assert_eq!(policy.overlap(Some(u64::MAX)), DAY * 7);
    }
}
