//! Whether a longest life is written down yet, and what may be put meanwhile.
//!
//! ```text
//!                 a shorter one is put             each date that lies later is written down
//!   settled ------------------------> unsettled ------------------------------------------> settled
//!      |                                  |
//!      +-- a longer one: taken            +-- a longer one: refused, or it would revive what has outlived this one
//! ```

use std::time::Duration;

/// How often it is looked whether a longest life is to be written down that another process has put, or one that was
/// killed.
pub const SETTLE_EVERY: Duration = Duration::from_secs(7);

/// Whether the longest life of a policy is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// No client password has a date that lies beyond it.
    Yes,
    /// Some may; checks hold it all the same.
    NotYet,
}

impl Settled {
    /// What it is once a policy with the longest life `after` stands in the place of one with `before`. `None` if that
    /// may not be put yet.
    pub fn after(self, before: Option<Duration>, after: Option<Duration>) -> Option<Self> {
        // No longest life is longer than any.
        let [before, after] = [before, after].map(|life| life.unwrap_or(Duration::MAX));
        match self {
            _ if after < before => Some(Self::NotYet),
            Self::NotYet if after > before => None,
            as_it_was => Some(as_it_was),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Option<Duration> = Some(Duration::from_secs(86_400));
    const WEEK: Option<Duration> = Some(Duration::from_secs(7 * 86_400));

    #[test]
    fn a_shorter_life_is_always_taken_and_has_to_be_written_down() {
        for settled in [Settled::Yes, Settled::NotYet] {
            for (before, after) in [(None, WEEK), (WEEK, DAY), (None, DAY)] {
                assert_eq!(settled.after(before, after), Some(Settled::NotYet));
            }
        }
    }

    #[test]
    fn a_longer_life_waits_until_the_one_before_is_written_down() {
        for (before, after) in [(WEEK, None), (DAY, WEEK), (DAY, None)] {
            assert_eq!(Settled::Yes.after(before, after), Some(Settled::Yes));
            assert_eq!(Settled::NotYet.after(before, after), None);
        }
    }

    #[test]
    fn the_same_life_changes_nothing() {
        for settled in [Settled::Yes, Settled::NotYet] {
            for life in [None, DAY] {
                assert_eq!(settled.after(life, life), Some(settled));
            }
        }
    }
}
