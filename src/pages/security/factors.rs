//! Authenticators: a new one with its QR code, shown once; its first code; removing one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::FactorView;
use super::codes;
use crate::domain::ids::FactorId;
use crate::http::path::path_id;
use crate::pages::error::PageError;
use crate::pages::frame::{Frame, Room};
use crate::pages::once::{once, was_shown};
use crate::pages::passwords;
use crate::pages::problem::{Faults, advice};
use crate::pages::qr::Qr;
use crate::pages::start::{WAY, is_guided};
use crate::pages::submitted::Submitted;
use crate::pages::visit::Signed;
use crate::service::idempotency::Creation;
use crate::service::{Error, Refusal};

/// What was made, as it is kept for whoever sends the same form again.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct Made {
    id: String,
    secret: String,
    address: String,
}

#[derive(Template)]
#[template(path = "pages/security/factor.html")]
struct FactorPage {
    frame: Frame,
    /// Whether this is a step of the guided way.
    guided: bool,
    id: String,
    /// The code to scan and the key in groups; none after a code was wrong, when the authenticator has them.
    shown: Option<(Qr, Vec<String>, String)>,
    faults: Faults,
}

/// Whether a form belongs to the guided way of a first enrolment.
pub(super) fn guided(submitted: &Submitted) -> bool {
    is_guided(submitted.form.get(WAY))
}

/// `POST /security/factors`: makes an authenticator and shows its key, once.
pub async fn add(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let id = submitted.member.id;
    let made = once(&submitted, Creation::Factor(id), async |call| {
        let label = submitted.form.get("label").map(str::trim);
        let begun = submitted.services.second_factors.add(call, id, label).await?;
        Ok(Made {
            id: begun.id.to_string(),
            secret: begun.secret.expose().to_owned(),
            address: begun.otpauth_uri.expose().to_owned(),
        })
    });

    let made: Made = match made.await {
        Err(error) if was_shown(&error) => return submitted.go_to("/security"),
        made => made?,
    };
    let qr = Qr::of(&made.address).ok_or_else(|| Error::Unavailable("a QR code is too long".into()))?;
    let letters: Vec<char> = made.secret.chars().collect();
    let groups = letters.chunks(4).map(|group| group.iter().collect()).collect();

    submitted.answer(
        StatusCode::CREATED,
        &FactorPage {
            frame: submitted.frame(Room::Security),
            guided: guided(&submitted),
            id: made.id.clone(),
            shown: Some((qr, groups, made.secret.clone())),
            faults: Faults::default(),
        },
    )
}

/// `POST /security/factors/{second_factor_id}/confirm`: its first code. The first factor brings recovery codes.
pub async fn confirm(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let (id, member) = (path_id::<FactorId>(&submitted.request)?, submitted.member.id);
    let code = submitted.form.secret("code").ok_or(Error::from(Refusal::InvalidCode));

    let confirmed = once(&submitted, Creation::Factor(member), async |call| {
        let (_, codes) = submitted.services.second_factors.confirm(call, member, id, &code?).await?;
        Ok(codes::Made::of(codes.as_deref().unwrap_or_default()))
    });

    match confirmed.await {
        Ok(made) if made.is_empty() => submitted.go_to("/security?done=factor-confirmed"),
        Ok(made) => codes::shown(&submitted, &made, guided(&submitted)),
        Err(error) if was_shown(&error) => submitted.go_to("/security"),
        Err(error @ (Error::Refused(Refusal::InvalidCode) | Error::TooManyAttempts(_))) => {
            let problem = error.into();
            let faults = Faults::one("code", advice(&submitted.words, &problem));
            let page = FactorPage {
                frame: submitted.frame(Room::Security),
                guided: guided(&submitted),
                id: id.to_string(),
                shown: None,
                faults,
            };
            submitted.answer(StatusCode::BAD_REQUEST, &page)
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "pages/security/factor_remove.html")]
struct RemovePage {
    frame: Frame,
    factor: FactorView,
    /// Whether secure login goes off with it, and the clients that stop then.
    last: bool,
    stops: Vec<String>,
}

/// `GET /security/factors/{second_factor_id}/remove`: what ends with it.
pub async fn remove_form(signed: Signed) -> Result<HttpResponse, PageError> {
    let id: FactorId = path_id(&signed.request)?;
    let found = signed.services.second_factors.list(&signed.call, signed.member.id).await?;
    let confirmed = found.factors.iter().filter(|factor| factor.is_confirmed());
    let factor = found.factors.iter().find(|factor| factor.id == id).ok_or(Refusal::NotFound)?;

    let last = factor.is_confirmed() && confirmed.count() == 1;
    let stops = if last && signed.member.secure_login.enabled {
        passwords::stops(&signed, signed.member.id).await?
    } else {
        Vec::new()
    };
    let factor = FactorView::of(factor);
    signed.show(&RemovePage { frame: signed.frame(Room::Security), factor, last, stops })
}

/// `POST /security/factors/{second_factor_id}/remove`.
pub async fn remove(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let id: FactorId = path_id(&submitted.request)?;
    submitted.services.second_factors.remove(&submitted.call, submitted.member.id, id).await?;
    submitted.go_to("/security?done=factor-removed")
}
