//! Invitations: made below `/v1/members/{member_id}`, and redeemed by whoever has the link.

use actix_web::web;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::actors::ActorBody;
use crate::domain::secret::Secret;
use crate::http::body::Json;
use crate::http::caller::{Authenticated, Data};
use crate::http::idempotency::idempotent;
use crate::http::middleware::request_id;
use crate::http::path::path_id;
use crate::http::problem::Problem;
use crate::http::public_url::PublicUrl;
use crate::http::query::{NoQuery, Query};
use crate::service::idempotency::Creation;

#[derive(Serialize)]
struct Made<'a> {
    link: &'a str,
    expires_at: String,
}

pub async fn create(
    request: HttpRequest,
    services: Data,
    public_url: web::Data<PublicUrl>,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    // Before anything is made: nobody else ever sees the token.
    let page = public_url.link("/invitation").ok_or_else(Problem::public_url_missing)?;
    let member = path_id(&request)?;

    idempotent(&request, &services, Some(&call), Creation::Invitation(member), async |attempt| {
        let made = services.invitations.create(&call.claiming(attempt), member).await?;
        // What stands behind the `#` is sent to no server, and so is in no log.
        let link = Secret::new(format!("{page}#{}", made.token.expose()));
        let shown = Made { link: link.expose(), expires_at: made.expires_at.to_string() };
        Ok(HttpResponse::Created().json(shown))
    })
    .await
}

/// An open invitation as the API shows one, without its link.
#[derive(Serialize)]
struct Open {
    id: String,
    created_by: ActorBody,
    created_at: String,
    expires_at: String,
}

#[derive(Serialize)]
struct Opens {
    items: Vec<Open>,
    next_cursor: Option<String>,
}

pub async fn list(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    let open = services.invitations.open(&call, path_id(&request)?).await?;
    let items = open.into_iter().map(|open| Open {
        id: open.id.to_string(),
        created_by: open.created_by.into(),
        created_at: open.created_at.to_string(),
        expires_at: open.expires_at.to_string(),
    });
    Ok(HttpResponse::Ok().json(Opens { items: items.collect(), next_cursor: None }))
}

#[derive(Serialize)]
struct Ended {
    ended_invitations: usize,
}

pub async fn end(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    let ended_invitations = services.invitations.end(&call, path_id(&request)?).await?;
    Ok(HttpResponse::Ok().json(Ended { ended_invitations }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    token: Secret,
    password: Secret,
}

#[derive(Serialize)]
struct Redeemed {
    member_id: String,
    login: String,
}

pub async fn redeem(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Json(body): Json<Body>,
) -> Result<HttpResponse, Problem> {
    let redeemed = services.invitations.redeem(&body.token, &body.password, request_id(&request)?).await?;
    let member_id = redeemed.member_id.to_string();
    Ok(HttpResponse::Ok().json(Redeemed { member_id, login: redeemed.login }))
}
