//! How the member signs in: secure login, factors, recovery codes, the account password, sessions.

use actix_web::HttpResponse;
use askama::Template;

use super::error::PageError;
use super::frame::{Frame, Room, When};
use super::submitted::Submitted;
use super::visit::Signed;
use crate::domain::access::Caller;
use crate::domain::ids::SessionId;
use crate::domain::member::SignIn;
use crate::domain::second_factor::{Factor, FactorKind};
use crate::domain::session::MemberSession;
use crate::http::path::path_id;
use crate::service::Paging;

pub mod account_password;
pub mod codes;
pub mod factors;
pub mod leaks;
pub mod passkeys;
pub mod secure_login;

/// Sessions that the page shows.
const SESSIONS: Paging = Paging { before: None, limit: 50 };

/// A factor, as pages show one.
pub struct FactorView {
    id: String,
    passkey: bool,
    label: String,
    confirmed: Option<When>,
    used: Option<When>,
}

impl FactorView {
    fn of(factor: &Factor) -> Self {
        Self {
            id: factor.id.to_string(),
            passkey: factor.kind == FactorKind::Passkey,
            label: factor.label.clone(),
            confirmed: factor.confirmed_at.map(When),
            used: factor.last_used_at.map(When),
        }
    }
}

struct SessionView {
    id: String,
    own: bool,
    begun: When,
    seen: When,
    ip: Option<String>,
    browser: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/security/security.html")]
#[allow(clippy::struct_excessive_bools, reason = "each shows or hides something of its own")]
struct SecurityPage {
    frame: Frame,
    enabled: bool,
    since: Option<When>,
    required: bool,
    /// From when it will be required, where it is not yet.
    announced: Option<When>,
    factors: Vec<FactorView>,
    confirmed: bool,
    codes_left: i64,
    local: bool,
    sessions: Vec<SessionView>,
}

/// `GET /security`.
pub async fn page(signed: Signed) -> Result<HttpResponse, PageError> {
    let (call, member) = (&signed.call, &signed.member);
    let found = signed.services.second_factors.list(call, member.id).await?;
    let sessions = signed.services.sessions.list(call, member.id, SESSIONS).await?;
    let own = match call.caller {
        Caller::Member(me) => Some(me.session_id),
        Caller::Key(_) | Caller::Terminal => None,
    };

    signed.show(&SecurityPage {
        frame: signed.frame(Room::Security),
        enabled: member.secure_login.enabled,
        since: member.secure_login.since.map(When),
        required: member.secure_login.required,
        announced: member.secure_login.announced().map(When),
        confirmed: found.any_confirmed(),
        factors: found.factors.iter().map(FactorView::of).collect(),
        codes_left: found.recovery_codes_left,
        local: member.sign_in == SignIn::Local,
        sessions: sessions.items.into_iter().map(|one| view(one, own)).collect(),
    })
}

fn view(one: MemberSession, own: Option<SessionId>) -> SessionView {
    SessionView {
        id: one.id.to_string(),
        own: own == Some(one.id),
        begun: When(one.created_at),
        seen: When(one.last_seen_at),
        ip: one.ip,
        browser: one.user_agent.as_deref().map(browser),
    }
}

/// What people call a browser; its whole line if it is none that we know.
fn browser(user_agent: &str) -> String {
    let has = |part: &str| user_agent.contains(part);
    let system = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let browser = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];

    let browser = browser.iter().find(|(part, _)| has(part));
    let system = system.iter().find(|(part, _)| has(part));
    match (browser, system) {
        (Some((_, browser)), Some((_, system))) => format!("{browser}, {system}"),
        (Some((_, browser)), None) => (*browser).to_owned(),
        _ => user_agent.to_owned(),
    }
}

/// `POST /security/sessions/{session_id}/end`.
pub async fn end_session(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let session: SessionId = path_id(&submitted.request)?;
    submitted.services.sessions.end(&submitted.call, submitted.member.id, session).await?;
    submitted.go_to("/security?done=session-ended")
}

/// `POST /security/sessions/end-others`.
pub async fn end_others(submitted: Submitted) -> Result<HttpResponse, PageError> {
    submitted.services.sessions.end_others(&submitted.call, submitted.member.id).await?;
    submitted.go_to("/security?done=sessions-ended")
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn a_browser_is_called_as_people_call_it() {
        for (line, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36",
                "Chrome, Linux",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Safari/604.1",
                "Safari, iPhone",
            ),
            ("Mozilla/5.0 (Windows NT 10.0) Chrome/156 Safari/537.36 Edg/156.0", "Edge, Windows"),
            ("curl/8.0", "curl/8.0"),
        ] {
            assert_eq!(browser(line), name);
        }
    }
}
