//! An engine of its own, with a table to try things on: on PostgreSQL if the tests run there.

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use clientpass::clock::Clock;
use clientpass::store::Unmet;
use clientpass::store::engine::{Engine, EngineError, ListLimits, Row, Statement, Step, Value, Written};
use clientpass::store::postgres::{ConnectOptions, Postgres};
use clientpass::store::sqlite::Sqlite;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::support::database::Database;
use crate::support::time::TestTime;

/// A statement of a test.
#[macro_export]
macro_rules! probe {
    ($sql:literal) => {
        $crate::probe!(Point, $sql)
    };
    ($reach:ident, $sql:literal) => {{
        const STATEMENT: clientpass::store::engine::Statement = clientpass::store::engine::Statement {
            name: "probe",
            sql: $sql,
            postgres: None,
            reach: clientpass::store::engine::Reach::$reach,
            writes: clientpass::store::engine::writes::Writes::of($sql),
        };
        &STATEMENT
    }};
}

/// Waits for a future on this thread. What it leaves behind, such as connections, goes on elsewhere.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    let make = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    RUNTIME.get_or_init(|| make().unwrap()).block_on(future)
}

/// The time that an engine goes by.
pub fn clock() -> Clock {
    Clock::new(Arc::new(TestTime::new()))
}

/// A step that may touch any number of rows.
pub fn any(statement: &'static Statement, args: &[i64]) -> Step {
    Step { statement, args: args.iter().copied().map(Value::from).collect(), unless_one: None }
}

/// A step that must touch exactly one row.
pub fn one(statement: &'static Statement, args: &[i64]) -> Step {
    one_or(Unmet::Nothing, statement, args)
}

/// The same, with what it means if it does not.
pub fn one_or(unmet: Unmet, statement: &'static Statement, args: &[i64]) -> Step {
    Step { unless_one: Some(unmet), ..any(statement, args) }
}

/// Adds a row of the probe.
pub fn add(id: i64, n: i64) -> Step {
    any(probe!("INSERT INTO probe (id, n) VALUES ($1, $2)"), &[id, n])
}

/// An engine with its data.
pub struct Db {
    /// The engine.
    pub engine: Arc<dyn Engine>,
    data: Data,
}

enum Data {
    Folder(TempDir),
    Database(Database),
}

impl Data {
    fn open(&self, lists: ListLimits) -> Arc<dyn Engine> {
        match self {
            Self::Folder(folder) => {
                Arc::new(Sqlite::open(&folder.path().join("data.sqlite"), 4, lists, clock()).unwrap())
            }
            Self::Database(database) => Arc::new(
                now(Postgres::open(&ConnectOptions { lists, ..place(&database.url) }, clock())).unwrap(),
            ),
        }
    }

    fn fresh() -> Self {
        Database::fresh().map_or_else(|| Self::Folder(tempfile::tempdir().unwrap()), Self::Database)
    }
}

/// How lists are read.
pub const LISTS: ListLimits =
    ListLimits { at_once: 2, wait: Duration::from_millis(200), longest: Duration::from_secs(20) };

/// How an engine reaches a database of the tests.
pub fn place(url: &str) -> ConnectOptions {
    ConnectOptions { url: url.to_owned(), password: None, authorities: None, connections: 8, lists: LISTS }
}

impl Db {
    /// With the table `probe (id, n)`, empty; on the engine that the tests run on.
    pub fn new() -> Self {
        Self::with_lists(LISTS)
    }

    /// The same, where lists are read so.
    pub fn with_lists(lists: ListLimits) -> Self {
        Self::on(Data::fresh(), lists)
    }

    /// The same on SQLite in any case: for what is about its file.
    pub fn on_file() -> Self {
        Self::on(Data::Folder(tempfile::tempdir().unwrap()), LISTS)
    }

    fn on(data: Data, lists: ListLimits) -> Self {
        let db = Self { engine: data.open(lists), data };
        let make = match db.data {
            Data::Folder(_) => {
                probe!("CREATE TABLE probe (id INTEGER PRIMARY KEY, n INTEGER NOT NULL) STRICT")
            }
            Data::Database(_) => probe!("CREATE TABLE probe (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)"),
        };
        assert!(matches!(db.write(vec![any(make, &[])]), Ok(Written::Done(_))));
        db
    }

    /// Closed and opened again.
    pub fn reopened(self) -> Self {
        let Self { engine, data } = self;
        drop(engine);
        Self { engine: data.open(LISTS), data }
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        match &self.data {
            Data::Folder(folder) => folder.path().join("data.sqlite"),
            Data::Database(_) => panic!("ask for a Db::on_file"),
        }
    }

    /// Another program that opened the same file.
    pub fn stranger(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    /// Writes.
    pub fn write(&self, steps: Vec<Step>) -> Result<Written, EngineError> {
        now(self.engine.write(steps))
    }

    /// Reads.
    pub fn read(&self, statement: &'static Statement, args: Vec<Value>) -> Result<Vec<Row>, EngineError> {
        // What is long wants a runtime to be called in.
        now(async { self.engine.read(statement, args).await })
    }

    /// The ids in the table.
    pub fn ids(&self) -> Vec<i64> {
        let rows = self.read(probe!("SELECT id FROM probe ORDER BY id"), vec![]).unwrap();
        rows.into_iter().map(|row| row.columns().int().unwrap()).collect()
    }

    /// `n` of the row of this id.
    pub fn n(&self, id: i64) -> i64 {
        let rows = self.read(probe!("SELECT n FROM probe WHERE id = $1"), vec![id.into()]).unwrap();
        rows.into_iter().next().unwrap().columns().int().unwrap()
    }
}
