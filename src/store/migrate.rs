//! Brings a database to the schema of this program: numbered files of `sql/schema`, each applied once.

use rusqlite::Connection;
use tokio_postgres::Client;

use crate::store::engine::EngineError;

/// A version, and its text for each engine.
struct Migration {
    version: i64,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migration {
    ($version:literal, $name:literal) => {
        Migration {
            version: $version,
            sqlite: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/schema/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/sql/schema/postgres/",
                $name,
                ".sql"
            )),
        }
    };
}

const ALL: &[Migration] = &[
    migration!(1, "0001_main_job"),
    migration!(2, "0002_idempotency"),
    migration!(3, "0003_pepper_ids"),
    migration!(4, "0004_outbox"),
    migration!(5, "0005_used_steps"),
    migration!(6, "0006_home_networks"),
    migration!(7, "0007_known_places"),
    migration!(8, "0008_commits_by_use"),
    migration!(9, "0009_notices"),
    migration!(10, "0010_uses"),
    migration!(11, "0011_lease"),
    migration!(12, "0012_ends_at"),
    migration!(13, "0013_made"),
    migration!(14, "0014_session_clients"),
    migration!(15, "0015_invitations"),
    migration!(16, "0016_client_setup_links"),
    migration!(17, "0017_moved"),
    migration!(18, "0018_passkeys"),
    migration!(19, "0019_departments"),
    migration!(20, "0020_ownership"),
    migration!(21, "0021_policies"),
    migration!(22, "0022_settling"),
    migration!(23, "0023_revocation_jobs"),
    migration!(24, "0024_lists"),
    migration!(25, "0025_leaks"),
    migration!(26, "0026_warnings"),
    migration!(27, "0027_log_ins"),
    migration!(28, "0028_outbox_age"),
];

const FOUND: &str = "SELECT coalesce(max(version), 0) FROM schema_migrations";

/// What is missing in a database of this version; refuses one that a newer program has made.
fn missing(found: i64) -> Result<impl Iterator<Item = &'static Migration>, EngineError> {
    let newest = ALL.iter().map(|migration| migration.version).max().unwrap_or(0);
    if found > newest {
        return Err(EngineError::Unreadable(format!(
            "its schema is version {found}, this program knows {newest}: start the newer clientpass"
        )));
    }
    Ok(ALL.iter().filter(move |migration| migration.version > found))
}

/// Applies to a SQLite database what is missing, all or nothing.
pub fn sqlite(connection: &Connection) -> Result<(), EngineError> {
    let applied = apply(connection);
    if applied.is_err() && !connection.is_autocommit() {
        drop(connection.execute_batch("ROLLBACK"));
    }
    applied
}

fn apply(connection: &Connection) -> Result<(), EngineError> {
    let failed = super::sqlite::connection::unavailable;
    connection
        .execute_batch(
            "BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY) STRICT;",
        )
        .map_err(failed)?;

    let found = connection.query_row(FOUND, [], |row| row.get(0)).map_err(failed)?;
    for migration in missing(found)? {
        connection.execute_batch(migration.sqlite).map_err(failed)?;
        connection
            .execute("INSERT INTO schema_migrations (version) VALUES (?1)", [migration.version])
            .map_err(failed)?;
    }

    connection.execute_batch("COMMIT").map_err(failed)
}

/// Two nodes that start at once migrate one after the other; any number that nothing else takes.
const LOCK: &str = "BEGIN; SELECT pg_advisory_xact_lock(7164310421); \
                    CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT PRIMARY KEY);";

/// Applies to a PostgreSQL database what is missing, all or nothing. A connection that fails is not used again.
pub async fn postgres(client: &Client) -> Result<(), EngineError> {
    let failed = |error: tokio_postgres::Error| {
        let told = error.as_db_error().map(|told| told.message().to_owned());
        EngineError::Unavailable(told.unwrap_or_else(|| error.to_string()))
    };

    let encoding = client.query_one("SHOW server_encoding", &[]).await.map_err(failed)?;
    if encoding.get::<_, &str>(0) != "UTF8" {
        return Err(EngineError::Unreadable(
            "its encoding is not UTF8: make one with ENCODING 'UTF8'".into(),
        ));
    }

    client.batch_execute(LOCK).await.map_err(failed)?;
    let found = client.query_one(FOUND, &[]).await.map_err(failed)?;
    for migration in missing(found.get(0))? {
        client.batch_execute(migration.postgres).await.map_err(failed)?;
        let insert = "INSERT INTO schema_migrations (version) VALUES ($1)";
        client.execute(insert, &[&migration.version]).await.map_err(failed)?;
    }

    client.batch_execute("COMMIT").await.map_err(failed)
}
