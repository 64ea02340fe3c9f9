//! Roles of members, and who owns an organization.

use super::wording::explain;
use super::{Administration, Outcome, OwnershipListing, RoleListing, Scene};
use crate::domain::ids::MemberId;
use crate::domain::member::Role;
use crate::domain::ownership::Ownership;
use crate::service::IfMatch;
use crate::service::members::MemberPatch;

impl Administration {
    pub(super) async fn change_role(
        &self,
        scene: &Scene,
        login: &str,
        role: &str,
        departments: &[String],
    ) -> Result<Outcome, String> {
        let names = Role::ALL.map(Role::name).join(", ");
        let role =
            Role::parse(role).ok_or_else(|| format!("there is no role {role:?}; there are {names}"))?;
        let (member, tree) = (self.member(scene, login).await?, self.tree(scene).await?);
        if role == Role::DepartmentAdmin && member.role != role && departments.is_empty() {
            return Err(format!(
                "say which departments {} is to administer, with --department",
                member.login
            ));
        }

        let mut ids = departments
            .iter()
            .map(|typed| tree.find(typed).map(|found| found.id))
            .collect::<Result<Vec<_>, _>>()?;
        // The same one may be typed by its id and by its way.
        ids.sort_unstable();
        ids.dedup();

        let admin_department_ids = (!ids.is_empty()).then_some(ids.as_slice());
        let patch = MemberPatch { role: Some(role), admin_department_ids, ..MemberPatch::default() };
        let changed = self.members.patch(&scene.call, member.id, &patch, &IfMatch::Any).await;
        let changed = changed.map_err(|error| explain(&error))?;

        let of_member = self.departments.of_member(&changed).await.map_err(|error| explain(&error))?;
        let administers = of_member.admin_department_ids.iter().map(|id| tree.path(*id)).collect();
        let (id, role) = (changed.id.to_string(), changed.role.name().to_owned());
        Ok(Outcome::Role(RoleListing { id, login: changed.login, role, administers }))
    }

    pub(super) async fn show_ownership(&self, scene: &Scene) -> Result<Outcome, String> {
        let found = self.ownership.get(&scene.call, scene.organization.id).await;
        self.ownership_now(scene, &found.map_err(|error| explain(&error))?).await
    }

    pub(super) async fn hand_over(&self, scene: &Scene, login: &str) -> Result<Outcome, String> {
        let member = self.member(scene, login).await?;
        let done = self.ownership.hand_over(&scene.call, scene.organization.id, member.id).await;
        self.ownership_now(scene, &done.map_err(|error| explain(&error))?).await
    }

    async fn ownership_now(&self, scene: &Scene, of: &Ownership) -> Result<Outcome, String> {
        let offer = of.offer.as_ref();
        Ok(Outcome::Ownership(OwnershipListing {
            organization_id: scene.organization.id.to_string(),
            organization: scene.organization.name.clone(),
            owner: self.login_of(scene, of.owner_id).await?,
            offered_to: self.login_of(scene, offer.map(|offer| offer.member_id)).await?,
            offered_until: offer.map(|offer| offer.expires_at.to_string()),
        }))
    }

    async fn login_of(&self, scene: &Scene, id: Option<MemberId>) -> Result<Option<String>, String> {
        let Some(id) = id else { return Ok(None) };
        let member = self.members.get(&scene.call, id).await.map_err(|error| explain(&error))?;
        Ok(Some(member.login))
    }
}
