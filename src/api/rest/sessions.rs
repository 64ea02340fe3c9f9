//! `/v1/sessions` and `/v1/me`: signing in and out, and who the caller is.

use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::actors::ActorBody;
use super::members::MemberBody;
use super::notices::NoticeBody;
use super::service_keys::ServiceKeyBody;
use crate::domain::access::Caller;
use crate::domain::characters::is_invisible;
use crate::domain::field::Fault;
use crate::domain::login::MAX_LOGIN;
use crate::domain::member::MAX_ACCOUNT_PASSWORD;
use crate::domain::secret::Secret;
use crate::http::body::Json;
use crate::http::caller::{Authenticated, Data};
use crate::http::client_ip::ClientOrigin;
use crate::http::middleware::request_id;
use crate::http::problem::Problem;
use crate::http::query::{NoQuery, Query};
use crate::service::sessions::SignIn;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    login: String,
    password: Secret,
    code: Option<Secret>,
}

/// A code, where one was typed: a form sends its empty field, too.
pub fn given_code(code: Option<&Secret>) -> Option<&Secret> {
    code.filter(|code| !is_invisible(code.expose()))
}

#[derive(Serialize)]
struct Begun<'a> {
    token: &'a str,
    expires_at: String,
    member: MemberBody,
    notices: Vec<NoticeBody>,
}

pub async fn begin(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Json(body): Json<Body>,
) -> Result<HttpResponse, Problem> {
    if body.login.len() > MAX_LOGIN {
        return Err(Problem::field("login", Fault::TooLong, "takes at most 320 bytes"));
    }
    if body.password.expose().len() > MAX_ACCOUNT_PASSWORD {
        return Err(Problem::field("password", Fault::TooLong, "takes at most 1024 bytes"));
    }

    let (ClientOrigin { ip, place }, request_id) = (ClientOrigin::of(&request), request_id(&request)?);
    let (login, password, code) = (&body.login, &body.password, given_code(body.code.as_ref()));
    let asked = SignIn { login, password, code, ip, place, request_id };

    let session = services.sessions.sign_in(&asked).await?;

    Ok(HttpResponse::Created().json(Begun {
        token: session.token.expose(),
        expires_at: session.expires_at.to_string(),
        member: session.member.into(),
        notices: session.notices.into_iter().map(NoticeBody::from).collect(),
    }))
}

pub async fn end(
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    services.sessions.sign_out(&call).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Serialize)]
struct SessionBody {
    id: String,
    created_at: String,
    authenticated_at: String,
    expires_at: String,
}

#[derive(Serialize)]
struct Me {
    actor: ActorBody,
    member: Option<MemberBody>,
    service_key: Option<ServiceKeyBody>,
    session: Option<SessionBody>,
}

pub async fn me(
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    let actor = call.caller.actor().into();

    let me = match call.caller {
        Caller::Member(me) => {
            let member = services.members.get(&call, me.member_id).await?;
            let session = SessionBody {
                id: me.session_id.to_string(),
                created_at: me.created_at.to_string(),
                authenticated_at: me.authenticated_at.to_string(),
                expires_at: me.expires_at.to_string(),
            };
            Me { actor, member: Some(member.into()), service_key: None, session: Some(session) }
        }
        Caller::Key(key) => {
            let key = services.service_keys.get_own(key.id).await?;
            Me { actor, member: None, service_key: Some(ServiceKeyBody::shown(&key)), session: None }
        }
    };

    Ok(HttpResponse::Ok().json(me))
}
