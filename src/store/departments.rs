//! Departments: the tree of an organization, who is in which, and who administers which.

use std::collections::HashMap;

use futures_util::future::join_all;

use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError};
use super::page::Page;
use super::record::Record;
use super::statements::{args, list, point};
use super::transaction::Transaction;
use crate::domain::department::{Department, MAX_DEPARTMENTS, MAX_DEPTH, Memberships};
use crate::domain::ids::{DepartmentId, MemberId, OrganizationId};
use crate::domain::member::{Member, Within};

/// Departments that one statement names.
const TOGETHER: usize = 32;

/// What changes of the departments of one member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DepartmentChange {
    /// The member comes into these.
    pub joins: Vec<DepartmentId>,
    /// The member is no longer in these.
    pub leaves: Vec<DepartmentId>,
    /// The member administers these from now on, and no others; `None` leaves it.
    pub administers: Option<Vec<DepartmentId>>,
}

impl DepartmentChange {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.joins.is_empty() && self.leaves.is_empty() && self.administers.is_none()
    }

    /// Adds the steps, for a member of this organization whose row the transaction has changed before.
    pub(super) fn write(
        &self,
        transaction: &mut Transaction,
        member: MemberId,
        organization: OrganizationId,
        record: &Record,
    ) {
        let administered = self.administers.iter().flatten();
        for department in self.joins.iter().chain(administered) {
            transaction.demand_department(*department, organization);
        }
        for department in self.joins.iter().chain(&self.leaves) {
            transaction.demand_administered(*department, record);
        }

        let member = member.uuid();
        for department in &self.joins {
            transaction.execute(point!("departments/join"), args![department.uuid(), member]);
        }
        for department in &self.leaves {
            transaction.execute(point!("departments/leave"), args![member, department.uuid()]);
        }
        if let Some(administered) = &self.administers {
            transaction.execute(point!("departments/end_admin"), args![member]);
            for department in administered {
                transaction.execute(point!("departments/add_admin"), args![member, department.uuid()]);
            }
        }
    }
}

impl Transaction {
    /// Demands that the department is one of this organization.
    fn demand_department(&mut self, department: DepartmentId, organization: OrganizationId) {
        let args = args![department.uuid(), organization.uuid()];
        self.expect_one(point!("departments/is_in_organization"), args, Unmet::Version);
    }

    /// Demands that a department administrator who calls administers this department or one above it.
    fn demand_administered(&mut self, department: DepartmentId, record: &Record) {
        if let Some(me) = record.department_admin() {
            let args = args![department.uuid(), me.uuid()];
            self.expect_one(point!("departments/administers"), args, Unmet::Authority);
        }
    }

    /// Changes the version of a member who has not left and still has this role, within the reach of a department
    /// administrator who calls.
    fn touch_member(&mut self, member: &Member, record: &Record) {
        let args = args![member.id.uuid(), member.organization_id.uuid(), member.role.rank()];
        self.expect_one(point!("departments/touch_member"), args, Unmet::Version);
        if let Some(me) = record.department_admin() {
            let args = args![member.id.uuid(), me.uuid()];
            self.expect_one(point!("departments/reaches"), args, Unmet::Authority);
        }
    }
}

fn department(c: &mut Columns) -> Result<Department, EngineError> {
    Ok(Department {
        id: c.id()?,
        organization_id: c.id()?,
        parent_id: c.opt_id()?,
        name: c.text()?,
        created_at: c.time()?,
        version: c.int()?,
    })
}

/// Reads and writes departments.
#[derive(Clone, Debug)]
pub struct DepartmentStore {
    database: Database,
}

