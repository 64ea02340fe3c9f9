//! Departments: the tree of an organization, and who is in which.

use super::audit_trail::AuditTrail;
use super::authority::Authorizer;
use super::ids::Ids;
use super::parts::Parts;
use super::rules::PolicyRules;
use super::{Call, Error, IfMatch, Listed, Paging, Refusal};
use crate::clock::Clock;
use crate::domain::access::{Authority, MemberPermission, OrganizationPermission};
use crate::domain::audit::{Action, Target};
use crate::domain::audit_details::Details;
use crate::domain::department::{Department, MAX_MOVED, MAX_NAME, Memberships};
use crate::domain::field::{Fault, FieldError, text_line};
use crate::domain::ids::{DepartmentId, MemberId, OrganizationId};
use crate::domain::member::{Member, MemberState};
use crate::store::DepartmentStore;

/// What is to be changed of a department.
#[derive(Clone, Copy, Debug, Default)]
pub struct DepartmentPatch<'a> {
    /// The new name; `None` leaves it.
    pub name: Option<&'a str>,
    /// What it is to be below, `Some(None)` for nothing; `None` leaves it.
    pub parent_id: Option<Option<DepartmentId>>,
}

/// How many members a call has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MembersChanged {
    /// How many came in that were not in it before.
    pub added: usize,
    /// How many went out that were in it before.
    pub removed: usize,
}

/// Makes, lists, changes and deletes departments, and says who is in them.
#[derive(Clone)]
pub struct Departments {
    audit: AuditTrail,
    authorizer: Authorizer,
    clock: Clock,
    ids: Ids,
    rules: PolicyRules,
    store: DepartmentStore,
}

