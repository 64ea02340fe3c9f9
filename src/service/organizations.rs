//! Organizations and their domains.

use super::audit_trail::AuditTrail;
use super::authority::Authorizer;
use super::ids::Ids;
use super::job_signal::JobSignal;
use super::parts::Parts;
use super::{Call, Error, IfMatch, Listed, Paging, Refusal};
use crate::clock::Clock;
use crate::domain::access::{InstallationPermission, OrganizationPermission};
use crate::domain::audit::{Action, Target};
use crate::domain::audit_details::Details;
use crate::domain::field::{Fault, FieldError, text_line};
use crate::domain::ids::OrganizationId;
use crate::domain::login::Login;
use crate::domain::member::Role;
use crate::domain::organization::{BoundDomain, DomainName, MAX_NAME, Organization};
use crate::store::OrganizationStore;
use crate::store::departments::DepartmentChange;
use crate::store::members::NewMember;
use crate::store::organizations::NewOrganization;

/// What a request to create an organization says.
#[derive(Clone, Debug)]
pub struct CreateOrganization<'a> {
    /// The name that people see, at most 128 bytes.
    pub name: &'a str,
    /// The mail domains to bind, 1 to 100.
    pub domains: &'a [String],
    /// The login of the owner, in one of these domains; `None` for no owner.
    pub owner: Option<&'a str>,
}

/// Organizations and their domains.
#[derive(Clone)]
pub struct Organizations {
    audit: AuditTrail,
    authorizer: Authorizer,
    clock: Clock,
    history: JobSignal,
    ids: Ids,
    store: OrganizationStore,
}

