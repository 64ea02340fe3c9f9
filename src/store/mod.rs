//! The store: the only place that knows tables. Operations by area, written once for every engine.
//!
//! ```text
//!   service --> store::{members, client_passwords, …} --> Transaction / Statement --> engine::Engine
//! ```
//!
//! Races are settled by conditions in the statements, never by Rust between them.

use std::fmt;
use std::hash::Hash;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use uuid::Uuid;

use crate::clock::{Clock, Timestamp};
use crate::domain::ids::OrganizationId;

pub mod audit;
mod cache;
pub mod check;
pub mod client_passwords;
pub mod engine;
pub mod idempotency;
pub mod keys;
pub mod known_places;
pub mod members;
pub mod migrate;
pub mod notices;
pub mod organizations;
pub mod outbox;
pub mod postgres;
pub mod revocations;
pub mod rotation;
pub mod second_factors;
pub mod service_keys;
pub mod sessions;
pub mod setup;
pub mod sqlite;
pub mod transaction;
pub mod usage;

use cache::{Held, OfRows};
pub use engine::unmet::Unmet;
use engine::{Columns, Engine, EngineError, Row, Statement, Value, Written};
use sqlite::Sqlite;
use sqlite::backup::CopyError;
use transaction::{Done, Transaction, args, ending, list, long, note, point};

/// A verifier: HMAC-SHA-256 of a secret under a pepper.
pub type Verifier = [u8; 32];

/// The verifiers of one presented secret under the two peppers that may be valid; the same twice if there is one.
pub type Verifiers = [Verifier; 2];

/// What became of a write: done, or what was not as it needs it. Only "cannot answer" is an error.
pub type Attempt<T = ()> = Result<Result<T, Unmet>, EngineError>;

/// How often the high-water mark of the clock is written, in microseconds.
const MARK_EVERY: i64 = 60_000_000;

/// The database, by operation.
#[derive(Clone)]
pub struct Store {
    engine: Arc<dyn Engine>,
    clock: Clock,
    marked: Arc<AtomicI64>,
    memory: Arc<check::Memory>,
    /// Who is told when client passwords end.
    targets: Arc<[String]>,
    /// The database, where it is a file that only this process has.
    file: Option<Arc<Sqlite>>,
}

impl Store {
    /// A store on this engine. Raises `clock` to the mark that an earlier process left.
    pub async fn open(engine: Arc<dyn Engine>, clock: Clock) -> Result<Self, EngineError> {
        let store = Self {
            engine,
            clock,
            marked: Arc::default(),
            memory: Arc::default(),
            targets: Arc::default(),
            file: None,
        };
        if let Some(mark) = store.one(point!("clock/read"), vec![], Columns::time).await? {
            // Behind the mark time stands still: a microsecond on, ids made now are larger than those made then.
            let behind = store.clock.now() < mark;
            store.clock.raise(if behind { mark.plus(Duration::from_micros(1)) } else { mark });
        }
        Ok(store)
    }

    /// The same store, whose engine is in the end this file.
    #[must_use]
    pub fn on_file(self, file: Arc<Sqlite>) -> Self {
        Self { file: Some(file), ..self }
    }

    /// The same store, which puts every end of client passwords into the outbox for each of these.
    #[must_use]
    pub fn telling(self, targets: Vec<String>) -> Self {
        Self { targets: targets.into(), ..self }
    }

    /// Whether other nodes may have the same database.
    pub fn is_shared(&self) -> bool {
        self.file.is_none()
    }

