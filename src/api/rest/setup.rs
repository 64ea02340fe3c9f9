//! `POST /v1/setup`: the one-time link becomes an organization.

use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use crate::domain::secret::Secret;
use crate::http::body::Json;
use crate::http::caller::Data;
use crate::http::idempotency::idempotent;
use crate::http::middleware::request_id;
use crate::http::problem::Problem;
use crate::http::query::{NoQuery, Query};
use crate::service::idempotency::Creation;
use crate::service::setup::SetupRequest;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    token: Secret,
    organization: String,
    domain: String,
    owner: String,
    password: Secret,
}

#[derive(Serialize)]
struct Shown<'a> {
    organization_id: String,
    owner_id: String,
    owner_login: &'a str,
    operator_key: &'a str,
    mail_server_key: &'a str,
}

pub async fn redeem(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Json(body): Json<Body>,
) -> Result<HttpResponse, Problem> {
    let new = SetupRequest {
        organization: &body.organization,
        domain: &body.domain,
        owner: &body.owner,
        password: &body.password,
    };

    let request_id = request_id(&request)?;
    idempotent(&request, &services, None, Creation::Installation, async |attempt| {
        let made = services.setup.redeem(&body.token, &new, request_id, attempt).await?;
        Ok(HttpResponse::Created().json(Shown {
            organization_id: made.organization_id.to_string(),
            owner_id: made.owner_id.to_string(),
            owner_login: &made.owner_login,
            operator_key: made.operator_key.expose(),
            mail_server_key: made.mail_server_key.expose(),
        }))
    })
    .await
}
