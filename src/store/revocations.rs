//! Bulk revocations: a filter becomes a set, the set is counted, and ended.
//!
//! The set is kept as the client passwords that the filter found; what came from one of them by rotating
//! (same lineage, later id) belongs to it, so rotating escapes nothing.

use uuid::Uuid;

use super::audit::actor;
use super::client_passwords::filter_args;
use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError, Value};
use super::json::{filter_of, filter_text};
use super::page::Page;
use super::pending_end::PendingEnd;
use super::record::Record;
use super::statements::{NOW, args, ending, list, long, note, point};
use super::transaction::Transaction;
use crate::domain::client_password::EndReason;
use crate::domain::ids::{MemberId, OrganizationId, RevocationId};
use crate::domain::revocation::{Count, EndedClientPassword, Filter, Revocation};

/// Whose client passwords a caller may end.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// Members of lower rank than this.
    pub below_rank: i64,
    /// And this one: the caller.
    pub and: Option<MemberId>,
}

/// A revocation on its way in.
#[derive(Clone, Debug)]
pub struct NewRevocation<'a> {
    /// The id that the record names.
    pub id: RevocationId,
    /// The organization in which client passwords end.
    pub organization_id: OrganizationId,
    /// The reason in somebody's words, one line.
    pub reason: &'a str,
    /// The record of the change.
    pub record: &'a Record,
}

fn revocation(c: &mut Columns) -> Result<Revocation, EngineError> {
    let (id, filter, reason) = (c.id()?, c.parsed(filter_of)?, c.text()?);
    let (dry_run, preview_id) = (c.flag()?, c.opt_id()?);
    let matched = Count { members: c.int()?, client_passwords: c.int()? };
    let ended = Count { members: c.int()?, client_passwords: c.int()? };
    let (created_at, created_by) = (c.time()?, actor(c)?);
    let finished_at = c.opt_time()?;

    Ok(Revocation {
        id,
        filter,
        reason,
        dry_run,
        preview_id,
        matched,
        ended,
        created_at,
        created_by,
        finished_at,
    })
}

/// Bulk revocations and their dry runs.
#[derive(Clone, Debug)]
pub struct RevocationStore {
    database: Database,
}

impl RevocationStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Finds what the filter describes, counts it and, unless it is a dry run, ends it, in an
    /// active organization.
    pub async fn create(
        &self,
        new: &NewRevocation<'_>,
        filter: &Filter,
        scope: Scope,
        dry_run: bool,
    ) -> Attempt {
        let mut transaction = Transaction::of(new.record);
        let (id, organization, record) = (new.id.uuid(), new.organization_id.uuid(), new.record);
        let (kind, actor) = (record.actor.kind(), record.actor.id());
        transaction.lock_organization(new.organization_id);

        transaction.expect_one(
            point!("revocations/insert"),
            args![id, organization, filter_text(filter), new.reason, dry_run, NOW, kind, actor],
            Unmet::Broken,
        );
        for member in filter.member_ids.iter().flatten() {
            transaction.execute(point!("revocations/add_member"), args![id, member.uuid()]);
        }

        transaction.execute(long!("revocations/match"), match_args(new, filter, scope));
        if !dry_run {
            transaction.execute(note!("revocations/lock_members"), args![id]);
        }
        transaction.expect_one(long!("revocations/count"), args![NOW, id], Unmet::Broken);
        if dry_run {
            transaction.expect_one(long!("revocations/finish"), args![id, NOW], Unmet::Broken);
            transaction.claim(record);
        } else {
            end(&mut transaction, new, id, scope);
        }

        self.database.commit(transaction).await
    }

    /// Ends exactly the set of a preview that has not been used.
    pub async fn create_from_preview(
        &self,
        new: &NewRevocation<'_>,
        preview: RevocationId,
        scope: Scope,
    ) -> Attempt {
        let mut transaction = Transaction::of(new.record);
        let (id, record) = (new.id.uuid(), new.record);
        let organization = new.organization_id.uuid();
        transaction.lock_organization(new.organization_id);
        transaction.expect_one(
            point!("revocations/claim_preview"),
            args![id, preview.uuid(), organization],
            Unmet::PreviewUsed,
        );
        transaction.expect_one(
            point!("revocations/insert_from_preview"),
            args![id, new.reason, NOW, record.actor.kind(), record.actor.id(), preview.uuid()],
            Unmet::Broken,
        );

        transaction.execute(note!("revocations/lock_members"), args![preview.uuid()]);
        end(&mut transaction, new, preview.uuid(), scope);
        self.database.commit(transaction).await
    }

    /// One revocation of an organization.
    pub async fn by_id(
        &self,
        organization: OrganizationId,
        id: RevocationId,
    ) -> Result<Option<Revocation>, EngineError> {
        self.database
            .one(point!("revocations/by_id"), args![id.uuid(), organization.uuid()], revocation)
            .await
    }

    /// What a revocation has ended, newest first.
    pub async fn ended(&self, id: RevocationId, page: Page) -> Result<Vec<EndedClientPassword>, EngineError> {
        let args = args![id.uuid(), page.before, page.limit];
        let decode = |c: &mut Columns| {
            Ok(EndedClientPassword {
                id: c.id()?,
                login: c.text()?,
                label: c.text()?,
                ended_at: c.opt_time()?,
                last_used_at: c.opt_time()?,
            })
        };
        self.database.all(list!("revocations/ended"), args, decode).await
    }

    /// Revocations of an organization, newest first.
    pub async fn list(
        &self,
        organization: OrganizationId,
        page: Page,
    ) -> Result<Vec<Revocation>, EngineError> {
        let args = args![organization.uuid(), page.before, page.limit];
        self.database.all(list!("revocations/list"), args, revocation).await
    }
}

fn match_args(new: &NewRevocation<'_>, filter: &Filter, scope: Scope) -> Vec<Value> {
    let mut args = args![
        new.id.uuid(),
        new.organization_id.uuid(),
        scope.below_rank,
        scope.and.map_or(Uuid::nil(), MemberId::uuid),
        NOW,
        filter.member_ids.is_some(),
    ];

    args.extend(filter_args(filter));
    args
}

/// Ends the set that was kept under `targets`, as far as it is in scope now, and writes what came of it. Its members
/// have been locked before, so that nothing of it is rotated meanwhile; two of these do not meet, because each has
/// locked the organization.
fn end(transaction: &mut Transaction, new: &NewRevocation<'_>, targets: Uuid, scope: Scope) {
    let id = new.id.uuid();
    let and = scope.and.map_or(Uuid::nil(), MemberId::uuid);
    let ended = PendingEnd::some(new.record, EndReason::BulkRevocation);
    let args = args![NOW, id, targets, scope.below_rank, and];

    transaction.end_any(ending!("revocations/end"), args, [ended]);
    transaction.expect_one(long!("revocations/finish"), args![id, NOW], Unmet::Broken);
    transaction.execute(long!("revocations/drop_targets"), args![targets]);
    transaction.record_revocation(new.record, new.id);
}
