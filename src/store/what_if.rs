//! What a what-if reads: the active members of an organization page by page, each with departments, client passwords that
//! may still open mail, and log-ins. Never more than a page is in memory, and nothing is locked.

use uuid::Uuid;

use super::database::Database;
use super::engine::{Columns, EngineError};
use super::log_ins::log_in;
use super::policy_preview::{by_member, department};
use super::statements::{args, list};
use crate::clock::Timestamp;
use crate::domain::client_password::Validity;
use crate::domain::ids::{ClientPasswordId, MemberId, OrganizationId};
use crate::domain::member::SignIn;
use crate::domain::network::Networks;
use crate::domain::protocol::ProtocolSet;
use crate::domain::verdict::{Candidate, WhenUsed};
use crate::domain::what_if::PastMember;

/// Members in one page: few enough that their log-ins fit into memory.
const PAGE: usize = 200;

/// Reads members with their log-ins.
#[derive(Clone, Debug)]
pub struct WhatIfStore {
    database: Database,
}

impl WhatIfStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The active members that come after one, or the first, in the order of their ids, with their log-ins after `since`.
    /// None, if there are no more.
    pub async fn members_after(
        &self,
        organization: OrganizationId,
        after: Option<MemberId>,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<PastMember>, EngineError> {
        let (home, after) = (organization.uuid(), after.map_or(Uuid::nil(), MemberId::uuid));
        let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
        let mut members =
            self.database.all(list!("what_if/members"), args![home, after, limit], member).await?;
        let Some(last) = members.last().map(|member| member.id.uuid()) else { return Ok(members) };

        let args = args![home, after, last];
        let departments = self.database.all(list!("policy_preview/departments"), args, department).await?;
        let args = args![home, after, last, now];
        let live = self.database.all(list!("what_if/client_passwords"), args, live_password).await?;
        let args = args![home, after, last, since];
        let log_ins = self.database.all(list!("what_if/log_ins"), args, log_in).await?;

        let mut departments = by_member(departments);
        let mut live = by_member(live);
        let mut log_ins = by_member(log_ins.into_iter().map(|row| (row.key.member, row)).collect());
        for member in &mut members {
            member.departments = departments.remove(&member.id).unwrap_or_default();
            member.live = live.remove(&member.id).unwrap_or_default();
            member.log_ins = log_ins.remove(&member.id).unwrap_or_default();
        }
        Ok(members)
    }
}

fn member(c: &mut Columns) -> Result<PastMember, EngineError> {
    let (id, login, display_name) = (c.id()?, c.text()?, c.text()?);
    let (secure_login, secure_login_required) = (c.flag()?, c.flag()?);
    Ok(PastMember {
        id,
        login,
        display_name,
        sign_in: if c.flag()? { SignIn::Local } else { SignIn::External },
        secure_login,
        secure_login_required,
        departments: Vec::new(),
        live: Vec::new(),
        log_ins: Vec::new(),
    })
}

/// A client password of the epochs of now, which count as 0.
fn live_password(c: &mut Columns) -> Result<(MemberId, (ClientPasswordId, Candidate)), EngineError> {
    let (member, id, created_at) = (c.id()?, c.id()?, c.time()?);
    let validity = Validity {
        expires_at: c.opt_time()?,
        overlap_until: c.opt_time()?,
        individual_end: None,
        epoch_end: None,
    };
    let (protocols, moved) = (ProtocolSet::from_bits(c.int()?), ProtocolSet::from_bits(c.int()?));
    let networks = c.parsed(Networks::from_text)?;
    let last_used = c.opt_time()?.map_or(WhenUsed::Never, WhenUsed::At);

    let (epoch, organization_epoch) = (0, 0);
    let candidate =
        Candidate { epoch, organization_epoch, created_at, last_used, validity, moved, protocols, networks };
    Ok((member, (id, candidate)))
}
