//! Passkeys: how a member makes one. What they prove afterwards is in `sign_ins`.

use super::audit_trail::AuditTrail;
use super::authority::Authorizer;
use super::ids::Ids;
use super::parts::Parts;
use super::passkey_challenges::{Challenges, For};
use super::recovery_codes::RecoveryCodes;
use super::second_factors::session_of;
use super::{Call, Error, Refusal};
use crate::clock::Clock;
use crate::domain::access::MemberPermission;
use crate::domain::audit::{Action, Target};
use crate::domain::audit_details::Details;
use crate::domain::field::text_line;
use crate::domain::ids::MemberId;
use crate::domain::passkey::{Registration, RelyingParty};
use crate::domain::second_factor::{Factor, FactorKind, MAX_LABEL, default_label};
use crate::domain::secret::Secret;
use crate::store::passkeys::NewPasskey;
use crate::store::{PasskeyStore, SecondFactorStore};

/// What a browser has to know to make a passkey.
#[derive(Clone, Debug)]
pub struct ToMake {
    /// What the answer has to bring back.
    pub challenge: Vec<u8>,
    /// The ids of the passkeys that the member has: an authenticator makes no second one.
    pub known: Vec<Vec<u8>>,
}

/// Makes passkeys.
#[derive(Clone)]
pub struct Passkeys {
    audit: AuditTrail,
    authorizer: Authorizer,
    challenges: Challenges,
    clock: Clock,
    ids: Ids,
    recovery_codes: RecoveryCodes,
    second_factors: SecondFactorStore,
    store: PasskeyStore,
}

impl Passkeys {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            authorizer: Authorizer::new(parts),
            challenges: Challenges::new(parts),
            clock: parts.clock.clone(),
            ids: parts.ids.clone(),
            recovery_codes: RecoveryCodes::new(parts),
            second_factors: parts.store.second_factors(),
            store: parts.store.passkeys(),
        }
    }

    /// What a browser has to know to make a passkey of this member, for whoever may.
    pub async fn begin(&self, call: &Call, id: MemberId, of: &RelyingParty) -> Result<ToMake, Error> {
        self.authorizer.own_member(call, id, MemberPermission::AddFactor).await?;
        let challenge = self.challenges.make(&For::Creation(session_of(call)?))?;
        Ok(ToMake { challenge, known: self.store.credential_ids(id, of.id()).await? })
    }

    /// Makes a factor of a passkey. It needs no code to be confirmed: the browser has just asked the member for it. The
    /// member's first factor brings recovery codes, shown once, and ends the sessions that were begun with the password
    /// alone.
    pub async fn make(
        &self,
        call: &Call,
        id: MemberId,
        label: Option<&str>,
        brought: &Registration,
        of: &RelyingParty,
    ) -> Result<Option<Vec<Secret>>, Error> {
        self.authorizer
            .judged(call, async |call| {
                let (member, authority) =
                    self.authorizer.own_member(call, id, MemberPermission::AddFactor).await?;
                let session = session_of(call)?;
                let made_for = For::Creation(session);
                let challenge = self.challenges.answered(&made_for, brought.challenge());
                let challenge = challenge.ok_or(Refusal::InvalidPasskey)?;
                let credential = brought.verify(of).ok_or(Refusal::InvalidPasskey)?;

                let factor = self.factor(id, label).await?;
                let others = self.second_factors.of_member(id).await?;
                let first = others.iter().all(|stored| !stored.factor.is_confirmed());
                let (codes, verifiers) = if first { self.recovery_codes.ten()? } else { Default::default() };

                let change =
                    self.audit.member_entry(call, authority, Action::SecondFactorConfirmed, &member)?;
                let change = change
                    .target(Target::SecondFactor(factor.id))
                    .that_are_made()
                    .details(Details::SecondFactor { r#type: factor.kind.name() });
                let new = NewPasskey {
                    member: id,
                    factor: &factor,
                    credential: &credential,
                    rp_id: of.id(),
                    challenge,
                    session,
                    recovery_codes: &verifiers,
                };
                self.store.add(&new, &change.0).await??;

                self.audit.committed(&change);
                Ok(first.then_some(codes))
            })
            .await
    }

    async fn factor(&self, member: MemberId, label: Option<&str>) -> Result<Factor, Error> {
        let kind = FactorKind::Passkey;
        let label = if let Some(label) = label {
            text_line("label", label, MAX_LABEL)?
        } else {
            let others = self.second_factors.of_member(member).await?;
            let taken: Vec<&str> = others.iter().map(|stored| stored.factor.label.as_str()).collect();
            default_label(kind, &taken)
        };
        let (id, created_at) = (self.ids.next()?, self.clock.now());
        Ok(Factor { id, kind, label, created_at, confirmed_at: None, last_used_at: None })
    }

    /// Another host that passkeys were made for, if there is one: none of them works here.
    pub async fn elsewhere(&self, of: &RelyingParty) -> Result<Option<String>, Error> {
        Ok(self.store.elsewhere(of.id()).await?)
    }
}
