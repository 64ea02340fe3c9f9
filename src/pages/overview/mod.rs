//! How things stand for a member.

use actix_web::HttpResponse;
use askama::Template;

use super::error::PageError;
use super::frame::{Frame, Room};
use super::visit::Signed;

#[derive(Template)]
#[template(path = "overview/overview.html")]
struct Overview {
    frame: Frame,
}

/// `GET /overview`.
pub async fn page(signed: Signed) -> Result<HttpResponse, PageError> {
    signed.show(&Overview { frame: signed.frame(Room::Overview) })
}
