//! Use cases, one file each: what members, administrators, operators and mail servers can ask for. The only
//! caller of the store.
//!
//! Each use case: find what it is about, ask `domain::access` whether the caller may, decide in `domain`,
//! write once. A refusal is a value ([`Refusal`]); only "cannot answer" is [`Error::Unavailable`].

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use crate::clock::{Clock, Timestamp};
use crate::domain::ids::{uuid_after, uuid_v7};
use crate::domain::policy::Policy;
use crate::domain::secret::{Token, TokenKind};
use crate::entropy::{Entropy, NoEntropy};
use crate::keyring::Keyring;
use crate::store::{Store, Verifier};
use crate::telemetry::Metrics;

mod account_passwords;
pub mod admin;
pub mod admin_keys;
pub mod audit;
mod audit_entry;
mod authority;
mod call;
mod change_budget;
pub mod client_passwords;
pub mod credential_checks;
mod deadline;
pub mod end_notices;
mod error;
pub mod idempotency;
pub mod keys;
pub mod listing;
pub mod load;
mod login_throttle;
pub mod members;
pub mod notices;
pub mod organizations;
mod password_hashing;
mod refusals;
pub mod restore;
pub mod revocations;
pub mod rotation;
pub mod second_factors;
pub mod secure_login;
pub mod service_keys;
pub mod sessions;
pub mod setup;
mod sign_in_codes;
mod usage;

use audit_entry::Change;
pub use call::{Call, IfMatch, Listed, Paging};
pub use change_budget::ChangeBudgets;
pub use error::{Error, Refusal};
pub use password_hashing::Argon2Params;
use password_hashing::PasswordHasher;

/// What to answer about a login that nobody has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownLogin {
    /// Reject.
    #[default]
    Reject,
    /// Let the mail server's next source decide.
    Defer,
}

/// Settings of the service.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What to answer about unknown logins.
    pub unknown_login: UnknownLogin,
    /// A refusal leaves on the first step that is no earlier than this, or later; zero: at once.
    pub refusal_floor: Duration,
    /// Refusals that may wait at the same time.
    pub max_parked: usize,
    /// Rows that are read for one page of a list at the most.
    pub list_rows: i64,
    /// What one caller may change.
    pub change_budgets: ChangeBudgets,
    /// Hashes account passwords.
    pub argon2: Argon2Params,
}

/// What the service is made of.
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub store: Store,
    /// Time.
    pub clock: Clock,
    /// Keys.
    pub keyring: Keyring,
    /// Settings.
    pub settings: Settings,
    /// Numbers for the operator.
    pub metrics: Arc<Metrics>,
}

/// All use cases.
pub struct Service {
    store: Store,
    clock: Clock,
    entropy: Arc<dyn Entropy>,
    keyring: Keyring,
    settings: Settings,
    policy: Policy,
    metrics: Arc<Metrics>,
    usage: usage::Usage,
    password_hasher: PasswordHasher,
    throttle: login_throttle::LoginThrottle,
    change_budget: change_budget::ChangeBudget,
    /// Held while the keyring changes.
    changing_keys: tokio::sync::Mutex<()>,
    last_id: Mutex<Uuid>,
    /// Rung after every change.
    bell: tokio::sync::Notify,
}

impl Service {
    /// The service over its parts.
    pub fn new(parts: Parts, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            password_hasher: PasswordHasher::new(parts.settings.argon2.clone(), parts.clock.clone()),
            throttle: login_throttle::LoginThrottle::new(parts.clock.clone()),
            change_budget: change_budget::ChangeBudget::new(parts.settings.change_budgets),
            store: parts.store,
            clock: parts.clock,
            entropy,
            keyring: parts.keyring,
            settings: parts.settings,
            policy: Policy::default(),
            metrics: parts.metrics,
            usage: usage::Usage::default(),
            changing_keys: tokio::sync::Mutex::default(),
            last_id: Mutex::new(Uuid::nil()),
            bell: tokio::sync::Notify::new(),
        }
    }

    /// Refuses a database that was made with another keyring; introduces new keys to it.
    pub async fn check_keyring(&self) -> Result<(), Error> {
        let new = self.unknown_keys().await?;
        for (key, check) in &new {
            self.store.put_keyring_check(*key, check).await?;
        }
        if !new.is_empty() {
            // Another node may have introduced other keys at the same moment.
            self.unknown_keys().await?;
        }
        Ok(())
    }

    /// The keys that the database does not know yet, if it knows no others.
    async fn unknown_keys(&self) -> Result<Vec<(i64, [u8; 32])>, Error> {
        let known = self.store.keyring_checks().await?;
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
        Ok(self.store.ping().await?)
    }

    /// A fresh id, larger than all before it in this process. Of those made within a millisecond only the first is
    /// random, the others count on (RFC 9562 section 6.2): ids are no secrets, and random bytes cost more than a look-up.
    pub fn next_id(&self) -> Result<Uuid, NoEntropy> {
        let now = self.clock.now();
        let mut last = self.last_id.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = Timestamp::from_micros(now.micros() / 1_000 * 1_000);
        *last = if uuid_v7(begun, [0; 8]) > *last { uuid_v7(now, self.random()?) } else { uuid_after(*last) };
        Ok(*last)
    }

    /// Random bytes, for what a protocol wants of them.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], NoEntropy> {
        let mut random = [0u8; N];
        self.entropy.fill(&mut random)?;
        Ok(random)
    }

    fn id<T: From<Uuid>>(&self) -> Result<T, NoEntropy> {
        self.next_id().map(T::from)
    }

    /// A fresh token and its verifier, with the pepper of that.
    fn token(&self, kind: TokenKind) -> Result<(Token, (i64, Verifier)), NoEntropy> {
        let token = Token::generate(kind, &mut |dest| self.entropy.fill(dest))?;
        let verifier = self.keyring.verifier(token.text().expose());
        Ok((token, verifier))
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Service")
    }
}
