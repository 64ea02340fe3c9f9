//! After a restore: what is not known to be still alive is ended.

use serde::Serialize;
use serde_json::json;

use super::{Error, Paging, Service};
use crate::domain::audit::Action;
use crate::domain::organization::{Organization, OrganizationState};
use crate::store::Unmet;

/// Organizations that are read at a time.
const PAGE: u32 = 200;

/// What became of a restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// Whether the ends that the data before it knew were replayed.
    pub replayed: bool,
    /// Whether client passwords that ended after the backup may open mail again.
    pub revived: bool,
    /// How many organizations had all their client passwords ended.
    pub ended_organizations: u64,
}

impl Service {
    /// Ends all client passwords and sessions of every organization. Gives how many organizations that were.
    pub async fn end_everything(&self) -> Result<u64, Error> {
        let (mut ended, mut before) = (0, None);
        loop {
            let page = Paging { before, limit: PAGE };
            let found = self.store.organizations(page.page()).await?;
            for organization in found.iter().filter(|one| one.state == OrganizationState::Active) {
                ended += u64::from(self.end_organization(organization).await?);
            }
            match found.last() {
                Some(last) if Some(last.id.uuid()) != before => before = Some(last.id.uuid()),
                _ => return Ok(ended),
            }
        }
    }

    async fn end_organization(&self, organization: &Organization) -> Result<bool, Error> {
        let change = self.record_by_system(Action::DataRestored)?;
        let change = change.in_organization(organization.id).target("organization", organization.id);
        let change = change.details(&json!({"ended": "all client passwords"}));
        let ended = self.store.end_organization(organization.id, &change.0).await?;
        match ended {
            Ok(()) => self.changed(&change),
            // It was dissolved meanwhile.
            Err(Unmet::NotActive) => return Ok(false),
            Err(unmet) => return Err(unmet.into()),
        }
        Ok(true)
    }
}
