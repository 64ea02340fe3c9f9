//! Many members at once into a department, or out of it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::logins::{Named, split};
use super::office::{Office, Order, Part, Tab, demand};
use crate::domain::department::{Department, MAX_MOVED};
use crate::http::path::path_id;
use crate::pages::error::PageError;
use crate::pages::frame::Frame;
use crate::pages::problem::Faults;

#[derive(Template)]
#[template(path = "pages/admin/department_members.html")]
struct MembersPage {
    frame: Frame,
    tabs: Vec<Tab>,
    id: String,
    name: String,
    typed: String,
    faults: Faults,
}

/// The department that the address names.
async fn subject(office: &Office) -> Result<Department, PageError> {
    Ok(office.services.departments.get(&office.call, path_id(&office.request)?).await?)
}

fn form(
    office: &Office,
    department: Department,
    typed: &str,
    faults: Faults,
) -> Result<HttpResponse, PageError> {
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let page = MembersPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Departments),
        id: department.id.to_string(),
        name: department.name,
        typed: typed.to_owned(),
        faults,
    };
    office.answer(status, &page)
}

/// `GET /admin/departments/{department_id}/members`.
pub async fn ask(office: Office) -> Result<HttpResponse, PageError> {
    let department = subject(&office).await?;
    demand(office.may_move())?;
    form(&office, department, "", Faults::default())
}

/// `POST /admin/departments/{department_id}/members`: all of them or none.
pub async fn act(order: Order) -> Result<HttpResponse, PageError> {
    let department = subject(&order).await?;
    demand(order.may_move())?;
    let (typed, words) = (order.submitted.form.text("logins"), &order.words);
    let wrong = match split(typed).count() {
        0 => Some(words.say("admin-many-members-none")),
        count if count > MAX_MOVED => Some(words.say("admin-many-members-too-many")),
        _ => None,
    };
    if let Some(wrong) = wrong {
        return form(&order, department, typed, Faults::one("logins", wrong));
    }

    let named = Named::of(&order, typed).await?;
    if let Some(wrong) = named.wrong(words) {
        return form(&order, department, typed, Faults::one("logins", wrong));
    }
    let (add, remove) = match order.submitted.form.text("do") {
        "remove" => (&[][..], named.ids.as_slice()),
        _ => (named.ids.as_slice(), &[][..]),
    };
    let departments = &order.services.departments;
    departments.change_members(&order.call, (order.home, department.id), add, remove).await?;
    order.go_to(&format!("/admin/members?department_id={}&done=department-members-changed", department.id))
}
