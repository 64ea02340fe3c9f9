//! When whoever has a client password is warned that it will end by itself, and when that has to be looked at again.
//!
//! ```text
//!   issued            14 days before        3 days before      1 day before     its date
//!   |---- no warning ------|------ 14 ------------|------- 3 --------|------ 1 ------|
//!
//!   last use          14 days before                                          idle end
//!   |---- no warning ------|------ 14 --------------------------------------------|
//! ```
//!
//! A threshold that lies before the issue is skipped. After a pause only the latest that has passed is warned of. What is
//! warned of is a date: if that moves, its thresholds count anew.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::domain::client_password::EndReason;
use crate::domain::ids::{ClientPasswordId, MemberId, OrganizationId, WarningId};
use crate::domain::policy::Limits;

const DAY: Duration = Duration::from_secs(86_400);

/// So many days before a date its client password is warned of, the earliest threshold first.
pub const DAYS_BEFORE: [u32; 3] = [14, 3, 1];
/// So many days before an idle end its client password is warned of.
pub const DAYS_BEFORE_IDLE: u32 = 14;
/// How often it is looked whether somebody is to be warned, or something has lain unused for too long.
pub const LOOK_EVERY: Duration = Duration::from_millis(8_500);

/// What decides when a client password ends by itself. It has not ended, nor has it been rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// When it was made.
    pub created_at: Timestamp,
    /// The date that it was given, if any.
    pub expires_at: Option<Timestamp>,
    /// When it opened mail last, if it ever did.
    pub last_used: Option<Timestamp>,
}

/// A warning that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warning {
    /// When the client password will end, if nothing is done.
    pub ends_at: Timestamp,
    /// What will end it: its date or disuse.
    pub reason: EndReason,
    /// The threshold that has passed, in days before the end.
    pub days: u32,
    /// Of an idle end: since when it has lain unused.
    pub unused_since: Option<Timestamp>,
}

/// How a client password stands at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// What is to be warned of, unless it has been.
    pub warnings: Vec<Warning>,
    /// Whether it has lain unused for too long.
    pub is_idle: bool,
    /// When it has to be looked at next, unless it gets another date or the policy another idle end before; `None` for
    /// never.
    pub next: Option<Timestamp>,
}

impl Life {
    /// When and why it will end by itself, if nothing is done: the earlier of its date and its idle end.
    pub fn end(&self, limits: &Limits) -> Option<(Timestamp, EndReason)> {
        let date = limits.expires_at(self.created_at, self.expires_at);
        let idle = limits.idle_at(self.created_at, self.last_used);
        let ends = [date.map(|at| (at, EndReason::Expired)), idle.map(|at| (at, EndReason::Idle))];
        ends.into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    /// How it stands at `now`.
    pub fn outlook(&self, limits: &Limits, now: Timestamp) -> Outlook {
        let date = limits.expires_at(self.created_at, self.expires_at);
        // Behind its date nothing comes.
        let idle = limits.idle_at(self.created_at, self.last_used);
        let idle = idle.filter(|idle| date.is_none_or(|date| *idle < date));
        if date.is_some_and(|date| date <= now) {
            return Outlook::default();
        }
        if idle.is_some_and(|idle| idle <= now) {
            return Outlook { is_idle: true, ..Outlook::default() };
        }

        let of_date = date.map(|at| self.warning(at, now)).into_iter().flatten();
        let of_idle = idle.map(|at| self.idle_warning(at, now)).into_iter().flatten();
        let thresholds = date.into_iter().flat_map(|at| DAYS_BEFORE.map(|days| before(at, days)));
        let idle_threshold = idle.map(|at| before(at, DAYS_BEFORE_IDLE));
        let moments = thresholds.chain(idle_threshold).chain(idle);

        Outlook {
            warnings: of_date.chain(of_idle).collect(),
            is_idle: false,
            next: moments.filter(|at| *at > now).min(),
        }
    }

    /// The latest threshold of a date that has passed since the issue.
    fn warning(&self, ends_at: Timestamp, now: Timestamp) -> Option<Warning> {
        let passed = DAYS_BEFORE.into_iter().filter(|days| {
            let at = before(ends_at, *days);
            at > self.created_at && at <= now
        });
        let days = passed.min()?;
        Some(Warning { ends_at, reason: EndReason::Expired, days, unused_since: None })
    }

    /// The threshold of an idle end, if it has passed since the last use. Where the policy has a client password end after
    /// so few days of disuse, each use would be followed by a warning: there is none.
    fn idle_warning(&self, ends_at: Timestamp, now: Timestamp) -> Option<Warning> {
        let since = self.last_used.map_or(self.created_at, |used| used.max(self.created_at));
        let at = before(ends_at, DAYS_BEFORE_IDLE);
        let is_due = at > since && at <= now;
        is_due.then_some(Warning {
            ends_at,
            reason: EndReason::Idle,
            days: DAYS_BEFORE_IDLE,
            unused_since: Some(since),
        })
    }
}

fn before(at: Timestamp, days: u32) -> Timestamp {
    at.minus(DAY * days)
}

/// A warning as a program is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiryNotice {
    /// The same in every try.
    pub id: String,
    /// The organization of the member.
    pub organization_id: OrganizationId,
    /// The member.
    pub member_id: MemberId,
    /// The member's login.
    pub login: String,
    /// The client password that will end.
    pub client_password_id: ClientPasswordId,
    /// What the member calls it.
    pub label: String,
    /// When it will end, if nothing is done.
    pub ends_at: Timestamp,
    /// What will end it.
    pub reason: EndReason,
    /// The threshold that has passed, in days before the end.
    pub days: u32,
    /// When the warning was written.
    pub at: Timestamp,
}

