//! What whoever owns the data directory does in an organization: departments, roles, ownership, policy. It goes through the
//! same use cases as every call, on behalf of [`Caller::Terminal`], and names things as people type them: members by login,
//! departments by their way from the top, organizations by name.

mod departments;
mod listings;
mod members;
mod named;
mod policy;
mod wording;

use serde::{Deserialize, Serialize};

pub use listings::{
    DepartmentListing, ExplainedListing, MembersChangedListing, OwnershipListing, PolicyListing, RoleListing,
};

use super::departments::Departments;
use super::members::Members;
use super::organizations::Organizations;
use super::ownership::Ownerships;
use super::parts::Parts;
use super::policies::Policies;
use super::{Call, Ids};
use crate::domain::access::Caller;
use crate::domain::organization::Organization;
use crate::domain::policy::{PolicyForm, PreviewForm};

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
    /// Explain the policy.
    ExplainPolicy {
        /// The login of the member for whom it is explained.
        login: String,
    },
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
    /// Who owns the organization.
    Ownership(OwnershipListing),
    /// The policy.
    Policy(PolicyListing),
    /// Whom a policy would cut off.
    Previewed(PreviewForm),
    /// The policy, explained for a member.
    Explained(ExplainedListing),
}

/// Administers organizations for whoever owns the data directory.
#[derive(Clone)]
pub(super) struct Administration {
    departments: Departments,
    ids: Ids,
    members: Members,
    organizations: Organizations,
    ownership: Ownerships,
    policies: Policies,
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
            ids: parts.ids.clone(),
            members: Members::new(parts),
            organizations: Organizations::new(parts),
            ownership: Ownerships::new(parts),
            policies: Policies::new(parts),
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
            Task::Ownership => self.show_ownership(scene).await,
            Task::HandOver { login } => self.hand_over(scene, login).await,
            Task::Policy => self.show_policy(scene).await,
            Task::PutPolicy { policy, version } => self.put_policy(scene, policy, *version).await,
            Task::PreviewPolicy { policy, version } => self.preview_policy(scene, policy, *version).await,
            Task::ExplainPolicy { login } => self.explain_policy(scene, login).await,
        }
    }
}
