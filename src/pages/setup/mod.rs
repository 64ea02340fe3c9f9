//! The beginning of a service: whoever opens the setup link names the organization and its owner, and is shown two keys.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::error::PageError;
use super::frame::{Frame, Room};
use super::once::once_by_anybody;
use super::onward::SIGN_IN;
use super::problem::{Faults, advice};
use super::submitted::Sent;
use super::visit::Visit;
use crate::domain::secret::Secret;
use crate::http::middleware::request_id;
use crate::service::idempotency::Creation;
use crate::service::setup::SetupRequest;
use crate::service::{Error, Refusal};

mod keys;

use keys::Keys;

/// Where it is.
pub const PATH: &str = "/setup";
/// What is asked for, in the order of the page.
const FIELDS: [&str; 5] = ["token", "organization", "domain", "owner", "password"];

#[derive(Template)]
#[template(path = "pages/setup/setup.html")]
struct SetupPage {
    frame: Frame,
    /// The token that was sent with a form in which something else is wrong. Behind the `#` it is no more, so the page
    /// brings it along.
    token: Option<Secret>,
    organization: String,
    domain: String,
    owner: String,
    faults: Faults,
}

/// `GET /setup`.
pub async fn form(visit: Visit) -> Result<HttpResponse, PageError> {
    if visit.services.setup.is_set_up().await? {
        return visit.go_to(SIGN_IN);
    }

    visit.show(&SetupPage {
        frame: visit.frame(Room::Outside),
        token: None,
        organization: String::new(),
        domain: String::new(),
        owner: String::new(),
        faults: Faults::default(),
    })
}

/// `POST /setup`.
pub async fn set_up(sent: Sent) -> Result<HttpResponse, PageError> {
    let form = &sent.form;
    let missing = Faults::missing(&sent.words, form, &FIELDS);
    let (Some(password), true) = (form.secret("password"), missing.is_empty()) else {
        return again(&sent, StatusCode::BAD_REQUEST, missing);
    };

    let token = token(&sent);
    let new = SetupRequest {
        organization: form.text("organization"),
        domain: form.text("domain"),
        owner: form.text("owner"),
        password: &password,
    };
    let request_id = request_id(&sent.request)?;
    let made = once_by_anybody(&sent, Creation::Installation, async |attempt| {
        let made = sent.services.setup.redeem(&token, &new, request_id, attempt).await?;
        Ok(Keys::of(&made, new.organization))
    });

    match made.await {
        Ok(made) => keys::page(&sent, &made, &password).await,
        Err(Error::Invalid(errors)) => {
            again(&sent, StatusCode::BAD_REQUEST, Faults::of(&sent.words, &errors))
        }
        Err(error @ Error::Refused(Refusal::InvalidSetupToken)) => {
            let advice = advice(&sent.words, &error.into());
            again(&sent, StatusCode::FORBIDDEN, Faults::one("token", advice))
        }
        Err(Error::Refused(Refusal::AlreadySetUp | Refusal::IdempotencyAnswerGone | Refusal::NotActive)) => {
            sent.answer(StatusCode::CONFLICT, &AlreadyPage { frame: sent.frame(Room::Outside) })
        }
        Err(error) => Err(error.into()),
    }
}

/// The token that was typed; of a whole link what stands behind its `#`.
fn token(sent: &Sent) -> Secret {
    let typed = sent.form.text("token");
    Secret::new(typed.rsplit('#').next().unwrap_or(typed).to_owned())
}

/// The form once more, with what was typed, but for the password, and what is wrong with it.
fn again(sent: &Sent, status: StatusCode, faults: Faults) -> Result<HttpResponse, PageError> {
    let form = &sent.form;
    let page = SetupPage {
        frame: Frame { here: PATH.into(), ..sent.frame(Room::Outside) },
        token: Some(token(sent)).filter(|_| faults.at("token").is_empty()),
        organization: form.text("organization").to_owned(),
        domain: form.text("domain").to_owned(),
        owner: form.text("owner").to_owned(),
        faults,
    };
    sent.answer(status, &page)
}

#[derive(Template)]
#[template(path = "pages/setup/already.html")]
struct AlreadyPage {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "pages/setup/not_yet.html")]
struct NotYetPage {
    frame: Frame,
}

/// The page at `/` as long as there is no organization.
pub fn not_yet(visit: &Visit) -> Result<HttpResponse, PageError> {
    visit.show(&NotYetPage { frame: visit.frame(Room::Outside) })
}
