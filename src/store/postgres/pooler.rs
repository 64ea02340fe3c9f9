//! What lies between us and the server is looked at when the service starts: a pooler that gives each transaction
//! another session is refused, with what to change, and one that reads from elsewhere than the primary.

use std::time::Duration;

use tokio_postgres::{Client, Error, SimpleQueryMessage};

use super::batched_reader::POINT;
use super::connection::{Begun, Target};
use super::session::KEEPS_NO_SESSION;
use super::{connection, session};
use crate::store::engine::EngineError;

/// A second session is waited for so long.
const SECOND: Duration = Duration::from_secs(4);

const TOO_SMALL: &str = "the pooler in between has given no second session within 4 s: make its pool large enough for \
    all connections of all nodes, default_pool_size in PgBouncer";

const READS_ELSEWHERE: &str = "the Pgpool-II in between answers reads from standbys or from memory, which do not know yet \
    what has ended: set load_balance_mode = off and memory_cache_enabled = off in it, or name the primary itself in \
    storage.database_url";

/// Refuses what lies between, if something does, where a check could be answered by what was.
pub(super) async fn refuse(target: &Target, first: &Begun) -> Result<(), EngineError> {
    if pgpool(first.client()).await == Some(true) {
        return Err(EngineError::Unavailable(READS_ELSEWHERE.into()));
    }
    if first.is_direct { Ok(()) } else { refuse_shared(target, first).await }
}

/// Refuses a pooler that does not keep one session for each connection. Nothing else is tried out on its sessions
/// before: they may be those of other programs, too.
///
/// A pooler that gives out the session which has been idle longest gives the first client others than before, if there
/// are others; one that gives out the last gives the second client that of the first. So if the first has not what it has
/// prepared, or the second has it, sessions are shared. Where others use the pooler at that moment it may look right by
/// chance; then [`session`] refuses each transaction that is in the wrong one.
pub(super) async fn refuse_shared(target: &Target, first: &Begun) -> Result<(), EngineError> {
    // One that pools statements refuses transactions.
    let said = |error: Error| match error.as_db_error() {
        Some(told) => EngineError::Unavailable(format!("{KEEPS_NO_SESSION} ({})", told.message())),
        None => connection::unavailable(&error),
    };
    let name = format!("{}_first", first.seen.name);
    first.client().batch_execute(&format!("PREPARE {name} AS SELECT 1")).await.map_err(said)?;

    let compared = async {
        let second = target.begin().await?;
        for _ in 0..2 {
            if !has(first.client(), &name).await.map_err(said)? {
                return Ok(false);
            }
        }
        // From here to its end it keeps one, whatever the pooler does.
        second.client().batch_execute(session::READING).await.map_err(said)?;
        let second_has = has(second.client(), &name).await.map_err(said)?;
        let first_has = has(first.client(), &name).await.map_err(said)?;
        second.client().batch_execute("ROLLBACK").await.map_err(said)?;
        Ok(first_has && !second_has)
    };
    let compared = tokio::time::timeout(SECOND, compared).await;
    let keeps = compared.map_err(|_| EngineError::Unavailable(TOO_SMALL.into()))??;

    // What was tried out is taken back where it is; where sessions are shared, it may be elsewhere.
    drop(first.client().batch_execute(&format!("DEALLOCATE {name}")).await);
    if keeps { Ok(()) } else { Err(EngineError::Unavailable(KEEPS_NO_SESSION.into())) }
}

/// Whether this was prepared in the session that the client is given now.
async fn has(client: &Client, name: &str) -> Result<bool, Error> {
    let asked = format!("SELECT 1 FROM pg_prepared_statements WHERE name = '{name}'");
    let answers = client.simple_query(&asked).await?;
    Ok(answers.iter().any(|answer| matches!(answer, SimpleQueryMessage::Row(_))))
}

/// Whether Pgpool-II, if it is between, answers reads from elsewhere than the primary. What is asked of it is an error to
/// anybody else.
pub(super) async fn pgpool(client: &Client) -> Option<bool> {
    shown(client, "SHOW pool_version").await?;

    for elsewhere in ["PGPOOL SHOW load_balance_mode", "PGPOOL SHOW memory_cache_enabled"] {
        if shown(client, elsewhere).await.as_deref() != Some("off") {
            return Some(true);
        }
    }
    Some(false)
}

/// What a statement shows; nothing where it is an error or is not answered in time.
async fn shown(client: &Client, sql: &str) -> Option<String> {
    let answers = tokio::time::timeout(POINT, client.simple_query(sql)).await.ok()?.ok()?;
    answers.iter().find_map(|answer| match answer {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    })
}
