//! Administration: what a role may see of an organization and do in it, and nothing else.
//!
//! ```text
//!   /admin/members       who there is     -> one member -> a page that says what ends -> done
//!   /admin/departments   the tree      -> one department -> deleted only if nothing hangs on it
//!   /admin/policy        what members may  -> what would change -> saved
//!   /admin/revocations   many at once     -> a preview  -> reason and number          -> done
//!   /admin/audit         what was done
//!   /admin/keys          programs
//!   /admin/organization  name, domains, who administers
//! ```

pub mod audit;
mod change;
mod dates;
pub mod department_members;
pub mod departments;
mod events;
pub mod export;
mod filter;
mod held;
pub mod invite;
pub mod keys;
mod logins;
pub mod member;
pub mod member_change;
pub mod member_departments;
pub mod member_rules;
pub mod members;
mod names;
mod office;
pub mod organization;
pub mod ownership;
pub mod password_end;
pub mod policy;
mod preview;
pub mod profile;
pub mod revocations;
pub mod shown;
mod tree;
