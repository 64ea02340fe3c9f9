//! SQLite: one writer thread with group commit, readers that hold a snapshot beside it.
//!
//! ```text
//!   write() --> queue --> writer thread: BEGIN, one SAVEPOINT a write, COMMIT (fsync)
//!                                          |  then advance the counter, then acknowledge
//!   read()  --> a reader's held snapshot; renewed first if the counter has moved
//! ```
//!
//! A read that begins after a write was acknowledged sees it: the counter moves before the acknowledgement,
//! and a reader that sees it moved gives its snapshot up. One process owns the file (`app` holds a lock on
//! its folder), so no commit can pass the counter by.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::OpenFlags;

use super::engine::row_versions::RowVersions;
use super::engine::waits::Waits;
use crate::clock::Clock;
use crate::store::engine::{
    Answer, Engine, EngineError, ListLimits, Reach, Row, Statement, Step, Value, Written,
};

pub mod backup;
pub(super) mod connection;
pub mod differences;
mod lists;
mod reader;
mod writer;

use backup::BackupError;
use connection::{CACHE, LONG_CACHE, connect, unavailable};
use lists::Lists;
use reader::{Commits, Readers};
use writer::Writer;

/// A SQLite database in a file.
pub struct Sqlite {
    path: PathBuf,
    commits: Arc<Commits>,
    readers: Arc<Readers>,
    /// For what the service itself reads that may take long.
    long_readers: Arc<Readers>,
    lists: Arc<Lists>,
    writer: Writer,
    waits: Arc<Waits>,
}

/// How many of its own long reads the service makes at the same time.
const LONG_READERS: usize = 2;

impl Sqlite {
    /// Opens the file, or makes it. `readers` is how many checks can read at the same time; `clock` tells the time at
    /// which a write is run.
    pub fn open(path: &Path, readers: usize, lists: ListLimits, clock: Clock) -> Result<Self, EngineError> {
        let writing =
            connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE, CACHE)?;

        // WAL is written once into the file; FULL makes each commit wait for the disk.
        writing.pragma_update(None, "journal_mode", "WAL").map_err(unavailable)?;
        writing.pragma_update(None, "synchronous", "FULL").map_err(unavailable)?;
        writing.pragma_update(None, "foreign_keys", true).map_err(unavailable)?;
        // What is deleted is overwritten: sealed answers do not stay behind in free pages.
        writing.pragma_update(None, "secure_delete", true).map_err(unavailable)?;
        super::migrate::sqlite(&writing)?;

        let commits = Arc::new(Commits::default());
        let reading = |cache| connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, cache);
        let readers = Readers::open(readers.max(1), || reading(CACHE), Arc::clone(&commits))?;
        let long_readers = Readers::open(LONG_READERS, || reading(LONG_CACHE), Arc::clone(&commits))?;
        let waits = Arc::new(Waits::new(clock.clone()));
        let lists = Lists::open(lists, || reading(LONG_CACHE), Arc::clone(&commits), Arc::clone(&waits))?;
        let writer = Writer::start(writing, Arc::clone(&commits), clock, Arc::clone(&waits))?;

        Ok(Self { path: path.to_path_buf(), commits, readers, long_readers, lists, writer, waits })
    }

    /// Moves the log into the file, so that nothing that was deleted is left in it.
    pub async fn checkpoint(&self) {
        self.writer.checkpoint().await;
    }

    /// Copies what is committed now into a new file, without what no backup holds. Takes its time; reads and writes
    /// go on.
    pub async fn back_up(&self, file: PathBuf) -> Result<(), BackupError> {
        let path = self.path.clone();
        let copied = tokio::task::spawn_blocking(move || backup::back_up(&path, &file)).await;
        copied.unwrap_or_else(|error| Err(EngineError::Unavailable(error.to_string()).into()))
    }
}

impl Engine for Sqlite {
    fn read<'a>(&'a self, statement: &'static Statement, args: Vec<Value>) -> Answer<'a, Vec<Row>> {
        match statement.reach {
            // A hop to another thread costs more than the look-up.
            Reach::Point => Box::pin(std::future::ready(self.readers.read(statement, &args))),
            Reach::Long => {
                let readers = Arc::clone(&self.long_readers);
                let work = tokio::task::spawn_blocking(move || readers.read(statement, &args));
                Box::pin(
                    async move { work.await.map_err(|error| EngineError::Unavailable(error.to_string()))? },
                )
            }
            Reach::List => Box::pin(Arc::clone(&self.lists).read(statement, args)),
        }
    }

    fn versions(&self) -> Option<&RowVersions> {
        Some(&self.commits.versions)
    }

    fn waits(&self) -> &Waits {
        &self.waits
    }

    fn write(&self, steps: Vec<Step>) -> Answer<'_, Written> {
        Box::pin(self.writer.write(steps))
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sqlite")
    }
}
