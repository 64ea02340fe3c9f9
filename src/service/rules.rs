//! What the policy and the departments of an organization come to, held per version: a check reads the version together
//! with the password, so what is held is proven current at each use.

use std::sync::Arc;

use quick_cache::sync::Cache;

use super::{Error, Refusal};
use crate::clock::Clock;
use crate::domain::ids::OrganizationId;
use crate::domain::member::Member;
use crate::domain::policy::{Limits, MemberPolicy, Policy, Rules};
use crate::store::{DepartmentStore, PolicyFacts, PolicyStore, Store};

/// The rules of so many organizations are held.
const HELD: usize = 1_000;

/// Says what holds for members.
#[derive(Clone)]
pub(super) struct PolicyRules {
    cache: Arc<Cache<OrganizationId, (i64, Arc<Rules>)>>,
    clock: Clock,
    default: Arc<Rules>,
    departments: DepartmentStore,
    policies: PolicyStore,
}

impl PolicyRules {
    pub(super) fn new(store: &Store, clock: Clock) -> Self {
        Self {
            cache: Arc::new(Cache::new(HELD)),
            clock,
            default: Arc::default(),
            departments: store.departments(),
            policies: store.policies(),
        }
    }

    /// The rules of this version; `None` if there is another by now.
    pub(super) async fn of_version(
        &self,
        organization: OrganizationId,
        version: i64,
    ) -> Result<Option<Arc<Rules>>, Error> {
        // No policy has been put, and there are no departments.
        if version == 0 {
            return Ok(Some(Arc::clone(&self.default)));
        }
        if let Some((_, rules)) = self.cache.get(&organization).filter(|(held, _)| *held == version) {
            return Ok(Some(rules));
        }
        let (found, rules) = self.read(organization).await?;
        Ok(Some(rules).filter(|_| found == version))
    }

    /// The rules as they are now.
    pub(super) async fn of_organization(&self, organization: OrganizationId) -> Result<Arc<Rules>, Error> {
        Ok(self.versioned(organization).await?.1)
    }

    /// The same with their version.
    pub(super) async fn versioned(&self, organization: OrganizationId) -> Result<(i64, Arc<Rules>), Error> {
        let version = self.policies.rules_version(organization).await?;
        match self.of_version(organization, version).await? {
            Some(rules) => Ok((version, rules)),
            // It is newer than that, and from one moment all the same.
            None => self.read(organization).await,
        }
    }

    /// What holds for a member now.
    pub(super) async fn for_member(&self, member: &Member) -> Result<MemberPolicy, Error> {
        Ok(self.for_change(member).await?.0)
    }

    /// The same for a change that rests on it, with the facts that its write demands. The departments are read after the
    /// member, so they are those of the member's version or of a later one.
    pub(super) async fn for_change(&self, member: &Member) -> Result<(MemberPolicy, PolicyFacts), Error> {
        let organization_id = member.organization_id;
        let (rules_version, rules) = self.versioned(organization_id).await?;
        // Where the policy says nothing, no department needs to be known.
        let departments = if *rules.policy() == Policy::default() {
            Vec::new()
        } else {
            self.departments.of_member(member.id).await?.department_ids
        };
        let policy = rules.for_member(member.id, &departments, self.clock.now());

        let (member_id, member_version) = (member.id, member.version);
        Ok((policy, PolicyFacts { organization_id, rules_version, member_id, member_version }))
    }

    /// The member, of whom secure login is required also where the policy says so.
    pub(super) async fn with_requirement(&self, member: Member) -> Result<Member, Error> {
        let policy = self.for_member(&member).await?;
        Ok(Member { secure_login: member.secure_login.under(&policy), ..member })
    }

    /// Refuses to a member what would turn secure login off, if the policy demands it; else gives the facts that the write
    /// demands.
    pub(super) async fn may_go_off(&self, member: &Member) -> Result<PolicyFacts, Error> {
        let (policy, facts) = self.for_change(member).await?;
        if member.secure_login.enabled && policy.secure_login_required {
            return Err(Refusal::SecureLoginRequired.into());
        }
        Ok(facts)
    }

    /// What the policy says for every member alike.
    pub(super) async fn limits(&self, organization: OrganizationId) -> Result<Limits, Error> {
        Ok(Limits::from(&self.policies.get(organization).await?.policy))
    }

    async fn read(&self, organization: OrganizationId) -> Result<(i64, Arc<Rules>), Error> {
        let Some((version, rules)) = self.policies.rules(organization).await? else {
            return Ok((0, Arc::clone(&self.default)));
        };
        let rules = Arc::new(rules);
        self.cache.insert(organization, (version, Arc::clone(&rules)));
        Ok((version, rules))
    }
}
