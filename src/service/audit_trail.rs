//! The record of a change: filled in by a use case, written with the change, then logged.

use std::sync::Arc;

use super::change_limiter::{ChangeLimiter, ChangeQuotas};
use super::ids::Ids;
use super::outbox_signal::OutboxSignal;
use super::{Call, Error};
use crate::clock::{Clock, Timestamp};
use crate::domain::access::Authority;
use crate::domain::audit::{Action, Actor, Target};
use crate::domain::audit_details::Details;
use crate::domain::ids::{MemberId, OrganizationId, RequestId};
use crate::domain::member::Member;
use crate::domain::service_key::ServiceKey;
use crate::entropy::NoEntropy;
use crate::store::record::{Claim, Origin, Record};
use crate::telemetry::Metrics;

/// A record being filled in.
#[derive(Clone, Debug)]
pub(super) struct AuditEntry(pub(super) Record);

impl AuditEntry {
    pub(super) fn in_organization(mut self, id: OrganizationId) -> Self {
        self.0.organization_id = Some(id);
        self
    }

    pub(super) fn of_member(mut self, id: MemberId) -> Self {
        self.0.member_id = Some(id);
        self
    }

    /// About a service key, in the organization that it is bound to.
    pub(super) fn of_key(mut self, key: &ServiceKey) -> Self {
        self.0.organization_id = key.organization_id;
        self.target(Target::ServiceKey(key.id)).details(Details::Role { role: key.role.name() })
    }

    pub(super) fn because(mut self, reason: &str) -> Self {
        self.0.reason = Some(reason.to_owned());
        self
    }

    /// Says what was changed, instead of what was said before.
    pub(super) fn target(self, target: Target) -> Self {
        self.targets(vec![target])
    }

    pub(super) fn targets(mut self, targets: Vec<Target>) -> Self {
        self.0.targets = targets;
        self
    }

    /// Says that the targets are what the call makes: whoever sends it again is judged by them.
    pub(super) fn that_are_made(mut self) -> Self {
        self.0.makes.clone_from(&self.0.targets);
        self
    }

    pub(super) fn details(mut self, details: Details) -> Self {
        self.0.details = details;
        self
    }

    /// With the idempotency key that the call came with.
    pub(super) fn claiming(mut self, claim: Option<Claim>) -> Self {
        self.0.claim = claim;
        self
    }

    pub(super) fn at(&self) -> Timestamp {
        self.0.at
    }
}

/// Where changes end up: the audit log, the log of the process, the metrics, and whoever waits for what has ended.
#[derive(Clone, Debug)]
pub(super) struct AuditTrail {
    ids: Ids,
    clock: Clock,
    metrics: Arc<Metrics>,
    limiter: Arc<ChangeLimiter>,
    signal: OutboxSignal,
}

impl AuditTrail {
    pub(super) fn new(
        ids: Ids,
        clock: Clock,
        metrics: Arc<Metrics>,
        quotas: ChangeQuotas,
        signal: OutboxSignal,
    ) -> Self {
        Self { ids, clock, metrics, limiter: Arc::new(ChangeLimiter::new(quotas)), signal }
    }

    /// The record of a change by `call`, which `authority` allows; counted, unless it only ends something.
    pub(super) fn entry(
        &self,
        call: &Call,
        authority: Authority,
        action: Action,
    ) -> Result<AuditEntry, Error> {
        if !action.only_ends() {
            self.count_change(call)?;
        }
        let actor = authority.caller().actor();
        let change = self.entry_by(Origin::Caller(authority), actor, Some(call.request_id), action)?;
        Ok(change.claiming(call.claim))
    }

    /// The record of what the process does.
    pub(super) fn system_entry(&self, action: Action) -> Result<AuditEntry, NoEntropy> {
        self.entry_by(Origin::System, Actor::System, None, action)
    }

    /// The record of what whoever owns the data directory does with the keys of the installation.
    pub(super) fn terminal_entry(&self, action: Action) -> Result<AuditEntry, NoEntropy> {
        self.entry_by(Origin::System, Actor::Terminal, None, action)
    }

    pub(super) fn entry_by(
        &self,
        origin: Origin,
        actor: Actor,
        request_id: Option<RequestId>,
        action: Action,
    ) -> Result<AuditEntry, NoEntropy> {
        Ok(AuditEntry(Record {
            id: self.ids.next()?,
            at: self.clock.now(),
            origin,
            organization_id: None,
            actor,
            action,
            member_id: None,
            targets: Vec::new(),
            makes: Vec::new(),
            reason: None,
            details: Details::None {},
            request_id,
            claim: None,
        }))
    }

    /// Writes the canonical line of a change that is on disk, counts it, and wakes whoever delivers from the outbox.
    pub(super) fn committed(&self, change: &AuditEntry) {
        let record = &change.0;
        self.signal.notify();
        self.metrics.change(record.action.name());

        tracing::info!(
            event = "change",
            action = record.action.name(),
            actor_kind = record.actor.kind(),
            actor_id = record.actor.id().map(tracing::field::display),
            organization_id = record.organization_id.map(tracing::field::display),
            member_id = record.member_id.map(tracing::field::display),
            request_id = record.request_id.map(tracing::field::display),
        );
    }

    /// The record of a change to a member.
    pub(super) fn member_entry(
        &self,
        call: &Call,
        authority: Authority,
        action: Action,
        member: &Member,
    ) -> Result<AuditEntry, Error> {
        let change =
            self.entry(call, authority, action)?.in_organization(member.organization_id).of_member(member.id);
        Ok(change.target(Target::Member(member.id)))
    }

    /// Counts a change by this call that does more than end something; once, however often the call is judged.
    pub(super) fn count_change(&self, call: &Call) -> Result<(), Error> {
        if call.counted {
            return Ok(());
        }
        let now = Timestamp::from_micros(0).plus(self.clock.monotonic());
        self.limiter.charge(&call.caller, now).map_err(Error::TooManyChanges)
    }
}
