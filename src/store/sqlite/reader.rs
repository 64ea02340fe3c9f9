//! Readers: connections that keep a snapshot open and renew it when the writer has committed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
use std::time::Duration;

use rusqlite::{Connection, InterruptHandle};

use super::connection::{rows_of, unavailable};
use crate::store::engine::row_versions::RowVersions;
use crate::store::engine::{EngineError, Row, Statement, Step, Value};

/// An idle reader releases its snapshot within twice this time, so that the log can be checkpointed.
const IDLE: Duration = Duration::from_millis(50);

/// How often the writer has committed, and what.
#[derive(Debug, Default)]
pub(super) struct Commits {
    all: AtomicU64,
    pub(super) versions: RowVersions,
}

impl Commits {
    /// After a commit is on disk and before anyone is answered. Whoever sees that something has been changed sees the
    /// first number moved: what is read afterwards is from a snapshot that holds the commit.
    pub(super) fn advance<'a>(&self, steps: impl Iterator<Item = &'a Step>) {
        self.all.fetch_add(1, Ordering::Release);
        self.versions.advance(steps);
    }
}

pub(super) struct Reader {
    connection: Connection,
    /// The writer's counter when the snapshot was taken; `None` if no snapshot is held.
    snapshot: Option<u64>,
    used: bool,
}

impl Reader {
    pub(super) const fn new(connection: Connection) -> Self {
        Self { connection, snapshot: None, used: false }
    }

    pub(super) fn interrupt_handle(&self) -> InterruptHandle {
        self.connection.get_interrupt_handle()
    }

    /// Reads what is committed now.
    pub(super) fn read_now(
        &mut self,
        commits: &Commits,
        statement: &Statement,
        args: &[Value],
    ) -> rusqlite::Result<Vec<Row>> {
        self.renew(commits)?;
        self.read(statement, args)
    }

    /// Makes sure that the snapshot holds everything committed before now. The counter is loaded before the
    /// new snapshot begins: a commit in between is then in the snapshot without being counted, which costs one
    /// needless renewal; the other way round it would be counted without being in it.
    fn renew(&mut self, commits: &Commits) -> rusqlite::Result<()> {
        let now = commits.all.load(Ordering::Acquire);
        if self.snapshot == Some(now) {
            return Ok(());
        }

        self.release()?;
        self.connection.execute_batch("BEGIN")?;
        // BEGIN takes no snapshot; the first read does.
        self.connection
            .prepare_cached("SELECT id FROM clock_mark WHERE id = 1")?
            .query_row([], |_| Ok(()))?;

        self.snapshot = Some(now);
        Ok(())
    }

    pub(super) fn release(&mut self) -> rusqlite::Result<()> {
        self.snapshot = None;
        if self.connection.is_autocommit() { Ok(()) } else { self.connection.execute_batch("COMMIT") }
    }

    fn read(&mut self, statement: &Statement, args: &[Value]) -> rusqlite::Result<Vec<Row>> {
        rows_of(&mut self.connection.prepare_cached(statement.sql)?, args)
    }
}

/// All readers of a database.
pub(super) struct Readers {
    all: Vec<Mutex<Reader>>,
    commits: Arc<Commits>,
    next: AtomicU64,
    /// Dropped with the readers, which ends the janitor.
    _alive: Sender<()>,
}

impl Readers {
    pub(super) fn open(
        count: usize,
        connect: impl Fn() -> Result<Connection, EngineError>,
        commits: Arc<Commits>,
    ) -> Result<Arc<Self>, EngineError> {
        let reader = || Ok(Mutex::new(Reader::new(connect()?)));
        let readers = (0..count).map(|_| reader()).collect::<Result<Vec<_>, EngineError>>()?;
        let (alive, gone) = channel();
        let readers = Arc::new(Self { all: readers, commits, next: AtomicU64::new(0), _alive: alive });
        let janitor = Arc::downgrade(&readers);
        std::thread::Builder::new()
            .name("sqlite-janitor".into())
            .spawn(move || tidy(&janitor, &gone))
            .map_err(|error| EngineError::Unavailable(error.to_string()))?;

        Ok(readers)
    }

    fn release_idle(&self) {
        for reader in &self.all {
            if let Ok(mut reader) = reader.try_lock() {
                if !reader.used && reader.snapshot.is_some() {
                    drop(reader.release());
                }
                reader.used = false;
            }
        }
    }

    /// A reader nobody uses, or the next one in turn.
    fn free(&self) -> Option<MutexGuard<'_, Reader>> {
        for reader in &self.all {
            match reader.try_lock() {
                Ok(reader) => return Some(reader),
                Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => {}
            }
        }

        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let at = usize::try_from(turn).unwrap_or(0) % self.all.len().max(1);
        self.all.get(at).map(|reader| reader.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn read(
        &self,
        statement: &'static Statement,
        args: &[Value],
    ) -> Result<Vec<Row>, EngineError> {
        let mut reader = self.free().ok_or_else(|| EngineError::Unavailable("no reader".into()))?;
        reader.used = true;
        let found = reader.read_now(&self.commits, statement, args);

        if found.is_err() {
            // Whatever went wrong, the next read begins afresh.
            drop(reader.release());
        }
        found.map_err(unavailable)
    }
}

/// Releases idle snapshots until the readers are gone.
fn tidy(readers: &Weak<Readers>, gone: &Receiver<()>) {
    while gone.recv_timeout(IDLE) == Err(RecvTimeoutError::Timeout) {
        let Some(readers) = readers.upgrade() else { return };
        readers.release_idle();
    }
}
