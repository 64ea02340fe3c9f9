//! A connection with its prepared statements, and what it takes to make one.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use futures_util::future::{join3, try_join_all};
use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Error, NoTls};
use tokio_postgres_rustls_improved::MakeRustlsConnect;

use super::connect_options::ConnectOptions;
use super::session::{self, Guard, KEEPS_NO_SESSION, READING, Seen, TAKES_NO_OPTIONS};
use super::{tls, value};
use crate::store::engine::{EngineError, Row, Statement, Step, Value};

/// A server that does not take a connection by then is gone.
const CONNECT: Duration = Duration::from_secs(1);

/// Where connections go.
pub(super) struct Target {
    config: Config,
    /// `None` on this machine, where nobody listens in.
    tls: Option<MakeRustlsConnect>,
    /// Whether a pooler has refused our start parameters: it is not offered them again.
    takes_no_options: AtomicBool,
}

impl Target {
    pub(super) fn new(place: &ConnectOptions) -> Result<Self, EngineError> {
        // Certificates are always checked, which is what libpq's two stricter words mean.
        let url = place.url.replace("sslmode=verify-full", "sslmode=require");
        let url = url.replace("sslmode=verify-ca", "sslmode=require");
        let mut config: Config = url.parse().map_err(|error: Error| refused(&error))?;
        if let Some(password) = &place.password {
            config.password(password);
        }
        config.ssl_mode(encryption(&config, place.authorities.is_some()));

        config
            .application_name("clientpass")
            .target_session_attrs(TargetSessionAttrs::ReadWrite)
            .connect_timeout(CONNECT)
            .tcp_user_timeout(Duration::from_secs(5))
            .keepalives_idle(Duration::from_secs(10))
            .keepalives_interval(Duration::from_secs(5))
            .keepalives_retries(2);

        let wanted = config.get_ssl_mode() != SslMode::Disable;
        let tls = wanted.then(|| tls::connector(place.authorities.as_deref())).transpose()?;
        Ok(Self { config, tls, takes_no_options: AtomicBool::new(false) })
    }

    /// A new connection to the primary. Made where it is used: its task runs on the caller's runtime.
    pub(super) async fn connect(&self) -> Result<Connection, EngineError> {
        self.begin().await?.take().await
    }

    /// A connection that cannot change anything. What it reads is found by key, whatever the key is: one plan serves
    /// them all, and the server need not make one for each.
    pub(super) async fn connect_to_read(&self) -> Result<Connection, EngineError> {
        let connection = self.connect().await?;
        // Behind a pooler each transaction says for itself that it reads: somebody who writes may be given the session
        // later, if the pooler does not clean it.
        let only_reads = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY; ";
        let only_reads = if connection.guard.is_some() { "" } else { only_reads };
        let session = format!("{only_reads}SET plan_cache_mode = force_generic_plan");
        connection.client.batch_execute(&session).await.map_err(|error| unavailable(&error))?;
        Ok(connection)
    }

    /// A connection whose session may be trusted, as far as it says. Where a pooler is in between, nothing has been set
    /// in it yet.
    pub(super) async fn begin(&self) -> Result<Begun, EngineError> {
        let mark = session::mark();
        let connection = self.offer(&mark).await?;
        let seen = Seen::of(&connection.client).await.map_err(|error| unavailable(&error))?;
        seen.check()?;
        let is_direct = seen.is_direct(&mark);
        if !is_direct && self.config.get_options().is_some() {
            return Err(loses_options());
        }
        Ok(Begun { connection, seen, is_direct })
    }

    /// Connects with our start parameters; without them where a pooler refuses them.
    async fn offer(&self, mark: &str) -> Result<Connection, EngineError> {
        if !self.takes_no_options.load(Ordering::Acquire) {
            match self.open(Some(mark)).await {
                Err(error) if session::refuses_options(&error) => {
                    self.takes_no_options.store(true, Ordering::Release);
                }
                opened => return opened.map_err(|error| unavailable(&error)),
            }
        }
        if self.config.get_options().is_some() {
            return Err(loses_options());
        }
        self.open(None).await.map_err(|error| unavailable(&error))
    }

    /// Connects, with our start parameters if there is a mark to give to the session.
    async fn open(&self, mark: Option<&str>) -> Result<Connection, Error> {
        let mut config = self.config.clone();
        if let Some(mark) = mark {
            config.options(session::start_options(mark, self.config.get_options()));
        }

        // Boxed: what it takes to connect is large, and rarely needed.
        let (client, task) = if let Some(tls) = &self.tls {
            let (client, connection) = Box::pin(config.connect(tls.clone())).await?;
            (client, tokio::spawn(async move { drop(connection.await) }))
        } else {
            let (client, connection) = Box::pin(config.connect(NoTls)).await?;
            (client, tokio::spawn(async move { drop(connection.await) }))
        };
        Ok(Connection { client, task, tls: self.tls.clone(), guard: None, prepared: Mutex::default() })
    }
}

