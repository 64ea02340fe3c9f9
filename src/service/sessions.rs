//! Signing in and out, and recognising who calls.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::json;

use super::deadline::Deadline;
use super::login_throttle::{Guess, Tried, Use};
use super::sign_in_codes::SecondStep;
use super::{Call, Error, Refusal, Service};
use crate::clock::Timestamp;
use crate::domain::access::Caller;
use crate::domain::audit::{Action, Actor};
use crate::domain::ids::RequestId;
use crate::domain::login::Login;
use crate::domain::member::Member;
use crate::domain::notice::{Notice, Proof};
use crate::domain::place::Place;
use crate::domain::secret::{Secret, Token, TokenKind};
use crate::store::Unmet;
use crate::store::known_places::Purpose;
use crate::store::members::SigningIn;
use crate::store::sessions::NewSession;
use crate::store::transaction::Origin;
use crate::store::usage::Moved;

/// Longest session.
const LIFETIME: Duration = Duration::from_secs(12 * 3600);
/// A session unused for this long is over.
const IDLE: Duration = Duration::from_secs(30 * 60);

/// What signing in asks for.
#[derive(Clone, Debug)]
pub struct SignIn<'a> {
    /// The login as it was typed.
    pub login: &'a str,
    /// The account password.
    pub password: &'a Secret,
    /// The second step: a TOTP or recovery code.
    pub code: Option<&'a Secret>,
    /// Where it comes from, for the record.
    pub ip: Option<IpAddr>,
    /// Where it comes from, for the throttle.
    pub place: Place,
    /// The request.
    pub request_id: RequestId,
}

/// A session that was begun.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its token; shown this once.
    pub token: Secret,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// Who signed in.
    pub member: Member,
    /// What others did to the member's account, and is not acknowledged; oldest first.
    pub notices: Vec<Notice>,
}

impl Service {
    /// Signs a member in. An unknown login costs the same time as a wrong password.
    pub async fn sign_in(&self, asked: &SignIn<'_>) -> Result<Session, Error> {
        let login = Login::presented(asked.login);
        let proven = self.prove_sign_in(asked, &login).await;
        let (found, hash, proof) = proven.inspect_err(|error| failed(asked, reason(error)))?;
        let session = self.begin_session(asked, &found, &hash, proof).await.inspect_err(|error| {
            // What was typed was right when it was compared.
            let overtaken =
                matches!(error, Error::Refused(Refusal::InvalidCredentials | Refusal::InvalidCode));
            failed(asked, if overtaken { "overtaken" } else { reason(error) });
        })?;
        self.record_sign_in(found.id, &login, Purpose::Password, asked.place);
        if proof.is_some() {
            self.record_sign_in(found.id, &login, Purpose::Code, asked.place);
        }
        Ok(session)
    }

    /// Who signs in, the hash that the account password was compared with, and the second step.
    async fn prove_sign_in(
        &self,
        asked: &SignIn<'_>,
        login: &str,
    ) -> Result<(SigningIn, String, Option<Proof>), Error> {
        let found = self.store.for_sign_in(login).await?;
        let found = found.filter(|found| found.active).and_then(with_hash);
        let hash = found.as_ref().map(|(_, hash)| hash.as_str());
        let (place, password) = (asked.place, Some(asked.password));
        let guess = Guess { used: Use::SignIn, place, login, password, hash };
        match (self.try_account_password(&guess).await?, found) {
            (Tried::Right, Some((found, hash))) => {
                let proof = self.second_step(&found, login, asked).await?;
                Ok((found, hash, proof))
            }
            (Tried::Right | Tried::Wrong, _) => Err(Refusal::InvalidCredentials.into()),
            (Tried::Later(wait), _) => {
                self.metrics.throttled();
                Err(Error::TooManyAttempts(wait))
            }
        }
    }

    async fn second_step(
        &self,
        found: &SigningIn,
        login: &str,
        asked: &SignIn<'_>,
    ) -> Result<Option<Proof>, Error> {
        let factors = self.store.factors(found.id).await?;
        if factors.iter().all(|stored| stored.factor.confirmed_at.is_none()) {
            return Ok(None);
        }
        let code = asked.code.ok_or(Refusal::SecondFactorRequired)?;
        let step = SecondStep { member: found.id, login, place: asked.place, factors: &factors };
        Ok(Some(self.prove(&step, code).await?))
    }

