//! Departments: the tree below `/v1/organizations/{organization_id}/departments`, and who is in which.

use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use crate::domain::department::Department;
use crate::domain::field::Fault;
use crate::domain::ids::{DepartmentId, MemberId};
use crate::domain::json::non_null;
use crate::http::body::{Json, LargeJson};
use crate::http::caller::{Authenticated, Data, With};
use crate::http::fields::{Field, ids};
use crate::http::idempotency::idempotent;
use crate::http::listing::Listing;
use crate::http::path::path_id;
use crate::http::precondition::{etag, if_match};
use crate::http::problem::Problem;
use crate::http::query::{NoQuery, Query};
use crate::service::departments::DepartmentPatch;
use crate::service::idempotency::Creation;

#[derive(Serialize)]
struct Body {
    id: String,
    organization_id: String,
    parent_id: Option<String>,
    name: String,
    created_at: String,
}

impl From<Department> for Body {
    fn from(of: Department) -> Self {
        Self {
            id: of.id.to_string(),
            organization_id: of.organization_id.to_string(),
            parent_id: of.parent_id.map(|id| id.to_string()),
            name: of.name,
            created_at: of.created_at.to_string(),
        }
    }
}

fn shown(department: Department) -> HttpResponse {
    HttpResponse::Ok().insert_header(etag(department.version)).json(Body::from(department))
}

/// The id of a department in a field.
pub fn department_id(field: &str, text: &str) -> Result<DepartmentId, Problem> {
    DepartmentId::parse(text).ok_or_else(|| Problem::field(field, Fault::Malformed, "must be an id"))
}

pub async fn list(
    request: HttpRequest,
    services: Data,
    list: Listing<NoQuery>,
) -> Result<HttpResponse, Problem> {
    let listed = services.departments.list(&list.call, path_id(&request)?, list.paging).await?;
    Ok(list.answer(listed, Body::from))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    name: String,
    parent_id: Option<String>,
}

pub async fn create(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    With(call, Json(body)): With<Json<New>>,
) -> Result<HttpResponse, Problem> {
    let parent = body.parent_id.as_deref().map(|id| department_id("parent_id", id)).transpose()?;
    let home = path_id(&request)?;
    idempotent(&request, &services, Some(&call), Creation::Department(home), async |attempt| {
        let made = services.departments.create(&call.claiming(attempt), home, &body.name, parent).await?;
        Ok(HttpResponse::Created().json(Body::from(made)))
    })
    .await
}

pub async fn read(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    Ok(shown(services.departments.get(&call, path_id(&request)?).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    #[serde(default, deserialize_with = "non_null")]
    name: Option<String>,
    #[serde(default)]
    parent_id: Field<String>,
}

pub async fn patch(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    With(call, Json(body)): With<Json<Patch>>,
) -> Result<HttpResponse, Problem> {
    let parent_id = match &body.parent_id {
        Field::Absent => None,
        Field::Null => Some(None),
        Field::Value(id) => Some(Some(department_id("parent_id", id)?)),
    };
    let patch = DepartmentPatch { name: body.name.as_deref(), parent_id };
    Ok(shown(services.departments.patch(&call, path_id(&request)?, &patch, &if_match(&request)).await?))
}

pub async fn delete(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    services.departments.delete(&call, path_id(&request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeMembers {
    #[serde(default)]
    add: Vec<String>,
    #[serde(default)]
    remove: Vec<String>,
}

#[derive(Serialize)]
struct MembersChanged {
    added: usize,
    removed: usize,
}

pub async fn change_members(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    With(call, LargeJson(body)): With<LargeJson<ChangeMembers>>,
) -> Result<HttpResponse, Problem> {
    let add = ids("add", &body.add, MemberId::parse)?;
    let remove = ids("remove", &body.remove, MemberId::parse)?;
    let department = (path_id(&request)?, path_id(&request)?);
    let changed = services.departments.change_members(&call, department, &add, &remove).await?;
    Ok(HttpResponse::Ok().json(MembersChanged { added: changed.added, removed: changed.removed }))
}
