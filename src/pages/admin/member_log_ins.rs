//! Where and with what a member's mail was opened, for those who may read it.

use actix_web::HttpResponse;
use askama::Template;

use super::office::{Office, Part, Tab};
use super::shown::Person;
use crate::pages::error::PageError;
use crate::pages::frame::Frame;
use crate::pages::log_ins::{History, all};

#[derive(Template)]
#[template(path = "pages/admin/member_log_ins.html")]
struct LogInsPage {
    frame: Frame,
    tabs: Vec<Tab>,
    who: Person,
    history: History,
}

/// `GET /admin/members/{member_id}/log-ins`.
pub async fn page(office: Office) -> Result<HttpResponse, PageError> {
    let member = office.subject().await?;
    office.show(&LogInsPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Members),
        who: Person::of(&member),
        history: all(&office, member.id).await?,
    })
}
