//! A lane: the connection over which a thread reads what checks need, so that nothing of a check crosses threads.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex, oneshot};
use tokio::task::JoinHandle;

use super::connection::{self, Connection, Target};
use crate::store::engine::{EngineError, Row, Statement, Value};

/// A point read that is not answered by then counts as "cannot answer", and its connection as gone. Sooner than whoever
/// asks gives up: or nobody would give up a connection that says nothing any more.
pub(super) const POINT: Duration = Duration::from_millis(800);
/// Making a connection to read over takes at most so long, on the way through a list of hosts included.
const CONNECTING: Duration = Duration::from_secs(4);

type Read = Result<Vec<Row>, EngineError>;
/// The text of a statement, and its arguments.
type Question = (&'static str, Vec<Value>);

/// The connection of a thread.
pub(super) struct Lane {
    target: Arc<Target>,
    state: Mutex<State>,
    /// What has been asked and not been sent yet, and who waits for it.
    asked: std::sync::Mutex<HashMap<Question, Vec<oneshot::Sender<Read>>>>,
}

#[derive(Default)]
enum State {
    #[default]
    None,
    /// Being made, on its own: it may take longer than one asker waits.
    Connecting(JoinHandle<Result<Arc<Connection>, EngineError>>),
    Open(Arc<Connection>),
}

fn late() -> EngineError {
    EngineError::Unavailable("it has not answered in time".into())
}

impl Lane {
    pub(super) fn new(target: Arc<Target>) -> Arc<Self> {
        Arc::new(Self { target, state: Mutex::default(), asked: std::sync::Mutex::default() })
    }

    /// Reads, once for all who ask the same until it is sent. It is sent when what is ready to run now has run: a
    /// mail server that is asked by many mail clients at once shows the same key many times.
    pub(super) async fn read(
        self: Arc<Self>,
        statement: &'static Statement,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, EngineError> {
        let (answer, answered) = oneshot::channel();
        let question = (statement.sql, args);
        let others = {
            let mut asked = self.asked();
            let waiting = asked.entry(question.clone()).or_default();
            waiting.push(answer);
            waiting.len() > 1
        };
        if !others {
            tokio::spawn(async move {
                let waiting = self.asked().remove(&question).unwrap_or_default();
                let read = self.point(statement, &question.1).await;
                for answer in waiting {
                    // Who has gone needs no answer.
                    drop(answer.send(read.clone()));
                }
            });
        }
        answered.await.map_err(|_| late())?
    }

    fn asked(&self) -> std::sync::MutexGuard<'_, HashMap<Question, Vec<oneshot::Sender<Read>>>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn point(&self, statement: &'static Statement, args: &[Value]) -> Read {
        let had = self.open();
        let read = async {
            let connection = self.connection().await?;
            let answered = match connection.read(statement, args).await {
                // It had been lost before, and nobody noticed: once more on a new one.
                Err(error) if connection::is_lost(&error) => {
                    self.give_up(&connection).await;
                    self.connection().await?.read(statement, args).await
                }
                answered => answered,
            };
            answered.map_err(|error| connection::unavailable(&error))
        };
        if let Ok(answered) = tokio::time::timeout(POINT, read).await {
            return answered;
        }
        self.forget(had.as_ref());
        Err(late())
    }

    async fn connection(&self) -> Result<Arc<Connection>, EngineError> {
        let mut state = self.state.lock().await;
        if let State::Connecting(work) = &mut *state
            && work.is_finished()
        {
            // What came of it while nobody waited; that it failed then says nothing of now.
            *state = work.await.ok().and_then(Result::ok).map_or(State::None, State::Open);
        }
        match &*state {
            State::Open(connection) if !connection.is_lost() => return Ok(Arc::clone(connection)),
            State::Connecting(_) => {}
            State::Open(_) | State::None => {
                *state = State::Connecting(tokio::spawn(connect(Arc::clone(&self.target))));
            }
        }
        let State::Connecting(work) = &mut *state else { return Err(late()) };
        let made = work.await.unwrap_or_else(|error| Err(EngineError::Unavailable(error.to_string())));
        *state = made.as_ref().map_or(State::None, |made| State::Open(Arc::clone(made)));
        made
    }

    async fn give_up(&self, connection: &Arc<Connection>) {
        self.state.lock().await.give_up(connection);
    }

    /// The connection that is there, unless a new one is being made.
    fn open(&self) -> Option<Arc<Connection>> {
        match &*self.state.try_lock().ok()? {
            State::Open(connection) => Some(Arc::clone(connection)),
            State::None | State::Connecting(_) => None,
        }
    }

    /// Gives up the connection that has not answered; one that came meanwhile had less time to.
    fn forget(&self, silent: Option<&Arc<Connection>>) {
        if let (Some(silent), Ok(mut state)) = (silent, self.state.try_lock()) {
            state.give_up(silent);
        }
    }
}

impl State {
    fn give_up(&mut self, connection: &Arc<Connection>) {
        if matches!(self, Self::Open(open) if Arc::ptr_eq(open, connection)) {
            *self = Self::None;
        }
    }
}

async fn connect(target: Arc<Target>) -> Result<Arc<Connection>, EngineError> {
    let made = tokio::time::timeout(CONNECTING, target.connect_to_read()).await.map_err(|_| late())?;
    made.map(Arc::new).map_err(|error| connection::unavailable(&error))
}
