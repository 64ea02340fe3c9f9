//! What the preview of a policy reads: the active members of an organization page by page, each with departments and
//! live client passwords. Never more than a page is in memory, and nothing is locked.

use std::collections::HashMap;

use uuid::Uuid;

use super::database::Database;
use super::engine::{Columns, EngineError};
use super::statements::{args, list};
use crate::clock::Timestamp;
use crate::domain::ids::{DepartmentId, MemberId, OrganizationId};
use crate::domain::policy::{LivePassword, PreviewedMember};
use crate::domain::protocol::ProtocolSet;

/// Members in one page: few enough that their client passwords fit into memory.
const PAGE: usize = 200;

/// Reads members for previews.
#[derive(Clone, Debug)]
pub struct PolicyPreviewStore {
    database: Database,
}

impl PolicyPreviewStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The active members that come after one, or the first, in the order of their ids. None, if there are no more.
    pub async fn members_after(
        &self,
        organization: OrganizationId,
        after: Option<MemberId>,
        now: Timestamp,
    ) -> Result<Vec<PreviewedMember>, EngineError> {
        let (home, after) = (organization.uuid(), after.map_or(Uuid::nil(), MemberId::uuid));
        let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
        let args = args![home, after, limit];
        let mut members = self.database.all(list!("policy_preview/members"), args, member).await?;
        let Some(last) = members.last().map(|member| member.id.uuid()) else { return Ok(members) };

        let args = args![home, after, last];
        let of_departments = self.database.all(list!("policy_preview/departments"), args, department).await?;
        let mut departments = by_member(of_departments);
        let args = args![home, after, last, now];
        let live = self.database.all(list!("policy_preview/client_passwords"), args, live_password).await?;
        let mut live = by_member(live);

        for member in &mut members {
            member.departments = departments.remove(&member.id).unwrap_or_default();
            member.live = live.remove(&member.id).unwrap_or_default();
        }
        Ok(members)
    }
}

/// Rows by the member whose they are.
pub(super) fn by_member<T>(rows: Vec<(MemberId, T)>) -> HashMap<MemberId, Vec<T>> {
    let mut found: HashMap<MemberId, Vec<T>> = HashMap::new();
    for (member, row) in rows {
        found.entry(member).or_default().push(row);
    }
    found
}

fn member(c: &mut Columns) -> Result<PreviewedMember, EngineError> {
    Ok(PreviewedMember {
        id: c.id()?,
        login: c.text()?,
        display_name: c.text()?,
        secure_login: c.flag()?,
        secure_login_required: c.flag()?,
        departments: Vec::new(),
        live: Vec::new(),
    })
}

/// A row of `policy_preview/departments`.
pub(super) fn department(c: &mut Columns) -> Result<(MemberId, DepartmentId), EngineError> {
    Ok((c.id()?, c.id()?))
}

fn live_password(c: &mut Columns) -> Result<(MemberId, LivePassword), EngineError> {
    let (member, created_at, expires_at) = (c.id()?, c.time()?, c.opt_time()?);
    let (protocols, moved) = (c.int()?, c.int()?);
    // On these its successor has been used, so that it opens them no more.
    let protocols = ProtocolSet::from_bits(protocols & !moved);
    Ok((member, LivePassword { created_at, expires_at, last_use: c.opt_time()?, protocols }))
}
