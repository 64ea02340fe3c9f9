//! Members, their account passwords and their secure login.

use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::departments::department_id;
use crate::domain::field::Fault;
use crate::domain::ids::DepartmentId;
use crate::domain::json::non_null;
use crate::domain::login::Login;
use crate::domain::member::{MAX_ACCOUNT_PASSWORD, Member, MemberFilter, MemberState, Role, SignIn, Within};
use crate::domain::member_form::{MemberForm, SecureLoginForm};
use crate::domain::secret::Secret;
use crate::http::body::Json;
use crate::http::caller::{Authenticated, Data, With};
use crate::http::export;
use crate::http::fields::ids;
use crate::http::idempotency::idempotent;
use crate::http::listing::Listing;
use crate::http::path::path_id;
use crate::http::precondition::{etag, if_match};
use crate::http::problem::Problem;
use crate::http::query::{DryRun, NoQuery, Query, filter};
use crate::service::exports::Selection;
use crate::service::idempotency::Creation;
use crate::service::members::{CreateMember, MemberPatch};
use crate::service::secure_login::Switched;
use crate::service::{Listed, Services};

/// A member as the API shows one, with the departments of the member.
pub async fn member_body(services: &Services, member: Member) -> Result<MemberForm, Problem> {
    let mut shown = services.departments.with_members(vec![member]).await?;
    let (member, departments) = shown.pop().ok_or_else(Problem::not_found)?;
    Ok(MemberForm::new(member, &departments))
}

