//! Bulk revocations: an administrator ends what a filter finds, after seeing what that would be.

use uuid::Uuid;

use super::audit_trail::{AuditEntry, AuditTrail};
use super::authority::Authorizer;
use super::ids::Ids;
use super::job_signal::JobSignal;
use super::parts::Parts;
use super::usage::UsageLog;
use super::{Call, Error, Listed, Paging, Refusal};
use crate::clock::Clock;
use crate::domain::access::{Caller, OrganizationPermission};
use crate::domain::audit::{Action, Target};
use crate::domain::audit_details::Details;
use crate::domain::field::{Fault, FieldError, text_line};
use crate::domain::ids::{ClientPasswordId, MemberId, OrganizationId, RevocationId};
use crate::domain::member::Role;
use crate::domain::revocation::{
    EndedClientPassword, Filter, FilterForm, MAX_REASON, PREVIEW_KEPT, Revocation, RevocationState,
};
use crate::store::record::Record;
use crate::store::revocations::{NewRevocation, Range, Scope};
use crate::store::{ClientPasswordStore, DepartmentStore, MemberStore, RevocationStore, Unmet};

pub mod jobs;

/// What is to be ended: what a filter finds now, or exactly what a dry run found.
#[derive(Clone, Debug)]
pub enum Selection {
    /// What this finds; only counted if the flag is set.
    Filter(Filter, bool),
    /// The set of this preview.
    Preview(RevocationId),
}

/// Ends what a filter finds, or counts it in a dry run: at once what is small, by a job what is not.
#[derive(Clone)]
pub struct Revocations {
    /// Most client passwords that are ended at once; with none everything is done by a job.
    at_once: i64,
    audit: AuditTrail,
    authorizer: Authorizer,
    begun: JobSignal,
    client_passwords: ClientPasswordStore,
    clock: Clock,
    departments: DepartmentStore,
    ids: Ids,
    members: MemberStore,
    store: RevocationStore,
    usage: UsageLog,
}

/// A filter looks at no more than so many times as many client passwords as are ended at once.
const LOOKED_AT: i64 = 4;

/// A revocation on its way in.
struct Wanted<'a> {
    call: &'a Call,
    id: RevocationId,
    organization: OrganizationId,
    reason: String,
    record: AuditEntry,
}

impl Wanted<'_> {
    fn revocation<'r>(&'r self, record: &'r Record) -> NewRevocation<'r> {
        NewRevocation {
            id: self.id,
            organization_id: self.organization,
            reason: &self.reason,
            scope: scope(&self.call.caller),
            record,
        }
    }

    /// The record of a job that begins with it.
    fn started(&self) -> AuditEntry {
        let mut started = self.record.clone();
        started.0.action = Action::BulkRevocationStarted;
        started
    }
}

