//! Writes: all steps in one flight, then COMMIT; run again where nothing is known to have been written, looked up where
//! that is not known.

use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{Either, MaybeDone, maybe_done, select};
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::connection;
use super::deadlines::{LONG, WRITE};
use super::pool::{Pool, PooledConnection, Writing};
use super::runs::{self, Failure, Runs};
use super::session::WRITING;
use crate::clock::Clock;
use crate::store::engine::unmet::Unmet;
use crate::store::engine::waits::Path;
use crate::store::engine::writes::Writes;
use crate::store::engine::{EngineError, Reach, Row, Statement, Step, Value, Written};

/// Steps that are sent before the first of them is answered.
const FLIGHT: usize = 64;
/// A lost COMMIT is looked up for so long.
const LOOK_UP: Duration = Duration::from_secs(2);

/// Puts the number of this write into the connection's own row.
const NUMBER: Statement = Statement {
    name: "commits/number",
    sql: "UPDATE commits SET number = $1, used_at = now() WHERE connection = $2",
    postgres: None,
    reach: Reach::Point,
    writes: Writes::Nothing,
};

/// Waits until the lost transaction, which has locked the row, is over; then returns what it left.
const LOOK: Statement = Statement {
    name: "commits/look",
    sql: "UPDATE commits SET number = number WHERE connection = $1 RETURNING number",
    postgres: None,
    reach: Reach::Point,
    writes: Writes::Nothing,
};

/// What a run has come to.
enum Run {
    /// A step is not met; it was rolled back.
    Unmet(Unmet),
    /// All steps are met: what they returned waits for its COMMIT.
    Ready(Box<PooledConnection>, Vec<Vec<Row>>),
}

pub(super) async fn write(pool: Pool, steps: Vec<Step>, clock: Clock) -> Result<Written, EngineError> {
    let long = steps.iter().any(|step| step.statement.reach == Reach::Long);
    // One deadline for all runs. No COMMIT is sent under it: what is given up in the middle was not written.
    let mut late = pin!(tokio::time::timeout(if long { LONG } else { WRITE }, pending::<()>()));
    let mut runs = Runs::new();

    loop {
        let ran = match select(pin!(run(&pool, &steps, &clock)), late.as_mut()).await {
            Either::Left((ran, _)) => ran,
            Either::Right(_) => return Err(runs.last()),
        };
        let written = match ran {
            Ok(Run::Unmet(unmet)) => return Ok(Written::Unmet(unmet)),
            Ok(Run::Ready(lent, rows)) => commit(&pool, *lent, rows).await,
            Err(failure) => Err(failure),
        };
        match written {
            Ok(written) => return Ok(written),
            Err(failure) => runs.failed(failure)?,
        }
    }
}

async fn run(pool: &Pool, steps: &[Step], clock: &Clock) -> Result<Run, Failure> {
    let lent = PooledConnection::of(pool, Path::Write).await.map_err(Failure::Failed)?;
    let connection = lent.get().map_err(Failure::Failed)?;
    let (mut steps, now) = (steps.to_vec(), clock.now());
    for step in &mut steps {
        step.bind(now);
    }

    let ran = all_steps(connection, &steps).await;
    match ran {
        Ok(Some(Written::Done(rows))) => Ok(Run::Ready(Box::new(lent), rows)),
        // Closed, and another one is made.
        Ok(None) => Err(Failure::Lost(EngineError::Unavailable("a connection has lost its number".into()))),
        Ok(Some(Written::Unmet(unmet))) => {
            if connection.client().batch_execute("ROLLBACK").await.is_ok() {
                lent.give_back();
            }
            Ok(Run::Unmet(unmet))
        }
        Err(error) => {
            let is_of_use = error.as_db_error().is_some() && !connection::is_lost(&error);
            if is_of_use && connection.client().batch_execute("ROLLBACK").await.is_ok() {
                lent.give_back();
            }
            Err(failure(&error))
        }
    }
}

/// Commits. Where the answer is lost, or does not come, or says nothing, it is looked up.
async fn commit(pool: &Pool, lent: PooledConnection, rows: Vec<Vec<Row>>) -> Result<Written, Failure> {
    let connection = lent.get().map_err(Failure::Failed)?;
    let (row, number) = (connection.row, connection.number.load(Ordering::Acquire));

    match tokio::time::timeout(WRITE, connection.client().batch_execute("COMMIT")).await {
        Ok(Ok(())) => {
            lent.give_back();
            Ok(Written::Done(rows))
        }
        Ok(Err(error)) if is_answer(&error) => {
            // Closed: whether the transaction is over is the server's to know.
            drop(lent);
            let why = connection::unavailable(&error);
            Err(if runs::is_rolled_back(error.code()) {
                Failure::RolledBack(why)
            } else {
                Failure::Failed(why)
            })
        }
        Ok(Err(_)) | Err(_) => {
            // Closed, so that the server ends what is still open.
            drop(lent);
            if resolve_commit(pool, row, number).await.map_err(Failure::Failed)? {
                Ok(Written::Done(rows))
            } else {
                let why = "the connection was lost; nothing was written";
                Err(Failure::Failed(EngineError::Unavailable(why.into())))
            }
        }
    }
}

