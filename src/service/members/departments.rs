//! The departments of a member: which a new one comes into, which are changed, and whom a department administrator sees.

use std::collections::HashSet;

use super::{CreateMember, MemberPatch, Members};
use crate::domain::access::MemberPermission;
use crate::domain::audit_details::Details;
use crate::domain::department::{MAX_OF_MEMBER, Memberships};
use crate::domain::field::{Fault, FieldError};
use crate::domain::ids::{DepartmentId, OrganizationId};
use crate::domain::member::{Member, MemberFilter, Role, Within};
use crate::service::{Call, Error, Refusal};
use crate::store::departments::DepartmentChange;

/// What changes of a member's departments, and what they are then.
pub(super) struct DepartmentsOfMember {
    pub(super) change: DepartmentChange,
    department_ids: Option<Vec<DepartmentId>>,
}

impl DepartmentsOfMember {
    /// What the caller must be allowed to do for it.
    pub(super) fn permissions(&self) -> impl Iterator<Item = MemberPermission> {
        let moves = self.department_ids.is_some().then_some(MemberPermission::ChangeDepartments);
        let administers = self.change.administers.is_some().then_some(MemberPermission::ChangeAdministered);
        moves.into_iter().chain(administers)
    }

    /// What the audit log says of a change of the member: beside these fields the departments.
    pub(super) fn details(&self, others: &[(&'static str, bool)], role: Role, role_before: Role) -> Details {
        let (moved, administered) = (&self.department_ids, &self.change.administers);
        let own = [("department_ids", moved.is_some()), ("admin_department_ids", administered.is_some())];
        let changed = others.iter().chain(&own).filter(|(_, is)| *is).map(|(field, _)| *field).collect();
        let texts = |ids: &Vec<DepartmentId>| ids.iter().map(ToString::to_string).collect();

        Details::MemberUpdated {
            changed,
            role: role.name(),
            role_before: role_before.name(),
            department_ids: moved.as_ref().map(texts),
            admin_department_ids: administered.as_ref().map(texts),
        }
    }
}

impl Members {
    /// The departments of a member who is to be made. Whoever is made by a department administrator is within that
    /// one's reach.
    pub(super) async fn departments_of_new(
        &self,
        call: &Call,
        organization: OrganizationId,
        request: &CreateMember<'_>,
    ) -> Result<DepartmentChange, Error> {
        let joins = self.check("department_ids", organization, request.department_ids).await?;
        if call.caller.department_admin().is_some() && joins.is_empty() {
            let detail = "must name a department that you administer";
            return Err(FieldError::new("department_ids", Fault::Missing, detail).into());
        }
        self.check_administered(call, &joins).await?;

        let administers = match (request.role, request.admin_department_ids) {
            (role, Some(ids)) => {
                check_role(role, ids)?;
                Some(self.check("admin_department_ids", organization, ids).await?)
            }
            (Role::DepartmentAdmin, None) => Some(joins.clone()),
            (_, None) => None,
        };
        Ok(DepartmentChange {
            joins,
            leaves: Vec::new(),
            administers: administers.filter(|ids| !ids.is_empty()),
        })
    }

    /// What a patch changes of the departments of a member.
    pub(super) async fn department_change(
        &self,
        call: &Call,
        member: &Member,
        patch: &MemberPatch<'_>,
    ) -> Result<DepartmentsOfMember, Error> {
        let mut of_member = DepartmentsOfMember { change: DepartmentChange::default(), department_ids: None };
        if patch.department_ids.is_none() && patch.admin_department_ids.is_none() {
            return Ok(of_member);
        }
        let now: Memberships = self.departments.of_member(member.id).await?;

        if let Some(ids) = patch.department_ids {
            let ids = self.check("department_ids", member.organization_id, ids).await?;
            let change = &mut of_member.change;
            change.joins = ids.iter().copied().filter(|id| !now.department_ids.contains(id)).collect();
            change.leaves = now.department_ids.iter().copied().filter(|id| !ids.contains(id)).collect();
            if !(change.joins.is_empty() && change.leaves.is_empty()) {
                self.check_administered(call, &change.joins).await?;
                self.check_administered(call, &change.leaves).await?;
                of_member.department_ids = Some(ids);
            }
        }

        if let Some(ids) = patch.admin_department_ids {
            check_role(patch.role.unwrap_or(member.role), ids)?;
            let ids = self.check("admin_department_ids", member.organization_id, ids).await?;
            of_member.change.administers = Some(ids).filter(|ids| *ids != now.admin_department_ids);
        }
        Ok(of_member)
    }

    /// The filter within what the caller reaches; `None` if nothing can be.
    pub(super) async fn reachable(
        &self,
        call: &Call,
        filter: &MemberFilter,
    ) -> Result<Option<MemberFilter>, Error> {
        let Some(me) = call.caller.department_admin() else {
            return Ok(Some(filter.clone()));
        };

        let within = match filter.within {
            Some(Within::Department(id)) if !self.departments.administers(me, id).await? => return Ok(None),
            Some(Within::Department(id)) => Within::Department(id),
            Some(Within::ReachOf(_)) | None => Within::ReachOf(me),
        };
        Ok(Some(MemberFilter { within: Some(within), ..filter.clone() }))
    }

    /// Departments of this organization, none twice, in order of id.
    async fn check(
        &self,
        field: &'static str,
        organization: OrganizationId,
        ids: &[DepartmentId],
    ) -> Result<Vec<DepartmentId>, Error> {
        if ids.len() > MAX_OF_MEMBER {
            return Err(FieldError::new(field, Fault::TooLong, "takes at most 100 departments").into());
        }

        if ids.is_empty() {
            return Ok(Vec::new());
        }

        let rules = self.rules.of_organization(organization).await?;
        let mut seen = HashSet::with_capacity(ids.len());
        for (at, id) in ids.iter().enumerate() {
            let wrong = |fault, detail| Err(FieldError::new(format!("{field}[{at}]"), fault, detail).into());
            if !seen.insert(id) {
                return wrong(Fault::Duplicate, "names a department twice");
            }
            if !rules.tree().contains(*id) {
                return wrong(Fault::NotFound, "names no department of this organization");
            }
        }

        let mut ids = ids.to_vec();
        ids.sort_unstable();
        Ok(ids)
    }

    /// Refuses departments that a department administrator who calls does not administer.
    async fn check_administered(&self, call: &Call, ids: &[DepartmentId]) -> Result<(), Error> {
        if let Some(me) = call.caller.department_admin() {
            for id in ids {
                if !self.departments.administers(me, *id).await? {
                    return Err(Refusal::Forbidden.into());
                }
            }
        }
        Ok(())
    }
}

/// Only department administrators administer departments.
fn check_role(role: Role, administered: &[DepartmentId]) -> Result<(), FieldError> {
    if role == Role::DepartmentAdmin || administered.is_empty() {
        return Ok(());
    }
    let detail = "takes departments only for the role department_admin";
    Err(FieldError::new("admin_department_ids", Fault::NotAllowed, detail))
}
