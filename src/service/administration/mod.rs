//! What whoever owns the data directory does in an organization: departments, roles, ownership, policy. It goes through the
//! same use cases as every call, on behalf of [`Caller::Terminal`], and names things as people type them: members by login,
//! departments by their way from the top, organizations by name.

mod departments;
mod listings;
mod lists;
mod log_ins;
mod members;
mod named;
mod policy;
mod revocations;
mod warnings;
mod wording;

use serde::{Deserialize, Serialize};

pub use listings::{
    DepartmentListing, ExplainedListing, ListQuery, LogInListing, LogInsListing, MembersChangedListing,
    NamedFilter, OwnershipListing, PieceListing, PolicyListing, RevocationCounts, RevocationListing,
    RevocationProgress, RoleListing, TotalsListing, WarningListing,
};

pub(super) use wording::explain;

use super::departments::Departments;
use super::exports::Exports;
use super::log_ins::LogIns;
use super::members::Members;
use super::organizations::Organizations;
use super::ownership::Ownerships;
use super::parts::Parts;
use super::policies::Policies;
use super::revocations::Revocations;
use super::totals::Totals;
use super::warnings::Warnings;
use super::{Call, Ids};
use crate::domain::access::Caller;
use crate::domain::organization::Organization;
use crate::domain::policy::{PolicyForm, PreviewForm};
use crate::domain::what_if_form::WhatIfForm;

/// Most organizations, departments or members that are read at a time.
const PAGE: u32 = 200;

/// What is to be done in an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case", deny_unknown_fields)]
pub enum Task {
    /// List the departments.
    Departments,
    /// Make a department.
    CreateDepartment {
        /// What it is called.
        name: String,
        /// The department that it comes below; none for the top.
        below: Option<String>,
    },
    /// Give a department another name.
    RenameDepartment {
        /// The department, by id or by its way from the top.
        department: String,
        /// What it is called from now on.
        name: String,
    },
    /// Put a department elsewhere in the tree.
    MoveDepartment {
        /// The department, by id or by its way from the top.
        department: String,
        /// The department that it comes below; none for the top.
        below: Option<String>,
    },
    /// Delete a department.
    DeleteDepartment {
        /// The department, by id or by its way from the top.
        department: String,
    },
    /// Say who is in a department.
    ChangeDepartmentMembers {
        /// The department, by id or by its way from the top.
        department: String,
        /// The logins of those who come in.
        add: Vec<String>,
        /// The logins of those who go out.
        remove: Vec<String>,
    },
    /// Give a member another role.
    ChangeRole {
        /// The login of the member.
        login: String,
        /// The name of the role.
        role: String,
        /// The departments that the member administers from now on; with none they stay as they are.
        departments: Vec<String>,
    },
    /// List where and with what a member's mail was opened.
    LogIns {
        /// The login of the member.
        login: String,
    },
    /// Say who owns the organization.
    Ownership,
    /// Hand the organization over.
    HandOver {
        /// The login of the next owner.
        login: String,
    },
    /// Give the policy.
    Policy,
    /// Put a policy.
    PutPolicy {
        /// The policy as it is written.
        policy: Box<PolicyForm>,
        /// The version whose place it takes; none for whatever there is.
        version: Option<i64>,
    },
    /// Say whom a policy would cut off, and put nothing.
    PreviewPolicy {
        /// The policy as it is written.
        policy: Box<PolicyForm>,
        /// The version whose place it would take; none for whatever there is.
        version: Option<i64>,
    },
    /// Say which log-ins of the last days a policy would refuse, and put nothing.
    WhatIfPolicy {
        /// The policy as it is written.
        policy: Box<PolicyForm>,
    },
    /// Count members and client passwords.
    Totals,
    /// Give a piece of a list.
    List {
        /// Which list, and what of it.
        query: ListQuery,
        /// The form of its lines: `csv` or `ndjson`.
        format: String,
        /// Where the piece before said that it goes on; none for the first.
        before: Option<String>,
        /// How many items the piece has at the most.
        limit: u32,
    },
    /// Explain the policy.
    ExplainPolicy {
        /// The login of the member for whom it is explained.
        login: String,
    },
    /// Say which client passwords would end.
    PreviewRevocation {
        /// Which.
        filter: Box<NamedFilter>,
    },
    /// End client passwords.
    CreateRevocation {
        /// Which.
        filter: Box<NamedFilter>,
        /// Why, for the audit log.
        reason: String,
    },
    /// End what a preview has found.
    CarryOutPreview {
        /// The id of the preview.
        preview: String,
        /// Why, for the audit log.
        reason: String,
    },
    /// List bulk revocations and previews, newest first.
    Revocations,
    /// Say how one stands.
    Revocation {
        /// Its id.
        id: String,
    },
    /// Wait a moment for one that is running, or carry it out where nothing serves; then say how it stands.
    FollowRevocation {
        /// Its id.
        id: String,
    },
    /// Stop one that is running.
    StopRevocation {
        /// Its id.
        id: String,
    },
    /// List the client passwords that will soon end by themselves.
    Warnings,
}