fn loses_options() -> EngineError {
    EngineError::Unavailable(TAKES_NO_OPTIONS.into())
}

/// A connection whose session has been looked at.
pub(super) struct Begun {
    connection: Connection,
    pub(super) seen: Seen,
    /// Whether nobody is in between who could give it another session.
    pub(super) is_direct: bool,
}

impl Begun {
    pub(super) fn client(&self) -> &Client {
        &self.connection.client
    }

    /// Makes the session what a connection of ours needs; where it may be another one tomorrow, with a guard.
    pub(super) async fn take(self) -> Result<Connection, EngineError> {
        let Self { mut connection, seen, is_direct } = self;
        if !is_direct {
            let taken = session::take(&connection.client, &seen.name).await;
            taken.map_err(|error| unavailable(&error))?;
            connection.guard = Some(Guard::new(seen.name));
        }
        Ok(connection)
    }
}

/// What the address says; else none on this machine, and always to another.
fn encryption(config: &Config, has_authorities: bool) -> SslMode {
    match config.get_ssl_mode() {
        SslMode::Prefer if config.get_hosts().iter().all(is_local) && !has_authorities => SslMode::Disable,
        SslMode::Prefer => SslMode::Require,
        said => said,
    }
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
        }
    }
}

/// A connection to the database.
pub(super) struct Connection {
    client: Client,
    task: JoinHandle<()>,
    /// How it was made: a connection that stops a query is made alike.
    tls: Option<MakeRustlsConnect>,
    /// By what it makes sure of its session; `None` where that is sure.
    guard: Option<Guard>,
    /// By the text of the statement, and whether it reads for several arguments at once.
    prepared: Mutex<HashMap<(&'static str, bool), tokio_postgres::Statement>>,
}

impl Connection {
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn is_lost(&self) -> bool {
        self.client.is_closed()
    }

    /// Tells the server, over a connection of its own, to end what runs on this one.
    pub(super) fn stop(&self) -> impl Future<Output = ()> + Send + use<> {
        let (token, tls) = (self.client.cancel_token(), self.tls.clone());
        async move {
            drop(match tls {
                Some(tls) => token.cancel_query(tls).await,
                None => token.cancel_query(NoTls).await,
            });
        }
    }

    /// Prepares a statement at its first use.
    pub(super) async fn prepare(&self, statement: &Statement) -> Result<tokio_postgres::Statement, Error> {
        let sql = statement.postgres.unwrap_or(statement.sql);
        self.prepare_as((sql, false), || sql.to_owned()).await
    }

