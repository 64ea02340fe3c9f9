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
use crate::domain::access::{Caller, Denial};
use crate::domain::audit::{Action, Actor};
use crate::domain::field::FieldError;
use crate::domain::ids::{MemberId, OrganizationId, RequestId, uuid_after, uuid_v7};
use crate::domain::policy::Policy;
use crate::domain::secret::{Token, TokenKind};
use crate::entropy::{Entropy, NoEntropy};
use crate::keyring::Keyring;
use crate::store::audit::Record;
use crate::store::engine::EngineError;
use crate::store::{Page, Store, Verifier};
use crate::telemetry::Metrics;

mod account_passwords;
pub mod audit;
pub mod client_passwords;
mod comparing;
mod guard;
pub mod members;
pub mod organizations;
pub mod revocations;
pub mod rotation;
pub mod second_factors;
pub mod secure_login;
pub mod service_keys;
pub mod sessions;
pub mod setup;
mod usage;
pub mod verify;

pub use comparing::Hasher;

/// Why a use case did not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Fields are wrong; nothing was done.
    Invalid(Vec<FieldError>),
    /// It was refused; nothing was done.
    Refused(Refusal),
    /// Too many tries; come back after this time.
    TooManyAttempts(Duration),
    /// It cannot be answered now. Never a reason to refuse a password.
    Unavailable(String),
}

/// A refusal, each with a code of its own in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is described where the doors map it")]
pub enum Refusal {
    NotSignedIn,
    InvalidToken,
    StepUpRequired,
    InvalidCredentials,
    SecondFactorRequired,
    InvalidCode,
    InvalidCurrentPassword,
    InvalidSetupToken,
    Forbidden,
    NotAvailableToMember,
    NotFound,
    SecureLoginOff,
    SecondFactorMissing,
    LimitReached,
    LoginTaken,
    DomainTaken,
    DomainInUse,
    NotActive,
    AlreadySetUp,
    AlreadyConfirmed,
    PreviewUsed,
    OwnerRequired,
    Conflict,
    VersionMismatch,
    VersionRequired,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(errors) => {
                let lines: Vec<_> =
                    errors.iter().map(|error| format!("{} {}", error.field, error.detail)).collect();
                f.write_str(&lines.join("; "))
            }
            Self::Refused(refusal) => write!(f, "refused: {refusal:?}"),
            Self::TooManyAttempts(wait) => write!(f, "too many attempts; come back in {} s", wait.as_secs()),
            Self::Unavailable(why) => f.write_str(why),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<FieldError> for Error {
    fn from(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }
}

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<NoEntropy> for Error {
    fn from(error: NoEntropy) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<Denial> for Error {
    fn from(denial: Denial) -> Self {
        Self::Refused(match denial {
            Denial::Hidden => Refusal::NotFound,
            Denial::Forbidden => Refusal::Forbidden,
            Denial::StepUp => Refusal::StepUpRequired,
        })
    }
}

/// A call: who makes it and which request it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Who.
    pub caller: Caller,
    /// The request.
    pub request_id: RequestId,
}

/// What a caller demands of the version that it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// Nothing was demanded.
    Absent,
    /// Any version will do.
    Any,
    /// Exactly this version.
    Version(i64),
    /// Something that is no version of ours.
    Never,
}

impl IfMatch {
    /// Whether a row of `version` may be changed.
    fn allows(self, version: i64) -> Result<(), Refusal> {
        match self {
            Self::Absent | Self::Any => Ok(()),
            Self::Version(wanted) if wanted == version => Ok(()),
            Self::Version(_) | Self::Never => Err(Refusal::VersionMismatch),
        }
    }

    /// The same, where a demand is required.
    fn requires(self, version: i64) -> Result<(), Refusal> {
        if self == Self::Absent { Err(Refusal::VersionRequired) } else { self.allows(version) }
    }

    /// The refusal after a race was lost: the demand is no longer met, or there was none.
    fn lost(self) -> Refusal {
        if matches!(self, Self::Version(_)) { Refusal::VersionMismatch } else { Refusal::Conflict }
    }
}

/// A page that was asked for: items with smaller ids than `before`, at most `limit`.
#[derive(Clone, Copy, Debug)]
pub struct Paging {
    /// The last id of the page before, if this is not the first.
    pub before: Option<Uuid>,
    /// At most so many, 1 to 200.
    pub limit: u32,
}

impl Paging {
    fn page(self) -> Page {
        // One more tells whether there is a next page.
        Page { before: self.before.unwrap_or(Uuid::max()), limit: i64::from(self.limit) + 1 }
    }
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Listed<T> {
    /// The items, newest first.
    pub items: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next: Option<Uuid>,
}

impl<T> Listed<T> {
    fn cut(mut items: Vec<T>, limit: u32, id: impl Fn(&T) -> Uuid) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(id) } else { None };
        Self { items, next }
    }
}

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
    /// A refusal leaves no earlier than this after it came in.
    pub refusal_floor: Duration,
    /// Refusals that may wait at the same time.
    pub max_parked: usize,
    /// Hashes account passwords.
    pub hasher: Hasher,
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
    comparing: comparing::Comparing,
    guard: guard::Guard,
    last_id: Mutex<Uuid>,
}

