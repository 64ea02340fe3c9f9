//! After a restore: what is not known to be still alive is ended; and what has changed is recorded, so that the members
//! concerned are notified.

use super::audit_trail::AuditTrail;
use super::parts::Parts;
use super::{Error, Paging};
use crate::domain::audit::{Action, Target};
use crate::domain::audit_details::{Details, MemberRestored};
use crate::domain::organization::{Organization, OrganizationState};
use crate::domain::restored::{Merged, RestoredMember, RestoredOrganization};
use crate::store::{AuditStore, MemberStore, OrganizationStore, Unmet};
use serde::Serialize;

/// Organizations that are read at a time.
const PAGE: u32 = 200;
/// Records that are written at a time.
const RECORDS: usize = 200;

/// What became of a restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// Whether the ends that the data before it knew were replayed.
    pub replayed: bool,
    /// Whether client passwords that ended after the backup may open mail again.
    pub revived: bool,
    /// How many organizations had all their client passwords ended.
    pub ended_organizations: u64,
    /// How many members have a notice that something of theirs is not as in the backup, or not as it was before.
    pub told_members: u64,
    /// How many active members have secure login off, where nothing knows who has turned it on since the backup.
    pub secure_login_off: Option<u64>,
}

/// What is done after a restore.
#[derive(Clone)]
pub struct Restoration {
    audit: AuditTrail,
    audit_events: AuditStore,
    members: MemberStore,
    organizations: OrganizationStore,
}

impl Restoration {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            audit_events: parts.store.audit_events(),
            members: parts.store.members(),
            organizations: parts.store.organizations(),
        }
    }

    /// Ends all client passwords and sessions of every organization. Gives how many organizations that were.
    pub async fn end_everything(&self) -> Result<u64, Error> {
        let (mut ended, mut before) = (0, None);
        loop {
            let page = Paging { before, limit: PAGE };
            let found = self.organizations.list(page.page()).await?;
            for organization in found.iter().filter(|one| one.state == OrganizationState::Active) {
                ended += u64::from(self.end_organization(organization).await?);
            }

            match found.last() {
                Some(last) if Some(last.id.uuid()) != before => before = Some(last.id.uuid()),
                _ => return Ok(ended),
            }
        }
    }

    /// How many members have secure login off, so that their account password may open mail.
    pub async fn count_secure_login_off(&self) -> Result<u64, Error> {
        Ok(u64::try_from(self.members.count_secure_login_off().await?).unwrap_or(0))
    }

    /// Records what a restore has changed: once in each organization, and once for each member concerned. Gives how
    /// many members that were.
    pub async fn record_restore(
        &self,
        organizations: &[RestoredOrganization],
        members: &[RestoredMember],
    ) -> Result<u64, Error> {
        let mut changes = Vec::new();
        for organization in organizations {
            let told = members.iter().filter(|one| one.organization_id == organization.id);
            let members_told = told.count().try_into().unwrap_or(u64::MAX);
            let details =
                Details::OrganizationRestored { members_told, lost_members: organization.lost_members };
            let change = self.audit.system_entry(Action::DataRestored)?;
            let change = change.in_organization(organization.id);
            changes.push(change.target(Target::Organization(organization.id)).details(details));
        }

        for member in members {
            let change = self.audit.system_entry(Action::DataRestored)?;
            let change = change.in_organization(member.organization_id).of_member(member.id);
            changes.push(change.target(Target::Member(member.id)).details(details_of(member)));
        }

        for some in changes.chunks(RECORDS) {
            let records: Vec<_> = some.iter().map(|change| &change.0).collect();
            self.audit_events.record_all(&records).await??;
            for change in some {
                self.audit.committed(change);
            }
        }

        Ok(members.len().try_into().unwrap_or(u64::MAX))
    }

    async fn end_organization(&self, organization: &Organization) -> Result<bool, Error> {
        let change = self.audit.system_entry(Action::DataRestored)?;
        let change = change.in_organization(organization.id).target(Target::Organization(organization.id));
        let change = change.details(Details::AllEnded { ended: "all client passwords" });

        let ended = self.organizations.end_client_passwords(organization.id, &change.0).await?;
        match ended {
            Ok(()) => self.audit.committed(&change),
            // It was dissolved meanwhile.
            Err(Unmet::NotActive) => return Ok(false),
            Err(unmet) => return Err(unmet.into()),
        }
        Ok(true)
    }
}

/// What of a member was not the same in the backup and in the data in place, and what it is now.
fn details_of(member: &RestoredMember) -> Details {
    let lost = member.lost_client_passwords;
    Details::MemberRestored(MemberRestored {
        role: shown(&member.role, |role| role.name()),
        state: shown(&member.state, |state| state.name()),
        secure_login: shown(&member.secure_login, |on| *on),
        account_password: member.account_password.then_some("in_place"),
        second_factors: member.factors.then_some("in_place"),
        lost_client_passwords: (lost > 0).then_some(lost),
    })
}

/// The three values as they are shown, if the first two differ.
fn shown<T: PartialEq, S>(merged: &Merged<T>, show: impl Fn(&T) -> S) -> Option<Merged<S>> {
    merged.read_as(|value| Some(show(value))).filter(|_| merged.backup != merged.in_place)
}
