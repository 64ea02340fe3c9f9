//! Bulk revocations: an administrator ends what a filter finds, after seeing what that would be.

use super::audit_trail::{AuditEntry, AuditTrail};
use super::authority::Authorizer;
use super::ids::Ids;
use super::parts::Parts;
use super::usage::UsageLog;
use super::{Call, Error, Listed, Paging, Refusal};
use crate::domain::access::{Caller, OrganizationPermission};
use crate::domain::audit::{Action, Target};
use crate::domain::audit_details::Details;
use crate::domain::field::{Fault, FieldError, text_line};
use crate::domain::ids::{OrganizationId, RevocationId};
use crate::domain::member::Role;
use crate::domain::revocation::{EndedClientPassword, Filter, FilterForm, MAX_REASON, Revocation};
use crate::store::revocations::{NewRevocation, Scope};
use crate::store::{ClientPasswordStore, MemberStore, RevocationStore};

/// What is to be ended: what a filter finds now, or exactly what a dry run found.
#[derive(Clone, Debug)]
pub enum Selection {
    /// What this finds; only counted if the flag is set.
    Filter(Filter, bool),
    /// The set of this preview.
    Preview(RevocationId),
}

/// Ends what a filter finds, or counts it in a dry run.
#[derive(Clone)]
pub struct Revocations {
    audit: AuditTrail,
    authorizer: Authorizer,
    client_passwords: ClientPasswordStore,
    ids: Ids,
    members: MemberStore,
    store: RevocationStore,
    usage: UsageLog,
}

impl Revocations {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            authorizer: Authorizer::new(parts),
            client_passwords: parts.store.client_passwords(),
            ids: parts.ids.clone(),
            members: parts.store.members(),
            store: parts.store.revocations(),
            usage: parts.usage.clone(),
        }
    }

    /// Ends a set of client passwords, or counts it.
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
                let change =
                    self.audit.entry(call, authority, Action::BulkRevocation)?.in_organization(organization);
                let change = change.target(Target::Revocation(id)).that_are_made().because(&reason);

                match selection {
                    Selection::Filter(filter, dry_run) => {
                        self.revoke_filter(call, organization, id, change, filter, *dry_run).await?;
                    }
                    Selection::Preview(preview) => {
                        self.revoke_preview(call, organization, id, change, *preview).await?;
                    }
                }

                self.get(call, organization, id).await
            })
            .await
    }

    async fn revoke_filter(
        &self,
        call: &Call,
        organization: OrganizationId,
        id: RevocationId,
        change: AuditEntry,
        filter: &Filter,
        dry_run: bool,
    ) -> Result<(), Error> {
        filter.check()?;
        if dry_run {
            self.audit.count_change(call)?;
        }
        self.check_members(organization, filter).await?;
        self.check_label(organization, filter).await?;

        // The filter may look at last uses, so they must be written first.
        self.usage.write().await?;
        let change = change.details(Details::Filter { filter: FilterForm::from(filter) });
        let reason = change.0.reason.clone().unwrap_or_default();
        let new = NewRevocation { id, organization_id: organization, reason: &reason, record: &change.0 };

        self.store.create(&new, filter, scope(&call.caller), dry_run).await??;
        if !dry_run {
            self.audit.committed(&change);
        }
        Ok(())
    }

    async fn revoke_preview(
        &self,
        call: &Call,
        organization: OrganizationId,
        id: RevocationId,
        change: AuditEntry,
        preview: RevocationId,
    ) -> Result<(), Error> {
        let found = self.store.by_id(organization, preview).await?;
        if found.is_none_or(|found| !found.dry_run) {
            return Err(FieldError::new(
                "preview_id",
                Fault::NotFound,
                "names no dry run of this organization",
            )
            .into());
        }

        let change = change.details(Details::Preview { preview_id: preview.to_string() });
        let reason = change.0.reason.clone().unwrap_or_default();
        let new = NewRevocation { id, organization_id: organization, reason: &reason, record: &change.0 };
        self.store.create_from_preview(&new, preview, scope(&call.caller)).await??;
        self.audit.committed(&change);
        Ok(())
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

    /// What a revocation of an organization has ended, newest first.
    pub async fn ended(
        &self,
        call: &Call,
        organization: OrganizationId,
        id: RevocationId,
        paging: Paging,
    ) -> Result<Listed<EndedClientPassword>, Error> {
        self.get(call, organization, id).await?;
        let found = self.store.ended(id, paging.page()).await?;
        Ok(Listed::cut(found, paging.limit, |one| one.id.uuid()))
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
