//! Signing in: the account password, then a second step where the member has one; in one request, or in two with a
//! pending sign-in between them; and once more in a session that goes on.
//!
//! ```text
//!   password --right, no factor--------------------------> session
//!      |  \--right, with the code in the same request----> session
//!      +--right, no code yet--> pending, 5 minutes --code-> session
//! ```
//!
//! A pending sign-in opens nothing. It is sealed and kept by the browser, so a stranger's guesses leave nothing here.

use std::time::Duration;

use super::audit_trail::{AuditEntry, AuditTrail};
use super::authority::Authorizer;
use super::ids::Ids;
use super::notices::Notices;
use super::parts::Parts;
use super::secrets::Secrets;
use super::{Call, Error, Refusal};
use crate::clock::{Clock, Timestamp};
use crate::domain::access::Caller;
use crate::domain::audit::{Action, Actor, Target};
use crate::domain::audit_details::Details;
use crate::domain::ids::SessionId;
use crate::domain::login::Login;
use crate::domain::member::Member;
use crate::domain::notice::{Notice, Proof};
use crate::domain::secret::{Secret, TokenKind};
use crate::store::record::Origin;
use crate::store::sessions::NewSession;
use crate::store::{MemberStore, SessionStore};

mod pending;
mod proof;

use pending::PendingSignIns;
pub use proof::SignInOrigin;
use proof::{Proofs, Proven};

/// How long a session lasts at most.
const LIFETIME: Duration = Duration::from_secs(12 * 3600);

/// What a request to sign in says.
#[derive(Clone, Debug)]
pub struct SignIn<'a> {
    /// The login as it was typed.
    pub login: &'a str,
    /// The account password as it was typed.
    pub password: &'a Secret,
    /// The second step: a TOTP or recovery code.
    pub code: Option<&'a Secret>,
    /// Where it comes from.
    pub origin: &'a SignInOrigin,
}

/// A session that was begun, or goes on with a new token.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its token; shown this once.
    pub token: Secret,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// The member who signed in.
    pub member: Member,
    /// What others did to the member's account, and is not acknowledged; oldest first.
    pub notices: Vec<Notice>,
}

/// What a right account password leads to.
#[derive(Clone, Debug)]
pub enum FirstStep {
    /// The member has no second factor, and is signed in.
    SignedIn(Box<Session>),
    /// A code is needed yet. The text is for the browser to bring back with it.
    Pending(Secret),
}

/// A session that goes on, and until when at the latest.
#[derive(Clone, Copy)]
struct Kept {
    id: SessionId,
    expires_at: Timestamp,
}

