//! Audit events: a step of every change, and the list.

use uuid::Uuid;

use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError, Value};
use super::json::{details_text, targets_of, targets_text};
use super::page::Page;
use super::record::Record;
use super::statements::{NOW, args, list, long, point};
use super::transaction::Transaction;
use crate::clock::Timestamp;
use crate::domain::audit::{Actor, AuditEvent, AuditFilter};
use crate::domain::client_password::EndReason;
use crate::domain::ids::{MemberId, OrganizationId, RequestId, RevocationId};

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
            targets_text(&$record.targets),
            $record.reason.clone(),
            details_text(&$record.details),
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
        targets: c.parsed(targets_of)?,
        reason: c.opt_text()?,
        details: c.text()?,
        ended_client_passwords: c.opt_int()?,
        request_id: c.opt_id()?,
    })
}

/// Lists audit events, and writes the records of what is changed many at a time.
#[derive(Clone, Debug)]
pub struct AuditStore {
    database: Database,
}

impl AuditStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The last row of a piece that reads so many events on from `before`, if there are more: of a member, if the filter
    /// names one.
    pub async fn end_of_piece(
        &self,
        organization: OrganizationId,
        filter: &AuditFilter,
        before: Uuid,
        rows: i64,
    ) -> Result<Option<Uuid>, EngineError> {
        let (statement, of) = match filter.member_id {
            Some(member) => (list!("audit/page_end_of_member"), member.uuid()),
            None => (list!("audit/page_end"), organization.uuid()),
        };
        self.database.end_of_page(statement, of, before, rows).await
    }

    /// Writes these records, all or none, of a change that is made already or is made with them.
    pub async fn record_all(&self, records: &[&Record]) -> Attempt {
        let mut transaction = Transaction::system();
        for record in records {
            transaction.record(record);
        }
        self.database.commit(transaction).await
    }

    /// Audit events about a member, newest first.
    pub async fn of_member(&self, member: MemberId, page: Page) -> Result<Vec<AuditEvent>, EngineError> {
        let args = args![member.uuid(), page.before, page.limit];
        self.database.all(list!("audit/of_member"), args, event).await
    }

    /// Audit events of an organization, newest first.
    pub async fn list(
        &self,
        organization: OrganizationId,
        filter: &AuditFilter,
        page: Page,
    ) -> Result<Vec<AuditEvent>, EngineError> {
        let home = organization.uuid();
        let (statement, mut args) = match filter.member_id {
            Some(member) => {
                (list!("audit/list_of_member"), args![member.uuid(), page.before, page.from, home])
            }
            None => (list!("audit/list"), args![home, page.before, page.from]),
        };

        args.extend(args![
            filter.actor_id.is_some(),
            filter.actor_id.unwrap_or_default(),
            filter.action.clone().unwrap_or_default(),
            filter.since.map_or(i64::MIN, Timestamp::micros),
            filter.until.map_or(i64::MAX, Timestamp::micros),
            page.limit,
        ]);
        self.database.all(statement, args, event).await
    }
}

/// The line that says when, why and by whom an epoch ended.
pub(super) fn end_args(record: &Record, reason: EndReason, of: Uuid) -> Vec<Value> {
    let actor = record.actor;
    args![NOW, reason.name(), actor.kind(), actor.id(), of]
}
