//! When refusals leave: see [`crate::domain::refusal_step`]. Until then they wait, as timers and not as threads, and
//! not without bound.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::{Error, Service};
use crate::domain::refusal_step::{Expected, LastMinute, step_from};
use crate::telemetry::Metrics;

/// How busy the comparisons of mail checks are. What signing in takes is not part of it.
#[derive(Debug)]
pub(super) struct CheckLoad {
    at_once: usize,
    underway: AtomicUsize,
    lately: Mutex<Lately>,
}

#[derive(Debug, Default)]
struct Lately {
    minute: LastMinute,
    /// What was last made of it, and in which second: every check asks.
    known: Option<(u64, Expected)>,
}

impl CheckLoad {
    pub(super) fn new(at_once: usize) -> Self {
        Self { at_once, underway: AtomicUsize::new(0), lately: Mutex::default() }
    }

    /// Comparisons that wait or are computed.
    pub(super) fn underway(&self) -> usize {
        self.underway.load(Ordering::Relaxed)
    }

    /// How long a comparison that begins at `now` takes.
    pub(super) fn expected(&self, now: Duration) -> Duration {
        self.lately(now).behind(self.underway(), self.at_once)
    }

    fn lately(&self, now: Duration) -> Expected {
        let second = now.as_secs();
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        match lately.known {
            Some((known, expected)) if known == second => expected,
            _ => {
                let expected = lately.minute.expected(second);
                lately.known = Some((second, expected));
                expected
            }
        }
    }

    /// Counts a comparison for as long as what is given lives; `None` if so many wait that it would come too late.
    pub(super) fn begin(&self, now: Duration) -> Option<Underway<'_>> {
        let queue = Expected { took: Duration::ZERO, ..self.lately(now) };
        step_from(queue.behind(self.underway(), self.at_once))?;
        self.underway.fetch_add(1, Ordering::Relaxed);
        Some(Underway(self))
    }

    /// A comparison ended at `now`.
    pub(super) fn record(&self, now: Duration, took: Duration, computing: Option<Duration>) {
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        lately.minute.record(now.as_secs(), took, computing);
        lately.known = None;
    }
}

/// A comparison that waits or is computed.
pub(super) struct Underway<'a>(&'a CheckLoad);

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        self.0.underway.fetch_sub(1, Ordering::Relaxed);
    }
}

/// On which step what came in leaves, if it is refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaving {
    came_in: Duration,
    /// `None` where no step can be kept: then nothing is refused.
    step: Option<Duration>,
}

impl Service {
    /// Chooses the step of what comes in now.
    pub(super) fn came_in(&self) -> Leaving {
        let came_in = self.clock.monotonic();
        let expected = self.password_hasher.load().expected(came_in);
        Leaving { came_in, step: step_from(expected.max(self.settings.refusal_floor)) }
    }

    /// Lets a refusal wait for its step; if it has missed it, for the next. Beyond the last there are no refusals.
    pub(super) async fn leave_on_step(&self, leaving: Leaving) -> Result<(), Error> {
        if self.settings.refusal_floor.is_zero() {
            return Ok(());
        }
        let spent = self.clock.monotonic().saturating_sub(leaving.came_in);
        let step = leaving.step.and_then(|step| step_from(step.max(spent)));
        let step = step.ok_or_else(|| Error::Unavailable("too busy to refuse in time".into()))?;
        self.park(step.saturating_sub(spent)).await
    }

    pub(super) async fn park(&self, wait: Duration) -> Result<(), Error> {
        if wait.is_zero() {
            return Ok(());
        }
        let parked = Parked::new(&self.metrics);
        if parked.count > self.settings.max_parked {
            return Err(Error::Unavailable("too many refusals are waiting".into()));
        }
        self.clock.sleep(wait).await;
        Ok(())
    }
}

impl Leaving {
    /// When it came in, in monotonic time.
    pub(super) const fn came_in(self) -> Duration {
        self.came_in
    }
}

/// Counts a waiting refusal for as long as it waits, also when its asker gives up.
struct Parked<'a> {
    metrics: &'a Metrics,
    count: usize,
}

impl<'a> Parked<'a> {
    fn new(metrics: &'a Metrics) -> Self {
        Self { metrics, count: metrics.park() }
    }
}

impl Drop for Parked<'_> {
    fn drop(&mut self) {
        self.metrics.unpark();
    }
}
