//! The lease: what is done once in an installation is done by the process that holds it.
//!
//! ```text
//!   holder    raises the beat every 3 s; after 10 s without one it holds no longer
//!   others    look every 3 s; whoever sees the row unchanged for 10 s, or given back, takes it
//!   a taker   raises the term, which every write of a job demands: a holder that was stopped and wakes up writes nothing
//! ```
//!
//! Only the monotonic clock of each process is used: no two clocks have to agree.

use std::time::Duration;

/// The holder raises the beat this often, and the others look this often.
pub const BEAT_EVERY: Duration = Duration::from_secs(3);
/// A row that has not changed for so long is that of a holder that is gone.
pub const LOST_AFTER: Duration = Duration::from_secs(10);

/// The right to do what is done once in an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// The lock on the data directory: no other process can write.
    DataDirectory,
    /// The row of the database, in this term.
    Term(i64),
}

/// The row of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseRow {
    /// How often it has been taken.
    pub term: i64,
    /// How often its holder has said since that it lives.
    pub beat: i64,
    /// Whether it has not been given back.
    pub is_held: bool,
}

/// What a process knows of the row; times are those of its monotonic clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is known of the row.
    #[default]
    Unknown,
    /// It has looked like this since.
    Watching(LeaseRow, Duration),
    /// It is ours in this term, and was so at this time.
    Holding(i64, Duration),
}

impl Standing {
    /// The lease, if it is surely still ours at `now`.
    pub fn lease(self, now: Duration) -> Option<Lease> {
        match self {
            Self::Holding(term, since) if now.saturating_sub(since) < LOST_AFTER => Some(Lease::Term(term)),
            _ => None,
        }
    }

    /// What is known once the row was seen at `now`.
    #[must_use]
    pub fn saw(self, row: LeaseRow, now: Duration) -> Self {
        match self {
            Self::Watching(before, since) if before == row => Self::Watching(before, since),
            _ => Self::Watching(row, now),
        }
    }

    /// The row that may be taken at `now`.
    pub fn takes(self, now: Duration) -> Option<LeaseRow> {
        match self {
            Self::Watching(row, since) if !row.is_held || now.saturating_sub(since) >= LOST_AFTER => {
                Some(row)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELD: LeaseRow = LeaseRow { term: 4, beat: 7, is_held: true };

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_row_that_stays_the_same_is_taken_after_ten_seconds() {
        let seen = Standing::default().saw(HELD, at(100));
        assert_eq!(seen.takes(at(100)), None);
        let seen = seen.saw(HELD, at(109));
        assert_eq!((seen.takes(at(109)), seen.takes(at(110))), (None, Some(HELD)));
        let beaten = seen.saw(LeaseRow { beat: 8, ..HELD }, at(112));
        assert_eq!(beaten.takes(at(121)), None, "it has changed since");
    }

    #[test]
    fn a_row_that_was_given_back_is_taken_at_once() {
        let free = LeaseRow { is_held: false, ..HELD };
        assert_eq!(Standing::default().saw(free, at(100)).takes(at(100)), Some(free));
    }

    #[test]
    fn whoever_could_not_raise_the_beat_for_ten_seconds_holds_no_longer() {
        let holding = Standing::Holding(5, at(100));
        assert_eq!((holding.lease(at(109)), holding.lease(at(110))), (Some(Lease::Term(5)), None));
        assert_eq!(holding.takes(at(200)), None);
        assert_eq!(Standing::Watching(HELD, at(100)).lease(at(100)), None);
    }
}
