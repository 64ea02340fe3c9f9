//! Lists of client passwords: a member's own, and an organization's by filter.

use super::{Call, Error, Listed, Paging, Service};
use crate::domain::access::{MemberPermission, OrganizationPermission};
use crate::domain::client_password::{ClientPassword, StateFilter};
use crate::domain::ids::{MemberId, OrganizationId};
use crate::domain::revocation::Filter;
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

/// Rows read at once while looking for those of a state.
const BATCH: i64 = 200;

impl Service {
    /// Client passwords of a member, newest first.
    pub async fn client_passwords_of(
        &self,
        call: &Call,
        id: MemberId,
        state: Option<StateFilter>,
        paging: Paging,
    ) -> Result<Listed<ClientPassword>, Error> {
        let member = self.known_member(call, id).await?;
        self.may_to(call, MemberPermission::ReadClientPasswords, &member)?;
        self.settle_usage().await;
        let page = paging.page();
        let found = if state.is_none() {
            self.store.client_passwords_of(id, page).await?
        } else {
            self.gather(page, state, |page| self.store.client_passwords_of(id, page)).await?
        };
        Ok(Listed::cut(found, paging.limit, |one| one.id.uuid()))
    }

    /// Client passwords of an organization that the filter finds, newest first.
    pub async fn client_passwords_in(
        &self,
        call: &Call,
        organization: OrganizationId,
        wanted: &ListFilter,
        paging: Paging,
    ) -> Result<Listed<ClientPassword>, Error> {
        self.may(call, OrganizationPermission::ReadClientPasswords, organization).await?;
        self.settle_usage().await;
        let (page, filter) = (paging.page(), &wanted.filter);
        let found = match &filter.member_ids {
            None => {
                let read = |page| self.store.client_passwords_in(organization, filter, page);
                self.gather(page, wanted.state, read).await?
            }
            Some(members) => self.of_members(organization, members, wanted, page).await?,
        };
        Ok(Listed::cut(found, paging.limit, |one| one.id.uuid()))
    }

    async fn of_members(
        &self,
        organization: OrganizationId,
        members: &[MemberId],
        wanted: &ListFilter,
        page: Page,
    ) -> Result<Vec<ClientPassword>, Error> {
        let mut found = Vec::new();
        for member in members {
            let read = |page| self.store.client_passwords_of(*member, page);
            let theirs = self.gather(page, wanted.state, read).await?;
            let fits = |one: &ClientPassword| one.organization_id == organization && wanted.filter.takes(one);
            found.extend(theirs.into_iter().filter(fits));
        }
        found.sort_by_key(|one| std::cmp::Reverse(one.id));
        found.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
        Ok(found)
    }

    /// Reads on until the page is full of the state asked for. The state depends on the time, so it is decided
    /// here and not by the database.
    async fn gather<F>(
        &self,
        page: Page,
        state: Option<StateFilter>,
        read: impl Fn(Page) -> F,
    ) -> Result<Vec<ClientPassword>, Error>
    where
        F: Future<Output = Result<Vec<ClientPassword>, EngineError>>,
    {
        let now = self.clock.now();
        let full = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        let mut before = page.before;
        loop {
            let batch = read(Page { before, limit: BATCH.max(page.limit) }).await?;
            let Some(last) = batch.last().map(|one| one.id.uuid()) else { return Ok(found) };
            before = last;
            found.extend(
                batch.into_iter().filter(|one| state.is_none_or(|state| state.takes(one.life.at(now)))),
            );
            if found.len() >= full {
                found.truncate(full);
                return Ok(found);
            }
        }
    }
}
