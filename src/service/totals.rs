//! How many members and client passwords there are. A job counts an organization of any size in pieces: no snapshot is held
//! for long, the writer waits for nothing, and what is shown says when it was counted. A small one is counted when somebody
//! asks.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::authority::Authorizer;
use super::job_signal::JobSignal;
use super::parts::Parts;
use super::{Call, Error};
use crate::clock::{Clock, Timestamp};
use crate::domain::access::OrganizationPermission;
use crate::domain::department::MAX_DEPARTMENTS;
use crate::domain::department_tree::DepartmentTree;
use crate::domain::ids::OrganizationId;
use crate::domain::lease::Lease;
use crate::domain::organization::OrganizationState;
use crate::domain::totals::{Counted, Tally, Totals as Shown};
use crate::store::{DepartmentStore, MemberStore, OrganizationStore, Page, TotalsStore};

/// Members that are counted at a time: a few milliseconds' work.
const PIECE: i64 = 200;
/// So many members are counted when somebody asks.
const SMALL: i64 = 600;
/// Organizations that are read at a time.
const ORGANIZATIONS: i64 = 200;

/// Counts, and says what was counted.
#[derive(Clone)]
pub struct Totals {
    authorizer: Authorizer,
    clock: Clock,
    departments: DepartmentStore,
    due: JobSignal,
    members: MemberStore,
    organizations: OrganizationStore,
    store: TotalsStore,
}

impl Totals {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            authorizer: Authorizer::new(parts),
            clock: parts.clock.clone(),
            departments: parts.store.departments(),
            due: parts.counting.clone(),
            members: parts.store.members(),
            organizations: parts.store.organizations(),
            store: parts.store.totals(),
        }
    }

    /// How many there are in an organization; for a department administrator in the departments within reach.
    pub async fn get(&self, call: &Call, organization: OrganizationId) -> Result<Shown, Error> {
        self.authorizer.may(call, OrganizationPermission::ReadMembers, organization).await?;
        let counted = if self.members.are_more_than(organization, SMALL).await? {
            self.store.get(organization).await?
        } else {
            let now = self.clock.now();
            Some((self.counted(organization, now).await?, now))
        };

        let Some((counted, as_of)) = counted else {
            // Whoever looks again soon finds it.
            self.due.notify();
            return Ok(Shown { as_of: None, organization: None, departments: BTreeMap::new() });
        };
        self.seen(call, organization, counted, as_of).await
    }

    /// What the caller sees of it: departments that are there still, and of these those within reach.
    async fn seen(
        &self,
        call: &Call,
        organization: OrganizationId,
        counted: Counted,
        as_of: Timestamp,
    ) -> Result<Shown, Error> {
        let me = call.caller.department_admin();
        let all = Page::first(MAX_DEPARTMENTS);
        let there = self.departments.list(organization, me, all).await?;
        let mut departments = counted.departments;
        let seen = there.iter().filter_map(|one| departments.remove_entry(&one.id)).collect();
        let of_all = me.is_none().then_some(counted.organization);
        Ok(Shown { as_of: Some(as_of), organization: of_all, departments: seen })
    }

    /// Ends when somebody has asked for what has not been counted yet.
    pub async fn is_due(&self) {
        self.due.notified().await;
    }

    /// Counts every organization.
    pub async fn count(&self, lease: Lease) -> Result<(), Error> {
        let mut paging = Page::first(ORGANIZATIONS);
        loop {
            let some = self.organizations.list(paging).await?;
            let Some(last) = some.last() else { return Ok(()) };
            paging.before = last.id.uuid();
            for one in some.iter().filter(|one| one.state == OrganizationState::Active) {
                let now = self.clock.now();
                let counted = self.counted(one.id, now).await?;
                self.store.put(lease, one.id, &counted, now).await??;
            }
        }
    }

    /// Counts an organization, with a pause after each piece as long as the piece has taken.
    async fn counted(&self, organization: OrganizationId, now: Timestamp) -> Result<Counted, Error> {
        let tree = DepartmentTree::new(self.departments.parents(organization).await?);
        let (mut tally, mut after) = (Tally::new(tree), Uuid::nil());

        loop {
            let begun = self.clock.monotonic();
            let piece = self.store.piece(organization, after, now, PIECE).await?;
            let Some((last, _)) = piece.members.last() else { return Ok(tally.counted()) };
            after = last.uuid();

            for (id, counts) in &piece.members {
                tally.add(counts, piece.departments.get(id).map_or(&[], Vec::as_slice));
            }
            self.clock.pause_since(begun).await;
        }
    }
}
