//! The record of a change: filled in by a use case, written with the change, then logged.

use std::fmt;

use super::{Call, Error, Service};
use crate::clock::Timestamp;
use crate::domain::access::Authority;
use crate::domain::audit::{Action, Actor};
use crate::domain::ids::{MemberId, OrganizationId, RequestId};
use crate::domain::service_key::ServiceKey;
use crate::entropy::NoEntropy;
use crate::store::audit::Record;
use crate::store::idempotency::Claim;
use crate::store::transaction::Origin;

/// A record being filled in.
#[derive(Clone, Debug)]
pub(super) struct Change(pub(super) Record);

impl Change {
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
        self.target("service_key", key.id).details(&serde_json::json!({"role": key.role.name()}))
    }

    pub(super) fn because(mut self, reason: &str) -> Self {
        self.0.reason = Some(reason.to_owned());
        self
    }

    /// Adds what was changed.
    pub(super) fn target(self, kind: &str, id: impl fmt::Display) -> Self {
        self.targets(&[(kind, id.to_string())])
    }

    pub(super) fn targets(mut self, targets: &[(&str, String)]) -> Self {
        let list: Vec<_> =
            targets.iter().map(|(kind, id)| serde_json::json!({"kind": kind, "id": id})).collect();
        self.0.targets = serde_json::Value::from(list).to_string();
        self
    }

    pub(super) fn details(mut self, details: &serde_json::Value) -> Self {
        self.0.details = details.to_string();
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

impl Service {
    /// The record of a change by `call`, which `authority` allows; counted, unless it only ends something.
    pub(super) fn record(&self, call: &Call, authority: Authority, action: Action) -> Result<Change, Error> {
        if !action.only_ends() {
            self.count_change(call)?;
        }
        let actor = authority.caller().actor();
        let change = self.record_of(Origin::Caller(authority), actor, Some(call.request_id), action)?;
        Ok(change.claiming(call.claim))
    }

    /// The record of what the process does.
    pub(super) fn record_by_system(&self, action: Action) -> Result<Change, NoEntropy> {
        self.record_of(Origin::System, Actor::System, None, action)
    }

    pub(super) fn record_of(
        &self,
        origin: Origin,
        actor: Actor,
        request_id: Option<RequestId>,
        action: Action,
    ) -> Result<Change, NoEntropy> {
        Ok(Change(Record {
            id: self.id()?,
            at: self.clock.now(),
            origin,
            organization_id: None,
            actor,
            action,
            member_id: None,
            targets: "[]".into(),
            reason: None,
            details: "{}".into(),
            request_id,
            claim: None,
        }))
    }

    /// The canonical line of a change that is on disk; and those who tell of it look what there is.
    pub(super) fn changed(&self, change: &Change) {
        let record = &change.0;
        self.bell.notify_waiters();
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
}
