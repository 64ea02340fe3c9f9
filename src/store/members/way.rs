//! The ways to members that a filter finds.

use crate::domain::member::{MemberState, Role, Within};

/// The way to members that a filter finds: an index of what it asks for, where there is one that finds few.
#[derive(Clone, Copy, Debug)]
pub enum Way<'a> {
    /// All of the organization, one after the other.
    All,
    /// Those who have this login, or had it.
    Login(&'a str),
    /// Those of a role.
    Role(Role),
    /// Those in a state in which few are: not active.
    State(MemberState),
    /// All of the organization, of whom those are looked for that are in these departments.
    Within(Within),
    /// Those in these departments, which are few.
    Departments(Within),
}
