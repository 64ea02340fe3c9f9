//! Reading audit events.

use std::time::Duration;

use super::authority::Authorizer;
use super::parts::Parts;
use super::search::Search;
use super::{Call, Error, Listed, Paging};
use crate::domain::access::{MemberPermission, OrganizationPermission};
use crate::domain::audit::{AuditEvent, AuditFilter};
use crate::domain::ids::{MemberId, OrganizationId, least_id};
use crate::store::{AuditStore, Page};

/// Ids count milliseconds: what was written before a time has a smaller id than what is made two of them later.
const STEP: Duration = Duration::from_millis(2);
/// No event is written later than this after it got its id.
const LONGEST_WRITE: Duration = Duration::from_secs(86_400);

/// Lists audit events to those who may read them.
#[derive(Clone)]
pub struct AuditEvents {
    store: AuditStore,
    authorizer: Authorizer,
    search: Search,
}

impl AuditEvents {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            store: parts.store.audit_events(),
            authorizer: Authorizer::new(parts),
            search: Search::new(parts),
        }
    }

    /// What was done to a member, newest first: for the member.
    pub async fn of_member(
        &self,
        call: &Call,
        id: MemberId,
        paging: Paging,
    ) -> Result<Listed<AuditEvent>, Error> {
        let member = self.authorizer.present_member(call, id).await?;
        self.authorizer.may_to(call, MemberPermission::SeeNotices, &member)?;
        let events = self.store.of_member(id, paging.page()).await?;
        Ok(Listed::cut(events, paging.limit, |event| event.id.uuid()))
    }

    /// Audit events of an organization, newest first.
    pub async fn list(
        &self,
        call: &Call,
        organization: OrganizationId,
        filter: &AuditFilter,
        paging: Paging,
    ) -> Result<Listed<AuditEvent>, Error> {
        self.authorizer.may(call, OrganizationPermission::ReadAudit, organization).await?;

        let read = async |page| self.store.list(organization, filter, page).await;
        let page = within_times(filter, paging.page());
        if is_of_index(filter) {
            let events = read(page).await?;
            return Ok(Listed::cut(events, paging.limit, |event| event.id.uuid()));
        }

        let end = async |before, rows| self.store.end_of_piece(organization, filter, before, rows).await;
        self.search.page((paging, page), end, read, |event| event.id.uuid()).await
    }
}

/// Whether no row is read in vain: all of an organization, or of a member.
fn is_of_index(filter: &AuditFilter) -> bool {
    *filter == AuditFilter { member_id: filter.member_id, ..AuditFilter::default() }
}

/// The page, with what cannot have been written in these times left out. An event has its id from shortly before it was
/// written.
fn within_times(filter: &AuditFilter, page: Page) -> Page {
    let before = filter.until.map_or(page.before, |until| least_id(until.plus(STEP)).min(page.before));
    let from = filter.since.map_or(page.from, |since| least_id(since.minus(LONGEST_WRITE)).max(page.from));
    Page { before, from, ..page }
}
