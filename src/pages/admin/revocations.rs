//! Many client passwords at once: a filter, a preview of what it finds, then reason and number, then the result.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::filter::{Condition, Named, Typed, conditions};
use super::names::{Name, Names};
use super::office::{Office, Order, Part, Tab, demand};
use super::preview::{Found, look};
use super::shown::{Choice, Tag};
use super::tree::Tick;
use crate::domain::access::OrganizationPermission;
use crate::domain::field::{Fault, text_line};
use crate::domain::ids::RevocationId;
use crate::domain::revocation::{Count, MAX_REASON, Revocation, RevocationState};
use crate::http::path::path_id;
use crate::http::problem::Problem;
use crate::pages::error::PageError;
use crate::pages::frame::{Frame, When};
use crate::pages::once::once;
use crate::pages::problem::Faults;
use crate::pages::texts::Words;
use crate::service::idempotency::Creation;
use crate::service::revocations::Selection;

/// A revocation or preview in the list.
struct Row {
    id: String,
    at: When,
    who: Name,
    dry_run: bool,
    /// What was ended, or found by a preview.
    count: Count,
    reason: String,
    tag: Option<Tag>,
}

#[derive(Template)]
#[template(path = "pages/admin/revocations.html")]
struct RevocationsPage {
    frame: Frame,
    tabs: Vec<Tab>,
    can_revoke: bool,
    typed: Typed,
    which: Vec<Choice>,
    uses: Vec<Choice>,
    secure: Vec<Choice>,
    ticks: Vec<Choice>,
    departments: Vec<Tick>,
    left_out: String,
    faults: Faults,
    rows: Vec<Row>,
    next: Option<String>,
}

fn may_revoke(office: &Office) -> bool {
    office.may(OrganizationPermission::BulkRevoke)
}

/// `GET /admin/revocations`.
pub async fn list(office: Office) -> Result<HttpResponse, PageError> {
    let paging = office.paging()?;
    let listed = office.services.revocations.list(&office.call, office.home, paging).await?;

    let (mut names, mut rows) = (Names::new(&office), Vec::new());
    for one in &listed.items {
        rows.push(Row {
            id: one.id.to_string(),
            at: When(one.created_at),
            who: names.actor(&one.created_by).await?,
            dry_run: one.dry_run,
            count: if one.dry_run { one.matched } else { one.ended },
            reason: if one.dry_run { String::new() } else { one.reason.clone() },
            tag: tag(&office.words, one.state),
        });
    }

    let next = office.next(&listed);
    show_list(&office, Typed::default(), Faults::default(), rows, next).await
}

/// How one stands that is not done.
fn tag(words: &Words, state: RevocationState) -> Option<Tag> {
    let (message, look) = match state {
        RevocationState::Done => return None,
        RevocationState::Running => ("admin-running", "good"),
        RevocationState::Stopped => ("admin-stopped", "warn"),
        RevocationState::Failed => ("admin-failed", "warn"),
    };
    Some(Tag { text: words.say(message), look })
}

async fn show_list(
    office: &Office,
    typed: Typed,
    faults: Faults,
    rows: Vec<Row>,
    next: Option<String>,
) -> Result<HttpResponse, PageError> {
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let words = &office.words;
    let (departments, left_out) =
        if may_revoke(office) { typed.departments(office).await? } else { Default::default() };
    let page = RevocationsPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Revocations),
        can_revoke: may_revoke(office),
        which: typed.which(words),
        uses: typed.uses(words),
        secure: typed.secure(words),
        departments,
        left_out,
        ticks: typed.ticks(),
        typed,
        faults,
        rows,
        next,
    };
    office.answer(status, &page)
}

/// `POST /admin/revocations/preview`: counts, and shows what was counted at an address of its own.
pub async fn preview(order: Order) -> Result<HttpResponse, PageError> {
    demand(may_revoke(&order))?;
    let typed = Typed::of(&order.submitted.form);
    let Named { ids, unknown } = typed.members(&order).await?;
    let filter = typed.filter(ids);
    if let Some(login) = unknown {
        let text = order.words.with("admin-no-such-member", "login", &login);
        let others = filter.err().map(|errors| order.fault(errors.all())).unwrap_or_default();
        let faults = others.and("member_ids", text);
        return show_list(&order, typed, faults, Vec::new(), None).await;
    }

    let counted = match filter {
        Ok(filter) => {
            let (selection, reason) = (Selection::Filter(filter, true), order.words.say("admin-preview"));
            order.services.revocations.create(&order.call, order.home, &selection, &reason).await
        }
        Err(error) => Err(error.into()),
    };
    match counted {
        Ok(preview) => order.go_to(&format!("/admin/revocations/{}", preview.id)),
        Err(error) => {
            let faults = order.faults(error)?;
            show_list(&order, typed, faults, Vec::new(), None).await
        }
    }
}

#[derive(Template)]
#[template(path = "pages/admin/preview.html")]
struct PreviewPage {
    frame: Frame,
    tabs: Vec<Tab>,
    id: String,
    can_revoke: bool,
    at: When,
    matched: Count,
    conditions: Vec<Condition>,
    found: Found,
    reason: String,
    faults: Faults,
}

#[derive(Template)]
#[template(path = "pages/admin/revocation.html")]
struct RevocationPage {
    frame: Frame,
    tabs: Vec<Tab>,
    id: String,
    at: When,
    who: Name,
    reason: String,
    matched: Count,
    ended: Count,
    conditions: Vec<Condition>,
    tag: Option<Tag>,
    stopped: bool,
    failed: bool,
    /// Whether nothing of the set is left.
    whole: bool,
}

