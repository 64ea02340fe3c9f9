//! Rotation: a new secret for a client, while the old one lives on for a while.

use serde_json::json;

use super::client_passwords::Issued;
use super::{Call, Error, Refusal, Service};
use crate::domain::access::MemberPermission;
use crate::domain::audit::Action;
use crate::domain::client_password::{PROLONGED_BEFORE, State};
use crate::domain::ids::ClientPasswordId;
use crate::domain::member::MemberState;
use crate::store::rotation::Successor;

impl Service {
    /// Rotates one of the caller's own. The old one ends on each protocol with the new one's first use there,
    /// and altogether when the overlap is over.
    pub async fn rotate(
        &self,
        call: &Call,
        id: ClientPasswordId,
        overlap_seconds: Option<u64>,
    ) -> Result<Issued, Error> {
        self.judged(call, async |call| {
            let (member, old, authority) = self.known_password(call, id, MemberPermission::Rotate).await?;
            let now = self.clock.now();
            if member.state != MemberState::Active || old.life.at(now.plus(PROLONGED_BEFORE)) != State::Active
            {
                return Err(Refusal::NotActive.into());
            }
            self.may_have_client_passwords(&member)?;
            let overlap = self.policy.overlap(overlap_seconds);
            let (secret, pepper_id, verifier) = self.new_secret()?;
            let expires_at = self.policy.expiry(now, None)?;
            let new = Successor { id: self.id()?, verifier, pepper_id, expires_at, overlap };
            let change = self.about(call, authority, Action::ClientPasswordRotated, &member)?;
            let targets = [("client_password", id.to_string()), ("client_password", new.id.to_string())];
            let change = change.targets(&targets).details(&json!({"overlap_seconds": overlap.as_secs()}));
            self.store.rotate(member.id, id, &new, &change.0).await??;
            self.changed(&change);
            self.issued(new.id, secret).await
        })
        .await
    }
}