async fn shown(services: &Services, member: Member) -> Result<HttpResponse, Problem> {
    let version = etag(member.version);
    Ok(HttpResponse::Ok().insert_header(version).json(member_body(services, member).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filters {
    login: Option<String>,
    state: Option<String>,
    department_id: Option<String>,
    secure_login: Option<bool>,
}

pub async fn list(
    request: HttpRequest,
    services: Data,
    list: Listing<Filters>,
) -> Result<HttpResponse, Problem> {
    let query = &list.filters;
    let state = query.state.as_deref().map(|name| state("state", name)).transpose()?;
    let login = filter("login", query.login.as_deref(), 320)?.map(|login| Login::presented(&login));
    let department = query.department_id.as_deref();
    let department = department.map(|id| department_id("department_id", id)).transpose()?;
    let within = department.map(Within::Department);
    let wanted = MemberFilter { login, state, secure_login: query.secure_login, role: None, within };
    let home = path_id(&request)?;
    if let Some(format) = export::wanted(&request) {
        let whole = (Selection::Members(wanted), format);
        return export::answer(&request, (list.call, home), whole, list.paging.before).await;
    }

    let listed = services.members.list(&list.call, home, &wanted, list.paging).await?;
    let items = services.departments.with_members(listed.items).await?;
    let shown = Listed { items, next: listed.next };
    Ok(list.answer(shown, |(member, departments)| MemberForm::new(member, &departments)))
}

fn state(field: &str, name: &str) -> Result<MemberState, Problem> {
    MemberState::parse(name)
        .ok_or_else(|| Problem::field(field, Fault::Malformed, "knows active, suspended and left"))
}

fn role(name: &str) -> Result<Role, Problem> {
    let assignable = Role::parse(name).filter(|role| *role != Role::Owner);
    assignable.ok_or_else(|| {
        Problem::field("role", Fault::Malformed, "knows member, auditor, department_admin and admin")
    })
}

fn department_ids(field: &str, texts: Option<&[String]>) -> Result<Option<Vec<DepartmentId>>, Problem> {
    texts.map(|texts| ids(field, texts, DepartmentId::parse)).transpose()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    login: String,
    display_name: String,
    role: Option<String>,
    department_ids: Option<Vec<String>>,
    admin_department_ids: Option<Vec<String>>,
    password: Option<Secret>,
}

pub async fn create(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    With(call, Json(body)): With<Json<New>>,
) -> Result<HttpResponse, Problem> {
    let role = body.role.as_deref().map_or(Ok(Role::Member), role)?;
    let (login, display_name) = (body.login.as_str(), body.display_name.as_str());
    let departments = department_ids("department_ids", body.department_ids.as_deref())?;
    let administered = department_ids("admin_department_ids", body.admin_department_ids.as_deref())?;
    let new = CreateMember {
        login,
        display_name,
        role,
        password: body.password.as_ref(),
        department_ids: departments.as_deref().unwrap_or_default(),
        admin_department_ids: administered.as_deref(),
    };
    let home = path_id(&request)?;

    idempotent(&request, &services, Some(&call), Creation::Member(home), async |attempt| {
        let member = services.members.create(&call.claiming(attempt), home, &new).await?;
        Ok(HttpResponse::Created().json(member_body(&services, member).await?))
    })
    .await
}

pub async fn read(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    let member = services.members.get(&call, path_id(&request)?).await?;
    shown(&services, member).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    #[serde(default, deserialize_with = "non_null")]
    display_name: Option<String>,
    #[serde(default, deserialize_with = "non_null")]
    role: Option<String>,
    #[serde(default, deserialize_with = "non_null")]
    state: Option<String>,
    #[serde(default, deserialize_with = "non_null")]
    department_ids: Option<Vec<String>>,
    #[serde(default, deserialize_with = "non_null")]
    admin_department_ids: Option<Vec<String>>,
}

pub async fn patch(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    With(call, Json(body)): With<Json<Patch>>,
) -> Result<HttpResponse, Problem> {
    let state = body.state.as_deref().map(|name| state("state", name)).transpose()?;

    if state == Some(MemberState::Left) {
        return Err(Problem::field(
            "state",
            Fault::NotAllowed,
            "takes active or suspended; DELETE the member to leave",
        ));
    }

    let role = body.role.as_deref().map(role).transpose()?;
    let departments = department_ids("department_ids", body.department_ids.as_deref())?;
    let administered = department_ids("admin_department_ids", body.admin_department_ids.as_deref())?;
    let patch = MemberPatch {
        display_name: body.display_name.as_deref(),
        role,
        state,
        department_ids: departments.as_deref(),
        admin_department_ids: administered.as_deref(),
    };
    let member = services.members.patch(&call, path_id(&request)?, &patch, &if_match(&request)).await?;
    shown(&services, member).await
}

pub async fn leave(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    services.members.leave(&call, path_id(&request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    password: Secret,
    current_password: Option<Secret>,
}

#[derive(Serialize)]
struct PasswordSet {
    sign_in: &'static str,
    ended_client_passwords: i64,
}

pub async fn set_password(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    With(call, Json(body)): With<Json<NewPassword>>,
) -> Result<HttpResponse, Problem> {
    let current = body.current_password.as_ref();
    if current.is_some_and(|current| current.expose().len() > MAX_ACCOUNT_PASSWORD) {
        return Err(Problem::field("current_password", Fault::TooLong, "takes at most 1024 bytes"));
    }

    let id = path_id(&request)?;
    let ended =
        services.account_passwords.set(&call, id, &body.password, current, &if_match(&request)).await?;
    let set = PasswordSet { sign_in: SignIn::Local.name(), ended_client_passwords: ended };
    Ok(HttpResponse::Ok().json(set))
}

pub async fn secure_login(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    let (secure_login, version) = services.secure_login.get(&call, path_id(&request)?).await?;
    Ok(HttpResponse::Ok().insert_header(etag(version)).json(SecureLoginForm::from(secure_login)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    enabled: bool,
}

#[derive(Serialize)]
struct SwitchedBody {
    #[serde(flatten)]
    secure_login: SecureLoginForm,
    ended_client_passwords: i64,
    dry_run: bool,
}

pub async fn switch_secure_login(
    request: HttpRequest,
    services: Data,
    Query(DryRun { dry_run }): Query<DryRun>,
    With(call, Json(body)): With<Json<Switch>>,
) -> Result<HttpResponse, Problem> {
    let (id, if_match) = (path_id(&request)?, if_match(&request));
    let Switched { secure_login, ended_client_passwords, version } =
        services.secure_login.switch(&call, id, body.enabled, dry_run, &if_match).await?;
    let shown = SwitchedBody { secure_login: secure_login.into(), ended_client_passwords, dry_run };
    Ok(HttpResponse::Ok().insert_header(etag(version)).json(shown))
}
