//! Bulk revocations: a filter becomes a set, the set is counted, and ended. What is small is done at once, in one
//! transaction; the pieces of what is not, and how a set ends, are next door.
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
use super::record::Record;
use super::statements::{NOW, args, list, long, point};
use super::transaction::Transaction;
use crate::clock::Timestamp;
use crate::domain::ids::{DepartmentId, MemberId, OrganizationId, RevocationId};
use crate::domain::lease::Lease;
use crate::domain::network::Networks;
use crate::domain::revocation::{
    Count, EndedClientPassword, Filter, MAX_DEPARTMENTS, Progress, Revocation, RevocationState,
};

mod ends;
pub mod jobs;

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
    /// Whose client passwords it may end.
    pub scope: Scope,
    /// The record of the change.
    pub record: &'a Record,
}

/// What a filter finds its set in, where that is little.
#[derive(Clone, Debug)]
pub enum Candidates {
    /// All that the organization has.
    Organization,
    /// What the members have whom the filter names, by themselves or by their departments.
    Members,
}

/// Members by id after the one and up to the other, and their client passwords.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// After this member.
    pub after: Uuid,
    /// Up to this one.
    pub upto: Uuid,
}

impl Range {
    /// All members.
    pub const ALL: Self = Self { after: Uuid::nil(), upto: Uuid::max() };
}

fn revocation(c: &mut Columns) -> Result<Revocation, EngineError> {
    Ok(revocation_and_place(c)?.0)
}

