//! Administration: what a role may see of an organization and do in it, and nothing else.
//!
//! ```text
//!   /admin/members       who there is     -> one member -> a page that says what ends -> done
//!   /admin/warnings      which client passwords end soon
//!   /admin/departments   the tree      -> one department -> deleted only if nothing hangs on it
//!   /admin/client-passwords  what opens mail -> a file of it
//!   /admin/policy        what members may  -> what would change -> saved
//!   /admin/revocations   many at once     -> a preview  -> reason and number          -> done
//!   /admin/leaks         what was found somewhere
//!   /admin/audit         what was done
//!   /admin/keys          programs
//!   /admin/organization  name, domains, who administers
//! ```

pub mod audit;
mod change;
pub mod client_passwords;
mod dates;
pub mod department_members;
pub mod departments;
mod events;
pub mod export;
mod filter;
mod held;
pub mod invite;
pub mod keys;
pub mod leaks;
mod logins;
pub mod member;
pub mod member_change;
pub mod member_departments;
pub mod member_log_ins;
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
mod totals;
mod tree;
pub mod warnings;