impl Service {
    /// The service over its parts.
    pub fn new(parts: Parts, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            comparing: comparing::Comparing::new(parts.settings.hasher.clone(), parts.clock.clone()),
            store: parts.store,
            clock: parts.clock,
            entropy,
            keyring: parts.keyring,
            settings: parts.settings,
            policy: Policy::default(),
            metrics: parts.metrics,
            usage: usage::Usage::default(),
            guard: guard::Guard::new(),
            last_id: Mutex::new(Uuid::nil()),
        }
    }

    /// Refuses a database that was made with another keyring; introduces new keys to it.
    pub async fn check_keyring(&self) -> Result<(), Error> {
        let known = self.store.keyring_checks().await?;
        for (key, check) in self.keyring.checks() {
            match known.iter().find(|(id, _)| id == key) {
                Some((_, expected)) if expected != check => {
                    return Err(Error::Unavailable("this keyring does not belong to this database".into()));
                }
                Some(_) => {}
                None => self.store.put_keyring_check(*key, check).await?,
            }
        }
        let missing = known.iter().any(|(id, _)| !self.keyring.checks().iter().any(|(key, _)| key == id));
        if missing {
            return Err(Error::Unavailable("the keyring lacks a key that the database was made with".into()));
        }
        Ok(())
    }

    /// Whether the service can answer.
    pub async fn ready(&self) -> Result<(), Error> {
        Ok(self.store.ping().await?)
    }

    /// A fresh id, larger than all before it in this process.
    pub fn next_id(&self) -> Result<Uuid, NoEntropy> {
        let mut random = [0u8; 8];
        self.entropy.fill(&mut random)?;
        let fresh = uuid_v7(self.clock.now(), random);
        let mut last = self.last_id.lock().unwrap_or_else(PoisonError::into_inner);
        *last = if fresh > *last { fresh } else { uuid_after(*last) };
        Ok(*last)
    }

    fn id<T: From<Uuid>>(&self) -> Result<T, NoEntropy> {
        self.next_id().map(T::from)
    }

    /// A fresh token and its verifier.
    fn token(&self, kind: TokenKind) -> Result<(Token, Verifier), NoEntropy> {
        let token = Token::generate(kind, &mut |dest| self.entropy.fill(dest))?;
        let (_, verifier) = self.keyring.verifier(token.text().expose());
        Ok((token, verifier))
    }

    /// The record of a change by `call`, now.
    fn record(&self, call: &Call, action: Action) -> Result<Change, NoEntropy> {
        self.record_by(call.caller.actor(), Some(call.request_id), action)
    }

    fn record_by(
        &self,
        actor: Actor,
        request_id: Option<RequestId>,
        action: Action,
    ) -> Result<Change, NoEntropy> {
        Ok(Change(Record {
            id: self.id()?,
            at: self.clock.now(),
            organization_id: None,
            actor,
            action,
            member_id: None,
            targets: "[]".into(),
            reason: None,
            details: "{}".into(),
            request_id,
        }))
    }

    /// The canonical line of a change that is on disk.
    fn changed(&self, change: &Change) {
        let record = &change.0;
        self.metrics.change(record.action.name());
        tracing::info!(
            event = "change",
            action = record.action.name(),
            actor_kind = record.actor.kind(),
            actor_id = record.actor.id().map(tracing::field::display),
            organization_id = record.organization_id.map(tracing::field::display),
            member_id = record.member_id.map(tracing::field::display),
            request_id = record.request_id.map(tracing::field::display),
        );
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Service")
    }
}

/// A record being filled in.
#[derive(Clone, Debug)]
struct Change(Record);

impl Change {
    fn in_organization(mut self, id: OrganizationId) -> Self {
        self.0.organization_id = Some(id);
        self
    }

    fn of_member(mut self, id: MemberId) -> Self {
        self.0.member_id = Some(id);
        self
    }

    fn because(mut self, reason: &str) -> Self {
        self.0.reason = Some(reason.to_owned());
        self
    }

    /// Adds what was changed.
    fn target(self, kind: &str, id: impl fmt::Display) -> Self {
        self.targets(&[(kind, id.to_string())])
    }

    fn targets(mut self, targets: &[(&str, String)]) -> Self {
        let list: Vec<_> =
            targets.iter().map(|(kind, id)| serde_json::json!({"kind": kind, "id": id})).collect();
        self.0.targets = serde_json::Value::from(list).to_string();
        self
    }

    fn details(mut self, details: &serde_json::Value) -> Self {
        self.0.details = details.to_string();
        self
    }

    fn at(&self) -> Timestamp {
        self.0.at
    }
}
