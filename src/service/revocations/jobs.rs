//! Carries out bulk revocations that are not done at once, a piece at a time. Several take turns, so that a small one does
//! not wait for a large one.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::clock::Clock;
use crate::domain::audit::{Action, Actor, Target};
use crate::domain::ids::RevocationId;
use crate::domain::lease::Lease;
use crate::domain::revocation::next_piece;
use crate::service::Error;
use crate::service::audit_trail::{AuditEntry, AuditTrail};
use crate::service::ids::Ids;
use crate::service::job_signal::JobSignal;
use crate::service::outbox_signal::OutboxSignal;
use crate::service::parts::Parts;
use crate::service::usage::UsageLog;
use crate::store::record::Origin;
use crate::store::revocations::jobs::RunningRevocation;
use crate::store::{RevocationStore, Unmet};

use super::what_is_ended;

/// Carries bulk revocations out.
#[derive(Clone)]
pub struct RevocationJobs {
    audit: AuditTrail,
    clock: Clock,
    due: JobSignal,
    ids: Ids,
    outbox: OutboxSignal,
    store: RevocationStore,
    usage: UsageLog,
}

impl RevocationJobs {
    pub(in crate::service) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            clock: parts.clock.clone(),
            due: parts.revocations.clone(),
            ids: parts.ids.clone(),
            outbox: parts.signal.clone(),
            store: parts.store.revocations(),
            usage: parts.usage.clone(),
        }
    }

    /// Ends when this process has begun one.
    pub async fn is_due(&self) {
        self.due.notified().await;
    }

    /// Carries out what is left of every one, and what begins meanwhile. What one that was killed has passed is passed.
    pub async fn carry_out(&self, lease: Lease) -> Result<(), Error> {
        self.carry_out_for(lease, Duration::MAX).await
    }

    /// The same for about so long.
    pub async fn carry_out_for(&self, lease: Lease, time: Duration) -> Result<(), Error> {
        let begun = self.clock.monotonic();
        let (mut sizes, mut failed) = (HashMap::<RevocationId, i64>::new(), HashSet::new());
        let mut why = None;

        loop {
            let mut running = self.store.running().await?;
            running.retain(|one| !failed.contains(&one.revocation.id));
            if running.is_empty() {
                return why.map_or(Ok(()), Err);
            }

            for one in &running {
                let size = sizes.entry(one.revocation.id).or_insert(1);
                match self.pass(lease, one, *size).await {
                    Ok(took) => *size = next_piece(*size, took),
                    // The others go on; this one is tried again later.
                    Err(error) => {
                        failed.insert(one.revocation.id);
                        why = Some(error);
                    }
                }
            }
            if self.clock.monotonic().saturating_sub(begun) > time {
                return why.map_or(Ok(()), Err);
            }
        }
    }

    /// Passes the next piece of so many members; gives how long that took.
    async fn pass(&self, lease: Lease, of: &RunningRevocation, members: i64) -> Result<Duration, Error> {
        let revocation = &of.revocation;
        if revocation.filter.looks_at_uses() {
            self.usage.write().await?;
        }

        let piece = self.store.next_piece(of, members).await?;
        let (organization, wanted) = (revocation.organization_id, revocation.filter.networks.as_ref());
        let networks = self.store.networks(organization, piece.range, wanted).await?;
        let done = self.end(lease, of, revocation.created_by, Action::BulkRevocation)?;

        let begun = self.clock.monotonic();
        let passed = self.store.pass(lease, of, piece, &networks, self.ids.next()?, &done.0).await?;
        let took = self.clock.monotonic().saturating_sub(begun);

        match passed {
            Ok(()) if piece.is_last && !revocation.dry_run => self.audit.committed(&done),
            Ok(()) => self.outbox.notify(),
            // It was stopped meanwhile, or another process has passed the piece.
            Err(Unmet::Overtaken) => {}
            Err(Unmet::NotActive) => self.give_up(lease, of).await?,
            Err(unmet) => return Err(unmet.into()),
        }
        Ok(took)
    }

    /// The organization was dissolved, which ended whatever was left.
    async fn give_up(&self, lease: Lease, of: &RunningRevocation) -> Result<(), Error> {
        let record = self.end(lease, of, Actor::System, Action::BulkRevocationFailed)?;
        match self.store.give_up(lease, of, &record.0).await? {
            Ok(()) if of.revocation.dry_run => {}
            Ok(()) => self.audit.committed(&record),
            Err(Unmet::Overtaken) => {}
            Err(unmet) => return Err(unmet.into()),
        }
        Ok(())
    }

    /// The record of its end. It acts on behalf of whoever began it.
    fn end(
        &self,
        lease: Lease,
        of: &RunningRevocation,
        actor: Actor,
        action: Action,
    ) -> Result<AuditEntry, Error> {
        let revocation = &of.revocation;
        let entry = self.audit.entry_by(Origin::Job(lease), actor, None, action)?;
        let entry = entry.in_organization(revocation.organization_id);
        let entry = entry.target(Target::Revocation(revocation.id)).because(&revocation.reason);
        Ok(entry.details(what_is_ended(revocation)))
    }
}
