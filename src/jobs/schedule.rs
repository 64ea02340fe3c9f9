//! When jobs run, and what comes of it.
//!
//! ```text
//!   pause --> ours to do? --> run --> done: the next one after its period, or once it is woken
//!     ^                        |
//!     +---- longer each time --+----> failed
//! ```

use std::future::{Pending, pending};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::task::JoinHandle;
use futures_util::future::select;

use crate::clock::Clock;
use crate::domain::backoff::pause_of;
use crate::domain::lease::Lease;
use crate::service::Error;
use crate::service::leases::Leases;
use crate::telemetry::Metrics;

/// A job whose period is no longer than this begins at the start; the others leave the database to the clients that come
/// back then.
const AT_ONCE: Duration = Duration::from_secs(10);
/// A job of a longer period runs for the first time after this time, also where the process is started every day.
const LATER: Duration = Duration::from_secs(600);

/// The jobs that run.
pub struct Schedule {
    clock: Clock,
    leases: Arc<Leases>,
    metrics: Arc<Metrics>,
    tasks: Vec<JoinHandle<()>>,
}

/// What a job waits for that only its period wakes.
const NEVER_WOKEN: fn() -> Pending<()> = pending;

/// When a job runs.
#[derive(Clone, Copy)]
struct Timing {
    name: &'static str,
    first: Duration,
    every: Duration,
    /// Whether it is tried again after its period, however often it fails.
    is_steady: bool,
}

impl Timing {
    fn of(name: &'static str, every: Duration) -> Self {
        let first = if every <= AT_ONCE { Duration::ZERO } else { every.min(LATER) };
        Self { name, first, every, is_steady: false }
    }
}

impl Schedule {
    /// A schedule without jobs; they begin when they are added.
    pub const fn new(clock: Clock, leases: Arc<Leases>, metrics: Arc<Metrics>) -> Self {
        Self { clock, leases, metrics, tasks: Vec::new() }
    }

    /// Adds a job that every process does.
    pub(super) fn in_every_process(
        &mut self,
        name: &'static str,
        every: Duration,
        run: impl AsyncFn() -> Result<(), Error> + 'static,
    ) {
        self.process(Timing::of(name, every), run);
    }

    /// The same of one that is tried again after its period however often it fails.
    pub(super) fn steadily_in_every_process(
        &mut self,
        name: &'static str,
        every: Duration,
        run: impl AsyncFn() -> Result<(), Error> + 'static,
    ) {
        self.process(Timing { is_steady: true, ..Timing::of(name, every) }, run);
    }

    fn process(&mut self, timing: Timing, run: impl AsyncFn() -> Result<(), Error> + 'static) {
        self.metrics.job_begins(timing.name, timing.every);
        self.add(timing, NEVER_WOKEN, async move || run().await.map(|()| true));
    }

    /// Adds a job that is done once in an installation, by the holder of the lease.
    pub(super) fn under_the_lease(
        &mut self,
        name: &'static str,
        every: Duration,
        run: impl AsyncFn(Lease) -> Result<(), Error> + 'static,
    ) {
        self.under_the_lease_when(name, every, NEVER_WOKEN, run);
    }

    /// The same of one that also runs as soon as `woken` ends.
    pub(super) fn under_the_lease_when(
        &mut self,
        name: &'static str,
        every: Duration,
        woken: impl AsyncFn() + 'static,
        run: impl AsyncFn(Lease) -> Result<(), Error> + 'static,
    ) {
        let (leases, metrics) = (Arc::clone(&self.leases), Arc::clone(&self.metrics));

        self.add(Timing::of(name, every), woken, async move || {
            let Some(lease) = leases.current().await? else {
                metrics.job_leaves(name);
                return Ok(false);
            };

            metrics.job_is_due(name, every);
            run(lease).await.map(|()| true)
        });
    }

    /// Adds a job whose run says whether it was this process's to do.
    fn add(
        &mut self,
        timing: Timing,
        woken: impl AsyncFn() + 'static,
        run: impl AsyncFn() -> Result<bool, Error> + 'static,
    ) {
        let task = repeat(timing, self.clock.clone(), Arc::clone(&self.metrics), woken, run);
        self.tasks.push(actix_web::rt::spawn(task));
    }

    /// Ends all of them. What one is just writing is written or not, as if the process had been killed.
    pub fn stop(self) {
        for task in self.tasks {
            task.abort();
        }
    }
}

async fn repeat(
    timing: Timing,
    clock: Clock,
    metrics: Arc<Metrics>,
    woken: impl AsyncFn(),
    run: impl AsyncFn() -> Result<bool, Error>,
) {
    let Timing { name, first, every, is_steady } = timing;

    let (mut wait, mut failures) = (first, 0u32);
    loop {
        select(pin!(clock.sleep(wait)), pin!(woken())).await;
        wait = every;
        match run().await {
            Ok(is_done) => {
                if is_done {
                    metrics.job_done(name);
                } else {
                    // The lease may be ours before long, and then so is the job.
                    wait = every.min(LATER);
                }
                if failures > 0 {
                    tracing::info!(event = "job_recovered", job = name, failures);
                }
                failures = 0;
            }
            Err(error) => {
                failures += 1;
                metrics.job_failed(name, failures);
                wait = if is_steady { every } else { pause_of(every, failures) };
                let again_in = wait.as_secs();
                tracing::warn!(event = "job_failed", job = name, %error, failures, again_in_seconds = again_in);
            }
        }
    }
}
