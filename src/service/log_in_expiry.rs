//! What is too old in the history of log-ins is forgotten, and everything of members who have left.
//!
//! A member who leaves takes the own history along at once; of an organization that is dissolved, it goes here. What this
//! has still to forget is shown to nobody.

use uuid::Uuid;

use super::Error;
use super::job_signal::JobSignal;
use super::log_in_log::{LogInLog, fold_member};
use super::parts::Parts;
use crate::clock::Clock;
use crate::domain::lease::Lease;
use crate::domain::policy::DEFAULT_HISTORY_DAYS;
use crate::store::LogInStore;

/// Rows that are looked at in one transaction: other changes wait for no more.
const PIECE: i64 = 1_000;

/// Forgets log-ins.
#[derive(Clone)]
pub struct LogInExpiry {
    clock: Clock,
    due: JobSignal,
    log: LogInLog,
    store: LogInStore,
}

impl LogInExpiry {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            clock: parts.clock.clone(),
            due: parts.history.clone(),
            log: parts.log_ins.clone(),
            store: parts.store.log_ins(),
        }
    }

    /// Ends when there is more to forget than time makes.
    pub async fn is_due(&self) {
        self.due.notified().await;
    }

    /// Goes through the history in pieces, each a transaction; one that was killed begins again.
    pub async fn sweep(&self, lease: Lease) -> Result<(), Error> {
        // What this process has collected under the policy before would come after.
        self.log.write().await?;

        let mut after = Uuid::nil();
        loop {
            let end = self.store.piece_end(after, PIECE).await?;
            let upto = end.unwrap_or(Uuid::max());
            let (now, days) = (self.clock.now(), DEFAULT_HISTORY_DAYS);
            self.store.sweep(lease, (after, upto), now, days).await??;

            // A process that was killed after it had added rows has not folded them.
            for member in self.store.crowded_between(after, upto).await? {
                fold_member(&self.store, member).await?;
            }
            if end.is_none() {
                return Ok(());
            }
            after = upto;
        }
    }
}
