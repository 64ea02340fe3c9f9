//! A member's name and role.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::office::{Office, Order, Part, Tab, demand};
use super::shown::{Choice, Person, roles};
use crate::domain::access::MemberPermission;
use crate::domain::field::Fault;
use crate::domain::member::{Member, Role};
use crate::http::problem::Problem;
use crate::pages::error::PageError;
use crate::pages::frame::Frame;
use crate::pages::problem::Faults;
use crate::service::members::MemberPatch;

#[derive(Template)]
#[template(path = "pages/admin/rename.html")]
struct RenamePage {
    frame: Frame,
    tabs: Vec<Tab>,
    who: Person,
    typed: String,
    /// As the page first showed it, however often it comes again.
    version: String,
    faults: Faults,
}

fn rename_page(
    office: &Office,
    member: &Member,
    typed: &str,
    version: &str,
    faults: Faults,
) -> Result<HttpResponse, PageError> {
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let page = RenamePage {
        frame: office.frame(),
        tabs: office.tabs(Part::Members),
        who: Person::of(member),
        typed: typed.to_owned(),
        version: version.to_owned(),
        faults,
    };
    office.answer(status, &page)
}

/// `GET /admin/members/{member_id}/rename`.
pub async fn name(office: Office) -> Result<HttpResponse, PageError> {
    let member = office.subject().await?;
    demand(office.may_to(MemberPermission::Rename, &member))?;
    let (name, version) = (&member.display_name, member.version.to_string());
    rename_page(&office, &member, name, &version, Faults::default())
}

/// `POST /admin/members/{member_id}/rename`.
pub async fn rename(order: Order) -> Result<HttpResponse, PageError> {
    let member = order.subject().await?;
    let typed = order.submitted.form.text("display_name");
    let patch = MemberPatch { display_name: Some(typed), ..MemberPatch::default() };

    match order.services.members.patch(&order.call, member.id, &patch, &order.version()).await {
        Ok(_) => order.go_to(&format!("/admin/members/{}?done=renamed", member.id)),
        Err(error) => {
            let faults = order.faults(error)?;
            rename_page(&order, &member, typed, order.submitted.form.text("version"), faults)
        }
    }
}

#[derive(Template)]
#[template(path = "pages/admin/role.html")]
struct RolePage {
    frame: Frame,
    tabs: Vec<Tab>,
    who: Person,
    roles: Vec<Choice>,
    version: i64,
}

/// `GET /admin/members/{member_id}/role`.
pub async fn role(office: Office) -> Result<HttpResponse, PageError> {
    let member = office.subject().await?;
    let may = |role| office.may_to(MemberPermission::ChangeRole(role), &member);
    let roles = roles(&office.words, member.role.name(), may);
    demand(!roles.is_empty())?;

    office.show(&RolePage {
        frame: office.frame(),
        tabs: office.tabs(Part::Members),
        who: Person::of(&member),
        roles,
        version: member.version,
    })
}

/// `POST /admin/members/{member_id}/role`.
pub async fn change_role(order: Order) -> Result<HttpResponse, PageError> {
    let member = order.subject().await?;
    let malformed = || Problem::field("role", Fault::Malformed, "is none");
    let role = Role::parse(order.submitted.form.text("role")).ok_or_else(malformed)?;
    let patch = MemberPatch { role: Some(role), ..MemberPatch::default() };

    order.services.members.patch(&order.call, member.id, &patch, &order.version()).await?;
    // Whoever administers departments is still to be told which.
    let next = if role == Role::DepartmentAdmin { "/departments" } else { "" };
    order.go_to(&format!("/admin/members/{}{next}?done=role-changed", member.id))
}
