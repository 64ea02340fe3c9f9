//! Signing in and out, and recognising who calls.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::audit_trail::AuditTrail;
use super::authority::Authorizer;
use super::callers::IDLE;
use super::ids::Ids;
use super::login_throttle::{Guess, LoginThrottle, Tried, Use};
use super::notices::Notices;
use super::parts::Parts;
use super::second_factors::session_of;
use super::secrets::Secrets;
use super::sign_in_codes::{SecondStep, SignInCodes};
use super::usage::UsageLog;
use super::{Call, Error, Listed, Paging, Refusal};
use crate::clock::{Clock, Timestamp};
use crate::domain::access::Caller;
use crate::domain::audit::{Action, Actor, Target};
use crate::domain::audit_details::Details;
use crate::domain::ids::{MemberId, RequestId, SessionId};
use crate::domain::login::Login;
use crate::domain::member::Member;
use crate::domain::notice::{Notice, Proof};
use crate::domain::permission::MemberPermission;
use crate::domain::place::Place;
use crate::domain::secret::{Secret, TokenKind};
use crate::domain::session::MemberSession;
use crate::store::known_places::Purpose;
use crate::store::members::SigningIn;
use crate::store::record::Origin;
use crate::store::sessions::NewSession;
use crate::store::{MemberStore, Page, SecondFactorStore, SessionStore, Unmet};
use crate::telemetry::Metrics;

/// How long a session lasts at most.
const LIFETIME: Duration = Duration::from_secs(12 * 3600);
/// Sessions that a record names at most.
const NAMED: i64 = 50;

/// What a request to sign in says.
#[derive(Clone, Debug)]
pub struct SignIn<'a> {
    /// The login as it was typed.
    pub login: &'a str,
    /// The account password as it was typed.
    pub password: &'a Secret,
    /// The second step: a TOTP or recovery code.
    pub code: Option<&'a Secret>,
    /// Where it comes from, for the record.
    pub ip: Option<IpAddr>,
    /// Where it comes from, for the throttle.
    pub place: Place,
    /// What the browser or program calls itself.
    pub user_agent: Option<String>,
    /// The request, as logs and the audit record name it.
    pub request_id: RequestId,
}

/// A session that was begun.
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

/// Signs members in and out.
#[derive(Clone)]
pub struct Sessions {
    audit: AuditTrail,
    authorizer: Authorizer,
    clock: Clock,
    codes: SignInCodes,
    ids: Ids,
    members: MemberStore,
    metrics: Arc<Metrics>,
    notices: Notices,
    second_factors: SecondFactorStore,
    secrets: Secrets,
    store: SessionStore,
    throttle: LoginThrottle,
    usage: UsageLog,
}

