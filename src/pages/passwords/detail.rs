//! One client password: its use, its name and scope, and what can be done with it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::named;
use super::scope::{Choice, Tick, end, ends, has, is_ticked, networks, ticked, ticks};
use super::view::PasswordView;
use crate::domain::client_password::ClientPassword;
use crate::pages::error::PageError;
use crate::pages::frame::{Frame, Room};
use crate::pages::log_ins::{self, History};
use crate::pages::problem::Faults;
use crate::pages::submitted::Submitted;
use crate::pages::visit::Signed;
use crate::service::client_passwords::{Expiry, Patch};
use crate::service::{Error, IfMatch};

#[derive(Template)]
#[template(path = "pages/passwords/detail.html")]
struct DetailPage {
    frame: Frame,
    one: PasswordView,
    label: String,
    ticks: Vec<Tick>,
    networks: String,
    ends: Vec<Choice>,
    history: History,
    faults: Faults,
}

impl DetailPage {
    async fn of(signed: &Signed, one: &ClientPassword) -> Result<Self, PageError> {
        let words = &signed.words;
        Ok(Self {
            frame: signed.frame(Room::Passwords),
            one: PasswordView::of(words, one, signed.now()?),
            label: one.label.clone(),
            ticks: ticks(words, has(one.protocols)),
            networks: one.networks.blocks().join("\n"),
            ends: ends(words, &["keep", "never"], "keep"),
            history: log_ins::with(signed, one.member_id, one.id).await?,
            faults: Faults::default(),
        })
    }
}

/// `GET /passwords/{client_password_id}`.
pub async fn page(signed: Signed) -> Result<HttpResponse, PageError> {
    let one = named(&signed).await?;
    signed.show(&DetailPage::of(&signed, &one).await?)
}

/// `POST /passwords/{client_password_id}`: another name or scope.
pub async fn change(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let one = named(&submitted).await?;
    let (form, now) = (&submitted.form, submitted.now()?);
    let (protocols, networks) = (ticked(form), networks(form));
    let expires_at = match form.text("ends") {
        "never" => Expiry::Never,
        _ => end(form, now).map_or(Expiry::Keep, Expiry::At),
    };

    let patch = Patch {
        label: Some(form.text("label")),
        protocols: Some(&protocols),
        networks: Some(&networks),
        expires_at,
    };
    let version: i64 = form.text("version").parse().unwrap_or(-1);
    let passwords = &submitted.services.client_passwords;

    match passwords.patch(&submitted.call, one.id, &patch, &IfMatch::Versions(vec![version])).await {
        Ok(_) => submitted.go_to(&format!("/passwords/{}?done=password-changed", one.id)),
        Err(Error::Invalid(errors)) => {
            let page = DetailPage {
                label: form.text("label").to_owned(),
                ticks: ticks(&submitted.words, |protocol| is_ticked(form, protocol)),
                networks: form.get("networks").unwrap_or("").to_owned(),
                ends: ends(&submitted.words, &["keep", "never"], form.text("ends")),
                faults: Faults::of(&submitted.words, &errors),
                ..DetailPage::of(&submitted, &one).await?
            };
            submitted.answer(StatusCode::BAD_REQUEST, &page)
        }
        Err(error) => Err(error.into()),
    }
}
