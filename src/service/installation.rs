//! The installation as a whole: whether it can answer, whether its keyring is the one of its data, how busy it is.

use std::sync::Arc;
use std::time::Duration;

use super::parts::Parts;
use super::password_hashing::PasswordHasher;
use super::{Call, Error, Refusal};
use crate::clock::Clock;
use crate::domain::access::InstallationPermission;
use crate::keyring::Keyring;
use crate::store::{Database, KeyStore};
use crate::telemetry::Metrics;

/// How busy it is at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// How long a read of the database takes.
    pub read: Duration,
    /// Account passwords of mail clients that are being compared, or wait for it.
    pub comparisons: usize,
    /// Refusals that wait for their step.
    pub parked_refusals: usize,
}

/// The installation as a whole.
#[derive(Clone)]
pub struct Installation {
    clock: Clock,
    database: Database,
    keyring: Arc<Keyring>,
    keys: KeyStore,
    metrics: Arc<Metrics>,
    password_hasher: Arc<PasswordHasher>,
}

impl Installation {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            clock: parts.clock.clone(),
            database: parts.store.database(),
            keyring: Arc::clone(&parts.keyring),
            keys: parts.store.keys(),
            metrics: Arc::clone(&parts.metrics),
            password_hasher: Arc::clone(&parts.password_hasher),
        }
    }

    /// Refuses a database that was made with another keyring; introduces new keys to it.
    pub async fn check_keyring(&self) -> Result<(), Error> {
        let new = self.unknown_keys().await?;
        for (key, check) in &new {
            self.keys.put_check(*key, check).await?;
        }

        if !new.is_empty() {
            // Another node may have introduced other keys at the same moment.
            self.unknown_keys().await?;
        }
        Ok(())
    }

    /// The process ends: nothing that was deleted stays on the disk. Whoever still holds the database when the process has
    /// stopped, or is ended by it, makes no difference then.
    pub async fn settle(&self) {
        self.database.checkpoint().await;
    }

    /// The keys that the database does not know yet, if it knows no others.
    async fn unknown_keys(&self) -> Result<Vec<(i64, [u8; 32])>, Error> {
        let known = self.keys.checks().await?;
        let ours = self.keyring.checks();
        let of = |key: i64| known.iter().find(|(id, _)| *id == key);

        if ours.iter().any(|(key, check)| of(*key).is_some_and(|(_, expected)| expected != check)) {
            return Err(Error::Unavailable("this keyring does not belong to this database; put back the one that it was made with, or name it: --keyring".into()));
        }
        if known.iter().any(|(id, _)| !ours.iter().any(|(key, _)| key == id)) {
            return Err(Error::Unavailable("the keyring lacks a key that the database was made with; put back its newest copy, or name it: --keyring".into()));
        }

        Ok(ours.into_iter().filter(|(key, _)| of(*key).is_none()).collect())
    }

    /// Whether the service can answer.
    pub async fn ready(&self) -> Result<(), Error> {
        Ok(self.database.ping().await?)
    }

    /// Refuses, as one whom it does not know, whoever does not oversee the installation.
    pub fn oversees(&self, call: &Call) -> Result<(), Error> {
        let allowed = call.caller.may_in_installation(InstallationPermission::ReadMetrics);
        allowed.map(drop).map_err(|_| Refusal::InvalidToken.into())
    }

    /// How busy the service is, if it can answer.
    pub async fn load(&self) -> Result<Load, Error> {
        let asked = self.clock.monotonic();
        self.ready().await?;
        Ok(Load {
            read: self.clock.monotonic().saturating_sub(asked),
            comparisons: self.password_hasher.load().underway(),
            parked_refusals: self.metrics.parked(),
        })
    }
}
