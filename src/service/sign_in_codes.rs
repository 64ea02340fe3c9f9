//! The second step of a sign-in: a one-time code, counted before it is compared, or a recovery code; and the block of
//! codes after too many wrong ones.

use std::time::Duration;

use super::login_throttle::{Guess, Use};
use super::second_factors::recovery_text;
use super::{Call, Error, Refusal, Service};
use crate::domain::access::MemberPermission;
use crate::domain::audit::Action;
use crate::domain::ids::MemberId;
use crate::domain::notice::Proof;
use crate::domain::place::Place;
use crate::domain::second_factor::TotpCode;
use crate::domain::secret::{Secret, recognise_recovery_code};
use crate::domain::throttle::Budget;
use crate::store::Unmet;
use crate::store::known_places::Familiarity;
use crate::store::second_factors::StoredFactor;

/// Who takes the second step, after the right account password.
#[derive(Clone, Copy, Debug)]
pub(super) struct SecondStep<'a> {
    pub(super) member: MemberId,
    pub(super) login: &'a str,
    pub(super) place: Place,
    pub(super) factors: &'a [StoredFactor],
}

impl Service {
    /// Whether `code` is a second step of this member now. A TOTP code is used up; a recovery code is by the session that
    /// it begins. What has no six digits is no guess, and a recovery code is looked up whatever was tried before: nobody
    /// guesses one.
    pub(super) async fn prove(&self, step: &SecondStep<'_>, code: &Secret) -> Result<Proof, Error> {
        if let Some(code) = TotpCode::recognise(code.expose()) {
            return self.prove_by_totp(step, &code).await;
        }
        let letters = recognise_recovery_code(code.expose()).ok_or(Refusal::InvalidCode)?;
        let verifiers = self.keyring.lasting_verifiers(&recovery_text(&letters));
        let found = self.store.recovery_code(&verifiers, step.member).await?;
        found.ok_or_else(|| Refusal::InvalidCode.into())
    }

    async fn prove_by_totp(&self, step: &SecondStep<'_>, code: &TotpCode) -> Result<Proof, Error> {
        let SecondStep { login, place, .. } = *step;
        let guess = Guess { used: Use::Code, place, login, password: None, hash: None };
        // What a stranger is told if it is wrong; whoever is at a known place is told the same.
        let mut if_wrong: Error = Refusal::InvalidCode.into();
        let charged = self.throttle.take(Budget::Stranger, &guess, Duration::ZERO);
        if let Err(wait) = charged {
            self.metrics.throttled();
            if_wrong = Error::TooManyAttempts(wait);
            let known = self.is_known_for_codes(&guess).await?;
            if !known || self.throttle.take(Budget::Known, &guess, Duration::ZERO).is_err() {
                return Err(if_wrong);
            }
        }
        if let Err(blocked) = self.store.count_code(step.member).await? {
            tracing::warn!(event = "codes_blocked", member_id = %step.member);
            if_wrong = blocked.into();
            if !self.is_known_for_codes(&guess).await? {
                return Err(if_wrong);
            }
        }
        let Some(proof) = self.use_totp(step, code).await? else { return Err(if_wrong) };
        if charged.is_ok() {
            self.throttle.give_back(Budget::Stranger, &guess);
        }
        self.throttle.reset(&guess);
        Ok(proof)
    }

    async fn is_known_for_codes(&self, guess: &Guess<'_>) -> Result<bool, Error> {
        Ok(self.stored_standing(guess).await? == Some(Familiarity::Place))
    }

    async fn use_totp(&self, step: &SecondStep<'_>, code: &TotpCode) -> Result<Option<Proof>, Error> {
        for stored in step.factors.iter().filter(|stored| stored.factor.confirmed_at.is_some()) {
            let Some(found) = self.step_of(stored, code)? else { continue };
            if self.store.use_step(step.member, stored.factor.id, found).await?.is_ok() {
                let (factor, confirmed_at) = (stored.factor.id, stored.factor.confirmed_at);
                return Ok(Some(Proof::Totp { factor, confirmed_at }));
            }
        }
        Ok(None)
    }

    /// Takes codes from everywhere again, after too many were wrong.
    pub async fn lift_code_block(&self, call: &Call, id: MemberId) -> Result<(), Error> {
        self.judged(call, async |call| {
            let member = self.present_member(call, id).await?;
            let authority = self.may_to(call, MemberPermission::LiftCodeBlock, &member)?;
            let change = self.about(call, authority, Action::CodeBlockLifted, &member)?;
            match self.store.lift_code_block(id, &change.0).await? {
                Ok(()) => self.changed(&change),
                // Nothing is blocked, so nothing is changed.
                Err(Unmet::Nothing) => {}
                Err(unmet) => return Err(unmet.into()),
            }
            Ok(())
        })
        .await
    }
}
