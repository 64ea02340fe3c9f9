//! The lease of this process: who may do what is done once in an installation.

use std::sync::Arc;

use tokio::sync::Mutex;

use super::Error;
use super::parts::Parts;
use crate::clock::Clock;
use crate::domain::lease::{Lease, Standing};
use crate::store::{Database, LeaseStore};
use crate::telemetry::Metrics;

/// Holds the lease, or watches the process that does.
#[derive(Debug)]
pub struct Leases {
    clock: Clock,
    database: Database,
    metrics: Arc<Metrics>,
    rows: LeaseStore,
    /// Held while the row is read and written, so that one beat is under way at a time.
    standing: Mutex<Standing>,
}

impl Leases {
    pub(super) fn new(parts: &Parts) -> Self {
        let standing = Mutex::default();
        let (database, rows) = (parts.store.database(), parts.store.lease());
        parts.metrics.set_lease_held(!database.is_shared());
        Self { clock: parts.clock.clone(), database, metrics: Arc::clone(&parts.metrics), rows, standing }
    }

    /// Whether other processes may want it.
    pub fn is_shared(&self) -> bool {
        self.database.is_shared()
    }

    /// The lease, if this process holds it. A holder that was stopped and wakes up looks into the database first.
    pub async fn current(&self) -> Result<Option<Lease>, Error> {
        if !self.is_shared() {
            return Ok(Some(Lease::DataDirectory));
        }

        let mut standing = self.standing.lock().await;
        let now = self.clock.monotonic();
        let lease = standing.lease(now);
        let is_another = matches!(*standing, Standing::Watching(..)) && standing.takes(now).is_none();
        if lease.is_some() || is_another {
            return Ok(lease);
        }

        self.renew(&mut standing).await
    }

    /// Raises the beat, or looks whether another process still does. To be called every `BEAT_EVERY`.
    pub async fn keep(&self) -> Result<(), Error> {
        self.renew(&mut *self.standing.lock().await).await.map(drop)
    }

    async fn renew(&self, standing: &mut Standing) -> Result<Option<Lease>, Error> {
        let renewed = self.beat_or_look(standing).await;
        let lease = standing.lease(self.clock.monotonic());
        self.metrics.set_lease_held(lease.is_some());
        renewed.map(|()| lease)
    }

    async fn beat_or_look(&self, standing: &mut Standing) -> Result<(), Error> {
        // A holder counts from before its write: others may see its beat as early as that.
        let now = self.clock.monotonic();
        if let Standing::Holding(term, _) = *standing {
            if self.rows.beat(term).await?.is_ok() {
                *standing = Standing::Holding(term, now);
                return Ok(());
            }
            tracing::warn!(event = "lease_lost", term);
            *standing = Standing::Unknown;
        }

        let Some(row) = self.rows.find().await? else {
            return Err(Error::Unavailable("the row of the lease is missing".into()));
        };

        // Who watches counts from when it has the answer: the beat that it shows may be as late as that.
        *standing = standing.saw(row, self.clock.monotonic());
        if let Some(row) = standing.takes(now)
            && self.rows.take(row).await?.is_ok()
        {
            let term = row.term + 1;
            tracing::info!(event = "lease_taken", term);
            *standing = Standing::Holding(term, now);
        }

        Ok(())
    }

    /// Gives the lease back at the end, so that another process takes it at its next look.
    pub async fn give_back(&self) -> Result<(), Error> {
        let standing = std::mem::take(&mut *self.standing.lock().await);
        if let Standing::Holding(term, _) = standing {
            self.rows.give_back(term).await?;
        }
        Ok(())
    }
}
