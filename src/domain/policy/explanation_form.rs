//! An explanation as it is written: in an answer of the API, and for the command line.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::explain::{Explained, Explanation, SecureLoginDemand, Source, Value, WhyNot};
use crate::domain::ids::MemberId;

/// An explanation as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplanationForm {
    /// The member whom it is about.
    pub member_id: String,
    /// Every setting, and each protocol by itself.
    pub settings: Vec<ExplainedForm>,
}

/// A setting with the value that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainedForm {
    /// The name of the setting.
    pub setting: String,
    /// The protocol, where the setting has a value for each.
    pub protocol: Option<String>,
    /// What holds.
    pub value: Json,
    /// Who says so.
    pub source: SourceForm,
    /// What others say that does not count.
    pub others: Vec<OtherForm>,
}

/// Who says a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceForm {
    /// The kind of the place in the policy, such as `department`.
    pub kind: String,
    /// The department and the way to it, where it is one.
    #[serde(flatten)]
    pub department: Option<DepartmentForm>,
}

/// A department that says a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepartmentForm {
    /// The department that is named.
    pub department_id: String,
    /// The member's own department, at or below that one.
    pub of: String,
    /// How many steps the named one lies below its root.
    pub depth: usize,
}

/// A value that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherForm {
    /// What would hold.
    pub value: Json,
    /// Who says so.
    pub source: SourceForm,
    /// The name of what goes before it.
    pub why_not: String,
}

impl ExplanationForm {
    /// The form of what was explained of a member.
    pub fn of(member: MemberId, of: &Explanation) -> Self {
        let mut settings = vec![explained("availability", None, &of.availability, |value| json!(value))];
        for (protocol, of) in &of.protocols {
            settings.push(explained("protocols", Some(protocol.name()), of, |value| json!(value)));
        }
        settings.push(explained("secure_login", None, &of.secure_login, demand));
        for (setting, value, from) in &of.for_all {
            let of = Explained { value: value.clone(), source: *from, others: Vec::new() };
            settings.push(explained(setting.name(), None, &of, for_all));
        }
        Self { member_id: member.to_string(), settings }
    }
}

fn explained<T>(
    setting: &str,
    protocol: Option<&str>,
    of: &Explained<T>,
    show: impl Fn(&T) -> Json,
) -> ExplainedForm {
    let others = of.others.iter().map(|other| OtherForm {
        value: show(&other.value),
        source: source(other.source),
        why_not: why_not(other.why_not).to_owned(),
    });
    ExplainedForm {
        setting: setting.to_owned(),
        protocol: protocol.map(str::to_owned),
        value: show(&of.value),
        source: source(of.source),
        others: others.collect(),
    }
}

fn source(of: Source) -> SourceForm {
    let (kind, department) = match of {
        Source::Default => ("default", None),
        Source::Organization => ("organization", None),
        Source::Department { named, of, depth } => {
            let (department_id, of) = (named.to_string(), of.to_string());
            ("department", Some(DepartmentForm { department_id, of, depth }))
        }
        Source::Member => ("member", None),
        Source::Exception => ("exception", None),
    };
    SourceForm { kind: kind.to_owned(), department }
}

const fn why_not(of: WhyNot) -> &'static str {
    match of {
        WhyNot::Exception => "exception",
        WhyNot::Member => "member",
        WhyNot::Department => "department",
        WhyNot::Nearer => "nearer",
        WhyNot::Deeper => "deeper",
        WhyNot::EquallyDeepOff => "equally_deep_off",
        WhyNot::SaysTheSame => "says_the_same",
    }
}

fn demand(of: &SecureLoginDemand) -> Json {
    match of {
        SecureLoginDemand::Optional => json!({"required": false, "from": null}),
        SecureLoginDemand::Announced(from) => json!({"required": false, "from": from.to_string()}),
        SecureLoginDemand::Required(since) => {
            json!({"required": true, "from": since.map(|since| since.to_string())})
        }
    }
}

fn for_all(of: &Value) -> Json {
    match of {
        Value::Unlimited => Json::Null,
        Value::Number(number) => json!(number),
        Value::Flag(flag) => json!(flag),
        Value::Networks(networks) => json!(networks.blocks()),
    }
}
