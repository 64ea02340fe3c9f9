//! What a passkey that is shown proves: that its member is there.

use uuid::Uuid;

use crate::domain::ids::MemberId;
use crate::domain::notice::Proof;
use crate::domain::passkey::{Assertion, RelyingParty, Shown, counts_on};
use crate::service::parts::Parts;
use crate::service::passkey_challenges::{Challenges, For};
use crate::service::{Error, Refusal};
use crate::store::PasskeyStore;
use crate::store::passkeys::FoundPasskey;

/// A passkey, as a browser shows it.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    /// What the browser brings.
    pub assertion: &'a Assertion,
    /// What it has to be for.
    pub of: &'a RelyingParty,
}

/// What a browser has to know to show a passkey.
#[derive(Clone, Debug)]
pub struct ToShow {
    /// What the answer has to bring back.
    pub challenge: Vec<u8>,
    /// The ids of those that will do; none where any is looked for, because nobody is known yet.
    pub known: Vec<Vec<u8>>,
}

/// What somebody's passkey proves, and whose it is.
pub(super) struct ProvenByPasskey {
    pub(super) found: FoundPasskey,
    pub(super) proof: Proof,
    pub(super) user_verified: bool,
}

/// Judges passkeys that are shown.
#[derive(Clone)]
pub(super) struct PasskeyProofs {
    challenges: Challenges,
    store: PasskeyStore,
}

impl PasskeyProofs {
    pub(super) fn new(parts: &Parts) -> Self {
        Self { challenges: Challenges::new(parts), store: parts.store.passkeys() }
    }

    /// A challenge for any passkey.
    pub(super) fn ask_anybody(&self, made_for: &For<'_>) -> Result<ToShow, Error> {
        Ok(ToShow { challenge: self.challenges.make(made_for)?, known: Vec::new() })
    }

    /// A challenge for the passkeys of a member, who has proven something already.
    pub(super) async fn ask(
        &self,
        made_for: &For<'_>,
        member: MemberId,
        of: &RelyingParty,
    ) -> Result<ToShow, Error> {
        let known = self.store.credential_ids(member, of.id()).await?;
        // An empty list would ask for any.
        if known.is_empty() {
            return Err(Refusal::InvalidPasskey.into());
        }
        Ok(ToShow { challenge: self.challenges.make(made_for)?, known })
    }

    /// Whether a member has a passkey for these pages.
    pub(super) async fn has_any(&self, member: MemberId, of: &RelyingParty) -> Result<bool, Error> {
        Ok(!self.store.credential_ids(member, of.id()).await?.is_empty())
    }

    /// What it proves. All that is wrong is refused alike; the write of what is proven demands once more that the factor
    /// is there, that it counts on, and that the challenge was not answered before.
    pub(super) async fn prove(
        &self,
        presented: &Presented<'_>,
        made_for: &For<'_>,
    ) -> Result<ProvenByPasskey, Error> {
        let Presented { assertion, of } = *presented;
        let challenge = self.challenges.answered(made_for, assertion.challenge());
        let challenge = challenge.ok_or(Refusal::InvalidPasskey)?;

        let found = self.store.by_credential(&assertion.credential_id).await?;
        let found = found.filter(|found| found.member.active).ok_or(Refusal::InvalidPasskey)?;
        let id: Uuid = found.member.id.uuid();
        let handle = assertion.user_handle.as_deref().filter(|handle| !handle.is_empty());
        let whose = handle.is_none_or(|handle| handle == id.as_bytes());
        let shown = assertion.verify(of, &found.key).filter(|_| whose).ok_or(Refusal::InvalidPasskey)?;

        let Shown { user_verified, sign_count } = shown;
        if !counts_on(found.sign_count, sign_count) {
            tracing::warn!(
                event = "passkey_counts_back",
                member_id = %found.member.id,
                second_factor_id = %found.factor,
                had = found.sign_count,
                has = sign_count,
            );
            return Err(Refusal::InvalidPasskey.into());
        }

        let (factor, confirmed_at) = (found.factor, found.confirmed_at);
        let proof = Proof::Passkey { factor, confirmed_at, sign_count, challenge };
        Ok(ProvenByPasskey { found, proof, user_verified })
    }
}
