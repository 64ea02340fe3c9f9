//! What the policy says for every member of the organization alike.

use std::time::Duration;

use super::settings::{
    DEFAULT_HISTORY_DAYS, DEFAULT_MAX_ACTIVE, DEFAULT_MAX_OVERLAP_SECONDS, DEFAULT_TOMBSTONE_DAYS, Policy,
};
use crate::clock::Timestamp;
use crate::domain::field::{Fault, FieldError};
use crate::domain::network::Networks;

const DAY: Duration = Duration::from_secs(86_400);

/// Overlap of a rotation whose request names none.
const DEFAULT_OVERLAP: Duration = DAY;

/// The settings that have one value in an organization, in the units that are reckoned with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Networks from which mail may be opened.
    pub allowed_networks: Networks,
    /// Live client passwords one member may have; superseded ones do not count.
    pub max_active_per_member: i64,
    /// Longest life of a client password.
    pub max_lifetime: Option<Duration>,
    /// Validity of a client password whose request names none.
    pub default_lifetime: Option<Duration>,
    /// How long a client password may lie unused before it ends.
    pub idle: Option<Duration>,
    /// Longest overlap of a rotation.
    pub max_overlap: Duration,
    /// Whether a new account password ends all client passwords.
    pub end_on_account_password_change: bool,
    /// How long an ended client password is recognised.
    pub tombstone: Duration,
    /// How long the history of log-ins is kept; zero keeps none.
    pub history: Duration,
    /// Whether the second factor of an identity provider counts as one of ours.
    pub counts_as_secure_login: bool,
}

impl From<&Policy> for Limits {
    fn from(policy: &Policy) -> Self {
        let max_overlap = policy.max_overlap_seconds.unwrap_or(DEFAULT_MAX_OVERLAP_SECONDS);
        Self {
            allowed_networks: policy.allowed_networks.clone().unwrap_or_default(),
            max_active_per_member: policy.max_active_per_member.unwrap_or(DEFAULT_MAX_ACTIVE).into(),
            max_lifetime: policy.max_lifetime_days.map(days),
            default_lifetime: policy.default_lifetime_days.map(days),
            idle: policy.idle_days.map(days),
            max_overlap: Duration::from_secs(max_overlap.into()),
            end_on_account_password_change: policy.end_on_account_password_change.unwrap_or(true),
            tombstone: days(policy.tombstone_days.unwrap_or(DEFAULT_TOMBSTONE_DAYS)),
            history: days(policy.history_days.unwrap_or(DEFAULT_HISTORY_DAYS)),
            counts_as_secure_login: policy.counts_as_secure_login.unwrap_or(false),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::from(&Policy::default())
    }
}

fn days(number: u32) -> Duration {
    DAY * number
}

impl Limits {
    /// When a client password made at `now` expires, if at all. A requested time must lie ahead and inside the longest
    /// life.
    pub fn expiry(&self, now: Timestamp, wanted: Option<Timestamp>) -> Result<Option<Timestamp>, FieldError> {
        if let Some(wanted) = wanted {
            return self.new_expiry(now, now, wanted).map(Some);
        }

        let latest = self.max_lifetime.map(|life| now.plus(life));
        let default = self.default_lifetime.map(|life| now.plus(life));
        Ok(default.into_iter().chain(latest).min())
    }

    /// The date that is wanted for a client password made at `created_at`. It must lie ahead and inside the longest life,
    /// which counts from its making.
    pub fn new_expiry(
        &self,
        now: Timestamp,
        created_at: Timestamp,
        wanted: Timestamp,
    ) -> Result<Timestamp, FieldError> {
        let latest = self.max_lifetime.map(|life| created_at.plus(life));
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

        Ok(wanted)
    }

    /// How long a rotated client password lives on: a day unless requested otherwise, never beyond the policy.
    pub fn overlap(&self, wish_seconds: Option<u64>) -> Duration {
        wish_seconds.map_or(DEFAULT_OVERLAP, Duration::from_secs).min(self.max_overlap)
    }

    /// When a client password expires whose row says `expires_at`: the longest life bounds those that were made before
    /// it was set as well.
    pub fn expires_at(&self, created_at: Timestamp, expires_at: Option<Timestamp>) -> Option<Timestamp> {
        let latest = self.max_lifetime.map(|life| created_at.plus(life));
        expires_at.into_iter().chain(latest).min()
    }

    /// The moment at which a client password has lain unused for too long, if it may not; unused since it was made,
    /// if it never was used.
    pub fn idle_at(&self, created_at: Timestamp, last_use: Option<Timestamp>) -> Option<Timestamp> {
        let since = last_use.map_or(created_at, |used| used.max(created_at));
        self.idle.map(|idle| since.plus(idle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(0);

    #[test]
    fn lives_are_bounded() {
        let limits =
            Limits { max_lifetime: Some(DAY * 90), default_lifetime: Some(DAY * 120), ..Limits::default() };

        assert_eq!(limits.expiry(NOW, None), Ok(Some(NOW.plus(DAY * 90))));
        assert_eq!(limits.expiry(NOW, Some(NOW.plus(DAY))), Ok(Some(NOW.plus(DAY))));
        assert_eq!(limits.expiry(NOW, Some(NOW.plus(DAY * 90))), Ok(Some(NOW.plus(DAY * 90))));
        assert!(limits.expiry(NOW, Some(NOW.plus(DAY * 91))).is_err());
        assert!(limits.expiry(NOW, Some(NOW)).is_err());
        assert_eq!(Limits::default().expiry(NOW, None), Ok(None));
    }

    #[test]
    fn a_new_date_lies_within_the_longest_life_from_the_making() {
        let limits = Limits { max_lifetime: Some(DAY * 30), ..Limits::default() };
        let (made, later) = (NOW, NOW.plus(DAY * 20));
        assert_eq!(limits.new_expiry(later, made, NOW.plus(DAY * 30)), Ok(NOW.plus(DAY * 30)));
        assert!(limits.new_expiry(later, made, NOW.plus(DAY * 31)).is_err());
        assert!(limits.new_expiry(later, made, later).is_err());
    }

    #[test]
    fn overlaps_are_a_day_and_at_most_what_the_policy_says() {
        let limits = Limits::default();
        assert_eq!(limits.overlap(None), DAY);
        assert_eq!(limits.overlap(Some(0)), Duration::ZERO);
        assert_eq!(limits.overlap(Some(u64::MAX)), DAY * 7);
    }

    #[test]
    fn a_life_ends_at_the_earlier_of_its_own_date_and_the_longest_life() {
        let limits = Limits { max_lifetime: Some(DAY * 90), ..Limits::default() };
        for (own, ends) in [(None, 90), (Some(30), 30), (Some(91), 90)] {
            let own = own.map(|days| NOW.plus(DAY * days));
            assert_eq!(limits.expires_at(NOW, own), Some(NOW.plus(DAY * ends)));
        }
        assert_eq!(Limits::default().expires_at(NOW, None), None);
    }

    #[test]
    fn disuse_counts_from_the_last_use_or_from_the_making() {
        let limits = Limits { idle: Some(DAY * 30), ..Limits::default() };
        assert_eq!(limits.idle_at(NOW, None), Some(NOW.plus(DAY * 30)));
        assert_eq!(limits.idle_at(NOW, Some(NOW.plus(DAY * 5))), Some(NOW.plus(DAY * 35)));
        assert_eq!(Limits::default().idle_at(NOW, None), None);
    }
}
