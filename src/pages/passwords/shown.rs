//! A secret that was just made: shown this once, with what a mail client wants beside it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::apple::Apple;
use super::kinds::Kind;
use super::settings::Settings;
use crate::domain::protocol::ProtocolSet;
use crate::domain::secret::Secret;
use crate::pages::error::PageError;
use crate::pages::frame::{Frame, Room};
use crate::pages::start::{WAY, is_guided};
use crate::pages::submitted::Submitted;
use crate::service::client_passwords::Issued;

/// What was made, as it is kept for whoever sends the same form again.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct Made {
    id: String,
    label: String,
    /// In groups, as it is shown.
    secret: String,
    /// What it is for, by name.
    kind: String,
    /// The protocols that it opens, by name.
    #[zeroize(skip)]
    protocols: Vec<String>,
    /// The one that it takes the place of, if it came from rotating.
    replaces: Option<String>,
    /// The link by which Apple's devices are set up with it.
    link: Option<String>,
}

impl Made {
    /// What was issued, for this kind of client.
    pub fn of(issued: &Issued, kind: &str, replaces: Option<String>) -> Self {
        Self {
            id: issued.client_password.id.to_string(),
            label: issued.client_password.label.clone(),
            secret: issued.secret.expose().to_owned(),
            kind: kind.to_owned(),
            protocols: issued.client_password.protocols.names().into_iter().map(str::to_owned).collect(),
            replaces,
            link: None,
        }
    }

    /// The same with a link that sets Apple's devices up.
    #[must_use]
    pub fn with_link(mut self, link: Option<String>) -> Self {
        self.link = link;
        self
    }
}

#[derive(Template)]
#[template(path = "pages/passwords/shown.html")]
struct ShownPage<'a> {
    frame: Frame,
    /// Whether this is a step of the guided way.
    guided: bool,
    made: &'a Made,
    groups: Vec<&'a str>,
    plain: &'a str,
    login: &'a str,
    settings: Settings,
    apple: Option<Apple<'a>>,
}

/// The page with the secret.
pub fn page(submitted: &Submitted, made: &Made) -> Result<HttpResponse, PageError> {
    let plain = Secret::new(made.secret.replace('-', ""));
    let kind = Kind::parse(&made.kind).unwrap_or(Kind::Other);
    let protocols = ProtocolSet::parse("protocols", &made.protocols).unwrap_or(ProtocolSet::ALL);
    submitted.answer(
        StatusCode::CREATED,
        &ShownPage {
            frame: submitted.frame(Room::Passwords),
            guided: is_guided(submitted.form.get(WAY)),
            groups: made.secret.split('-').collect(),
            plain: plain.expose(),
            settings: Settings::of(submitted, kind, protocols, &plain),
            login: &submitted.member.login,
            apple: made.link.as_deref().map(Apple::of),
            made,
        },
    )
}

#[derive(Template)]
#[template(path = "pages/passwords/over.html")]
struct OverPage {
    frame: Frame,
}

/// The page for whoever sends the form again after the secret was shown.
pub fn over(submitted: &Submitted) -> Result<HttpResponse, PageError> {
    submitted.answer(StatusCode::CONFLICT, &OverPage { frame: submitted.frame(Room::Passwords) })
}
