//! An engine that fails when it is told to.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use clientpass::store::engine::row_versions::RowVersions;
use clientpass::store::engine::waits::Waits;
use clientpass::store::engine::{Answer, Engine, EngineError, Row, Statement, Step, Value, Written};

/// What is broken.
#[derive(Clone, Default)]
pub struct Faults {
    /// Nothing can be read.
    pub reads: Arc<AtomicBool>,
    /// Nothing can be written.
    pub writes: Arc<AtomicBool>,
    /// Nothing that is read is answered.
    pub hang: Arc<AtomicBool>,
    /// How many reads hang.
    pub hanging: Arc<AtomicUsize>,
    /// No write that has a statement whose name begins so can be written.
    pub statement: Arc<Mutex<Option<&'static str>>>,
    /// The next write that has a statement whose name begins so is written, and nobody can say so.
    pub unknown: Arc<Mutex<Option<&'static str>>>,
    /// Written between the next reading of the statement of this name and its answer.
    pub overtaking: Arc<Mutex<Option<Overtaking>>>,
    /// Done between the next reading of the statement of this name and its answer, or before the next write that has
    /// it.
    pub meanwhile: Arc<Mutex<Option<(&'static str, Meanwhile)>>>,
}

/// Something that happens.
pub type Meanwhile = Box<dyn FnOnce() + Send>;

/// The name of a statement, and what is written.
type Overtaking = (&'static str, Vec<Step>);

impl Faults {
    /// Lets whoever reads wait, or not; who waits already goes on waiting.
    pub fn stall(&self, stalled: bool) {
        self.hang.store(stalled, Ordering::SeqCst);
    }

    /// Breaks everything, or mends it.
    pub fn set_all(&self, broken: bool) {
        self.reads.store(broken, Ordering::SeqCst);
        self.writes.store(broken, Ordering::SeqCst);
    }
}

/// Lets it happen in a thread of its own: this one has connections to the database to look after, and what happens may
/// be given one of them.
async fn elsewhere(happens: Meanwhile) {
    tokio::task::spawn_blocking(happens).await.unwrap();
}

/// An engine in front of another.
pub struct Faulty {
    /// The one that works.
    pub inner: Arc<dyn Engine>,
    /// What is broken.
    pub faults: Faults,
}

fn broken<'a, T: Send + 'a>() -> Answer<'a, T> {
    Box::pin(std::future::ready(Err(EngineError::Unavailable("broken by the test".into()))))
}

impl Engine for Faulty {
    fn read<'a>(&'a self, statement: &'static Statement, args: Vec<Value>) -> Answer<'a, Vec<Row>> {
        if self.faults.hang.load(Ordering::SeqCst) {
            self.faults.hanging.fetch_add(1, Ordering::SeqCst);
            return Box::pin(std::future::pending());
        }
        if self.faults.reads.load(Ordering::SeqCst) {
            return broken();
        }

        let meanwhile = self.faults.meanwhile.lock().unwrap().take_if(|(name, _)| *name == statement.name);
        if let Some((_, happens)) = meanwhile {
            return Box::pin(async move {
                let read = self.inner.read(statement, args).await;
                elsewhere(happens).await;
                read
            });
        }

        let overtaking = self.faults.overtaking.lock().unwrap().take_if(|(name, _)| *name == statement.name);
        let Some((_, steps)) = overtaking else { return self.inner.read(statement, args) };
        Box::pin(async move {
            let read = self.inner.read(statement, args).await;
            self.inner.write(steps).await?;
            read
        })
    }

    fn versions(&self) -> Option<&RowVersions> {
        // What was read before is not believed either.
        let Faults { reads, hang, .. } = &self.faults;
        let broken = reads.load(Ordering::SeqCst) || hang.load(Ordering::SeqCst);
        if broken { None } else { self.inner.versions() }
    }

    fn waits(&self) -> &Waits {
        self.inner.waits()
    }

    fn write(&self, steps: Vec<Step>) -> Answer<'_, Written> {
        let has = |name: &str| steps.iter().any(|step| step.statement.name == name);
        let meanwhile = self.faults.meanwhile.lock().unwrap().take_if(|(name, _)| has(name));
        if let Some((_, happens)) = meanwhile {
            return Box::pin(async move {
                elsewhere(happens).await;
                self.write(steps).await
            });
        }

        let statement = *self.faults.statement.lock().unwrap();
        let begins = |step: &Step| statement.is_some_and(|broken| step.statement.name.starts_with(broken));
        let has_it = steps.iter().any(begins);
        let unknown = |name: &mut &str| steps.iter().any(|step| step.statement.name.starts_with(*name));
        if self.faults.unknown.lock().unwrap().take_if(unknown).is_some() {
            return Box::pin(async move {
                self.inner.write(steps).await?;
                Err(EngineError::OutcomeUnknown("the answer was lost by the test".into()))
            });
        }

        if has_it || self.faults.writes.load(Ordering::SeqCst) { broken() } else { self.inner.write(steps) }
    }
}
