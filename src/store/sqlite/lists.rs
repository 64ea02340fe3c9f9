//! Lists that callers request: read by readers of their own, so many at once, and none for ever. Whoever requests too
//! many at once waits for others that did the same, and for nothing else.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, InterruptHandle};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::connection::unavailable;
use super::reader::{Commits, Reader};
use crate::store::engine::waits::{Path, Waits};
use crate::store::engine::{EngineError, ListLimits, Row, Statement, Value};

/// The readers of lists.
pub(super) struct Lists {
    idle: Mutex<Vec<Reader>>,
    turns: Arc<Semaphore>,
    limits: ListLimits,
    commits: Arc<Commits>,
    waits: Arc<Waits>,
}

/// What stops a list while it is read.
type Running = Arc<Mutex<Option<InterruptHandle>>>;

impl Lists {
    pub(super) fn open(
        limits: ListLimits,
        connect: impl Fn() -> Result<Connection, EngineError>,
        commits: Arc<Commits>,
        waits: Arc<Waits>,
    ) -> Result<Arc<Self>, EngineError> {
        let readers = (0..limits.at_once.max(1)).map(|_| connect().map(Reader::new));
        let idle: Vec<Reader> = readers.collect::<Result<_, _>>()?;
        let turns = Arc::new(Semaphore::new(idle.len()));
        Ok(Arc::new(Self { idle: Mutex::new(idle), turns, limits, commits, waits }))
    }

    pub(super) async fn read(
        self: Arc<Self>,
        statement: &'static Statement,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, EngineError> {
        let limits = self.limits;
        let turn = timeout(limits.wait, Arc::clone(&self.turns).acquire_owned());
        let turn = self.waits.over(Path::List, turn).await;
        let turn = turn.ok().and_then(Result::ok).ok_or_else(|| failed("too many lists are being read"))?;
        let mut reader = idle(&self.idle).pop().ok_or_else(|| failed("no reader"))?;

        let running: Running = Arc::new(Mutex::new(Some(reader.interrupt_handle())));
        // Whoever does not wait any more needs no answer either.
        let _stop = Stop(Arc::clone(&running));
        let work = tokio::task::spawn_blocking(move || {
            let found = reader.read_now(&self.commits, statement, &args);
            // Before anybody else has the reader, nobody can stop it any more.
            drop(running.lock().unwrap_or_else(PoisonError::into_inner).take());
            drop(reader.release());
            idle(&self.idle).push(reader);
            drop(turn);
            found.map_err(unavailable)
        });

        let read = timeout(limits.longest, work).await.map_err(|_| failed("the list takes too long"))?;
        read.map_err(|error| failed(&error.to_string()))?
    }
}

fn idle(readers: &Mutex<Vec<Reader>>) -> MutexGuard<'_, Vec<Reader>> {
    readers.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(why: &str) -> EngineError {
    EngineError::Unavailable(why.to_owned())
}

struct Stop(Running);

impl Drop for Stop {
    fn drop(&mut self) {
        if let Some(running) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            running.interrupt();
        }
    }
}
