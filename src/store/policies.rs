//! The policy of each organization, and what holds for its members comes from.

use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError, Value};
use super::json::{policy_of, policy_text};
use super::record::Record;
use super::statements::{NOW, args, locking, point};
use super::transaction::Transaction;
use crate::domain::department_tree::DepartmentTree;
use crate::domain::ids::{DepartmentId, MemberId, OrganizationId};
use crate::domain::policy::{Policy, Rules, Settled};

/// A policy as it is stored.
#[derive(Clone, Debug)]
pub struct StoredPolicy {
    /// What was put last; nothing, if nothing was.
    pub policy: Policy,
    /// Version of the row, for ETags; 0 if there is none.
    pub version: i64,
    /// Whether its longest life is written down.
    pub settled: Settled,
}

/// What was read of a member when it was worked out what the policy says for them. A write that rests on it demands that
/// it still stands: the policy, the tree of departments, and the departments of the member.
#[derive(Clone, Copy, Debug)]
pub struct PolicyFacts {
    /// The organization whose rules they are.
    pub organization_id: OrganizationId,
    /// The version of its policy and its tree of departments together.
    pub rules_version: i64,
    /// The member.
    pub member_id: MemberId,
    /// The version of the member's row, which is another once the member's departments are.
    pub member_version: i64,
}

/// Reads and writes policies.
#[derive(Clone, Debug)]
pub struct PolicyStore {
    database: Database,
}

impl PolicyStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The policy of an organization.
    pub async fn get(&self, organization: OrganizationId) -> Result<StoredPolicy, EngineError> {
        let decode = |c: &mut Columns| {
            let (policy, version) = (c.parsed(policy_of)?, c.int()?);
            let settled = if c.flag()? { Settled::NotYet } else { Settled::Yes };
            Ok(StoredPolicy { policy, version, settled })
        };
        let found = self.database.one(point!("policies/get"), args![organization.uuid()], decode).await?;
        let none = || StoredPolicy { policy: Policy::default(), version: 0, settled: Settled::Yes };
        Ok(found.unwrap_or_else(none))
    }

    /// The version of what the policy and the tree of departments come to; 0 if there is no such organization.
    pub async fn rules_version(&self, organization: OrganizationId) -> Result<i64, EngineError> {
        let read = self.database.one(point!("policies/version"), args![organization.uuid()], Columns::int);
        Ok(read.await?.unwrap_or(0))
    }

    /// What the policy and the tree of departments come to, with the version of both, from one moment. `None` if there is
    /// no such organization.
    pub async fn rules(&self, organization: OrganizationId) -> Result<Option<(i64, Rules)>, EngineError> {
        let decode = |c: &mut Columns| {
            let (version, policy) = (c.int()?, c.opt_parsed(policy_of)?);
            Ok((version, policy, c.opt_id::<DepartmentId>()?, c.opt_id::<DepartmentId>()?))
        };
        let rows = self.database.all(point!("policies/rules"), args![organization.uuid()], decode).await?;

        let (mut found, mut departments) = (None, Vec::new());
        for (version, policy, department, parent) in rows {
            match department {
                None => found = Some((version, policy.unwrap_or_default())),
                Some(department) => departments.push((department, parent)),
            }
        }
        Ok(found.map(|(version, policy)| (version, Rules::new(policy, DepartmentTree::new(departments)))))
    }

    /// Puts a policy in the place of the one of this version, in an active organization that has the departments that it
    /// names. Where its idle end is another, its client passwords are to be looked at anew.
    pub async fn put(
        &self,
        organization: OrganizationId,
        policy: &Policy,
        version: i64,
        settled: Settled,
        is_idle_changed: bool,
        record: &Record,
    ) -> Attempt {
        let mut transaction = Transaction::of(record);
        transaction.change_rules(organization);

        let unsettled = settled == Settled::NotYet;
        let days = [policy.tombstone_days, policy.history_days].map(|days| days.map(i64::from));
        let mut args = args![organization.uuid(), policy_text(policy), NOW, unsettled];
        args.extend(days.map(Value::from));
        args.extend(args![is_idle_changed, version]);
        transaction.expect_one(point!("policies/put"), args, Unmet::Version);

        transaction.execute(point!("policies/forget_departments"), args![organization.uuid()]);
        let mut named: Vec<DepartmentId> = policy.named_departments().into_iter().map(|(_, id)| id).collect();
        named.sort_unstable();
        named.dedup();
        for department in named {
            let args = args![department.uuid(), organization.uuid()];
            transaction.expect_one(point!("policies/name_department"), args, Unmet::Version);
        }

        transaction.record(record);
        self.database.commit(transaction).await
    }
}

impl Transaction {
    /// Locks the row of an active organization, and says that what its policy and its departments come to is another.
    pub(super) fn change_rules(&mut self, organization: OrganizationId) {
        self.expect_one(point!("policies/change_rules"), args![organization.uuid()], Unmet::NotActive);
    }

    /// Demands that what the policy says for a member, whose row is locked by now, is what it was. Whoever changes the
    /// rules of the organization waits for this write.
    pub(super) fn demand_policy(&mut self, of: &PolicyFacts) {
        let args = args![of.organization_id.uuid(), of.rules_version];
        self.expect_one(locking!("policies/share_rules"), args, Unmet::Version);
        let args = args![of.member_id.uuid(), of.member_version];
        self.expect_one(point!("members/is_of_version"), args, Unmet::Version);
    }
}
