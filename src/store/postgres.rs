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
use tokio::task::JoinHandle;

use crate::store::engine::{Answer, Engine, EngineError, Reach, Row, Statement, Step, Value, Written};
use crate::store::versions::Versions;

mod connection;
mod examine;
mod pool;
mod tls;
mod value;
mod writing;

use connection::{Connection, Target};
use pool::Pool;

/// A point read that is not answered by then counts as "cannot answer", and its connection as gone. Sooner than whoever
/// asks gives up: or nobody would give up a connection that says nothing any more.
const POINT: Duration = Duration::from_millis(800);
/// Making a connection to read over takes at most so long, on the way through a list of hosts included.
const CONNECTING: Duration = Duration::from_secs(4);
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

/// The connection of a thread.
#[derive(Default)]
struct Lane(Mutex<State>);

#[derive(Default)]
enum State {
    #[default]
    None,
    /// Being made, on its own: it may take longer than one asker waits.
    Connecting(JoinHandle<Result<Arc<Connection>, EngineError>>),
    Open(Arc<Connection>),
}

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
        let had = lane.open();
        let read = async {
            let connection = lane.connection(&self.target).await?;
            let answered = match connection.read(statement, args).await {
                // It had been lost before, and nobody noticed: once more on a new one.
                Err(error) if connection::is_lost(&error) => {
                    lane.give_up(&connection).await;
                    lane.connection(&self.target).await?.read(statement, args).await
                }
                answered => answered,
            };
            answered.map_err(|error| connection::unavailable(&error))
        };
        if let Ok(answered) = tokio::time::timeout(POINT, read).await {
            return answered;
        }
        lane.forget(had.as_ref());
        Err(late())
    }
}

fn late() -> EngineError {
    EngineError::Unavailable("it has not answered in time".into())
}

impl Lane {
    async fn connection(&self, target: &Arc<Target>) -> Result<Arc<Connection>, EngineError> {
        let mut state = self.0.lock().await;
        if let State::Connecting(work) = &mut *state
            && work.is_finished()
        {
            // What came of it while nobody waited; that it failed then says nothing of now.
            *state = work.await.ok().and_then(Result::ok).map_or(State::None, State::Open);
        }
        match &*state {
            State::Open(connection) if !connection.is_lost() => return Ok(Arc::clone(connection)),
            State::Connecting(_) => {}
            State::Open(_) | State::None => {
                *state = State::Connecting(tokio::spawn(connect(Arc::clone(target))));
            }
        }
        let State::Connecting(work) = &mut *state else { return Err(late()) };
        let made = work.await.unwrap_or_else(|error| Err(EngineError::Unavailable(error.to_string())));
        *state = made.as_ref().map_or(State::None, |made| State::Open(Arc::clone(made)));
        made
    }

    async fn give_up(&self, connection: &Arc<Connection>) {
        self.0.lock().await.give_up(connection);
    }

    /// The connection that is there, unless a new one is being made.
    fn open(&self) -> Option<Arc<Connection>> {
        match &*self.0.try_lock().ok()? {
            State::Open(connection) => Some(Arc::clone(connection)),
            State::None | State::Connecting(_) => None,
        }
    }

    /// Gives up the connection that has not answered; one that came meanwhile had less time to.
    fn forget(&self, silent: Option<&Arc<Connection>>) {
        if let (Some(silent), Ok(mut state)) = (silent, self.0.try_lock()) {
            state.give_up(silent);
        }
    }
}

impl State {
    fn give_up(&mut self, connection: &Arc<Connection>) {
        if matches!(self, Self::Open(open) if Arc::ptr_eq(open, connection)) {
            *self = Self::None;
        }
    }
}

async fn connect(target: Arc<Target>) -> Result<Arc<Connection>, EngineError> {
    let made = tokio::time::timeout(CONNECTING, target.connect_to_read()).await.map_err(|_| late())?;
    made.map(Arc::new).map_err(|error| connection::unavailable(&error))
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

    fn versions(&self) -> Option<&Versions> {
        None
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
