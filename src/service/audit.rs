//! Reading audit events.

use super::{Call, Error, Listed, Paging, Service};
use crate::domain::access::OrganizationPermission;
use crate::domain::audit::{AuditEvent, AuditFilter};
use crate::domain::ids::OrganizationId;
use crate::store::List;

impl Service {
    /// Audit events of an organization, newest first.
    pub async fn audit_events(
        &self,
        call: &Call,
        organization: OrganizationId,
        filter: &AuditFilter,
        paging: Paging,
    ) -> Result<Listed<AuditEvent>, Error> {
        self.may(call, OrganizationPermission::ReadAudit, organization).await?;
        let mut page = paging.page();
        let stopped = if *filter == AuditFilter::default() {
            None
        } else {
            let rows = self.settings.list_rows;
            self.store.end_of_page(List::AuditEvents, organization, page.before, rows).await?
        };
        page.from = stopped.unwrap_or(page.from);
        let events = self.store.audit_events(organization, filter, page).await?;
        Ok(Listed::cut_at(events, paging.limit, |event| event.id.uuid(), stopped))
    }
}
