//! Statements, and the steps of a write.

use super::unmet::Unmet;
use super::value::Value;
use super::writes::Writes;
use crate::clock::Timestamp;

/// A statement of `sql/query`.
#[derive(Debug)]
pub struct Statement {
    /// Its file, without folder and ending, e.g. `members/by_id`.
    pub name: &'static str,
    /// Its text on SQLite and, unless `postgres` is another, on PostgreSQL.
    pub sql: &'static str,
    /// Its text on PostgreSQL, where that must be another.
    pub postgres: Option<&'static str>,
    /// How much it reads, which decides over which connection it runs.
    pub reach: Reach,
    /// What it may change of the rows that checks read.
    pub writes: Writes,
}

/// How much a statement reads, which says where it may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// A few rows by key: microseconds; may run on the calling thread.
    Point,
    /// A list or a count: may take long, must not hold up a check.
    Long,
    /// A list that callers request as often as they like: must hold up nothing else, and not many run at once.
    List,
}

/// One step of a write.
#[derive(Clone, Debug)]
pub struct Step {
    /// The statement to run.
    pub statement: &'static Statement,
    /// Its `$1`, `$2`, …
    pub args: Vec<Value>,
    /// Why nothing of the write happens unless it writes exactly one row; `None` if it may touch any number.
    pub unless_one: Option<Unmet>,
}

impl Step {
    /// Binds the time at which the write is run. What depends on the time is so judged when it happens, not when it
    /// was requested.
    pub(in crate::store) fn bind(&mut self, now: Timestamp) {
        for value in &mut self.args {
            if let Value::Now(more) = value {
                *value = Value::Int(now.micros().saturating_add(*more));
            }
        }
    }
}
