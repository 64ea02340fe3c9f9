//! Second factors: enrolled and confirmed by the member; removed by the member, or all of them by an administrator.

use serde_json::json;
use zeroize::Zeroizing;

use super::secure_login::own_session;
use super::{Call, Change, Error, Refusal, Service};
use crate::domain::access::{Authority, Caller, MemberPermission};
use crate::domain::audit::Action;
use crate::domain::client_password::EndReason;
use crate::domain::field::text_line;
use crate::domain::ids::{FactorId, MemberId, SessionId};
use crate::domain::member::{Member, MemberState};
use crate::domain::second_factor::{
    Account, Factor, MAX_LABEL, RECOVERY_CODES, SEED_BYTES, Step, TotpCode, default_label, enrolment,
    matching_step,
};
use crate::domain::secret::{Secret, generate_recovery_code, recognise_recovery_code};
use crate::store::Verifier;
use crate::store::known_places::Purpose;
use crate::store::members::Ending;
use crate::store::second_factors::StoredFactor;

/// A factor that was just begun, with what the authenticator needs.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// Its id.
    pub id: FactorId,
    /// The seed in base32; shown once.
    pub secret: Secret,
    /// The same for an authenticator; shown once.
    pub otpauth_uri: Secret,
}

/// What a member has for the second step.
#[derive(Clone, Debug)]
pub struct Factors {
    /// The factors, newest first.
    pub factors: Vec<Factor>,
    /// Recovery codes that are left.
    pub recovery_codes_left: i64,
    /// Whether codes from places that are not known are not taken, because too many were wrong.
    pub codes_blocked: bool,
}

impl Service {
    /// Begins a TOTP factor.
    pub async fn add_factor(
        &self,
        call: &Call,
        id: MemberId,
        label: Option<&str>,
    ) -> Result<Enrolment, Error> {
        self.judged(call, async |call| {
            let (member, authority) = self.own_member(call, id, MemberPermission::AddFactor).await?;
            let organization =
                self.store.organization(member.organization_id).await?.ok_or(Refusal::NotFound)?;
            let label = if let Some(label) = label {
                text_line("label", label, MAX_LABEL)?
            } else {
                let others = self.store.factors(id).await?;
                let taken: Vec<&str> = others.iter().map(|stored| stored.factor.label.as_str()).collect();
                default_label(&taken)
            };
            let mut seed = Zeroizing::new([0u8; SEED_BYTES]);
            self.entropy.fill(seed.as_mut_slice())?;
            let created_at = self.clock.now();
            let account = Account { organization: &organization.name, login: &member.login, label: &label };
            let (secret, otpauth_uri) = enrolment(seed.as_slice(), &account)
                .ok_or_else(|| Error::Unavailable("no authenticator address for this login".into()))?;
            let factor = Factor { id: self.id()?, label, created_at, confirmed_at: None, last_used_at: None };
            let sealed = self.keyring.seal(factor.id.uuid(), seed.as_slice(), self.entropy.as_ref())?;
            let change = self.about_factor(call, authority, Action::SecondFactorAdded, &member, factor.id)?;
            self.store.add_factor(id, &factor, &sealed, &change.0).await??;
            self.changed(&change);
            Ok(Enrolment { id: factor.id, secret, otpauth_uri })
        })
        .await
    }

    /// A member's factors, newest first, and what else there is for the second step.
    pub async fn factors(&self, call: &Call, id: MemberId) -> Result<Factors, Error> {
        let member = self.known_member(call, id).await?;
        self.may_to(call, MemberPermission::ReadFactors, &member)?;
        let factors = self.store.factors(id).await?.into_iter().map(|stored| stored.factor).collect();
        let recovery_codes_left = self.store.recovery_codes_left(id).await?;
        let codes_blocked = self.store.are_codes_blocked(id).await?;
        Ok(Factors { factors, recovery_codes_left, codes_blocked })
    }

    /// Confirms a factor with its first code. The member's first brings recovery codes, shown once, and ends the
    /// sessions that were begun with the password alone.
    pub async fn confirm_factor(
        &self,
        call: &Call,
        id: MemberId,
        factor_id: FactorId,
        code: &Secret,
    ) -> Result<(Factor, Option<Vec<Secret>>), Error> {
        self.judged(call, async |call| {
            let (member, authority) = self.own_member(call, id, MemberPermission::AddFactor).await?;
            let factors = self.store.factors(id).await?;
            let stored =
                factors.iter().find(|stored| stored.factor.id == factor_id).ok_or(Refusal::NotFound)?;
            if stored.factor.confirmed_at.is_some() {
                return Err(Refusal::AlreadyConfirmed.into());
            }
            let session = session_of(call)?;
            // What cannot be a code is no guess of one.
            let code = TotpCode::recognise(code.expose()).ok_or(Refusal::InvalidCode)?;
            self.throttle.try_confirmation(session).map_err(Error::TooManyAttempts)?;
            let step = self.step_of(stored, &code)?.ok_or(Refusal::InvalidCode)?;
            self.throttle.confirmed(session);
            let first = factors.iter().all(|stored| stored.factor.confirmed_at.is_none());
            let codes = if first { Some(self.recovery_codes()?) } else { None };
            let verifiers: Vec<Verifier> =
                codes.iter().flatten().map(|code| self.recovery_verifier(code)).collect();
            let change =
                self.about_factor(call, authority, Action::SecondFactorConfirmed, &member, factor_id)?;
            let confirmed = self.store.confirm_factor(id, factor_id, step, session, &verifiers, &change.0);
            let at = Some(confirmed.await??);
            self.changed(&change);
            self.record_sign_in(id, &member.login, Purpose::Code, call.place);
            Ok((Factor { confirmed_at: at, last_used_at: at, ..stored.factor.clone() }, codes))
        })
        .await
    }

