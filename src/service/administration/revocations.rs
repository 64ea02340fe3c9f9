//! Bulk revocations: what would end, ended, looked at, stopped.

use super::wording::explain;
use super::{
    Administration, NamedFilter, Outcome, PAGE, RevocationCounts, RevocationListing, RevocationProgress,
    Scene,
};
use crate::domain::ids::RevocationId;
use crate::domain::revocation::{Count, Filter, FilterForm, Revocation};
use crate::service::revocations::Selection;
use crate::service::{Error, Paging};

/// Why a preview was made; it ends nothing, so nobody has to say why.
const PREVIEW: &str = "Preview at the command line";

impl Administration {
    pub(super) async fn preview_revocation(
        &self,
        scene: &Scene,
        filter: &NamedFilter,
    ) -> Result<Outcome, String> {
        let selection = Selection::Filter(self.filter(scene, filter).await?, true);
        self.begin_revocation(scene, &selection, PREVIEW).await
    }

    pub(super) async fn create_revocation(
        &self,
        scene: &Scene,
        filter: &NamedFilter,
        reason: &str,
    ) -> Result<Outcome, String> {
        let selection = Selection::Filter(self.filter(scene, filter).await?, false);
        self.begin_revocation(scene, &selection, reason).await
    }

    pub(super) async fn carry_out_preview(
        &self,
        scene: &Scene,
        preview: &str,
        reason: &str,
    ) -> Result<Outcome, String> {
        let selection = Selection::Preview(id(preview)?);
        self.begin_revocation(scene, &selection, reason).await
    }

    async fn begin_revocation(
        &self,
        scene: &Scene,
        selection: &Selection,
        reason: &str,
    ) -> Result<Outcome, String> {
        shown(self.revocations.create(&scene.call, scene.organization.id, selection, reason).await)
    }

    /// The filter that is meant, with the members and departments that are named as people type them.
    pub(super) async fn filter(&self, scene: &Scene, named: &NamedFilter) -> Result<Filter, String> {
        let mut filter = named.filter.parse().map_err(|error| explain(&error.into()))?;
        if !named.members.is_empty() {
            let members = self.members_of(scene, &named.members).await?;
            filter.member_ids = Some(members.iter().map(|member| member.id).collect());
        }
        if !named.departments.is_empty() {
            let tree = self.tree(scene).await?;
            let found = named.departments.iter().map(|typed| tree.find(typed).map(|found| found.id));
            filter.department_ids = Some(found.collect::<Result<_, _>>()?);
        }
        Ok(filter)
    }

    pub(super) async fn list_revocations(&self, scene: &Scene) -> Result<Outcome, String> {
        let paging = Paging { before: None, limit: PAGE };
        let listed = self.revocations.list(&scene.call, scene.organization.id, paging).await;
        let listed = listed.map_err(|error| explain(&error))?;
        Ok(Outcome::Revocations(listed.items.iter().map(listing).collect()))
    }

    pub(super) async fn show_revocation(&self, scene: &Scene, typed: &str) -> Result<Outcome, String> {
        shown(self.revocations.get(&scene.call, scene.organization.id, id(typed)?).await)
    }

    pub(super) async fn stop_revocation(&self, scene: &Scene, typed: &str) -> Result<Outcome, String> {
        shown(self.revocations.stop(&scene.call, scene.organization.id, id(typed)?).await)
    }
}

fn id(typed: &str) -> Result<RevocationId, String> {
    RevocationId::parse(typed).ok_or_else(|| {
        format!("{typed:?} is no id of a revocation; see what there is: clientpass admin revocations list")
    })
}

fn shown(found: Result<Revocation, Error>) -> Result<Outcome, String> {
    match found {
        Ok(found) => Ok(Outcome::Revocation(Box::new(listing(&found)))),
        Err(Error::Refused(crate::service::Refusal::NotFound)) => {
            Err("there is no such revocation; see what there is: clientpass admin revocations list".into())
        }
        Err(error) => Err(explain(&error)),
    }
}

fn listing(of: &Revocation) -> RevocationListing {
    let counts =
        |count: Count| RevocationCounts { members: count.members, client_passwords: count.client_passwords };
    RevocationListing {
        id: of.id.to_string(),
        state: of.state.name().to_owned(),
        dry_run: of.dry_run,
        preview_id: of.preview_id.map(|id| id.to_string()),
        reason: of.reason.clone(),
        filter: FilterForm::from(&of.filter),
        progress: of
            .progress
            .map(|progress| RevocationProgress { passed_members: progress.passed, members: progress.all }),
        matched: counts(of.matched),
        ended: counts(of.ended),
        created_at: of.created_at.to_string(),
        finished_at: of.finished_at.map(|at| at.to_string()),
    }
}
