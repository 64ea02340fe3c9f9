//! What everything else is put together on: the data, opened, and the service over them, without anything that listens.

use std::fs::File;
use std::sync::Arc;

use super::data::{self, Data};
use super::environment::Environment;
use super::error::StartError;
use super::{limits, notifiers};
use crate::clock::Clock;
use crate::config::Config;
use crate::service::{Foundation, Services, Settings};
use crate::telemetry::Metrics;

/// The service over its data directory, without doors: what the command line works on.
pub struct Core {
    /// The use cases.
    pub services: Arc<Services>,
    /// The clock of all parts, whose mark never goes back.
    pub clock: Clock,
    /// What `/metrics` shows, counted by all parts.
    pub metrics: Arc<Metrics>,
    /// Locked as long as the data directory is ours.
    _lock: File,
}

/// Opens the data directory; makes keyring and database if it is empty.
pub async fn open(config: &Config, environment: &Environment) -> Result<Core, StartError> {
    let clock = Clock::new(Arc::clone(&environment.time));
    let data = data::open(config, environment, &clock).await?;
    assemble(config, environment, clock, data).await
}

/// The service over its data, if the keyring is theirs.
pub(super) async fn assemble(
    config: &Config,
    environment: &Environment,
    clock: Clock,
    Data { lock, keyring, store }: Data,
) -> Result<Core, StartError> {
    let store = store.notifying(notifiers::targets(&config.on_end)?);
    let metrics = Arc::new(Metrics::new(clock.clone()));
    let counting = Arc::clone(&metrics);
    store.database().observe_waits(Box::new(move |path, waited| counting.database_wait(path.name(), waited)));
    let settings = Settings {
        unknown_login: config.verify.unknown_login.into(),
        refusal_floor: config.verify.refusal_floor(),
        max_parked: config.verify.max_parked,
        list_rows: i64::from(config.limits.list_rows.max(1)),
        revocation_at_once: i64::from(config.limits.revocation_at_once),
        change_quotas: limits::change_quotas(&config.limits),
        argon2: environment.argon2.clone(),
    };

    let foundation =
        Foundation { store, clock: clock.clone(), keyring, settings, metrics: Arc::clone(&metrics) };
    let services = Arc::new(Services::new(foundation, Arc::clone(&environment.entropy)));
    services.installation.check_keyring().await?;

    Ok(Core { services, clock, metrics, _lock: lock })
}
