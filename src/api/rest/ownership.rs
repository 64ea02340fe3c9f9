//! Ownership: `/v1/organizations/{organization_id}/ownership`.

use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use crate::domain::field::Fault;
use crate::domain::ids::MemberId;
use crate::domain::ownership::Ownership;
use crate::http::body::Json;
use crate::http::caller::{Authenticated, Data, With};
use crate::http::path::path_id;
use crate::http::problem::Problem;
use crate::http::query::{NoQuery, Query};

#[derive(Serialize)]
struct OfferBody {
    member_id: String,
    created_at: String,
    expires_at: String,
}

#[derive(Serialize)]
struct Body {
    owner_id: Option<String>,
    offer: Option<OfferBody>,
}

fn shown(of: &Ownership) -> HttpResponse {
    let offer = of.offer.map(|offer| OfferBody {
        member_id: offer.member_id.to_string(),
        created_at: offer.created_at.to_string(),
        expires_at: offer.expires_at.to_string(),
    });
    HttpResponse::Ok().json(Body { owner_id: of.owner_id.map(|id| id.to_string()), offer })
}

pub async fn read(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    Ok(shown(&services.ownership.get(&call, path_id(&request)?).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct To {
    member_id: String,
}

pub async fn hand_over(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    With(call, Json(body)): With<Json<To>>,
) -> Result<HttpResponse, Problem> {
    let malformed = || Problem::field("member_id", Fault::Malformed, "must be an id");
    let to = MemberId::parse(&body.member_id).ok_or_else(malformed)?;
    Ok(shown(&services.ownership.hand_over(&call, path_id(&request)?, to).await?))
}

pub async fn accept(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    Ok(shown(&services.ownership.accept(&call, path_id(&request)?).await?))
}

pub async fn end_offer(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    services.ownership.end_offer(&call, path_id(&request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}
