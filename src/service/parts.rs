//! What the areas are made of: each takes what it needs of this.

use std::sync::Arc;

use super::audit_trail::AuditTrail;
use super::ids::Ids;
use super::login_throttle::ThrottleMemory;
use super::outbox_signal::OutboxSignal;
use super::password_hashing::PasswordHasher;
use super::rules::PolicyRules;
use super::secrets::Secrets;
use super::settings::Settings;
use super::settling_signal::SettlingSignal;
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
    pub(super) signal: OutboxSignal,
    pub(super) settling: SettlingSignal,
    pub(super) audit: AuditTrail,
}
