//! A client password as programs are shown one.

use serde::Serialize;

use crate::clock::Timestamp;
use crate::domain::client_password::ClientPassword;

#[derive(Debug, Serialize)]
struct LastUsed {
    at: String,
    protocol: &'static str,
    ip: Option<String>,
    client: Option<String>,
}

#[derive(Debug, Serialize)]
struct StaleUse {
    at: String,
    protocol: &'static str,
    ip: Option<String>,
    count: i64,
}

/// A client password at some moment, without anything that opens mail.
#[derive(Debug, Serialize)]
pub struct ClientPasswordForm {
    id: String,
    member_id: String,
    label: String,
    protocols: Vec<&'static str>,
    networks: Vec<String>,
    state: &'static str,
    created_at: String,
    expires_at: Option<String>,
    ended_at: Option<String>,
    ended_reason: Option<&'static str>,
    ends_at: Option<String>,
    ends_because: Option<&'static str>,
    last_used: Option<LastUsed>,
    stale_use: Option<StaleUse>,
    replaces: Option<String>,
    replaced_by: Option<String>,
}

impl ClientPasswordForm {
    /// This client password as it is at this moment.
    pub fn at(of: ClientPassword, now: Timestamp) -> Self {
        let state = of.validity.at(now);
        let (end, coming) = (state.end(), of.coming_end(now));

        let last_used = of.last_used.map(|used| LastUsed {
            at: used.at.to_string(),
            protocol: used.protocol.name(),
            ip: used.ip,
            client: used.client,
        });
        let stale_use = of.stale_use.map(|used| StaleUse {
            at: used.at.to_string(),
            protocol: used.protocol.name(),
            ip: used.ip,
            count: used.count,
        });

        Self {
            id: of.id.to_string(),
            member_id: of.member_id.to_string(),
            label: of.label,
            protocols: of.protocols.names(),
            networks: of.networks.blocks(),
            state: state.name(),
            created_at: of.created_at.to_string(),
            expires_at: of.validity.expires_at.map(|at| at.to_string()),
            ended_at: end.map(|end| end.at.to_string()),
            ended_reason: end.map(|end| end.reason.name()),
            ends_at: coming.map(|end| end.at.to_string()),
            ends_because: coming.map(|end| end.reason.name()),
            last_used,
            stale_use,
            replaces: of.replaces.map(|id| id.to_string()),
            replaced_by: of.replaced_by.map(|id| id.to_string()),
        }
    }
}
