//! Bulk revocations that are not done at once: a job passes the members of the organization in order of id, a piece at a
//! time. Each piece is one transaction.
//!
//! ```text
//!   the lease is held --> the organization is active --> match --> lock the members --> end --> pass: running, and at
//!                                                                                      the member that was read
//! ```
//!
//! A piece that is not met writes nothing, so whoever does the next neither repeats nor skips one.

use uuid::Uuid;

use super::ends::Targets;
use super::{NewRevocation, Range, RevocationStore, Scope, own, revocation_and_place};
use crate::clock::Timestamp;
use crate::domain::ids::{OrganizationId, RevocationId};
use crate::domain::lease::Lease;
use crate::domain::revocation::{Filter, Revocation, RevocationState};
use crate::store::client_passwords::filter_args;
use crate::store::database::Attempt;
use crate::store::engine::unmet::Unmet;
use crate::store::engine::{Columns, EngineError};
use crate::store::record::Record;
use crate::store::statements::{NOW, args, long, point};
use crate::store::transaction::Transaction;

/// A revocation, or a preview, that a job has still to go on with.
#[derive(Clone, Debug)]
pub struct RunningRevocation {
    /// What it is.
    pub revocation: Revocation,
    /// Whose client passwords it may end.
    scope: Scope,
    /// The last client password that there was when it began.
    newest: Uuid,
    /// The last member whom it has passed.
    passed: Uuid,
}

/// What a piece passes.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    /// These members.
    pub range: Range,
    /// So many have been passed with it.
    pub passed: i64,
    /// Whether none is left.
    pub is_last: bool,
}

impl RunningRevocation {
    /// Under which revocation its set is kept.
    fn targets(&self) -> RevocationId {
        self.revocation.preview_id.unwrap_or(self.revocation.id)
    }
}

fn running(c: &mut Columns) -> Result<RunningRevocation, EngineError> {
    let (revocation, passed) = revocation_and_place(c)?;
    let scope = Scope { below_rank: c.int()?, and: c.opt_id()? };
    Ok(RunningRevocation { revocation, passed, scope, newest: c.opt_id()?.unwrap_or(Uuid::nil()) })
}

impl RevocationStore {
    /// How many members an organization has, whether they have left or not.
    async fn count_members(&self, organization: OrganizationId) -> Result<i64, EngineError> {
        let args = args![organization.uuid()];
        let counted = self.database.one(long!("revocations/count_members"), args, Columns::int).await?;
        Ok(counted.unwrap_or(0))
    }

    /// Begins a job for what the filter describes, in an active organization. A dry run leaves no record.
    pub async fn begin(&self, new: &NewRevocation<'_>, filter: &Filter, dry_run: bool) -> Attempt {
        let members = self.count_members(new.organization_id).await?;
        let mut transaction = Transaction::of(new.record);
        transaction.lock_organization(new.organization_id);
        transaction.insert_revocation(new, filter, dry_run);
        transaction.run_revocation(new.id, members);

        if dry_run {
            transaction.claim(new.record);
        } else {
            transaction.record(new.record);
        }
        self.database.commit(transaction).await
    }

    /// Begins a job for the set of a preview that has not been used.
    pub async fn begin_from_preview(
        &self,
        new: &NewRevocation<'_>,
        preview: RevocationId,
        made_after: Timestamp,
    ) -> Attempt {
        let members = self.count_members(new.organization_id).await?;
        let mut transaction = Transaction::of(new.record);
        transaction.lock_organization(new.organization_id);
        transaction.claim_preview(new, preview, made_after);
        transaction.run_revocation(new.id, members);
        transaction.record(new.record);
        self.database.commit(transaction).await
    }

    /// Those that a job has still to go on with, the oldest first.
    pub async fn running(&self) -> Result<Vec<RunningRevocation>, EngineError> {
        self.database.all(long!("revocations/running"), vec![], running).await
    }

