//! Organizations and their domains.

use super::audit::end_args;
use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError, Statement};
use super::members::NewMember;
use super::page::Page;
use super::pending_end::PendingEnd;
use super::record::Record;
use super::statements::{Ending, NOW, args, ending, list, long, note, point};
use super::transaction::Transaction;
use crate::clock::Timestamp;
use crate::domain::client_password::EndReason;
use crate::domain::ids::{MemberId, OrganizationId};
use crate::domain::organization::{BoundDomain, DomainName, Organization, OrganizationState};

/// An organization on its way in.
#[derive(Clone, Debug)]
pub struct NewOrganization {
    /// The id that the record names.
    pub id: OrganizationId,
    /// The name that people see, checked already.
    pub name: String,
    /// The domains to bind, none of which may be bound already.
    pub domains: Vec<DomainName>,
    /// The owner, who is made with it.
    pub owner_id: Option<MemberId>,
    /// When the organization was made, and its domains were bound.
    pub created_at: Timestamp,
}

impl NewOrganization {
    /// Adds the steps; `unmet` says what it means if the organization cannot be made.
    pub(super) fn insert(&self, transaction: &mut Transaction, statement: &'static Statement, unmet: Unmet) {
        let owner = self.owner_id.map(MemberId::uuid);
        let args = args![self.id.uuid(), self.name.as_str(), owner, self.created_at];
        transaction.expect_one(statement, args, unmet);

        // Always in the same order, so that two that bind the same ones do not wait for each other.
        let mut domains: Vec<&DomainName> = self.domains.iter().collect();
        domains.sort_by_key(|domain| domain.as_str());
        for domain in domains {
            let args = args![domain.as_str(), self.id.uuid(), self.created_at];
            transaction.expect_one(point!("domains/bind"), args, Unmet::DomainTaken);
        }
    }
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

/// Organizations and their domains.
#[derive(Clone, Debug)]
pub struct OrganizationStore {
    database: Database,
}

impl OrganizationStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// One organization with its domains.
    pub async fn by_id(&self, id: OrganizationId) -> Result<Option<Organization>, EngineError> {
        let found = self.database.one(point!("organizations/by_id"), args![id.uuid()], organization).await?;
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
    pub async fn list(&self, page: Page) -> Result<Vec<Organization>, EngineError> {
        let found = self
            .database
            .all(list!("organizations/list"), args![page.before, page.limit], organization)
            .await?;

        let mut full = Vec::with_capacity(found.len());
        for organization in found {
            full.push(self.with_domains(organization).await?);
        }
        Ok(full)
    }

    /// Makes an organization and, if it has one, its owner.
    pub async fn create(&self, new: &NewOrganization, owner: Option<&NewMember>, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        new.insert(&mut transaction, point!("organizations/insert"), Unmet::Broken);
        if let Some(owner) = owner {
            owner.insert(&mut transaction);
        }
        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// Renames an active organization of this version.
    pub async fn rename(&self, id: OrganizationId, version: i64, name: &str, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        transaction.expect_one(
            point!("organizations/rename"),
            args![name, id.uuid(), version],
            Unmet::Version,
        );

        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// Dissolves: everything ends, members have left, domains are free.
    pub async fn dissolve(&self, id: OrganizationId, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        let (change, reason) = (ending!("organizations/dissolve"), EndReason::OrganizationDissolved);
        transaction.end_organization(change, reason, id, record);

        for statement in [
            long!("organizations/all_leave"),
            long!("organizations/end_sessions"),
            long!("organizations/end_invitations"),
            long!("idempotency/close_of_organization"),
            long!("organizations/remove_factors"),
            long!("organizations/remove_recovery_codes"),
            long!("departments/empty_all"),
            long!("departments/end_admins"),
            long!("organizations/free_domains"),
            long!("organizations/end_keys"),
        ] {
            transaction.execute(statement, args![id.uuid()]);
        }

        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// Ends all client passwords, sessions, invitations and kept answers of an active organization.
    pub async fn end_client_passwords(&self, id: OrganizationId, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        let (change, reason) = (ending!("organizations/end_epoch"), EndReason::RevokedByAdmin);
        transaction.end_organization(change, reason, id, record);
        transaction.execute(long!("organizations/end_sessions"), args![id.uuid()]);
        transaction.execute(long!("organizations/end_invitations"), args![id.uuid()]);
        transaction.execute(long!("idempotency/close_of_organization"), args![id.uuid()]);
        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// Domains of an organization by name, after `after`.
    pub async fn domains(
        &self,
        organization: OrganizationId,
        after: &str,
        limit: i64,
    ) -> Result<Vec<BoundDomain>, EngineError> {
        let domain = |c: &mut Columns| Ok(BoundDomain { name: c.text()?, created_at: c.time()? });
        self.database
            .all(point!("domains/of_organization"), args![organization.uuid(), after, limit], domain)
            .await
    }

    /// Binds a domain that is free. Gives when.
    pub async fn bind_domain(
        &self,
        organization: OrganizationId,
        name: &DomainName,
        record: &Record,
    ) -> Attempt<Timestamp> {
        let mut transaction = Transaction::of(record);
        transaction.lock_organization(organization);
        let bound = transaction.expect_row(
            point!("domains/bind"),
            args![name.as_str(), organization.uuid(), NOW],
            Unmet::DomainTaken,
        );

        transaction.record(record);
        self.database.write_at(transaction, bound).await
    }

    /// Releases a domain that no member uses.
    pub async fn remove_domain(&self, organization: OrganizationId, name: &str, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        transaction.lock_organization(organization);
        transaction.expect_one(
            point!("domains/remove"),
            args![name, organization.uuid()],
            Unmet::DomainInUse,
        );

        transaction.record(record);
        self.database.commit(transaction).await
    }
}

impl Transaction {
    /// Locks the row of an active organization.
    pub(super) fn lock_organization(&mut self, organization: OrganizationId) {
        self.expect_one(note!("organizations/lock"), args![organization.uuid()], Unmet::NotActive);
    }

    /// Ends all client passwords of an active organization by its epoch, which `change` raises, and writes the line
    /// that says so.
    fn end_organization(
        &mut self,
        change: &'static Ending,
        reason: EndReason,
        id: OrganizationId,
        record: &Record,
    ) {
        self.end_one(change, args![id.uuid()], Unmet::NotActive, PendingEnd::all(record, reason));
        let line = end_args(record, reason, id.uuid());
        self.expect_one(point!("organizations/write_end"), line, Unmet::Broken);
    }
}