impl Organizations {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            authorizer: Authorizer::new(parts),
            clock: parts.clock.clone(),
            history: parts.history.clone(),
            ids: parts.ids.clone(),
            store: parts.store.organizations(),
        }
    }

    /// Makes an organization with its domains and, if one is named, its owner.
    pub async fn create(&self, call: &Call, request: &CreateOrganization<'_>) -> Result<Organization, Error> {
        self.authorizer
            .judged(call, async |call| {
                let authority =
                    Authorizer::may_in_installation(call, InstallationPermission::CreateOrganization)?;

                let name = text_line("name", request.name, MAX_NAME)?;
                let domains = parse_domains(request.domains)?;
                let created_at = self.clock.now();
                let mut new =
                    NewOrganization { id: self.ids.next()?, name, domains, owner_id: None, created_at };
                let owner = request.owner.map(|login| self.new_owner(&mut new, login)).transpose()?;

                let change =
                    self.audit.entry(call, authority, Action::OrganizationCreated)?.in_organization(new.id);
                let mut targets = vec![Target::Organization(new.id)];
                targets.extend(owner.iter().map(|owner| Target::Member(owner.id)));
                let domains = request.domains.to_vec();
                let change = change.targets(targets).that_are_made().details(Details::Domains { domains });

                self.store.create(&new, owner.as_ref(), &change.0).await??;
                self.audit.committed(&change);
                self.store.by_id(new.id).await?.ok_or_else(|| Refusal::NotFound.into())
            })
            .await
    }

    fn new_owner(&self, organization: &mut NewOrganization, login: &str) -> Result<NewMember, Error> {
        let login = Login::parse("owner", login)?;
        if !organization.domains.iter().any(|domain| domain.as_str() == login.domain()) {
            return Err(FieldError::new("owner", Fault::NotAllowed, "must be in one of the domains").into());
        }

        let id = self.ids.next()?;
        organization.owner_id = Some(id);
        Ok(NewMember {
            id,
            organization_id: organization.id,
            display_name: login.as_str().to_owned(),
            login,
            role: Role::Owner,
            password_hash: None,
            created_at: organization.created_at,
            departments: DepartmentChange::default(),
        })
    }

    /// All organizations that the caller sees, newest first.
    pub async fn list(&self, call: &Call, paging: Paging) -> Result<Listed<Organization>, Error> {
        let Some(home) = call.caller.confined_to() else {
            Authorizer::may_in_installation(call, InstallationPermission::ReadOrganizations)?;
            let found = self.store.list(paging.page()).await?;
            return Ok(Listed::cut(found, paging.limit, |organization| organization.id.uuid()));
        };

        let (own, _) = self.authorizer.may(call, OrganizationPermission::Read, home).await?;
        let wanted = paging.before.is_none_or(|before| own.id.uuid() < before);
        Ok(Listed { items: if wanted { vec![own] } else { vec![] }, next: None })
    }

    /// Gives one organization that the caller may read.
    pub async fn get(&self, call: &Call, id: OrganizationId) -> Result<Organization, Error> {
        Ok(self.authorizer.may(call, OrganizationPermission::Read, id).await?.0)
    }

    /// Renames an organization.
    pub async fn rename(
        &self,
        call: &Call,
        id: OrganizationId,
        name: Option<&str>,
        if_match: &IfMatch,
    ) -> Result<Organization, Error> {
        self.authorizer
            .judged(call, async |call| {
                let (organization, authority) =
                    self.authorizer.may_change(call, OrganizationPermission::Rename, id).await?;
                if_match.requires(organization.version)?;
                let name = name.map(|name| text_line("name", name, MAX_NAME)).transpose()?;
                let Some(name) = name.filter(|name| *name != organization.name) else {
                    return Ok(organization);
                };

                let change =
                    self.audit.entry(call, authority, Action::OrganizationUpdated)?.in_organization(id);
                let change = change
                    .target(Target::Organization(id))
                    .details(Details::OrganizationUpdated { changed: ["name"] });

                self.store.rename(id, organization.version, &name, &change.0).await??;
                self.audit.committed(&change);
                self.get(call, id).await
            })
            .await
    }

    /// Dissolves an organization: everything in it ends.
    pub async fn dissolve(&self, call: &Call, id: OrganizationId) -> Result<(), Error> {
        self.authorizer
            .judged(call, async |call| {
                let (organization, authority) =
                    self.authorizer.may_change(call, OrganizationPermission::Dissolve, id).await?;

                let change =
                    self.audit.entry(call, authority, Action::OrganizationDissolved)?.in_organization(id);
                let change = change
                    .target(Target::Organization(id))
                    .details(Details::Domains { domains: organization.domains.clone() });
                self.store.dissolve(id, &change.0).await??;
                self.audit.committed(&change);
                self.history.notify();
                Ok(())
            })
            .await
    }

    /// Domains of an organization by name, after `after`; and whether there are more.
    pub async fn domains(
        &self,
        call: &Call,
        id: OrganizationId,
        after: &str,
        limit: u32,
    ) -> Result<(Vec<BoundDomain>, bool), Error> {
        self.authorizer.may(call, OrganizationPermission::ReadDomains, id).await?;
        let mut found = self.store.domains(id, after, i64::from(limit) + 1).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = found.len() > limit;
        found.truncate(limit);
        Ok((found, more))
    }

    /// Binds a domain to an organization.
    pub async fn bind_domain(
        &self,
        call: &Call,
        id: OrganizationId,
        name: &str,
    ) -> Result<BoundDomain, Error> {
        self.authorizer
            .judged(call, async |call| {
                let (_, authority) =
                    self.authorizer.may_change(call, OrganizationPermission::BindDomain, id).await?;
                let name = DomainName::parse("name", name)?;

                let change = self.audit.entry(call, authority, Action::DomainAdded)?.in_organization(id);
                let change = change.target(Target::Domain(name.as_str().to_owned())).that_are_made();
                let created_at = self.store.bind_domain(id, &name, &change.0).await??;
                self.audit.committed(&change);
                Ok(BoundDomain { name: name.as_str().to_owned(), created_at })
            })
            .await
    }

    /// Releases a domain of an organization.
    pub async fn remove_domain(&self, call: &Call, id: OrganizationId, name: &str) -> Result<(), Error> {
        self.authorizer
            .judged(call, async |call| {
                let (organization, authority) =
                    self.authorizer.may_change(call, OrganizationPermission::UnbindDomain, id).await?;
                let name = DomainName::lenient(name);
                if !organization.domains.contains(&name) {
                    return Err(Refusal::NotFound.into());
                }

                let change = self.audit.entry(call, authority, Action::DomainRemoved)?.in_organization(id);
                let change = change.target(Target::Domain(name.clone()));
                self.store.remove_domain(id, &name, &change.0).await??;
                self.audit.committed(&change);
                Ok(())
            })
            .await
    }
}

/// Most domains that one call binds.
const MAX_DOMAINS: usize = 100;

fn parse_domains(names: &[String]) -> Result<Vec<DomainName>, FieldError> {
    if names.is_empty() || names.len() > MAX_DOMAINS {
        return Err(FieldError::new("domains", Fault::OutOfRange, "takes 1 to 100 domains"));
    }

    let mut domains: Vec<DomainName> = Vec::with_capacity(names.len());
    for name in names {
        let domain = DomainName::parse("domains", name)?;
        if domains.contains(&domain) {
            return Err(FieldError::new("domains", Fault::Duplicate, "names a domain twice"));
        }
        domains.push(domain);
    }

    Ok(domains)
}
