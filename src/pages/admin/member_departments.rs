//! The departments of a member, and those that a member administers.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::office::{Office, Order, Part, Tab, demand};
use super::shown::Person;
use super::tree::{Departments, Tick, named};
use crate::domain::access::MemberPermission;
use crate::domain::department::Memberships;
use crate::domain::ids::DepartmentId;
use crate::domain::member::{Member, Role};
use crate::pages::error::PageError;
use crate::pages::frame::Frame;
use crate::pages::problem::Faults;
use crate::service::members::MemberPatch;

#[derive(Template)]
#[template(path = "pages/admin/member_departments.html")]
struct DepartmentsPage {
    frame: Frame,
    tabs: Vec<Tab>,
    who: Person,
    version: String,
    ticks: Vec<Tick>,
    /// What the member administers, to be ticked by whoever may say so.
    administers: Option<Vec<Tick>>,
    /// How many of the member's departments are none of the caller's, and stay.
    others: usize,
    left_out: String,
    faults: Faults,
}

/// Whether the caller may say what the member administers.
fn may_give(office: &Office, member: &Member) -> bool {
    member.role == Role::DepartmentAdmin && office.may_to(MemberPermission::ChangeAdministered, member)
}

/// What a page shows: the departments, and what is ticked.
struct Shown {
    departments: Departments,
    of_member: Memberships,
}

impl Shown {
    async fn of(office: &Office, member: &Member) -> Result<Self, PageError> {
        let of_member = office.services.departments.of_member(member).await?;
        let besides = [of_member.department_ids.as_slice(), &of_member.admin_department_ids].concat();
        Ok(Self { departments: Departments::of(office, &besides).await?, of_member })
    }

    /// Of these departments those that the page does not show, which no form can take away.
    fn hidden(&self, ids: &[DepartmentId]) -> Vec<DepartmentId> {
        ids.iter().copied().filter(|id| !self.departments.shows(*id)).collect()
    }
}

fn show(
    office: &Office,
    member: &Member,
    (shown, ticked): (&Shown, &Memberships),
    (version, faults): (&str, Faults),
) -> Result<HttpResponse, PageError> {
    let departments = &shown.departments;
    let administers = || departments.ticks(&ticked.admin_department_ids);
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let page = DepartmentsPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Members),
        who: Person::of(member),
        version: version.to_owned(),
        ticks: departments.ticks(&ticked.department_ids),
        administers: may_give(office, member).then(administers),
        others: shown.hidden(&shown.of_member.department_ids).len(),
        left_out: departments.left_out(&office.words),
        faults,
    };
    office.answer(status, &page)
}

/// `GET /admin/members/{member_id}/departments`.
pub async fn ask(office: Office) -> Result<HttpResponse, PageError> {
    let member = office.subject().await?;
    demand(office.may_to(MemberPermission::ChangeDepartments, &member))?;
    let shown = Shown::of(&office, &member).await?;
    let version = member.version.to_string();
    show(&office, &member, (&shown, &shown.of_member), (&version, Faults::default()))
}

/// `POST /admin/members/{member_id}/departments`.
pub async fn act(order: Order) -> Result<HttpResponse, PageError> {
    let member = order.subject().await?;
    demand(order.may_to(MemberPermission::ChangeDepartments, &member))?;
    let (form, shown) = (&order.submitted.form, Shown::of(&order, &member).await?);

    let ticked = Memberships {
        department_ids: named("department_ids", form)?,
        admin_department_ids: named("admin_department_ids", form)?,
    };
    let with = |ticked: &[DepartmentId], before: &[DepartmentId]| [ticked, &shown.hidden(before)].concat();
    let department_ids = with(&ticked.department_ids, &shown.of_member.department_ids);
    let administers = with(&ticked.admin_department_ids, &shown.of_member.admin_department_ids);
    let patch = MemberPatch {
        department_ids: Some(&department_ids),
        // Only where the form asked for them.
        admin_department_ids: (form.get("administers").is_some() && may_give(&order, &member))
            .then_some(administers.as_slice()),
        ..MemberPatch::default()
    };

    match order.services.members.patch(&order.call, member.id, &patch, &order.version()).await {
        Ok(_) => order.go_to(&format!("/admin/members/{}?done=departments-changed", member.id)),
        Err(error) => {
            let faults = order.faults(error)?;
            show(&order, &member, (&shown, &ticked), (form.text("version"), faults))
        }
    }
}
