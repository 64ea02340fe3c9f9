//! How busy the comparisons of mail checks are, which says when refusals leave.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::refusal_step::{Expected, LastMinute, step_from};

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
    /// What was last made of it, and in which second: every check needs it.
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
