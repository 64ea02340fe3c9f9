//! The port to a database: rows out, steps in, all or nothing.
//!
//! An engine knows SQL text and values, nothing of what they mean. A write is data: an ordered list of steps,
//! so it can run in SQLite's one writer, in a PostgreSQL transaction, or in a replicated log. A step may demand
//! that it writes exactly one row; if it does not, nothing is written and the answer is the reason that the step gives.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

mod error;
pub mod row_versions;
mod statement;
pub mod unmet;
mod value;
pub mod waits;
pub mod writes;

pub use error::EngineError;
use row_versions::RowVersions;
pub use statement::{Reach, Statement, Step};
use unmet::Unmet;
pub use value::{Columns, Row, Value};
use waits::Waits;

/// How lists that callers request are read, beside everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListLimits {
    /// How many may be read at the same time.
    pub at_once: usize,
    /// How long one waits for its turn at the most; then it cannot be answered now.
    pub wait: Duration,
    /// How long reading one may take before it is stopped.
    pub longest: Duration,
}

impl Default for ListLimits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            at_once: cores.div_ceil(2).max(2),
            wait: Duration::from_secs(4),
            longest: Duration::from_secs(30),
        }
    }
}

/// What became of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is on disk; the rows that each step returned.
    Done(Vec<Vec<Row>>),
    /// Nothing was written, for the reason that the step gives which did not touch exactly one row.
    Unmet(Unmet),
}

/// A future that an engine hands out.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, EngineError>> + Send + 'a>>;

/// A database, which runs statements and knows nothing of what they mean.
pub trait Engine: Send + Sync {
    /// Reads. Sees every write that was acknowledged before the call.
    fn read<'a>(&'a self, statement: &'static Statement, args: Vec<Value>) -> Answer<'a, Vec<Row>>;

    /// What has been changed so far. `None` where others commit, too.
    fn versions(&self) -> Option<&RowVersions>;

    /// How long is waited for a connection, a reader or the writer.
    fn waits(&self) -> &Waits;

    /// Writes all steps or none, and answers once they are on disk.
    fn write(&self, steps: Vec<Step>) -> Answer<'_, Written>;
}

impl fmt::Debug for dyn Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}
