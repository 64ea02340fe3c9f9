//! Facts that a row keeps as JSON: written and read here, and nowhere else.

use serde_json::{Value, json};

use crate::domain::audit::Target;
use crate::domain::audit_details::Details;
use crate::domain::policy::{Policy, PolicyForm};
use crate::domain::revocation::{Filter, FilterForm};

/// Targets: an array of kind and id.
pub(super) fn targets_text(targets: &[Target]) -> String {
    let all = targets.iter().map(|target| json!({"kind": target.kind(), "id": target.id()}));
    Value::from(all.collect::<Vec<_>>()).to_string()
}

/// Reads what [`targets_text`] has written.
pub(super) fn targets_of(text: &str) -> Option<Vec<Target>> {
    let all: Vec<Value> = serde_json::from_str(text).ok()?;
    all.iter().map(|one| Some(Target::from_parts(one["kind"].as_str()?, one["id"].as_str()?))).collect()
}

/// Details: an object.
pub(super) fn details_text(details: &Details) -> String {
    json!(details).to_string()
}

/// A filter, as it came in the body of the request.
pub(super) fn filter_text(filter: &Filter) -> String {
    json!(FilterForm::from(filter)).to_string()
}

/// Reads what [`filter_text`] has written.
pub(super) fn filter_of(text: &str) -> Option<Filter> {
    serde_json::from_str::<FilterForm>(text).ok()?.stored().ok()
}

/// A policy, as it came in the body of the request.
pub(super) fn policy_text(policy: &Policy) -> String {
    json!(PolicyForm::from(policy)).to_string()
}

/// Reads what [`policy_text`] has written.
pub(super) fn policy_of(text: &str) -> Option<Policy> {
    serde_json::from_str::<PolicyForm>(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn targets_are_an_array_of_kind_and_id() {
        let targets = [Target::Domain("example.org".into()), Target::Member(Uuid::from_u128(7).into())];
        let text = targets_text(&targets);
        let member = r#"{"id":"00000000-0000-0000-0000-000000000007","kind":"member"}"#;
        assert_eq!(text, format!(r#"[{{"id":"example.org","kind":"domain"}},{member}]"#));
        assert_eq!(targets_of(&text).as_deref(), Some(&targets[..]));

        for odd in ["", "{}", r#"[{"kind":"member"}]"#] {
            assert_eq!(targets_of(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_record_without_details_has_an_empty_object() {
        assert_eq!(details_text(&Details::None {}), "{}");
    }
}
