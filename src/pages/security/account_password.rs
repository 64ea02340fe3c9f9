//! The member's own account password.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::pages::error::PageError;
use crate::pages::frame::{Frame, Room};
use crate::pages::passwords;
use crate::pages::problem::{Faults, title};
use crate::pages::submitted::Submitted;
use crate::pages::visit::Signed;
use crate::service::{Error, IfMatch, Refusal};

#[derive(Template)]
#[template(path = "pages/security/account_password.html")]
struct PasswordPage {
    frame: Frame,
    stops: Vec<String>,
    faults: Faults,
}

async fn page(signed: &Signed, faults: Faults) -> Result<PasswordPage, PageError> {
    let stops = passwords::stops(signed, signed.member.id).await?;
    Ok(PasswordPage { frame: signed.frame(Room::Security), stops, faults })
}

/// `GET /security/password`.
pub async fn form(signed: Signed) -> Result<HttpResponse, PageError> {
    let page = page(&signed, Faults::default()).await?;
    signed.show(&page)
}

/// `POST /security/password`.
pub async fn change(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let (form, words) = (&submitted.form, &submitted.words);
    let faults = match (form.secret("current_password"), form.secret("password")) {
        (Some(current), Some(password)) => {
            let set = submitted.services.account_passwords.set(
                &submitted.call,
                submitted.member.id,
                &password,
                Some(&current),
                &IfMatch::Absent,
            );
            match set.await {
                Ok(_) => return submitted.go_to("/security?done=account-password-changed"),
                Err(Error::Invalid(errors)) => Faults::of(words, &errors),
                Err(error @ Error::Refused(Refusal::InvalidCurrentPassword)) => {
                    Faults::one("current_password", title(words, &error.into()))
                }
                Err(error) => return Err(error.into()),
            }
        }
        _ => Faults::missing(words, form, &["current_password", "password"]),
    };

    let page = page(&submitted, faults).await?;
    submitted.answer(StatusCode::BAD_REQUEST, &page)
}
