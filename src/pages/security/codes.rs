//! Recovery codes: shown once, to be kept.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::domain::secret::Secret;
use crate::pages::error::PageError;
use crate::pages::frame::{Frame, Room};
use crate::pages::submitted::Submitted;
use crate::pages::texts::Plain;

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