#[derive(Template)]
#[template(path = "pages/admin/running.html")]
struct RunningPage {
    frame: Frame,
    tabs: Vec<Tab>,
    title: &'static str,
    id: String,
    at: When,
    who: Name,
    reason: String,
    dry_run: bool,
    count: Count,
    passed: i64,
    all: i64,
    progress: String,
    conditions: Vec<Condition>,
    can_stop: bool,
}

/// `GET /admin/revocations/{revocation_id}`: a preview with what can be done about it, or what was ended, or how far it
/// has come.
pub async fn one(office: Office) -> Result<HttpResponse, PageError> {
    let id = path_id(&office.request)?;
    let found = office.services.revocations.get(&office.call, office.home, id).await?;
    match (found.state, found.dry_run) {
        (RevocationState::Running, _) => show_running(&office, &found).await,
        (RevocationState::Done, true) => show_preview(&office, &found, "", Faults::default()).await,
        _ => show_ended(&office, &found).await,
    }
}

async fn show_running(office: &Office, found: &Revocation) -> Result<HttpResponse, PageError> {
    let mut names = Names::new(office);
    let (passed, all) = found.progress.map_or((0, 0), |progress| (progress.passed, progress.all));
    office.show(&RunningPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Revocations),
        title: if found.dry_run { "admin-preview" } else { "admin-revocation-running" },
        id: found.id.to_string(),
        at: When(found.created_at),
        who: names.actor(&found.created_by).await?,
        reason: found.reason.clone(),
        dry_run: found.dry_run,
        count: if found.dry_run { found.matched } else { found.ended },
        passed,
        all,
        progress: office.words.with_two("admin-progress-members", ("passed", passed), ("all", all)),
        conditions: conditions(&mut names, &office.words, &found.filter).await?,
        can_stop: may_revoke(office),
    })
}

async fn show_ended(office: &Office, found: &Revocation) -> Result<HttpResponse, PageError> {
    let mut names = Names::new(office);
    office.show(&RevocationPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Revocations),
        id: found.id.to_string(),
        at: When(found.finished_at.unwrap_or(found.created_at)),
        who: names.actor(&found.created_by).await?,
        reason: found.reason.clone(),
        matched: found.matched,
        ended: found.ended,
        conditions: conditions(&mut names, &office.words, &found.filter).await?,
        tag: tag(&office.words, found.state),
        stopped: found.state == RevocationState::Stopped,
        failed: found.state == RevocationState::Failed,
        whole: found.state == RevocationState::Done,
    })
}

/// `POST /admin/revocations/{revocation_id}/stop`.
pub async fn stop(order: Order) -> Result<HttpResponse, PageError> {
    demand(may_revoke(&order))?;
    let id: RevocationId = path_id(&order.request)?;
    order.services.revocations.stop(&order.call, order.home, id).await?;
    order.go_to(&format!("/admin/revocations/{id}?done=stopped"))
}

async fn show_preview(
    office: &Office,
    preview: &Revocation,
    reason: &str,
    faults: Faults,
) -> Result<HttpResponse, PageError> {
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let mut names = Names::new(office);
    let page = PreviewPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Revocations),
        id: preview.id.to_string(),
        can_revoke: may_revoke(office) && preview.matched.client_passwords > 0,
        at: When(preview.created_at),
        matched: preview.matched,
        conditions: conditions(&mut names, &office.words, &preview.filter).await?,
        found: look(office, &mut names, preview).await?,
        reason: reason.to_owned(),
        faults,
    };
    office.answer(status, &page)
}

/// `POST /admin/revocations`: ends what a preview found, once its number has been typed.
pub async fn revoke(order: Order) -> Result<HttpResponse, PageError> {
    demand(may_revoke(&order))?;
    let malformed = || Problem::field("preview_id", Fault::Malformed, "is none");
    let id = RevocationId::parse(order.submitted.form.text("preview_id")).ok_or_else(malformed)?;
    let preview = order.services.revocations.get(&order.call, order.home, id).await?;
    let reason = order.submitted.form.text("reason");

    // A slip of the hand does not end what nobody has looked at.
    if order.submitted.form.text("count").parse() != Ok(preview.matched.client_passwords) {
        let wrong = order.words.say("admin-count-wrong");
        let reasoned = text_line("reason", reason, MAX_REASON);
        let others = reasoned.err().map(|error| order.fault(vec![error])).unwrap_or_default();
        return show_preview(&order, &preview, reason, others.and("count", wrong)).await;
    }

    let selection = Selection::Preview(id);
    let ended = once(&order.submitted, Creation::Revocation(order.home), async |call| {
        let done = order.services.revocations.create(call, order.home, &selection, reason).await?;
        Ok(done.id.to_string())
    });
    match ended.await {
        Ok(id) => {
            let id = RevocationId::parse(&id).ok_or_else(malformed)?;
            let begun = order.services.revocations.get(&order.call, order.home, id).await?;
            let done = if begun.state == RevocationState::Running { "ending-many" } else { "ended-many" };
            order.go_to(&format!("/admin/revocations/{id}?done={done}"))
        }
        Err(error) => {
            let faults = order.faults(error)?;
            show_preview(&order, &preview, reason, faults).await
        }
    }
}
