//! What a server says of itself: which engine it is, what it is set to as far as that decides whether something
//! acknowledged is kept, and what lies between.

use tokio_postgres::{Client, SimpleQueryMessage};

use super::batched_reader::POINT;
use super::examined::{Examined, Pooler};
use super::session::KEEPS_NO_SESSION;
use super::{ConnectOptions, Postgres, Target, connection, pooler};
use crate::store::engine::EngineError;

/// Other engines that speak the protocol do not have all of it.
const SETTINGS: &str = "\
SELECT name, setting FROM pg_settings
WHERE name IN ('server_version', 'fsync', 'full_page_writes', 'synchronous_commit', 'synchronous_standby_names')
UNION ALL SELECT 'following', count(*)::text FROM pg_stat_replication";

impl Postgres {
    /// Asks the server.
    pub async fn examine(place: &ConnectOptions) -> Result<Examined, EngineError> {
        let target = Target::new(place)?;
        let first = target.begin().await?;
        let pooler = if let Some(reads_elsewhere) = pooler::pgpool(first.client()).await {
            Pooler::Pgpool { reads_elsewhere }
        } else if first.is_direct {
            Pooler::None
        } else {
            match pooler::refuse_shared(&target, &first).await {
                Ok(()) => Pooler::KeepsSessions,
                Err(EngineError::Unavailable(why)) if why.starts_with(KEEPS_NO_SESSION) => {
                    Pooler::SharesSessions
                }
                Err(other) => return Err(other),
            }
        };

        let version = asked(first.client(), "SELECT 'version', version()").await?;
        // What it does not know it does not have.
        let settings = asked(first.client(), SETTINGS).await.unwrap_or_default();
        let version = version.into_iter().next().map(|(_, version)| version).unwrap_or_default();
        Ok(Examined { version, pooler, settings })
    }
}

/// The rows of a statement of two columns.
async fn asked(client: &Client, sql: &str) -> Result<Vec<(String, String)>, EngineError> {
    let late = |_| EngineError::Unavailable("it has not answered in time".into());
    let answers = tokio::time::timeout(POINT, client.simple_query(sql)).await.map_err(late)?;
    let answers = answers.map_err(|error| connection::unavailable(&error))?;

    let pair = |answer: SimpleQueryMessage| match answer {
        SimpleQueryMessage::Row(row) => Some((row.get(0)?.to_owned(), row.get(1)?.to_owned())),
        _ => None,
    };
    Ok(answers.into_iter().filter_map(pair).collect())
}
