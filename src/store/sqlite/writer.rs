//! The writer: one thread, one connection; the writes that wait are committed together.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, ffi};
use tokio::sync::oneshot;

use super::connection::{rows_of, unavailable};
use super::reader::Commits;
use crate::clock::Clock;
use crate::store::engine::waits::{Path, Waits};
use crate::store::engine::{EngineError, Step, Written};

/// Writes that may wait; those beyond cannot be answered now.
const QUEUE: usize = 8_192;
/// Writes in one commit: beyond this the wait of the first grows and nothing is gained.
const GROUP: usize = 256;

struct Job {
    steps: Vec<Step>,
    /// When it was put into the queue.
    queued: Duration,
    answer: oneshot::Sender<Result<Written, EngineError>>,
}

/// What the thread is asked for.
enum Order {
    /// To write.
    Write(Job),
    /// To move the log into the file, and to say so.
    Checkpoint(oneshot::Sender<()>),
}

/// Hands writes to the writer's thread. Dropping it writes what is queued and ends the thread.
pub(super) struct Writer {
    queue: Option<SyncSender<Order>>,
    thread: Option<JoinHandle<()>>,
    waits: Arc<Waits>,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        commits: Arc<Commits>,
        clock: Clock,
        waits: Arc<Waits>,
    ) -> Result<Self, EngineError> {
        let (queue, orders) = sync_channel(QUEUE);
        let told = Arc::clone(&waits);
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || serve(&connection, &orders, (&commits, &told), &clock))
            .map_err(|error| EngineError::Unavailable(error.to_string()))?;
        Ok(Self { queue: Some(queue), thread: Some(thread), waits })
    }

    pub(super) async fn write(&self, steps: Vec<Step>) -> Result<Written, EngineError> {
        let gone = || EngineError::Unavailable("the writer has stopped".into());
        let (answer, answered) = oneshot::channel();

        let job = Job { steps, queued: self.waits.begin(), answer };
        match self.queue.as_ref().ok_or_else(gone)?.try_send(Order::Write(job)) {
            Ok(()) => answered
                .await
                .map_err(|_| EngineError::OutcomeUnknown("the writer has stopped in the middle".into()))?,
            Err(TrySendError::Full(_)) => Err(EngineError::Unavailable("too many writes are waiting".into())),
            Err(TrySendError::Disconnected(_)) => Err(gone()),
        }
    }

    /// Moves the log into the file, so that nothing that was deleted is left in it.
    pub(super) async fn checkpoint(&self) {
        let (done, is_done) = oneshot::channel();
        if let Some(queue) = &self.queue
            && queue.try_send(Order::Checkpoint(done)).is_ok()
        {
            // If the thread is gone, it has done so at its end.
            drop(is_done.await);
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn serve(
    connection: &Connection,
    orders: &Receiver<Order>,
    (commits, waits): (&Commits, &Waits),
    clock: &Clock,
) {
    while let Ok(first) = orders.recv() {
        let (mut group, mut checkpoint) = (Vec::new(), None);
        for order in std::iter::once(first).chain(orders.try_iter().take(GROUP - 1)) {
            match order {
                Order::Write(job) => group.push(job),
                Order::Checkpoint(done) => {
                    checkpoint = Some(done);
                    break;
                }
            }
        }

        for job in &group {
            waits.end(Path::Write, job.queued);
        }
        if !group.is_empty() {
            commit(connection, group, commits, clock);
        }
        if let Some(done) = checkpoint {
            move_log(connection);
            // Whoever asked may have gone.
            done.send(()).ok();
        }
    }
    move_log(connection);
}

/// Moves the log into the file. SQLite does this by itself only if the writer is the last to close its connection; a
/// reader that closes later may not write, and what was deleted would stay in the file until the next start.
fn move_log(connection: &Connection) {
    drop(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())));
}