impl Sessions {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            authorizer: Authorizer::new(parts),
            clock: parts.clock.clone(),
            codes: SignInCodes::new(parts),
            ids: parts.ids.clone(),
            members: parts.store.members(),
            metrics: Arc::clone(&parts.metrics),
            notices: Notices::new(parts),
            second_factors: parts.store.second_factors(),
            secrets: parts.secrets.clone(),
            store: parts.store.sessions(),
            throttle: LoginThrottle::new(parts),
            usage: parts.usage.clone(),
        }
    }

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

        self.throttle.record_sign_in(found.id, &login, Purpose::Password, asked.place);
        if proof.is_some() {
            self.throttle.record_sign_in(found.id, &login, Purpose::Code, asked.place);
        }
        Ok(session)
    }

    /// Who signs in, the hash that the account password was compared with, and the second step.
    async fn prove_sign_in(
        &self,
        asked: &SignIn<'_>,
        login: &str,
    ) -> Result<(SigningIn, String, Option<Proof>), Error> {
        let found = self.members.for_sign_in(login).await?;
        let found = found.filter(|found| found.active).and_then(with_hash);
        let hash = found.as_ref().map(|(_, hash)| hash.as_str());
        let (place, password) = (asked.place, Some(asked.password));
        let guess = Guess { used: Use::SignIn, place, login, password, hash };

        match (self.throttle.try_password(&guess).await?, found) {
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
        let factors = self.second_factors.of_member(found.id).await?;
        if factors.iter().all(|stored| stored.factor.confirmed_at.is_none()) {
            return Ok(None);
        }
        let code = asked.code.ok_or(Refusal::SecondFactorRequired)?;
        let step = SecondStep { member: found.id, login, place: asked.place, factors: &factors };
        Ok(Some(self.codes.prove(&step, code).await?))
    }

    async fn begin_session(
        &self,
        asked: &SignIn<'_>,
        found: &SigningIn,
        hash: &str,
        proof: Option<Proof>,
    ) -> Result<Session, Error> {
        let (token, (_, verifier)) = self.secrets.token(TokenKind::Session)?;
        let change = self.audit.entry_by(
            Origin::System,
            Actor::Member(found.id),
            Some(asked.request_id),
            Action::SessionCreated,
        )?;

        let ip = asked.ip.map(|ip| ip.to_string());
        let new = NewSession {
            id: self.ids.next()?,
            verifier,
            member_id: found.id,
            expires_at: change.at().plus(LIFETIME),
            proof,
            ip: ip.clone(),
            user_agent: asked.user_agent.clone(),
        };

        let change = change.in_organization(found.organization_id).of_member(found.id);
        let change = change.target(Target::Session(new.id));
        let change = change.details(Details::SignedIn { second_factor: proof.map(Proof::name), ip });
        let notices = self.notices.at_sign_in(found.id).await?;

        // Not if the member was suspended, the password changed, or the second step confirmed or removed, while they
        // were compared.
        self.store.begin(&new, hash, &change.0).await??;
        self.audit.committed(&change);

        let member = self.members.by_id(found.id).await?.ok_or(Refusal::InvalidCredentials)?;
        Ok(Session { token: token.text().clone(), expires_at: new.expires_at, member, notices })
    }

    /// The member's own sessions, newest first.
    pub async fn list(
        &self,
        call: &Call,
        id: MemberId,
        paging: Paging,
    ) -> Result<Listed<MemberSession>, Error> {
        let member = self.authorizer.present_member(call, id).await?;
        self.authorizer.may_to(call, MemberPermission::ManageSessions, &member)?;
        self.usage.write_or_warn().await;

        let now = self.clock.now();
        let found = self.store.list_of_member(id, now, now.minus(IDLE), paging.page()).await?;
        Ok(Listed::cut(found, paging.limit, |session| session.id.uuid()))
    }

    /// Ends one of the member's own sessions, which may be the one that does so.
    pub async fn end(&self, call: &Call, id: MemberId, session: SessionId) -> Result<(), Error> {
        self.authorizer
            .judged(call, async |call| {
                let (member, authority) =
                    self.authorizer.own_member(call, id, MemberPermission::ManageSessions).await?;
                let change = self.audit.member_entry(call, authority, Action::SessionEnded, &member)?;
                let change = change.target(Target::Session(session));

                self.store.end(id, session, &change.0).await??;
                self.audit.committed(&change);
                Ok(())
            })
            .await
    }

    /// Ends all sessions of the member but the one that does so; gives how many.
    pub async fn end_others(&self, call: &Call, id: MemberId) -> Result<usize, Error> {
        self.authorizer
            .judged(call, async |call| {
                let (member, authority) =
                    self.authorizer.own_member(call, id, MemberPermission::ManageSessions).await?;
                let own = session_of(call)?;
                let change = self.audit.member_entry(call, authority, Action::SessionsEnded, &member)?;
                let change = change.targets(self.others(id, own).await?);

                match self.store.end_others(id, own, &change.0).await? {
                    Ok(ended) => {
                        self.audit.committed(&change);
                        Ok(ended)
                    }
                    // An end that ends nothing leaves no record, or anybody could fill the log with them.
                    Err(Unmet::Nothing) => Ok(0),
                    Err(unmet) => Err(unmet.into()),
                }
            })
            .await
    }

    /// The member, and the sessions beside the own one that are not over, for the record.
    async fn others(&self, id: MemberId, own: SessionId) -> Result<Vec<Target>, Error> {
        let now = self.clock.now();
        let found = self.store.list_of_member(id, now, now.minus(IDLE), Page::first(NAMED)).await?;

        let others = found.into_iter().map(|session| session.id).filter(|session| *session != own);
        Ok(std::iter::once(Target::Member(id)).chain(others.map(Target::Session)).collect())
    }

    /// Signs the caller out.
    pub async fn sign_out(&self, call: &Call) -> Result<(), Error> {
        self.authorizer
            .judged(call, async |call| {
                let Caller::Member(me) = call.caller else {
                    return Err(Refusal::Forbidden.into());
                };

                let change = self
                    .audit
                    .entry(call, call.caller.on_itself(), Action::SessionEnded)?
                    .in_organization(me.organization_id);
                let change = change.of_member(me.member_id).target(Target::Session(me.session_id));

                match self.store.end(me.member_id, me.session_id, &change.0).await? {
                    Ok(()) => self.audit.committed(&change),
                    // It is gone already.
                    Err(Unmet::Nothing) => {}
                    Err(unmet) => return Err(unmet.into()),
                }
                Ok(())
            })
            .await
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