    async fn prepare_as(
        &self,
        name: (&'static str, bool),
        text: impl FnOnce() -> String,
    ) -> Result<tokio_postgres::Statement, Error> {
        let known = self.known().get(&name).cloned();
        if let Some(prepared) = known {
            return Ok(prepared);
        }
        let text = text();
        let prepared = self.in_session(READING, self.client.prepare(&text)).await?;
        self.known().insert(name, prepared.clone());
        Ok(prepared)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<(&'static str, bool), tokio_postgres::Statement>> {
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How a transaction begins over this connection.
    pub(super) fn begin(&self, begin: &'static str) -> Cow<'static, str> {
        session::begin(begin, self.guard.as_ref())
    }

    /// Does this in the session of this connection. Where a pooler is in between that takes a transaction, which is
    /// sent with it at once: whoever goes away in the middle leaves none open.
    pub(super) async fn in_session<T>(
        &self,
        begin: &'static str,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let Some(guard) = &self.guard else { return work.await };
        let _turn = guard.turn.lock().await;
        let beginning = self.begin(begin);
        let first = self.client.batch_execute(&beginning);
        let (first, worked, last) = join3(first, work, self.client.batch_execute("COMMIT")).await;
        first?;
        let worked = worked?;
        last.map(|()| worked)
    }

    /// Reads in a transaction that cannot change anything.
    pub(super) async fn read_only(&self, statement: &Statement, args: &[Value]) -> Result<Vec<Row>, Error> {
        let prepared = self.prepare(statement).await?;
        self.client.batch_execute(&self.begin(READING)).await?;
        let rows = self.rows(&prepared, args).await?;
        self.client.batch_execute("COMMIT").await.map(|()| rows)
    }

    async fn rows(&self, prepared: &tokio_postgres::Statement, args: &[Value]) -> Result<Vec<Row>, Error> {
        let found = self.client.query_raw(prepared, args).await?;
        found.map_err(Error::from).and_then(|row| async move { value::row(&row) }).try_collect().await
    }

    /// Reads for each of these arguments; gives the rows of each. Several are one statement, if it takes one argument:
    /// what it costs the server to take it up and to begin with it is paid once for all of them.
    pub(super) async fn read_each(
        &self,
        statement: &Statement,
        arguments: &[Vec<Value>],
    ) -> Result<Vec<Vec<Row>>, Error> {
        let Some((several, array)) = value::several(arguments) else {
            let prepared = self.prepare(statement).await?;
            let reads = try_join_all(arguments.iter().map(|arguments| self.rows(&prepared, arguments)));
            return self.in_session(READING, reads).await;
        };

        let text = || {
            let of_one = statement.sql.replace("$1", "asked.argument");
            format!(
                "SELECT asked.number, found.* FROM unnest($1::{array}) WITH ORDINALITY AS asked (argument, number) \
                 CROSS JOIN LATERAL ({of_one}) AS found"
            )
        };

        let prepared = self.prepare_as((statement.sql, true), text).await?;
        self.in_session(READING, self.numbered(&prepared, several, arguments.len())).await
    }

    /// Reads for all of these values at once; gives the rows of each.
    async fn numbered(
        &self,
        prepared: &tokio_postgres::Statement,
        several: Vec<&Value>,
        of: usize,
    ) -> Result<Vec<Vec<Row>>, Error> {
        let mut answers = vec![Vec::new(); of];
        let found = self.client.query_raw(prepared, [several]).await?;
        futures_util::pin_mut!(found);
        while let Some(row) = found.try_next().await? {
            let (number, row) = value::numbered(&row)?;
            if let Some(answer) = answers.get_mut(number) {
                answer.push(row);
            }
        }
        Ok(answers)
    }

    /// Runs a step; gives its rows, and how many rows it touched.
    pub(super) async fn run(
        &self,
        prepared: &tokio_postgres::Statement,
        step: &Step,
    ) -> Result<(Vec<Row>, u64), Error> {
        let answered = self.client.query_raw(prepared, &step.args).await?;
        futures_util::pin_mut!(answered);
        let mut rows = Vec::new();
        while let Some(row) = answered.try_next().await? {
            rows.push(value::row(&row)?);
        }

        let touched = if prepared.columns().is_empty() {
            answered.rows_affected().unwrap_or(0)
        } else {
            rows.len().try_into().unwrap_or(u64::MAX)
        };
        Ok((rows, touched))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Whether the connection is of no use any more.
pub(super) fn is_lost(error: &Error) -> bool {
    error.is_closed()
        || match error.code() {
            None => {
                std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
            }
            Some(code) => is_of_no_use_after(code),
        }
}

/// It is gone, or to a server that has stopped being the primary, or without its session, or its session was somebody
/// else's before, or its statements are such as a migration has made stale.
fn is_of_no_use_after(code: &SqlState) -> bool {
    let others = [
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::FEATURE_NOT_SUPPORTED,
        SqlState::DUPLICATE_PSTATEMENT,
    ];
    matches!(code.code().get(..2), Some("08" | "57")) || session::is_strange(code) || others.contains(code)
}

/// What the database said, without the values it would quote.
pub(super) fn unavailable(error: &Error) -> EngineError {
    EngineError::Unavailable(match error.as_db_error() {
        Some(told) if session::is_strange(told.code()) => KEEPS_NO_SESSION.into(),
        Some(told) => format!("{} ({})", told.message(), told.code().code()),
        None => match std::error::Error::source(error) {
            Some(why) => format!("{error}: {why}"),
            None => error.to_string(),
        },
    })
}

/// An address that cannot be used; it may hold a password, so only what is wrong is said.
fn refused(error: &Error) -> EngineError {
    let why = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    EngineError::Unavailable(format!(
        "the database address cannot be used ({why}); postgres://user@host/name is one"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_to_another_machine_is_encrypted_unless_that_was_said_to_be_unwanted() {
        let table = [
            ("postgres://u@localhost/x", false, SslMode::Disable),
            ("postgres://u@127.0.0.1/x", false, SslMode::Disable),
            ("postgres://u@[::1]/x", false, SslMode::Disable),
            ("host=/run/postgresql user=u", false, SslMode::Disable),
            ("postgres://u@localhost/x", true, SslMode::Require),
            ("postgres://u@localhost/x?sslmode=require", false, SslMode::Require),
            ("postgres://u@db.example.org/x", false, SslMode::Require),
            ("postgres://u@192.0.2.7/x", false, SslMode::Require),
            ("postgres://u@localhost,db.example.org/x", false, SslMode::Require),
            ("postgres://u@db.example.org/x?sslmode=disable", false, SslMode::Disable),
        ];

        for (url, has_authorities, expected) in table {
            assert_eq!(encryption(&url.parse().unwrap(), has_authorities), expected, "{url}");
        }
    }

    #[test]
    fn a_connection_is_given_up_where_it_is_of_no_use_any_more_and_not_for_what_was_asked_wrongly() {
        for code in ["08006", "57P01", "57014", "25006", "0A000", "26000", "42P05"] {
            assert!(is_of_no_use_after(&SqlState::from_code(code)), "{code}");
        }
        for code in ["40001", "40P01", "23505", "22012", "25P02", "0A001", "53300"] {
            assert!(!is_of_no_use_after(&SqlState::from_code(code)), "{code}");
        }
    }
}
