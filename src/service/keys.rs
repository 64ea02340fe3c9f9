//! The keyring grows and shrinks: a new pepper, and the end of the older one.
//!
//! ```text
//!   add ----> two peppers: what is new is under the newest, what is older moves to it with its next use
//!                |
//!                +--> retire: nothing live is under the older one any more, or ends with it
//! ```
//!
//! Sessions, setup links and idempotency keys do not move: within a day none is left under the older one.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::Error;
use super::audit_trail::AuditTrail;
use super::parts::Parts;
use super::service_keys::ANOTHER_OPERATOR;
use super::usage::UsageLog;
use crate::clock::{Clock, Timestamp};
use crate::domain::audit::{Action, Target};
use crate::domain::audit_details::Details;
use crate::entropy::{Entropy, NoEntropy};
use crate::keyring::{Keyring, KeyringError, Known};
use crate::store::engine::EngineError;
use crate::store::keys::{Endings, Hanging};
use crate::store::{KeyStore, Unmet};

/// After this time no session, setup link or idempotency key is under an older pepper.
const SETTLED: Duration = Duration::from_secs(86_400);

/// A key of the keyring, with what is under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyState {
    /// The number by which rows and commands name the key.
    pub id: i64,
    /// `pepper` or `seal`.
    #[serde(rename = "use")]
    pub purpose: String,
    /// When it was made, as RFC 3339.
    pub created_at: String,
    /// Whether new things are made under it.
    pub newest: bool,
    /// Client passwords that open mail.
    pub client_passwords: i64,
    /// Client passwords that have ended, and are still recognised.
    pub tombstones: i64,
    /// Service keys whose verifiers are under it.
    pub service_keys: i64,
}

/// What ended with a pepper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {
    /// The number of the pepper that was retired.
    pub id: i64,
    /// Client passwords that it ended.
    pub ended_client_passwords: i64,
    /// Service keys that it ended.
    pub ended_service_keys: i64,
    /// Ended client passwords that are no longer recognised.
    pub blind_tombstones: i64,
}

/// Why the keyring stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// There is no such pepper.
    #[error("there is no pepper {0}; see which there are: clientpass keys")]
    NoSuchPepper(i64),
    /// New things are made under it.
    #[error("new client passwords are made under pepper {0}; add another first: clientpass keys add")]
    Newest(i64),
    /// Something live is under it.
    #[error(
        "{what} are still under pepper {id}; each moves with its next use: wait, or end what is left: \
         clientpass keys retire {id} --end ({blind} ended client passwords would no longer be recognised)"
    )]
    Live {
        /// The number of the pepper that was to be retired.
        id: i64,
        /// What is under it.
        what: String,
        /// Tombstones that would go blind.
        blind: i64,
    },
    /// Sessions and idempotency keys may be under it.
    #[error(
        "sessions and idempotency keys may still be under pepper {id}: come back after {until}, or end them: \
         clientpass keys retire {id} --end"
    )]
    TooEarly {
        /// The number of the pepper that was to be retired.
        id: i64,
        /// When nothing of the kind is left.
        until: Timestamp,
    },
    /// The last operator key is under it.
    #[error(
        "the last operator key is under pepper {0}, and without one nobody makes organizations or binds domains: use it \
         once, so that it moves, or make another: {ANOTHER_OPERATOR}; or end it all the same: clientpass keys retire {0} \
         --end --force"
    )]
    LastOperator(i64),
    /// Something moved while it was being ended.
    #[error("something under pepper {0} was used at this moment; try again")]
    Moved(i64),
    /// The file cannot be changed.
    #[error("the keyring: {0}")]
    Keyring(#[from] KeyringError),
    /// It cannot be answered now.
    #[error("{0}")]
    Failed(Error),
}

impl From<Error> for KeysError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<EngineError> for KeysError {
    fn from(error: EngineError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<NoEntropy> for KeysError {
    fn from(error: NoEntropy) -> Self {
        Self::Failed(error.into())
    }
}

/// Lists, adds and retires the keys of the keyring.
#[derive(Clone)]
pub struct Keys {
    audit: AuditTrail,
    changing: Arc<Mutex<()>>,
    clock: Clock,
    entropy: Arc<dyn Entropy>,
    keyring: Arc<Keyring>,
    store: KeyStore,
    usage: UsageLog,
}

impl Keys {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            changing: Arc::default(),
            clock: parts.clock.clone(),
            entropy: Arc::clone(&parts.entropy),
            keyring: Arc::clone(&parts.keyring),
            store: parts.store.keys(),
            usage: parts.usage.clone(),
        }
    }

