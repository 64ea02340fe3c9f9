//! `/v1/members/{member_id}/notices`.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::actors::ActorBody;
use crate::domain::notice::{Notice, OPEN_FOR};
use crate::http::caller::{Authenticated, Data};
use crate::http::listing::Listing;
use crate::http::path::path_id;
use crate::http::problem::Problem;
use crate::http::query::{NoQuery, Query};

/// A notice as the API shows one.
#[derive(Serialize)]
pub struct NoticeBody {
    id: String,
    at: String,
    action: String,
    actor: ActorBody,
    open_until: String,
}

impl From<Notice> for NoticeBody {
    fn from(of: Notice) -> Self {
        Self {
            id: of.id.to_string(),
            at: of.at.to_string(),
            action: of.action,
            actor: of.actor.into(),
            open_until: of.at.plus(OPEN_FOR).to_string(),
        }
    }
}

pub async fn list(
    request: HttpRequest,
    services: Data,
    list: Listing<NoQuery>,
) -> Result<HttpResponse, Problem> {
    let listed = services.notices.list(&list.call, path_id(&request)?, list.paging).await?;
    Ok(list.answer(listed, NoticeBody::from))
}

pub async fn acknowledge(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    let (member, notice) = (path_id(&request)?, path_id(&request)?);
    services.notices.acknowledge(&call, member, notice).await?;
    Ok(HttpResponse::NoContent().finish())
}
