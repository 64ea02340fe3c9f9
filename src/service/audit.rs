//! Reading audit events.

use super::authority::Authorizer;
use super::parts::Parts;
use super::{Call, Error, Listed, Paging};
use crate::domain::access::{MemberPermission, OrganizationPermission};
use crate::domain::audit::{AuditEvent, AuditFilter};
use crate::domain::ids::{MemberId, OrganizationId};
use crate::store::AuditStore;

/// Lists audit events to those who may read them.
#[derive(Clone)]
pub struct AuditEvents {
    store: AuditStore,
    authorizer: Authorizer,
    list_rows: i64,
}

impl AuditEvents {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            store: parts.store.audit_events(),
            authorizer: Authorizer::new(parts),
            list_rows: parts.settings.list_rows,
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

        let mut page = paging.page();
        let stopped = if *filter == AuditFilter::default() {
            None
        } else {
            let rows = self.list_rows;
            self.store.end_of_page(organization, page.before, rows).await?
        };
        page.from = stopped.unwrap_or(page.from);

        let events = self.store.list(organization, filter, page).await?;
        Ok(Listed::cut_at(events, paging.limit, |event| event.id.uuid(), stopped))
    }
}
