//! A session of the server: what it is given when it begins, what it has to be before anything is trusted to it, and
//! how a transaction makes sure that it runs in it.
//!
//! ```text
//!   the server itself   our start parameters have reached the session, which is the connection's while it lives
//!   a pooler between    it has refused them or dropped them: settings go by SET, and each transaction begins by
//!                       running what only this session has prepared, so that the server refuses it in any other
//! ```
//!
//! What is prepared, and what is set, is of a session. In another one a statement of the same name may be somebody
//! else's, and a read may be that of a standby: nothing may ever run there.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, SimpleQueryMessage};

use crate::store::engine::EngineError;

/// The server gives up what its client has left in the middle, or waits for so long.
const SETTINGS: [(&str, &str); 4] = [
    ("statement_timeout", "60s"),
    ("idle_in_transaction_session_timeout", "10s"),
    ("default_transaction_isolation", "read committed"),
    ("client_min_messages", "warning"),
];

/// Acknowledged means on disk, whatever the role or the database was set to.
const FLUSHED: &str = "SELECT set_config('synchronous_commit', 'on', false) \
                       WHERE current_setting('synchronous_commit') IN ('off', 'local')";
const LOOK: &str = "SELECT current_setting('clientpass.connection', true), pg_backend_pid(), \
                    (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT, pg_is_in_recovery(), \
                    current_setting('synchronous_commit')";

/// How a transaction that may write begins, whatever the session was set to.
pub(super) const WRITING: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
/// The same, of one that reads.
pub(super) const READING: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY";

/// What to do about a pooler that keeps no session.
pub(super) const KEEPS_NO_SESSION: &str = "the pooler in between gives each transaction another session: set \
    pool_mode = session for this database in PgBouncer, or name the server itself in storage.database_url";
/// What to do about start parameters that do not get through.
pub(super) const TAKES_NO_OPTIONS: &str = "a pooler in between passes no start parameters on: take `options` out of \
    storage.database_url, and say the same by ALTER ROLE … SET";

/// A name for a connection that this process makes.
pub(super) fn mark() -> String {
    static MADE: AtomicU64 = AtomicU64::new(0);
    format!("{}.{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed))
}

/// The start parameters of a session that is begun for this connection; those of the address win.
pub(super) fn start_options(mark: &str, own: Option<&str>) -> String {
    let settings = SETTINGS.map(|(name, value)| format!("-c {name}={}", value.replace(' ', "\\ ")));
    let ours = format!("{} -c clientpass.connection={mark}", settings.join(" "));
    own.map_or(ours.clone(), |own| format!("{ours} {own}"))
}

/// Whether a pooler has refused the connection because of its start parameters.
pub(super) fn refuses_options(error: &Error) -> bool {
    let told = error.as_db_error().filter(|told| *told.code() == SqlState::PROTOCOL_VIOLATION);
    told.is_some_and(|told| told.message().contains("startup parameter"))
}

/// Whether a transaction found itself in a session that is not its connection's.
pub(super) fn is_strange(code: &SqlState) -> bool {
    *code == SqlState::INVALID_SQL_STATEMENT_NAME
}

/// What a session said of itself when it began.
pub(super) struct Seen {
    /// The connection that it was begun for, if the server has heard of it.
    mark: String,
    /// A name that nothing else on this server has.
    pub(super) name: String,
    is_standby: bool,
    synchronous_commit: String,
}

impl Seen {
    pub(super) async fn of(client: &Client) -> Result<Self, Error> {
        let answers = client.simple_query(&format!("{FLUSHED}; {LOOK}")).await?;
        let row = answers.iter().rev().find_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let column = |at: usize| row.and_then(|row| row.try_get(at).ok().flatten()).unwrap_or_default();

        Ok(Self {
            mark: column(0).to_owned(),
            name: format!("clientpass_{}_{}", column(1), column(2)),
            is_standby: column(3) != "f",
            synchronous_commit: column(4).to_owned(),
        })
    }

    /// Whether the session is that of the connection with this mark, with nobody between who could give it another.
    pub(super) fn is_direct(&self, mark: &str) -> bool {
        self.mark == mark
    }

    /// Refuses what nothing may be trusted to.
    pub(super) fn check(&self) -> Result<(), EngineError> {
        if self.is_standby {
            return Err(EngineError::Unavailable(
                "it is a standby, which may not know yet what has ended: name the primary".into(),
            ));
        }
        if !["on", "remote_write", "remote_apply"].contains(&&*self.synchronous_commit) {
            return Err(EngineError::Unavailable(format!(
                "synchronous_commit is {} and cannot be raised: what is acknowledged would be lost in a crash",
                self.synchronous_commit
            )));
        }
        Ok(())
    }
}

/// Sets, in a session behind a pooler, what its start would have set, and prepares what only this session has.
pub(super) async fn take(client: &Client, name: &str) -> Result<(), Error> {
    let settings = SETTINGS.map(|(setting, value)| format!("SET {setting} = '{value}'; "));
    client.batch_execute(&format!("{}PREPARE {name} AS {FLUSHED}", settings.concat())).await
}

/// By what a connection behind a pooler makes sure of its session.
pub(super) struct Guard {
    /// What only this session has prepared. It also puts right whether a commit waits for the disk.
    name: String,
    /// Transactions of several who use the connection at the same time are not mixed up.
    pub(super) turn: Mutex<()>,
}

impl Guard {
    pub(super) fn new(name: String) -> Self {
        Self { name, turn: Mutex::default() }
    }
}

/// How a transaction begins that must run in the session of this guard, if there is one.
pub(super) fn begin(begin: &'static str, guard: Option<&Guard>) -> Cow<'static, str> {
    guard.map_or(begin.into(), |guard| format!("{begin}; EXECUTE {}", guard.name).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(is_standby: bool, synchronous_commit: &str) -> Result<(), EngineError> {
        let synchronous_commit = synchronous_commit.to_owned();
        Seen { mark: String::new(), name: String::new(), is_standby, synchronous_commit }.check()
    }

    #[test]
    fn nothing_is_trusted_to_a_standby_or_to_what_does_not_wait_for_the_disk() {
        for enough in ["on", "remote_write", "remote_apply"] {
            assert_eq!(seen(false, enough), Ok(()), "{enough}");
            assert!(seen(true, enough).is_err_and(|why| why.to_string().contains("primary")), "{enough}");
        }
        for less in ["off", "local", ""] {
            assert!(seen(false, less).is_err_and(|why| why.to_string().contains("synchronous_commit")));
        }
    }

    #[test]
    fn every_connection_has_a_mark_of_its_own_and_the_address_has_the_last_word() {
        assert_ne!(mark(), mark());
        let options = start_options("1.2", Some("-c statement_timeout=9s"));
        assert!(options.ends_with("-c clientpass.connection=1.2 -c statement_timeout=9s"), "{options}");
        assert!(options.contains("isolation=read\\ committed "), "{options}");
    }

    #[test]
    fn a_transaction_behind_a_pooler_begins_by_what_only_its_session_has_prepared() {
        assert_eq!(begin(READING, None), READING);
        let guard = Guard::new("clientpass_7_8".into());
        assert_eq!(begin(WRITING, Some(&guard)), format!("{WRITING}; EXECUTE clientpass_7_8"));
    }
}
