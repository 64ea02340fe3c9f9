//! Ending one client password, or all: what stops is said before it does.

use actix_web::HttpResponse;
use askama::Template;

use super::view::PasswordView;
use super::{live, named};
use crate::domain::ids::ClientPasswordId;
use crate::http::path::path_id;
use crate::pages::error::PageError;
use crate::pages::frame::{Frame, Room};
use crate::pages::submitted::Submitted;
use crate::pages::visit::Signed;

#[derive(Template)]
#[template(path = "pages/passwords/end.html")]
struct EndPage {
    frame: Frame,
    one: PasswordView,
}

/// `GET /passwords/{client_password_id}/end`.
pub async fn form(signed: Signed) -> Result<HttpResponse, PageError> {
    let one = named(&signed).await?;
    let one = PasswordView::of(&signed.words, &one, signed.now()?);
    signed.show(&EndPage { frame: signed.frame(Room::Passwords), one })
}

/// `POST /passwords/{client_password_id}/end`.
pub async fn end(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let id: ClientPasswordId = path_id(&submitted.request)?;
    submitted.services.client_passwords.revoke(&submitted.call, id).await?;
    submitted.go_to("/passwords?done=password-ended")
}

#[derive(Template)]
#[template(path = "pages/passwords/end_all.html")]
struct EndAllPage {
    frame: Frame,
    passwords: Vec<PasswordView>,
}

/// `GET /passwords/end-all`.
pub async fn all_form(signed: Signed) -> Result<HttpResponse, PageError> {
    let (found, now) = (live(&signed, signed.member.id).await?, signed.now()?);
    let passwords = found.iter().map(|one| PasswordView::of(&signed.words, one, now)).collect();
    signed.show(&EndAllPage { frame: signed.frame(Room::Passwords), passwords })
}

/// `POST /passwords/end-all`.
pub async fn end_all(submitted: Submitted) -> Result<HttpResponse, PageError> {
    submitted.services.client_passwords.revoke_all(&submitted.call, submitted.member.id).await?;
    submitted.go_to("/passwords?done=passwords-ended")
}
