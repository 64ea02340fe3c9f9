//! Client passwords: a member's, an organization's, one.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::domain::client_password::{ClientPassword, EndReason, MAX_LABEL, StateFilter};
use crate::domain::client_password_form::ClientPasswordForm as Body;
use crate::domain::field::{Fault, text_line};
use crate::domain::ids::{DepartmentId, MemberId};
use crate::domain::json::{Whole, non_null};
use crate::domain::network::Networks;
use crate::domain::protocol::ProtocolSet;
use crate::domain::revocation::{Filter, ListFilter, check_departments, names_one_twice};
use crate::http::body::{Json, OptionalJson};
use crate::http::caller::{Authenticated, Data, With};
use crate::http::export;
use crate::http::fields::{Field, time};
use crate::http::idempotency::idempotent;
use crate::http::listing::Listing;
use crate::http::path::path_id;
use crate::http::precondition::{etag, if_match};
use crate::http::problem::Problem;
use crate::http::query::{NoQuery, Query};
use crate::service::Error;
use crate::service::client_passwords::{Expiry, IssueClientPassword, Issued, Patch};
use crate::service::exports::Selection;
use crate::service::idempotency::Creation;

#[derive(Serialize)]
struct IssuedBody<'a> {
    #[serde(flatten)]
    client_password: Body,
    secret: &'a str,
}

fn issued(made: Issued, clock: &Clock) -> HttpResponse {
    let client_password = Body::at(made.client_password, clock.now());
    HttpResponse::Created().json(IssuedBody { client_password, secret: made.secret.expose() })
}

fn shown(one: ClientPassword, clock: &Clock) -> HttpResponse {
    HttpResponse::Ok().insert_header(etag(one.version)).json(Body::at(one, clock.now()))
}

