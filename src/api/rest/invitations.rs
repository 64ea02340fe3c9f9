//! Invitations: made below `/v1/members/{member_id}`, and redeemed by whoever has the link.

use actix_web::web;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

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
