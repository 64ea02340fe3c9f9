//! How things stand for a member: secure login, what others did, what needs a look.

pub mod ownership;

use actix_web::HttpResponse;
use askama::Template;

use self::ownership::Offer;
use super::error::PageError;
use super::frame::{Frame, Room, When};
use super::passwords::all;
use super::passwords::view::PasswordView;
use super::submitted::Submitted;
use super::texts::Words;
use super::visit::Signed;
use crate::domain::audit::Actor;
use crate::domain::ids::AuditEventId;
use crate::domain::notice::Notice;
use crate::http::path::path_id;
use crate::service::Paging;

/// Notices that the page shows at once.
const NOTICES: Paging = Paging { before: None, limit: 20 };

struct NoticeView {
    id: String,
    at: When,
    what: String,
    who: String,
}

impl NoticeView {
    fn of(words: &Words, notice: &Notice) -> Self {
        let action = notice.action.replace(['.', '_'], "-");
        Self {
            id: notice.id.to_string(),
            at: When(notice.at),
            what: words.first(&[&format!("notice-{action}"), "notice-other"]),
            who: who(words, &notice.actor),
        }
    }
}

/// Who did something, as a member is told: not by name.
pub fn who(words: &Words, actor: &Actor) -> String {
    words.say(match actor {
        Actor::Member(_) => "by-administrator",
        Actor::ServiceKey(_) => "by-program",
        _ => "by-service",
    })
}

#[derive(Template)]
#[template(path = "pages/overview/overview.html")]
struct Overview {
    frame: Frame,
    name: String,
    offer: Option<Offer>,
    enabled: bool,
    required: bool,
    /// From when it will be required, where it is not yet.
    announced: Option<When>,
    since: Option<When>,
    notices: Vec<NoticeView>,
    /// Ended ones that a client still tries.
    stale: Vec<PasswordView>,
    /// Live ones that end soon, and those nobody uses.
    soon: Vec<PasswordView>,
    forgotten: Vec<PasswordView>,
    live: usize,
    codes_left: i64,
    confirmed: bool,
}

/// `GET /overview`.
pub async fn page(signed: Signed) -> Result<HttpResponse, PageError> {
    let (call, member, words) = (&signed.call, &signed.member, &signed.words);
    let now = signed.now()?;
    let notices = signed.services.notices.list(call, member.id, NOTICES).await?;
    let factors = signed.services.second_factors.list(call, member.id).await?;

    let passwords = all(&signed, member.id).await?;
    let views = passwords.iter().map(|one| PasswordView::of(words, one, now));
    let (live, ended): (Vec<_>, Vec<_>) = views.partition(|one| one.live);
    let count = live.len();
    let (soon, rest): (Vec<_>, Vec<_>) = live.into_iter().partition(|one| one.ends_soon);

    signed.show(&Overview {
        frame: signed.frame(Room::Overview),
        name: member.display_name.clone(),
        offer: Offer::to(&signed).await?,
        enabled: member.secure_login.enabled,
        required: member.secure_login.required,
        announced: member.secure_login.announced().map(When),
        since: member.secure_login.since.map(When),
        notices: notices.items.iter().map(|notice| NoticeView::of(words, notice)).collect(),
        stale: ended.into_iter().filter(|one| one.stale.is_some()).collect(),
        soon,
        forgotten: rest.into_iter().filter(|one| one.forgotten).collect(),
        live: count,
        codes_left: factors.recovery_codes_left,
        confirmed: factors.any_confirmed(),
    })
}

/// `POST /notices/{notice_id}/acknowledge`.
pub async fn acknowledge(submitted: Submitted) -> Result<HttpResponse, PageError> {
    let id: AuditEventId = path_id(&submitted.request)?;
    submitted.services.notices.acknowledge(&submitted.call, submitted.member.id, id).await?;
    submitted.go_to("/overview?done=acknowledged")
}
