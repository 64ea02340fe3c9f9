//! A new passkey.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::codes;
use super::factors::guided;
use crate::pages::error::PageError;
use crate::pages::frame::{Frame, Room};
use crate::pages::once::{once, was_shown};
use crate::pages::passkey;
use crate::pages::problem::{Faults, advice};
use crate::pages::submitted::Submitted;
use crate::service::idempotency::Creation;
use crate::service::{Error, Refusal};

#[derive(Template)]
#[template(path = "pages/security/passkey.html")]
struct PasskeyPage {
    frame: Frame,
    /// Whether this is a step of the guided way.
    guided: bool,
    label: String,
    faults: Faults,
}

fn page(submitted: &Submitted, status: StatusCode, faults: Faults) -> Result<HttpResponse, PageError> {
    let page = PasskeyPage {
        frame: submitted.frame(Room::Security),
        guided: guided(submitted),
        label: submitted.form.text("label").to_owned(),
        faults,
    };
    submitted.answer(status, &page)
}

/// `POST /security/passkeys`: the page that makes one, for whoever may; and the passkey, once the browser has made it.
pub async fn make(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let (of, id, form) = (submitted.relying_party()?, submitted.member.id, &submitted.form);
    let Some(field) = form.get("passkey") else {
        submitted.services.passkeys.begin(&submitted.call, id, of).await?;
        return page(&submitted, StatusCode::OK, Faults::default());
    };

    let made = once(&submitted, Creation::Factor(id), async |call| {
        let brought = passkey::made(field).ok_or(Refusal::InvalidPasskey)?;
        let label = form.get("label").map(str::trim).filter(|label| !label.is_empty());
        let codes = submitted.services.passkeys.make(call, id, label, &brought, of).await?;
        Ok(codes::Made::of(codes.as_deref().unwrap_or_default()))
    });

    match made.await {
        Ok(made) if made.is_empty() => submitted.go_to("/security?done=passkey-made"),
        Ok(made) => codes::shown(&submitted, &made, guided(&submitted)),
        Err(error) if was_shown(&error) => submitted.go_to("/security"),
        Err(Error::Invalid(errors)) => {
            page(&submitted, StatusCode::BAD_REQUEST, Faults::of(&submitted.words, &errors))
        }
        Err(error @ Error::Refused(Refusal::InvalidPasskey)) => {
            let faults = Faults::one("passkey", advice(&submitted.words, &error.into()));
            page(&submitted, StatusCode::BAD_REQUEST, faults)
        }
        Err(error) => Err(error.into()),
    }
}
