//! `/v1/organizations/{organization_id}/audit-events`.

use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use uuid::Uuid;

use crate::domain::audit::AuditFilter;
use crate::domain::audit_form::AuditEventForm;
use crate::domain::field::Fault;
use crate::domain::ids::MemberId;
use crate::http::caller::Data;
use crate::http::export;
use crate::http::fields::time;
use crate::http::listing::Listing;
use crate::http::path::path_id;
use crate::http::problem::Problem;
use crate::http::query::filter;
use crate::service::exports::Selection;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filters {
    member_id: Option<String>,
    actor_id: Option<String>,
    action: Option<String>,
    since: Option<String>,
    until: Option<String>,
}

impl Filters {
    fn filter(&self) -> Result<AuditFilter, Problem> {
        let bad = |field: &'static str| move || Problem::field(field, Fault::Malformed, "must be an id");
        let time = |field, text: &Option<String>| text.as_deref().map(|text| time(field, text)).transpose();

        let member = self.member_id.as_deref();
        let actor = self.actor_id.as_deref();

        Ok(AuditFilter {
            member_id: member.map(|id| MemberId::parse(id).ok_or_else(bad("member_id"))).transpose()?,
            actor_id: actor.map(|id| Uuid::try_parse(id).map_err(|_| bad("actor_id")())).transpose()?,
            action: filter("action", self.action.as_deref(), 128)?,
            since: time("since", &self.since)?,
            until: time("until", &self.until)?,
        })
    }
}

pub async fn list(
    request: HttpRequest,
    services: Data,
    list: Listing<Filters>,
) -> Result<HttpResponse, Problem> {
    let (filter, home) = (list.filters.filter()?, path_id(&request)?);
    if let Some(format) = export::wanted(&request) {
        let whole = (Selection::AuditEvents(filter), format);
        return export::answer(&request, (list.call, home), whole, list.paging.before).await;
    }

    let listed = services.audit_events.list(&list.call, home, &filter, list.paging).await?;
    Ok(list.answer(listed, AuditEventForm::from))
}