/// Commits a group. The counters go up after the commit is on disk and before anyone is answered.
fn commit(connection: &Connection, group: Vec<Job>, commits: &Commits, clock: &Clock) {
    let (mut steps, answers): (Vec<_>, Vec<_>) = group.into_iter().map(|job| (job.steps, job.answer)).unzip();
    let outcomes = run(connection, &mut steps, clock);
    let outcomes = outcomes.unwrap_or_else(|error| {
        end_if_not_flushed(&error);
        drop(connection.execute_batch("ROLLBACK"));
        let failed = Err(unavailable(error));
        vec![failed; steps.len()]
    });

    commits.advance(steps.iter().flatten());
    for (answer, outcome) in answers.into_iter().zip(outcomes) {
        // The caller may have gone; the write stands.
        drop(answer.send(outcome));
    }
}

/// After a failed flush nobody knows what is on disk, and a second one that succeeds may have lost what the
/// first could not write. The process ends; its successor reads what is there.
fn end_if_not_flushed(error: &rusqlite::Error) {
    const UNKNOWN: [i32; 2] = [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_DIR_FSYNC];
    /// `EX_IOERR` of sysexits.h.
    const INPUT_OUTPUT: i32 = 74;
    if error.sqlite_error().is_some_and(|error| UNKNOWN.contains(&error.extended_code)) {
        drop(writeln!(std::io::stderr(), "clientpass: the disk did not take a commit ({error}); stopping"));
        std::process::exit(INPUT_OUTPUT);
    }
}

fn run(
    connection: &Connection,
    group: &mut [Vec<Step>],
    clock: &Clock,
) -> rusqlite::Result<Vec<Result<Written, EngineError>>> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    if let [steps] = group {
        return alone(connection, steps, clock).map(|outcome| vec![Ok(outcome)]);
    }

    let mut outcomes = Vec::with_capacity(group.len());
    for steps in group {
        bind(steps, clock);
        outcomes.push(one(connection, steps)?);
    }

    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(outcomes)
}

fn bind(steps: &mut [Step], clock: &Clock) {
    let now = clock.now();
    for step in steps {
        step.bind(now);
    }
}

/// The only write of its commit. It needs no savepoint, for which SQLite would copy every page that it changes.
fn alone(connection: &Connection, steps: &mut [Step], clock: &Clock) -> rusqlite::Result<Written> {
    bind(steps, clock);
    let outcome = all_steps(connection, steps)?;
    let end = if matches!(outcome, Written::Done(_)) { "COMMIT" } else { "ROLLBACK" };
    connection.prepare_cached(end)?.execute([])?;
    Ok(outcome)
}

/// One write of the group, in a savepoint: if it fails its neighbours do not notice.
fn one(connection: &Connection, steps: &[Step]) -> rusqlite::Result<Result<Written, EngineError>> {
    connection.prepare_cached("SAVEPOINT one")?.execute([])?;
    let outcome = all_steps(connection, steps);
    if !matches!(outcome, Ok(Written::Done(_))) {
        connection.prepare_cached("ROLLBACK TO one")?.execute([])?;
    }
    connection.prepare_cached("RELEASE one")?.execute([])?;
    Ok(outcome.map_err(unavailable))
}

fn all_steps(connection: &Connection, steps: &[Step]) -> rusqlite::Result<Written> {
    let mut answers = Vec::with_capacity(steps.len());
    for step in steps {
        let mut statement = connection.prepare_cached(step.statement.sql)?;
        let (rows, touched) = if statement.column_count() > 0 {
            let rows = rows_of(&mut statement, &step.args)?;
            let count = rows.len();
            (rows, count)
        } else {
            let touched = statement.execute(rusqlite::params_from_iter(&step.args))?;
            (Vec::new(), touched)
        };

        if let Some(unmet) = step.unless_one
            && touched != 1
        {
            return Ok(Written::Unmet(unmet));
        }
        answers.push(rows);
    }
    Ok(Written::Done(answers))
}
