//! What was done to the member's account, in plain words.

use actix_web::HttpResponse;
use askama::Template;

use super::error::PageError;
use super::frame::{Frame, Room, When};
use super::overview::who;
use super::visit::Signed;
use crate::domain::audit::Actor;
use crate::domain::ids::AuditEventId;
use crate::service::Paging;

/// Lines of a page.
const LINES: u32 = 50;

struct Line {
    at: When,
    what: String,
    who: String,
}

#[derive(Template)]
#[template(path = "pages/activity/activity.html")]
struct ActivityPage {
    frame: Frame,
    lines: Vec<Line>,
    next: Option<String>,
}

/// `GET /activity`.
pub async fn page(signed: Signed) -> Result<HttpResponse, PageError> {
    let before = signed.query("before").and_then(|id| AuditEventId::parse(&id)).map(AuditEventId::uuid);
    let paging = Paging { before, limit: LINES };
    let found = signed.services.audit_events.of_member(&signed.call, signed.member.id, paging).await?;

    let words = &signed.words;
    let lines = found.items.iter().map(|event| Line {
        at: When(event.at),
        what: words.first(&[&format!("action-{}", event.action.replace(['.', '_'], "-")), "action-other"]),
        who: match event.actor {
            Actor::Member(id) if id == signed.member.id => words.say("by-you"),
            ref other => who(words, other),
        },
    });
    signed.show(&ActivityPage {
        frame: signed.frame(Room::Activity),
        lines: lines.collect(),
        next: found.next.map(|id| id.to_string()),
    })
}
