//! `/v1/organizations/{organization_id}/revocations`: ending a set, after seeing it.

use actix_web::http::header::{LOCATION, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::actors::ActorBody;
use crate::domain::field::Fault;
use crate::domain::ids::RevocationId;
use crate::domain::json::Object;
use crate::domain::revocation::{Count, FilterForm, Progress, Revocation, RevocationState};
use crate::http::body::Json;
use crate::http::caller::{Authenticated, Data, With};
use crate::http::idempotency::idempotent;
use crate::http::listing::Listing;
use crate::http::path::path_id;
use crate::http::problem::Problem;
use crate::http::query::{NoQuery, Query};
use crate::service::Error;
use crate::service::idempotency::Creation;
use crate::service::revocations::Selection;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    filter: Option<Object<FilterForm>>,
    preview_id: Option<String>,
    reason: String,
    dry_run: Option<bool>,
}

impl New {
    fn selection(&self) -> Result<Selection, Problem> {
        match (&self.filter, &self.preview_id) {
            (Some(Object(filter)), None) => {
                let filter = filter.parse().map_err(Error::from)?;
                Ok(Selection::Filter(filter, self.dry_run.unwrap_or(false)))
            }
            (None, Some(_)) if self.dry_run.is_some() => {
                Err(Problem::field("dry_run", Fault::NotAllowed, "does not go with preview_id"))
            }
            (None, Some(id)) => {
                let bad = || Problem::field("preview_id", Fault::Malformed, "must be the id of a dry run");
                RevocationId::parse(id).map(Selection::Preview).ok_or_else(bad)
            }
            (None, None) => Err(Problem::field("filter", Fault::Missing, "is required, or preview_id")),
            (Some(_), Some(_)) => {
                Err(Problem::field("preview_id", Fault::NotAllowed, "does not go with filter"))
            }
        }
    }
}

#[derive(Serialize)]
struct CountBody {
    members: i64,
    client_passwords: i64,
}

impl From<Count> for CountBody {
    fn from(of: Count) -> Self {
        Self { members: of.members, client_passwords: of.client_passwords }
    }
}

#[derive(Serialize)]
struct ProgressBody {
    passed_members: i64,
    members: i64,
}

impl From<Progress> for ProgressBody {
    fn from(of: Progress) -> Self {
        Self { passed_members: of.passed, members: of.all }
    }
}

#[derive(Serialize)]
struct Body {
    id: String,
    state: &'static str,
    progress: Option<ProgressBody>,
    filter: FilterForm,
    reason: String,
    dry_run: bool,
    preview_id: Option<String>,
    matched: CountBody,
    ended: CountBody,
    created_at: String,
    created_by: ActorBody,
    finished_at: Option<String>,
}

impl From<Revocation> for Body {
    fn from(of: Revocation) -> Self {
        Self {
            id: of.id.to_string(),
            state: of.state.name(),
            progress: of.progress.map(ProgressBody::from),
            filter: FilterForm::from(&of.filter),
            reason: of.reason,
            dry_run: of.dry_run,
            preview_id: of.preview_id.map(|id| id.to_string()),
            matched: of.matched.into(),
            ended: of.ended.into(),
            created_at: of.created_at.to_string(),
            created_by: of.created_by.into(),
            finished_at: of.finished_at.map(|at| at.to_string()),
        }
    }
}

pub async fn revoke(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    With(call, Json(body)): With<Json<New>>,
) -> Result<HttpResponse, Problem> {
    let selection = body.selection()?;
    let home = path_id(&request)?;

    idempotent(&request, &services, Some(&call), Creation::Revocation(home), async |attempt| {
        let call = call.claiming(attempt);
        let revocation = services.revocations.create(&call, home, &selection, &body.reason).await?;
        Ok(answer(&request, revocation))
    })
    .await
}

/// Done at once, or begun: then where it can be looked at, and when for the first time.
fn answer(request: &HttpRequest, revocation: Revocation) -> HttpResponse {
    let mut answer = match (revocation.state, revocation.dry_run) {
        (RevocationState::Running, _) => HttpResponse::Accepted(),
        (_, true) => HttpResponse::Ok(),
        (_, false) => HttpResponse::Created(),
    };
    if revocation.state == RevocationState::Running {
        answer.insert_header((LOCATION, format!("{}/{}", request.path(), revocation.id)));
        answer.insert_header((RETRY_AFTER, "1"));
    }
    answer.json(Body::from(revocation))
}

pub async fn stop(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&request)?;
    let revocation = services.revocations.stop(&call, path_id(&request)?, id).await?;
    Ok(HttpResponse::Ok().json(Body::from(revocation)))
}

pub async fn list(
    request: HttpRequest,
    services: Data,
    list: Listing<NoQuery>,
) -> Result<HttpResponse, Problem> {
    let listed = services.revocations.list(&list.call, path_id(&request)?, list.paging).await?;
    Ok(list.answer(listed, Body::from))
}

pub async fn read(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&request)?;
    let revocation = services.revocations.get(&call, path_id(&request)?, id).await?;
    Ok(HttpResponse::Ok().json(Body::from(revocation)))
}
