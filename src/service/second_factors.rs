//! Second factors: enrolled and confirmed by the member; removed by the member, or all of them by an administrator. How
//! passkeys are made is in `passkeys`.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::audit_trail::{AuditEntry, AuditTrail};
use super::authority::Authorizer;
use super::ids::Ids;
use super::login_throttle::{LoginThrottle, ThrottleMemory};
use super::parts::Parts;
use super::recovery_codes::RecoveryCodes;
use super::rules::PolicyRules;
use super::secure_login::own_session;
use super::{Call, Error, Refusal};
use crate::clock::Clock;
use crate::domain::access::{Authority, Caller, MemberPermission};
use crate::domain::audit::{Action, Target};
use crate::domain::audit_details::Details;
use crate::domain::client_password::EndReason;
use crate::domain::field::text_line;
use crate::domain::ids::{FactorId, MemberId, SessionId};
use crate::domain::member::Member;
use crate::domain::second_factor::{
    Account, Factor, FactorKind, MAX_LABEL, SEED_BYTES, TotpCode, default_label, enrolment,
};
use crate::domain::secret::Secret;
use crate::entropy::Entropy;
use crate::keyring::Keyring;
use crate::service::sign_in_codes::step_of;
use crate::store::known_places::Purpose;
use crate::store::members::Ending;
use crate::store::second_factors::StoredFactor;
use crate::store::{MemberStore, OrganizationStore, PlaceStore, SecondFactorStore, Unmet};

/// A factor that was just begun, with what the authenticator needs.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// The id by which the factor is confirmed and removed.
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

impl Factors {
    /// Whether one of them is a second step.
    pub fn any_confirmed(&self) -> bool {
        self.factors.iter().any(Factor::is_confirmed)
    }
}

/// Enrols, confirms and removes second factors.
#[derive(Clone)]
pub struct SecondFactors {
    audit: AuditTrail,
    authorizer: Authorizer,
    clock: Clock,
    entropy: Arc<dyn Entropy>,
    ids: Ids,
    keyring: Arc<Keyring>,
    members: MemberStore,
    memory: Arc<ThrottleMemory>,
    organizations: OrganizationStore,
    places: PlaceStore,
    recovery_codes: RecoveryCodes,
    rules: PolicyRules,
    store: SecondFactorStore,
    throttle: LoginThrottle,
}

