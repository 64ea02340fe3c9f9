//! What ends by itself: whoever has a client password is warned before, and what has lain unused for too long is ended
//! without a check coming. Checks hold dates and idle ends all the same: this tells of them and writes them down.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use uuid::Uuid;

use super::audit_trail::AuditTrail;
use super::authority::Authorizer;
use super::ids::Ids;
use super::outbox_signal::OutboxSignal;
use super::parts::Parts;
use super::rules::PolicyRules;
use super::usage::UsageLog;
use super::{Call, Error, Listed, Paging};
use crate::clock::{Clock, Timestamp};
use crate::domain::access::OrganizationPermission;
use crate::domain::audit::{Action, Actor, Target};
use crate::domain::ids::{OrganizationId, WarningId};
use crate::domain::lease::Lease;
use crate::domain::policy::{Limits, Policy, Rules};
use crate::domain::warnings::{GivenWarning, Outlook, Warning};
use crate::store::record::Origin;
use crate::store::warnings::{Look, Unwatched, Watched};
use crate::store::{DepartmentStore, Unmet, WarningStore};

/// Client passwords that are looked at in one transaction: other changes wait for no more.
const BATCH: i64 = 100;
/// Client passwords that are marked in one transaction to be looked at.
const MARKED: i64 = 500;

/// The rules of an organization with their version, and what they say for every member.
type Known = (i64, Arc<Rules>, Limits);

/// Warns of ends, writes idle ends down, and lists warnings.
#[derive(Clone)]
pub struct Warnings {
    audit: AuditTrail,
    authorizer: Authorizer,
    clock: Clock,
    departments: DepartmentStore,
    ids: Ids,
    outbox: OutboxSignal,
    rules: PolicyRules,
    store: WarningStore,
    usage: UsageLog,
}

impl Warnings {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            authorizer: Authorizer::new(parts),
            clock: parts.clock.clone(),
            departments: parts.store.departments(),
            ids: parts.ids.clone(),
            outbox: parts.signal.clone(),
            rules: parts.rules.clone(),
            store: parts.store.warnings(),
            usage: parts.usage.clone(),
        }
    }

    /// Looks at everything that is to be looked at now. What one that was killed has written is written, and what it has
    /// not is looked at by the next.
    pub async fn look(&self, lease: Lease) -> Result<(), Error> {
        for policy in self.store.unwatched().await? {
            self.look_anew(lease, &policy).await?;
        }

        while self.store.is_any_due(self.clock.now()).await? {
            // Whether one has lain unused depends on its uses, so those that are known here must be written first.
            self.usage.write().await?;
            let now = self.clock.now();
            let found = self.store.due(now, BATCH).await?;
            let is_last = i64::try_from(found.len()).is_ok_and(|found| found < BATCH);
            self.look_at(lease, found, now).await?;
            if is_last {
                break;
            }
        }
        Ok(())
    }

    /// Forgets warnings of ends that have come.
    pub async fn sweep(&self, lease: Lease) -> Result<(), Error> {
        Ok(self.store.sweep(lease, self.clock.now()).await??)
    }

    /// Warnings of client passwords of an organization that have not ended, of each the last one, newest first.
    pub async fn list(
        &self,
        call: &Call,
        organization: OrganizationId,
        paging: Paging,
    ) -> Result<Listed<GivenWarning>, Error> {
        self.authorizer.may(call, OrganizationPermission::ReadClientPasswords, organization).await?;
        self.usage.write_or_warn().await;
        let idle = self.rules.limits(organization).await?.idle.unwrap_or_default();
        let idle = i64::try_from(idle.as_micros()).unwrap_or(0);
        let found = self.store.list(organization, idle, self.clock.now(), paging.page()).await?;
        Ok(Listed::cut(found, paging.limit, |warning| warning.id.uuid()))
    }

    /// Has every client password of an organization looked at whose policy has another idle end.
    async fn look_anew(&self, lease: Lease, policy: &Unwatched) -> Result<(), Error> {
        let mut after = Uuid::nil();
        while let Some(upto) = self.store.look_anew(lease, policy, after, MARKED).await?? {
            after = upto;
        }
        match self.store.watched(lease, policy).await? {
            // Another one was put meanwhile; it is done in its turn.
            Ok(()) | Err(Unmet::Overtaken) => Ok(()),
            Err(unmet) => Err(unmet.into()),
        }
    }

    async fn look_at(&self, lease: Lease, found: Vec<Watched>, now: Timestamp) -> Result<(), Error> {
        let (mut known, mut looks) = (HashMap::new(), Vec::new());
        for of in found {
            let (version, rules, limits) = self.known(&mut known, of.organization_id).await?;
            let outlook = if of.is_current { of.life.outlook(&limits, now) } else { Outlook::default() };
            if outlook.is_idle {
                self.end_idle(lease, &of, &limits, (version, now)).await?;
            } else {
                let warnings = self.warnings(&of, &rules, outlook.warnings, now).await?;
                looks.push(Look { of, next: outlook.next, warnings });
            }
        }

        self.store.write(lease, &looks).await??;
        if looks.iter().any(|look| !look.warnings.is_empty()) {
            self.outbox.notify();
        }
        Ok(())
    }

    async fn known(
        &self,
        known: &mut HashMap<OrganizationId, Known>,
        organization: OrganizationId,
    ) -> Result<Known, Error> {
        match known.entry(organization) {
            Entry::Occupied(found) => Ok(found.get().clone()),
            Entry::Vacant(place) => {
                let (version, rules) = self.rules.versioned(organization).await?;
                let limits = Limits::from(rules.policy());
                Ok(place.insert((version, rules, limits)).clone())
            }
        }
    }

    /// The warnings, each with an id. Whoever may not use client passwords at present is not warned: there is nothing
    /// to rotate.
    async fn warnings(
        &self,
        of: &Watched,
        rules: &Rules,
        due: Vec<Warning>,
        now: Timestamp,
    ) -> Result<Vec<(WarningId, Warning)>, Error> {
        if due.is_empty() || !self.is_available(of, rules, now).await? {
            return Ok(Vec::new());
        }
        due.into_iter().map(|warning| Ok((self.ids.next()?, warning))).collect()
    }

    async fn is_available(&self, of: &Watched, rules: &Rules, now: Timestamp) -> Result<bool, Error> {
        if *rules.policy() == Policy::default() {
            return Ok(true);
        }
        let departments = self.departments.of_member(of.member_id).await?.department_ids;
        Ok(rules.for_member(of.member_id, &departments, now).available)
    }

    /// Ends a client password that has lain unused for too long.
    async fn end_idle(
        &self,
        lease: Lease,
        of: &Watched,
        limits: &Limits,
        (rules_version, now): (i64, Timestamp),
    ) -> Result<(), Error> {
        let change =
            self.audit.entry_by(Origin::Job(lease), Actor::System, None, Action::ClientPasswordIdle)?;
        let change = change
            .in_organization(of.organization_id)
            .of_member(of.member_id)
            .target(Target::ClientPassword(of.id));
        let since = now.minus(limits.idle.unwrap_or_default());
        match self.store.end_idle(of, since, rules_version, &change.0).await? {
            Ok(()) => self.audit.committed(&change),
            // It was used or has ended meanwhile, or another policy was put: it is looked at again.
            Err(Unmet::NotActive | Unmet::Version) => {}
            Err(unmet) => return Err(unmet.into()),
        }
        Ok(())
    }
}
