//! The second step of a sign-in: a one-time code, counted before it is compared, or a recovery code; and the block of
//! codes after too many wrong ones.

use std::sync::Arc;
use std::time::Duration;

use super::login_throttle::{Guess, LoginThrottle, ThrottleMemory, Use};
use super::parts::Parts;
use super::{Error, Refusal};
use crate::clock::Clock;
use crate::domain::ids::MemberId;
use crate::domain::notice::Proof;
use crate::domain::place::Place;
use crate::domain::second_factor::{Factor, FactorKind, Step, TotpCode, matching_step};
use crate::domain::secret::{Secret, recognise_recovery_code};
use crate::domain::throttle::QuotaKind;
use crate::keyring::Keyring;
use crate::store::known_places::Familiarity;
use crate::store::second_factors::StoredFactor;
use crate::store::{PlaceStore, SecondFactorStore};
use crate::telemetry::Metrics;

/// Who takes the second step, after the right account password.
#[derive(Clone, Copy, Debug)]
pub(super) struct SecondStep<'a> {
    pub(super) member: MemberId,
    pub(super) login: &'a str,
    pub(super) place: Place,
    pub(super) factors: &'a [StoredFactor],
}

/// The second step of a sign-in.
#[derive(Clone)]
pub(super) struct SignInCodes {
    clock: Clock,
    keyring: Arc<Keyring>,
    memory: Arc<ThrottleMemory>,
    metrics: Arc<Metrics>,
    places: PlaceStore,
    second_factors: SecondFactorStore,
    throttle: LoginThrottle,
}

impl SignInCodes {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            clock: parts.clock.clone(),
            keyring: Arc::clone(&parts.keyring),
            memory: Arc::clone(&parts.memory),
            metrics: Arc::clone(&parts.metrics),
            places: parts.store.places(),
            second_factors: parts.store.second_factors(),
            throttle: LoginThrottle::new(parts),
        }
    }

    /// Whether `code` is a second step of this member now. A TOTP code is used up; a recovery code is by the session
    /// that it begins. What has no six digits is no guess, and a recovery code is looked up whatever was tried before:
    /// nobody guesses one.
    pub(super) async fn prove(&self, step: &SecondStep<'_>, code: &Secret) -> Result<Proof, Error> {
        if let Some(code) = TotpCode::recognise(code.expose()) {
            return self.prove_by_totp(step, &code).await;
        }

        let letters = recognise_recovery_code(code.expose()).ok_or(Refusal::InvalidCode)?;
        let verifiers = self.keyring.lasting_verifiers(&recovery_text(&letters));
        let found = self.second_factors.recovery_code(&verifiers, step.member).await?;
        found.ok_or_else(|| Refusal::InvalidCode.into())
    }

    async fn prove_by_totp(&self, step: &SecondStep<'_>, code: &TotpCode) -> Result<Proof, Error> {
        let SecondStep { login, place, .. } = *step;
        let guess = Guess { used: Use::Code, place, login, password: None, hash: None };

        // The answer to a stranger if it is wrong; whoever is at a known place gets the same.
        let mut if_wrong: Error = Refusal::InvalidCode.into();
        let charged = self.memory.take(QuotaKind::Stranger, &guess, Duration::ZERO);
        if let Err(wait) = charged {
            self.metrics.throttled();
            if_wrong = Error::TooManyAttempts(wait);
            let known = self.is_known_for_codes(&guess).await?;
            if !known || self.memory.take(QuotaKind::Known, &guess, Duration::ZERO).is_err() {
                return Err(if_wrong);
            }
        }

        if let Err(blocked) = self.places.count_code(step.member).await? {
            tracing::warn!(event = "codes_blocked", member_id = %step.member);
            if_wrong = blocked.into();
            if !self.is_known_for_codes(&guess).await? {
                return Err(if_wrong);
            }
        }

        let Some(proof) = self.use_totp(step, code).await? else { return Err(if_wrong) };
        if charged.is_ok() {
            self.memory.give_back(QuotaKind::Stranger, &guess);
        }
        self.memory.reset(&guess);
        Ok(proof)
    }

    async fn is_known_for_codes(&self, guess: &Guess<'_>) -> Result<bool, Error> {
        Ok(self.throttle.stored_standing(guess).await? == Some(Familiarity::Place))
    }

    async fn use_totp(&self, step: &SecondStep<'_>, code: &TotpCode) -> Result<Option<Proof>, Error> {
        let shows_codes = |factor: &Factor| factor.kind == FactorKind::Totp && factor.is_confirmed();
        for stored in step.factors.iter().filter(|stored| shows_codes(&stored.factor)) {
            let Some(found) = step_of(&self.keyring, &self.clock, stored, code)? else { continue };
            if self.second_factors.use_step(step.member, stored.factor.id, found).await?.is_ok() {
                let (factor, confirmed_at) = (stored.factor.id, stored.factor.confirmed_at);
                return Ok(Some(Proof::Totp { factor, confirmed_at }));
            }
        }
        Ok(None)
    }
}

/// The step of an authenticator at which `code` is the factor's, if it is one of now.
pub(super) fn step_of(
    keyring: &Keyring,
    clock: &Clock,
    stored: &StoredFactor,
    code: &TotpCode,
) -> Result<Option<Step>, Error> {
    let seed = keyring.open(stored.factor.id.uuid(), &stored.sealed_seed);
    let seed = seed.ok_or_else(|| Error::Unavailable("a sealed seed cannot be opened".into()))?;
    // Not the time that never goes back: the authenticator knows nothing of that.
    Ok(matching_step(&seed, code, clock.wall()))
}

/// What is hashed of a recovery code: it can never be taken for another kind of secret.
pub(super) fn recovery_text(letters: &Secret) -> String {
    format!("recovery:{}", letters.expose())
}
