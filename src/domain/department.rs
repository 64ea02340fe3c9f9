//! Departments: the nodes of an organization's tree. A member is in any number of them; a department administrator
//! administers listed ones, with those below.

use crate::clock::Timestamp;
use crate::domain::ids::{DepartmentId, OrganizationId};

/// Longest name, in bytes of UTF-8.
pub const MAX_NAME: usize = 128;
/// Most departments of an organization.
pub const MAX_DEPARTMENTS: i64 = 10_000;
/// Most departments from the top of a tree down to its lowest.
pub const MAX_DEPTH: i64 = 16;
/// Most departments that a member is in, or administers.
pub const MAX_OF_MEMBER: usize = 100;
/// Most members that one call adds and removes.
pub const MAX_MOVED: usize = 10_000;

/// A department as the API shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    /// Names it in the API and the audit log; it never changes.
    pub id: DepartmentId,
    /// The organization whose tree it is in.
    pub organization_id: OrganizationId,
    /// The department that it is below; `None` at the top.
    pub parent_id: Option<DepartmentId>,
    /// The name that people see; it need not be unique.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Version of the row, for ETags.
    pub version: i64,
}

/// The departments that a member has to do with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memberships {
    /// The member is in these, in order of id.
    pub department_ids: Vec<DepartmentId>,
    /// The member administers these with those below, in order of id.
    pub admin_department_ids: Vec<DepartmentId>,
}