/// What was done, or is so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All departments, in order of their ways from the top.
    Departments(Vec<DepartmentListing>),
    /// A department as it is now.
    Department(DepartmentListing),
    /// A department as it was before it was deleted.
    DepartmentDeleted(DepartmentListing),
    /// How many came into a department, and went out of it.
    MembersChanged(MembersChangedListing),
    /// A member with the role that the member has now.
    Role(RoleListing),
    /// Where and with what a member's mail was opened.
    LogIns(LogInsListing),
    /// Who owns the organization.
    Ownership(OwnershipListing),
    /// The policy.
    Policy(PolicyListing),
    /// Whom a policy would cut off.
    Previewed(PreviewForm),
    /// Which log-ins a policy would refuse.
    WhatIf(WhatIfForm),
    /// How many members and client passwords there are.
    Totals(TotalsListing),
    /// A piece of a list.
    Listed(PieceListing),
    /// The policy, explained for a member.
    Explained(ExplainedListing),
    /// Bulk revocations and previews, newest first.
    Revocations(Vec<RevocationListing>),
    /// A bulk revocation or a preview as it is now.
    Revocation(Box<RevocationListing>),
    /// Client passwords that will soon end by themselves, those that were warned of last first.
    Warnings(Vec<WarningListing>),
}

/// Administers organizations for whoever owns the data directory.
#[derive(Clone)]
pub(super) struct Administration {
    departments: Departments,
    exports: Exports,
    ids: Ids,
    log_ins: LogIns,
    members: Members,
    organizations: Organizations,
    ownership: Ownerships,
    policies: Policies,
    revocations: Revocations,
    totals: Totals,
    warnings: Warnings,
}

/// What a task is done by, and where.
struct Scene {
    call: Call,
    organization: Organization,
}

impl Administration {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            departments: Departments::new(parts),
            exports: Exports::new(parts),
            ids: parts.ids.clone(),
            log_ins: LogIns::new(parts),
            members: Members::new(parts),
            organizations: Organizations::new(parts),
            ownership: Ownerships::new(parts),
            policies: Policies::new(parts),
            revocations: Revocations::new(parts),
            totals: Totals::new(parts),
            warnings: Warnings::new(parts),
        }
    }

    /// Does it in the organization of this id or name, or in the only one; or gives the reason why not and what to do.
    pub(super) async fn execute(&self, organization: Option<&str>, task: &Task) -> Result<Outcome, String> {
        let request_id = self.ids.next().map_err(|error| error.to_string())?;
        let call = Call::new(Caller::Terminal, request_id);
        let organization = self.organization(&call, organization).await?;
        let scene = &Scene { call, organization };

        match task {
            Task::Departments => self.list_departments(scene).await,
            Task::CreateDepartment { name, below } => {
                self.create_department(scene, name, below.as_deref()).await
            }
            Task::RenameDepartment { department, name } => {
                self.rename_department(scene, department, name).await
            }
            Task::MoveDepartment { department, below } => {
                self.move_department(scene, department, below.as_deref()).await
            }
            Task::DeleteDepartment { department } => self.delete_department(scene, department).await,
            Task::ChangeDepartmentMembers { department, add, remove } => {
                self.change_members(scene, department, add, remove).await
            }
            Task::ChangeRole { login, role, departments } => {
                self.change_role(scene, login, role, departments).await
            }
            Task::LogIns { login } => self.list_log_ins(scene, login).await,
            Task::Ownership => self.show_ownership(scene).await,
            Task::HandOver { login } => self.hand_over(scene, login).await,
            Task::Policy => self.show_policy(scene).await,
            Task::PutPolicy { policy, version } => self.put_policy(scene, policy, *version).await,
            Task::PreviewPolicy { policy, version } => self.preview_policy(scene, policy, *version).await,
            Task::WhatIfPolicy { policy } => self.what_if_policy(scene, policy).await,
            Task::Totals => self.show_totals(scene).await,
            Task::List { query, format, before, limit } => {
                self.list(scene, query, format, before.as_deref(), *limit).await
            }
            Task::ExplainPolicy { login } => self.explain_policy(scene, login).await,
            Task::Warnings => self.list_warnings(scene).await,
            revocation => self.revoke(scene, revocation).await,
        }
    }

    async fn revoke(&self, scene: &Scene, task: &Task) -> Result<Outcome, String> {
        match task {
            Task::PreviewRevocation { filter } => self.preview_revocation(scene, filter).await,
            Task::CreateRevocation { filter, reason } => self.create_revocation(scene, filter, reason).await,
            Task::CarryOutPreview { preview, reason } => self.carry_out_preview(scene, preview, reason).await,
            Task::Revocation { id } | Task::FollowRevocation { id } => self.show_revocation(scene, id).await,
            Task::StopRevocation { id } => self.stop_revocation(scene, id).await,
            _ => self.list_revocations(scene).await,
        }
    }
}
