//! What was done in the organization, with filters in the address.

use actix_web::HttpResponse;
use askama::Template;
use uuid::Uuid;

use super::dates;
use super::events::{Line, action, lines};
use super::names::holder;
use super::office::{Office, Onward, Part, Tab, demand};
use super::shown::Choice;
use crate::domain::access::OrganizationPermission;
use crate::domain::audit::{Action, AuditFilter};
use crate::domain::export::Format;
use crate::domain::field::{Fault, FieldError, FieldErrors};
use crate::domain::ids::MemberId;
use crate::pages::error::PageError;
use crate::pages::frame::Frame;
use crate::pages::problem::Faults;
use crate::service::exports::Selection;
use crate::service::{Error, Listed};

#[derive(Template)]
#[template(path = "pages/admin/audit.html")]
struct AuditPage {
    frame: Frame,
    tabs: Vec<Tab>,
    asked: Asked,
    actions: Vec<Choice>,
    faults: Faults,
    lines: Vec<Line>,
    next: Option<Onward>,
    csv: String,
    ndjson: String,
}

/// Where the list is as a file.
const EXPORT: &str = "/admin/audit/export";

/// What the address asks for, as it was typed.
struct Asked {
    member: String,
    actor: String,
    action: String,
    since: String,
    until: String,
}

impl Asked {
    fn of(office: &Office) -> Self {
        let text = |name| office.query(name).unwrap_or_default().trim().to_owned();
        Self {
            member: text("member"),
            actor: text("actor"),
            action: text("action"),
            since: text("since"),
            until: text("until"),
        }
    }

    fn is_narrow(&self) -> bool {
        let all = [&self.member, &self.actor, &self.action, &self.since, &self.until];
        all.iter().any(|text| !text.is_empty())
    }

    async fn filter(&self, office: &Office) -> Result<AuditFilter, Error> {
        let mut wrong = FieldErrors::default();
        let member = wrong.take(someone(office, "member", &self.member).await?);
        let actor = wrong.take(someone(office, "actor", &self.actor).await?);
        let known = Action::ALL.iter().find(|one| one.name() == self.action);
        let since = wrong.take(dates::beginning("since", &self.since));
        let until = wrong.take(dates::end("until", &self.until));

        match (member, actor, since, until) {
            (Some(member), Some(actor), Some(since), Some(until)) => Ok(AuditFilter {
                member_id: member.map(MemberId::from),
                actor_id: actor,
                action: known.map(|one| one.name().to_owned()),
                since,
                until,
            }),
            _ => Err(wrong.into()),
        }
    }
}

/// Who is meant by a mail address, or by an id; anybody if nothing was typed.
async fn someone(
    office: &Office,
    field: &'static str,
    typed: &str,
) -> Result<Result<Option<Uuid>, FieldError>, Error> {
    if typed.is_empty() {
        return Ok(Ok(None));
    }
    if let Ok(id) = Uuid::try_parse(typed) {
        return Ok(Ok(Some(id)));
    }
    let found = holder(office, typed).await?;
    let unknown = || FieldError::new(field, Fault::NotFound, "names nobody");
    Ok(found.map(|member| Some(member.id.uuid())).ok_or_else(unknown))
}

/// `GET /admin/audit`.
pub async fn page(office: Office) -> Result<HttpResponse, PageError> {
    demand(office.may(OrganizationPermission::ReadAudit))?;
    let asked = Asked::of(&office);

    let (listed, faults) = match asked.filter(&office).await {
        Ok(filter) => {
            let events = &office.services.audit_events;
            let list = async |paging| events.list(&office.call, office.home, &filter, paging).await;
            (office.look(list).await?, Faults::default())
        }
        Err(error) => (Listed { items: Vec::new(), next: None }, office.faults(error)?),
    };

    let words = &office.words;
    let every = Choice::new("", words.say("admin-any"), &asked.action);
    let actions =
        Action::ALL.iter().map(|one| Choice::new(one.name(), action(words, one.name()), &asked.action));

    office.show(&AuditPage {
        frame: office.frame(),
        tabs: office.tabs(Part::Audit),
        actions: std::iter::once(every).chain(actions).collect(),
        asked,
        faults,
        next: office.onward(&listed),
        csv: office.download(EXPORT, Format::Csv),
        ndjson: office.download(EXPORT, Format::Ndjson),
        lines: lines(&office, &listed.items).await?,
    })
}

/// `GET /admin/audit/export`: the same as a file.
pub async fn export(office: Office) -> Result<HttpResponse, PageError> {
    demand(office.may(OrganizationPermission::ReadAudit))?;
    let filter = Asked::of(&office).filter(&office).await?;
    office.export(Selection::AuditEvents(filter)).await
}
