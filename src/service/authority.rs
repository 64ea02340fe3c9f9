//! Whether a caller may do something, and what becomes of a change whose authority ended, or whose row changed, while it
//! was under way.
//!
//! ```text
//!   recognised --> allowed: Authority --> the write demands that all still stands --> done
//!       ^                                             | it does not
//!       +--------------- judged once more ------------+
//! ```

use super::{Call, Error, Refusal, Service};
use crate::domain::access::{
    Authority, Caller, InstallationPermission, KeyHolder, MemberPermission, OrganizationPermission, Subject,
};
use crate::domain::ids::OrganizationId;
use crate::domain::member::Member;
use crate::domain::organization::{Organization, OrganizationState};

/// So often a call is judged whose facts change each time before it is done.
const JUDGED: usize = 4;

/// The member as the one to whom something is done.
fn subject(member: &Member) -> Subject {
    Subject { member_id: member.id, organization_id: member.organization_id, role: member.role }
}

impl Service {
    /// What the caller may do to this member, if it is allowed.
    pub(super) fn may_to(
        &self,
        call: &Call,
        permission: MemberPermission,
        member: &Member,
    ) -> Result<Authority, Error> {
        Ok(call.caller.may_to(permission, &subject(member), self.clock.now())?)
    }

    /// What the caller may do to the installation, if it is allowed.
    pub(super) fn may_in_installation(
        call: &Call,
        permission: InstallationPermission,
    ) -> Result<Authority, Error> {
        Ok(call.caller.may_in_installation(permission)?)
    }

    /// The organization, if it exists and the caller may do this to it.
    pub(super) async fn may(
        &self,
        call: &Call,
        permission: OrganizationPermission,
        id: OrganizationId,
    ) -> Result<(Organization, Authority), Error> {
        let organization = self.store.organization(id).await?.ok_or(Refusal::NotFound)?;
        let authority = call.caller.may(permission, id, self.clock.now())?;
        Ok((organization, authority))
    }

    /// The same, for a change: the organization must be active.
    pub(super) async fn may_change(
        &self,
        call: &Call,
        permission: OrganizationPermission,
        id: OrganizationId,
    ) -> Result<(Organization, Authority), Error> {
        let (organization, authority) = self.may(call, permission, id).await?;
        if organization.state == OrganizationState::Dissolved {
            return Err(Refusal::NotActive.into());
        }
        Ok((organization, authority))
    }

    /// Does it; if the authority for it or the row that it changes is another before it is written, the call is judged once
    /// more and gets what a fresh request would get.
    pub(super) async fn judged<T>(
        &self,
        call: &Call,
        act: impl AsyncFn(&Call) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut call = *call;
        for _ in 0..JUDGED {
            match act(&call).await {
                Err(Error::FactsChanged) => {
                    call.caller = self.recognise_again(call.caller).await?;
                    call.counted = true;
                }
                done => return done,
            }
        }
        Err(Refusal::Conflict.into())
    }

    /// The caller as it is now. Idleness was judged when the call came in.
    async fn recognise_again(&self, caller: Caller) -> Result<Caller, Error> {
        match caller {
            Caller::Member(me) => {
                let found = self.store.session_of(me.session_id).await?.ok_or(Refusal::InvalidToken)?;
                let alive = found.signed_in.expires_at > self.clock.now();
                if alive { Ok(Caller::Member(found.signed_in)) } else { Err(Refusal::InvalidToken.into()) }
            }
            Caller::Key(key) => {
                let found = self.store.service_key(key.id).await?.ok_or(Refusal::InvalidToken)?;
                let (id, role, organization_id) = (found.id, found.role, found.organization_id);
                Ok(Caller::Key(KeyHolder { id, role, organization_id }))
            }
        }
    }
}
