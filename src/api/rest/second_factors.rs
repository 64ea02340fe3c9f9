//! `/v1/members/{member_id}/second-factors`.

use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::sessions::given_code;
use crate::domain::field::Fault;
use crate::domain::second_factor::Factor;
use crate::domain::secret::Secret;
use crate::http::body::Json;
use crate::http::caller::{Authenticated, Data, With};
use crate::http::idempotency::idempotent;
use crate::http::path::path_id;
use crate::http::problem::Problem;
use crate::http::query::{NoQuery, Query};
use crate::service::idempotency::Creation;

#[derive(Serialize)]
struct Body {
    id: String,
    r#type: &'static str,
    label: String,
    state: &'static str,
    created_at: String,
    confirmed_at: Option<String>,
    last_used_at: Option<String>,
}

impl From<Factor> for Body {
    fn from(of: Factor) -> Self {
        Self {
            id: of.id.to_string(),
            r#type: of.kind.name(),
            label: of.label,
            state: if of.confirmed_at.is_some() { "confirmed" } else { "pending" },
            created_at: of.created_at.to_string(),
            confirmed_at: of.confirmed_at.map(|at| at.to_string()),
            last_used_at: of.last_used_at.map(|at| at.to_string()),
        }
    }
}

#[derive(Serialize)]
struct Factors {
    items: Vec<Body>,
    next_cursor: Option<String>,
    recovery_codes_left: i64,
    codes_blocked: bool,
}

pub async fn list(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    let found = services.second_factors.list(&call, path_id(&request)?).await?;
    let items = found.factors.into_iter().map(Body::from).collect();
    let (recovery_codes_left, codes_blocked) = (found.recovery_codes_left, found.codes_blocked);
    Ok(HttpResponse::Ok().json(Factors { items, next_cursor: None, recovery_codes_left, codes_blocked }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    r#type: String,
    label: Option<String>,
}

#[derive(Serialize)]
struct Begun<'a> {
    id: String,
    r#type: &'static str,
    secret: &'a str,
    otpauth_uri: &'a str,
    state: &'static str,
}

pub async fn add(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    With(call, Json(body)): With<Json<New>>,
) -> Result<HttpResponse, Problem> {
    match body.r#type.as_str() {
        "totp" => {}
        // Only a browser can make one, and only for the origin that it is on.
        "passkey" => {
            return Err(Problem::field("type", Fault::NotAllowed, "passkeys are made on the pages only"));
        }
        _ => return Err(Problem::field("type", Fault::Malformed, "knows totp")),
    }

    let member = path_id(&request)?;
    idempotent(&request, &services, Some(&call), Creation::Factor(member), async |attempt| {
        let begun =
            services.second_factors.add(&call.claiming(attempt), member, body.label.as_deref()).await?;
        Ok(HttpResponse::Created().json(Begun {
            id: begun.id.to_string(),
            r#type: "totp",
            secret: begun.secret.expose(),
            otpauth_uri: begun.otpauth_uri.expose(),
            state: "pending",
        }))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    code: Secret,
}

#[derive(Serialize)]
struct Confirmed<'a> {
    #[serde(flatten)]
    factor: Body,
    recovery_codes: Option<Vec<&'a str>>,
}

pub async fn confirm(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    With(call, Json(body)): With<Json<Code>>,
) -> Result<HttpResponse, Problem> {
    let (member, factor) = (path_id(&request)?, path_id(&request)?);
    let missing = || Problem::field("code", Fault::Missing, "is required");
    let code = given_code(Some(&body.code)).ok_or_else(missing)?;

    idempotent(&request, &services, Some(&call), Creation::Factor(member), async |attempt| {
        let call = call.claiming(attempt);
        let (factor, codes) = services.second_factors.confirm(&call, member, factor, code).await?;
        let recovery_codes = codes.as_ref().map(|codes| codes.iter().map(Secret::expose).collect());
        Ok(HttpResponse::Ok().json(Confirmed { factor: factor.into(), recovery_codes }))
    })
    .await
}

#[derive(Serialize)]
struct RecoveryCodes<'a> {
    recovery_codes: Vec<&'a str>,
}

pub async fn renew_recovery_codes(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    let member = path_id(&request)?;
    idempotent(&request, &services, Some(&call), Creation::RecoveryCodes(member), async |attempt| {
        let codes = services.second_factors.renew_recovery_codes(&call.claiming(attempt), member).await?;
        let recovery_codes = codes.iter().map(Secret::expose).collect();
        Ok(HttpResponse::Created().json(RecoveryCodes { recovery_codes }))
    })
    .await
}

pub async fn remove(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    services.second_factors.remove(&call, path_id(&request)?, path_id(&request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub async fn lift_code_block(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    services.second_factors.lift_code_block(&call, path_id(&request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub async fn remove_all(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    services.second_factors.remove_all(&call, path_id(&request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}
