//! The guided way of a first enrolment: authenticator, recovery codes, secure login, first client password. Where a
//! member is on it follows from what there is.

use actix_web::HttpResponse;
use askama::Template;

use super::error::PageError;
use super::frame::{Frame, Room};
use super::visit::Signed;

/// By this name pages of the way know that they are steps of it.
pub const WAY: &str = "way";

/// Whether what was sent under that name makes a page a step of the way.
pub fn is_guided(way: Option<&str>) -> bool {
    way == Some("start")
}

#[derive(Template)]
#[template(path = "pages/start/start.html")]
struct StartPage {
    frame: Frame,
    /// Whether an authenticator is confirmed already.
    confirmed: bool,
}

/// `GET /start`.
pub async fn page(signed: Signed) -> Result<HttpResponse, PageError> {
    if signed.member.secure_login.enabled {
        return signed.go_to("/passwords/new");
    }

    let found = signed.services.second_factors.list(&signed.call, signed.member.id).await?;
    let confirmed = found.any_confirmed();
    signed.show(&StartPage { frame: signed.frame(Room::Overview), confirmed })
}
