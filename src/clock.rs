//! Time: the only file that reads it.
//!
//! A [`TimeSource`] is the operating system's clock, or a test's. [`Clock`] puts the high-water mark
//! on top: `now` is never earlier than anything it has already been, in this process or, through the
//! mark kept in the database, in an earlier one. So a clock that jumps back revives nothing. What is agreed on with
//! somebody else's clock, the codes of an authenticator, goes by the wall clock alone.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::fmt::temporal::{Pieces, PiecesOffset};

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This time and `duration` more; stays at the largest value where there is none.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// This time less `duration`.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Reads RFC 3339 with any offset; `None` if it is none, or lies outside the years 0 to 9999 of UTC.
    pub fn parse(text: &str) -> Option<Self> {
        let pieces = Pieces::parse(text).ok().filter(|_| is_rfc_3339(text))?;
        let local = DateTime::from_parts(pieces.date(), pieces.time()?);

        let offset = match pieces.offset()? {
            PiecesOffset::Numeric(numeric) => numeric.offset().seconds(),
            PiecesOffset::Zulu => 0,
            _ => return None,
        };

        let since = local.duration_since(EPOCH) - SignedDuration::from_secs(offset.into());
        let time = Self(i64::try_from(since.as_micros()).ok()?);
        (YEARS.0..=YEARS.1).contains(&time.0).then_some(time)
    }
}

/// Where times count from. Not jiff's own `Timestamp`, which ends a day before the year 9999 does.
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
/// The first and the last microsecond that RFC 3339 can write in UTC.
const YEARS: (i64, i64) = (-62_167_219_200_000_000, 253_402_300_799_999_999);

/// Whether a time that was understood is written as RFC 3339 wants it: with a `T`, with seconds, and with `Z` or an
/// offset of hours and minutes at its end.
fn is_rfc_3339(text: &str) -> bool {
    let at = |index: usize| text.as_bytes().get(index).copied().unwrap_or(0);
    let from_end = |index: usize| text.len().checked_sub(index).map_or(0, at);
    let zulu = matches!(from_end(1), b'Z' | b'z');
    let offset = matches!(from_end(6), b'+' | b'-') && from_end(3) == b':';
    matches!(at(10), b'T' | b't') && at(16) == b':' && (zulu || offset)
}

/// RFC 3339 in UTC with a `Z`, e.g. `2026-11-22T08:15:00.25Z`; what is before its first year or after its last as those.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let within = SignedDuration::from_micros(self.0.clamp(YEARS.0, YEARS.1));
        let civil = EPOCH.checked_add(within).map_err(|_| fmt::Error)?;
        write!(f, "{civil}Z")
    }
}

/// No pause between two pieces of work is longer.
pub const LONGEST_PAUSE: Duration = Duration::from_millis(47);

/// A future that ends when the time has passed.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where time comes from.
pub trait TimeSource: Send + Sync {
    /// The wall clock, which may jump either way.
    fn wall(&self) -> Timestamp;
    /// Time since some fixed point of this process; never goes back.
    fn monotonic(&self) -> Duration;
    /// Ends when so much monotonic time has passed.
    fn sleep(&self, duration: Duration) -> Sleep;
}

/// The operating system's time.
#[derive(Debug)]
pub struct SystemTimeSource {
    started: Instant,
}

impl SystemTimeSource {
    /// The system's clock.
    #[allow(clippy::disallowed_methods, reason = "the one place that may")]
    pub fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Default for SystemTimeSource {
    fn default() -> Self {
        Self::new()
    }
}

impl TimeSource for SystemTimeSource {
    #[allow(clippy::disallowed_methods, reason = "the one place that may")]
    fn wall(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }

    #[allow(clippy::disallowed_methods, reason = "the one place that may")]
    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// The time that decisions are taken by: the wall clock, never going back.
#[derive(Clone)]
pub struct Clock {
    source: Arc<dyn TimeSource>,
    high_water: Arc<AtomicI64>,
}

impl Clock {
    /// A clock over `source` whose mark is not yet raised.
    pub fn new(source: Arc<dyn TimeSource>) -> Self {
        Self { source, high_water: Arc::new(AtomicI64::new(i64::MIN)) }
    }

