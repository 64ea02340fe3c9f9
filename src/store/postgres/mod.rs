//! PostgreSQL: the primary of a cluster, for several nodes.
//!
//! ```text
//!   point reads --> one connection a thread, pipelined; those of one statement at the same time are sent as one
//!   long reads  --> a connection of the pool; lists that callers request, one of a pool of their own
//!   write()     --> a connection of the pool: BEGIN, all steps in one flight, COMMIT
//! ```
//!
//! Transactions are READ COMMITTED and begin by locking the row that they are about, so each later step sees
//! what was committed before the lock was had. What PostgreSQL rolls back because of others (deadlock, serialization) is
//! run again from its first step, three times at most; what lost its connection, or a key to somebody else, more often.
//! Nothing waits without a deadline.
//!
//! A pooler in between has to keep one session for each connection: one that does not is refused at the start, and no
//! transaction goes on in a session that is not its connection's.
//!
//! A COMMIT whose answer is lost is looked up, not guessed: each writing connection has a row of its own in
//! `commits`, and every write raises its number with the rest.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::ThreadId;
use std::time::Duration;

use super::engine::row_versions::RowVersions;
use super::engine::waits::{Path, Waits};
use crate::clock::Clock;
use crate::store::engine::{Answer, Engine, EngineError, Reach, Row, Statement, Step, Value, Written};

mod batched_reader;
mod connect_options;
mod connection;
mod deadlines;
mod examine;
mod examined;
mod pool;
mod pooler;
mod runs;
mod session;
mod tls;
mod value;
mod write;

use batched_reader::BatchedReader;
pub use connect_options::ConnectOptions;
use connection::Target;
use deadlines::LONG;
pub use examined::{Examined, Pooler};
use pool::Pool;

/// A PostgreSQL database.
pub struct Postgres {
    target: Arc<Target>,
    pool: Pool,
    lists: Pool,
    /// How long a list may take.
    longest_list: Duration,
    /// A connection for each thread that reads, so that nothing of a check crosses threads.
    readers: RwLock<HashMap<ThreadId, Arc<BatchedReader>>>,
    clock: Clock,
    waits: Arc<Waits>,
}

impl Postgres {
    /// Refuses options that nobody can connect with, without asking the database.
    pub fn check(place: &ConnectOptions) -> Result<(), EngineError> {
        Target::new(place).map(drop)
    }

    /// Connects, and brings the schema up to date. `clock` tells the time at which a write is run.
    pub async fn open(place: &ConnectOptions, clock: Clock) -> Result<Self, EngineError> {
        let target = Arc::new(Target::new(place)?);
        let first = target.begin().await?;
        pooler::refuse(&target, &first).await?;
        let first = first.take().await?;
        super::migrate::postgres(first.client()).await?;
        let waits = Arc::new(Waits::new(clock.clone()));
        let pool = pool::open(&target, &waits, place.connections.max(2), pool::WAIT)?;
        let lists = pool::open(&target, &waits, place.lists.at_once.max(1), place.lists.wait)?;
        let longest_list = place.lists.longest;
        Ok(Self { target, pool, lists, longest_list, readers: RwLock::default(), clock, waits })
    }

    fn reader(&self) -> Arc<BatchedReader> {
        let thread = std::thread::current().id();
        let readers = self.readers.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(reader) = readers.get(&thread) {
            return Arc::clone(reader);
        }

        drop(readers);
        let mut readers = self.readers.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(
            readers
                .entry(thread)
                .or_insert_with(|| BatchedReader::new(Arc::clone(&self.target), Arc::clone(&self.waits))),
        )
    }
}

impl Engine for Postgres {
    fn read<'a>(&'a self, statement: &'static Statement, args: Vec<Value>) -> Answer<'a, Vec<Row>> {
        Box::pin(async move {
            match statement.reach {
                Reach::Point => self.reader().read(statement, args).await,
                Reach::Long => pool::read((&self.pool, Path::Long), LONG, statement, &args).await,
                Reach::List => {
                    pool::read((&self.lists, Path::List), self.longest_list, statement, &args).await
                }
            }
        })
    }

    fn versions(&self) -> Option<&RowVersions> {
        None
    }

    fn waits(&self) -> &Waits {
        &self.waits
    }

    fn write(&self, steps: Vec<Step>) -> Answer<'_, Written> {
        let (pool, clock) = (self.pool.clone(), self.clock.clone());
        Box::pin(async move {
            // On its own, so that it is finished even if the caller goes away in the middle.
            let work = tokio::spawn(write::write(pool, steps, clock));
            work.await.map_err(|error| EngineError::OutcomeUnknown(error.to_string()))?
        })
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Postgres")
    }
}
