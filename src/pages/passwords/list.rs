//! The member's client passwords.

use actix_web::HttpResponse;
use askama::Template;

use super::view::PasswordView;
use super::{SHOWN, in_state, live};
use crate::domain::client_password::StateFilter;
use crate::pages::error::PageError;
use crate::pages::frame::{Frame, Room};
use crate::pages::visit::Signed;

#[derive(Template)]
#[template(path = "pages/passwords/list.html")]
struct ListPage {
    frame: Frame,
    enabled: bool,
    /// Which part is shown: `live`, `revoked` or `expired`.
    part: &'static str,
    passwords: Vec<PasswordView>,
    active: usize,
}

/// `GET /passwords`.
pub async fn page(signed: Signed) -> Result<HttpResponse, PageError> {
    let id = signed.member.id;
    let (part, found) = match signed.query("state").as_deref() {
        Some("revoked") => ("revoked", in_state(&signed, id, StateFilter::Revoked, SHOWN).await?),
        Some("expired") => ("expired", in_state(&signed, id, StateFilter::Expired, SHOWN).await?),
        _ => ("live", live(&signed, id).await?),
    };

    let now = signed.now()?;
    let passwords: Vec<_> = found.iter().map(|one| PasswordView::of(&signed.words, one, now)).collect();
    signed.show(&ListPage {
        frame: signed.frame(Room::Passwords),
        enabled: signed.member.secure_login.enabled,
        part,
        active: passwords.iter().filter(|one| one.live).count(),
        passwords,
    })
}
