//! How the jobs of this process get on.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How a job gets on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobReport {
    /// The name of the job, as logs and metrics have it.
    pub job: &'static str,
    /// How long ago it was due, if it has not succeeded since.
    pub behind: Duration,
    /// How often in a row it has failed.
    pub failures: u32,
}

#[derive(Clone, Copy, Debug)]
struct State {
    every: Duration,
    /// Since when it is due, or from when it will be.
    due_at: Duration,
    failures: u32,
}

/// The jobs of this process; times are monotonic.
#[derive(Debug, Default)]
pub(super) struct Jobs(Mutex<BTreeMap<&'static str, State>>);

impl Jobs {
    fn states(&self) -> MutexGuard<'_, BTreeMap<&'static str, State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It is this process's to do, from `due_at` on, unless it is known already.
    pub(super) fn begin(&self, job: &'static str, every: Duration, due_at: Duration) {
        self.states().entry(job).or_insert(State { every, due_at, failures: 0 });
    }

    pub(super) fn leave(&self, job: &'static str) {
        self.states().remove(job);
    }

    pub(super) fn done(&self, job: &'static str, now: Duration) {
        if let Some(state) = self.states().get_mut(job) {
            *state = State { due_at: now + state.every, failures: 0, ..*state };
        }
    }

    /// It has failed so often in a row.
    pub(super) fn failed(&self, job: &'static str, failures: u32) {
        if let Some(state) = self.states().get_mut(job) {
            state.failures = failures;
        }
    }

    pub(super) fn reports(&self, now: Duration) -> Vec<JobReport> {
        let report = |(job, state): (&&'static str, &State)| {
            let behind = now.saturating_sub(state.due_at);
            JobReport { job, behind, failures: state.failures }
        };
        self.states().iter().map(report).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_job_is_behind_from_when_it_was_due_until_it_succeeds() {
        let jobs = Jobs::default();
        jobs.begin("usage", at(1), at(101));

        let behind = |now: u64| jobs.reports(at(now))[0].behind;
        assert_eq!((behind(101), behind(105)), (at(0), at(4)));

        jobs.failed("usage", 2);
        jobs.begin("usage", at(1), at(106));
        assert_eq!(jobs.reports(at(105)), [JobReport { job: "usage", behind: at(4), failures: 2 }]);

        jobs.done("usage", at(106));
        assert_eq!(jobs.reports(at(107)), [JobReport { job: "usage", behind: at(0), failures: 0 }]);

        jobs.leave("usage");
        assert_eq!(jobs.reports(at(200)), []);
    }
}
