//! The engine behind the database URL: which it is, what lies between, and what both do and do not guarantee.

use super::facts::{Between, Durability, Product};
use super::kinds;
use crate::doctor::{Findings, Kind};

/// Judges what was seen of it.
pub(super) fn judge(database: &Durability, found: &mut Findings) {
    match database.between {
        Between::Nothing => {}
        Between::Sessions => found.find(
            &kinds::POOLER,
            "a pooler lies between clientpass and its database, and keeps one session for each connection",
            "nothing; its pool (default_pool_size in PgBouncer) has to hold the connections of all nodes",
        ),
        Between::Transactions => found.find(
            &kinds::POOLER_SHARES_SESSIONS,
            "a pooler lies between clientpass and its database, and gives each transaction another session",
            "pool_mode = session     # of PgBouncer, for this database; or storage.database_url of the server itself",
        ),
        Between::Pgpool => found.find(
            &kinds::PGPOOL,
            "Pgpool-II lies between clientpass and its database, and leaves all reads to the primary",
            "nothing, as long as load_balance_mode and memory_cache_enabled stay off",
        ),
        Between::PgpoolThatReadsElsewhere => found.find(
            &kinds::PGPOOL_READS_ELSEWHERE,
            "Pgpool-II lies between clientpass and its database, and answers reads from standbys or from memory",
            "load_balance_mode = off, memory_cache_enabled = off     # of Pgpool-II; or storage.database_url of the primary \
             itself",
        ),
    }

    let untried = "storage.database_url of a PostgreSQL     # the engine that clientpass is tried on";
    match &database.product {
        Product::PostgreSql => durable(database, found),
        Product::CockroachDb => {
            found.find(&kinds::ENGINE_COCKROACHDB, "the data are in CockroachDB", untried);
        }
        Product::YugabyteDb => {
            found.find(&kinds::ENGINE_YUGABYTEDB, "the data are in YugabyteDB", untried);
        }
        Product::Other(name) => {
            let what =
                format!("the data are in something that speaks like PostgreSQL and calls itself {name:?}");
            found.find(&kinds::ENGINE_UNKNOWN, &what, untried);
        }
    }
}

/// Whether PostgreSQL keeps what it has acknowledged.
fn durable(database: &Durability, found: &mut Findings) {
    let off: Vec<&str> = [("fsync", &database.fsync), ("full_page_writes", &database.full_page_writes)]
        .into_iter()
        .filter_map(|(name, value)| (value == "off").then_some(name))
        .collect();
    for name in &off {
        found.find(
            &kinds::DATABASE_NOT_DURABLE,
            &format!("PostgreSQL has {name} = off"),
            &format!("{name} = on"),
        );
    }

    let standbys = !database.synchronous_standbys.trim().is_empty();
    // Less than `on` a connection of ours never has, whatever the role is set to.
    if database.synchronous_commit == "remote_write" && standbys {
        found.find(
            &kinds::DATABASE_IN_MEMORY,
            "PostgreSQL has synchronous_commit = remote_write for this role",
            "ALTER ROLE clientpass SET synchronous_commit = on;",
        );
    }

    if !standbys && database.following > 0 {
        found.find(
            &kinds::DATABASE_STANDBY_ASYNCHRONOUS,
            "PostgreSQL has standbys, and none is synchronous",
            "synchronous_standby_names = 'ANY 1 (*)'",
        );
    }

    postgres(database, (!off.is_empty(), standbys), found);
}

/// Says what PostgreSQL, set so, does and does not guarantee.
fn postgres(database: &Durability, (forgets, standbys): (bool, bool), found: &mut Findings) {
    let Durability {
        version,
        fsync,
        full_page_writes,
        synchronous_commit,
        synchronous_standbys,
        following,
        ..
    } = database;
    let what = format!(
        "the data are in PostgreSQL {version}: fsync = {fsync}, full_page_writes = {full_page_writes}, \
         synchronous_commit = {synchronous_commit}, synchronous_standby_names = '{synchronous_standbys}', standbys that \
         follow: {following}"
    );

    let (kind, change): (&'static Kind, _) = match (forgets, standbys) {
        (true, _) => (&kinds::ENGINE_FORGETS, "fsync = on, full_page_writes = on"),
        (_, true) => (&kinds::ENGINE_SYNCHRONOUS, "nothing; fail over to a synchronous standby only"),
        _ => (
            &kinds::ENGINE_ALONE,
            "synchronous_standby_names = 'ANY 1 (*)'     # where a failover may lose nothing",
        ),
    };
    found.find(kind, &what, change);
}
