//! The policy: `/v1/organizations/{organization_id}/policy`.

use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use crate::domain::field::Fault;
use crate::domain::ids::MemberId;
use crate::domain::policy::{CutOffMember, ExplanationForm, Policy, PolicyForm, PolicyPreview, Setting};
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
    Ok(HttpResponse::Ok().json(ExplanationForm::of(member, &explained)))
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
