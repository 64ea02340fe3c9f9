//! What is collected in memory and written together is written by one at a time, and not too often.

use std::sync::Arc;
use std::time::Duration;

use super::Error;
use crate::clock::Clock;
use crate::store::engine::EngineError;

/// How long what is collected waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waits {
    /// No more than so many do not wait.
    pub(super) few: usize,
    /// As many do not wait any longer: a bound on memory, and on how long it takes to write them.
    pub(super) many: usize,
    /// All others wait so long, and until it is looked at again.
    pub(super) longest: Duration,
}

/// Writes what is collected.
#[derive(Clone, Debug)]
pub(super) struct WriteBehind {
    waits: Waits,
    /// Held while writing, so that whoever waits for it knows that all before is written. When that was last, in
    /// monotonic time.
    writing: Arc<tokio::sync::Mutex<Duration>>,
    clock: Clock,
}

impl WriteBehind {
    pub(super) fn new(waits: Waits, clock: Clock) -> Self {
        Self { waits, writing: Arc::default(), clock }
    }

    /// Whether it is time to write, where so many wait.
    pub(super) async fn is_due(&self, waiting: usize) -> bool {
        let Waits { few, many, longest } = self.waits;
        let last = *self.writing.lock().await;
        waiting <= few || waiting >= many || self.clock.monotonic().saturating_sub(last) >= longest
    }

    /// Writes, after those who write already. It goes on even if the caller goes away: what was taken is written or
    /// taken back.
    pub(super) async fn write(
        &self,
        work: impl Future<Output = Result<(), EngineError>> + Send + 'static,
    ) -> Result<(), Error> {
        let mut writing = Arc::clone(&self.writing).lock_owned().await;
        let now = self.clock.monotonic();
        let work = tokio::spawn(async move {
            let written = work.await;
            *writing = now;
            written
        });
        Ok(work.await.map_err(|error| Error::Unavailable(error.to_string()))??)
    }
}
