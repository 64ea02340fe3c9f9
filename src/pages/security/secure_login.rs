//! Secure login on and off; what stops with it is said before.

use actix_web::HttpResponse;
use askama::Template;

use crate::pages::error::PageError;
use crate::pages::frame::{Frame, Room};
use crate::pages::passwords;
use crate::pages::submitted::Submitted;
use crate::pages::visit::Signed;
use crate::service::IfMatch;

#[derive(Template)]
#[template(path = "pages/security/secure_login_off.html")]
struct OffPage {
    frame: Frame,
    stops: Vec<String>,
    /// Whether it cannot be turned off.
    required: bool,
}

/// `GET /security/secure-login/off`.
pub async fn off_form(signed: Signed) -> Result<HttpResponse, PageError> {
    let stops = passwords::stops(&signed, signed.member.id).await?;
    let required = signed.member.secure_login.required;
    signed.show(&OffPage { frame: signed.frame(Room::Security), stops, required })
}

/// `POST /security/secure-login/off`.
pub async fn off(submitted: Submitted) -> Result<HttpResponse, PageError> {
    switch(&submitted, false).await?;
    submitted.go_to("/overview?done=secure-login-off")
}

/// `POST /security/secure-login/on`.
pub async fn on(submitted: Submitted) -> Result<HttpResponse, PageError> {
    switch(&submitted, true).await?;
    submitted.go_to("/passwords/new?way=start&done=secure-login-on")
}

async fn switch(submitted: &Submitted, enabled: bool) -> Result<(), PageError> {
    let (call, id) = (&submitted.call, submitted.member.id);
    submitted.services.secure_login.switch(call, id, enabled, false, &IfMatch::Absent).await?;
    Ok(())
}