impl DepartmentStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// One department.
    pub async fn by_id(&self, id: DepartmentId) -> Result<Option<Department>, EngineError> {
        self.database.one(point!("departments/by_id"), args![id.uuid()], department).await
    }

    /// What these departments are called, those that there are.
    pub async fn names(&self, ids: &[DepartmentId]) -> Result<HashMap<DepartmentId, String>, EngineError> {
        let mut names = HashMap::with_capacity(ids.len());
        for some in ids.chunks(TOGETHER) {
            // The last one again where there are fewer.
            let last = some.last().into_iter().cycle();
            let args = some.iter().chain(last).take(TOGETHER).map(|id| id.uuid().into()).collect();
            names.extend(
                self.database.all(point!("departments/names"), args, |c| Ok((c.id()?, c.text()?))).await?,
            );
        }
        Ok(names)
    }

    /// Departments of an organization, newest first; those that `of_admin` administers, with those below, if one is
    /// named.
    pub async fn list(
        &self,
        organization: OrganizationId,
        of_admin: Option<MemberId>,
        page: Page,
    ) -> Result<Vec<Department>, EngineError> {
        let home = organization.uuid();
        match of_admin {
            None => {
                let args = args![home, page.before, page.limit];
                self.database.all(list!("departments/list"), args, department).await
            }
            Some(admin) => {
                let args = args![home, page.before, admin.uuid(), page.limit];
                self.database.all(list!("departments/list_of_admin"), args, department).await
            }
        }
    }

    /// The departments that a member is in, and those that the member administers.
    pub async fn of_member(&self, member: MemberId) -> Result<Memberships, EngineError> {
        let decode = |c: &mut Columns| Ok((DepartmentId::from(c.id::<uuid::Uuid>()?), c.flag()?));
        let rows = self.database.all(point!("departments/of_member"), args![member.uuid()], decode).await?;

        let mut found = Memberships::default();
        for (department, administers) in rows {
            let list = if administers { &mut found.admin_department_ids } else { &mut found.department_ids };
            list.push(department);
        }
        found.department_ids.sort_unstable();
        found.admin_department_ids.sort_unstable();
        Ok(found)
    }

    /// The same of each of these members, in their order.
    pub async fn of_members(&self, members: &[MemberId]) -> Result<Vec<Memberships>, EngineError> {
        join_all(members.iter().map(|member| self.of_member(*member))).await.into_iter().collect()
    }

    /// Whether a member is in a department that `admin` administers, or below one.
    pub async fn reaches(&self, admin: MemberId, member: MemberId) -> Result<bool, EngineError> {
        let args = args![member.uuid(), admin.uuid()];
        Ok(self.database.one(point!("departments/reaches"), args, Columns::int).await?.is_some())
    }

    /// Whether `admin` administers a department or one above it.
    pub async fn administers(&self, admin: MemberId, department: DepartmentId) -> Result<bool, EngineError> {
        let args = args![department.uuid(), admin.uuid()];
        Ok(self.database.one(point!("departments/administers"), args, Columns::int).await?.is_some())
    }

    /// How many departments somebody has in mind: one with those below, or those that somebody administers with those
    /// below.
    pub async fn count_below(&self, within: Within) -> Result<i64, EngineError> {
        let count = self.database.one(list!("departments/count_below"), args![within.id()], Columns::int);
        Ok(count.await?.unwrap_or(0))
    }

    /// All departments of an organization, each with the one that it is below.
    pub async fn parents(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<(DepartmentId, Option<DepartmentId>)>, EngineError> {
        let all = self.list(organization, None, Page::first(MAX_DEPARTMENTS)).await?;
        Ok(all.into_iter().map(|one| (one.id, one.parent_id)).collect())
    }

    /// Makes a department in an active organization, as long as there are not too many and it is not too far down.
    pub async fn create(&self, new: &Department, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        transaction.change_rules(new.organization_id);
        if let Some(parent) = new.parent_id {
            transaction.demand_department(parent, new.organization_id);
        }

        let parent = new.parent_id.map(DepartmentId::uuid);
        let args = args![
            new.id.uuid(),
            parent,
            new.name.as_str(),
            new.created_at,
            new.organization_id.uuid(),
            MAX_DEPARTMENTS,
            MAX_DEPTH
        ];
        transaction.expect_one(point!("departments/insert"), args, Unmet::LimitReached);
        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// Renames a department of this version and puts it below another, which must not lie below it.
    pub async fn update(
        &self,
        before: &Department,
        name: &str,
        parent: Option<DepartmentId>,
        record: &Record,
    ) -> Attempt {
        let mut transaction = Transaction::of(record);
        transaction.change_rules(before.organization_id);
        if let Some(parent) = parent.filter(|parent| Some(*parent) != before.parent_id) {
            transaction.demand_department(parent, before.organization_id);
            let args = args![parent.uuid(), before.id.uuid(), MAX_DEPTH];
            transaction.expect_one(point!("departments/fits_below"), args, Unmet::NoRoomBelow);
        }

        let args = args![name, parent.map(DepartmentId::uuid), before.id.uuid(), before.version];
        transaction.expect_one(point!("departments/update"), args, Unmet::Version);
        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// Deletes a department that nobody is in, nobody administers, and nothing is below.
    pub async fn delete(&self, department: &Department, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        transaction.change_rules(department.organization_id);
        let args = args![department.id.uuid()];
        transaction.expect_one(point!("departments/delete"), args, Unmet::DepartmentInUse);
        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// Adds members to a department and removes others, each of the role that it had when it was looked at. Gives how
    /// many were not in it before, and how many were.
    pub async fn change_members(
        &self,
        department: &Department,
        add: &[Member],
        remove: &[Member],
        record: &Record,
    ) -> Attempt<(usize, usize)> {
        let mut transaction = Transaction::of(record);
        transaction.lock_organization(department.organization_id);
        transaction.demand_department(department.id, department.organization_id);
        transaction.demand_administered(department.id, record);

        let mut all: Vec<(&Member, bool)> = add
            .iter()
            .map(|member| (member, true))
            .chain(remove.iter().map(|member| (member, false)))
            .collect();
        all.sort_by_key(|(member, _)| member.id);

        let (mut joined, mut left) = (Vec::new(), Vec::new());
        for (member, joins) in all {
            transaction.touch_member(member, record);
            let (id, member) = (department.id.uuid(), member.id.uuid());
            if joins {
                joined.push(transaction.execute(point!("departments/join"), args![id, member]));
            } else {
                left.push(transaction.execute(point!("departments/leave"), args![member, id]));
            }
        }

        transaction.record(record);
        let done = self.database.write(transaction).await?;
        Ok(done.map(|mut done| {
            let mut changed =
                |steps: Vec<usize>| steps.into_iter().filter(|step| !done.take(*step).is_empty()).count();
            (changed(joined), changed(left))
        }))
    }
}
