//! Statements of `sql/query` by name, and their arguments.

use super::engine::writes::Writes;
use super::engine::{Reach, Statement, Value};

/// The time at which the engine runs the write.
pub(super) const NOW: Value = Value::Now(0);

/// A statement that ends client passwords. It becomes a step only together with its notices.
#[derive(Debug)]
pub struct Ending(pub(super) Statement);

impl Ending {
    pub(super) const fn new(name: &'static str, sql: &'static str) -> Self {
        Self(Statement { name, sql, postgres: None, reach: Reach::Long, writes: Writes::of(sql) })
    }
}

/// A statement of `sql/query`: `point!` reads by key, `long!` may read many rows, `list!` the same for whoever calls,
/// `note!` changes, of a table that checks read, only columns that none reads.
macro_rules! statement {
    ($name:literal, $reach:ident) => {{
        const SQL: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/query/", $name, ".sql"));
        const STATEMENT: $crate::store::engine::Statement = $crate::store::engine::Statement {
            name: $name,
            sql: SQL,
            postgres: None,
            reach: $crate::store::engine::Reach::$reach,
            writes: $crate::store::engine::writes::Writes::of(SQL),
        };
        &STATEMENT
    }};
}

macro_rules! point {
    ($name:literal) => {
        $crate::store::statements::statement!($name, Point)
    };
}

macro_rules! long {
    ($name:literal) => {
        $crate::store::statements::statement!($name, Long)
    };
}

macro_rules! list {
    ($name:literal) => {
        $crate::store::statements::statement!($name, List)
    };
}

macro_rules! note {
    ($name:literal) => {{
        const NOTE: $crate::store::engine::Statement = $crate::store::engine::Statement {
            writes: $crate::store::engine::writes::Writes::Nothing,
            ..*$crate::store::statements::statement!($name, Point)
        };
        &NOTE
    }};
}

/// A statement of `sql/query` that locks what it reads; SQLite has one writer and needs no lock, on PostgreSQL it is
/// the text of `.postgres.sql`.
macro_rules! locking {
    ($name:literal) => {{
        const LOCKING: $crate::store::engine::Statement = $crate::store::engine::Statement {
            postgres: Some(include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/sql/query/",
                $name,
                ".postgres.sql"
            ))),
            ..*$crate::store::statements::statement!($name, Point)
        };
        &LOCKING
    }};
}

/// A statement of `sql/query` that ends client passwords.
macro_rules! ending {
    ($name:literal) => {{
        const STATEMENT: $crate::store::statements::Ending = $crate::store::statements::Ending::new(
            $name,
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/query/", $name, ".sql")),
        );
        &STATEMENT
    }};
}

/// The arguments of a statement, each turned into a value.
macro_rules! args {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::store::engine::Value::from($value)),*]
    };
}

pub(super) use {args, ending, list, locking, long, note, point, statement};
