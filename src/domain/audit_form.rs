//! An audit event as programs are shown one.

use serde::Serialize;
use serde_json::Value;

use crate::domain::audit::{Actor, AuditEvent, Target};

/// Whoever has done something.
#[derive(Debug, Serialize)]
pub struct ActorForm {
    kind: &'static str,
    id: Option<String>,
}

impl From<Actor> for ActorForm {
    fn from(actor: Actor) -> Self {
        Self { kind: actor.kind(), id: actor.id().map(|id| id.to_string()) }
    }
}

#[derive(Debug, Serialize)]
struct TargetForm {
    kind: String,
    id: String,
}

impl From<&Target> for TargetForm {
    fn from(of: &Target) -> Self {
        Self { kind: of.kind().to_owned(), id: of.id() }
    }
}

/// An audit event.
#[derive(Debug, Serialize)]
pub struct AuditEventForm {
    id: String,
    seq: Option<i64>,
    at: String,
    actor: ActorForm,
    action: String,
    member_id: Option<String>,
    targets: Vec<TargetForm>,
    reason: Option<String>,
    details: Value,
    request_id: Option<String>,
}

impl From<AuditEvent> for AuditEventForm {
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
            targets: of.targets.iter().map(TargetForm::from).collect(),
            reason: of.reason,
            details,
            request_id: of.request_id.map(|id| id.to_string()),
        }
    }
}
