//! A member as programs are shown one.

use serde::Serialize;

use crate::domain::department::Memberships;
use crate::domain::ids::DepartmentId;
use crate::domain::member::Member;
use crate::domain::secure_login::SecureLogin;

/// The secure login of a member.
#[derive(Debug, Serialize)]
pub struct SecureLoginForm {
    enabled: bool,
    epoch: i64,
    since: Option<String>,
    required: bool,
    required_from: Option<String>,
}

impl From<SecureLogin> for SecureLoginForm {
    fn from(of: SecureLogin) -> Self {
        Self {
            enabled: of.enabled,
            epoch: of.epoch,
            since: of.since.map(|at| at.to_string()),
            required: of.required,
            required_from: of.required_from.map(|at| at.to_string()),
        }
    }
}

/// A member with the departments of the member.
#[derive(Debug, Serialize)]
pub struct MemberForm {
    id: String,
    organization_id: String,
    login: String,
    display_name: String,
    role: &'static str,
    department_ids: Vec<String>,
    admin_department_ids: Vec<String>,
    state: &'static str,
    sign_in: &'static str,
    secure_login: SecureLoginForm,
    created_at: String,
}

impl MemberForm {
    /// A member with the departments of the member.
    pub fn new(of: Member, departments: &Memberships) -> Self {
        let texts = |ids: &[DepartmentId]| ids.iter().map(ToString::to_string).collect();
        Self {
            id: of.id.to_string(),
            organization_id: of.organization_id.to_string(),
            login: of.login,
            display_name: of.display_name,
            role: of.role.name(),
            department_ids: texts(&departments.department_ids),
            admin_department_ids: texts(&departments.admin_department_ids),
            state: of.state.name(),
            sign_in: of.sign_in.name(),
            secure_login: of.secure_login.into(),
            created_at: of.created_at.to_string(),
        }
    }
}
