//! The database as the areas of the store use it: rows read and decoded, steps written with what belongs to every
//! write.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use uuid::Uuid;

use super::cache::{CachedRows, Key, RowCache};
use super::engine::unmet::Unmet;
use super::engine::waits::Observer;
use super::engine::{Columns, Engine, EngineError, Row, Statement, Value, Written};
use super::sqlite::Sqlite;
use super::sqlite::backup::BackupError;
use super::statements::{args, point};
use super::transaction::{Done, Transaction};
use super::verifier::Verifiers;
use crate::clock::{Clock, Timestamp};

/// What became of a write: done, or what was not as it needs it. Only "cannot answer" is an error.
pub type Attempt<T = ()> = Result<Result<T, Unmet>, EngineError>;

/// How often the high-water mark of the clock is written, in microseconds.
const MARK_EVERY: i64 = 60_000_000;

/// Who is notified of what, by the names that the outbox keeps it under.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    /// Of client passwords that have ended.
    pub ended: Vec<String>,
    /// Of client passwords that will end by themselves.
    pub expiring: Vec<String>,
}

/// What all areas share: the engine, the mark of the clock, and who is notified of ends.
#[derive(Clone)]
pub struct Database {
    engine: Arc<dyn Engine>,
    clock: Clock,
    marked: Arc<AtomicI64>,
    /// Who is notified of what.
    targets: Arc<Targets>,
    /// The database, where it is a file that only this process has.
    file: Option<Arc<Sqlite>>,
}

impl Database {
    /// On this engine. Raises `clock` to the mark that an earlier process left.
    pub(super) async fn open(engine: Arc<dyn Engine>, clock: Clock) -> Result<Self, EngineError> {
        let database = Self { engine, clock, marked: Arc::default(), targets: Arc::default(), file: None };
        if let Some(mark) = database.one(point!("clock/read"), vec![], Columns::time).await? {
            // Behind the mark time stands still: a microsecond on, ids made now are larger than those made then.
            let behind = database.clock.now() < mark;
            database.clock.raise(if behind { mark.plus(Duration::from_micros(1)) } else { mark });
        }
        Ok(database)
    }

    /// The same, whose engine is in the end this file.
    pub(super) fn on_file(self, file: Arc<Sqlite>) -> Self {
        Self { file: Some(file), ..self }
    }

    /// The same, which puts every end of client passwords, and every warning, into the outbox for these.
    pub(super) fn notifying(self, targets: Targets) -> Self {
        Self { targets: Arc::new(targets), ..self }
    }

    /// Tells this one from now on how long is waited for the database.
    pub fn observe_waits(&self, observer: Observer) {
        self.engine.waits().observe(observer);
    }

    /// Who is notified when client passwords end.
    pub fn targets(&self) -> &[String] {
        &self.targets.ended
    }

    /// Who is notified of client passwords that will end.
    pub fn warned(&self) -> &[String] {
        &self.targets.expiring
    }

    /// Whether other nodes may have the same database.
    pub fn is_shared(&self) -> bool {
        self.file.is_none()
    }

    /// Leaves nothing beside the file that was deleted, if the database is a file.
    pub async fn checkpoint(&self) {
        if let Some(file) = &self.file {
            file.checkpoint().await;
        }
    }

    /// Copies what is committed now into a new file. `None` if the database is no file.
    pub async fn back_up(&self, file: PathBuf) -> Option<Result<(), BackupError>> {
        Some(self.file.as_ref()?.back_up(file).await)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), EngineError> {
        self.read(point!("clock/read"), vec![]).await.map(|_| ())
    }

    /// Writes the high-water mark of the clock now, not with the next commit a minute on.
    pub async fn write_mark(&self) -> Result<(), EngineError> {
        self.marked.store(i64::MIN, Ordering::Release);
        self.write(Transaction::system()).await.map(|_| ())
    }

    /// Writes the high-water mark of the clock, if no change has within the last minute.
    pub async fn write_mark_if_due(&self) -> Result<(), EngineError> {
        let is_due = self.is_mark_due(self.clock.now().micros());
        if is_due { self.write(Transaction::system()).await.map(drop) } else { Ok(()) }
    }

    fn is_mark_due(&self, now: i64) -> bool {
        now >= self.marked.load(Ordering::Acquire).saturating_add(MARK_EVERY)
    }

