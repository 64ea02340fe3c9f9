//! Whether a caller may do something, and what becomes of a change whose authority ended, or whose row changed, while
//! it was under way.
//!
//! ```text
//!   recognised --> allowed: Authority --> the write demands that all still stands --> done
//!       ^                                             | it does not
//!       +--------------- judged once more ------------+
//! ```

use super::parts::Parts;
use super::{Call, Error, Refusal};
use crate::clock::Clock;
use crate::domain::access::{
    Authority, Caller, Denial, InstallationPermission, KeyHolder, MemberPermission, OrganizationPermission,
    Subject,
};
use crate::domain::client_password::ClientPassword;
use crate::domain::field::{Fault, FieldError};
use crate::domain::ids::{ClientPasswordId, MemberId, OrganizationId};
use crate::domain::member::{Member, MemberState};
use crate::domain::organization::{Organization, OrganizationState};
use crate::domain::service_key::KeyRole;
use crate::store::{
    ClientPasswordStore, DepartmentStore, MemberStore, OrganizationStore, ServiceKeyStore, SessionStore,
};

/// So often a call is judged whose facts change each time before it is done.
const JUDGED: usize = 4;

/// The member as the one to whom something is done. Whoever has a member has it from [`Authorizer::known_member`], which
/// has looked whether it is within reach.
fn subject(member: &Member, is_within_reach: bool) -> Subject {
    let (member_id, organization_id) = (member.id, member.organization_id);
    Subject { member_id, organization_id, role: member.role, is_within_reach }
}

/// Says what a caller may do.
#[derive(Clone)]
pub(super) struct Authorizer {
    client_passwords: ClientPasswordStore,
    clock: Clock,
    departments: DepartmentStore,
    members: MemberStore,
    organizations: OrganizationStore,
    service_keys: ServiceKeyStore,
    sessions: SessionStore,
}

impl Authorizer {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            client_passwords: parts.store.client_passwords(),
            clock: parts.clock.clone(),
            departments: parts.store.departments(),
            members: parts.store.members(),
            organizations: parts.store.organizations(),
            service_keys: parts.store.service_keys(),
            sessions: parts.store.sessions(),
        }
    }

    /// What the caller may do to this member, whom the caller may know of, if it is allowed.
    pub(super) fn may_to(
        &self,
        call: &Call,
        permission: MemberPermission,
        member: &Member,
    ) -> Result<Authority, Error> {
        Ok(call.caller.may_to(permission, &subject(member, true), self.clock.now())?)
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
        let organization = self.organizations.by_id(id).await?.ok_or(Refusal::NotFound)?;
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

    /// A member that the caller may know of, left or not.
    pub(super) async fn known_member(&self, call: &Call, id: MemberId) -> Result<Member, Error> {
        let member = self.members.by_id(id).await?.ok_or(Refusal::NotFound)?;
        self.check_known(call, &member).await?;
        Ok(member)
    }

    /// The members of these ids that the caller may know of, left or not, in the order of the ids.
    pub(super) async fn known_members(
        &self,
        call: &Call,
        ids: &[MemberId],
    ) -> Result<Vec<Option<Member>>, Error> {
        let mut known = Vec::with_capacity(ids.len());
        for member in self.members.by_ids(ids).await? {
            known.push(match member {
                Some(member) => match self.check_known(call, &member).await {
                    Err(Error::Refused(Refusal::NotFound)) => None,
                    checked => checked.map(|()| Some(member))?,
                },
                None => None,
            });
        }
        Ok(known)
    }

    async fn check_known(&self, call: &Call, member: &Member) -> Result<(), Error> {
        let is_within_reach = match call.caller.department_admin() {
            Some(me) => self.departments.reaches(me, member.id).await?,
            None => false,
        };
        call.caller.may_to(MemberPermission::Read, &subject(member, is_within_reach), self.clock.now())?;
        Ok(())
    }

    /// A member that the caller may know of and who has not left.
    pub(super) async fn present_member(&self, call: &Call, id: MemberId) -> Result<Member, Error> {
        let member = self.known_member(call, id).await?;
        if member.state == MemberState::Left {
            return Err(Refusal::NotActive.into());
        }
        Ok(member)
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

    /// A client password with its member, if the caller may do this.
    pub(super) async fn known_password(
        &self,
        call: &Call,
        id: ClientPasswordId,
        permission: MemberPermission,
    ) -> Result<(Member, ClientPassword, Authority), Error> {
        let found = self.client_passwords.by_id(id).await?.ok_or(Refusal::NotFound)?;
        let member = self.known_member(call, found.member_id).await?;
        let authority = self.may_to(call, permission, &member)?;
        Ok((member, found, authority))
    }

    pub(super) async fn may_create_key(
        &self,
        call: &Call,
        role: KeyRole,
        organization: Option<OrganizationId>,
    ) -> Result<Authority, Error> {
        let Some(home) = organization else {
            return Self::may_in_installation(call, InstallationPermission::CreateServiceKey);
        };

        let found = self.organizations.by_id(home).await?;
        let hidden = || FieldError::new("organization_id", Fault::NotFound, "names no organization");
        let organization = found.ok_or_else(hidden)?;
        let permission = OrganizationPermission::CreateServiceKey(role);
        let authority = match call.caller.may(permission, home, self.clock.now()) {
            Err(Denial::Hidden) => return Err(hidden().into()),
            other => other?,
        };

        if organization.state == OrganizationState::Dissolved {
            return Err(Refusal::NotActive.into());
        }
        Ok(authority)
    }

    /// Runs `act`; if the authority for it or the row that it changes is another before it is written, the call is
    /// judged once more and gets what a fresh request would get.
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

    /// The same call by the caller as it is now, with the role of now; refused once its session or key has ended.
    pub(super) async fn again(&self, call: &Call) -> Result<Call, Error> {
        Ok(Call { caller: self.recognise_again(call.caller).await?, ..*call })
    }

    /// The caller as it is now. Idleness was judged when the call came in.
    async fn recognise_again(&self, caller: Caller) -> Result<Caller, Error> {
        match caller {
            Caller::Member(me) => {
                let found = self.sessions.by_id(me.session_id).await?.ok_or(Refusal::InvalidToken)?;
                let alive = found.signed_in.expires_at > self.clock.now();
                if alive { Ok(Caller::Member(found.signed_in)) } else { Err(Refusal::InvalidToken.into()) }
            }
            Caller::Key(key) => {
                let found = self.service_keys.by_id(key.id).await?.ok_or(Refusal::InvalidToken)?;
                let (id, role, organization_id) = (found.id, found.role, found.organization_id);
                Ok(Caller::Key(KeyHolder { id, role, organization_id }))
            }
            Caller::Terminal => Ok(caller),
        }
    }
}
