//! Lists of client passwords: a member's own, and an organization's by filter.

use uuid::Uuid;

use super::ClientPasswords;
use crate::domain::access::{MemberPermission, OrganizationPermission};
use crate::domain::client_password::{ClientPassword, StateFilter};
use crate::domain::ids::{MemberId, OrganizationId};
use crate::domain::revocation::Filter;
use crate::service::{Call, Error, Listed, Paging};
use crate::store::Page;
use crate::store::engine::EngineError;

/// Which client passwords an administrator lists.
#[derive(Clone, Debug, Default)]
pub struct ListFilter {
    /// The filter of a revocation.
    pub filter: Filter,
    /// In this state.
    pub state: Option<StateFilter>,
}

/// What was found, and the last row that was read, unless that was the last there is.
struct Gathered {
    found: Vec<ClientPassword>,
    stopped: Option<Uuid>,
}

/// Rows read at once while looking for those of a state.
const BATCH: i64 = 200;

impl ClientPasswords {
    /// Client passwords of a member, newest first.
    pub async fn list_of_member(
        &self,
        call: &Call,
        id: MemberId,
        state: Option<StateFilter>,
        paging: Paging,
    ) -> Result<Listed<ClientPassword>, Error> {
        let member = self.authorizer.known_member(call, id).await?;
        self.authorizer.may_to(call, MemberPermission::ReadClientPasswords, &member)?;
        self.usage.write_or_warn().await;
        let page = paging.page();
        let Gathered { found, stopped } = if state.is_none() {
            Gathered { found: self.store.list_of_member(id, page).await?, stopped: None }
        } else {
            let rows = self.list_rows;
            self.gather(page, rows, state, |page| self.store.list_of_member(id, page)).await?
        };
        Ok(Listed::cut_at(found, paging.limit, |one| one.id.uuid(), stopped))
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
        let page = paging.page();
        let Gathered { found, stopped } = match &wanted.filter.member_ids {
            None => self.gather_of_organization(organization, wanted, page).await?,
            Some(members) => self.gather_of_members(organization, members, wanted, page).await?,
        };
        Ok(Listed::cut_at(found, paging.limit, |one| one.id.uuid(), stopped))
    }

    async fn gather_of_organization(
        &self,
        organization: OrganizationId,
        wanted: &ListFilter,
        mut page: Page,
    ) -> Result<Gathered, Error> {
        let rows = self.list_rows;
        if wanted.filter == Filter::default() && wanted.state.is_none() {
            let found = self.store.list_of_organization(organization, &wanted.filter, page).await?;
            return Ok(Gathered { found, stopped: None });
        }
        let end = self.store.end_of_page(organization, page.before, rows).await?;
        page.from = end.unwrap_or(page.from);
        let read = |page| self.store.list_of_organization(organization, &wanted.filter, page);
        let Gathered { found, stopped } = self.gather(page, rows, wanted.state, read).await?;
        Ok(Gathered { found, stopped: stopped.or(end) })
    }

    async fn gather_of_members(
        &self,
        organization: OrganizationId,
        members: &[MemberId],
        wanted: &ListFilter,
        page: Page,
    ) -> Result<Gathered, Error> {
        let fits = |one: &ClientPassword| one.organization_id == organization && wanted.filter.takes(one);
        let rows = i64::try_from(members.len()).map_or(1, |members| self.list_rows / members.max(1));
        let (mut found, mut stopped) = (Vec::new(), None);
        for member in members {
            let read = |page| self.store.list_of_member(*member, page);
            let theirs = self.gather(page, rows, wanted.state, read).await?;
            stopped = stopped.max(theirs.stopped);
            found.extend(theirs.found.into_iter().filter(fits));
        }
        // Beyond where the first of them stopped, what others have would be out of order.
        found.retain(|one| stopped.is_none_or(|stopped| one.id.uuid() >= stopped));
        found.sort_by_key(|one| std::cmp::Reverse(one.id));
        found.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
        Ok(Gathered { found, stopped })
    }

    /// Reads on until the page is full of the state asked for, or about so many rows were read. The state depends on
    /// the time, so it is decided here and not by the database.
    async fn gather<F>(
        &self,
        page: Page,
        rows: i64,
        state: Option<StateFilter>,
        read: impl Fn(Page) -> F,
    ) -> Result<Gathered, Error>
    where
        F: Future<Output = Result<Vec<ClientPassword>, EngineError>>,
    {
        let now = self.clock.now();
        let full = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let (mut found, mut before, mut left) = (Vec::new(), page.before, rows);
        loop {
            let limit = BATCH.max(page.limit).min(left.max(1));
            let batch = read(Page { before, limit, ..page }).await?;
            let Some(last) = batch.last().map(|one| one.id.uuid()) else {
                return Ok(Gathered { found, stopped: None });
            };
            (before, left) = (last, left.saturating_sub(limit));
            found.extend(
                batch.into_iter().filter(|one| state.is_none_or(|state| state.takes(one.validity.at(now)))),
            );
            if found.len() >= full || left <= 0 {
                found.truncate(full);
                return Ok(Gathered { found, stopped: Some(before) });
            }
        }
    }
}
