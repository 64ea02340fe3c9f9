//! What a PostgreSQL server is set to, as far as it decides whether something acknowledged is kept.

use super::batched_reader::POINT;
use super::{ConnectOptions, Postgres, Target, connection};
use crate::store::engine::EngineError;

const SETTINGS: &str = "\
SELECT name, setting FROM pg_settings
WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'synchronous_standby_names')
UNION ALL SELECT 'following', count(*)::text FROM pg_stat_replication";

impl Postgres {
    /// Settings by name, as they are for a connection of ours, and under `following` how many standbys there are.
    pub async fn settings(place: &ConnectOptions) -> Result<Vec<(String, String)>, EngineError> {
        let connection = Target::new(place)?.connect_to_read().await;
        let connection = connection.map_err(|error| connection::unavailable(&error))?;
        let late = |_| EngineError::Unavailable("it has not answered in time".into());

        let asked =
            tokio::time::timeout(POINT, connection.client().query(SETTINGS, &[])).await.map_err(late)?;
        let read = |row: tokio_postgres::Row| Ok((row.try_get(0)?, row.try_get(1)?));
        let read = asked.and_then(|rows| rows.into_iter().map(read).collect());
        read.map_err(|error| connection::unavailable(&error))
    }
}
