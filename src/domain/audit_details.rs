//! What else an audit record says of a change, by action. Never a secret.

use serde::Serialize;

use crate::domain::policy::PolicyForm;
use crate::domain::restored::Merged;
use crate::domain::revocation::FilterForm;

/// What else is worth knowing of a change; the API shows its fields as they are here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[allow(missing_docs, reason = "each variant says what its fields are")]
pub enum Details {
    /// Nothing.
    None {},
    /// Of a member or service key that was made, or of a key that was ended.
    Role { role: &'static str },
    /// Of a service key that ended with its pepper.
    RoleAndPepper { role: &'static str, pepper: i64 },
    /// Of a member whose name, role or departments were changed: which of these, and what they are now.
    MemberUpdated {
        changed: Vec<&'static str>,
        role: &'static str,
        role_before: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        department_ids: Option<Vec<String>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        admin_department_ids: Option<Vec<String>>,
    },
    /// Of a policy that was put: and whom it excepts from secure login who was not excepted before.
    Policy {
        policy: Box<PolicyForm>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        freed_from_secure_login: Vec<String>,
    },
    /// Of a department: its name and what it is below.
    Department { name: String, parent_id: Option<String> },
    /// Of a department whose members were changed: who was to be added, and who removed.
    DepartmentMembers { add: Vec<String>, remove: Vec<String> },
    /// Of an organization that was made or dissolved.
    Domains { domains: Vec<String> },
    /// Of an organization whose owner is another: who it was before.
    HandedOver { owner_before: Option<String> },
    /// Of an organization that was changed.
    OrganizationUpdated { changed: [&'static str; 1] },
    /// Of a sign-in: what its second step was, and the address it came from, where one is known.
    SignedIn { second_factor: Option<&'static str>, ip: Option<String> },
    /// Of an account password that was set: where the member signed in before, and where now.
    AccountPassword { sign_in_before: &'static str, sign_in: &'static str },
    /// Of an invitation: where the member signs in when it is made. If it is `local` there is a password to lose, so the
    /// member is told; the notices are read from this.
    Invitation { sign_in: &'static str },
    /// Of a second factor.
    SecondFactor { r#type: &'static str },
    /// Of a client password whose scope or expiry was changed: what they are now; `widened` if it opens more.
    ClientPasswordUpdated {
        protocols: Vec<&'static str>,
        networks: Vec<String>,
        expires_at: Option<String>,
        widened: bool,
    },
    /// Of a rotation.
    Rotated { overlap_seconds: u64 },
    /// Of a successor's first use over a protocol.
    Moved { protocol: &'static str },
    /// Of a leak report: how many strings it had. How many of them opened something is not said, as in the answer.
    LeaksReported { strings: usize },
    /// Of what was found somewhere: the role, of a service key; and that whoever reported it belongs elsewhere and is not
    /// named.
    Leaked {
        #[serde(skip_serializing_if = "Option::is_none")]
        role: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reporter: Option<&'static str>,
    },
    /// Of a bulk revocation by filter.
    Filter { filter: FilterForm },
    /// Of a bulk revocation of what a dry run has found.
    Preview { preview_id: String },
    /// Of a pepper that was retired: how many service keys ended with it, and how many client passwords that had ended
    /// are not recognised any more when a client still tries them.
    PepperRetired { service_keys: i64, blind_tombstones: i64 },
    /// Of a restore, in an organization.
    OrganizationRestored { members_told: u64, lost_members: i64 },
    /// Of a restore after which every client password was ended.
    AllEnded { ended: &'static str },
    /// Of a restore, for a member.
    MemberRestored(MemberRestored),
}

/// What of a member was not the same in the backup and in the data in place; what was is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MemberRestored {
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Merged<&'static str>>,
    /// Whether the member is active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<Merged<&'static str>>,
    /// Whether secure login is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secure_login: Option<Merged<bool>>,
    /// Whose account password holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_password: Option<&'static str>,
    /// Whose second factors hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_factors: Option<&'static str>,
    /// How many client passwords the backup did not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_client_passwords: Option<i64>,
}