impl SecondFactors {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            authorizer: Authorizer::new(parts),
            clock: parts.clock.clone(),
            entropy: Arc::clone(&parts.entropy),
            ids: parts.ids.clone(),
            keyring: Arc::clone(&parts.keyring),
            members: parts.store.members(),
            memory: Arc::clone(&parts.memory),
            organizations: parts.store.organizations(),
            places: parts.store.places(),
            recovery_codes: RecoveryCodes::new(parts),
            rules: parts.rules.clone(),
            store: parts.store.second_factors(),
            throttle: LoginThrottle::new(parts),
        }
    }

    /// Begins a TOTP factor.
    pub async fn add(&self, call: &Call, id: MemberId, label: Option<&str>) -> Result<Enrolment, Error> {
        self.authorizer
            .judged(call, async |call| {
                let (member, authority) =
                    self.authorizer.own_member(call, id, MemberPermission::AddFactor).await?;
                let organization =
                    self.organizations.by_id(member.organization_id).await?.ok_or(Refusal::NotFound)?;

                let label = if let Some(label) = label {
                    text_line("label", label, MAX_LABEL)?
                } else {
                    let others = self.store.of_member(id).await?;
                    let taken: Vec<&str> = others.iter().map(|stored| stored.factor.label.as_str()).collect();
                    default_label(FactorKind::Totp, &taken)
                };

                let mut seed = Zeroizing::new([0u8; SEED_BYTES]);
                self.entropy.fill(seed.as_mut_slice())?;
                let created_at = self.clock.now();
                let account =
                    Account { organization: &organization.name, login: &member.login, label: &label };
                let (secret, otpauth_uri) = enrolment(seed.as_slice(), &account)
                    .ok_or_else(|| Error::Unavailable("no authenticator address for this login".into()))?;

                let factor = Factor {
                    id: self.ids.next()?,
                    kind: FactorKind::Totp,
                    label,
                    created_at,
                    confirmed_at: None,
                    last_used_at: None,
                };

                let sealed = self.keyring.seal(factor.id.uuid(), seed.as_slice(), self.entropy.as_ref())?;
                let change = self.entry(call, authority, Action::SecondFactorAdded, &member, &factor)?;
                let change = change.that_are_made();
                self.store.add(id, &factor, &sealed, &change.0).await??;
                self.audit.committed(&change);
                Ok(Enrolment { id: factor.id, secret, otpauth_uri })
            })
            .await
    }

    /// A member's factors, newest first, and what else there is for the second step.
    pub async fn list(&self, call: &Call, id: MemberId) -> Result<Factors, Error> {
        let member = self.authorizer.known_member(call, id).await?;
        self.authorizer.may_to(call, MemberPermission::ReadFactors, &member)?;
        let factors = self.store.of_member(id).await?.into_iter().map(|stored| stored.factor).collect();
        let recovery_codes_left = self.store.recovery_codes_left(id).await?;
        let codes_blocked = self.places.are_codes_blocked(id).await?;
        Ok(Factors { factors, recovery_codes_left, codes_blocked })
    }

    /// Confirms a factor with its first code. The member's first brings recovery codes, shown once, and ends the
    /// sessions that were begun with the password alone.
    pub async fn confirm(
        &self,
        call: &Call,
        id: MemberId,
        factor_id: FactorId,
        code: &Secret,
    ) -> Result<(Factor, Option<Vec<Secret>>), Error> {
        self.authorizer
            .judged(call, async |call| {
                let (member, authority) =
                    self.authorizer.own_member(call, id, MemberPermission::AddFactor).await?;
                let factors = self.store.of_member(id).await?;
                let stored =
                    factors.iter().find(|stored| stored.factor.id == factor_id).ok_or(Refusal::NotFound)?;
                if stored.factor.is_confirmed() {
                    return Err(Refusal::AlreadyConfirmed.into());
                }

                let session = session_of(call)?;
                // What cannot be a code is no guess of one.
                let code = TotpCode::recognise(code.expose()).ok_or(Refusal::InvalidCode)?;
                self.memory.try_confirmation(session).map_err(Error::TooManyAttempts)?;
                let step = step_of(&self.keyring, &self.clock, stored, &code)?.ok_or(Refusal::InvalidCode)?;
                self.memory.confirmed(session);

                let first = factors.iter().all(|stored| !stored.factor.is_confirmed());
                let (codes, verifiers) = if first { self.recovery_codes.ten()? } else { Default::default() };
                let action = Action::SecondFactorConfirmed;
                let change = self.entry(call, authority, action, &member, &stored.factor)?;
                let change = change.that_are_made();
                let confirmed = self.store.confirm(id, factor_id, step, session, &verifiers, &change.0);
                let at = Some(confirmed.await??);

                self.audit.committed(&change);
                self.throttle.record_sign_in(id, &member.login, Purpose::Code, call.place);
                let codes = first.then_some(codes);
                Ok((Factor { confirmed_at: at, last_used_at: at, ..stored.factor.clone() }, codes))
            })
            .await
    }

    /// Makes ten new recovery codes of a member who has a confirmed factor, shown once. The ones before are no longer good.
    pub async fn renew_recovery_codes(&self, call: &Call, id: MemberId) -> Result<Vec<Secret>, Error> {
        self.authorizer
            .judged(call, async |call| {
                let (member, authority) =
                    self.authorizer.own_member(call, id, MemberPermission::AddFactor).await?;

                let (codes, verifiers) = self.recovery_codes.ten()?;
                let change =
                    self.audit.member_entry(call, authority, Action::RecoveryCodesRenewed, &member)?;
                let change = change.that_are_made();
                self.store.renew_recovery_codes(id, &verifiers, &change.0).await??;

                self.audit.committed(&change);
                Ok(codes)
            })
            .await
    }

    /// Removes one factor. The last confirmed one turns secure login off with it.
    pub async fn remove(&self, call: &Call, id: MemberId, factor_id: FactorId) -> Result<(), Error> {
        self.authorizer
            .judged(call, async |call| {
                let member = self.authorizer.present_member(call, id).await?;
                let authority = self.authorizer.may_to(call, MemberPermission::RemoveFactor, &member)?;
                let factors = self.store.of_member(id).await?;
                let is = |stored: &&StoredFactor| stored.factor.id == factor_id;
                let of = &factors.iter().find(is).ok_or(Refusal::NotFound)?.factor;

                let others = factors.iter().filter(|stored| !is(stored));
                let last = !others.into_iter().any(|stored| stored.factor.is_confirmed());
                if last && of.is_confirmed() || !call.caller.is(id) {
                    return self.forget_all(call, authority, &member).await;
                }

                let change = self.entry(call, authority, Action::SecondFactorRemoved, &member, of)?;
                self.store.remove(id, factor_id, &change.0).await??;
                self.audit.committed(&change);
                Ok(())
            })
            .await
    }

    /// Removes all factors of a member.
    pub async fn remove_all(&self, call: &Call, id: MemberId) -> Result<(), Error> {
        self.authorizer
            .judged(call, async |call| {
                let member = self.authorizer.present_member(call, id).await?;
                let authority = self.authorizer.may_to(call, MemberPermission::RemoveFactor, &member)?;
                if self.store.of_member(id).await?.is_empty() {
                    return Ok(());
                }
                self.forget_all(call, authority, &member).await
            })
            .await
    }

    /// Without factors secure login is off and everything it protected ends. If somebody else removed them,
    /// mail stays shut until the member has enrolled again.
    async fn forget_all(&self, call: &Call, authority: Authority, member: &Member) -> Result<(), Error> {
        let own = call.caller.is(member.id);
        let policy = if own { Some(self.rules.may_go_off(member).await?) } else { None };

        let change = self.audit.member_entry(call, authority, Action::SecondFactorsRemoved, member)?;
        let keep = own_session(call, member.id);
        let reason = EndReason::SecureLoginOff;
        let ending = Ending { member: member.id, reason, keep, policy, record: &change.0 };
        self.members.forget_factors(!own, &ending).await??;
        self.audit.committed(&change);
        Ok(())
    }

    /// Takes codes from everywhere again, after too many were wrong.
    pub async fn lift_code_block(&self, call: &Call, id: MemberId) -> Result<(), Error> {
        self.authorizer
            .judged(call, async |call| {
                let member = self.authorizer.present_member(call, id).await?;
                let authority = self.authorizer.may_to(call, MemberPermission::LiftCodeBlock, &member)?;
                let change = self.audit.member_entry(call, authority, Action::CodeBlockLifted, &member)?;

                match self.places.lift_code_block(id, &change.0).await? {
                    Ok(()) => self.audit.committed(&change),
                    // Nothing is blocked, so nothing is changed.
                    Err(Unmet::Nothing) => {}
                    Err(unmet) => return Err(unmet.into()),
                }
                Ok(())
            })
            .await
    }

    fn entry(
        &self,
        call: &Call,
        authority: Authority,
        action: Action,
        member: &Member,
        factor: &Factor,
    ) -> Result<AuditEntry, Error> {
        let change = self.audit.member_entry(call, authority, action, member)?;
        Ok(change
            .target(Target::SecondFactor(factor.id))
            .that_are_made()
            .details(Details::SecondFactor { r#type: factor.kind.name() }))
    }
}

pub(super) fn session_of(call: &Call) -> Result<SessionId, Error> {
    match call.caller {
        Caller::Member(me) => Ok(me.session_id),
        Caller::Key(_) | Caller::Terminal => Err(Refusal::Forbidden.into()),
    }
}
