//! Ownership: offered by the owner and taken on by the member, or handed over by an operator.

use super::audit_trail::AuditTrail;
use super::authority::Authorizer;
use super::parts::Parts;
use super::{Call, Error, Refusal};
use crate::clock::Clock;
use crate::domain::access::{Authority, OrganizationPermission};
use crate::domain::audit::{Action, Target};
use crate::domain::audit_details::Details;
use crate::domain::field::{Fault, FieldError};
use crate::domain::ids::{MemberId, OrganizationId};
use crate::domain::member::{Member, MemberState};
use crate::domain::organization::Organization;
use crate::domain::ownership::Ownership;
use crate::store::ownership::HandOver;
use crate::store::{MemberStore, OwnershipStore};

/// Says who owns an organization, and hands it over.
#[derive(Clone)]
pub struct Ownerships {
    audit: AuditTrail,
    authorizer: Authorizer,
    clock: Clock,
    members: MemberStore,
    store: OwnershipStore,
}

impl Ownerships {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            authorizer: Authorizer::new(parts),
            clock: parts.clock.clone(),
            members: parts.store.members(),
            store: parts.store.ownership(),
        }
    }

    /// Who owns an organization; and the open offer, to those who administer or read everything and to whom it is made.
    pub async fn get(&self, call: &Call, id: OrganizationId) -> Result<Ownership, Error> {
        let (organization, _) = self.authorizer.may(call, OrganizationPermission::Read, id).await?;
        let offer = self.store.offer(id, self.clock.now()).await?;
        let sees_all = call.caller.may(OrganizationPermission::ReadMembers, id, self.clock.now()).is_ok()
            && call.caller.department_admin().is_none();
        let offer = offer.filter(|offer| sees_all || call.caller.is(offer.member_id));
        Ok(Ownership { owner_id: organization.owner_id, offer })
    }

    /// What the owner is called, for the one to whom the organization is offered.
    pub async fn owner_name(&self, call: &Call, id: OrganizationId) -> Result<Option<String>, Error> {
        let Ownership { owner_id, offer } = self.get(call, id).await?;
        let Some(owner) = offer.and(owner_id) else { return Ok(None) };
        Ok(self.members.by_id(owner).await?.map(|owner| owner.display_name))
    }

    /// Offers an organization to a member, by the owner; an operator hands it over at once.
    pub async fn hand_over(&self, call: &Call, id: OrganizationId, to: MemberId) -> Result<Ownership, Error> {
        self.authorizer
            .judged(call, async |call| {
                let permission = OrganizationPermission::HandOver;
                let (organization, authority) = self.authorizer.may_change(call, permission, id).await?;
                let member = self.owner_to_be(&organization, to).await?;

                if call.caller.has_no_sign_in() {
                    self.write(call, authority, &organization, &member, false).await?;
                } else {
                    let change =
                        self.audit.member_entry(call, authority, Action::OwnershipOffered, &member)?;
                    self.store.put_offer(id, to, &change.0).await??;
                    self.audit.committed(&change);
                }
                self.get(call, id).await
            })
            .await
    }

    /// Takes on what was offered to the member who calls.
    pub async fn accept(&self, call: &Call, id: OrganizationId) -> Result<Ownership, Error> {
        self.authorizer
            .judged(call, async |call| {
                let permission = OrganizationPermission::TakeOver;
                let (organization, authority) = self.authorizer.may_change(call, permission, id).await?;
                let offer = self.store.offer(id, self.clock.now()).await?;
                let offer = offer.filter(|offer| call.caller.is(offer.member_id)).ok_or(Refusal::NotFound)?;
                let member = self.owner_to_be(&organization, offer.member_id).await?;
                self.write(call, authority, &organization, &member, true).await?;

                // The role of whoever calls is another now.
                Ok(Ownership { owner_id: Some(member.id), offer: None })
            })
            .await
    }

    /// Withdraws an offer, by whoever could make it; or declines it, by the member to whom it is made.
    pub async fn end_offer(&self, call: &Call, id: OrganizationId) -> Result<(), Error> {
        self.authorizer
            .judged(call, async |call| {
                let permission = OrganizationPermission::EndOffer;
                let (_, authority) = self.authorizer.may_change(call, permission, id).await?;
                let offer = self.store.offer(id, self.clock.now()).await?.ok_or(Refusal::NotFound)?;
                let may_make = call.caller.may_hand_over(id);
                if !(may_make || call.caller.is(offer.member_id)) {
                    return Err(Refusal::NotFound.into());
                }

                let member = self.members.by_id(offer.member_id).await?.ok_or(Refusal::NotFound)?;
                let change =
                    self.audit.member_entry(call, authority, Action::OwnershipOfferEnded, &member)?;
                self.store.end_offer(id, member.id, &change.0).await??;
                self.audit.committed(&change);
                Ok(())
            })
            .await
    }

    async fn owner_to_be(&self, organization: &Organization, id: MemberId) -> Result<Member, Error> {
        let found = self.members.by_id(id).await?;
        let here = found.filter(|member| member.organization_id == organization.id);
        let wrong = |fault, detail| FieldError::new("member_id", fault, detail);
        let member = here.ok_or_else(|| wrong(Fault::NotFound, "names no member of this organization"))?;

        if member.state != MemberState::Active {
            return Err(wrong(Fault::NotAllowed, "must be an active member").into());
        }
        if organization.owner_id == Some(id) {
            return Err(wrong(Fault::NotAllowed, "is the owner already").into());
        }
        Ok(member)
    }

    async fn write(
        &self,
        call: &Call,
        authority: Authority,
        organization: &Organization,
        member: &Member,
        by_offer: bool,
    ) -> Result<(), Error> {
        let from = organization.owner_id;
        let new =
            HandOver { organization_id: organization.id, from, to: member.id, role: member.role, by_offer };
        let change = self.audit.member_entry(call, authority, Action::OwnershipHandedOver, member)?;
        let both = [Some(member.id), from].into_iter().flatten().map(Target::Member);
        let targets = std::iter::once(Target::Organization(organization.id)).chain(both).collect();
        let change = change
            .targets(targets)
            .details(Details::HandedOver { owner_before: from.map(|id| id.to_string()) });
        self.store.hand_over(&new, &change.0).await??;
        self.audit.committed(&change);
        Ok(())
    }
}
