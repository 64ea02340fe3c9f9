//! Log-ins on their way to the history: counted in memory by what they are of, and written together, so that a check
//! never waits for the disk.
//!
//! They wait longer than uses: no decision rests on them, whoever reads them writes those of the own process first, and
//! those of a mail client that comes again and again become one row. After a crash those of a minute are missing.
//!
//! Memory is bounded, whoever comes from however many addresses: beyond the bound a log-in that is of nothing which waits
//! is missing from the history, and a metric says so.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Error;
use super::write_behind::{Waits, WriteBehind};
use crate::clock::{Clock, Timestamp};
use crate::domain::ids::MemberId;
use crate::domain::log_in::{LogIn, LogInKey, Seen};
use crate::domain::log_in_folding::{MOST_LOG_INS, fold};
use crate::store::engine::EngineError;
use crate::store::{LogInStore, Unmet};
use crate::telemetry::Metrics;

/// With the second that passes until it is looked at again, log-ins wait a minute.
const WAITS: Waits = Waits { few: 1_000, many: 131_072, longest: Duration::from_secs(59) };
/// Rows that wait at the most.
const MOST: usize = 262_144;
/// So many rows are written in one transaction: other changes wait for no more.
const TOGETHER: usize = 1_024;
/// So often it is tried to fold the rows of a member, while others add to them.
const TRIES: usize = 3;

/// The log-ins of this process that are not written yet, and where they are written.
#[derive(Clone, Debug)]
pub struct LogInLog {
    waiting: Arc<Mutex<HashMap<LogInKey, Seen>>>,
    behind: WriteBehind,
    store: LogInStore,
    metrics: Arc<Metrics>,
}

impl LogInLog {
    pub(super) fn new(store: LogInStore, metrics: Arc<Metrics>, clock: Clock) -> Self {
        Self { waiting: Arc::default(), behind: WriteBehind::new(WAITS, clock), store, metrics }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<LogInKey, Seen>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A mail client got in, or was passed on to the mail server's next source.
    pub(super) fn note(&self, key: LogInKey, at: Timestamp) {
        self.add(key, Seen::once(at));
    }

    fn add(&self, key: LogInKey, seen: Seen) {
        let mut waiting = self.waiting();
        let is_full = waiting.len() >= MOST;
        match waiting.get_mut(&key) {
            Some(before) => *before = before.and(seen),
            None if is_full => self.metrics.log_ins_dropped(seen.count),
            None => {
                waiting.insert(key, seen);
            }
        }
    }

    /// Writes what waits, if it is time to. What cannot be written waits on.
    pub async fn write_due(&self) -> Result<(), Error> {
        let waiting = self.waiting().len();
        if self.behind.is_due(waiting).await { self.write().await } else { Ok(()) }
    }

    /// Writes what waits. What cannot be written waits on.
    pub async fn write(&self) -> Result<(), Error> {
        let log = self.clone();
        self.behind.write(async move { log.write_all().await }).await
    }

    /// Brings the history up to date, as far as the database can be written.
    pub(super) async fn write_or_warn(&self) {
        if let Err(error) = self.write().await {
            tracing::warn!(event = "log_ins_not_written", %error);
        }
    }

    async fn write_all(&self) -> Result<(), EngineError> {
        let taken = std::mem::take(&mut *self.waiting());
        let rows = folded(taken.into_iter().map(|(key, seen)| LogIn { key, seen }).collect());

        let (mut rest, mut outcome) = (rows.as_slice(), Ok(()));
        while outcome.is_ok() && !rest.is_empty() {
            let (together, after) = rest.split_at(rest.len().min(TOGETHER));
            outcome = match self.store.add(together).await {
                Ok(members) => {
                    rest = after;
                    self.fold_crowded(&members).await
                }
                // To count twice what may have been written is worse than to miss it.
                Err(error @ EngineError::OutcomeUnknown(_)) => {
                    rest = after;
                    Err(error)
                }
                Err(error) => Err(error),
            };
        }

        for row in rest {
            self.add(row.key.clone(), row.seen);
        }
        outcome
    }

    /// Folds the rows of those of these members who have too many.
    async fn fold_crowded(&self, members: &[MemberId]) -> Result<(), EngineError> {
        for member in self.store.crowded(members).await? {
            fold_member(&self.store, member).await?;
        }
        Ok(())
    }
}

/// Folds the rows of a member, if they are too many. If others add to them again and again, whoever is next does it.
pub(super) async fn fold_member(store: &LogInStore, member: MemberId) -> Result<(), EngineError> {
    for _ in 0..TRIES {
        let before = store.of_member(member).await?;
        if before.len() <= MOST_LOG_INS {
            return Ok(());
        }
        match store.fold(&before, &fold(before.clone())).await? {
            Ok(()) => return Ok(()),
            Err(Unmet::Overtaken) => {}
            Err(unmet) => return Err(EngineError::Unreadable(format!("log-ins were not folded: {unmet:?}"))),
        }
    }
    Ok(())
}

/// Rows in order of their members, of no member more than are kept.
fn folded(mut rows: Vec<LogIn>) -> Vec<LogIn> {
    rows.sort_unstable_by_key(|row| row.key.member);
    if !rows.chunk_by(|one, next| one.key.member == next.key.member).any(|of| of.len() > MOST_LOG_INS) {
        return rows;
    }

    let by_member = rows.chunk_by(|one, next| one.key.member == next.key.member);
    by_member.flat_map(|of_member| fold(of_member.to_vec())).collect()
}
