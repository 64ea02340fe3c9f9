//! `/v1/organizations/{organization_id}/revocations`: ending a set, after seeing it.

use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::actors::ActorBody;
use super::organizations::{PageQuery, organization_id};
use crate::domain::client_password::MAX_LABEL;
use crate::domain::field::{Fault, text_line};
use crate::domain::ids::{MemberId, RevocationId};
use crate::domain::protocol::ProtocolSet;
use crate::domain::revocation::{Count, Filter, Revocation};
use crate::http::body::{Json, Object};
use crate::http::caller::{Authenticated, Data, With};
use crate::http::fields::time;
use crate::http::idempotency::idempotent;
use crate::http::path::path_id;
use crate::http::problem::Problem;
use crate::http::query::{List, NoQuery, Query, paging};
use crate::service::Error;
use crate::service::idempotency::Creation;
use crate::service::revocations::{Target, filter_to_json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilterBody {
    all: Option<bool>,
    member_ids: Option<Vec<String>>,
    label: Option<String>,
    protocols: Option<Vec<String>>,
    created_before: Option<String>,
    last_used_before: Option<String>,
    never_used: Option<bool>,
}

impl FilterBody {
    fn filter(&self) -> Result<Filter, Problem> {
        if self.all == Some(false) {
            return Err(Problem::field(
                "filter.all",
                Fault::NotAllowed,
                "may only be true; leave it out otherwise",
            ));
        }

        let time = |field, text: &Option<String>| text.as_deref().map(|text| time(field, text)).transpose();
        let protocols = self.protocols.as_ref().map(|names| ProtocolSet::parse("filter.protocols", names));
        let label = self.label.as_deref().map(|label| text_line("filter.label", label, MAX_LABEL));

        Ok(Filter {
            all: self.all.is_some(),
            member_ids: self.member_ids.as_ref().map(|ids| member_ids(ids)).transpose()?,
            label: label.transpose().map_err(Error::from)?,
            protocols: protocols.transpose().map_err(Error::from)?,
            created_before: time("filter.created_before", &self.created_before)?,
            last_used_before: time("filter.last_used_before", &self.last_used_before)?,
            never_used: self.never_used,
        })
    }
}

fn member_ids(ids: &[String]) -> Result<Vec<MemberId>, Problem> {
    let id = |(at, id): (usize, &String)| {
        let bad = || Problem::field(format!("filter.member_ids[{at}]"), Fault::Malformed, "must be an id");
        MemberId::parse(id).ok_or_else(bad)
    };
    ids.iter().enumerate().map(id).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    filter: Option<Object<FilterBody>>,
    preview_id: Option<String>,
    reason: String,
    dry_run: Option<bool>,
}

impl New {
    fn target(&self) -> Result<Target, Problem> {
        match (&self.filter, &self.preview_id) {
            (Some(Object(filter)), None) => {
                Ok(Target::Filter(filter.filter()?, self.dry_run.unwrap_or(false)))
            }
            (None, Some(_)) if self.dry_run.is_some() => {
                Err(Problem::field("dry_run", Fault::NotAllowed, "does not go with preview_id"))
            }
            (None, Some(id)) => {
                let bad = || Problem::field("preview_id", Fault::Malformed, "must be the id of a dry run");
                RevocationId::parse(id).map(Target::Preview).ok_or_else(bad)
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
struct Body {
    id: String,
    state: &'static str,
    filter: Value,
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
            state: if of.finished_at.is_some() { "done" } else { "running" },
            filter: filter_to_json(&of.filter),
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
    let target = body.target()?;
    let home = organization_id(&request)?;

    idempotent(&request, &services, Some(&call), Creation::Revocation(home), async |attempt| {
        let call = call.claiming(attempt);
        let revocation = services.revocations.create(&call, home, &target, &body.reason).await?;
        let mut answer = if revocation.dry_run { HttpResponse::Ok() } else { HttpResponse::Created() };
        Ok(answer.json(Body::from(revocation)))
    })
    .await
}

pub async fn list(
    request: HttpRequest,
    services: Data,
    Query(query): Query<PageQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    let paging = paging(&request, query.limit, query.cursor.as_deref())?;
    let listed = services.revocations.list(&call, organization_id(&request)?, paging).await?;
    Ok(HttpResponse::Ok().json(List::show(&request, listed, Body::from)))
}

pub async fn read(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&request, "revocation_id")?;
    let revocation = services.revocations.get(&call, organization_id(&request)?, id).await?;
    Ok(HttpResponse::Ok().json(Body::from(revocation)))
}
