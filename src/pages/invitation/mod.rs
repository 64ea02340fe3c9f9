//! The page behind an invitation: a member chooses the account password, for the first time or anew.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::error::PageError;
use super::frame::{Frame, Room};
use super::problem::Faults;
use super::submitted::Sent;
use super::visit::Visit;
use crate::http::middleware::request_id;
use crate::service::Error;
use crate::service::sign_ins::FirstStep;

#[derive(Template)]
#[template(path = "pages/invitation/invitation.html")]
struct InvitationPage {
    frame: Frame,
    /// The token, after a first try; the script takes it from behind the `#` of the link.
    token: String,
    faults: Faults,
}

/// `GET /invitation`.
pub async fn form(visit: Visit) -> Result<HttpResponse, PageError> {
    let page =
        InvitationPage { frame: visit.frame(Room::Outside), token: String::new(), faults: Faults::default() };
    visit.show(&page)
}

/// `POST /invitation`: sets the account password and signs in with it.
pub async fn redeem(sent: Sent) -> Result<HttpResponse, PageError> {
    let (token, password) = (sent.form.secret("token"), sent.form.secret("password"));
    let (Some(token), Some(password)) = (token, password) else {
        return again(&sent, Faults::missing(&sent.words, &sent.form, &["token", "password"]));
    };

    let id = request_id(&sent.request)?;
    let redeemed = match sent.services.invitations.redeem(&token, &password, id).await {
        Ok(redeemed) => redeemed,
        Err(Error::Invalid(errors)) => return again(&sent, Faults::of(&sent.words, &errors)),
        Err(error) => return Err(error.into()),
    };

    // Whoever has a second factor proves it on the sign-in page.
    match sent.services.sign_ins.begin(&redeemed.login, &password, &sent.origin()?).await? {
        FirstStep::SignedIn(session) => {
            sent.keep_session(&session);
            sent.go_to("/signed-in?next=/overview%3Fdone%3Dinvitation-redeemed")
        }
        FirstStep::Pending(_) => sent.go_to("/sign-in?done=invitation-redeemed"),
    }
}

/// The form once more. The token is kept in it, as the link has it: it opens nothing that the link does not.
fn again(sent: &Sent, faults: Faults) -> Result<HttpResponse, PageError> {
    let token = sent.form.text("token").to_owned();
    let page = InvitationPage { frame: sent.frame(Room::Outside), token, faults };
    sent.answer(StatusCode::BAD_REQUEST, &page)
}
