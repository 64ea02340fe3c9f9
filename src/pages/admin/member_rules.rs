//! What the policy comes to for a member, and why.

use actix_web::HttpResponse;
use askama::Template;

use super::office::{Office, Part, Tab};
use super::shown::Person;
use crate::pages::error::PageError;
use crate::pages::frame::Frame;
use crate::pages::holds::{Holding, holdings};

#[derive(Template)]
#[template(path = "pages/admin/member_rules.html")]
struct RulesPage {
    frame: Frame,
    tabs: Vec<Tab>,
    who: Person,
    all: Vec<Holding>,
}

/// `GET /admin/members/{member_id}/rules`.
pub async fn page(office: Office) -> Result<HttpResponse, PageError> {
    let member = office.subject().await?;
    office.show(&RulesPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Members),
        who: Person::of(&member),
        all: holdings(&office, &member).await?,
    })
}
