//! Lists of client passwords: a member's own, and an organization's by filter.

use std::time::Duration;

use uuid::Uuid;

use super::{ClientPasswords, bounded};
use crate::clock::Timestamp;
use crate::domain::access::{MemberPermission, OrganizationPermission};
use crate::domain::client_password::ClientPassword;
use crate::domain::ids::{MemberId, OrganizationId, least_id};
use crate::domain::policy::Limits;
use crate::domain::revocation::ListFilter;
use crate::service::{Call, Error, Listed, Paging};
use crate::store::Page;
use crate::store::client_passwords::writings;

/// Rows that are read for one page at the most where members are named: tens of milliseconds' work.
const ROWS_OF_MEMBERS: i64 = 4_000;
/// Ids count milliseconds: what was made before a time has a smaller id than what is made two of them later.
const STEP: Duration = Duration::from_millis(2);

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
        let rows = self.search.rows().min(ROWS_OF_MEMBERS);
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
        let limits = self.rules.limits(organization).await?;
        let listed = match (&wanted.filter.member_ids, &wanted.filter.label) {
            (Some(members), _) => {
                let found = self.find_of_members(organization, members, wanted, paging.page()).await?;
                return Ok(found.listed(paging, &limits, self.clock.now()));
            }
            (None, Some(label)) => self.find_of_label(organization, label, wanted, paging).await?,
            (None, None) => self.find_of_organization(organization, wanted, paging).await?,
        };
        let now = self.clock.now();
        let items = listed.items.into_iter().map(|one| bounded(one, &limits, now)).collect();
        Ok(Listed { items, next: listed.next })
    }

    async fn find_of_organization(
        &self,
        organization: OrganizationId,
        wanted: &ListFilter,
        paging: Paging,
    ) -> Result<Listed<ClientPassword>, Error> {
        let read = async |page| {
            let page = self.all_of_piece(wanted, page);
            let read = self.store.list_of_organization(organization, wanted, self.clock.now(), page).await?;
            Ok(in_networks(wanted, read))
        };
        let page = made_before(wanted, paging.page());
        if wanted.takes_all() {
            return Ok(Listed::cut(read(page).await?, paging.limit, |one| one.id.uuid()));
        }

        let end = async |before, rows| self.store.end_of_page(organization, before, rows).await;
        self.search.page((paging, page), end, read, |one| one.id.uuid()).await
    }

    /// Those of a label, of all its writings. A piece of each is read; what lies beyond where the first of them stopped
    /// is for the next.
    async fn find_of_label(
        &self,
        organization: OrganizationId,
        label: &str,
        wanted: &ListFilter,
        paging: Paging,
    ) -> Result<Listed<ClientPassword>, Error> {
        let writings = &writings(label);
        let read = async |page| {
            let page = self.all_of_piece(wanted, page);
            let mut found = Vec::new();
            for label in writings {
                let now = self.clock.now();
                found.extend(self.store.list_of_label(organization, label, wanted, now, page).await?);
            }
            found.sort_by_key(|one| std::cmp::Reverse(one.id));
            Ok(in_networks(wanted, found))
        };
        let end = async |before, rows| {
            let mut stopped = None;
            for label in writings {
                let theirs = self.store.end_of_label_page(organization, label, before, rows).await?;
                stopped = stopped.max(theirs);
            }
            Ok(stopped)
        };

        let page = made_before(wanted, paging.page());
        self.search.page((paging, page), end, read, |one| one.id.uuid()).await
    }

    /// All rows of a piece, where what is read of it is looked through here: else some that are wanted are not read.
    fn all_of_piece(&self, wanted: &ListFilter, page: Page) -> Page {
        let all = self.search.rows().saturating_add(1);
        Page {
            limit: if wanted.filter.networks.is_some() { all.max(page.limit) } else { page.limit },
            ..page
        }
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

        let page = self.all_of_piece(wanted, page);
        let read = self.store.list_of_member(organization, member, wanted, self.clock.now(), page).await?;
        Ok(Found { client_passwords: in_networks(wanted, read), stopped })
    }

    async fn find_of_members(
        &self,
        organization: OrganizationId,
        members: &[MemberId],
        wanted: &ListFilter,
        page: Page,
    ) -> Result<Found, Error> {
        let all = self.search.rows().min(ROWS_OF_MEMBERS);
        let rows = i64::try_from(members.len()).map_or(1, |members| all / members.max(1));
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

/// The page, without what was made later than a filter wants.
fn made_before(wanted: &ListFilter, page: Page) -> Page {
    let before = wanted.filter.created_before.map(|before| least_id(before.plus(STEP)));
    Page { before: before.map_or(page.before, |before| before.min(page.before)), ..page }
}

/// What was read, without what is of other networks: no statement knows what lies inside of what.
fn in_networks(wanted: &ListFilter, mut read: Vec<ClientPassword>) -> Vec<ClientPassword> {
    if let Some(networks) = &wanted.filter.networks {
        read.retain(|one| one.networks.touch(networks));
    }
    read
}

impl Found {
    fn listed(self, paging: Paging, limits: &Limits, now: Timestamp) -> Listed<ClientPassword> {
        let found = self.client_passwords.into_iter().map(|one| bounded(one, limits, now)).collect();
        Listed::cut_at(found, paging.limit, |one| one.id.uuid(), self.stopped)
    }
}
