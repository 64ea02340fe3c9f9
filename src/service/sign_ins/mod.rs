//! Signing in: the account password, then a second step where the member has one; in one request, or in two with a
//! pending sign-in between them; or a passkey that knew the person, alone; and once more in a session that goes on.
//!
//! ```text
//!   password --right, no factor-------------------------------------> session
//!      |  \--right, with the code in the same request---------------> session
//!      +--right, no code yet--> pending, 5 minutes --code or passkey-> session
//!   passkey, user verified------------------------------------------> session
//! ```
//!
//! A pending sign-in opens nothing. It is sealed and kept by the browser, so a stranger's guesses leave nothing here.

use super::authority::Authorizer;
use super::parts::Parts;
use super::{Call, Error, Refusal};
use crate::domain::access::Caller;
use crate::domain::ids::MemberId;
use crate::domain::login::Login;
use crate::domain::notice::Proof;
use crate::domain::passkey::RelyingParty;
use crate::domain::secret::Secret;
use crate::service::passkey_challenges::For;

mod passkeys;
mod pending;
mod proof;
mod session;

use passkeys::PasskeyProofs;
pub use passkeys::{Presented, ToShow};
use pending::PendingSignIns;
pub use proof::SignInOrigin;
use proof::{Given, Proofs, Proven};
pub use session::Session;
use session::{Kept, SessionWriter};

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

/// What a right account password leads to.
#[derive(Clone, Debug)]
pub enum FirstStep {
    /// The member has no second factor, and is signed in.
    SignedIn(Box<Session>),
    /// A code is needed yet. The text is for the browser to bring back with it.
    Pending(Secret),
}

