//! A SQLite engine on a file of its own, with a table to try things on.

use std::future::Future;
use std::path::PathBuf;

use clientpass::store::engine::{Engine as _, EngineError, Row, Statement, Step, Value, Written};
use clientpass::store::sqlite::Sqlite;
use rusqlite::Connection;
use tempfile::TempDir;

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
            reach: clientpass::store::engine::Reach::$reach,
        };
        &STATEMENT
    }};
}

/// Waits for a future on this thread.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// A step that may touch any number of rows.
pub fn any(statement: &'static Statement, args: &[i64]) -> Step {
    Step { statement, args: args.iter().copied().map(Value::from).collect(), exactly_one: false }
}

/// A step that must touch exactly one row.
pub fn one(statement: &'static Statement, args: &[i64]) -> Step {
    Step { exactly_one: true, ..any(statement, args) }
}

/// Adds a row of the probe.
pub fn add(id: i64, n: i64) -> Step {
    any(probe!("INSERT INTO probe (id, n) VALUES ($1, $2)"), &[id, n])
}

/// An engine on a file of its own.
pub struct Db {
    /// The engine.
    pub engine: Sqlite,
    folder: TempDir,
}

impl Db {
    /// With the table `probe (id, n)`, empty.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = Sqlite::open(&folder.path().join("data.sqlite"), 4).unwrap();
        let db = Self { engine, folder };
        let make = probe!("CREATE TABLE probe (id INTEGER PRIMARY KEY, n INTEGER NOT NULL) STRICT");
        assert!(matches!(db.write(vec![any(make, &[])]), Ok(Written::Done(_))));
        db
    }

    /// Closed and opened again.
    pub fn reopened(self) -> Self {
        let Self { engine, folder } = self;
        drop(engine);
        let engine = Sqlite::open(&folder.path().join("data.sqlite"), 4).unwrap();
        Self { engine, folder }
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("data.sqlite")
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
