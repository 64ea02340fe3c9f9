//! Rotating: a new secret for the same client, while the old one works on for a while.

use actix_web::HttpResponse;
use askama::Template;

use super::apple;
use super::named;
use super::shown::{Made, over, page as shown};
use super::view::PasswordView;
use crate::domain::ids::ClientPasswordId;
use crate::http::path::path_id;
use crate::pages::error::PageError;
use crate::pages::frame::{Frame, Room};
use crate::pages::once::{once, was_shown};
use crate::pages::submitted::Submitted;
use crate::pages::visit::Signed;
use crate::service::idempotency::Creation;

/// How long the old one works on, in seconds, as it is offered.
const OVERLAPS: [u64; 4] = [86_400, 3_600, 604_800, 0];

struct Overlap {
    seconds: u64,
    text: String,
}

#[derive(Template)]
#[template(path = "pages/passwords/rotate.html")]
struct RotatePage {
    frame: Frame,
    one: PasswordView,
    overlaps: Vec<Overlap>,
}

/// `GET /passwords/{client_password_id}/rotate`.
pub async fn form(signed: Signed) -> Result<HttpResponse, PageError> {
    let (one, now) = (named(&signed).await?, signed.now()?);
    let text = |seconds: u64| signed.words.say(&format!("overlap-{seconds}"));
    let overlaps = OVERLAPS.map(|seconds| Overlap { seconds, text: text(seconds) });
    signed.show(&RotatePage {
        frame: signed.frame(Room::Passwords),
        one: PasswordView::of(&signed.words, &one, now),
        overlaps: overlaps.into(),
    })
}

/// `POST /passwords/{client_password_id}/rotate`.
pub async fn rotate(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let id: ClientPasswordId = path_id(&submitted.request)?;
    let overlap: Option<u64> = submitted.form.text("overlap").parse().ok();
    let overlap = overlap.filter(|seconds| OVERLAPS.contains(seconds));

    let made = once(&submitted, Creation::Successor(id), async |call| {
        let issued = submitted.services.client_passwords.rotate(call, id, overlap).await?;
        let link = apple::link(&submitted, call, &issued, None).await;
        Ok(Made::of(&issued, "other", Some(id.to_string())).with_link(link))
    });

    match made.await {
        Ok(made) => shown(&submitted, &made),
        Err(error) if was_shown(&error) => over(&submitted),
        Err(error) => Err(error.into()),
    }
}
