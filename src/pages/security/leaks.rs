//! A password was found somewhere: what a member or an administrator pastes is looked through, reported, and ends.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::domain::leak::MAX_STRINGS;
use crate::domain::scan::secrets_in;
use crate::pages::error::PageError;
use crate::pages::frame::{Frame, Room};
use crate::pages::problem::Faults;
use crate::pages::submitted::Submitted;
use crate::pages::visit::Signed;

/// Its path, in the member's own pages.
const PATH: &str = "/security/leaks";

#[derive(Template)]
#[template(path = "pages/security/leaks.html")]
struct LeaksPage {
    frame: Frame,
    faults: Faults,
}

fn page(signed: &Signed, faults: Faults) -> LeaksPage {
    LeaksPage { frame: signed.frame(Room::Security), faults }
}

/// `GET /security/leaks`.
pub async fn form(signed: Signed) -> Result<HttpResponse, PageError> {
    signed.show(&page(&signed, Faults::default()))
}

/// `POST /security/leaks`: the answer is the same whatever was one of ours.
pub async fn report(submitted: Submitted) -> Result<HttpResponse, PageError> {
    match reported(&submitted).await? {
        None => submitted.go_to(&format!("{PATH}?done=leaks-reported")),
        Some(faults) => submitted.answer(StatusCode::BAD_REQUEST, &page(&submitted, faults)),
    }
}

/// Reports what was pasted; or says why there is nothing to report.
pub async fn reported(submitted: &Submitted) -> Result<Option<Faults>, PageError> {
    let words = &submitted.words;
    let Some(pasted) = submitted.form.secret("pasted") else {
        return Ok(Some(Faults::missing(words, &submitted.form, &["pasted"])));
    };
    let secrets = secrets_in(pasted.expose());
    if secrets.is_empty() {
        return Ok(Some(Faults::one("pasted", words.say("leaks-none"))));
    }
    for some in secrets.chunks(MAX_STRINGS) {
        submitted.services.leaks.report(&submitted.call, some).await?;
    }
    Ok(None)
}
