//! Signing in and out; the language; and where somebody belongs who only knows the address.

use actix_web::HttpResponse;
use askama::Template;

use super::cookies::Kept;
use super::error::PageError;
use super::frame::{Frame, Room};
use super::language::Language;
use super::onward::{HOME, SIGN_IN, back, onward, percent};
use super::setup;
use super::submitted::{Sent, Submitted};
use super::visit::Visit;

/// `GET /`: to the pages of a member, to the sign-in, or to say what comes first.
pub async fn root(visit: Visit) -> Result<HttpResponse, PageError> {
    if visit.session().await?.is_some() {
        return visit.go_to(HOME);
    }
    if visit.services.setup.is_set_up().await? { visit.go_to(SIGN_IN) } else { setup::not_yet(&visit) }
}

#[derive(Template)]
#[template(path = "pages/sign_in/sign_in.html")]
struct SignInPage {
    frame: Frame,
    action: String,
    /// Whether there can be passkeys here.
    passkeys: bool,
}

/// `GET /sign-in`.
pub async fn form(visit: Visit) -> Result<HttpResponse, PageError> {
    let next = visit.query("next");
    let action = match &next {
        Some(next) => format!("{SIGN_IN}?next={}", percent(next)),
        None => SIGN_IN.to_owned(),
    };
    let passkeys = visit.site.relying_party.is_some();
    visit.show(&SignInPage { frame: visit.frame(Room::Outside), action, passkeys })
}

/// `POST /sign-in`: whoever comes this far is signed in.
pub async fn done(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let next = percent(&onward(submitted.query("next")));
    submitted.go_to(&format!("/signed-in?next={next}"))
}

#[derive(Template)]
#[template(path = "pages/sign_in/no_cookie.html")]
struct NoCookiePage {
    frame: Frame,
}

/// `GET /signed-in`: goes on, if the browser has brought the cookie back.
pub async fn signed_in(visit: Visit) -> Result<HttpResponse, PageError> {
    if visit.session().await?.is_some() {
        return visit.go_to(&onward(visit.query("next")));
    }
    visit.show(&NoCookiePage { frame: visit.frame(Room::Outside) })
}

/// `POST /sign-out`.
pub async fn sign_out(sent: Sent) -> Result<HttpResponse, PageError> {
    if let Some(call) = sent.session().await? {
        sent.services.sessions.sign_out(&call).await?;
    }
    sent.keep(Kept::Session.gone(&sent.site));
    sent.keep(Kept::Pending.gone(&sent.site));
    sent.go_to("/sign-in?done=signed-out")
}

/// `POST /language`: remembers a language, and shows the page again in it.
pub async fn language(sent: Sent) -> Result<HttpResponse, PageError> {
    if let Some(language) = Language::parse(sent.form.text("language")) {
        sent.keep(Kept::Language.with(&sent.site, language.tag()));
    }
    sent.go_to(&back(sent.form.get("back")))
}
