//! When refusals leave: see [`crate::domain::refusal_step`]. Until then they wait, as timers and not as threads, and
//! not without bound.

use std::sync::Arc;
use std::time::Duration;

use super::Error;
use super::parts::Parts;
use super::password_hashing::PasswordHasher;
use crate::clock::Clock;
use crate::domain::refusal_step::step_from;
use crate::telemetry::Metrics;

/// On which step what came in leaves, if it is refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaving {
    came_in: Duration,
    /// `None` where no step can be kept: then nothing is refused.
    step: Option<Duration>,
}

/// Lets refusals leave on their step.
#[derive(Clone)]
pub(super) struct RefusalTimer {
    clock: Clock,
    max_parked: usize,
    metrics: Arc<Metrics>,
    password_hasher: Arc<PasswordHasher>,
    refusal_floor: Duration,
}

impl RefusalTimer {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            clock: parts.clock.clone(),
            max_parked: parts.settings.max_parked,
            metrics: Arc::clone(&parts.metrics),
            password_hasher: Arc::clone(&parts.password_hasher),
            refusal_floor: parts.settings.refusal_floor,
        }
    }

    /// Chooses the step of what comes in now.
    pub(super) fn came_in(&self) -> Leaving {
        let came_in = self.clock.monotonic();
        let expected = self.password_hasher.load().expected(came_in);
        Leaving { came_in, step: step_from(expected.max(self.refusal_floor)) }
    }

    /// Lets a refusal wait for its step; if it has missed it, for the next. Beyond the last there are no refusals.
    pub(super) async fn leave_on_step(&self, leaving: Leaving) -> Result<(), Error> {
        if self.refusal_floor.is_zero() {
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
        if parked.count > self.max_parked {
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

/// Counts a waiting refusal for as long as it waits, also when the caller gives up.
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