    async fn begin_session(
        &self,
        asked: &SignIn<'_>,
        found: &SigningIn,
        hash: &str,
        proof: Option<Proof>,
    ) -> Result<Session, Error> {
        let (token, (_, verifier)) = self.token(TokenKind::Session)?;
        let change = self.record_of(
            Origin::System,
            Actor::Member(found.id),
            Some(asked.request_id),
            Action::SessionCreated,
        )?;
        let new = NewSession {
            id: self.id()?,
            verifier,
            member_id: found.id,
            expires_at: change.at().plus(LIFETIME),
            proof,
        };
        let change = change.in_organization(found.organization_id).of_member(found.id);
        let change = change.target("session", new.id);
        let ip = asked.ip.map(|ip| ip.to_string());
        let change = change.details(&json!({"second_factor": proof.map(Proof::name), "ip": ip}));
        let notices = self.notices_at_sign_in(found.id).await?;
        // Not if the member was suspended, the password changed, or the second step confirmed or removed, while they were
        // compared.
        self.store.begin_session(&new, hash, &change.0).await??;
        self.changed(&change);
        let member = self.store.member(found.id).await?.ok_or(Refusal::InvalidCredentials)?;
        Ok(Session { token: token.text().clone(), expires_at: new.expires_at, member, notices })
    }

    /// Signs the caller out.
    pub async fn sign_out(&self, call: &Call) -> Result<(), Error> {
        self.judged(call, async |call| {
            let Caller::Member(me) = call.caller else {
                return Err(Refusal::Forbidden.into());
            };
            let change = self
                .record(call, call.caller.on_itself(), Action::SessionEnded)?
                .in_organization(me.organization_id);
            let change = change.of_member(me.member_id).target("session", me.session_id);
            match self.store.end_session(me.session_id, &change.0).await? {
                Ok(()) => self.changed(&change),
                // It is gone already.
                Err(Unmet::Nothing) => {}
                Err(unmet) => return Err(unmet.into()),
            }
            Ok(())
        })
        .await
    }

    /// Who holds this bearer token.
    pub async fn recognise(&self, bearer: &str) -> Result<Caller, Error> {
        let token = Token::recognise(bearer).ok_or(Refusal::InvalidToken)?;
        let verifiers = self.keyring.verifiers(token.text().expose());
        let (now, deadline) = (self.clock.now(), Deadline::after(self.clock.monotonic()));
        match token.kind() {
            TokenKind::Session => {
                let session = self.by(deadline, self.store.session(&verifiers)).await?;
                let session = session.ok_or(Refusal::InvalidToken)?;
                let me = session.signed_in;
                let seen = self.usage.session_seen(me.session_id).unwrap_or(session.last_seen_at);
                let idle = now.since(seen.max(session.last_seen_at)) >= IDLE;
                if idle || me.expires_at <= now {
                    return Err(Refusal::InvalidToken.into());
                }
                self.usage.session(me.session_id, now);
                Ok(Caller::Member(me))
            }
            TokenKind::ServiceKey => {
                let found = self.by(deadline, self.store.key_holder(&verifiers)).await?;
                let found = found.ok_or(Refusal::InvalidToken)?;
                let key = found.holder;
                self.usage.key(key.id, now);
                if let Some(newer) = self.keyring.newer_verifier(token.text().expose(), found.pepper_id) {
                    self.usage.key_moves(key.id, Moved::new(found.pepper_id, newer));
                }
                Ok(Caller::Key(key))
            }
            TokenKind::Setup => Err(Refusal::InvalidToken.into()),
        }
    }

    /// Forgets sessions that are over.
    pub async fn sweep_sessions(&self) -> Result<(), Error> {
        let now = self.clock.now();
        Ok(self.store.sweep_sessions(now, now.minus(IDLE)).await?)
    }

    /// Forgets client passwords that ended so long ago that nobody should still try them, and where nobody has signed
    /// in for as long.
    pub async fn sweep_tombstones(&self) -> Result<(), Error> {
        let until = self.clock.now().minus(self.policy.tombstone);
        self.store.sweep_tombstones(until).await?;
        Ok(self.store.sweep_known_places(until).await?)
    }
}

fn with_hash(found: SigningIn) -> Option<(SigningIn, String)> {
    let hash = found.password_hash.clone()?;
    Some((found, hash))
}

/// Why a sign-in failed, as it is logged. Only `invalid_credentials` and `invalid_code` are guesses.
const fn reason(error: &Error) -> &'static str {
    match error {
        Error::Refused(Refusal::InvalidCredentials) => "invalid_credentials",
        Error::Refused(Refusal::InvalidCode) => "invalid_code",
        Error::Refused(Refusal::SecondFactorRequired) => "second_factor_required",
        Error::TooManyAttempts(_) => "too_many_attempts",
        Error::Unavailable(_) => "unavailable",
        _ => "refused",
    }
}

/// The canonical line of a sign-in that failed: fail2ban reads it (`mail-servers/fail2ban`), so what a stranger chooses
/// stands behind the address.
fn failed(asked: &SignIn<'_>, reason: &str) {
    tracing::warn!(
        event = "sign_in_failed",
        reason,
        client_ip = asked.ip.map(tracing::field::display),
        login = Login::loggable(asked.login).as_ref(),
        request_id = %asked.request_id,
    );
}