    /// Copies what is committed now into a new file. `None` if the database is no file.
    pub async fn back_up(&self, file: PathBuf) -> Option<Result<(), CopyError>> {
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

    async fn read(&self, statement: &'static Statement, args: Vec<Value>) -> Result<Vec<Row>, EngineError> {
        self.engine.read(statement, args).await
    }

    async fn all<T>(
        &self,
        statement: &'static Statement,
        args: Vec<Value>,
        decode: impl Fn(&mut Columns) -> Result<T, EngineError>,
    ) -> Result<Vec<T>, EngineError> {
        let rows = self.read(statement, args).await?;
        rows.into_iter().map(|row| decode(&mut row.columns())).collect()
    }

    async fn one<T>(
        &self,
        statement: &'static Statement,
        args: Vec<Value>,
        decode: impl Fn(&mut Columns) -> Result<T, EngineError>,
    ) -> Result<Option<T>, EngineError> {
        Ok(self.all(statement, args, decode).await?.into_iter().next())
    }

    /// The row of a presented secret. Rows move from the older pepper to the newest and never back, so whoever
    /// looks under the older one first cannot miss one on its way. Two look-ups cost less than one with `IN`, for
    /// which SQLite builds a table of its own at each call.
    async fn presented<T>(
        &self,
        statement: &'static Statement,
        [newest, older]: &Verifiers,
        decode: impl Fn(&mut Columns) -> Result<T, EngineError>,
    ) -> Result<Option<T>, EngineError> {
        if older != newest
            && let Some(found) = self.one(statement, args![&older[..]], &decode).await?
        {
            return Ok(Some(found));
        }
        self.one(statement, args![&newest[..]], decode).await
    }

    /// What is held of `key`, if it still stands; else what `read` gives, which is held from now on.
    async fn current<K: Eq + Hash, V: OfRows>(
        &self,
        held: &Held<K, V>,
        key: K,
        read: impl AsyncFnOnce() -> Result<Option<V>, EngineError>,
    ) -> Result<Option<V>, EngineError> {
        let Some(versions) = self.engine.versions() else { return read().await };
        if let Ok(known) = held.get(&key, versions) {
            return Ok(known);
        }
        let changes = versions.changes();
        let found = read().await?;
        held.keep(key, found.clone(), changes, versions);
        Ok(found)
    }

    /// The last row of a page of this list that reads so many on from `before`, if there are more.
    pub async fn end_of_page(
        &self,
        list: List,
        organization: OrganizationId,
        before: Uuid,
        rows: i64,
    ) -> Result<Option<Uuid>, EngineError> {
        let statement = match list {
            List::AuditEvents => list!("audit/page_end"),
            List::ClientPasswords => list!("client_passwords/page_end"),
            List::Members => list!("members/page_end"),
        };
        self.one(statement, args![organization.uuid(), before, rows], Columns::id).await
    }

    /// Writes all steps or none, and gives none of their rows.
    async fn commit(&self, transaction: Transaction) -> Attempt {
        Ok(self.write(transaction).await?.map(drop))
    }

    /// Writes all steps or none, and gives the time that this step returned.
    async fn write_at(&self, transaction: Transaction, step: usize) -> Attempt<Timestamp> {
        let mut done = match self.write(transaction).await? {
            Ok(done) => done,
            Err(unmet) => return Ok(Err(unmet)),
        };
        let Some(row) = done.take(step).into_iter().next() else { return Ok(Err(Unmet::Broken)) };
        row.columns().time().map(Ok)
    }

    /// Writes all steps or none, and with them what is to be told of them and, at most once a minute, the time.
    async fn write(&self, mut transaction: Transaction) -> Attempt<Done> {
        transaction.tell(&self.targets);
        let now = self.clock.now().micros();
        let marked = self.marked.load(Ordering::Acquire);
        let marks = now >= marked.saturating_add(MARK_EVERY);
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

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// What an organization has so many of that a filter may find none in all that is read for one page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// What has happened.
    AuditEvents,
    /// Client passwords of all its members.
    ClientPasswords,
    /// Its members.
    Members,
}

/// A page of a list: items before `before`, at most `limit`.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Only items with a smaller id, newest first.
    pub before: Uuid,
    /// Only items with this id or a larger one: further is not read for one page.
    pub from: Uuid,
    /// At most so many.
    pub limit: i64,
}
