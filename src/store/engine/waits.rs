//! How long what is to be run waits for a connection, a reader or the writer, told to whoever counts it: a database that is
//! too busy shows here before anything takes too long.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use crate::clock::Clock;

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// To read by key, as checks do.
    Point,
    /// To read something long.
    Long,
    /// To read a list for whoever calls.
    List,
    /// To write.
    Write,
}

impl Path {
    /// Its name, in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Point => "point",
            Self::Long => "long",
            Self::List => "list",
            Self::Write => "write",
        }
    }
}

/// Whoever counts waits.
pub type Observer = Box<dyn Fn(Path, Duration) + Send + Sync>;

/// What is waited for in an engine, and who is told.
pub struct Waits {
    clock: Clock,
    observer: OnceLock<Observer>,
}

impl Waits {
    /// Nobody is told yet.
    pub const fn new(clock: Clock) -> Self {
        Self { clock, observer: OnceLock::new() }
    }

    /// Tells this one from now on, and whoever was named first if somebody was.
    pub fn observe(&self, observer: Observer) {
        // Who came first stays: the engine belongs to one process, which counts once.
        drop(self.observer.set(observer));
    }

    /// When a wait begins.
    pub(in crate::store) fn begin(&self) -> Duration {
        self.clock.monotonic()
    }

    /// Tells of a wait that began then and is over.
    pub(in crate::store) fn end(&self, path: Path, begun: Duration) {
        if let Some(observer) = self.observer.get() {
            observer(path, self.clock.monotonic().saturating_sub(begun));
        }
    }

    /// Waits for this, and tells how long, whether it came or not.
    pub(in crate::store) async fn over<T>(&self, path: Path, wait: impl Future<Output = T>) -> T {
        let begun = self.begin();
        let came = wait.await;
        self.end(path, begun);
        came
    }
}

impl fmt::Debug for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waits")
    }
}
