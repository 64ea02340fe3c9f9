//! The policy of an organization: put, read, explained for a member, and tried before it is put.

use std::collections::HashMap;

use futures_util::future::try_join;

use super::audit_trail::AuditTrail;
use super::authority::Authorizer;
use super::deadline::counted_in_time;
use super::job_signal::JobSignal;
use super::log_in_log::LogInLog;
use super::parts::Parts;
use super::rules::PolicyRules;
use super::usage::UsageLog;
use super::{Call, Error, IfMatch, Refusal};
use crate::clock::Clock;
use crate::domain::access::OrganizationPermission;
use crate::domain::audit::{Action, Target};
use crate::domain::audit_details::Details;
use crate::domain::field::{Fault, FieldError};
use crate::domain::ids::{DepartmentId, MemberId, OrganizationId};
use crate::domain::policy::{
    Explanation, Limits, Policy, PolicyForm, PolicyPreview, Rules, Settled, cut_off,
};
use crate::domain::what_if::WhatIf;
use crate::store::{DepartmentStore, MemberStore, PolicyPreviewStore, PolicyStore, WhatIfStore};

/// Puts, reads, explains and previews policies.
#[derive(Clone)]
pub struct Policies {
    audit: AuditTrail,
    authorizer: Authorizer,
    clock: Clock,
    departments: DepartmentStore,
    history: JobSignal,
    members: MemberStore,
    previews: PolicyPreviewStore,
    rules: PolicyRules,
    settling: JobSignal,
    store: PolicyStore,
    usage: UsageLog,
    log_ins: LogInLog,
    what_ifs: WhatIfStore,
}

