//! What is shown at the command line of what there is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::policy::{ExplanationForm, PolicyForm};
use crate::domain::revocation::FilterForm;
use crate::domain::totals::TotalsForm;

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

/// Where and with what a member's mail was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogInsListing {
    /// The login of the member.
    pub login: String,
    /// For how many days log-ins are kept.
    pub history_days: u64,
    /// The rows, those first that were used last.
    pub log_ins: Vec<LogInListing>,
}

/// A row of the history of log-ins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogInListing {
    /// The last of them, as RFC 3339.
    pub last_at: String,
    /// The first of them, as RFC 3339.
    pub first_at: String,
    /// How many there were.
    pub count: i64,
    /// `accept`, or `defer` for what was passed on to the mail server's next source.
    pub result: String,
    /// What opened mail; `None` if that is not known.
    pub via: Option<String>,
    /// The id of the client password, if it is known which.
    pub client_password_id: Option<String>,
    /// The label of the client password, if it is known which and it is still there.
    pub label: Option<String>,
    /// The protocol that the mail client spoke.
    pub protocol: String,
    /// The address, or the network where several were folded together; `None` if it is not known.
    pub from: Option<String>,
    /// What the mail client calls itself, if it is known.
    pub client: Option<String>,
    /// Whether several rows were put together.
    pub folded: bool,
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

/// Which client passwords are to end: members by login, departments by their ways from the top, the rest as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedFilter {
    /// Of the members who have these logins; of all where there is none.
    pub members: Vec<String>,
    /// Of members in these departments or below; of all where there is none.
    pub departments: Vec<String>,
    /// The rest of the filter.
    pub filter: FilterForm,
}

/// How many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationCounts {
    /// The number of members.
    pub members: i64,
    /// The number of client passwords.
    pub client_passwords: i64,
}

/// How far a job has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationProgress {
    /// How many members it has passed.
    pub passed_members: i64,
    /// How many the organization had when it began.
    pub members: i64,
}

/// A bulk revocation or its preview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationListing {
    /// The id by which it is named.
    pub id: String,
    /// How it stands: `running`, `done`, `failed` or `stopped`.
    pub state: String,
    /// Whether it is a preview.
    pub dry_run: bool,
    /// The preview whose set it ends.
    pub preview_id: Option<String>,
    /// Why, in somebody's words.
    pub reason: String,
    /// Its filter.
    pub filter: FilterForm,
    /// How far it has come, where a job does it.
    pub progress: Option<RevocationProgress>,
    /// What was found.
    pub matched: RevocationCounts,
    /// What has ended.
    pub ended: RevocationCounts,
    /// When it began, as RFC 3339.
    pub created_at: String,
    /// When it was over, as RFC 3339.
    pub finished_at: Option<String>,
}

/// Which list, and what of it, as it was typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case", deny_unknown_fields)]
pub enum ListQuery {
    /// Client passwords.
    ClientPasswords {
        /// Which, as for a bulk revocation.
        filter: Box<NamedFilter>,
        /// In this state.
        state: Option<String>,
        /// That ended for this reason.
        ended_reason: Option<String>,
    },
    /// Members.
    Members {
        /// With this login, now or before they left.
        login: Option<String>,
        /// In this state.
        state: Option<String>,
        /// With this role.
        role: Option<String>,
        /// With secure login on or off.
        secure_login: Option<bool>,
        /// In this department or one below it, by id or by its way from the top.
        department: Option<String>,
    },
    /// Audit events.
    AuditEvents {
        /// About the member who has this login.
        login: Option<String>,
        /// With this action.
        action: Option<String>,
        /// At or after this time.
        since: Option<String>,
        /// Before this time.
        until: Option<String>,
    },
}

/// A piece of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PieceListing {
    /// What stands before the first item of all.
    pub head: String,
    /// A line for each item.
    pub text: String,
    /// How many items it has.
    pub count: usize,
    /// Where the next piece begins; none after the last.
    pub next: Option<String>,
}

/// Totals, with the departments by their ways from the top.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotalsListing {
    /// What was counted, and when.
    #[serde(flatten)]
    pub totals: TotalsForm,
    /// The way from the top of each department, in the order of the totals.
    pub paths: Vec<String>,
}

/// A client password that will soon end by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarningListing {
    /// The client password.
    pub client_password_id: String,
    /// The member whose it is.
    pub member_id: String,
    /// The login of that member.
    pub login: String,
    /// What the member calls it.
    pub label: String,
    /// When it ends, if nothing is done, as RFC 3339.
    pub ends_at: String,
    /// `expired` for its date, `idle` for disuse.
    pub reason: String,
    /// How many days before its end it was warned of last.
    pub days: u32,
    /// When that was, as RFC 3339.
    pub warned_at: String,
}
