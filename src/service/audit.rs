//! Reading audit events.

use super::{Call, Error, Listed, Paging, Service};
use crate::domain::access::OrganizationPermission;
use crate::domain::audit::{AuditEvent, AuditFilter};
use crate::domain::ids::OrganizationId;

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
        let events = self.store.audit_events(organization, filter, paging.page()).await?;
        Ok(Listed::cut(events, paging.limit, |event| event.id.uuid()))
    }
}