    pub(super) async fn read(
        &self,
        statement: &'static Statement,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, EngineError> {
        self.engine.read(statement, args).await
    }

    pub(super) async fn all<T>(
        &self,
        statement: &'static Statement,
        args: Vec<Value>,
        decode: impl Fn(&mut Columns) -> Result<T, EngineError>,
    ) -> Result<Vec<T>, EngineError> {
        let rows = self.read(statement, args).await?;
        rows.into_iter().map(|row| decode(&mut row.columns())).collect()
    }

    pub(super) async fn one<T>(
        &self,
        statement: &'static Statement,
        args: Vec<Value>,
        decode: impl Fn(&mut Columns) -> Result<T, EngineError>,
    ) -> Result<Option<T>, EngineError> {
        Ok(self.all(statement, args, decode).await?.into_iter().next())
    }

    /// The row of a presented secret.
    pub(super) async fn presented_one<T>(
        &self,
        statement: &'static Statement,
        verifiers: &Verifiers,
        decode: impl Fn(&mut Columns) -> Result<T, EngineError>,
    ) -> Result<Option<T>, EngineError> {
        Ok(self.presented(statement, verifiers, decode).await?.into_iter().next())
    }

    /// The rows of a presented secret. They move from the older pepper to the newest and never back, so whoever
    /// looks under the older one first cannot miss one on its way. Two look-ups cost less than one with `IN`, for
    /// which SQLite builds a table of its own at each call.
    pub(super) async fn presented<T>(
        &self,
        statement: &'static Statement,
        [newest, older]: &Verifiers,
        decode: impl Fn(&mut Columns) -> Result<T, EngineError>,
    ) -> Result<Vec<T>, EngineError> {
        if older != newest {
            let found = self.all(statement, args![&older[..]], &decode).await?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        self.all(statement, args![&newest[..]], decode).await
    }

    /// What is cached of `key`, if it still stands; else what `read` gives, which is cached from now on.
    pub(super) async fn current<K: Key, V: CachedRows>(
        &self,
        held: &RowCache<K, V>,
        key: K,
        read: impl AsyncFnOnce() -> Result<Option<V>, EngineError>,
    ) -> Result<Option<V>, EngineError> {
        let Some(versions) = self.engine.versions() else { return read().await };
        if let Ok(known) = held.get(&key, versions) {
            return Ok(known);
        }

        let changes = versions.changes();
        let found = read().await?;
        held.insert(key, found.clone(), changes, versions);
        Ok(found)
    }

    /// The last row of a page of the list of an organization or a member that reads so many on from `before`, if there are more.
    pub(super) async fn end_of_page(
        &self,
        statement: &'static Statement,
        of: Uuid,
        before: Uuid,
        rows: i64,
    ) -> Result<Option<Uuid>, EngineError> {
        self.one(statement, args![of, before, rows], Columns::id).await
    }

    /// Writes all steps or none, and gives none of their rows.
    pub(super) async fn commit(&self, transaction: Transaction) -> Attempt {
        Ok(self.write(transaction).await?.map(drop))
    }

    /// Writes all steps or none, and gives the time that this step returned.
    pub(super) async fn write_at(&self, transaction: Transaction, step: usize) -> Attempt<Timestamp> {
        let mut done = match self.write(transaction).await? {
            Ok(done) => done,
            Err(unmet) => return Ok(Err(unmet)),
        };
        let Some(row) = done.take(step).into_iter().next() else { return Ok(Err(Unmet::Broken)) };
        row.columns().time().map(Ok)
    }

    /// Writes all steps or none, and with them their notices for the outbox and, at most once a minute, the time.
    pub(super) async fn write(&self, mut transaction: Transaction) -> Attempt<Done> {
        transaction.notify(&self.targets.ended);

        let now = self.clock.now().micros();
        let marks = self.is_mark_due(now);
        if marks {
            transaction.execute(point!("clock/raise"), args![now]);
        }

        match self.engine.write(transaction.into_steps()).await? {
            Written::Unmet(unmet) => Ok(Err(unmet)),
            Written::Done(rows) => {
                if marks {
                    self.marked.fetch_max(now, Ordering::AcqRel);
                }
                Ok(Ok(Done(rows)))
            }
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Database")
    }
}
