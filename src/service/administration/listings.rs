//! What is shown at the command line of what there is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::policy::{ExplanationForm, PolicyForm};

/// A department.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepartmentListing {
    /// The id by which it is named for ever.
    pub id: String,
    /// The names from the top down to its own, with slashes between them.
    pub path: String,
    /// What it is called.
    pub name: String,
    /// The department that it is below; `None` at the top.
    pub parent_id: Option<String>,
}

/// How many came into a department, and went out of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembersChangedListing {
    /// The department.
    pub department: DepartmentListing,
    /// How many came in who were not in it before.
    pub added: usize,
    /// How many went out who were in it before.
    pub removed: usize,
}

/// A member with a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleListing {
    /// The id of the member.
    pub id: String,
    /// The login of the member.
    pub login: String,
    /// The name of the role.
    pub role: String,
    /// The departments that the member administers, by their ways from the top.
    pub administers: Vec<String>,
}

/// Who owns an organization, and who may come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnershipListing {
    /// The organization.
    pub organization_id: String,
    /// What it is called.
    pub organization: String,
    /// The login of the owner, if it has one.
    pub owner: Option<String>,
    /// The login of the member to whom it is offered, if it is.
    pub offered_to: Option<String>,
    /// Until when the offer is good, as RFC 3339.
    pub offered_until: Option<String>,
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyListing {
    /// The version; it goes up with each policy that is put.
    pub version: i64,
    /// The policy, exactly as it may be put.
    pub policy: Box<PolicyForm>,
}

/// The policy, explained for a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainedListing {
    /// The login of the member.
    pub login: String,
    /// Which value of each setting holds, and why.
    #[serde(flatten)]
    pub explanation: ExplanationForm,
    /// The departments that the explanation names, each with its way from the top.
    pub departments: BTreeMap<String, String>,
}