/// A revocation, and the last member whom it has passed.
fn revocation_and_place(c: &mut Columns) -> Result<(Revocation, Uuid), EngineError> {
    let (id, organization_id, state) = (c.id()?, c.id()?, c.parsed(RevocationState::parse)?);
    let (filter, reason) = (c.parsed(filter_of)?, c.text()?);
    let (dry_run, preview_id) = (c.flag()?, c.opt_id()?);
    let matched = Count { members: c.int()?, client_passwords: c.int()? };
    let ended = Count { members: c.int()?, client_passwords: c.int()? };
    let progress = Progress { passed: c.int()?, all: c.int()? };
    let (created_at, created_by) = (c.time()?, actor(c)?);
    let (finished_at, passed) = (c.opt_time()?, c.opt_id::<Uuid>()?);

    let revocation = Revocation {
        id,
        organization_id,
        state,
        progress: passed.map(|_| progress),
        filter,
        reason,
        dry_run,
        preview_id,
        matched,
        ended,
        created_at,
        created_by,
        finished_at,
    };
    Ok((revocation, passed.unwrap_or(Uuid::nil())))
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

    /// What the filter has to look at, if that is no more than so many client passwords and as many members of an
    /// organization, or so many members of departments. What is named member by member is.
    pub async fn candidates(
        &self,
        organization: OrganizationId,
        filter: &Filter,
        rows: i64,
        members: i64,
    ) -> Result<Option<Candidates>, EngineError> {
        if filter.member_ids.is_some() {
            return Ok(Some(Candidates::Members));
        }
        let departments = match &filter.department_ids {
            Some(departments) => self.count_in_departments(departments, members + 1).await?,
            None => i64::MAX,
        };
        if departments <= members {
            return Ok(Some(Candidates::Members));
        }

        let page_end = list!("client_passwords/page_end");
        let more = self.database.end_of_page(page_end, organization.uuid(), Uuid::max(), rows).await?;
        let args = args![organization.uuid(), Uuid::nil(), rows];
        let others = self.database.one(long!("revocations/end_of_piece"), args, Columns::id::<Uuid>).await?;
        Ok((more.is_none() && others.is_none()).then_some(Candidates::Organization))
    }

    /// How often members are in these departments and those below, counted no further than `most`.
    async fn count_in_departments(
        &self,
        departments: &[DepartmentId],
        most: i64,
    ) -> Result<i64, EngineError> {
        let ids = departments.iter().map(|id| Value::from(id.uuid()));
        let ids = ids.chain(std::iter::repeat(Uuid::nil().into())).take(MAX_DEPARTMENTS);
        let args = ids.chain([most.into()]).collect();
        let counted = self.database.one(long!("revocations/department_members"), args, Columns::int).await?;
        Ok(counted.unwrap_or(0))
    }

    /// Finds what the filter describes, counts it and, unless it is a dry run, ends it, in an active organization; not
    /// if there are more than `most` of them. `networks` are the lists of networks that it finds.
    pub async fn create(
        &self,
        new: &NewRevocation<'_>,
        filter: &Filter,
        candidates: &Candidates,
        networks: &[String],
        dry_run: bool,
        most: i64,
    ) -> Attempt {
        let mut transaction = Transaction::of(new.record);
        let id = new.id.uuid();
        transaction.lock_organization(new.organization_id);
        transaction.insert_revocation(new, filter, dry_run);
        transaction.put_networks(new.id, networks);

        transaction.match_at_once(new, filter, candidates);
        transaction.drop_networks(new.id, networks);
        transaction.expect_one(long!("revocations/is_small"), args![id, most], Unmet::TooMany);

        if dry_run {
            transaction.count_targets(id, Range::ALL);
            transaction.finish_revocation(new.id, RevocationState::Done);
            transaction.claim(new.record);
        } else {
            transaction.end_at_once(new, id);
        }

        self.database.commit(transaction).await
    }

    /// Ends exactly the set of a preview that has not been used.
    pub async fn create_from_preview(
        &self,
        new: &NewRevocation<'_>,
        preview: RevocationId,
        made_after: Timestamp,
    ) -> Attempt {
        let mut transaction = Transaction::of(new.record);
        transaction.lock_organization(new.organization_id);
        transaction.claim_preview(new, preview, made_after);
        transaction.end_at_once(new, preview.uuid());
        self.database.commit(transaction).await
    }

    /// Members of whom something is kept that a preview has found and that nobody may end any more: previews made before
    /// `until`, used, or stopped. No more than `limit`.
    pub async fn forgotten_targets(
        &self,
        until: Timestamp,
        limit: i64,
    ) -> Result<Vec<(RevocationId, MemberId)>, EngineError> {
        let pair = |c: &mut Columns| Ok((c.id()?, c.id()?));
        self.database.all(long!("revocations/forgotten_targets"), args![until, limit], pair).await
    }

    /// Forgets what previews have found of these.
    pub async fn forget_targets(&self, lease: Lease, of: &[(RevocationId, MemberId)]) -> Attempt {
        let mut transaction = Transaction::job(lease);
        for (revocation, member) in of {
            let args = args![revocation.uuid(), member.uuid()];
            transaction.execute(point!("revocations/forget_targets"), args);
        }
        self.database.commit(transaction).await
    }

    /// The lists of networks that client passwords of members in this range have and of which `wanted` finds at least
    /// one network.
    pub async fn networks(
        &self,
        organization: OrganizationId,
        range: Range,
        wanted: Option<&Networks>,
    ) -> Result<Vec<String>, EngineError> {
        let Some(wanted) = wanted else { return Ok(Vec::new()) };
        let args = args![organization.uuid(), range.after, range.upto];
        let all = self.database.all(long!("revocations/networks"), args, Columns::text).await?;
        let found = |text: &String| Networks::from_text(text).is_some_and(|own| own.touch(wanted));
        Ok(all.into_iter().filter(found).collect())
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

    /// What a revocation has ended, member by member, from after this member's client password on.
    pub async fn ended(
        &self,
        id: RevocationId,
        after: (Uuid, Uuid),
        limit: i64,
    ) -> Result<Vec<EndedClientPassword>, EngineError> {
        let decode = |c: &mut Columns| {
            Ok(EndedClientPassword {
                member_id: c.id()?,
                id: c.id()?,
                login: c.text()?,
                label: c.text()?,
                ended_at: c.opt_time()?,
                last_used_at: c.opt_time()?,
            })
        };
        let args = args![id.uuid(), after.0, after.1, limit];
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

fn own(scope: Scope) -> Uuid {
    scope.and.map_or(Uuid::nil(), MemberId::uuid)
}

impl Transaction {
    fn insert_revocation(&mut self, new: &NewRevocation<'_>, filter: &Filter, dry_run: bool) {
        let (id, record) = (new.id.uuid(), new.record);
        let (kind, actor) = (record.actor.kind(), record.actor.id());
        let organization = new.organization_id.uuid();
        let mut args = args![id, organization, filter_text(filter), new.reason, dry_run, NOW, kind, actor];
        args.extend(args![new.scope.below_rank, own(new.scope)]);
        self.expect_one(point!("revocations/insert"), args, Unmet::Broken);

        for member in filter.member_ids.iter().flatten() {
            self.execute(point!("revocations/add_member"), args![id, member.uuid()]);
        }
        for department in filter.department_ids.iter().flatten() {
            self.execute(point!("revocations/add_department"), args![id, department.uuid()]);
        }
    }

    /// Takes a preview that is done, was made after this moment and was not used, for a revocation that is to end its set.
    fn claim_preview(&mut self, new: &NewRevocation<'_>, preview: RevocationId, made_after: Timestamp) {
        let (id, record) = (new.id.uuid(), new.record);
        let args = args![id, preview.uuid(), new.organization_id.uuid(), made_after];
        self.expect_one(point!("revocations/claim_preview"), args, Unmet::PreviewUsed);

        let mut args = args![id, new.reason, NOW, record.actor.kind(), record.actor.id()];
        args.extend(args![new.scope.below_rank, own(new.scope), preview.uuid()]);
        self.expect_one(point!("revocations/insert_from_preview"), args, Unmet::Broken);
    }

    /// Keeps these lists of networks for as long as the transaction looks for them.
    fn put_networks(&mut self, id: RevocationId, networks: &[String]) {
        for networks in networks {
            self.execute(point!("revocations/add_networks"), args![id.uuid(), networks.as_str()]);
        }
    }

    fn drop_networks(&mut self, id: RevocationId, networks: &[String]) {
        if !networks.is_empty() {
            self.execute(point!("revocations/drop_networks"), args![id.uuid()]);
        }
    }

    /// Finds what lives at this moment.
    fn match_at_once(&mut self, new: &NewRevocation<'_>, filter: &Filter, candidates: &Candidates) {
        let (id, organization) = (new.id.uuid(), new.organization_id.uuid());
        let (below, own) = (new.scope.below_rank, own(new.scope));
        let of_departments = filter.department_ids.is_some();

        match candidates {
            Candidates::Organization => {
                let Range { after, upto } = Range::ALL;
                let mut args = args![id, organization, after, upto, below, own, Uuid::max(), NOW];
                args.extend(args![false, of_departments]);
                args.extend(filter_args(filter));
                self.execute(long!("revocations/match"), args);
            }
            Candidates::Members => {
                if filter.member_ids.is_none() {
                    self.execute(long!("revocations/add_department_members"), args![id]);
                }
                let mut args = args![id, organization, below, own, Uuid::max(), NOW, of_departments];
                args.extend(filter_args(filter));
                self.execute(long!("revocations/match_members"), args);
            }
        }
    }
}
