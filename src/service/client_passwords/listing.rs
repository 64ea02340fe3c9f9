//! Lists of client passwords: a member's own, and an organization's by filter.

use uuid::Uuid;

use super::{ClientPasswords, bounded};
use crate::clock::Timestamp;
use crate::domain::access::{MemberPermission, OrganizationPermission};
use crate::domain::client_password::ClientPassword;
use crate::domain::ids::{MemberId, OrganizationId};
use crate::domain::policy::Limits;
use crate::domain::revocation::ListFilter;
use crate::service::{Call, Error, Listed, Paging};
use crate::store::Page;

/// What was found, and the last row that was read, unless that was the last there is.
struct Found {
    client_passwords: Vec<ClientPassword>,
    stopped: Option<Uuid>,
}

impl ClientPasswords {
    /// Client passwords of a member that the filter finds, newest first.
    pub async fn list_of_member(
        &self,
        call: &Call,
        id: MemberId,
        wanted: &ListFilter,
        paging: Paging,
    ) -> Result<Listed<ClientPassword>, Error> {
        let member = self.authorizer.known_member(call, id).await?;
        self.authorizer.may_to(call, MemberPermission::ReadClientPasswords, &member)?;
        self.usage.write_or_warn().await;
        let rows = self.list_rows;
        let home = member.organization_id;
        let found = self.find_of_member((home, id), wanted, paging.page(), rows).await?;
        Ok(found.listed(paging, &self.rules.limits(home).await?, self.clock.now()))
    }

    /// Client passwords of an organization that the filter finds, newest first.
    pub async fn list_of_organization(
        &self,
        call: &Call,
        organization: OrganizationId,
        wanted: &ListFilter,
        paging: Paging,
    ) -> Result<Listed<ClientPassword>, Error> {
        self.authorizer.may(call, OrganizationPermission::ReadClientPasswords, organization).await?;
        self.usage.write_or_warn().await;
        let found = match &wanted.filter.member_ids {
            None => self.find_of_organization(organization, wanted, paging.page()).await?,
            Some(members) => self.find_of_members(organization, members, wanted, paging.page()).await?,
        };
        Ok(found.listed(paging, &self.rules.limits(organization).await?, self.clock.now()))
    }

    async fn find_of_organization(
        &self,
        organization: OrganizationId,
        wanted: &ListFilter,
        mut page: Page,
    ) -> Result<Found, Error> {
        let stopped = if wanted.takes_all() {
            None
        } else {
            self.store.end_of_page(organization, page.before, self.list_rows).await?
        };
        page.from = stopped.unwrap_or(page.from);

        let now = self.clock.now();
        let client_passwords = self.store.list_of_organization(organization, wanted, now, page).await?;
        Ok(Found { client_passwords, stopped })
    }

    /// Reads about so many rows at the most.
    async fn find_of_member(
        &self,
        (organization, member): (OrganizationId, MemberId),
        wanted: &ListFilter,
        mut page: Page,
        rows: i64,
    ) -> Result<Found, Error> {
        let stopped = if wanted.takes_all() {
            None
        } else {
            self.store.end_of_member_page(member, page.before, rows).await?
        };
        page.from = stopped.unwrap_or(page.from);

        let now = self.clock.now();
        let client_passwords = self.store.list_of_member(organization, member, wanted, now, page).await?;
        Ok(Found { client_passwords, stopped })
    }

    async fn find_of_members(
        &self,
        organization: OrganizationId,
        members: &[MemberId],
        wanted: &ListFilter,
        page: Page,
    ) -> Result<Found, Error> {
        let rows = i64::try_from(members.len()).map_or(1, |members| self.list_rows / members.max(1));
        let (mut found, mut stopped) = (Vec::new(), None);

        for member in members {
            let theirs = self.find_of_member((organization, *member), wanted, page, rows.max(1)).await?;
            stopped = stopped.max(theirs.stopped);
            found.extend(theirs.client_passwords);
        }

        // Beyond where the first of them stopped, what others have would be out of order.
        found.retain(|one: &ClientPassword| stopped.is_none_or(|stopped| one.id.uuid() >= stopped));
        found.sort_by_key(|one| std::cmp::Reverse(one.id));
        Ok(Found { client_passwords: found, stopped })
    }
}

impl Found {
    fn listed(self, paging: Paging, limits: &Limits, now: Timestamp) -> Listed<ClientPassword> {
        let found = self.client_passwords.into_iter().map(|one| bounded(one, limits, now)).collect();
        Listed::cut_at(found, paging.limit, |one| one.id.uuid(), self.stopped)
    }
}
