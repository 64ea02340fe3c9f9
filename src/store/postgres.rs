//! PostgreSQL: the primary of a cluster, for several nodes.
//!
//! ```text
//!   point reads --> one connection a thread, pipelined
//!   long reads  --> a connection of the pool
//!   write()     --> a connection of the pool: BEGIN, all steps in one flight, COMMIT
//! ```
//!
//! Transactions are READ COMMITTED and begin by locking the row that they are about, so each later step sees
//! what was committed before the lock was had. What PostgreSQL gives up (deadlock, serialization, a key that
//! somebody else has just taken) is run again from its first step. Nothing waits without a deadline.
//!
//! A COMMIT whose answer is lost is looked up, not guessed: each writing connection has a row of its own in
//! `commits`, and every write raises its number with the rest.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::ThreadId;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::store::engine::{Answer, Engine, EngineError, Reach, Row, Statement, Step, Value, Written};

mod connection;
mod examine;
mod pool;
mod tls;
mod value;
mod writing;

use connection::{Connection, Target};
use pool::Pool;

/// A point read that is not answered by then counts as "cannot answer".
const POINT: Duration = Duration::from_millis(1_500);
/// The same for a list, and for a write that touches many rows.
const LONG: Duration = Duration::from_secs(30);
/// The same for a write of a few rows, waiting for its locks included.
const WRITE: Duration = Duration::from_secs(5);

/// Where the database is and how to get there.
#[derive(Clone)]
pub struct Place {
    /// `postgres://user@host/name?sslmode=require`, or the words of libpq.
    pub url: String,
    /// Its password, if not in the URL.
    pub password: Option<String>,
    /// PEM file of the authorities that its certificate may come from; the system's if absent.
    pub authorities: Option<std::path::PathBuf>,
    /// Connections for writes and long lists.
    pub connections: usize,
}

/// A PostgreSQL database.
pub struct Postgres {
    target: Arc<Target>,
    pool: Pool,
    /// A connection for each thread that reads, so that nothing of a check crosses threads.
    lanes: RwLock<HashMap<ThreadId, Arc<Lane>>>,
}

#[derive(Default)]
struct Lane(Mutex<Option<Arc<Connection>>>);

impl Postgres {
    /// Connects, and brings the schema up to date.
    pub async fn open(place: &Place) -> Result<Self, EngineError> {
        let target = Arc::new(Target::new(place)?);
        let first = target.connect().await.map_err(|error| connection::unavailable(&error))?;
        super::migrate::postgres(first.client()).await?;
        let pool = pool::open(&target, place.connections.max(2))?;
        Ok(Self { target, pool, lanes: RwLock::default() })
    }

    fn lane(&self) -> Arc<Lane> {
        let thread = std::thread::current().id();
        let lanes = self.lanes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(&thread) {
            return Arc::clone(lane);
        }
        drop(lanes);
        let mut lanes = self.lanes.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lanes.entry(thread).or_default())
    }

    async fn point(&self, statement: &'static Statement, args: &[Value]) -> Result<Vec<Row>, EngineError> {
        let lane = self.lane();
        let read = async {
            let connection = lane.connection(&self.target).await?;
            match connection.read(statement, args).await {
                // It had been lost before, and nobody noticed: once more on a new one.
                Err(error) if connection::is_lost(&error) => {
                    lane.give_up(&connection).await;
                    lane.connection(&self.target).await?.read(statement, args).await
                }
                answered => answered,
            }
        };
        if let Ok(answered) = tokio::time::timeout(POINT, read).await {
            return answered.map_err(|error| connection::unavailable(&error));
        }
        lane.forget();
        Err(EngineError::Unavailable("it has not answered in time".into()))
    }
}

impl Lane {
    async fn connection(&self, target: &Target) -> Result<Arc<Connection>, tokio_postgres::Error> {
        let mut held = self.0.lock().await;
        if let Some(connection) = held.as_ref().filter(|connection| !connection.is_lost()) {
            return Ok(Arc::clone(connection));
        }
        *held = None;
        let fresh = Arc::new(target.connect_to_read().await?);
        *held = Some(Arc::clone(&fresh));
        Ok(fresh)
    }

    async fn give_up(&self, connection: &Arc<Connection>) {
        let mut held = self.0.lock().await;
        if held.as_ref().is_some_and(|held| Arc::ptr_eq(held, connection)) {
            *held = None;
        }
    }

    /// Gives up a connection that does not answer, unless somebody is already making a new one.
    fn forget(&self) {
        if let Ok(mut held) = self.0.try_lock() {
            *held = None;
        }
    }
}

impl Engine for Postgres {
    fn read<'a>(&'a self, statement: &'static Statement, args: Vec<Value>) -> Answer<'a, Vec<Row>> {
        Box::pin(async move {
            match statement.reach {
                Reach::Point => self.point(statement, &args).await,
                Reach::Long => pool::read(&self.pool, statement, &args).await,
            }
        })
    }

    fn write(&self, steps: Vec<Step>) -> Answer<'_, Written> {
        let pool = self.pool.clone();
        Box::pin(async move {
            // On its own, so that it is finished even if whoever asked goes away in the middle.
            let work = tokio::spawn(writing::write(pool, steps));
            work.await.map_err(|error| EngineError::Unavailable(error.to_string()))?
        })
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Postgres")
    }
}
