//! Departments: listed, made, renamed, moved, deleted, and who is in them.

use super::wording::explain;
use super::{Administration, MembersChangedListing, Outcome, Scene};
use crate::domain::department::Department;
use crate::domain::ids::MemberId;
use crate::service::departments::DepartmentPatch;
use crate::service::{Error, IfMatch};

impl Administration {
    pub(super) async fn list_departments(&self, scene: &Scene) -> Result<Outcome, String> {
        Ok(Outcome::Departments(self.tree(scene).await?.listings()))
    }

    pub(super) async fn create_department(
        &self,
        scene: &Scene,
        name: &str,
        below: Option<&str>,
    ) -> Result<Outcome, String> {
        let tree = self.tree(scene).await?;
        let parent = below.map(|below| tree.find(below)).transpose()?.map(|parent| parent.id);
        let made = self.departments.create(&scene.call, scene.organization.id, name, parent).await;
        self.department_now(scene, made).await
    }

    pub(super) async fn rename_department(
        &self,
        scene: &Scene,
        department: &str,
        name: &str,
    ) -> Result<Outcome, String> {
        let patch = DepartmentPatch { name: Some(name), parent_id: None };
        let tree = self.tree(scene).await?;
        self.patch(scene, tree.find(department)?, &patch).await
    }

    pub(super) async fn move_department(
        &self,
        scene: &Scene,
        department: &str,
        below: Option<&str>,
    ) -> Result<Outcome, String> {
        let tree = self.tree(scene).await?;
        let parent = below.map(|below| tree.find(below)).transpose()?.map(|parent| parent.id);
        let patch = DepartmentPatch { name: None, parent_id: Some(parent) };
        self.patch(scene, tree.find(department)?, &patch).await
    }

    /// Changes the very department that was found by what was typed.
    async fn patch(
        &self,
        scene: &Scene,
        found: &Department,
        patch: &DepartmentPatch<'_>,
    ) -> Result<Outcome, String> {
        let as_found = IfMatch::Versions(vec![found.version]);
        let changed = self.departments.patch(&scene.call, found.id, patch, &as_found).await;
        self.department_now(scene, changed).await
    }

    async fn department_now(
        &self,
        scene: &Scene,
        changed: Result<Department, Error>,
    ) -> Result<Outcome, String> {
        let changed = changed.map_err(|error| explain(&error))?;
        Ok(Outcome::Department(self.tree(scene).await?.listing(&changed)))
    }

    pub(super) async fn delete_department(&self, scene: &Scene, department: &str) -> Result<Outcome, String> {
        let tree = self.tree(scene).await?;
        let found = tree.find(department)?;
        self.departments.delete(&scene.call, found.id).await.map_err(|error| explain(&error))?;
        Ok(Outcome::DepartmentDeleted(tree.listing(found)))
    }

    pub(super) async fn change_members(
        &self,
        scene: &Scene,
        department: &str,
        add: &[String],
        remove: &[String],
    ) -> Result<Outcome, String> {
        let tree = self.tree(scene).await?;
        let found = tree.find(department)?;
        let (add, remove) = (self.ids_of(scene, add).await?, self.ids_of(scene, remove).await?);

        let which = (scene.organization.id, found.id);
        let changed = self.departments.change_members(&scene.call, which, &add, &remove).await;
        let changed = changed.map_err(|error| explain(&error))?;
        Ok(Outcome::MembersChanged(MembersChangedListing {
            department: tree.listing(found),
            added: changed.added,
            removed: changed.removed,
        }))
    }

    async fn ids_of(&self, scene: &Scene, logins: &[String]) -> Result<Vec<MemberId>, String> {
        Ok(self.members_of(scene, logins).await?.iter().map(|member| member.id).collect())
    }
}
