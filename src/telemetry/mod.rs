//! Logs and metrics.
//!
//! One canonical line per check, per change and per request, each with a stable `event` and fields. Never
//! logged, at any level: passwords, client passwords, tokens, recovery codes, seeds, verifiers, bodies,
//! `Authorization`, query strings, and logins that look like a secret.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, fmt};

mod jobs;
mod lines;
mod notices;
mod registered;
mod strangers;

use crate::clock::{Clock, Timestamp};
pub use jobs::JobReport;
use jobs::Jobs;
use lines::Lines;
use notices::Notices;
use registered::{in_steps, registered};
use strangers::Strangers;

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines of `name=value`, for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Sends log lines to standard error from now on. Called once, by `main`. `None` if the filter is no filter.
pub fn start_logging(format: LogFormat, level: &str) -> Option<()> {
    let filter = EnvFilter::try_new(level).ok()?;
    let log = tracing_subscriber::registry().with(filter).with(Strangers);
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(false).with_target(false);
    match format {
        LogFormat::Text => log.with(lines.event_format(Lines)).try_init().ok(),
        LogFormat::Json => log.with(lines.json().flatten_event(true)).try_init().ok(),
    }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CheckLabels {
    result: &'static str,
    reason: &'static str,
    protocol: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ActionLabel {
    action: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    route: &'static str,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct DoorLabel {
    door: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct DoorLabels {
    door: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct JobLabel {
    job: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct JobLabels {
    job: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct PathLabel {
    path: &'static str,
}

/// Numbers for the operator.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    checks: Family<CheckLabels, Counter>,
    check_seconds: Histogram,
    changes: Family<ActionLabel, Counter>,
    requests: Family<RequestLabels, Counter>,
    parked: Gauge,
    throttled: Counter,
    log_ins_dropped: Counter,
    door_connections: Family<DoorLabel, Counter>,
    door_answers: Family<DoorLabels, Counter>,
    notices: Notices,
    database_wait: Family<PathLabel, Histogram, fn() -> Histogram>,
    clock: Clock,
    jobs: Jobs,
    job_runs: Family<JobLabels, Counter>,
    job_behind: Family<JobLabel, Gauge<f64, AtomicU64>>,
    lease_held: Gauge,
}

impl Metrics {
    /// All at zero.
    pub fn new(clock: Clock) -> Self {
        let mut registry = Registry::with_prefix("clientpass");
        let of = &mut registry;
        let check_seconds = in_steps();
        let waited = "Time from a check to its answer, the wait of a refusal included";
        of.register("check_duration_seconds", waited, check_seconds.clone());
        let database_wait = Family::new_with_constructor(in_steps as fn() -> Histogram);
        let path =
            "Time that what is to be run waits for a connection to the database, a reader or the writer";
        of.register("database_wait_seconds", path, database_wait.clone());
        let built: Gauge<f64, AtomicU64> =
            registered(of, "build_info", concat!("Version ", env!("CARGO_PKG_VERSION")));
        built.set(1.0);

        Self {
            checks: registered(of, "checks", "Checks by verdict, reason and protocol"),
            check_seconds,
            changes: registered(of, "changes", "Changes by action"),
            requests: registered(of, "http_requests", "Requests by route and status"),
            parked: registered(of, "parked_refusals", "Refusals that wait for their time"),
            throttled: registered(of, "throttled_checks", "Checks put off because of too many tries"),
            log_ins_dropped: registered(of, "log_ins_dropped", "Log-ins missing from the history: too many"),
            door_connections: registered(of, "door_connections", "Connections by door"),
            door_answers: registered(of, "door_answers", "Answers by door and result"),
            notices: Notices::new(of),
            database_wait,
            job_runs: registered(of, "job_runs", "Runs of jobs, by what came of them"),
            job_behind: registered(
                of,
                "job_behind_seconds",
                "Time since a job was due that has not succeeded since; without those that other nodes do",
            ),
            lease_held: registered(
                of,
                "lease_held",
                "1 where this process does what is done once in an installation",
            ),
            jobs: Jobs::default(),
            clock,
            registry,
        }
    }

    /// Counts a check, and how long the caller waited for the answer: any other time would reveal more than the answer.
    pub fn check(
        &self,
        result: &'static str,
        reason: &'static str,
        protocol: &'static str,
        waited: Duration,
    ) {
        self.checks.get_or_create(&CheckLabels { result, reason, protocol }).inc();
        self.check_seconds.observe(waited.as_secs_f64());
    }

    /// Counts a change.
    pub fn change(&self, action: &'static str) {
        self.changes.get_or_create(&ActionLabel { action }).inc();
    }

    /// Counts a request.
    pub fn request(&self, route: &'static str, status: u16) {
        self.requests.get_or_create(&RequestLabels { route, status }).inc();
    }

    /// One more refusal waits; gives how many do.
    pub fn park(&self) -> usize {
        usize::try_from(self.parked.inc() + 1).unwrap_or(0)
    }

    /// How many refusals wait.
    pub fn parked(&self) -> usize {
        usize::try_from(self.parked.get()).unwrap_or(0)
    }

    /// One refusal fewer waits.
    pub fn unpark(&self) {
        self.parked.dec();
    }

    /// Counts a check or sign-in that was delayed or turned away because of too many tries.
    pub fn throttled(&self) {
        self.throttled.inc();
    }

    /// Counts log-ins that are missing from the history.
    pub fn log_ins_dropped(&self, count: i64) {
        self.log_ins_dropped.inc_by(u64::try_from(count).unwrap_or(0));
    }

    /// Counts a connection through a door.
    pub fn door_connection(&self, door: &'static str) {
        self.door_connections.get_or_create(&DoorLabel { door }).inc();
    }

    /// Counts an answer through a door.
    pub fn door_answer(&self, door: &'static str, result: &'static str) {
        self.door_answers.get_or_create(&DoorLabels { door, result }).inc();
    }

    /// Counts a try to notify `target` of an end: `delivered`, `failed` or `given_up`.
    pub fn end_notice(&self, target: &str, result: &'static str) {
        self.notices.tried(target, result);
    }

    /// So many ends are still to be delivered to `target`, which is of this kind, and the oldest is of then.
    pub fn pending_end_notices(
        &self,
        kind: &'static str,
        target: &str,
        count: i64,
        oldest: Option<Timestamp>,
    ) {
        self.notices.wait(kind, target, count, oldest);
    }

    /// Counts how long something waited for the database: to be read by key, long or as a list, or to be written.
    pub fn database_wait(&self, path: &'static str, waited: Duration) {
        self.database_wait.get_or_create(&PathLabel { path }).observe(waited.as_secs_f64());
    }

    /// A job is this process's to do, for the first time after its period.
    pub fn job_begins(&self, job: &'static str, every: Duration) {
        self.jobs.begin(job, every, self.clock.monotonic() + every);
    }

    /// A job is this process's to do, now.
    pub fn job_is_due(&self, job: &'static str, every: Duration) {
        self.jobs.begin(job, every, self.clock.monotonic());
    }

    /// A job is another node's to do.
    pub fn job_leaves(&self, job: &'static str) {
        self.jobs.leave(job);
        self.job_behind.remove(&JobLabel { job });
    }

    /// A job has been done.
    pub fn job_done(&self, job: &'static str) {
        self.jobs.done(job, self.clock.monotonic());
        self.job_runs.get_or_create(&JobLabels { job, result: "done" }).inc();
    }

    /// A job has failed, so often in a row.
    pub fn job_failed(&self, job: &'static str, failures: u32) {
        self.job_runs.get_or_create(&JobLabels { job, result: "failed" }).inc();
        self.jobs.failed(job, failures);
    }

    /// How the jobs of this process get on.
    pub fn jobs(&self) -> Vec<JobReport> {
        self.jobs.reports(self.clock.monotonic())
    }

    /// Whether this process does what is done once in an installation.
    pub fn set_lease_held(&self, is_held: bool) {
        self.lease_held.set(i64::from(is_held));
    }

    /// The same, as it was set last.
    pub fn is_lease_held(&self) -> bool {
        self.lease_held.get() == 1
    }

    /// All numbers in the Prometheus text format.
    pub fn text(&self) -> String {
        for JobReport { job, behind, .. } in self.jobs() {
            self.job_behind.get_or_create(&JobLabel { job }).set(behind.as_secs_f64());
        }

        self.notices.age(self.clock.now());
        let mut text = String::new();
        if encode(&mut text, &self.registry).is_err() {
            text.clear();
            text.push_str("# EOF\n");
        }
        text
    }
}
