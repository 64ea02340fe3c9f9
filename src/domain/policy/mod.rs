//! What an organization allows its members.
//!
//! ```text
//!   JSON ──▶ PolicyForm ──▶ Policy ─┐
//!                                   ├──▶ Rules ──▶ MemberPolicy   what holds for one member at one moment
//!              DepartmentTree ──────┘
//! ```

mod form;
mod form_parts;
mod limits;
mod member;
mod rules;
mod settings;

pub use form::PolicyForm;
pub use limits::Limits;
pub use member::MemberPolicy;
pub use rules::Rules;
pub use settings::{Availability, Policy, ProtocolRules, Roster, SecureLoginRule, Setting, Switches};
