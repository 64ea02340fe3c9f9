//! Account passwords: set by the member with the current one, or by a program for the member.

use std::sync::Arc;

use super::audit_trail::AuditTrail;
use super::authority::Authorizer;
use super::login_throttle::{Guess, LoginThrottle, Tried, Use};
use super::parts::Parts;
use super::password_hashing::PasswordHasher;
use super::rules::PolicyRules;
use super::{Call, Error, IfMatch, Refusal};
use crate::domain::access::{Authority, Caller, MemberPermission};
use crate::domain::audit::{Action, Target};
use crate::domain::audit_details::Details;
use crate::domain::client_password::EndReason;
use crate::domain::field::{Fault, FieldError};
use crate::domain::ids::MemberId;
use crate::domain::member::{Member, SignIn, check_account_password};
use crate::domain::secret::Secret;
use crate::store::MemberStore;
use crate::store::members::Ending;

/// Sets account passwords, and ends what a change of one has to end.
#[derive(Clone)]
pub struct AccountPasswords {
    audit: AuditTrail,
    authorizer: Authorizer,
    members: MemberStore,
    password_hasher: Arc<PasswordHasher>,
    rules: PolicyRules,
    throttle: LoginThrottle,
}

impl AccountPasswords {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            authorizer: Authorizer::new(parts),
            members: parts.store.members(),
            password_hasher: Arc::clone(&parts.password_hasher),
            rules: parts.rules.clone(),
            throttle: LoginThrottle::new(parts),
        }
    }

    /// Sets the account password; from then on the member signs in here. Gives how many client passwords ended.
    pub async fn set(
        &self,
        call: &Call,
        id: MemberId,
        password: &Secret,
        current: Option<&Secret>,
        if_match: &IfMatch,
    ) -> Result<i64, Error> {
        self.authorizer
            .judged(call, async |call| {
                let member = self.authorizer.present_member(call, id).await?;
                let own = call.caller.is(id);
                let permission =
                    if own { MemberPermission::ChangeOwnPassword } else { MemberPermission::SetPassword };
                let authority = self.authorizer.may_to(call, permission, &member)?;
                if_match.allows(member.version)?;
                check_account_password("password", password)?;

                if own {
                    self.prove_current(call, &member, current).await?;
                } else if current.is_some() {
                    let detail = "is for members who change their own";
                    return Err(FieldError::new("current_password", Fault::NotAllowed, detail).into());
                }

                let hash = self.password_hasher.hash(password).await?;
                let ended = self.write_account_password(call, authority, &member, &hash, if_match).await?;
                self.throttle.remember_account_password(&member.login, password, &hash);
                Ok(ended)
            })
            .await
    }

    async fn prove_current(
        &self,
        call: &Call,
        member: &Member,
        current: Option<&Secret>,
    ) -> Result<(), Error> {
        let current = current.ok_or_else(|| {
            FieldError::new("current_password", Fault::Missing, "is needed to change your own password")
        })?;

        let hash = self.members.password_hash(member.id).await?;
        let guess = Guess {
            used: Use::CurrentPassword,
            place: call.place,
            login: &member.login,
            password: Some(current),
            hash: hash.as_deref(),
        };

        match self.throttle.try_password(&guess).await? {
            Tried::Right => Ok(()),
            Tried::Wrong => Err(Refusal::InvalidCurrentPassword.into()),
            Tried::Later(wait) => Err(Error::TooManyAttempts(wait)),
        }
    }

    async fn write_account_password(
        &self,
        call: &Call,
        authority: Authority,
        member: &Member,
        hash: &str,
        if_match: &IfMatch,
    ) -> Result<i64, Error> {
        let own = call.caller.is(member.id);
        // Whoever sets another's password ends what the member had, whatever the policy says.
        let (policy, facts) = self.rules.for_change(member).await?;
        let ends = !own || policy.limits.end_on_account_password_change;
        let before = member.sign_in;

        let change = self.audit.entry(call, authority, Action::AccountPasswordChanged)?;
        let change = change.in_organization(member.organization_id).of_member(member.id);
        let change = change.target(Target::Member(member.id));
        let change = change.details(Details::AccountPassword {
            sign_in_before: before.name(),
            sign_in: SignIn::Local.name(),
        });

        let keep = match call.caller {
            Caller::Member(me) if own => Some(me.session_id),
            _ => None,
        };

        let reason = EndReason::AccountPasswordChanged;
        let policy = own.then_some(facts);
        let ending = Ending { member: member.id, reason, keep, policy, record: &change.0 };
        let version = if_match.demanded(member.version);
        let ended = self.members.set_password(hash, version, ends, &ending).await??;
        self.audit.committed(&change);
        Ok(ended)
    }
}
