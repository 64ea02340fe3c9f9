//! Rotation: a new secret for a client, while the old one lives on for a while.

use super::{ClientPasswords, Issued, bounded, may_have_client_passwords};
use crate::domain::access::MemberPermission;
use crate::domain::audit::{Action, Target};
use crate::domain::audit_details::Details;
use crate::domain::client_password::{PROLONGED_BEFORE, State};
use crate::domain::ids::ClientPasswordId;
use crate::domain::member::MemberState;
use crate::service::{Call, Error, Refusal};
use crate::store::client_passwords::rotation::Successor;

impl ClientPasswords {
    /// Rotates one of the caller's own. The old one ends on each protocol with the new one's first use there,
    /// and altogether when the overlap is over.
    pub async fn rotate(
        &self,
        call: &Call,
        id: ClientPasswordId,
        overlap_seconds: Option<u64>,
    ) -> Result<Issued, Error> {
        self.authorizer
            .judged(call, async |call| {
                let (member, old, authority) =
                    self.authorizer.known_password(call, id, MemberPermission::Rotate).await?;

                let now = self.clock.now();
                let (policy, facts) = self.rules.for_change(&member).await?;
                let old = bounded(old, &policy.limits, now);
                if member.state != MemberState::Active
                    || old.validity.at(now.plus(PROLONGED_BEFORE)) != State::Active
                {
                    return Err(Refusal::NotActive.into());
                }
                may_have_client_passwords(&policy, &member)?;

                let overlap = policy.limits.overlap(overlap_seconds);
                let (secret, pepper_id, verifier) = self.secrets.client_password()?;
                let expires_at = policy.limits.expiry(now, None)?;
                let new = Successor { id: self.ids.next()?, verifier, pepper_id, expires_at, overlap };

                let change =
                    self.audit.member_entry(call, authority, Action::ClientPasswordRotated, &member)?;
                let change = change.target(Target::ClientPassword(new.id)).that_are_made();
                let change = change
                    .targets(vec![Target::ClientPassword(id), Target::ClientPassword(new.id)])
                    .details(Details::Rotated { overlap_seconds: overlap.as_secs() });

                self.store.rotate(id, &new, &facts, &change.0).await??;
                self.audit.committed(&change);
                self.issued(new.id, secret, &policy.limits).await
            })
            .await
    }
}