/// A sign-in that failed.
enum Failure {
    /// Refused, or not able to answer.
    Refused(Error),
    /// What was typed was right when it was compared, and no more when the session was written.
    Overtaken(Error),
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// Signs members in.
#[derive(Clone)]
pub struct SignIns {
    audit: AuditTrail,
    authorizer: Authorizer,
    clock: Clock,
    ids: Ids,
    members: MemberStore,
    notices: Notices,
    pending: PendingSignIns,
    proofs: Proofs,
    secrets: Secrets,
    store: SessionStore,
}

impl SignIns {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            authorizer: Authorizer::new(parts),
            clock: parts.clock.clone(),
            ids: parts.ids.clone(),
            members: parts.store.members(),
            notices: Notices::new(parts),
            pending: PendingSignIns::new(parts),
            proofs: Proofs::new(parts),
            secrets: parts.secrets.clone(),
            store: parts.store.sessions(),
        }
    }

    /// Signs a member in. An unknown login costs the same time as a wrong password.
    pub async fn sign_in(&self, asked: &SignIn<'_>) -> Result<Session, Error> {
        let done = self.prove(asked, None).await;
        done.map_err(|failure| failed(asked.login, asked.origin, failure))
    }

    /// The first step of a sign-in in two: the account password.
    pub async fn begin(
        &self,
        login: &str,
        password: &Secret,
        origin: &SignInOrigin,
    ) -> Result<FirstStep, Error> {
        let done = self.try_begin(login, password, origin).await;
        done.map_err(|failure| failed(login, origin, failure))
    }

    /// The second step: a code, with what the first step gave. Refused as one that has to begin again if it is over.
    pub async fn complete(
        &self,
        pending: &Secret,
        code: &Secret,
        origin: &SignInOrigin,
    ) -> Result<Session, Error> {
        let pending = self.pending.open(pending).ok_or(Refusal::SignInExpired)?;
        let proven = self.proofs.waiting(&pending).await?;
        let done = self.finish(&proven, Some(code), origin, None).await;
        done.map_err(|failure| failed(&proven.login, origin, failure))
    }

    /// The same proof once more, by the member of a session, which goes on with a new token and ends when it would
    /// have ended.
    pub async fn step_up(
        &self,
        call: &Call,
        password: &Secret,
        code: Option<&Secret>,
        origin: &SignInOrigin,
    ) -> Result<Session, Error> {
        let Caller::Member(me) = call.caller else {
            return Err(Refusal::Forbidden.into());
        };
        let member = self.authorizer.present_member(call, me.member_id).await?;

        let kept = Kept { id: me.session_id, expires_at: me.expires_at };
        let asked = SignIn { login: &member.login, password, code, origin };
        let done = self.prove(&asked, Some(kept)).await;
        done.map_err(|failure| failed(&member.login, origin, failure))
    }

    async fn prove(&self, asked: &SignIn<'_>, kept: Option<Kept>) -> Result<Session, Failure> {
        let proven = self.proofs.password(asked.login, asked.password, asked.origin).await?;
        self.finish(&proven, asked.code, asked.origin, kept).await
    }

    async fn try_begin(
        &self,
        login: &str,
        password: &Secret,
        origin: &SignInOrigin,
    ) -> Result<FirstStep, Failure> {
        let proven = self.proofs.password(login, password, origin).await?;

        match self.finish(&proven, None, origin, None).await {
            Ok(session) => Ok(FirstStep::SignedIn(Box::new(session))),
            Err(Failure::Refused(Error::Refused(Refusal::SecondFactorRequired))) => {
                let sealed = self.pending.seal(proven.found.id, &proven.login, &proven.hash)?;
                Ok(FirstStep::Pending(sealed))
            }
            Err(failure) => Err(failure),
        }
    }

    /// Whoever gave the right account password takes the second step, and is in.
    async fn finish(
        &self,
        proven: &Proven,
        code: Option<&Secret>,
        origin: &SignInOrigin,
        kept: Option<Kept>,
    ) -> Result<Session, Failure> {
        let proof = self.proofs.second_step(proven, code, origin).await?;
        let session = self.write_session(proven, proof, origin, kept).await.map_err(|error| match error {
            Error::Refused(Refusal::InvalidCredentials | Refusal::InvalidCode) => Failure::Overtaken(error),
            other => Failure::Refused(other),
        })?;

        self.proofs.remember_places(proven, proof, origin);
        Ok(session)
    }

    /// Begins a session, or gives the one that is kept a new token.
    async fn write_session(
        &self,
        proven: &Proven,
        proof: Option<Proof>,
        origin: &SignInOrigin,
        kept: Option<Kept>,
    ) -> Result<Session, Error> {
        let (token, (_, verifier)) = self.secrets.token(TokenKind::Session)?;
        let member_id = proven.found.id;
        let until = || self.clock.now().plus(LIFETIME);
        let new = NewSession {
            id: kept.map_or_else(|| self.ids.next(), |kept| Ok(kept.id))?,
            verifier,
            member_id,
            expires_at: kept.map_or_else(until, |kept| kept.expires_at),
            proof,
            ip: origin.ip.map(|ip| ip.to_string()),
            user_agent: origin.user_agent.clone(),
        };

        let notices = self.notices.at_sign_in(member_id).await?;
        let action = if kept.is_some() { Action::SessionReauthenticated } else { Action::SessionCreated };
        let change = self.entry(proven, &new, origin, action)?;

        // Not if the member was suspended, the password changed, or the second step confirmed or removed, while they
        // were compared.
        match kept {
            Some(_) => self.store.step_up(&new, &proven.hash, &change.0).await??,
            None => self.store.begin(&new, &proven.hash, &change.0).await??,
        }
        self.audit.committed(&change);

        let member = self.members.by_id(member_id).await?.ok_or(Refusal::InvalidCredentials)?;
        Ok(Session { token: token.text().clone(), expires_at: new.expires_at, member, notices })
    }

    fn entry(
        &self,
        proven: &Proven,
        new: &NewSession,
        origin: &SignInOrigin,
        action: Action,
    ) -> Result<AuditEntry, Error> {
        let (actor, request) = (Actor::Member(new.member_id), Some(origin.request_id));
        let change = self.audit.entry_by(Origin::System, actor, request, action)?;
        let change = change.in_organization(proven.found.organization_id).of_member(new.member_id);

        let second_factor = new.proof.map(Proof::name);
        let details = Details::SignedIn { second_factor, ip: new.ip.clone() };
        Ok(change.target(Target::Session(new.id)).details(details))
    }
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
fn failed(login: &str, origin: &SignInOrigin, failure: Failure) -> Error {
    let (reason, error) = match failure {
        Failure::Refused(error) => (reason(&error), error),
        Failure::Overtaken(error) => ("overtaken", error),
    };

    tracing::warn!(
        event = "sign_in_failed",
        reason,
        client_ip = origin.ip.map(tracing::field::display),
        login = Login::loggable(login).as_ref(),
        request_id = %origin.request_id,
    );
    error
}
