//! The pool: connections for writes and long lists, each used by one at a time.

use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use tokio::runtime::Handle;
use tokio_postgres::SimpleQueryMessage;

use super::connection::{self, Connection, Target};
use crate::store::engine::waits::{Path, Waits};
use crate::store::engine::{EngineError, Row, Statement, Value};

/// A connection is waited for at most so long, while others use all of them.
pub(super) const WAIT: Duration = Duration::from_secs(4);
/// Making one takes at most so long, on the way through a list of hosts included.
const CREATE: Duration = Duration::from_millis(1_800);

/// Gives a connection its row. Rows that nobody has used for long go with the next connection: a lost COMMIT is looked
/// up within seconds.
const NUMBERED: &str = "DELETE FROM commits WHERE used_at < now() - INTERVAL '30 days'; \
                        INSERT INTO commits DEFAULT VALUES RETURNING connection";

pub(super) type Pool = managed::Pool<Manager>;

/// Makes connections for the pool, and looks whether one is still of use.
pub(super) struct Manager {
    target: Arc<Target>,
    waits: Arc<Waits>,
}

/// A connection that may write.
pub(super) struct Writing {
    connection: Connection,
    /// Its row in `commits`, and the number that its last write put there.
    pub(super) row: i64,
    pub(super) number: AtomicI64,
}

impl Deref for Writing {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl managed::Manager for Manager {
    type Type = Writing;
    type Error = EngineError;

    async fn create(&self) -> Result<Writing, EngineError> {
        let connection = self.target.connect().await?;
        let answers = connection.client().simple_query(NUMBERED).await;
        let answers = answers.map_err(|error| connection::unavailable(&error))?;
        let row = answers.iter().find_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
            _ => None,
        });
        let row = row.ok_or_else(|| EngineError::Unreadable("a connection was given no number".into()))?;

        Ok(Writing { connection, row, number: AtomicI64::new(0) })
    }

    async fn recycle(&self, held: &mut Writing, _: &Metrics) -> RecycleResult<EngineError> {
        if held.is_lost() { Err(RecycleError::message("lost")) } else { Ok(()) }
    }
}

pub(super) fn open(
    target: &Arc<Target>,
    waits: &Arc<Waits>,
    connections: usize,
    wait: Duration,
) -> Result<Pool, EngineError> {
    Pool::builder(Manager { target: Arc::clone(target), waits: Arc::clone(waits) })
        .max_size(connections)
        .wait_timeout(Some(wait))
        .create_timeout(Some(CREATE))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| EngineError::Unavailable(error.to_string()))
}

/// A connection of the pool. Unless given back it is closed, so nobody gets one in the middle of something.
pub(super) struct PooledConnection(Option<managed::Object<Manager>>);

impl PooledConnection {
    pub(super) async fn of(pool: &Pool, path: Path) -> Result<Self, EngineError> {
        match pool.manager().waits.over(path, pool.get()).await {
            Ok(object) => Ok(Self(Some(object))),
            Err(managed::PoolError::Backend(error)) => Err(error),
            Err(managed::PoolError::Timeout(_)) => {
                Err(EngineError::Unavailable("no connection to it could be had in time".into()))
            }
            Err(error) => Err(EngineError::Unavailable(error.to_string())),
        }
    }

    pub(super) fn get(&self) -> Result<&Writing, EngineError> {
        self.0.as_deref().ok_or_else(|| EngineError::Unavailable("the connection was given back".into()))
    }

    pub(super) fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for PooledConnection {
    fn drop(&mut self) {
        if let Some(object) = self.0.take() {
            drop(managed::Object::take(object));
        }
    }
}

/// Something long that the server reads. Unless it is done it is stopped: whoever does not wait any more needs no
/// answer either, and a server that is not stopped reads on. What is given up in the middle of a write is not stopped
/// so: it may be its COMMIT.
struct Reading(Option<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl Reading {
    fn over(connection: &Connection) -> Self {
        Self(Some(Box::pin(connection.stop())))
    }

    fn finished(mut self) {
        self.0 = None;
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        // Without a runtime the process ends, and its connections with it.
        if let (Some(stop), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            drop(runtime.spawn(stop));
        }
    }
}

/// Reads something long.
pub(super) async fn read(
    (pool, path): (&Pool, Path),
    longest: Duration,
    statement: &Statement,
    args: &[Value],
) -> Result<Vec<Row>, EngineError> {
    let read = async {
        loop {
            let lent = PooledConnection::of(pool, path).await?;
            let reading = Reading::over(lent.get()?);
            let answer = lent.get()?.read_only(statement, args).await;
            reading.finished();

            match answer {
                Ok(rows) => {
                    lent.give_back();
                    return Ok(rows);
                }
                // It had been lost before; the next one may not be.
                Err(error) if connection::is_lost(&error) => drop(lent),
                Err(error) => return Err(connection::unavailable(&error)),
            }
        }
    };

    let late = || EngineError::Unavailable("it has not answered in time".into());
    tokio::time::timeout(longest, read).await.map_err(|_| late())?
}