/// What is given for the second step.
#[derive(Clone, Copy, Debug)]
pub enum SecondStep<'a> {
    /// A TOTP or recovery code.
    Code(&'a Secret),
    /// A passkey.
    Passkey(Presented<'a>),
}

/// Who is asked for a passkey.
#[derive(Clone, Copy, Debug)]
pub enum AskedForPasskey<'a> {
    /// Anybody, to sign in by it alone in this browser.
    Anybody(&'a SignInOrigin),
    /// Whoever gave the right account password, by what the first step gave.
    Pending(&'a Secret),
    /// The member of a session, once more.
    Session(&'a Call),
}

/// What a member can take the second step with, beside a recovery code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SecondSteps {
    /// Whether the member has a factor at all.
    pub any: bool,
    /// An authenticator that shows codes.
    pub authenticator: bool,
    /// A passkey for these pages.
    pub passkey: bool,
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
    authorizer: Authorizer,
    passkeys: PasskeyProofs,
    pending: PendingSignIns,
    proofs: Proofs,
    sessions: SessionWriter,
}

impl SignIns {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            authorizer: Authorizer::new(parts),
            passkeys: PasskeyProofs::new(parts),
            pending: PendingSignIns::new(parts),
            proofs: Proofs::new(parts),
            sessions: SessionWriter::new(parts),
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

    /// The second step, with what the first step gave. Refused as one that has to begin again if it is over.
    pub async fn complete(
        &self,
        pending: &Secret,
        step: SecondStep<'_>,
        origin: &SignInOrigin,
    ) -> Result<Session, Error> {
        let proven = self.waiting(pending).await?;
        let given = match step {
            SecondStep::Code(code) => Given::Code(code),
            SecondStep::Passkey(presented) => Given::Passkey(presented, For::SecondStep(pending)),
        };
        let done = self.finish(&proven, Some(given), origin, None).await;
        done.map_err(|failure| failed(&proven.login, origin, failure))
    }

    /// Signs a member in by a passkey alone, which has to have known the person.
    pub async fn sign_in_by_passkey(
        &self,
        presented: &Presented<'_>,
        origin: &SignInOrigin,
    ) -> Result<Session, Error> {
        let done = match origin.device {
            Some(device) => self.by_passkey(presented, &For::SignIn(device), origin, None).await,
            None => Err(Refusal::InvalidPasskey.into()),
        };
        // Whose it is says no one but the passkey.
        done.map_err(|failure| failed("", origin, failure))
    }

    /// The same proof once more, by the member of a session, which goes on with a new token and ends when it would
    /// have ended. A passkey that knew the person needs no password beside it.
    pub async fn step_up(
        &self,
        call: &Call,
        password: Option<&Secret>,
        step: Option<SecondStep<'_>>,
        origin: &SignInOrigin,
    ) -> Result<Session, Error> {
        let Caller::Member(me) = call.caller else {
            return Err(Refusal::Forbidden.into());
        };
        let member = self.authorizer.present_member(call, me.member_id).await?;

        let kept = Kept { id: me.session_id, member: me.member_id, expires_at: me.expires_at };
        let login = member.login.as_str();
        let done = match (password, step) {
            (password, Some(SecondStep::Passkey(presented))) => {
                let made_for = For::StepUp(me.session_id);
                self.by_passkey(&presented, &made_for, origin, Some((kept, login, password))).await
            }
            (Some(password), Some(SecondStep::Code(code))) => {
                self.prove(&SignIn { login, password, code: Some(code), origin }, Some(kept)).await
            }
            (Some(password), None) => {
                self.prove(&SignIn { login, password, code: None, origin }, Some(kept)).await
            }
            (None, _) => Err(Refusal::InvalidCredentials.into()),
        };
        done.map_err(|failure| failed(&member.login, origin, failure))
    }

    /// What a browser has to know to show a passkey. Ids are said only to whoever proved something before.
    pub async fn ask_for_passkey(
        &self,
        asked: AskedForPasskey<'_>,
        of: &RelyingParty,
    ) -> Result<ToShow, Error> {
        match asked {
            AskedForPasskey::Anybody(origin) => {
                let device = origin.device.ok_or(Refusal::InvalidPasskey)?;
                self.passkeys.ask_anybody(&For::SignIn(device))
            }
            AskedForPasskey::Pending(pending) => {
                let member = self.waiting(pending).await?.found.id;
                self.passkeys.ask(&For::SecondStep(pending), member, of).await
            }
            AskedForPasskey::Session(call) => {
                let Caller::Member(me) = call.caller else { return Err(Refusal::Forbidden.into()) };
                self.passkeys.ask(&For::StepUp(me.session_id), me.member_id, of).await
            }
        }
    }

    /// What whoever gave the right account password can take the second step with.
    pub async fn steps_of_pending(
        &self,
        pending: &Secret,
        of: Option<&RelyingParty>,
    ) -> Result<SecondSteps, Error> {
        let member = self.waiting(pending).await?.found.id;
        self.second_steps(member, of).await
    }

    /// What the member of a session can take the second step with.
    pub async fn steps_of_session(
        &self,
        call: &Call,
        of: Option<&RelyingParty>,
    ) -> Result<SecondSteps, Error> {
        let Caller::Member(me) = call.caller else { return Err(Refusal::Forbidden.into()) };
        self.second_steps(me.member_id, of).await
    }

    async fn second_steps(&self, member: MemberId, of: Option<&RelyingParty>) -> Result<SecondSteps, Error> {
        let passkey = match of {
            Some(of) => self.passkeys.has_any(member, of).await?,
            None => false,
        };
        let (any, authenticator) = self.proofs.factors(member).await?;
        Ok(SecondSteps { any, authenticator, passkey })
    }

    async fn waiting(&self, pending: &Secret) -> Result<Proven, Error> {
        let pending = self.pending.open(pending).ok_or(Refusal::SignInExpired)?;
        self.proofs.waiting(&pending).await
    }

    /// A passkey that knew the person is enough. One that did not is a second step beside the account password.
    async fn by_passkey(
        &self,
        presented: &Presented<'_>,
        made_for: &For<'_>,
        origin: &SignInOrigin,
        kept: Option<(Kept, &str, Option<&Secret>)>,
    ) -> Result<Session, Failure> {
        let shown = self.passkeys.prove(presented, made_for).await?;
        let password = match kept {
            Some((kept, login, password)) if kept.member == shown.found.member.id => {
                password.map(|password| (login, password))
            }
            Some(_) => return Err(Refusal::InvalidPasskey.into()),
            None => None,
        };

        let proof = Some(shown.proof);
        let proven = match password {
            _ if shown.user_verified => Proven::by(shown.found).ok_or(Refusal::InvalidPasskey)?,
            Some((login, password)) => self.proofs.password(login, password, origin).await?,
            None => return Err(Refusal::InvalidPasskey.into()),
        };

        let kept = kept.map(|(kept, ..)| kept);
        self.write(&proven, proof, origin, kept).await.map_err(|failure| match failure {
            // The member is active no more: that is nobody's to know either.
            Failure::Overtaken(Error::Refused(Refusal::InvalidCredentials)) => {
                Failure::Overtaken(Refusal::InvalidPasskey.into())
            }
            other => other,
        })
    }

    async fn prove(&self, asked: &SignIn<'_>, kept: Option<Kept>) -> Result<Session, Failure> {
        let proven = self.proofs.password(asked.login, asked.password, asked.origin).await?;
        self.finish(&proven, asked.code.map(Given::Code), asked.origin, kept).await
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
        given: Option<Given<'_>>,
        origin: &SignInOrigin,
        kept: Option<Kept>,
    ) -> Result<Session, Failure> {
        let proof = self.proofs.second_step(proven, given, origin).await?;
        self.write(proven, proof, origin, kept).await
    }

    async fn write(
        &self,
        proven: &Proven,
        proof: Option<Proof>,
        origin: &SignInOrigin,
        kept: Option<Kept>,
    ) -> Result<Session, Failure> {
        let session =
            self.sessions.write(proven, proof, origin, kept).await.map_err(|error| match error {
                Error::Refused(
                    Refusal::InvalidCredentials | Refusal::InvalidCode | Refusal::InvalidPasskey,
                ) => Failure::Overtaken(error),
                other => Failure::Refused(other),
            })?;

        self.proofs.remember_places(proven, proof, origin);
        Ok(session)
    }
}

/// Why a sign-in failed, as it is logged. Only `invalid_credentials` and `invalid_code` are guesses.
const fn reason(error: &Error) -> &'static str {
    match error {
        Error::Refused(Refusal::InvalidCredentials) => "invalid_credentials",
        Error::Refused(Refusal::InvalidCode) => "invalid_code",
        Error::Refused(Refusal::InvalidPasskey) => "invalid_passkey",
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
