//! How far one page of a list is looked for: rows are read in pieces until the page is full, until all is read, or until
//! enough was read for one request. What is left is for the next page, so a filter that finds little takes no longer than
//! one that finds much.
//!
//! ```text
//!   client passwords   of an organization by id, of a label by its index: in pieces; of members by theirs, so many rows
//!   members            by login; by role, state, few departments: their indexes, in pieces; else by id, in pieces
//!   audit events       of a member by its index, else by id: in pieces
//!   of one member      sessions, factors, notices, invitations: few
//!   every row shown    revocations, what one has ended, departments, service keys, organizations
//! ```

use std::time::Duration;

use uuid::Uuid;

use super::parts::Parts;
use super::{Error, Listed, Paging};
use crate::clock::Clock;
use crate::store::Page;
use crate::store::engine::EngineError;

/// Rows of a piece: a few milliseconds' work.
const PIECE: i64 = 1_000;
/// After this time no further piece is begun for a page.
const LONGEST: Duration = Duration::from_millis(20);

/// Looks for pages.
#[derive(Clone)]
pub(super) struct Search {
    clock: Clock,
    /// Rows that are read for one page at the most.
    rows: i64,
}

impl Search {
    pub(super) fn new(parts: &Parts) -> Self {
        Self { clock: parts.clock.clone(), rows: parts.settings.list_rows }
    }

    /// Rows that are read for one page at the most.
    pub(super) const fn rows(&self) -> i64 {
        self.rows
    }

    /// A page of what `read` finds between the bounds of a page. `end` says where a piece of so many rows ends, if there
    /// are more.
    pub(super) async fn page<T>(
        &self,
        (paging, mut page): (Paging, Page),
        end: impl AsyncFn(Uuid, i64) -> Result<Option<Uuid>, EngineError>,
        read: impl AsyncFn(Page) -> Result<Vec<T>, EngineError>,
        id: impl Fn(&T) -> Uuid,
    ) -> Result<Listed<T>, Error> {
        let (begun, oldest, wanted) = (self.clock.monotonic(), page.from, page.limit);
        let (mut found, mut left) = (Vec::new(), self.rows);

        loop {
            let rows = left.min(PIECE);
            // A piece has one more row than it is asked for: that at its end.
            let stopped = end(page.before, rows).await?.filter(|end| *end > oldest);
            page.from = stopped.unwrap_or(oldest);
            found.extend(read(page).await?);

            left = left.saturating_sub(rows);
            page.limit = wanted.saturating_sub(i64::try_from(found.len()).unwrap_or(wanted));
            let took = self.clock.monotonic().saturating_sub(begun);
            match stopped {
                Some(stopped) if page.limit > 0 && left > 0 && took < LONGEST => page.before = stopped,
                _ => return Ok(Listed::cut_at(found, paging.limit, id, stopped)),
            }
        }
    }
}
