//! `/v1/sessions` and `/v1/me`: signing in and out, and who the caller is.

use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::actors::ActorBody;
use super::members::member_body;
use super::notices::NoticeBody;
use super::service_keys::ServiceKeyBody;
use crate::domain::access::Caller;
use crate::domain::characters::is_invisible;
use crate::domain::field::Fault;
use crate::domain::ids::SessionId;
use crate::domain::login::MAX_LOGIN;
use crate::domain::member::MAX_ACCOUNT_PASSWORD;
use crate::domain::member_form::MemberForm;
use crate::domain::secret::Secret;
use crate::domain::session::MemberSession;
use crate::http::body::Json;
use crate::http::caller::{Authenticated, Data};
use crate::http::client_ip::sign_in_origin;
use crate::http::listing::Listing;
use crate::http::path::path_id;
use crate::http::problem::Problem;
use crate::http::query::{NoQuery, Query};
use crate::service::sign_ins::SignIn;
use crate::service::{Error, Refusal};

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
    member: MemberForm,
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

    let origin = sign_in_origin(&request, None)?;
    let (login, password, code) = (&body.login, &body.password, given_code(body.code.as_ref()));
    let session = services.sign_ins.sign_in(&SignIn { login, password, code, origin: &origin }).await?;

    Ok(HttpResponse::Created().json(Begun {
        token: session.token.expose(),
        expires_at: session.expires_at.to_string(),
        member: member_body(&services, session.member).await?,
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
    member: Option<MemberForm>,
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
            let member = member_body(&services, member).await?;
            let session = SessionBody {
                id: me.session_id.to_string(),
                created_at: me.created_at.to_string(),
                authenticated_at: me.authenticated_at.to_string(),
                expires_at: me.expires_at.to_string(),
            };
            Me { actor, member: Some(member), service_key: None, session: Some(session) }
        }
        Caller::Key(key) => {
            let key = services.service_keys.get_own(key.id).await?;
            Me { actor, member: None, service_key: Some(ServiceKeyBody::shown(&key)), session: None }
        }
        Caller::Terminal => return Err(Error::from(Refusal::Forbidden).into()),
    };

    Ok(HttpResponse::Ok().json(me))
}

/// A session in the list of the member's own.
#[derive(Serialize)]
struct MemberSessionBody {
    id: String,
    current: bool,
    created_at: String,
    authenticated_at: String,
    last_seen_at: String,
    expires_at: String,
    second_factor: Option<String>,
    ip: Option<String>,
    user_agent: Option<String>,
}

impl MemberSessionBody {
    fn shown(of: MemberSession, current: Option<SessionId>) -> Self {
        Self {
            id: of.id.to_string(),
            current: current == Some(of.id),
            created_at: of.created_at.to_string(),
            authenticated_at: of.authenticated_at.to_string(),
            last_seen_at: of.last_seen_at.to_string(),
            expires_at: of.expires_at.to_string(),
            second_factor: of.second_factor,
            ip: of.ip,
            user_agent: of.user_agent,
        }
    }
}

pub async fn list(
    request: HttpRequest,
    services: Data,
    list: Listing<NoQuery>,
) -> Result<HttpResponse, Problem> {
    let listed = services.sessions.list(&list.call, path_id(&request)?, list.paging).await?;

    let current = match list.call.caller {
        Caller::Member(me) => Some(me.session_id),
        Caller::Key(_) | Caller::Terminal => None,
    };
    Ok(list.answer(listed, |session| MemberSessionBody::shown(session, current)))
}

pub async fn end_one(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    let (member, session) = (path_id(&request)?, path_id(&request)?);
    services.sessions.end(&call, member, session).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Serialize)]
struct Ended {
    ended_sessions: usize,
}

pub async fn end_others(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    let ended_sessions = services.sessions.end_others(&call, path_id(&request)?).await?;
    Ok(HttpResponse::Ok().json(Ended { ended_sessions }))
}