fn state(name: &str) -> Result<StateFilter, Problem> {
    StateFilter::parse(name).ok_or_else(|| {
        Problem::field("state", Fault::Malformed, "knows active, superseded, expired and revoked")
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfMember {
    state: Option<String>,
}

pub async fn list(
    request: HttpRequest,
    services: Data,
    clock: web::Data<Clock>,
    list: Listing<OfMember>,
) -> Result<HttpResponse, Problem> {
    let state = list.filters.state.as_deref().map(state).transpose()?;
    let wanted = ListFilter { state, ..ListFilter::default() };
    let listed = services
        .client_passwords
        .list_of_member(&list.call, path_id(&request)?, &wanted, list.paging)
        .await?;
    let now = clock.now();
    Ok(list.answer(listed, |one| Body::at(one, now)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InOrganization {
    member_ids: Option<String>,
    label: Option<String>,
    protocols: Option<String>,
    state: Option<String>,
    ended_reason: Option<String>,
    created_before: Option<String>,
    last_used_before: Option<String>,
    never_used: Option<bool>,
    department_ids: Option<String>,
    secure_login: Option<bool>,
    networks: Option<String>,
}

/// Most members that one list may name.
const MAX_LISTED_MEMBERS: usize = 50;

fn member_ids(list: &str) -> Result<Vec<MemberId>, Problem> {
    let ids: Option<Vec<MemberId>> = list.split(',').map(MemberId::parse).collect();
    let ids =
        ids.ok_or_else(|| Problem::field("member_ids", Fault::Malformed, "takes ids with commas between"))?;

    if ids.len() > MAX_LISTED_MEMBERS {
        return Err(Problem::field("member_ids", Fault::TooLong, "takes at most 50 ids"));
    }
    if names_one_twice(&ids) {
        return Err(Problem::field("member_ids", Fault::Duplicate, "names a member twice"));
    }

    Ok(ids)
}

fn department_ids(list: &str) -> Result<Vec<DepartmentId>, Problem> {
    let ids: Option<Vec<DepartmentId>> = list.split(',').map(DepartmentId::parse).collect();
    let malformed = || Problem::field("department_ids", Fault::Malformed, "takes ids with commas between");
    let ids = ids.ok_or_else(malformed)?;
    check_departments("department_ids", &ids).map_err(Error::from)?;
    Ok(ids)
}

fn ended_reason(name: &str) -> Result<EndReason, Problem> {
    let unknown = || Problem::field("ended_reason", Fault::Malformed, "is no reason of an end");
    EndReason::parse(name).ok_or_else(unknown)
}

impl InOrganization {
    fn filter(&self) -> Result<ListFilter, Problem> {
        let protocols = self.protocols.as_deref().map(|list| {
            let names: Vec<&str> = list.split(',').collect();
            ProtocolSet::parse("protocols", &names).map_err(|error| Problem::from(Error::from(error)))
        });

        let time = |field, text: &Option<String>| text.as_deref().map(|text| time(field, text)).transpose();
        let label = self.label.as_deref().map(|label| text_line("label", label, MAX_LABEL));

        let networks = self.networks.as_deref().map(|list| {
            let blocks: Vec<&str> = list.split(',').collect();
            Networks::parse("networks", &blocks)
        });

        let filter = Filter {
            all: false,
            member_ids: self.member_ids.as_deref().map(member_ids).transpose()?,
            department_ids: self.department_ids.as_deref().map(department_ids).transpose()?,
            secure_login: self.secure_login,
            label: label.transpose().map_err(Error::from)?,
            protocols: protocols.transpose()?,
            networks: networks.transpose().map_err(Error::from)?,
            created_before: time("created_before", &self.created_before)?,
            last_used_before: time("last_used_before", &self.last_used_before)?,
            never_used: self.never_used,
        };

        let state = self.state.as_deref().map(state).transpose()?;
        let ended_reason = self.ended_reason.as_deref().map(ended_reason).transpose()?;
        Ok(ListFilter { filter, state, ended_reason })
    }
}

pub async fn list_all(
    request: HttpRequest,
    services: Data,
    clock: web::Data<Clock>,
    list: Listing<InOrganization>,
) -> Result<HttpResponse, Problem> {
    let (filter, home) = (list.filters.filter()?, path_id(&request)?);
    if let Some(format) = export::wanted(&request) {
        let whole = (Selection::ClientPasswords(filter), format);
        return export::answer(&request, (list.call, home), whole, list.paging.before).await;
    }

    let listed =
        services.client_passwords.list_of_organization(&list.call, home, &filter, list.paging).await?;

    let now = clock.now();
    Ok(list.answer(listed, |one| Body::at(one, now)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    label: String,
    protocols: Option<Vec<String>>,
    networks: Option<Vec<String>>,
    expires_at: Option<String>,
}

pub async fn issue(
    request: HttpRequest,
    services: Data,
    clock: web::Data<Clock>,
    _: Query<NoQuery>,
    With(call, Json(body)): With<Json<New>>,
) -> Result<HttpResponse, Problem> {
    let expires_at = body.expires_at.as_deref().map(|text| time("expires_at", text)).transpose()?;
    let (protocols, networks) = (body.protocols.as_deref(), body.networks.as_deref());
    let new = IssueClientPassword { label: &body.label, protocols, networks, expires_at };

    let member = path_id(&request)?;
    idempotent(&request, &services, Some(&call), Creation::ClientPassword(member), async |attempt| {
        Ok(issued(services.client_passwords.issue(&call.claiming(attempt), member, &new).await?, &clock))
    })
    .await
}

#[derive(Serialize)]
struct Ended {
    ended_client_passwords: i64,
}

pub async fn revoke_all(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    let ended_client_passwords = services.client_passwords.revoke_all(&call, path_id(&request)?).await?;
    Ok(HttpResponse::Ok().json(Ended { ended_client_passwords }))
}

pub async fn read(
    request: HttpRequest,
    services: Data,
    clock: web::Data<Clock>,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    Ok(shown(services.client_passwords.get(&call, path_id(&request)?).await?, &clock))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    #[serde(default, deserialize_with = "non_null")]
    label: Option<String>,
    #[serde(default, deserialize_with = "non_null")]
    protocols: Option<Vec<String>>,
    #[serde(default, deserialize_with = "non_null")]
    networks: Option<Vec<String>>,
    #[serde(default)]
    expires_at: Field<String>,
}

pub async fn patch(
    request: HttpRequest,
    services: Data,
    clock: web::Data<Clock>,
    _: Query<NoQuery>,
    With(call, Json(body)): With<Json<Change>>,
) -> Result<HttpResponse, Problem> {
    let expires_at = match &body.expires_at {
        Field::Absent => Expiry::Keep,
        Field::Null => Expiry::Never,
        Field::Value(text) => Expiry::At(time("expires_at", text)?),
    };

    let patch = Patch {
        label: body.label.as_deref(),
        protocols: body.protocols.as_deref(),
        networks: body.networks.as_deref(),
        expires_at,
    };

    let id = path_id(&request)?;
    Ok(shown(services.client_passwords.patch(&call, id, &patch, &if_match(&request)).await?, &clock))
}

pub async fn revoke(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    services.client_passwords.revoke(&call, path_id(&request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlap {
    overlap_seconds: Option<Whole>,
}

pub async fn rotate(
    request: HttpRequest,
    services: Data,
    clock: web::Data<Clock>,
    _: Query<NoQuery>,
    With(call, OptionalJson(body)): With<OptionalJson<Overlap>>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&request)?;
    let overlap = body.overlap_seconds.map(|Whole(seconds)| seconds);
    idempotent(&request, &services, Some(&call), Creation::Successor(id), async |attempt| {
        Ok(issued(services.client_passwords.rotate(&call.claiming(attempt), id, overlap).await?, &clock))
    })
    .await
}
