//! The policy: `/v1/organizations/{organization_id}/policy`.

use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::domain::field::Fault;
use crate::domain::ids::MemberId;
use crate::domain::policy::{
    CutOffMember, Explained, Explanation, Policy, PolicyForm, PolicyPreview, SecureLoginDemand, Setting,
    Source, Value, WhyNot,
};
use crate::http::body;
use crate::http::caller::{Authenticated, Data, With};
use crate::http::path::path_id;
use crate::http::precondition::{etag, if_match};
use crate::http::problem::Problem;
use crate::http::query::{DryRun, Query};

fn shown((policy, version): &(Policy, i64)) -> HttpResponse {
    HttpResponse::Ok().insert_header(etag(*version)).json(PolicyForm::from(policy))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    explain: Option<String>,
}

pub async fn read(
    request: HttpRequest,
    services: Data,
    Query(query): Query<Asked>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&request)?;
    let Some(member) = query.explain else {
        return Ok(shown(&services.policies.get(&call, id).await?));
    };

    let malformed = || Problem::field("explain", Fault::Malformed, "must be the id of a member");
    let member = MemberId::parse(&member).ok_or_else(malformed)?;
    let explained = services.policies.explain(&call, id, member).await?;
    Ok(HttpResponse::Ok().json(ExplanationBody::of(member, &explained)))
}

pub async fn put(
    request: HttpRequest,
    services: Data,
    Query(DryRun { dry_run }): Query<DryRun>,
    With(call, body::LargeJson(form)): With<body::LargeJson<PolicyForm>>,
) -> Result<HttpResponse, Problem> {
    let (id, if_match) = (path_id(&request)?, if_match(&request));
    if dry_run {
        let preview = services.policies.preview(&call, id, &form, &if_match).await?;
        let version = etag(preview.version);
        return Ok(HttpResponse::Ok().insert_header(version).json(PreviewBody::from(preview)));
    }
    Ok(shown(&services.policies.put(&call, id, &form, &if_match).await?))
}

/// What a policy would take from members.
#[derive(Serialize)]
struct PreviewBody {
    members: u64,
    client_passwords: u64,
    by_setting: Vec<CountedBody>,
    first: Vec<CutOffBody>,
}

#[derive(Serialize)]
struct CountedBody {
    setting: &'static str,
    members: u64,
    client_passwords: u64,
}

#[derive(Serialize)]
struct CutOffBody {
    id: String,
    login: String,
    display_name: String,
    by: Vec<&'static str>,
    client_passwords: u64,
}

impl From<PolicyPreview> for PreviewBody {
    fn from(of: PolicyPreview) -> Self {
        let by_setting = of.by_setting.into_iter().map(|(setting, counted)| CountedBody {
            setting: setting.name(),
            members: counted.members,
            client_passwords: counted.client_passwords,
        });
        Self {
            members: of.members,
            client_passwords: of.client_passwords,
            by_setting: by_setting.collect(),
            first: of.first.into_iter().map(CutOffBody::from).collect(),
        }
    }
}

impl From<CutOffMember> for CutOffBody {
    fn from(of: CutOffMember) -> Self {
        Self {
            id: of.id.to_string(),
            login: of.login,
            display_name: of.display_name,
            by: of.by.into_iter().map(Setting::name).collect(),
            client_passwords: of.client_passwords,
        }
    }
}

/// Where each value comes from that holds for a member.
#[derive(Serialize)]
struct ExplanationBody {
    member_id: String,
    settings: Vec<Json>,
}

impl ExplanationBody {
    fn of(member: MemberId, of: &Explanation) -> Self {
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

fn explained<T>(setting: &str, protocol: Option<&str>, of: &Explained<T>, show: impl Fn(&T) -> Json) -> Json {
    let other = |value: &T, from: Source, why: WhyNot| json!({"value": show(value), "source": source(from), "why_not": why_not(why)});
    json!({
        "setting": setting,
        "protocol": protocol,
        "value": show(&of.value),
        "source": source(of.source),
        "others": of.others.iter().map(|one| other(&one.value, one.source, one.why_not)).collect::<Vec<_>>(),
    })
}

fn source(of: Source) -> Json {
    let kind = match of {
        Source::Default => "default",
        Source::Organization => "organization",
        Source::Department { .. } => "department",
        Source::Member => "member",
        Source::Exception => "exception",
    };
    match of {
        Source::Department { named, of, depth } => {
            json!({"kind": kind, "department_id": named.to_string(), "of": of.to_string(), "depth": depth})
        }
        _ => json!({"kind": kind}),
    }
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
