//! `/v1/service-keys`.

use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use crate::domain::field::Fault;
use crate::domain::ids::OrganizationId;
use crate::domain::service_key::{KeyRole, ServiceKey};
use crate::http::body::Json;
use crate::http::caller::{Authenticated, Data, With};
use crate::http::idempotency::idempotent;
use crate::http::listing::Listing;
use crate::http::path::path_id;
use crate::http::problem::Problem;
use crate::http::query::{NoQuery, Query};
use crate::service::idempotency::Creation;
use crate::service::service_keys::ANOTHER_OPERATOR;

/// A service key as the API shows one.
#[derive(Serialize)]
pub struct ServiceKeyBody {
    id: String,
    role: &'static str,
    organization_id: Option<String>,
    label: String,
    created_at: String,
    last_used_at: Option<String>,
    leak_reported_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

impl ServiceKeyBody {
    /// Without its token, which nobody has but its holder.
    pub fn shown(of: &ServiceKey) -> Self {
        Self {
            id: of.id.to_string(),
            role: of.role.name(),
            organization_id: of.organization_id.map(|id| id.to_string()),
            label: of.label.clone(),
            created_at: of.created_at.to_string(),
            last_used_at: of.last_used_at.map(|at| at.to_string()),
            leak_reported_at: of.leak_reported_at.map(|at| at.to_string()),
            key: None,
        }
    }
}

pub async fn list(services: Data, list: Listing<NoQuery>) -> Result<HttpResponse, Problem> {
    let listed = services.service_keys.list(&list.call, list.paging).await?;
    Ok(list.answer(listed, |key| ServiceKeyBody::shown(&key)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    role: String,
    organization_id: Option<String>,
    label: String,
}

pub async fn create(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    With(call, Json(body)): With<Json<New>>,
) -> Result<HttpResponse, Problem> {
    let role = KeyRole::parse(&body.role).ok_or_else(|| {
        Problem::field("role", Fault::Malformed, "knows operator, directory, mail_server and auditor")
    })?;

    let organization = body.organization_id.as_deref().map(|id| {
        OrganizationId::parse(id)
            .ok_or_else(|| Problem::field("organization_id", Fault::Malformed, "must be an id"))
    });
    let organization = organization.transpose()?;

    idempotent(&request, &services, Some(&call), Creation::ServiceKey, async |attempt| {
        let call = call.claiming(attempt);
        let (key, token) = services.service_keys.create(&call, role, organization, &body.label).await?;
        let shown = ServiceKeyBody { key: Some(token.expose().to_owned()), ..ServiceKeyBody::shown(&key) };
        Ok(HttpResponse::Created().json(shown))
    })
    .await
}

/// The key has ended, and nobody is left who makes organizations or binds domains.
#[derive(Serialize)]
struct LastOperatorKey {
    last_operator_key: bool,
    command: &'static str,
}

pub async fn end(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    let ended = services.service_keys.end(&call, path_id(&request)?).await?;
    if ended.last_operator {
        return Ok(
            HttpResponse::Ok().json(LastOperatorKey { last_operator_key: true, command: ANOTHER_OPERATOR })
        );
    }
    Ok(HttpResponse::NoContent().finish())
}