impl Departments {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            authorizer: Authorizer::new(parts),
            clock: parts.clock.clone(),
            ids: parts.ids.clone(),
            rules: parts.rules.clone(),
            store: parts.store.departments(),
        }
    }

    /// Departments of an organization, newest first; of a department administrator those within reach.
    pub async fn list(
        &self,
        call: &Call,
        organization: OrganizationId,
        paging: Paging,
    ) -> Result<Listed<Department>, Error> {
        self.authorizer.may(call, OrganizationPermission::ReadDepartments, organization).await?;
        let of_admin = call.caller.department_admin();
        let found = self.store.list(organization, of_admin, paging.page()).await?;
        Ok(Listed::cut(found, paging.limit, |department| department.id.uuid()))
    }

    /// Gives one department.
    pub async fn get(&self, call: &Call, id: DepartmentId) -> Result<Department, Error> {
        let department = self.store.by_id(id).await?.ok_or(Refusal::NotFound)?;
        let hides = |error| if error == Refusal::Forbidden.into() { Refusal::NotFound.into() } else { error };
        let organization = department.organization_id;
        self.authorizer
            .may(call, OrganizationPermission::ReadDepartments, organization)
            .await
            .map_err(hides)?;

        match call.caller.department_admin() {
            Some(me) if !self.store.administers(me, id).await? => Err(Refusal::NotFound.into()),
            _ => Ok(department),
        }
    }

    /// The departments that a member is in, and those that the member administers. Whoever has the member may know.
    pub async fn of_member(&self, member: &Member) -> Result<Memberships, Error> {
        Ok(self.store.of_member(member.id).await?)
    }

    /// Members of one organization, each with the departments that the member is in and administers, and with what the
    /// policy demands of the member. Whoever has the members may know.
    pub async fn with_members(&self, members: Vec<Member>) -> Result<Vec<(Member, Memberships)>, Error> {
        let ids: Vec<MemberId> = members.iter().map(|member| member.id).collect();
        let memberships = self.store.of_members(&ids).await?;
        let Some(first) = members.first() else { return Ok(Vec::new()) };
        let (rules, now) = (self.rules.of_organization(first.organization_id).await?, self.clock.now());

        let all = members.into_iter().zip(memberships).map(|(mut member, of_member)| {
            let policy = rules.for_member(member.id, &of_member.department_ids, now);
            member.secure_login = member.secure_login.under(&policy);
            (member, of_member)
        });
        Ok(all.collect())
    }

    /// Makes a department, at the top or below another.
    pub async fn create(
        &self,
        call: &Call,
        organization: OrganizationId,
        name: &str,
        parent: Option<DepartmentId>,
    ) -> Result<Department, Error> {
        self.authorizer
            .judged(call, async |call| {
                let permission = OrganizationPermission::ChangeDepartments;
                let (_, authority) = self.authorizer.may_change(call, permission, organization).await?;
                let name = text_line("name", name, MAX_NAME)?;
                self.check_parent(organization, parent).await?;

                let (id, created_at) = (self.ids.next()?, self.clock.now());
                let new = Department {
                    id,
                    organization_id: organization,
                    parent_id: parent,
                    name,
                    created_at,
                    version: 1,
                };
                let change = self
                    .audit
                    .entry(call, authority, Action::DepartmentCreated)?
                    .in_organization(organization);
                let change = change.target(Target::Department(id)).that_are_made().details(details(&new));
                self.store.create(&new, &change.0).await??;
                self.audit.committed(&change);
                Ok(new)
            })
            .await
    }

    /// Renames a department, or puts it elsewhere in the tree.
    pub async fn patch(
        &self,
        call: &Call,
        id: DepartmentId,
        patch: &DepartmentPatch<'_>,
        if_match: &IfMatch,
    ) -> Result<Department, Error> {
        self.authorizer
            .judged(call, async |call| {
                let (before, authority) = self.changeable(call, id).await?;
                if_match.requires(before.version)?;

                let name = patch.name.map(|name| text_line("name", name, MAX_NAME)).transpose()?;
                let name = name.unwrap_or_else(|| before.name.clone());
                let parent_id = patch.parent_id.unwrap_or(before.parent_id);
                if (&name, parent_id) == (&before.name, before.parent_id) {
                    return Ok(before);
                }
                self.check_parent(before.organization_id, parent_id).await?;

                let after = Department { parent_id, name, ..before.clone() };
                let change = self.audit.entry(call, authority, Action::DepartmentUpdated)?;
                let change = change.in_organization(before.organization_id).target(Target::Department(id));
                let change = change.details(details(&after));
                self.store.update(&before, &after.name, parent_id, &change.0).await??;
                self.audit.committed(&change);
                self.get(call, id).await
            })
            .await
    }

    /// Deletes a department that nobody is in, nobody administers, and nothing is below.
    pub async fn delete(&self, call: &Call, id: DepartmentId) -> Result<(), Error> {
        self.authorizer
            .judged(call, async |call| {
                let (department, authority) = self.changeable(call, id).await?;
                let change = self.audit.entry(call, authority, Action::DepartmentDeleted)?;
                let change = change.in_organization(department.organization_id);
                let change = change.target(Target::Department(id)).details(details(&department));
                self.store.delete(&department, &change.0).await??;
                self.audit.committed(&change);
                Ok(())
            })
            .await
    }

    /// Adds members to a department of this organization and removes others, all or none.
    pub async fn change_members(
        &self,
        call: &Call,
        (organization, id): (OrganizationId, DepartmentId),
        add: &[MemberId],
        remove: &[MemberId],
    ) -> Result<MembersChanged, Error> {
        check_moved(add, remove)?;
        self.authorizer
            .judged(call, async |call| {
                let department = self.get(call, id).await?;
                if department.organization_id != organization {
                    return Err(Refusal::NotFound.into());
                }
                let permission = OrganizationPermission::ReadDepartments;
                let (_, authority) = self.authorizer.may_change(call, permission, organization).await?;
                if add.is_empty() && remove.is_empty() {
                    return Ok(MembersChanged { added: 0, removed: 0 });
                }
                let added = self.assignable(call, organization, "add", add).await?;
                let removed = self.assignable(call, organization, "remove", remove).await?;

                let change = self.audit.entry(call, authority, Action::DepartmentMembersChanged)?;
                let change = change.in_organization(organization).target(Target::Department(id));
                let texts = |ids: &[MemberId]| ids.iter().map(ToString::to_string).collect();
                let change =
                    change.details(Details::DepartmentMembers { add: texts(add), remove: texts(remove) });
                let (added, removed) =
                    self.store.change_members(&department, &added, &removed, &change.0).await??;
                self.audit.committed(&change);
                Ok(MembersChanged { added, removed })
            })
            .await
    }

    /// A department that the caller may change.
    async fn changeable(&self, call: &Call, id: DepartmentId) -> Result<(Department, Authority), Error> {
        let department = self.get(call, id).await?;
        let permission = OrganizationPermission::ChangeDepartments;
        let (_, authority) = self.authorizer.may_change(call, permission, department.organization_id).await?;
        Ok((department, authority))
    }

    async fn check_parent(
        &self,
        organization: OrganizationId,
        parent: Option<DepartmentId>,
    ) -> Result<(), Error> {
        let Some(parent) = parent else { return Ok(()) };
        let found = self.store.by_id(parent).await?;
        if found.is_some_and(|found| found.organization_id == organization) {
            Ok(())
        } else {
            Err(FieldError::new("parent_id", Fault::NotFound, "names no department of this organization")
                .into())
        }
    }

    /// The members of these ids, if the caller may say in which departments they are.
    async fn assignable(
        &self,
        call: &Call,
        organization: OrganizationId,
        field: &str,
        ids: &[MemberId],
    ) -> Result<Vec<Member>, Error> {
        let known = self.authorizer.known_members(call, ids).await?;
        let mut members = Vec::with_capacity(ids.len());
        for (at, member) in known.into_iter().enumerate() {
            let here =
                |member: &Member| member.organization_id == organization && member.state != MemberState::Left;
            let Some(member) = member.filter(here) else {
                let no_member = "names no member of this organization";
                return Err(FieldError::new(format!("{field}[{at}]"), Fault::NotFound, no_member).into());
            };
            self.authorizer.may_to(call, MemberPermission::ChangeDepartments, &member)?;
            members.push(member);
        }
        Ok(members)
    }
}

fn details(department: &Department) -> Details {
    let parent_id = department.parent_id.map(|id| id.to_string());
    Details::Department { name: department.name.clone(), parent_id }
}

fn check_moved(add: &[MemberId], remove: &[MemberId]) -> Result<(), FieldError> {
    let count = add.len() + remove.len();
    if count > MAX_MOVED {
        return Err(FieldError::new(
            "add",
            Fault::TooLong,
            "takes at most 10000 members, those to remove included",
        ));
    }

    let mut seen = std::collections::HashSet::with_capacity(count);
    for (field, ids) in [("add", add), ("remove", remove)] {
        for (at, id) in ids.iter().enumerate() {
            if !seen.insert(id) {
                let (fault, detail) = if field == "remove" && add.contains(id) {
                    (Fault::NotAllowed, "names a member that is to be added")
                } else {
                    (Fault::Duplicate, "names a member twice")
                };
                return Err(FieldError::new(format!("{field}[{at}]"), fault, detail));
            }
        }
    }
    Ok(())
}
