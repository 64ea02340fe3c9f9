//! `[[on_end]]`: mail servers and programs that are notified when client passwords end, and programs before that.

use std::path::PathBuf;

use serde::Deserialize;

use crate::domain::secret::Secret;

/// `[[on_end]]`, by its `type`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum OnEnd {
    /// A Dovecot, through its doveadm HTTP API.
    Doveadm(Doveadm),
    /// A program, by Standard Webhooks.
    Webhook(Webhook),
}

/// `type = "doveadm"`: a Dovecot, through its doveadm HTTP API.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Doveadm {
    /// What it is called in logs and metrics, and pending notices are kept under it; type, host and port if absent.
    pub name: Option<String>,
    /// The URL, such as `http://127.0.0.1:8080/doveadm/v1`.
    pub url: String,
    /// PEM file of the authorities that its certificate may come from; the system's if absent.
    pub ca: Option<PathBuf>,
    /// The `doveadm_api_key` of that Dovecot, unless its password is given.
    pub api_key: Option<Secret>,
    /// A file that holds it.
    pub api_key_file: Option<PathBuf>,
    /// Or its `doveadm_password`.
    pub password: Option<Secret>,
    /// A file that holds it.
    pub password_file: Option<PathBuf>,
    /// Whether sessions are closed.
    #[serde(default = "yes")]
    pub kick: bool,
    /// Whether its auth cache forgets the login; where `client_password_field` is set, not unless it is said: Dovecot
    /// 2.4.1 dies of that command.
    pub flush_cache: Option<bool>,
    /// The field of its passdb by which it knows the sessions of one client password; Dovecot 2.4 only.
    pub client_password_field: Option<String>,
}

/// `type = "webhook"`: a program, by Standard Webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// What it is called in logs and metrics, and pending notices are kept under it; type, host and port if absent.
    pub name: Option<String>,
    /// The URL that notices are sent to, by POST.
    pub url: String,
    /// PEM file of the authorities that its certificate may come from; the system's if absent.
    pub ca: Option<PathBuf>,
    /// What is signed with: `whsec_` and base64.
    pub secret: Option<Secret>,
    /// A file that holds it.
    pub secret_file: Option<PathBuf>,
    /// What it is notified of; of ends only, if absent: what was written for those need not know anything else.
    #[serde(default = "ends")]
    pub events: Vec<Event>,
}

/// What a program is notified of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// Client passwords have ended.
    Ended,
    /// A client password will end by itself in some days.
    Expiring,
}

fn ends() -> Vec<Event> {
    vec![Event::Ended]
}

fn yes() -> bool {
    true
}

impl OnEnd {
    /// The value of `type` that chooses it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Doveadm(_) => "doveadm",
            Self::Webhook(_) => "webhook",
        }
    }

    /// The name that it was given.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Doveadm(doveadm) => doveadm.name.as_deref(),
            Self::Webhook(webhook) => webhook.name.as_deref(),
        }
    }

    /// What it is notified of.
    pub fn events(&self) -> &[Event] {
        match self {
            Self::Doveadm(_) => &[Event::Ended],
            Self::Webhook(webhook) => &webhook.events,
        }
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        match self {
            Self::Doveadm(doveadm) => &doveadm.url,
            Self::Webhook(webhook) => &webhook.url,
        }
    }
}
