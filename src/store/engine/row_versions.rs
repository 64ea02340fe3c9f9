//! How often what a check reads has been changed: counters that the writer moves after a commit is on disk and before
//! it is acknowledged. What was read stands for as long as its counters do.
//!
//! ```text
//!   a commit:   on disk --> changes + 1 --> its rows + 1, or everything + 1 --> acknowledged
//!   a reading:  changes = n --> read --> counters of its rows --> changes = n still? --> cached
//! ```
//!
//! In that order a reading is never cached under counters that include a commit which it has not seen.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use super::statement::Step;
use super::value::Value;
use super::writes::Writes;

/// Counters of rows. Two rows may share one: a change of the one is then taken for a change of the other, too.
const ROWS: usize = 1 << 14;

/// The counters of a database that only this process writes.
#[derive(Debug)]
pub struct RowVersions {
    changes: AtomicU64,
    everything: AtomicU64,
    rows: Box<[AtomicU64]>,
}

impl Default for RowVersions {
    fn default() -> Self {
        let rows = std::iter::repeat_with(AtomicU64::default).take(ROWS).collect();
        Self { changes: AtomicU64::default(), everything: AtomicU64::default(), rows }
    }
}

impl RowVersions {
    /// Counts what these steps may have changed.
    pub(in crate::store) fn advance<'a>(&self, steps: impl Iterator<Item = &'a Step>) {
        let mut counted = false;
        for step in steps.filter(|step| step.statement.writes != Writes::Nothing) {
            if !counted {
                self.changes.fetch_add(1, Ordering::Release);
                counted = true;
            }

            let count = match step.statement.writes {
                Writes::Nothing | Writes::New => continue,
                Writes::Row(number) => number.checked_sub(1).and_then(|at| self.row(step.args.get(at)?)),
                Writes::Everything => None,
            };
            count.unwrap_or(&self.everything).fetch_add(1, Ordering::Release);
        }
    }

    fn row(&self, id: &Value) -> Option<&AtomicU64> {
        let Value::Bytes(id) = id else { return None };
        self.counter(&Uuid::from_slice(id).ok()?)
    }

    /// The last bits of an id are random.
    fn counter(&self, id: &Uuid) -> Option<&AtomicU64> {
        let at = id.as_u128() % ROWS as u128;
        self.rows.get(usize::try_from(at).ok()?)
    }

    /// Moves with every commit that may have changed something.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Moves with every commit that may have changed one of these rows. Counters only grow, so their sum stands only
    /// if each of them does.
    pub fn of(&self, rows: &[Uuid]) -> u64 {
        let load = |count: &AtomicU64| count.load(Ordering::Acquire);
        let rows = rows.iter().filter_map(|id| self.counter(id)).map(load);
        load(&self.everything).wrapping_add(rows.sum())
    }
}
