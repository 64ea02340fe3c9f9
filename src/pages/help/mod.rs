//! "Why does my mail not work?": what stands in a mail client's way, and what to do about it.

use actix_web::HttpResponse;
use askama::Template;

use super::error::PageError;
use super::frame::{Frame, Room};
use super::passwords::all;
use super::passwords::view::reason;
use super::texts::Words;
use super::visit::Signed;
use crate::domain::diagnosis::{Finding, diagnose};

/// A finding in words: what it is, and what to do.
pub struct FindingView {
    /// What it is.
    pub what: String,
    /// What to do.
    pub advice: String,
    /// Where to do it.
    pub link: String,
}

impl FindingView {
    /// A finding, for the member or the help desk.
    pub fn of(words: &Words, finding: &Finding) -> Self {
        let (name, about, link) = match finding {
            Finding::NotActive => ("not-active", None, ""),
            Finding::SecureLoginRequired => ("secure-login-required", None, "/start"),
            Finding::SecureLoginOff => ("secure-login-off", None, "/start"),
            Finding::NoClientPassword => ("no-client-password", None, "/passwords/new"),
            Finding::StaleUse { about, .. } => ("stale-use", Some(about), ""),
            Finding::NetworksOnly { about } => ("networks-only", Some(about), ""),
            Finding::CannotRead { about } => ("cannot-read", Some(about), ""),
            Finding::CannotSend { about } => ("cannot-send", Some(about), ""),
            Finding::Superseded { about, .. } => ("superseded", Some(about), ""),
            Finding::NeverUsed { about } => ("never-used", Some(about), ""),
        };

        let label = about.map_or("", |about| about.label.as_str());
        let why = match finding {
            Finding::StaleUse { state, .. } => {
                state.end().map_or_else(String::new, |end| reason(words, end.reason.name()))
            }
            _ => String::new(),
        };
        Self {
            what: words.with_two(&format!("finding-{name}"), ("label", label), ("why", &why)),
            advice: words.say(&format!("finding-{name}-advice")),
            link: about.map_or_else(|| link.to_owned(), |about| format!("/passwords/{}", about.id)),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/help/help.html")]
struct HelpPage {
    frame: Frame,
    findings: Vec<FindingView>,
}

/// `GET /help`.
pub async fn page(signed: Signed) -> Result<HttpResponse, PageError> {
    let passwords = all(&signed, signed.member.id).await?;
    let found = diagnose(&signed.member, &passwords, signed.now()?);
    let findings = found.iter().map(|finding| FindingView::of(&signed.words, finding)).collect();
    signed.show(&HelpPage { frame: signed.frame(Room::Help), findings })
}
