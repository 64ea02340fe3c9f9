//! The same for administrators: what was found may be anybody's.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::office::{Office, Order, Part, Tab, demand};
use crate::domain::access::OrganizationPermission;
use crate::pages::error::PageError;
use crate::pages::frame::Frame;
use crate::pages::problem::Faults;
use crate::pages::security::leaks::reported;

#[derive(Template)]
#[template(path = "pages/admin/leaks.html")]
struct LeaksPage {
    frame: Frame,
    tabs: Vec<Tab>,
    faults: Faults,
}

fn page(office: &Office, faults: Faults) -> LeaksPage {
    LeaksPage { frame: office.frame(), tabs: office.tabs(Part::Revocations), faults }
}

/// Whoever may not end many client passwords has the member's page.
fn may(office: &Office) -> Result<(), PageError> {
    demand(office.may(OrganizationPermission::BulkRevoke))
}

/// `GET /admin/leaks`.
pub async fn form(office: Office) -> Result<HttpResponse, PageError> {
    may(&office)?;
    office.show(&page(&office, Faults::default()))
}

/// `POST /admin/leaks`: the answer is the same whatever was one of ours.
pub async fn report(order: Order) -> Result<HttpResponse, PageError> {
    may(&order)?;
    match reported(&order.submitted).await? {
        None => order.go_to("/admin/leaks?done=leaks-reported"),
        Some(faults) => order.answer(StatusCode::BAD_REQUEST, &page(&order, faults)),
    }
}
