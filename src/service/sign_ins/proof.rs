//! What a member proves to sign in: the account password, and a second step where there is a factor; or a passkey.

use std::net::IpAddr;
use std::sync::Arc;

use super::passkeys::{PasskeyProofs, Presented};
use super::pending::Pending;
use crate::domain::ids::{DeviceId, MemberId, RequestId};
use crate::domain::login::Login;
use crate::domain::notice::Proof;
use crate::domain::place::Place;
use crate::domain::second_factor::FactorKind;
use crate::domain::secret::Secret;
use crate::keyring::Keyring;
use crate::service::login_throttle::{Guess, LoginThrottle, Tried, Use};
use crate::service::parts::Parts;
use crate::service::passkey_challenges::For;
use crate::service::sign_in_codes::{SecondStep, SignInCodes};
use crate::service::{Error, Refusal};
use crate::store::known_places::{Familiarity, Purpose};
use crate::store::members::SigningIn;
use crate::store::passkeys::FoundPasskey;
use crate::store::{MemberStore, PlaceStore, SecondFactorStore};
use crate::telemetry::Metrics;

/// Where a sign-in comes from.
#[derive(Clone, Debug)]
pub struct SignInOrigin {
    /// The address, for the record.
    pub ip: Option<IpAddr>,
    /// The place, for the throttle.
    pub place: Place,
    /// The device, by its cookie. It counts as a place only where somebody got in with it before.
    pub device: Option<DeviceId>,
    /// What the browser or program calls itself.
    pub user_agent: Option<String>,
    /// The request, as logs and the audit record name it.
    pub request_id: RequestId,
}

/// Whoever gave a right account password, or a passkey that knew the person.
pub(super) struct Proven {
    pub(super) found: SigningIn,
    /// The hash of the account password, which has to be the same still when the session is written.
    pub(super) hash: String,
    pub(super) login: String,
}

impl Proven {
    /// Whose passkey it is; none if the member does not sign in here.
    pub(super) fn by(passkey: FoundPasskey) -> Option<Self> {
        let (found, hash) = with_hash(passkey.member)?;
        Some(Self { found, hash, login: passkey.login })
    }
}

/// What is given for the second step: a code, or a passkey with what its challenge was made for.
pub(super) enum Given<'a> {
    Code(&'a Secret),
    Passkey(Presented<'a>, For<'a>),
}

/// Compares what was typed.
#[derive(Clone)]
pub(super) struct Proofs {
    codes: SignInCodes,
    keyring: Arc<Keyring>,
    members: MemberStore,
    metrics: Arc<Metrics>,
    passkeys: PasskeyProofs,
    places: PlaceStore,
    second_factors: SecondFactorStore,
    throttle: LoginThrottle,
}

impl Proofs {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            codes: SignInCodes::new(parts),
            keyring: Arc::clone(&parts.keyring),
            members: parts.store.members(),
            metrics: Arc::clone(&parts.metrics),
            passkeys: PasskeyProofs::new(parts),
            places: parts.store.places(),
            second_factors: parts.store.second_factors(),
            throttle: LoginThrottle::new(parts),
        }
    }

    /// The member of this login and password. Whoever is none costs the same time.
    pub(super) async fn password(
        &self,
        login: &str,
        password: &Secret,
        origin: &SignInOrigin,
    ) -> Result<Proven, Error> {
        let login = Login::presented(login);
        let found = self.members.for_sign_in(&login).await?;
        let found = found.filter(|found| found.active).and_then(with_hash);
        let hash = found.as_ref().map(|(_, hash)| hash.as_str());

        let place = self.place(&login, Purpose::Password, origin).await?;
        let guess = Guess { used: Use::SignIn, place, login: &login, password: Some(password), hash };
        match (self.throttle.try_password(&guess).await?, found) {
            (Tried::Right, Some((found, hash))) => Ok(Proven { found, hash, login: login.clone() }),
            (Tried::Right | Tried::Wrong, _) => Err(Refusal::InvalidCredentials.into()),
            (Tried::Later(wait), _) => {
                self.metrics.throttled();
                Err(Error::TooManyAttempts(wait))
            }
        }
    }

    /// Whoever gave the right account password before, if it is still that.
    pub(super) async fn waiting(&self, pending: &Pending) -> Result<Proven, Error> {
        let found = self.members.for_sign_in(&pending.login).await?;
        let found = found.filter(|found| found.active && found.id.uuid() == pending.member);
        let (found, hash) = found.and_then(with_hash).ok_or(Refusal::SignInExpired)?;

        if !self.keyring.fingerprints(hash.as_bytes()).contains(&pending.fingerprint) {
            return Err(Refusal::SignInExpired.into());
        }
        Ok(Proven { found, hash, login: pending.login.clone() })
    }

    /// The second step, where the member has a factor.
    pub(super) async fn second_step(
        &self,
        proven: &Proven,
        given: Option<Given<'_>>,
        origin: &SignInOrigin,
    ) -> Result<Option<Proof>, Error> {
        let (member, login) = (proven.found.id, proven.login.as_str());
        let factors = self.second_factors.of_member(member).await?;
        if factors.iter().all(|stored| !stored.factor.is_confirmed()) {
            return Ok(None);
        }

        match given.ok_or(Refusal::SecondFactorRequired)? {
            Given::Code(code) => {
                let place = self.place(login, Purpose::Code, origin).await?;
                let step = SecondStep { member, login, place, factors: &factors };
                Ok(Some(self.codes.prove(&step, code).await?))
            }
            Given::Passkey(presented, made_for) => {
                let shown = self.passkeys.prove(&presented, &made_for).await?;
                let own = shown.found.member.id == member;
                own.then_some(Some(shown.proof)).ok_or_else(|| Refusal::InvalidPasskey.into())
            }
        }
    }

    /// Whether the member has a factor, and whether one is an authenticator that shows codes.
    pub(super) async fn factors(&self, member: MemberId) -> Result<(bool, bool), Error> {
        let mut factors = self.second_factors.of_member(member).await?;
        factors.retain(|stored| stored.factor.is_confirmed());
        let shows_codes = factors.iter().any(|stored| stored.factor.kind == FactorKind::Totp);
        Ok((!factors.is_empty(), shows_codes))
    }

    /// The member got in: address and device are known from now on.
    pub(super) fn remember_places(&self, proven: &Proven, proof: Option<Proof>, origin: &SignInOrigin) {
        let (id, login) = (proven.found.id, proven.login.as_str());
        for place in std::iter::once(origin.place).chain(origin.device.map(Place::Device)) {
            self.throttle.record_sign_in(id, login, Purpose::Password, place);
            if proof.is_some() {
                self.throttle.record_sign_in(id, login, Purpose::Code, place);
            }
        }
    }

    /// The place that a guess is counted by: the device, if the login got in with it before, else the address. Anybody
    /// may make devices up.
    async fn place(&self, login: &str, purpose: Purpose, origin: &SignInOrigin) -> Result<Place, Error> {
        let Some(device) = origin.device.map(Place::Device) else { return Ok(origin.place) };
        let known = self.places.familiarity(login, purpose, &device).await?;
        Ok(if known == Some(Familiarity::Place) { device } else { origin.place })
    }
}

fn with_hash(found: SigningIn) -> Option<(SigningIn, String)> {
    let hash = found.password_hash.clone()?;
    Some((found, hash))
}
