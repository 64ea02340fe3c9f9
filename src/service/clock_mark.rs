//! The high-water mark of the clock: how late it has been here, for a start on a clock that is behind.

use super::Error;
use super::parts::Parts;
use crate::store::Database;

/// Writes the mark where nothing else is written.
#[derive(Clone, Debug)]
pub struct ClockMark {
    database: Database,
}

impl ClockMark {
    pub(super) fn new(parts: &Parts) -> Self {
        Self { database: parts.store.database() }
    }

    /// Writes the mark, if no change has done so within the last minute.
    pub async fn write_due(&self) -> Result<(), Error> {
        Ok(self.database.write_mark_if_due().await?)
    }
}