    /// Removes one factor. The last confirmed one turns secure login off with it.
    pub async fn remove_factor(&self, call: &Call, id: MemberId, factor_id: FactorId) -> Result<(), Error> {
        self.judged(call, async |call| {
            let member = self.present_member(call, id).await?;
            let authority = self.may_to(call, MemberPermission::RemoveFactor, &member)?;
            let factors = self.store.factors(id).await?;
            let is = |stored: &&StoredFactor| stored.factor.id == factor_id;
            factors.iter().find(is).ok_or(Refusal::NotFound)?;
            let others = factors.iter().filter(|stored| !is(stored));
            let last = !others.into_iter().any(|stored| stored.factor.confirmed_at.is_some());
            let confirmed =
                factors.iter().find(is).is_some_and(|stored| stored.factor.confirmed_at.is_some());
            if last && confirmed || !call.caller.is(id) {
                return self.forget_factors(call, authority, &member).await;
            }
            let change =
                self.about_factor(call, authority, Action::SecondFactorRemoved, &member, factor_id)?;
            self.store.remove_factor(id, factor_id, &change.0).await??;
            self.changed(&change);
            Ok(())
        })
        .await
    }

    /// Removes all factors of a member.
    pub async fn remove_factors(&self, call: &Call, id: MemberId) -> Result<(), Error> {
        self.judged(call, async |call| {
            let member = self.present_member(call, id).await?;
            let authority = self.may_to(call, MemberPermission::RemoveFactor, &member)?;
            if self.store.factors(id).await?.is_empty() {
                return Ok(());
            }
            self.forget_factors(call, authority, &member).await
        })
        .await
    }

    /// Without factors secure login is off and everything it protected ends. If somebody else removed them,
    /// mail stays shut until the member has enrolled again.
    async fn forget_factors(&self, call: &Call, authority: Authority, member: &Member) -> Result<(), Error> {
        let change = self.about(call, authority, Action::SecondFactorsRemoved, member)?;
        let keep = own_session(call, member.id);
        let ending = Ending { member: member.id, reason: EndReason::SecureLoginOff, keep, record: &change.0 };
        let required = !call.caller.is(member.id);
        self.store.forget_factors(required, &ending).await??;
        self.changed(&change);
        Ok(())
    }

    pub(super) fn step_of(&self, stored: &StoredFactor, code: &TotpCode) -> Result<Option<Step>, Error> {
        let seed = self.keyring.open(stored.factor.id.uuid(), &stored.sealed_seed);
        let seed = seed.ok_or_else(|| Error::Unavailable("a sealed seed cannot be opened".into()))?;
        // Not the time that never goes back: the authenticator knows nothing of that.
        Ok(matching_step(&seed, code, self.clock.wall()))
    }

    fn recovery_codes(&self) -> Result<Vec<Secret>, Error> {
        let code = |_| generate_recovery_code(&mut |dest| self.entropy.fill(dest));
        Ok((0..RECOVERY_CODES).map(code).collect::<Result<_, _>>()?)
    }

    fn recovery_verifier(&self, code: &Secret) -> Verifier {
        let letters = recognise_recovery_code(code.expose());
        let text = letters.map_or_else(String::new, |letters| recovery_text(&letters));
        let [newest, _] = self.keyring.lasting_verifiers(&text);
        newest
    }

    /// A member who acts on their own account, and is active.
    pub(super) async fn own_member(
        &self,
        call: &Call,
        id: MemberId,
        permission: MemberPermission,
    ) -> Result<(Member, Authority), Error> {
        let member = self.present_member(call, id).await?;
        let authority = self.may_to(call, permission, &member)?;
        if member.state != MemberState::Active {
            return Err(Refusal::NotActive.into());
        }
        Ok((member, authority))
    }

    fn about_factor(
        &self,
        call: &Call,
        authority: Authority,
        action: Action,
        member: &Member,
        id: FactorId,
    ) -> Result<Change, Error> {
        let change = self.about(call, authority, action, member)?;
        Ok(change.target("second_factor", id).details(&json!({"type": "totp"})))
    }
}

/// What is hashed of a recovery code: it can never be taken for another kind of secret.
pub(super) fn recovery_text(letters: &Secret) -> String {
    format!("recovery:{}", letters.expose())
}

pub(super) fn session_of(call: &Call) -> Result<SessionId, Error> {
    match call.caller {
        Caller::Member(me) => Ok(me.session_id),
        Caller::Key(_) => Err(Refusal::Forbidden.into()),
    }
}
