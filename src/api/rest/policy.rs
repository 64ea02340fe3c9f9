//! The policy: `/v1/organizations/{organization_id}/policy`.

use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use crate::domain::field::Fault;
use crate::domain::ids::MemberId;
use crate::domain::policy::{ExplanationForm, Policy, PolicyForm, PreviewForm};
use crate::domain::what_if_form::WhatIfForm;
use crate::http::body;
use crate::http::caller::{Authenticated, Data, With};
use crate::http::path::path_id;
use crate::http::precondition::{etag, if_match};
use crate::http::problem::Problem;
use crate::http::query::{DryRun, NoQuery, Query};

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
        return Ok(HttpResponse::Ok().insert_header(version).json(PreviewForm::from(preview)));
    }
    Ok(shown(&services.policies.put(&call, id, &form, &if_match).await?))
}

pub async fn what_if(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    With(call, body::LargeJson(form)): With<body::LargeJson<PolicyForm>>,
) -> Result<HttpResponse, Problem> {
    let answer = services.policies.what_if(&call, path_id(&request)?, &form).await?;
    Ok(HttpResponse::Ok().json(WhatIfForm::from(answer)))
}
