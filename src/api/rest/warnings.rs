//! Warnings: client passwords of an organization that will end by themselves within days.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use crate::domain::warnings::GivenWarning;
use crate::http::caller::Data;
use crate::http::listing::Listing;
use crate::http::path::path_id;
use crate::http::problem::Problem;
use crate::http::query::NoQuery;

#[derive(Serialize)]
struct Body {
    id: String,
    client_password_id: String,
    member_id: String,
    login: String,
    label: String,
    ends_at: String,
    reason: &'static str,
    days: u32,
    warned_at: String,
}

impl From<GivenWarning> for Body {
    fn from(of: GivenWarning) -> Self {
        Self {
            id: of.id.to_string(),
            client_password_id: of.client_password_id.to_string(),
            member_id: of.member_id.to_string(),
            login: of.login,
            label: of.label,
            ends_at: of.ends_at.to_string(),
            reason: of.reason.name(),
            days: of.days,
            warned_at: of.warned_at.to_string(),
        }
    }
}

pub async fn list(
    request: HttpRequest,
    services: Data,
    list: Listing<NoQuery>,
) -> Result<HttpResponse, Problem> {
    let listed = services.warnings.list(&list.call, path_id(&request)?, list.paging).await?;
    Ok(list.answer(listed, Body::from))
}