    /// The next piece of so many members.
    pub async fn next_piece(&self, of: &RunningRevocation, members: i64) -> Result<Piece, EngineError> {
        let progress = of.revocation.progress;
        let (passed, all) = progress.map_or((0, 0), |progress| (progress.passed, progress.all));
        let args = args![of.revocation.organization_id.uuid(), of.passed, members - 1];
        let upto = self.database.one(long!("revocations/end_of_piece"), args, Columns::id::<Uuid>).await?;

        Ok(Piece {
            range: Range { after: of.passed, upto: upto.unwrap_or(Uuid::max()) },
            // Members who came since are passed, too.
            passed: upto.map_or(all, |_| all.min(passed.saturating_add(members))),
            is_last: upto.is_none(),
        })
    }

    /// Passes a piece: ends what is in the set of what its members have, or counts it. With the last one it is done, of
    /// which `done` is the record.
    pub async fn pass(
        &self,
        lease: Lease,
        of: &RunningRevocation,
        piece: Piece,
        networks: &[String],
        notice: Uuid,
        done: &Record,
    ) -> Attempt {
        let mut transaction = Transaction::job(lease);
        let (id, organization) = (of.revocation.id, of.revocation.organization_id);
        let active = args![organization.uuid()];
        transaction.expect_one(point!("organizations/is_active"), active, Unmet::NotActive);

        if of.revocation.preview_id.is_none() {
            transaction.put_networks(id, networks);
            transaction.match_piece(of, piece.range);
            transaction.drop_networks(id, networks);
        }
        if of.revocation.dry_run {
            transaction.count_targets(id.uuid(), piece.range);
        } else {
            transaction.end_piece(of, piece.range, notice);
        }

        let args = args![piece.range.upto, piece.passed, id.uuid(), piece.range.after];
        transaction.expect_one(point!("revocations/pass"), args, Unmet::Overtaken);
        if piece.is_last {
            transaction.finish_revocation(id, RevocationState::Done);
            if !of.revocation.dry_run {
                transaction.record_revocation(done, id);
            }
        }
        self.database.commit(transaction).await
    }

    /// Gives one up that cannot go on.
    pub async fn give_up(&self, lease: Lease, of: &RunningRevocation, record: &Record) -> Attempt {
        let mut transaction = Transaction::job(lease);
        transaction.finish_revocation(of.revocation.id, RevocationState::Failed);
        if !of.revocation.dry_run {
            transaction.record_revocation(record, of.revocation.id);
        }
        self.database.commit(transaction).await
    }

    /// Stops one that is running. What it has ended stays ended.
    pub async fn stop(&self, of: &Revocation, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        let args = args![NOW, of.id.uuid(), of.organization_id.uuid()];
        transaction.expect_one(point!("revocations/stop"), args, Unmet::Overtaken);
        if of.dry_run {
            transaction.claim(record);
        } else {
            transaction.record_revocation(record, of.id);
        }
        self.database.commit(transaction).await
    }
}

impl Transaction {
    /// Makes a revocation that was just written one that a job goes on with, from before the first member on.
    fn run_revocation(&mut self, id: RevocationId, members: i64) {
        let args = args![Uuid::nil(), members, id.uuid()];
        self.expect_one(point!("revocations/run"), args, Unmet::Broken);
    }

    /// Finds what was there and lived when it began, as far as it still is as the filter says.
    fn match_piece(&mut self, of: &RunningRevocation, range: Range) {
        let Revocation { id, organization_id, filter, created_at, .. } = &of.revocation;
        let mut args = args![id.uuid(), organization_id.uuid(), range.after, range.upto];
        args.extend(args![of.scope.below_rank, own(of.scope), of.newest, *created_at]);
        args.extend(args![filter.member_ids.is_some(), filter.department_ids.is_some()]);
        args.extend(filter_args(filter));
        self.execute(long!("revocations/match"), args);
    }

    fn end_piece(&mut self, of: &RunningRevocation, range: Range, notice: Uuid) {
        let Revocation { id: revocation, organization_id: organization, .. } = of.revocation;
        let set = of.targets().uuid();
        self.end_targets(&Targets { revocation, organization, scope: of.scope, set, range }, notice);
    }
}