/// A warning as lists have it, of a client password that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenWarning {
    /// The warning, as webhooks name it.
    pub id: WarningId,
    /// The client password that will end.
    pub client_password_id: ClientPasswordId,
    /// The member whose it is.
    pub member_id: MemberId,
    /// The member's login.
    pub login: String,
    /// What the member calls the client password.
    pub label: String,
    /// When it will end, if nothing is done.
    pub ends_at: Timestamp,
    /// What will end it.
    pub reason: EndReason,
    /// The threshold that has passed, in days before the end.
    pub days: u32,
    /// When the warning was written.
    pub warned_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ISSUED: Timestamp = Timestamp::from_micros(0);

    fn day(days: i64) -> Timestamp {
        Timestamp::from_micros(days * 86_400_000_000)
    }

    fn limits(idle: Option<u32>) -> Limits {
        Limits { idle: idle.map(|days| DAY * days), ..Limits::default() }
    }

    fn dated(days: i64) -> Life {
        Life { created_at: ISSUED, expires_at: Some(day(days)), last_used: None }
    }

    fn due(life: &Life, limits: &Limits, now: i64) -> Vec<u32> {
        life.outlook(limits, day(now)).warnings.iter().map(|warning| warning.days).collect()
    }

    #[test]
    fn of_a_date_the_latest_threshold_that_has_passed_is_due() {
        let (life, limits) = (dated(90), limits(None));
        for (now, days) in
            [(75, vec![]), (76, vec![14]), (86, vec![14]), (87, vec![3]), (89, vec![1]), (90, vec![])]
        {
            assert_eq!(due(&life, &limits, now), days, "on day {now}");
        }
        assert_eq!(life.outlook(&limits, day(80)).next, Some(day(87)));
        assert_eq!(life.outlook(&limits, day(89)).next, None);
    }

    #[test]
    fn thresholds_that_lie_before_the_issue_are_skipped() {
        let limits = limits(None);
        for (life, days) in [(14, vec![]), (15, vec![14]), (3, vec![]), (1, vec![])] {
            let begin = life - 14;
            assert_eq!(due(&dated(life), &limits, begin.max(0)), days, "a life of {life} days");
        }
        assert_eq!(due(&dated(10), &limits, 7), [3]);
        assert_eq!(due(&dated(2), &limits, 1), [1]);
    }

    #[test]
    fn an_idle_end_is_warned_of_once_and_a_use_begins_anew() {
        let limits = limits(Some(30));
        let life = Life { created_at: ISSUED, expires_at: None, last_used: Some(day(10)) };
        assert_eq!(due(&life, &limits, 25), Vec::<u32>::new());
        assert_eq!(due(&life, &limits, 26), [14]);
        assert_eq!(due(&life, &limits, 39), [14]);
        assert!(life.outlook(&limits, day(40)).is_idle);
        let used = Life { last_used: Some(day(39)), ..life };
        assert_eq!(used.outlook(&limits, day(39)), Outlook { next: Some(day(55)), ..Outlook::default() });
    }

    #[test]
    fn where_disuse_ends_so_soon_nobody_is_warned_of_it() {
        let life = Life { created_at: ISSUED, expires_at: None, last_used: None };
        for idle in 1..=14 {
            for now in 0..idle {
                let outlook = life.outlook(&limits(Some(idle)), day(now.into()));
                assert_eq!((outlook.warnings, outlook.is_idle), (vec![], false));
                assert!(outlook.next.is_some());
            }
        }
        assert_eq!(due(&life, &limits(Some(15)), 1), [14]);
    }

    #[test]
    fn an_idle_end_behind_the_date_never_comes() {
        let life = Life { created_at: ISSUED, expires_at: Some(day(28)), last_used: None };
        assert_eq!(due(&life, &limits(Some(30)), 16), [14]);
        let outlook = life.outlook(&limits(Some(30)), day(16));
        assert_eq!(outlook.warnings[0].reason, EndReason::Expired);
    }

    /// A moment in hours, so that it may coincide with a threshold.
    fn hours(most: i64) -> impl Strategy<Value = Timestamp> {
        (0..most).prop_map(|hours| Timestamp::from_micros(hours * 3_600_000_000))
    }

    proptest! {
        /// Whoever looks only when it was said that there is something to see misses nothing and sees each once.
        #[test]
        fn looking_at_what_was_said_finds_what_looking_every_hour_finds(
            created in hours(100), expires in proptest::option::of(hours(1_500)),
            used in proptest::option::of(hours(600)), idle in proptest::option::of(1u32..40),
        ) {
            let life = Life { created_at: created, expires_at: expires.filter(|at| *at > created), last_used: used };
            let limits = limits(idle);
            let begin = used.map_or(created, |used| used.max(created));
            let mut every = Vec::new();
            let mut now = begin;
            for _ in 0..2_500 {
                every.push(life.outlook(&limits, now));
                now = now.plus(Duration::from_secs(3_600));
            }
            let mut every: Vec<_> =
                every.into_iter().flat_map(|seen| seen.warnings).collect();
            every.dedup();
            let unique = |all: &[Warning]| {
                let mut one = Vec::new();
                for warning in all {
                    if !one.contains(warning) { one.push(*warning); }
                }
                one
            };

            let (mut said, mut now) = (Vec::new(), Some(begin));
            while let Some(at) = now {
                let seen = life.outlook(&limits, at);
                prop_assert!(seen.next.is_none_or(|next| next > at));
                said.extend(seen.warnings);
                now = seen.next;
            }
            prop_assert_eq!(unique(&every), unique(&said));
        }

        /// Of a threshold somebody is warned only between it and the next, never before the issue and never at the end.
        #[test]
        fn a_warning_lies_between_its_threshold_and_the_end(
            created in hours(100), expires in proptest::option::of(hours(1_500)),
            used in proptest::option::of(hours(600)), idle in proptest::option::of(1u32..40), now in hours(2_000),
        ) {
            let life = Life { created_at: created, expires_at: expires, last_used: used };
            let outlook = life.outlook(&limits(idle), now);
            for warning in &outlook.warnings {
                let left = warning.ends_at.since(now);
                prop_assert!(!left.is_zero() && left <= DAY * warning.days);
                prop_assert!(warning.ends_at.minus(DAY * warning.days) > created);
                let later = DAYS_BEFORE.iter().any(|days| *days < warning.days && left <= DAY * *days);
                let skipped = |days: &u32| warning.ends_at.minus(DAY * *days) <= created;
                let only_skipped = DAYS_BEFORE.iter()
                    .filter(|days| **days < warning.days && left <= DAY * **days).all(skipped);
                prop_assert!(warning.reason == EndReason::Idle || !later || only_skipped);
            }
            prop_assert!(!outlook.is_idle || outlook.warnings.is_empty());
        }
    }
}