fn failure(error: &Error) -> Failure {
    let why = connection::unavailable(error);
    if runs::is_rolled_back(error.code()) {
        Failure::RolledBack(why)
    } else if error.code() == Some(&SqlState::UNIQUE_VIOLATION) || connection::is_lost(error) {
        // Somebody took a key between a condition and its insert, which the condition now sees; or the connection is
        // lost, and before COMMIT was sent nothing was written.
        Failure::Lost(why)
    } else {
        Failure::Failed(why)
    }
}

/// Whether the server says what became of a COMMIT. It does not where it shuts down, where a pooler has lost it, nor by
/// 40003.
fn is_answer(error: &Error) -> bool {
    error.code().is_some_and(|code| *code != SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN)
        && !connection::is_lost(error)
}

/// Begins, and runs the steps in order, each in flight before the one before it is answered. `None` if the connection's
/// row in `commits` is gone.
async fn all_steps(connection: &Writing, steps: &[Step]) -> Result<Option<Written>, Error> {
    let mut prepared = Vec::with_capacity(steps.len());
    for step in steps {
        prepared.push(connection.prepare(step.statement).await?);
    }

    let numbering = connection.prepare(&NUMBER).await?;
    let number = connection.number.fetch_add(1, Ordering::AcqRel) + 1;
    let number = Step {
        statement: &NUMBER,
        args: vec![number.into(), connection.row.into()],
        unless_one: Some(Unmet::Broken),
    };

    let begin = connection.begin(WRITING);
    let begin = async { connection.client().batch_execute(&begin).await.map(|()| (Vec::new(), 1)) };
    let mut flights: Vec<Flight<'_>> = vec![Box::pin(maybe_done(Box::pin(begin)))];
    flights.push(Box::pin(maybe_done(Box::pin(connection.run(&numbering, &number)))));
    let mut answers: Vec<Vec<Row>> = Vec::with_capacity(steps.len());
    let mut at = 0;

    loop {
        let chunk = steps.iter().zip(&prepared).skip(at).take(FLIGHT);
        flights.extend(chunk.map(|(step, prepared)| -> Flight<'_> {
            Box::pin(maybe_done(Box::pin(connection.run(prepared, step))))
        }));
        let beginning = usize::from(at == 0) * 2;
        for (index, answer) in together(std::mem::take(&mut flights)).await.into_iter().enumerate() {
            let (rows, touched) = answer?;
            let Some(step) = index.checked_sub(beginning) else {
                // Without its number nobody could tell afterwards what became of it.
                if touched != 1 {
                    return Ok(None);
                }
                continue;
            };
            if let Some(unmet) = steps.get(at + step).and_then(|step| step.unless_one)
                && touched != 1
            {
                return Ok(Some(Written::Unmet(unmet)));
            }
            answers.push(rows);
        }
        at += FLIGHT;
        if at >= steps.len() {
            return Ok(Some(Written::Done(answers)));
        }
    }
}

type Touched = (Vec<Row>, u64);
type Work<'a> = Pin<Box<dyn Future<Output = Result<Touched, Error>> + Send + 'a>>;
type Flight<'a> = Pin<Box<MaybeDone<Work<'a>>>>;

/// Polls all of them in order, which is the order in which they are sent, and gives the answers in order.
async fn together(mut flights: Vec<Flight<'_>>) -> Vec<Result<Touched, Error>> {
    poll_fn(|context| {
        let mut pending = false;
        for flight in &mut flights {
            pending |= flight.as_mut().poll(context).is_pending();
        }
        if pending { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;

    flights.iter_mut().filter_map(|flight| flight.as_mut().take_output()).collect()
}

/// Whether a write whose COMMIT was not answered is there. Only exactly one row with its connection's number says so,
/// and only one with another number says the contrary.
async fn resolve_commit(pool: &Pool, row: i64, number: i64) -> Result<bool, EngineError> {
    let looking = async {
        loop {
            let Ok(lent) = PooledConnection::of(pool, Path::Write).await else {
                tokio::task::yield_now().await;
                continue;
            };
            let step = Step { statement: &LOOK, args: vec![row.into()], unless_one: Some(Unmet::Broken) };
            let connection = lent.get()?;
            let found = match connection.prepare(&LOOK).await {
                Ok(prepared) => connection.in_session(WRITING, connection.run(&prepared, &step)).await,
                Err(error) => Err(error),
            };

            match found {
                Ok((rows, _)) => {
                    lent.give_back();
                    return match &rows[..] {
                        [found] => Ok(*found == Row(vec![Value::Int(number)])),
                        _ => Err(unknown("its number is gone")),
                    };
                }
                Err(error) if connection::is_lost(&error) => drop(lent),
                Err(error) => return Err(unknown(&connection::unavailable(&error).to_string())),
            }
        }
    };

    let answered = tokio::time::timeout(LOOK_UP, looking).await;
    answered.unwrap_or_else(|_| Err(unknown("the connection was lost in the middle of a commit")))
}

fn unknown(why: &str) -> EngineError {
    EngineError::OutcomeUnknown(why.to_owned())
}
