//! Departments: the tree, and the forms that make, change and delete one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::office::{Office, Order, Part, Tab, demand};
use super::shown::Choice;
use super::tree::{Departments, named};
use crate::domain::access::OrganizationPermission;
use crate::domain::department::Department;
use crate::domain::ids::DepartmentId;
use crate::http::path::path_id;
use crate::http::problem::Problem;
use crate::pages::error::PageError;
use crate::pages::frame::Frame;
use crate::pages::once::once;
use crate::pages::problem::Faults;
use crate::service::departments::DepartmentPatch;
use crate::service::idempotency::Creation;
use crate::service::{Error, Refusal};

#[derive(Template)]
#[template(path = "pages/admin/departments.html")]
struct DepartmentsPage {
    frame: Frame,
    tabs: Vec<Tab>,
    departments: Departments,
    left_out: String,
    can_change: bool,
    /// Whether only some are within reach.
    some: bool,
}

fn may_change(office: &Office) -> bool {
    office.may(OrganizationPermission::ChangeDepartments)
}

/// `GET /admin/departments`.
pub async fn list(office: Office) -> Result<HttpResponse, PageError> {
    let departments = Departments::of(&office, &[]).await?;
    office.show(&DepartmentsPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Departments),
        left_out: departments.left_out(&office.words),
        can_change: may_change(&office),
        some: office.call.caller.department_admin().is_some(),
        departments,
    })
}

/// A form with what was typed.
struct Typed {
    name: String,
    parent: Option<DepartmentId>,
    version: String,
}

impl Typed {
    fn of(order: &Order) -> Result<Self, Problem> {
        let form = &order.submitted.form;
        let parent = named("parent_id", form)?.into_iter().next();
        Ok(Self { name: form.text("name").to_owned(), parent, version: form.text("version").to_owned() })
    }

    fn as_it_is(department: &Department) -> Self {
        let version = department.version.to_string();
        Self { name: department.name.clone(), parent: department.parent_id, version }
    }

    /// What it can be below.
    async fn parents(&self, office: &Office, but: Option<DepartmentId>) -> Result<Vec<Choice>, Error> {
        let departments = Departments::of(office, self.parent.as_slice()).await?;
        let chosen = self.parent.map(|id| id.to_string()).unwrap_or_default();
        let top = Choice::new("", office.words.say("admin-department-top"), &chosen);
        Ok(std::iter::once(top).chain(departments.choices(&chosen, but)).collect())
    }
}

/// What is wrong, if it is something that can be typed otherwise.
fn faults(order: &Order, error: Error) -> Result<Faults, PageError> {
    match error {
        Error::Refused(Refusal::NoRoomBelow) => {
            Ok(Faults::one("parent_id", order.words.say("problem-no-room-below-advice")))
        }
        other => order.faults(other),
    }
}

#[derive(Template)]
#[template(path = "pages/admin/department_form.html")]
struct FormPage {
    frame: Frame,
    tabs: Vec<Tab>,
    /// The department that is changed; none if one is made.
    department: Option<Department>,
    name: String,
    version: String,
    parents: Vec<Choice>,
    faults: Faults,
}

async fn form(
    office: &Office,
    department: Option<Department>,
    typed: Typed,
    faults: Faults,
) -> Result<HttpResponse, PageError> {
    let parents = typed.parents(office, department.as_ref().map(|one| one.id)).await?;
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let page = FormPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Departments),
        department,
        name: typed.name,
        version: typed.version,
        parents,
        faults,
    };
    office.answer(status, &page)
}

/// `GET /admin/departments/new`.
pub async fn new(office: Office) -> Result<HttpResponse, PageError> {
    demand(may_change(&office))?;
    let parent = office.query("below").and_then(|id| DepartmentId::parse(&id));
    let nothing = Typed { name: String::new(), parent, version: String::new() };
    form(&office, None, nothing, Faults::default()).await
}

/// `POST /admin/departments/new`.
pub async fn create(order: Order) -> Result<HttpResponse, PageError> {
    let typed = Typed::of(&order)?;
    let made = once(&order.submitted, Creation::Department(order.home), async |call| {
        let departments = &order.services.departments;
        let made = departments.create(call, order.home, &typed.name, typed.parent).await?;
        Ok(made.id.to_string())
    });
    match made.await {
        Ok(_) => order.go_to("/admin/departments?done=department-made"),
        Err(error) => {
            let faults = faults(&order, error)?;
            form(&order, None, typed, faults).await
        }
    }
}

/// The department that the address names.
async fn subject(office: &Office) -> Result<Department, PageError> {
    Ok(office.services.departments.get(&office.call, path_id(&office.request)?).await?)
}

/// `GET /admin/departments/{department_id}`.
pub async fn one(office: Office) -> Result<HttpResponse, PageError> {
    let department = subject(&office).await?;
    demand(may_change(&office))?;
    let typed = Typed::as_it_is(&department);
    form(&office, Some(department), typed, Faults::default()).await
}

/// `POST /admin/departments/{department_id}`: another name, or another place.
pub async fn change(order: Order) -> Result<HttpResponse, PageError> {
    let (department, typed) = (subject(&order).await?, Typed::of(&order)?);
    let patch = DepartmentPatch { name: Some(&typed.name), parent_id: Some(typed.parent) };

    match order.services.departments.patch(&order.call, department.id, &patch, &order.version()).await {
        Ok(_) => order.go_to("/admin/departments?done=department-changed"),
        Err(error) => {
            let faults = faults(&order, error)?;
            form(&order, Some(department), typed, faults).await
        }
    }
}

#[derive(Template)]
#[template(path = "pages/admin/department_delete.html")]
struct DeletePage {
    frame: Frame,
    tabs: Vec<Tab>,
    id: String,
    name: String,
    /// Why it was not deleted.
    refused: bool,
}

fn delete_page(office: &Office, department: &Department, refused: bool) -> Result<HttpResponse, PageError> {
    let status = if refused { StatusCode::CONFLICT } else { StatusCode::OK };
    let page = DeletePage {
        frame: office.frame(),
        tabs: office.tabs(Part::Departments),
        id: department.id.to_string(),
        name: department.name.clone(),
        refused,
    };
    office.answer(status, &page)
}

/// `GET /admin/departments/{department_id}/delete`.
pub async fn ask(office: Office) -> Result<HttpResponse, PageError> {
    let department = subject(&office).await?;
    demand(may_change(&office))?;
    delete_page(&office, &department, false)
}

/// `POST /admin/departments/{department_id}/delete`.
pub async fn delete(order: Order) -> Result<HttpResponse, PageError> {
    let department = subject(&order).await?;
    match order.services.departments.delete(&order.call, department.id).await {
        Ok(()) => order.go_to("/admin/departments?done=department-deleted"),
        Err(Error::Refused(Refusal::DepartmentInUse)) => delete_page(&order, &department, true),
        Err(error) => Err(error.into()),
    }
}
