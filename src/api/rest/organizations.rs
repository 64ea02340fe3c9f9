//! `/v1/organizations` and their domains.

use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use crate::domain::json::non_null;
use crate::domain::organization::Organization;
use crate::http::body::Json;
use crate::http::caller::{Authenticated, Data, With};
use crate::http::idempotency::idempotent;
use crate::http::listing::{Listing, PageParameters};
use crate::http::path::path_id;
use crate::http::precondition::{etag, if_match};
use crate::http::problem::Problem;
use crate::http::query::{List, NoQuery, Query, bad_cursor, limit, make_cursor, open_cursor};
use crate::service::idempotency::Creation;
use crate::service::organizations::CreateOrganization;

#[derive(Serialize)]
struct Body {
    id: String,
    name: String,
    state: &'static str,
    domains: Vec<String>,
    owner_id: Option<String>,
    created_at: String,
}

impl From<Organization> for Body {
    fn from(of: Organization) -> Self {
        Self {
            id: of.id.to_string(),
            name: of.name,
            state: of.state.name(),
            domains: of.domains,
            owner_id: of.owner_id.map(|id| id.to_string()),
            created_at: of.created_at.to_string(),
        }
    }
}

fn shown(organization: Organization) -> HttpResponse {
    HttpResponse::Ok().insert_header(etag(organization.version)).json(Body::from(organization))
}

pub async fn list(services: Data, list: Listing<NoQuery>) -> Result<HttpResponse, Problem> {
    let listed = services.organizations.list(&list.call, list.paging).await?;
    Ok(list.answer(listed, Body::from))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    name: String,
    domains: Vec<String>,
    owner: Option<String>,
}

pub async fn create(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    With(call, Json(body)): With<Json<New>>,
) -> Result<HttpResponse, Problem> {
    let new = CreateOrganization { name: &body.name, domains: &body.domains, owner: body.owner.as_deref() };
    idempotent(&request, &services, Some(&call), Creation::Organization, async |attempt| {
        let organization = services.organizations.create(&call.claiming(attempt), &new).await?;
        Ok(HttpResponse::Created().json(Body::from(organization)))
    })
    .await
}

pub async fn read(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    Ok(shown(services.organizations.get(&call, path_id(&request)?).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    #[serde(default, deserialize_with = "non_null")]
    name: Option<String>,
}

pub async fn rename(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    With(call, Json(body)): With<Json<Patch>>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&request)?;
    Ok(shown(services.organizations.rename(&call, id, body.name.as_deref(), &if_match(&request)).await?))
}

pub async fn dissolve(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    services.organizations.dissolve(&call, path_id(&request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Serialize)]
struct DomainBody {
    name: String,
    created_at: String,
}

pub async fn domains(
    request: HttpRequest,
    services: Data,
    Query(query): Query<PageParameters>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    let after = match &query.cursor {
        None => String::new(),
        Some(cursor) => {
            let name = open_cursor(&request, cursor).and_then(|name| String::from_utf8(name).ok());
            name.ok_or_else(bad_cursor)?
        }
    };

    let (found, more) =
        services.organizations.domains(&call, path_id(&request)?, &after, limit(query.limit)?).await?;

    let last = found.last().filter(|_| more);
    let next_cursor = last.map(|domain| make_cursor(&request, domain.name.as_bytes()));
    let items = found.into_iter();
    let items = items.map(|of| DomainBody { name: of.name, created_at: of.created_at.to_string() }).collect();

    Ok(HttpResponse::Ok().json(List { items, next_cursor }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDomain {
    name: String,
}

pub async fn bind(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    With(call, Json(body)): With<Json<NewDomain>>,
) -> Result<HttpResponse, Problem> {
    let home = path_id(&request)?;
    idempotent(&request, &services, Some(&call), Creation::Domain(home), async |attempt| {
        let bound = services.organizations.bind_domain(&call.claiming(attempt), home, &body.name).await?;
        let created_at = bound.created_at.to_string();
        Ok(HttpResponse::Created().json(DomainBody { name: bound.name, created_at }))
    })
    .await
}

pub async fn unbind(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    let name = request.match_info().get("name").unwrap_or("");
    services.organizations.remove_domain(&call, path_id(&request)?, name).await?;
    Ok(HttpResponse::NoContent().finish())
}
