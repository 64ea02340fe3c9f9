//! What an organization allows its members.
//!
//! ```text
//!   JSON ──▶ PolicyForm ──▶ Policy ─┐
//!                                   ├──▶ Rules ──▶ MemberPolicy   what holds for one member at one moment
//!              DepartmentTree ──────┘          ──▶ Explanation    and where each value comes from
//! ```

mod explain;
mod form;
mod form_parts;
mod limits;
mod member;
mod preview;
mod rules;
mod settings;

pub use explain::{Explained, Explanation, Other, SecureLoginDemand, Source, Value, WhyNot};
pub use form::PolicyForm;
pub use limits::Limits;
pub use member::MemberPolicy;
pub use preview::{
    Counted, CutOff, CutOffMember, LivePassword, PasswordCutOff, PolicyPreview, PreviewedMember, cut_off,
};
pub use rules::Rules;
pub use settings::{Availability, Policy, ProtocolRules, Roster, SecureLoginRule, Setting, Switches};
