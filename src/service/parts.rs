//! What the areas are made of: each takes what it needs of this.

use std::sync::Arc;

use super::audit_trail::AuditTrail;
use super::ids::Ids;
use super::job_signal::JobSignal;
use super::log_in_log::LogInLog;
use super::login_throttle::ThrottleMemory;
use super::outbox_signal::OutboxSignal;
use super::password_hashing::PasswordHasher;
use super::rules::PolicyRules;
use super::secrets::Secrets;
use super::settings::Settings;
use super::usage::UsageLog;
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::keyring::Keyring;
use crate::store::Store;
use crate::telemetry::Metrics;

/// What the areas are made of.
pub(super) struct Parts {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) keyring: Arc<Keyring>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) settings: Settings,
    pub(super) rules: PolicyRules,
    pub(super) ids: Ids,
    pub(super) secrets: Secrets,
    pub(super) password_hasher: Arc<PasswordHasher>,
    pub(super) memory: Arc<ThrottleMemory>,
    pub(super) usage: UsageLog,
    pub(super) log_ins: LogInLog,
    pub(super) signal: OutboxSignal,
    /// Given once a policy was put whose longest life is still to be written down.
    pub(super) settling: JobSignal,
    /// Given once a revocation was begun that is still to be carried out.
    pub(super) revocations: JobSignal,
    /// Given once log-ins are kept for less long, or many members have left.
    pub(super) history: JobSignal,
    /// Given once somebody asked for totals that nobody has counted yet.
    pub(super) counting: JobSignal,
    pub(super) audit: AuditTrail,
}
