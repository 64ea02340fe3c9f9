//! Organizations and their domains.

use super::audit::{Record, end_args};
use super::engine::{Columns, EngineError, Statement};
use super::members::NewMember;
use super::outbox::ToTell;
use super::{Outcome, Page, Plan, Store, args, ending, long, note, point};
use crate::clock::Timestamp;
use crate::domain::client_password::EndReason;
use crate::domain::ids::{MemberId, OrganizationId};
use crate::domain::organization::{BoundDomain, DomainName, Organization, OrganizationState};

/// An organization on its way in.
#[derive(Clone, Debug)]
pub struct NewOrganization {
    /// Id.
    pub id: OrganizationId,
    /// Name.
    pub name: String,
    /// Its domains.
    pub domains: Vec<DomainName>,
    /// The owner, who is made with it.
    pub owner_id: Option<MemberId>,
    /// When.
    pub created_at: Timestamp,
}

impl NewOrganization {
    /// Adds the steps; gives the index of the first that binds a domain.
    pub(super) fn insert(&self, plan: &mut Plan, statement: &'static Statement) -> usize {
        let owner = self.owner_id.map(MemberId::uuid);
        let inserted =
            plan.must(statement, args![self.id.uuid(), self.name.as_str(), owner, self.created_at]);
        // Always in the same order, so that two that bind the same ones do not wait for each other.
        let mut domains: Vec<&DomainName> = self.domains.iter().collect();
        domains.sort_by_key(|domain| domain.as_str());
        for domain in domains {
            plan.must(point!("domains/bind"), args![domain.as_str(), self.id.uuid(), self.created_at]);
        }
        inserted + 1
    }
}

/// Why a domain was not bound or let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainRefusal {
    /// The organization is dissolved.
    NotActive,
    /// It is bound already, or members still use it, or it is not bound here.
    Taken,
}

fn organization(c: &mut Columns) -> Result<Organization, EngineError> {
    Ok(Organization {
        id: c.id()?,
        name: c.text()?,
        state: c.parsed(OrganizationState::parse)?,
        owner_id: c.opt_id()?,
        created_at: c.time()?,
        version: c.int()?,
        domains: Vec::new(),
    })
}

const MANY: i64 = 10_000;

impl Store {
    /// One organization with its domains.
    pub async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, EngineError> {
        let found = self.one(point!("organizations/by_id"), args![id.uuid()], organization).await?;
        match found {
            None => Ok(None),
            Some(organization) => self.with_domains(organization).await.map(Some),
        }
    }

    async fn with_domains(&self, organization: Organization) -> Result<Organization, EngineError> {
        let domains = self.domains(organization.id, "", MANY).await?;
        Ok(Organization { domains: domains.into_iter().map(|domain| domain.name).collect(), ..organization })
    }

    /// All organizations, newest first.
    pub async fn organizations(&self, page: Page) -> Result<Vec<Organization>, EngineError> {
        let found =
            self.all(long!("organizations/list"), args![page.before, page.limit], organization).await?;
        let mut full = Vec::with_capacity(found.len());
        for organization in found {
            full.push(self.with_domains(organization).await?);
        }
        Ok(full)
    }

    /// Makes an organization and, if it has one, its owner. `false` if a domain is bound already.
    pub async fn create_organization(
        &self,
        new: &NewOrganization,
        owner: Option<&NewMember>,
        record: &Record,
    ) -> Result<bool, EngineError> {
        let mut plan = Plan::new();
        new.insert(&mut plan, point!("organizations/insert"));
        if let Some(owner) = owner {
            owner.insert(&mut plan);
        }
        plan.record(record);
        Ok(self.write(plan).await?.is_ok())
    }

    /// Renames an organization of this version. `false` if it is not active or of another version.
    pub async fn rename_organization(
        &self,
        id: OrganizationId,
        version: i64,
        name: &str,
        record: &Record,
    ) -> Result<bool, EngineError> {
        let mut plan = Plan::new();
        plan.must(point!("organizations/rename"), args![name, id.uuid(), version]);
        plan.record(record);
        Ok(self.write(plan).await?.is_ok())
    }

    /// Dissolves: everything ends, members have left, domains are free. `false` if it was not active.
    pub async fn dissolve(&self, id: OrganizationId, record: &Record) -> Result<bool, EngineError> {
        let mut plan = Plan::new();
        let reason = EndReason::OrganizationDissolved;
        plan.must_end(ending!("organizations/dissolve"), args![id.uuid()], ToTell::all(record, reason));
        plan.must(point!("organizations/write_end"), end_args(record, reason, id.uuid()));
        for statement in [
            long!("organizations/all_leave"),
            long!("organizations/end_sessions"),
            long!("idempotency/close_of_organization"),
            long!("organizations/remove_factors"),
            long!("organizations/remove_recovery_codes"),
            long!("organizations/free_domains"),
            long!("organizations/end_keys"),
        ] {
            plan.then(statement, args![id.uuid()]);
        }
        plan.record(record);
        Ok(self.write(plan).await?.is_ok())
    }

    /// Ends all client passwords, sessions and kept answers of an organization. `false` if it is not active.
    pub async fn end_organization(&self, id: OrganizationId, record: &Record) -> Result<bool, EngineError> {
        let mut plan = Plan::new();
        let reason = EndReason::RevokedByAdmin;
        plan.must_end(ending!("organizations/end_epoch"), args![id.uuid()], ToTell::all(record, reason));
        plan.must(point!("organizations/write_end"), end_args(record, reason, id.uuid()));
        plan.then(long!("organizations/end_sessions"), args![id.uuid()]);
        plan.then(long!("idempotency/close_of_organization"), args![id.uuid()]);
        plan.record(record);
        Ok(self.write(plan).await?.is_ok())
    }

    /// Domains of an organization by name, after `after`.
    pub async fn domains(
        &self,
        organization: OrganizationId,
        after: &str,
        limit: i64,
    ) -> Result<Vec<BoundDomain>, EngineError> {
        let domain = |c: &mut Columns| Ok(BoundDomain { name: c.text()?, created_at: c.time()? });
        self.all(point!("domains/of_organization"), args![organization.uuid(), after, limit], domain).await
    }

    /// Binds a domain that is free.
    pub async fn bind_domain(
        &self,
        organization: OrganizationId,
        name: &DomainName,
        record: &Record,
    ) -> Result<Result<(), DomainRefusal>, EngineError> {
        let mut plan = Plan::new();
        plan.must(note!("organizations/lock"), args![organization.uuid()]);
        plan.must(point!("domains/bind"), args![name.as_str(), organization.uuid(), record.at]);
        plan.record(record);
        Ok(domain_outcome(&self.write(plan).await?))
    }

    /// Lets go of a domain that no member uses.
    pub async fn remove_domain(
        &self,
        organization: OrganizationId,
        name: &str,
        record: &Record,
    ) -> Result<Result<(), DomainRefusal>, EngineError> {
        let mut plan = Plan::new();
        plan.must(note!("organizations/lock"), args![organization.uuid()]);
        plan.must(point!("domains/remove"), args![name, organization.uuid()]);
        plan.record(record);
        Ok(domain_outcome(&self.write(plan).await?))
    }
}

fn domain_outcome(outcome: &Outcome) -> Result<(), DomainRefusal> {
    match outcome {
        Ok(_) => Ok(()),
        Err(0) => Err(DomainRefusal::NotActive),
        Err(_) => Err(DomainRefusal::Taken),
    }
}
