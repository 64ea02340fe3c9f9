//! Audit events: a step of every change, and the list.

use uuid::Uuid;

use super::engine::{Columns, EngineError};
use super::idempotency::Claim;
use super::transaction::{NOW, Origin};
use super::{Attempt, Page, Store, Transaction, Unmet, args, list, long, point};
use crate::clock::Timestamp;
use crate::domain::audit::{Action, Actor, AuditEvent, AuditFilter};
use crate::domain::client_password::EndReason;
use crate::domain::ids::{AuditEventId, MemberId, OrganizationId, RequestId, RevocationId};

/// A record on its way in.
#[derive(Clone, Debug)]
pub struct Record {
    /// Id.
    pub id: AuditEventId,
    /// When it was asked for; what is written has the time at which it is.
    pub at: Timestamp,
    /// On whose behalf.
    pub origin: Origin,
    /// In which organization.
    pub organization_id: Option<OrganizationId>,
    /// By whom.
    pub actor: Actor,
    /// What.
    pub action: Action,
    /// The member it was done to.
    pub member_id: Option<MemberId>,
    /// What was changed, as a JSON array of kind and id.
    pub targets: String,
    /// Why, in somebody's words.
    pub reason: Option<String>,
    /// What else is worth knowing, as a JSON object; never a secret.
    pub details: String,
    /// The request that did it.
    pub request_id: Option<RequestId>,
    /// The idempotency key that it came with.
    pub claim: Option<Claim>,
}

macro_rules! common {
    ($record:expr) => {
        args![
            $record.id.uuid(),
            $record.organization_id.map(OrganizationId::uuid),
            NOW,
            $record.actor.kind(),
            $record.actor.id(),
            $record.action.name(),
            $record.member_id.map(MemberId::uuid),
            $record.targets.as_str(),
            $record.reason.clone(),
            $record.details.as_str(),
        ]
    };
}

impl Transaction {
    /// Writes the record of this change, and claims its idempotency key.
    pub(super) fn record(&mut self, record: &Record) {
        let mut args = common!(record);
        args.extend(args![Option::<i64>::None, record.request_id.map(RequestId::uuid)]);
        self.expect_one(point!("audit/record"), args, Unmet::Broken);
        self.claim(record);
    }

    /// Writes the record of a change that ends all client passwords of its member, with their number; to be
    /// called before the step that ends them.
    pub(super) fn record_ending(&mut self, record: &Record) {
        let mut args = common!(record);
        args.extend(args![record.request_id.map(RequestId::uuid)]);
        self.expect_one(point!("audit/record_ending"), args, Unmet::Broken);
    }

    /// Writes the record of the client passwords of its organization that end with a pepper, with their number; to
    /// be called before the step that ends them.
    pub(super) fn record_retirement(&mut self, record: &Record, pepper: i64) {
        let mut args = common!(record);
        args.extend(args![record.request_id.map(RequestId::uuid), pepper]);
        self.expect_one(long!("audit/record_retirement"), args, Unmet::Broken);
    }

    /// Writes the record of a bulk revocation, with the number that it ended, and claims its idempotency key.
    pub(super) fn record_revocation(&mut self, record: &Record, revocation: RevocationId) {
        let mut args = common!(record);
        args.extend(args![record.request_id.map(RequestId::uuid), revocation.uuid()]);
        self.expect_one(point!("audit/record_revocation"), args, Unmet::Broken);
        self.claim(record);
    }
}

/// An actor, kept as its kind and id.
pub(super) fn actor(c: &mut Columns) -> Result<Actor, EngineError> {
    let (kind, id) = (c.text()?, c.opt_id()?);
    Actor::from_parts(&kind, id).ok_or_else(|| EngineError::Unreadable("an actor of no kind".into()))
}

fn event(c: &mut Columns) -> Result<AuditEvent, EngineError> {
    Ok(AuditEvent {
        id: c.id()?,
        organization_id: c.opt_id()?,
        at: c.time()?,
        actor: actor(c)?,
        action: c.text()?,
        member_id: c.opt_id()?,
        targets: c.text()?,
        reason: c.opt_text()?,
        details: c.text()?,
        ended_client_passwords: c.opt_int()?,
        request_id: c.opt_id()?,
    })
}

impl Store {
    /// Writes these records, all or none, of a change that is made already or is made with them.
    pub async fn record_all(&self, records: &[&Record]) -> Attempt {
        let mut transaction = Transaction::system();
        for record in records {
            transaction.record(record);
        }
        self.commit(transaction).await
    }

    /// Audit events of an organization, newest first.
    pub async fn audit_events(
        &self,
        organization: OrganizationId,
        filter: &AuditFilter,
        page: Page,
    ) -> Result<Vec<AuditEvent>, EngineError> {
        let any = Uuid::nil();
        let args = args![
            organization.uuid(),
            page.before,
            page.from,
            filter.member_id.is_some(),
            filter.member_id.map_or(any, MemberId::uuid),
            filter.actor_id.is_some(),
            filter.actor_id.unwrap_or(any),
            filter.action.clone().unwrap_or_default(),
            filter.since.map_or(i64::MIN, Timestamp::micros),
            filter.until.map_or(i64::MAX, Timestamp::micros),
            page.limit,
        ];
        self.all(list!("audit/list"), args, event).await
    }
}

/// The line that says when, why and by whom an epoch ended.
pub(super) fn end_args(record: &Record, reason: EndReason, of: Uuid) -> Vec<super::Value> {
    let actor = record.actor;
    args![NOW, reason.name(), actor.kind(), actor.id(), of]
}
