//! Recovery codes: shown once, to be kept.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::domain::secret::Secret;
use crate::pages::error::PageError;
use crate::pages::frame::{Frame, Room};
use crate::pages::once::{once, was_shown};
use crate::pages::submitted::Submitted;
use crate::pages::texts::Plain;
use crate::pages::visit::Signed;
use crate::service::idempotency::Creation;

/// Codes that were made, as they are kept for whoever sends the same form again.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct Made(Vec<String>);

impl Made {
    /// These codes.
    pub fn of(codes: &[Secret]) -> Self {
        Self(codes.iter().map(|code| code.expose().to_owned()).collect())
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[derive(Template)]
#[template(path = "pages/security/codes.html")]
struct CodesPage<'a> {
    frame: Frame,
    /// Whether this is a step of the guided way.
    guided: bool,
    codes: &'a [String],
    /// All of them, as a file has them.
    text: String,
}

#[derive(Template)]
#[template(path = "pages/security/codes_renew.html")]
struct RenewPage {
    frame: Frame,
    left: i64,
}

/// `GET /security/recovery-codes`: what new ones end.
pub async fn form(signed: Signed) -> Result<HttpResponse, PageError> {
    let found = signed.services.second_factors.list(&signed.call, signed.member.id).await?;
    signed.show(&RenewPage { frame: signed.frame(Room::Security), left: found.recovery_codes_left })
}

/// `POST /security/recovery-codes`: new ones, shown once; the old ones are gone.
pub async fn renew(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let id = submitted.member.id;
    let made = once(&submitted, Creation::RecoveryCodes(id), async |call| {
        let codes = submitted.services.second_factors.renew_recovery_codes(call, id).await?;
        Ok(Made::of(&codes))
    });

    match made.await {
        Ok(made) => shown(&submitted, &made, false),
        Err(error) if was_shown(&error) => submitted.go_to("/security"),
        Err(error) => Err(error.into()),
    }
}

/// The page that shows them.
pub fn shown(submitted: &Submitted, made: &Made, guided: bool) -> Result<HttpResponse, PageError> {
    let (words, login) = (&submitted.words, &submitted.member.login);
    let head =
        words.with_two("codes-file", ("name", Plain(&submitted.site.brand.name)), ("login", Plain(login)));
    let text = format!("{head}\n\n{}\n", made.0.join("\n"));

    submitted.answer(
        StatusCode::CREATED,
        &CodesPage { frame: submitted.frame(Room::Security), guided, codes: &made.0, text },
    )
}
