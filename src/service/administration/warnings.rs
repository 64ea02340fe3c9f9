//! Which client passwords will soon end by themselves.

use super::wording::explain;
use super::{Administration, Outcome, PAGE, Scene, WarningListing};
use crate::domain::warnings::GivenWarning;
use crate::service::Paging;

impl Administration {
    pub(super) async fn list_warnings(&self, scene: &Scene) -> Result<Outcome, String> {
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let paging = Paging { before, limit: PAGE };
            let listed = self.warnings.list(&scene.call, scene.organization.id, paging).await;
            let listed = listed.map_err(|error| explain(&error))?;
            all.extend(listed.items.into_iter().map(listing));
            before = listed.next;
            if before.is_none() {
                return Ok(Outcome::Warnings(all));
            }
        }
    }
}

fn listing(of: GivenWarning) -> WarningListing {
    WarningListing {
        client_password_id: of.client_password_id.to_string(),
        member_id: of.member_id.to_string(),
        login: of.login,
        label: of.label,
        ends_at: of.ends_at.to_string(),
        reason: of.reason.name().to_owned(),
        days: of.days,
        warned_at: of.warned_at.to_string(),
    }
}
