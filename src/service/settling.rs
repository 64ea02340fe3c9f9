//! The longest life of a policy is written down as the date of each client password that would live longer. Checks hold it
//! from the moment it was put; written down it holds whatever is put later.

use uuid::Uuid;

use super::Error;
use super::job_signal::JobSignal;
use super::outbox_signal::OutboxSignal;
use super::parts::Parts;
use crate::clock::Clock;
use crate::domain::lease::Lease;
use crate::store::settling::Unsettled;
use crate::store::{SettlingStore, Unmet};

/// Dates that are written in one transaction: other changes wait for no more.
const BATCH: i64 = 200;

/// Writes longest lives down.
#[derive(Clone)]
pub struct Settling {
    clock: Clock,
    due: JobSignal,
    outbox: OutboxSignal,
    store: SettlingStore,
}

impl Settling {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            clock: parts.clock.clone(),
            due: parts.settling.clone(),
            outbox: parts.signal.clone(),
            store: parts.store.settling(),
        }
    }

    /// Ends when this process has put a policy that is to be settled.
    pub async fn is_due(&self) {
        self.due.notified().await;
    }

    /// Writes down what is left of every policy. What one that was killed has written is written.
    pub async fn settle(&self, lease: Lease) -> Result<(), Error> {
        for policy in self.store.list().await? {
            self.write_down(lease, &policy).await?;
            match self.store.settle(lease, &policy).await? {
                Ok(()) => {
                    tracing::info!(event = "policy_settled", organization_id = %policy.organization_id);
                }
                // Another one was put meanwhile; it is settled in its turn.
                Err(Unmet::Overtaken) => {}
                Err(unmet) => return Err(unmet.into()),
            }
        }
        Ok(())
    }

    async fn write_down(&self, lease: Lease, policy: &Unsettled) -> Result<(), Error> {
        let mut after = Uuid::nil();
        loop {
            let found = self.store.outliving(policy, after, self.clock.now(), BATCH).await?;
            let Some(upto) = found.last().copied() else { return Ok(()) };
            self.store.write_down(lease, policy, after, upto).await??;
            self.outbox.notify();
            after = upto;
        }
    }
}
