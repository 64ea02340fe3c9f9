//! A new client password: what it is for, then a form with sane answers in it, then the secret, once.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::apple;
use super::kinds::Kind;
use super::scope::{Choice, Tick, end, ends, is_ticked, networks, ticked, ticks};
use super::shown::{Made, page as shown};
use crate::pages::error::PageError;
use crate::pages::frame::{Frame, Room};
use crate::pages::icons::Icon;
use crate::pages::once::{once, was_shown};
use crate::pages::problem::Faults;
use crate::pages::start::{WAY, is_guided};
use crate::pages::submitted::Submitted;
use crate::pages::visit::Signed;
use crate::service::Error;
use crate::service::client_passwords::IssueClientPassword;
use crate::service::idempotency::Creation;

struct KindView {
    name: &'static str,
    icon: Icon,
    title: String,
    hint: String,
}

#[derive(Template)]
#[template(path = "pages/passwords/kind.html")]
struct KindPage {
    frame: Frame,
    /// Whether this is a step of the guided way.
    guided: bool,
    kinds: Vec<KindView>,
}

#[derive(Template)]
#[template(path = "pages/passwords/new.html")]
struct NewPage {
    frame: Frame,
    /// Whether this is a step of the guided way.
    guided: bool,
    kind: &'static str,
    icon: Icon,
    title: String,
    label: String,
    ticks: Vec<Tick>,
    networks: String,
    ends: Vec<Choice>,
    faults: Faults,
}

/// `GET /passwords/new`: what for, then the form.
pub async fn form(signed: Signed) -> Result<HttpResponse, PageError> {
    if !signed.member.secure_login.enabled {
        return signed.go_to("/start");
    }

    let guided = is_guided(signed.query(WAY).as_deref());
    let Some(kind) = signed.query("kind").and_then(|name| Kind::parse(&name)) else {
        return signed.show(&KindPage {
            frame: signed.frame(Room::Passwords),
            guided,
            kinds: kinds(&signed),
        });
    };

    let words = &signed.words;
    signed.show(&NewPage {
        frame: signed.frame(Room::Passwords),
        guided,
        kind: kind.name(),
        icon: kind.icon(),
        title: words.say(&format!("kind-{}", kind.name())),
        label: words.say(&format!("kind-{}-label", kind.name())),
        ticks: ticks(words, |protocol| kind.protocols().contains(&protocol)),
        networks: String::new(),
        ends: ends(words, &["never"], "never"),
        faults: Faults::default(),
    })
}

fn kinds(signed: &Signed) -> Vec<KindView> {
    let say = |kind: Kind, end: &str| signed.words.say(&format!("kind-{}{end}", kind.name()));
    let view = |kind: Kind| KindView {
        name: kind.name(),
        icon: kind.icon(),
        title: say(kind, ""),
        hint: say(kind, "-hint"),
    };
    Kind::ALL.into_iter().map(view).collect()
}

/// `POST /passwords/new`.
pub async fn make(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let (form, now) = (&submitted.form, submitted.now()?);
    let (protocols, networks) = (ticked(form), networks(form));
    let kind = Kind::parse(form.text("kind")).unwrap_or(Kind::Other);

    let request = IssueClientPassword {
        label: form.text("label"),
        protocols: Some(&protocols),
        networks: Some(&networks).filter(|networks| !networks.is_empty()).map(Vec::as_slice),
        expires_at: end(form, now),
    };

    let id = submitted.member.id;
    let made = once(&submitted, Creation::ClientPassword(id), async |call| {
        let issued = submitted.services.client_passwords.issue(call, id, &request).await?;
        let link = apple::link(&submitted, call, &issued, Some(kind)).await;
        Ok(Made::of(&issued, kind.name(), None).with_link(link))
    });

    match made.await {
        Ok(made) => shown(&submitted, &made),
        Err(Error::Invalid(errors)) => again(&submitted, kind, Faults::of(&submitted.words, &errors)),
        Err(error) if was_shown(&error) => super::shown::over(&submitted),
        Err(error) => Err(error.into()),
    }
}

/// The form once more, with what was typed and what is wrong with it.
fn again(submitted: &Submitted, kind: Kind, faults: Faults) -> Result<HttpResponse, PageError> {
    let (words, form) = (&submitted.words, &submitted.form);
    let page = NewPage {
        frame: submitted.frame(Room::Passwords),
        guided: is_guided(form.get(WAY)),
        kind: kind.name(),
        icon: kind.icon(),
        title: words.say(&format!("kind-{}", kind.name())),
        label: form.text("label").to_owned(),
        ticks: ticks(words, |protocol| is_ticked(form, protocol)),
        networks: form.get("networks").unwrap_or("").to_owned(),
        ends: ends(words, &["never"], form.text("ends")),
        faults,
    };
    submitted.answer(StatusCode::BAD_REQUEST, &page)
}
