//! What an organization allows its members.
//!
//! ```text
//!   JSON ──▶ PolicyForm ──▶ Policy ─┐
//!                                   ├──▶ Rules ──▶ MemberPolicy   what holds for one member at one moment
//!              DepartmentTree ──────┘          ──▶ Explanation    and where each value comes from
//! ```

mod explain;
mod explanation_form;
mod form;
mod form_parts;
mod limits;
mod member;
mod preview;
mod preview_form;
mod rules;
mod settings;
mod settling;

pub use explain::{Explained, Explanation, Other, SecureLoginDemand, Source, Value, WhyNot};
pub use explanation_form::{DepartmentForm, ExplainedForm, ExplanationForm, OtherForm, SourceForm};
pub use form::PolicyForm;
pub use limits::Limits;
pub use member::MemberPolicy;
pub use preview::{
    Counted, CutOff, CutOffMember, LivePassword, PasswordCutOff, PolicyPreview, PreviewedMember, cut_off,
};
pub use preview_form::{CountedForm, CutOffForm, PreviewForm};
pub use rules::Rules;
pub use settings::{
    Availability, DEFAULT_HISTORY_DAYS, DEFAULT_TOMBSTONE_DAYS, Policy, ProtocolRules, Roster,
    SecureLoginRule, Setting, Switches,
};
pub use settling::{SETTLE_EVERY, Settled};
