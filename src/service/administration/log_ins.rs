//! Where and with what a member's mail was opened.

use std::collections::HashMap;

use super::wording::explain;
use super::{Administration, LogInListing, LogInsListing, Outcome, PAGE, Scene};
use crate::domain::ids::ClientPasswordId;
use crate::domain::log_in::{FromWhere, LogIn, LogInFilter};
use crate::service::Paging;

impl Administration {
    pub(super) async fn list_log_ins(&self, scene: &Scene, login: &str) -> Result<Outcome, String> {
        let member = self.member(scene, login).await?;
        // No member has more rows than one page.
        let (filter, paging) = (LogInFilter::default(), Paging { before: None, limit: PAGE });
        let listed = self.log_ins.list(&scene.call, member.id, &filter, paging).await;
        let rows = listed.map_err(|error| explain(&error))?.items;

        let history_days = self.log_ins.days(&scene.call, member.id).await;
        let history_days = history_days.map_err(|error| explain(&error))?;
        let labels = self.log_ins.labels(&scene.call, member.id, &rows).await;
        let labels = labels.map_err(|error| explain(&error))?;
        let log_ins = rows.into_iter().map(|row| listing(row, &labels)).collect();
        Ok(Outcome::LogIns(LogInsListing { login: member.login, history_days, log_ins }))
    }
}

fn listing(LogIn { key, seen }: LogIn, labels: &HashMap<ClientPasswordId, String>) -> LogInListing {
    let used = key.by.client_password();
    LogInListing {
        last_at: seen.last.to_string(),
        first_at: seen.first.to_string(),
        count: seen.count,
        result: key.by.result().to_owned(),
        via: key.by.via().map(str::to_owned),
        client_password_id: used.map(|id| id.to_string()),
        label: used.and_then(|id| labels.get(&id).cloned()),
        protocol: key.protocol.name().to_owned(),
        folded: key.is_folded(),
        from: match key.from {
            FromWhere::NotSaid | FromWhere::Anywhere => None,
            from => Some(from.to_text()),
        },
        client: key.client,
    }
}
