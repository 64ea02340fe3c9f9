//! A reader: the connection over which a thread reads what checks need, so that nothing of a check crosses threads.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::{Mutex, oneshot};
use tokio::task::JoinHandle;

use super::connection::{self, Connection, Target};
use crate::store::engine::waits::{Path, Waits};
use crate::store::engine::{EngineError, Row, Statement, Value};

/// A point read that is not answered by then counts as "cannot answer", and its connection as gone. Sooner than the
/// caller gives up: or nobody would give up a connection that says nothing any more.
pub(super) const POINT: Duration = Duration::from_millis(800);
/// Making a connection to read over takes at most so long, on the way through a list of hosts included.
const CONNECTING: Duration = Duration::from_secs(4);

/// Most reads that are sent as one.
const TOGETHER: usize = 64;

type Read = Result<Vec<Row>, EngineError>;
/// What is to be read by a statement: its arguments, and who waits for the answer to them.
type Questions = HashMap<Vec<Value>, Vec<oneshot::Sender<Read>>>;

/// The connection of a thread.
pub(super) struct BatchedReader {
    target: Arc<Target>,
    waits: Arc<Waits>,
    state: Mutex<State>,
    /// What has been requested and not been sent yet, by the text of the statement.
    asked: std::sync::Mutex<HashMap<&'static str, Questions>>,
}

#[derive(Default)]
enum State {
    #[default]
    None,
    /// Being made, on its own: it may take longer than one caller waits.
    Connecting(JoinHandle<Result<Arc<Connection>, EngineError>>),
    Open(Arc<Connection>),
}

fn late() -> EngineError {
    EngineError::Unavailable("it has not answered in time".into())
}

impl BatchedReader {
    pub(super) fn new(target: Arc<Target>, waits: Arc<Waits>) -> Arc<Self> {
        Arc::new(Self { target, waits, state: Mutex::default(), asked: std::sync::Mutex::default() })
    }

    /// Reads, together with all who use the same statement until it is sent. It is sent when what is ready to run now
    /// has run: of many mail clients that come at once, each shows another secret, and their mail server the same key.
    pub(super) async fn read(self: Arc<Self>, statement: &'static Statement, args: Vec<Value>) -> Read {
        let (answer, answered) = oneshot::channel();
        let is_first = {
            let mut asked = self.asked();
            let questions = asked.entry(statement.sql).or_default();
            let is_first = questions.is_empty();
            questions.entry(args).or_default().push(answer);
            is_first
        };

        if is_first {
            tokio::spawn(async move {
                let questions = self.asked().remove(statement.sql).unwrap_or_default();
                self.answer(statement, questions).await;
            });
        }

        answered.await.map_err(|_| late())?
    }

    async fn answer(&self, statement: &'static Statement, questions: Questions) {
        let (arguments, waiting): (Vec<_>, Vec<_>) = questions.into_iter().unzip();
        let reads = join_all(arguments.chunks(TOGETHER).map(|some| self.point(statement, some))).await;

        for (waiting, read) in waiting.into_iter().zip(reads.into_iter().flatten()) {
            let copies = std::iter::repeat_n(read, waiting.len());
            for (answer, read) in waiting.into_iter().zip(copies) {
                // Who has gone needs no answer.
                drop(answer.send(read));
            }
        }
    }

    fn asked(&self) -> std::sync::MutexGuard<'_, HashMap<&'static str, Questions>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads for each of these arguments.
    async fn point(&self, statement: &'static Statement, arguments: &[Vec<Value>]) -> Vec<Read> {
        let had = self.open();
        let read = async {
            let connection = self.waits.over(Path::Point, self.connection()).await?;
            let answered = match connection.read_each(statement, arguments).await {
                // It had been lost before, and nobody noticed: once more on a new one.
                Err(error) if connection::is_lost(&error) => {
                    self.give_up(&connection).await;
                    self.connection().await?.read_each(statement, arguments).await
                }
                answered => answered,
            };
            answered.map_err(|error| connection::unavailable(&error))
        };

        let answers = tokio::time::timeout(POINT, read).await.unwrap_or_else(|_| {
            self.forget(had.as_ref());
            Err(late())
        });

        match answers {
            Ok(answers) => answers.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error); arguments.len()],
        }
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
    made.map(Arc::new)
}