impl Revocations {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            at_once: parts.settings.revocation_at_once,
            audit: parts.audit.clone(),
            authorizer: Authorizer::new(parts),
            begun: parts.revocations.clone(),
            client_passwords: parts.store.client_passwords(),
            clock: parts.clock.clone(),
            departments: parts.store.departments(),
            ids: parts.ids.clone(),
            members: parts.store.members(),
            store: parts.store.revocations(),
            usage: parts.usage.clone(),
        }
    }

    /// Ends a set of client passwords, or counts it; or begins to, if it is large: then its state is `running`.
    pub async fn create(
        &self,
        call: &Call,
        organization: OrganizationId,
        selection: &Selection,
        reason: &str,
    ) -> Result<Revocation, Error> {
        self.authorizer
            .judged(call, async |call| {
                let (_, authority) = self
                    .authorizer
                    .may_change(call, OrganizationPermission::BulkRevoke, organization)
                    .await?;

                let reason = text_line("reason", reason, MAX_REASON)?;
                let id = self.ids.next()?;
                let record =
                    self.audit.entry(call, authority, Action::BulkRevocation)?.in_organization(organization);
                let record = record.target(Target::Revocation(id)).that_are_made().because(&reason);
                let mut wanted = Wanted { call, id, organization, reason, record };

                let has_begun = match selection {
                    Selection::Filter(filter, dry_run) => {
                        self.revoke_filter(&mut wanted, filter, *dry_run).await?
                    }
                    Selection::Preview(preview) => self.revoke_preview(&mut wanted, *preview).await?,
                };

                let revocation = self.get(call, organization, id).await?;
                // The job may be over already; the same call once more is told the same.
                Ok(if has_begun { revocation.as_begun() } else { revocation })
            })
            .await
    }

    /// Ends what the filter finds, or counts it; whether a job has begun to.
    async fn revoke_filter(
        &self,
        wanted: &mut Wanted<'_>,
        filter: &Filter,
        dry_run: bool,
    ) -> Result<bool, Error> {
        filter.check()?;
        if dry_run {
            self.audit.count_change(wanted.call)?;
        }
        self.check_members(wanted.organization, filter).await?;
        self.check_departments(wanted.organization, filter).await?;
        self.check_label(wanted.organization, filter).await?;

        // The filter may look at last uses, so they must be written first.
        self.usage.write().await?;
        let details = Details::Filter { filter: FilterForm::from(filter) };
        wanted.record = wanted.record.clone().details(details);
        if self.revoke_at_once(wanted, filter, dry_run).await? {
            return Ok(false);
        }

        let started = wanted.started();
        self.store.begin(&wanted.revocation(&started.0), filter, dry_run).await??;
        self.begin(&started, dry_run);
        Ok(true)
    }

    /// Ends what the filter finds, or counts it; whether that is little.
    async fn revoke_at_once(
        &self,
        wanted: &Wanted<'_>,
        filter: &Filter,
        dry_run: bool,
    ) -> Result<bool, Error> {
        let (organization, most) = (wanted.organization, self.at_once);
        if most == 0 {
            return Ok(false);
        }
        let rows = most.saturating_mul(LOOKED_AT);
        let Some(candidates) = self.store.candidates(organization, filter, rows, most).await? else {
            return Ok(false);
        };

        let networks = self.store.networks(organization, Range::ALL, filter.networks.as_ref()).await?;
        let new = wanted.revocation(&wanted.record.0);
        match self.store.create(&new, filter, &candidates, &networks, dry_run, most).await? {
            Err(Unmet::TooMany) => Ok(false),
            done => {
                done?;
                if !dry_run {
                    self.audit.committed(&wanted.record);
                }
                Ok(true)
            }
        }
    }

    /// Ends the set of a preview; whether a job has begun to.
    async fn revoke_preview(&self, wanted: &mut Wanted<'_>, preview: RevocationId) -> Result<bool, Error> {
        let detail = "names no whole dry run of the last seven days of this organization";
        let hidden = || FieldError::new("preview_id", Fault::NotFound, detail);
        let made_after = self.clock.now().minus(PREVIEW_KEPT);
        let found = self.store.by_id(wanted.organization, preview).await?;
        let found = found.filter(|found| found.dry_run && found.created_at > made_after);
        let found = found.ok_or_else(hidden)?;
        match found.state {
            RevocationState::Running => return Err(Refusal::PreviewRunning.into()),
            RevocationState::Stopped | RevocationState::Failed => return Err(hidden().into()),
            RevocationState::Done => {}
        }

        let details = Details::Preview { preview_id: preview.to_string() };
        wanted.record = wanted.record.clone().details(details);
        if (1..=self.at_once).contains(&found.matched.client_passwords.max(1)) {
            let new = wanted.revocation(&wanted.record.0);
            self.store.create_from_preview(&new, preview, made_after).await??;
            self.audit.committed(&wanted.record);
            return Ok(false);
        }

        let started = wanted.started();
        self.store.begin_from_preview(&wanted.revocation(&started.0), preview, made_after).await??;
        self.begin(&started, false);
        Ok(true)
    }

    /// A job has begun.
    fn begin(&self, started: &AuditEntry, dry_run: bool) {
        if !dry_run {
            self.audit.committed(started);
        }
        self.begun.notify();
    }

    /// Stops one that is running: what it has ended stays ended, and nothing more ends. Whoever may begin one may stop it.
    pub async fn stop(
        &self,
        call: &Call,
        organization: OrganizationId,
        id: RevocationId,
    ) -> Result<Revocation, Error> {
        self.authorizer
            .judged(call, async |call| {
                let permission = OrganizationPermission::BulkRevoke;
                let (_, authority) = self.authorizer.may(call, permission, organization).await?;
                let found = self.store.by_id(organization, id).await?.ok_or(Refusal::NotFound)?;
                match found.state {
                    RevocationState::Stopped => return Ok(found),
                    RevocationState::Done | RevocationState::Failed => return Err(Refusal::NotActive.into()),
                    RevocationState::Running => {}
                }

                let record = self.audit.entry(call, authority, Action::BulkRevocationStopped)?;
                let record = record.in_organization(organization).target(Target::Revocation(id));
                let record = record.because(&found.reason).details(what_is_ended(&found));
                match self.store.stop(&found, &record.0).await? {
                    // It was done, or stopped, meanwhile.
                    Err(Unmet::Overtaken) => return Err(Error::FactsChanged),
                    stopped => stopped?,
                }
                if !found.dry_run {
                    self.audit.committed(&record);
                }
                self.get(call, organization, id).await
            })
            .await
    }

    async fn check_members(&self, organization: OrganizationId, filter: &Filter) -> Result<(), Error> {
        for (at, id) in filter.member_ids.iter().flatten().enumerate() {
            let member = self.members.by_id(*id).await?;
            if member.is_none_or(|member| member.organization_id != organization) {
                let field = format!("filter.member_ids[{at}]");
                return Err(
                    FieldError::new(field, Fault::NotFound, "names no member of this organization").into()
                );
            }
        }
        Ok(())
    }

    async fn check_departments(&self, organization: OrganizationId, filter: &Filter) -> Result<(), Error> {
        for (at, id) in filter.department_ids.iter().flatten().enumerate() {
            let department = self.departments.by_id(*id).await?;
            if department.is_none_or(|department| department.organization_id != organization) {
                let field = format!("filter.department_ids[{at}]");
                let detail = "names no department of this organization";
                return Err(FieldError::new(field, Fault::NotFound, detail).into());
            }
        }
        Ok(())
    }

    /// A label that no client password ever had is a slip, which an administrator in a hurry has to hear of: "done"
    /// with nothing ended is easily read over. Where all of that label have ended already there is nothing to say.
    async fn check_label(&self, organization: OrganizationId, filter: &Filter) -> Result<(), Error> {
        let Some(label) = &filter.label else { return Ok(()) };
        if !self.client_passwords.is_label_known(organization, label).await? {
            let detail = "is no client password's label in this organization; nothing was ended";
            return Err(FieldError::new("filter.label", Fault::NotFound, detail).into());
        }
        Ok(())
    }

    /// Gives one revocation or dry run of an organization.
    pub async fn get(
        &self,
        call: &Call,
        organization: OrganizationId,
        id: RevocationId,
    ) -> Result<Revocation, Error> {
        self.authorizer.may(call, OrganizationPermission::ReadClientPasswords, organization).await?;
        self.store.by_id(organization, id).await?.ok_or_else(|| Refusal::NotFound.into())
    }

    /// What a revocation of an organization has ended, member by member, after this client password of this member; no
    /// more than so many.
    pub async fn ended(
        &self,
        call: &Call,
        organization: OrganizationId,
        id: RevocationId,
        after: Option<(MemberId, ClientPasswordId)>,
        limit: u32,
    ) -> Result<Vec<EndedClientPassword>, Error> {
        self.get(call, organization, id).await?;
        let after = after.map_or((Uuid::nil(), Uuid::nil()), |(member, one)| (member.uuid(), one.uuid()));
        Ok(self.store.ended(id, after, limit.into()).await?)
    }

    /// Revocations of an organization, newest first.
    pub async fn list(
        &self,
        call: &Call,
        organization: OrganizationId,
        paging: Paging,
    ) -> Result<Listed<Revocation>, Error> {
        self.authorizer.may(call, OrganizationPermission::ReadClientPasswords, organization).await?;
        let found = self.store.list(organization, paging.page()).await?;
        Ok(Listed::cut(found, paging.limit, |revocation| revocation.id.uuid()))
    }
}

/// What a record says of what is ended.
fn what_is_ended(revocation: &Revocation) -> Details {
    match revocation.preview_id {
        Some(preview) => Details::Preview { preview_id: preview.to_string() },
        None => Details::Filter { filter: FilterForm::from(&revocation.filter) },
    }
}

/// Nobody ends what belongs to a member of an equal or higher role, except owner and operator; and everyone may
/// end their own.
fn scope(caller: &Caller) -> Scope {
    match caller {
        Caller::Key(_) | Caller::Terminal => Scope { below_rank: Role::Owner.rank() + 1, and: None },
        Caller::Member(me) if me.role == Role::Owner => {
            Scope { below_rank: Role::Owner.rank() + 1, and: None }
        }
        Caller::Member(me) => Scope { below_rank: me.role.rank(), and: Some(me.member_id) },
    }
}
