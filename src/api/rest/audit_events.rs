//! `/v1/organizations/{organization_id}/audit-events`.

use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::actors::ActorBody;
use crate::domain::audit::{AuditEvent, AuditFilter, Target};
use crate::domain::field::Fault;
use crate::domain::ids::MemberId;
use crate::http::caller::Data;
use crate::http::fields::time;
use crate::http::listing::Listing;
use crate::http::path::path_id;
use crate::http::problem::Problem;
use crate::http::query::filter;

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

#[derive(Serialize)]
struct TargetBody {
    kind: String,
    id: String,
}

impl From<&Target> for TargetBody {
    fn from(of: &Target) -> Self {
        Self { kind: of.kind().to_owned(), id: of.id() }
    }
}

#[derive(Serialize)]
struct Body {
    id: String,
    seq: Option<i64>,
    at: String,
    actor: ActorBody,
    action: String,
    member_id: Option<String>,
    targets: Vec<TargetBody>,
    reason: Option<String>,
    details: Value,
    request_id: Option<String>,
}

impl From<AuditEvent> for Body {
    fn from(of: AuditEvent) -> Self {
        let mut details: Value = serde_json::from_str(&of.details).unwrap_or_default();
        if let (Some(details), Some(ended)) = (details.as_object_mut(), of.ended_client_passwords) {
            details.insert("ended_client_passwords".into(), ended.into());
        }

        Self {
            id: of.id.to_string(),
            // Numbered once the log is sealed.
            seq: None,
            at: of.at.to_string(),
            actor: of.actor.into(),
            action: of.action,
            member_id: of.member_id.map(|id| id.to_string()),
            targets: of.targets.iter().map(TargetBody::from).collect(),
            reason: of.reason,
            details,
            request_id: of.request_id.map(|id| id.to_string()),
        }
    }
}

pub async fn list(
    request: HttpRequest,
    services: Data,
    list: Listing<Filters>,
) -> Result<HttpResponse, Problem> {
    let filter = list.filters.filter()?;
    let listed = services.audit_events.list(&list.call, path_id(&request)?, &filter, list.paging).await?;
    Ok(list.answer(listed, Body::from))
}
