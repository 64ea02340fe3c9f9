//! Brings a database to the schema of this program: numbered files of `sql/schema`, each applied once.

use rusqlite::Connection;

use crate::store::engine::EngineError;

const SQLITE: &[(i64, &str)] = &[(1, include_str!("../../sql/schema/sqlite/0001_main_job.sql"))];

/// Applies to a SQLite database what is missing, all or nothing; refuses one that a newer program has made.
pub fn sqlite(connection: &Connection) -> Result<(), EngineError> {
    let applied = apply(connection);
    if applied.is_err() && !connection.is_autocommit() {
        drop(connection.execute_batch("ROLLBACK"));
    }
    applied
}

fn apply(connection: &Connection) -> Result<(), EngineError> {
    let failed = |error: rusqlite::Error| EngineError::Unavailable(error.to_string());
    connection
        .execute_batch(
            "BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY) STRICT;",
        )
        .map_err(failed)?;
    let found: i64 = connection
        .query_row("SELECT coalesce(max(version), 0) FROM schema_migrations", [], |row| row.get(0))
        .map_err(failed)?;
    let newest = SQLITE.iter().map(|(version, _)| *version).max().unwrap_or(0);
    if found > newest {
        return Err(EngineError::Unreadable(format!(
            "its schema is version {found}, this program knows {newest}: start the newer clientpass"
        )));
    }
    for (version, text) in SQLITE.iter().filter(|(version, _)| *version > found) {
        connection.execute_batch(text).map_err(failed)?;
        connection
            .execute("INSERT INTO schema_migrations (version) VALUES (?1)", [version])
            .map_err(failed)?;
    }
    connection.execute_batch("COMMIT").map_err(failed)
}
