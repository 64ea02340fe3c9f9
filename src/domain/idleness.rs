//! Whether a client password has lain unused for longer than the policy allows.
//!
//! ```text
//!   last use, or making                          an hour before        idle end
//!   |------------ in use -------------------------------|---- near idle ----|---- idle ---->
//! ```

use std::time::Duration;

use crate::clock::Timestamp;
use crate::domain::policy::Limits;

/// A use this near to the idle end is on disk before it is answered. Other uses are written within ten seconds, as long as
/// the database can be written; if it cannot, an hour is left to mend it before another node finds the client password idle.
const NEAR: Duration = Duration::from_secs(3_600);

/// When a client password opened mail last, as far as that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenUsed {
    /// It was not read: seldom is it needed.
    NotRead,
    /// It was never used.
    Never,
    /// It was used at this time.
    At(Timestamp),
}

/// Whether a client password that lives has lain unused for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idleness {
    /// It was used lately enough, or the policy has no idle end.
    InUse,
    /// Its idle end is near.
    NearIdle,
    /// It may be idle or near to it: that depends on the last use, which was not read.
    Unknown,
    /// It has lain unused for too long.
    Idle,
}

impl Idleness {
    /// Of a client password made and used last at these times.
    pub fn of(limits: &Limits, now: Timestamp, created_at: Timestamp, last_used: WhenUsed) -> Self {
        let used = match last_used {
            WhenUsed::NotRead | WhenUsed::Never => None,
            WhenUsed::At(at) => Some(at),
        };

        match limits.idle_at(created_at, used) {
            None => Self::InUse,
            // Made so lately that it is not even near its idle end, used or not.
            Some(idle_at) if now < idle_at.minus(NEAR) => Self::InUse,
            Some(_) if last_used == WhenUsed::NotRead => Self::Unknown,
            Some(idle_at) if now < idle_at => Self::NearIdle,
            Some(_) => Self::Idle,
        }
    }
}