    /// The larger of the wall clock and the high-water mark, which it raises.
    pub fn now(&self) -> Timestamp {
        let wall = self.source.wall().0;
        Timestamp(self.high_water.fetch_max(wall, Ordering::AcqRel).max(wall))
    }

    /// The wall clock as it is: right again as soon as it has been set right.
    pub fn wall(&self) -> Timestamp {
        self.source.wall()
    }

    /// Raises the mark to what an earlier process had reached.
    pub fn raise(&self, mark: Timestamp) {
        self.high_water.fetch_max(mark.0, Ordering::AcqRel);
    }

    /// How far the mark is ahead of the wall clock: for so long time stands still.
    pub fn ahead(&self) -> Duration {
        let behind = self.high_water.load(Ordering::Acquire).saturating_sub(self.source.wall().0);
        Duration::from_micros(u64::try_from(behind).unwrap_or(0))
    }

    /// Time since some fixed point of this process, for measuring.
    pub fn monotonic(&self) -> Duration {
        self.source.monotonic()
    }

    /// Waits as long again as something has taken since `begun`, so that half of the time is left to others.
    pub async fn pause_since(&self, begun: Duration) {
        let took = self.monotonic().saturating_sub(begun).min(LONGEST_PAUSE);
        if !took.is_zero() {
            self.sleep(took).await;
        }
    }

    /// Waits so long, in the time of the source.
    pub fn sleep(&self, duration: Duration) -> Sleep {
        self.source.sleep(duration)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    struct Jumping(Mutex<i64>);

    impl TimeSource for Jumping {
        fn wall(&self) -> Timestamp {
            Timestamp(*self.0.lock().unwrap())
        }
        fn monotonic(&self) -> Duration {
            Duration::ZERO
        }
        fn sleep(&self, _: Duration) -> Sleep {
            Box::pin(std::future::ready(()))
        }
    }

    #[test]
    fn a_clock_that_jumps_back_stands_still_instead() {
        let source = Arc::new(Jumping(Mutex::new(5_000)));
        let clock = Clock::new(source.clone());
        assert_eq!(clock.now().micros(), 5_000);

        *source.0.lock().unwrap() = 1_000;
        assert_eq!((clock.now().micros(), clock.wall().micros()), (5_000, 1_000));
        assert_eq!(clock.ahead(), Duration::from_micros(4_000));

        *source.0.lock().unwrap() = 6_000;
        assert_eq!(clock.ahead(), Duration::ZERO);
        assert_eq!(clock.now().micros(), 6_000);

        clock.raise(Timestamp::from_micros(9_000));
        assert_eq!(clock.now().micros(), 9_000);
    }

    #[test]
    fn times_are_written_and_read_as_rfc_3339() {
        let time = Timestamp::from_micros(1_795_335_300_250_000);
        assert_eq!(time.to_string(), "2026-11-22T08:15:00.25Z");
        assert_eq!(Timestamp::parse("2026-11-22T09:15:00.25+01:00"), Some(time));

        for (text, shown) in [
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
            ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999999Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
            ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z"),
            ("2026-11-22t08:15:00z", "2026-11-22T08:15:00Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
            ("2026-11-22T00:15:00-00:00", "2026-11-22T00:15:00Z"),
            ("2026-11-22T00:15:00-14:00", "2026-11-22T14:15:00Z"),
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), shown);
        }

        assert_eq!(Timestamp::from_micros(i64::MAX).to_string(), "9999-12-31T23:59:59.999999Z");
        for odd in [
            "9999-12-31T23:59:59-00:01",
            "0000-01-01T00:00:00+00:01",
            "2026-11-22T09:15:00Z[Europe/Berlin]",
            "2026-11-22T09:15:00+01:00[+01:00]",
            "+002026-11-22T09:15:00Z",
            "yesterday",
            "2026-11-22T09:15Z",
            "2026-11-22 09:15:00Z",
            "2026-11-22T09:15:00+01",
            "2026-11-22T09:15:00+01:15:30",
            "2026-11-22",
        ] {
            assert_eq!(Timestamp::parse(odd), None, "{odd}");
        }
    }
}
