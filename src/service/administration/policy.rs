//! The policy: shown as it may be put, put, tried before, and explained for a member.

use super::wording::explain;
use super::{Administration, ExplainedListing, Outcome, PolicyListing, Scene};
use crate::domain::policy::{ExplanationForm, Policy, PolicyForm, PreviewForm};
use crate::domain::what_if_form::WhatIfForm;
use crate::service::{Error, IfMatch};

impl Administration {
    pub(super) async fn show_policy(&self, scene: &Scene) -> Result<Outcome, String> {
        shown(self.policies.get(&scene.call, scene.organization.id).await)
    }

    pub(super) async fn put_policy(
        &self,
        scene: &Scene,
        policy: &PolicyForm,
        version: Option<i64>,
    ) -> Result<Outcome, String> {
        let if_match = in_place_of(version);
        shown(self.policies.put(&scene.call, scene.organization.id, policy, &if_match).await)
    }

    pub(super) async fn preview_policy(
        &self,
        scene: &Scene,
        policy: &PolicyForm,
        version: Option<i64>,
    ) -> Result<Outcome, String> {
        let if_match = in_place_of(version);
        let preview = self.policies.preview(&scene.call, scene.organization.id, policy, &if_match).await;
        Ok(Outcome::Previewed(PreviewForm::from(preview.map_err(|error| explain(&error))?)))
    }

    pub(super) async fn what_if_policy(&self, scene: &Scene, policy: &PolicyForm) -> Result<Outcome, String> {
        let answer = self.policies.what_if(&scene.call, scene.organization.id, policy).await;
        Ok(Outcome::WhatIf(WhatIfForm::from(answer.map_err(|error| explain(&error))?)))
    }

    pub(super) async fn explain_policy(&self, scene: &Scene, login: &str) -> Result<Outcome, String> {
        let (member, tree) = (self.member(scene, login).await?, self.tree(scene).await?);
        let explained = self.policies.explain(&scene.call, scene.organization.id, member.id).await;
        let explained = explained.map_err(|error| explain(&error))?;
        let departments = explained.departments().into_iter().map(|id| (id.to_string(), tree.path(id)));
        let (departments, explanation) = (departments.collect(), ExplanationForm::of(member.id, &explained));
        Ok(Outcome::Explained(ExplainedListing { login: member.login, explanation, departments }))
    }
}

fn in_place_of(version: Option<i64>) -> IfMatch {
    version.map_or(IfMatch::Any, |version| IfMatch::Versions(vec![version]))
}

fn shown(found: Result<(Policy, i64), Error>) -> Result<Outcome, String> {
    let (policy, version) = found.map_err(|error| explain(&error))?;
    Ok(Outcome::Policy(PolicyListing { version, policy: Box::new(PolicyForm::from(&policy)) }))
}