impl Policies {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            authorizer: Authorizer::new(parts),
            clock: parts.clock.clone(),
            departments: parts.store.departments(),
            history: parts.history.clone(),
            members: parts.store.members(),
            previews: parts.store.policy_previews(),
            rules: parts.rules.clone(),
            settling: parts.settling.clone(),
            store: parts.store.policies(),
            usage: parts.usage.clone(),
            log_ins: parts.log_ins.clone(),
            what_ifs: parts.store.what_ifs(),
        }
    }

    /// The policy with its version; what was not put is said with the value that holds.
    pub async fn get(&self, call: &Call, id: OrganizationId) -> Result<(Policy, i64), Error> {
        self.authorizer.may(call, OrganizationPermission::ReadPolicy, id).await?;
        let stored = self.store.get(id).await?;
        let policy = if stored.version == 0 { stored.policy.in_full() } else { stored.policy };
        Ok((policy, stored.version))
    }

    /// Which value of each setting holds for a member, where it comes from, and why no other does.
    pub async fn explain(
        &self,
        call: &Call,
        id: OrganizationId,
        member: MemberId,
    ) -> Result<Explanation, Error> {
        let member = self.authorizer.known_member(call, member).await?;
        if member.organization_id != id {
            return Err(
                FieldError::new("explain", Fault::NotFound, "names no member of this organization").into()
            );
        }
        let rules = self.rules.of_organization(id).await?;
        let of_member = self.departments.of_member(member.id).await?;
        Ok(rules.explain(member.id, &of_member.department_ids, self.clock.now()))
    }

    /// What the departments of an explanation are called. Whoever has the explanation may know.
    pub async fn departments_of(
        &self,
        explanation: &Explanation,
    ) -> Result<HashMap<DepartmentId, String>, Error> {
        let ids: Vec<DepartmentId> = explanation.departments().into_iter().collect();
        Ok(self.departments.names(&ids).await?)
    }

    /// Puts a policy in the place of the one that was read; it holds from the next check on.
    pub async fn put(
        &self,
        call: &Call,
        id: OrganizationId,
        form: &PolicyForm,
        if_match: &IfMatch,
    ) -> Result<(Policy, i64), Error> {
        self.authorizer
            .judged(call, async |call| {
                let permission = OrganizationPermission::PutPolicy;
                let (_, authority) = self.authorizer.may_change(call, permission, id).await?;
                let before = self.store.get(id).await?;
                if_match.requires(before.version)?;
                let policy = form.parse()?;
                self.check_named(id, &policy).await?;
                if policy == before.policy && before.version > 0 {
                    return Ok((policy, before.version));
                }
                let limits = [&before.policy, &policy].map(Limits::from);
                let [old, new] = &limits;
                // A longer life gives none back to what has outlived the one before.
                let settled = before.settled.after(old.max_lifetime, new.max_lifetime);
                let settled = settled.ok_or(Refusal::PolicySettling)?;

                let change = self.audit.entry(call, authority, Action::PolicyPut)?.in_organization(id);
                let change = change.target(Target::Organization(id));
                let change = change.details(details(&before.policy, &policy));
                let is_idle_changed = old.idle != new.idle;
                self.store.put(id, &policy, before.version, settled, is_idle_changed, &change.0).await??;
                self.audit.committed(&change);
                if settled == Settled::NotYet {
                    self.settling.notify();
                }
                if new.history < old.history {
                    self.history.notify();
                }
                Ok((policy, before.version + 1))
            })
            .await
    }

    /// What a policy would take from members, if it were put now. It is refused as the PUT would be, but for the sign-in,
    /// which may be of any age; nothing is written.
    pub async fn preview(
        &self,
        call: &Call,
        id: OrganizationId,
        form: &PolicyForm,
        if_match: &IfMatch,
    ) -> Result<PolicyPreview, Error> {
        self.authorizer
            .judged(call, async |call| {
                self.authorizer.may_change(call, OrganizationPermission::PreviewPolicy, id).await?;
                let before = self.store.get(id).await?;
                if_match.requires(before.version)?;
                let policy = form.parse()?;
                self.audit.count_change(call)?;
                self.check_named(id, &policy).await?;

                let old = self.rules.of_organization(id).await?;
                if *old.policy() != before.policy {
                    return Err(Error::FactsChanged);
                }
                let new = Rules::new(policy, old.tree().clone());
                let preview = counted_in_time(&self.clock, self.count(id, &old, &new)).await?;
                Ok(PolicyPreview { version: before.version, ..preview })
            })
            .await
    }

    async fn count(&self, id: OrganizationId, old: &Rules, new: &Rules) -> Result<PolicyPreview, Error> {
        // Whether one is idle depends on its last use, so these must be written first.
        self.usage.write().await?;
        let now = self.clock.now();

        let (mut preview, mut after) = (PolicyPreview::default(), None);
        loop {
            let members = self.previews.members_after(id, after, now).await?;
            let Some(last) = members.last() else { return Ok(preview) };
            after = Some(last.id);
            for member in members {
                let cut = cut_off(old, new, &member, now);
                preview.add(member, &cut);
            }
        }
    }

    /// Which of the log-ins of the last days a policy would refuse, if it were put now and they came again. It is refused
    /// as a preview would be, but no version needs to be named; nothing is written.
    pub async fn what_if(&self, call: &Call, id: OrganizationId, form: &PolicyForm) -> Result<WhatIf, Error> {
        self.authorizer
            .judged(call, async |call| {
                self.authorizer.may_change(call, OrganizationPermission::PreviewPolicy, id).await?;
                let policy = form.parse()?;
                self.audit.count_change(call)?;
                self.check_named(id, &policy).await?;

                let old = self.rules.of_organization(id).await?;
                let new = Rules::new(policy, old.tree().clone());
                counted_in_time(&self.clock, self.judge_history(id, &old, &new)).await
            })
            .await
    }

    /// What a policy would take from members, and which log-ins it would refuse, looked at together as one change. Each is
    /// absent where it takes too long.
    pub async fn try_out(
        &self,
        call: &Call,
        id: OrganizationId,
        form: &PolicyForm,
        if_match: &IfMatch,
    ) -> Result<(Option<PolicyPreview>, Option<WhatIf>), Error> {
        let counted = Call { counted: true, ..*call };
        let preview = async { in_time(self.preview(call, id, form, if_match).await) };
        let what_if = async { in_time(self.what_if(&counted, id, form).await) };
        try_join(preview, what_if).await
    }

    async fn judge_history(&self, id: OrganizationId, old: &Rules, new: &Rules) -> Result<WhatIf, Error> {
        let history = old.limits().history;
        let history_days = u32::try_from(history.as_secs() / 86_400).unwrap_or(u32::MAX);
        let (mut what_if, mut after) = (WhatIf { history_days, ..WhatIf::default() }, None);
        if history.is_zero() {
            return Ok(what_if);
        }

        self.log_ins.write().await?;
        let now = self.clock.now();
        loop {
            let members = self.what_ifs.members_after(id, after, now.minus(history), now).await?;
            let Some(last) = members.last() else { return Ok(what_if) };
            after = Some(last.id);
            for member in members {
                what_if.add(old, new, member, now);
            }
        }
    }

    /// Refuses a policy that names what is not in the organization.
    async fn check_named(&self, id: OrganizationId, policy: &Policy) -> Result<(), Error> {
        let rules = self.rules.of_organization(id).await?;
        for (field, department) in policy.named_departments() {
            if !rules.tree().contains(department) {
                let detail = "names no department of this organization";
                return Err(FieldError::new(field, Fault::NotFound, detail).into());
            }
        }

        let (fields, members): (Vec<String>, Vec<MemberId>) = policy.named_members().into_iter().unzip();
        for (field, member) in fields.into_iter().zip(self.members.by_ids(&members).await?) {
            if member.is_none_or(|member| member.organization_id != id) {
                return Err(
                    FieldError::new(field, Fault::NotFound, "names no member of this organization").into()
                );
            }
        }
        Ok(())
    }
}

fn in_time<T>(found: Result<T, Error>) -> Result<Option<T>, Error> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::Refused(Refusal::PreviewTooLong)) => Ok(None),
        Err(other) => Err(other),
    }
}

fn details(before: &Policy, after: &Policy) -> Details {
    let freed = before.freed_by(after);
    Details::Policy {
        policy: Box::new(PolicyForm::from(after)),
        freed_from_secure_login: freed.iter().map(ToString::to_string).collect(),
    }
}
