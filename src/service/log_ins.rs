//! The history of log-ins of a member, for the member and whoever may read what the member has.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::authority::Authorizer;
use super::log_in_log::LogInLog;
use super::parts::Parts;
use super::rules::PolicyRules;
use super::{Call, Error, Listed, Paging};
use crate::clock::Clock;
use crate::domain::access::MemberPermission;
use crate::domain::ids::{ClientPasswordId, MemberId};
use crate::domain::log_in::{LogIn, LogInFilter};
use crate::domain::member::MemberState;
use crate::store::{ClientPasswordStore, LogInStore};

/// Lists log-ins.
#[derive(Clone)]
pub struct LogIns {
    authorizer: Authorizer,
    client_passwords: ClientPasswordStore,
    clock: Clock,
    log: LogInLog,
    rules: PolicyRules,
    store: LogInStore,
}

impl LogIns {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            authorizer: Authorizer::new(parts),
            client_passwords: parts.store.client_passwords(),
            clock: parts.clock.clone(),
            log: parts.log_ins.clone(),
            rules: parts.rules.clone(),
            store: parts.store.log_ins(),
        }
    }

    /// Log-ins of a member that the filter finds, those first that were used last. There are none of whoever has left, and
    /// none that are older than the policy keeps them, swept or not.
    pub async fn list(
        &self,
        call: &Call,
        id: MemberId,
        wanted: &LogInFilter,
        paging: Paging,
    ) -> Result<Listed<LogIn>, Error> {
        let member = self.authorizer.known_member(call, id).await?;
        self.authorizer.may_to(call, MemberPermission::ReadClientPasswords, &member)?;

        let history = self.rules.of_organization(member.organization_id).await?.limits().history;
        if member.state == MemberState::Left || history.is_zero() {
            return Ok(Listed { items: Vec::new(), next: None });
        }

        self.log.write_or_warn().await;
        let kept_since = self.clock.now().minus(history);
        let is_wanted = |row: &LogIn| {
            let after_last_page = paging.before.is_none_or(|before| row.position() < before);
            row.seen.last > kept_since && wanted.finds(row) && after_last_page
        };
        let mut found = self.store.of_member(id).await?;
        found.retain(is_wanted);
        found.sort_by_cached_key(|row| Reverse(row.position()));
        Ok(Listed::cut(found, paging.limit, LogIn::position))
    }

    /// The labels of the client passwords that these rows of a member name, as far as they are still there.
    pub async fn labels(
        &self,
        call: &Call,
        id: MemberId,
        rows: &[LogIn],
    ) -> Result<HashMap<ClientPasswordId, String>, Error> {
        let member = self.authorizer.known_member(call, id).await?;
        self.authorizer.may_to(call, MemberPermission::ReadClientPasswords, &member)?;

        let ids: HashSet<ClientPasswordId> =
            rows.iter().filter_map(|row| row.key.by.client_password()).collect();
        let mut labels = HashMap::with_capacity(ids.len());
        for used in ids {
            let found = self.client_passwords.by_id(used).await?.filter(|found| found.member_id == id);
            labels.extend(found.map(|found| (used, found.label)));
        }
        Ok(labels)
    }

    /// For how many days the organization of a member keeps log-ins, for whoever may read them.
    pub async fn days(&self, call: &Call, id: MemberId) -> Result<u64, Error> {
        let member = self.authorizer.known_member(call, id).await?;
        self.authorizer.may_to(call, MemberPermission::ReadClientPasswords, &member)?;
        let history = self.rules.of_organization(member.organization_id).await?.limits().history;
        Ok(history.as_secs() / 86_400)
    }
}