    /// The keys, with what is under each.
    pub async fn list(&self) -> Result<Vec<KeyState>, KeysError> {
        // What was used just now has moved.
        self.usage.write().await?;

        let (newest, _) = self.keyring.peppers();
        let mut keys = Vec::new();
        for Known { id, pepper, created_at } in self.keyring.known() {
            let on =
                if pepper { self.store.count_on(id, self.clock.now()).await? } else { Hanging::default() };
            keys.push(KeyState {
                id,
                purpose: if pepper { "pepper" } else { "seal" }.into(),
                created_at,
                newest: !pepper || id == newest,
                client_passwords: on.client_passwords,
                tombstones: on.tombstones,
                service_keys: on.service_keys,
            });
        }

        Ok(keys)
    }

    /// Adds a pepper, under which everything new is made from now on. Gives its number.
    pub async fn add_pepper(&self) -> Result<i64, KeysError> {
        let _changing = self.changing.lock().await;

        // The file first: a key that the database knows and the keyring lacks would forbid the next start.
        let (id, check) = self.keyring.write_new_pepper(self.clock.now(), self.entropy.as_ref())?;
        let change = self.audit.terminal_entry(Action::PepperAdded)?.target(Target::Pepper(id));
        if let Err(error) = self.store.add_pepper(id, &check, &change.0).await {
            // A key too many in the file harms nobody; one too few would forbid every start. So it is taken out again
            // only if the database surely does not know it.
            if !matches!(error, EngineError::OutcomeUnknown(_)) {
                self.keyring.write_without(id)?;
            }
            return Err(error.into());
        }

        self.keyring.reload()?;
        self.audit.committed(&change);
        Ok(id)
    }

    /// Retires the older pepper. What is still live under it refuses that, or ends with it; the last operator key only
    /// by `force`.
    pub async fn retire_pepper(&self, id: i64, end: bool, force: bool) -> Result<Retired, KeysError> {
        let _changing = self.changing.lock().await;
        self.usage.write().await?;
        let settled = self.settled(id)?;
        let change = self.audit.terminal_entry(Action::PepperRetired)?.target(Target::Pepper(id));
        let on = self.store.count_on(id, change.at()).await?;

        if !end {
            refuse_live(id, on)?;
            if change.at() < settled {
                return Err(KeysError::TooEarly { id, until: settled });
            }
        }

        let endings = if end { Some(self.endings(id, settled.minus(SETTLED), force).await?) } else { None };
        let blind_tombstones = on.tombstones + on.client_passwords;
        let change =
            change.details(Details::PepperRetired { service_keys: on.service_keys, blind_tombstones });

        self.store.retire_pepper(id, endings.as_ref(), &change.0).await?.map_err(|unmet| match unmet {
            Unmet::LastOperatorKey => KeysError::LastOperator(id),
            _ => KeysError::Moved(id),
        })?;

        // A crash here leaves a key in the file under which nothing lives; the next start knows it again.
        self.keyring.write_without(id)?;
        self.keyring.reload()?;
        self.audit.committed(&change);
        Ok(Retired {
            id,
            ended_client_passwords: on.client_passwords,
            ended_service_keys: on.service_keys,
            blind_tombstones: on.tombstones + on.client_passwords,
        })
    }

    /// When everything that does not move is over, if `id` is the older pepper.
    fn settled(&self, id: i64) -> Result<Timestamp, KeysError> {
        let (newest, older) = self.keyring.peppers();
        if older != Some(id) {
            return Err(if newest == id { KeysError::Newest(id) } else { KeysError::NoSuchPepper(id) });
        }

        let known = self.keyring.known();
        let made = known.iter().find(|key| key.id == newest);
        let made = made.and_then(|key| Timestamp::parse(&key.created_at)).unwrap_or(self.clock.now());
        Ok(made.plus(SETTLED))
    }

    async fn endings(
        &self,
        id: i64,
        sessions_until: Timestamp,
        last_operator: bool,
    ) -> Result<Endings, KeysError> {
        let sessions_until = Some(sessions_until);
        let mut endings = Endings { sessions_until, last_operator, ..Endings::default() };

        for organization in self.store.organizations_on(id, self.clock.now()).await? {
            let change = self.audit.terminal_entry(Action::PepperRetired)?;
            endings.organizations.push(change.in_organization(organization).target(Target::Pepper(id)).0);
        }
        for key in self.store.service_keys_on(id).await? {
            let change = self.audit.terminal_entry(Action::ServiceKeyRevoked)?;
            let change =
                change.of_key(&key).details(Details::RoleAndPepper { role: key.role.name(), pepper: id });
            endings.service_keys.push((key, change.0));
        }

        Ok(endings)
    }
}

fn refuse_live(id: i64, on: Hanging) -> Result<(), KeysError> {
    if on.client_passwords == 0 && on.service_keys == 0 {
        return Ok(());
    }
    let what = format!("{} client passwords and {} service keys", on.client_passwords, on.service_keys);
    Err(KeysError::Live { id, what, blind: on.tombstones + on.client_passwords })
}
