//! A connection to the file, and values on their way to it and back.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode, OpenFlags};

use crate::store::engine::{EngineError, Row, Value};

/// Pages that a connection keeps, in KiB. No part of the file is mapped into memory: SQLite gives the whole mapping up
/// with each snapshot that it renews, and to map it again costs more than to read.
pub(super) const CACHE: i64 = 8_192;
/// The same for what reads much once.
pub(super) const LONG_CACHE: i64 = 2_048;
/// Prepared statements kept per connection; there are fewer than this.
const STATEMENTS: usize = 256;

pub(super) fn connect(path: &Path, flags: OpenFlags, cache: i64) -> Result<Connection, EngineError> {
    let connection =
        Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(unavailable)?;

    // Without it the cache prepares every join anew at every call.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(unavailable)?;
    connection.pragma_update(None, "cache_size", -cache).map_err(unavailable)?;
    connection.busy_timeout(std::time::Duration::from_secs(5)).map_err(unavailable)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

#[allow(clippy::needless_pass_by_value, reason = "an adapter for map_err")]
pub fn unavailable(error: rusqlite::Error) -> EngineError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            EngineError::Unreadable(format!("{error}; put a backup back: clientpass restore FILE"))
        }
        _ => EngineError::Unavailable(error.to_string()),
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(int) => ValueRef::Integer(*int),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Now(_) => {
                return Err(rusqlite::Error::ToSqlConversionFailure(
                    "only a step of a write has a now".into(),
                ));
            }
        }))
    }
}

fn value_of(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(int) => Value::Int(int),
        // No column holds reals; one that does is unreadable to whoever takes it.
        ValueRef::Real(real) => Value::Text(real.to_string()),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}

pub(super) fn rows_of(statement: &mut CachedStatement<'_>, args: &[Value]) -> rusqlite::Result<Vec<Row>> {
    let columns = statement.column_count();
    let mut found = statement.query(rusqlite::params_from_iter(args))?;
    let mut rows = Vec::new();

    while let Some(row) = found.next()? {
        let mut values = Vec::with_capacity(columns);
        for at in 0..columns {
            values.push(value_of(row.get_ref(at)?));
        }
        rows.push(Row(values));
    }
    Ok(rows)
}
