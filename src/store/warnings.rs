//! Client passwords that have to be looked at because they may end by themselves, and warnings that were given.
//!
//! Each has a moment at which it is looked at next. A look writes the warnings that are due and the next moment, on
//! condition that nobody has changed the client password or looked at it meanwhile.

use uuid::Uuid;

use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError};
use super::page::Page;
use super::pending_end::PendingEnd;
use super::record::Record;
use super::statements::{NOW, args, ending, list, locking, long, note, point};
use super::transaction::Transaction;
use crate::clock::Timestamp;
use crate::domain::client_password::EndReason;
use crate::domain::ids::{ClientPasswordId, MemberId, OrganizationId, WarningId};
use crate::domain::lease::Lease;
use crate::domain::warnings::{GivenWarning, Life, Warning};

/// A client password that is to be looked at.
#[derive(Clone, Copy, Debug)]
pub struct Watched {
    /// Which one.
    pub id: ClientPasswordId,
    /// The member whose it is.
    pub member_id: MemberId,
    /// The organization of that member.
    pub organization_id: OrganizationId,
    /// What decides when it ends by itself.
    pub life: Life,
    /// Whether nothing has ended or rotated it.
    pub is_current: bool,
    version: i64,
    watch_at: i64,
}

/// What came of a look.
#[derive(Clone, Debug)]
pub struct Look {
    /// What was looked at.
    pub of: Watched,
    /// When it is to be looked at next; `None` for never.
    pub next: Option<Timestamp>,
    /// What is warned of, unless it has been.
    pub warnings: Vec<(WarningId, Warning)>,
}

/// A policy by whose idle end the client passwords of its organization are not watched yet.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched {
    /// The organization whose policy it is.
    pub organization_id: OrganizationId,
    version: i64,
}

fn watched(c: &mut Columns) -> Result<Watched, EngineError> {
    let (id, version, watch_at) = (c.id()?, c.int()?, c.int()?);
    let (member_id, organization_id) = (c.id()?, c.id()?);
    let (created_at, expires_at, is_current) = (c.time()?, c.opt_time()?, c.flag()?);
    let life = Life { created_at, expires_at, last_used: c.opt_time()? };
    Ok(Watched { id, member_id, organization_id, life, is_current, version, watch_at })
}

fn given(c: &mut Columns) -> Result<GivenWarning, EngineError> {
    Ok(GivenWarning {
        id: c.id()?,
        client_password_id: c.id()?,
        member_id: c.id()?,
        login: c.text()?,
        label: c.text()?,
        ends_at: c.time()?,
        reason: c.parsed(EndReason::parse)?,
        days: u32::try_from(c.int()?).unwrap_or(0),
        warned_at: c.time()?,
    })
}

/// Finds what is to be looked at, and writes what came of it.
#[derive(Clone, Debug)]
pub struct WarningStore {
    database: Database,
}

impl WarningStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Whether anything is to be looked at.
    pub async fn is_any_due(&self, now: Timestamp) -> Result<bool, EngineError> {
        Ok(self.database.one(point!("warnings/any_due"), args![now], Columns::int).await?.is_some())
    }

    /// What is to be looked at first, no more than `limit`.
    pub async fn due(&self, now: Timestamp, limit: i64) -> Result<Vec<Watched>, EngineError> {
        self.database.all(long!("warnings/due"), args![now, limit], watched).await
    }

    /// Writes what came of looks. Of one that was changed meanwhile nothing is written: it is looked at again.
    pub async fn write(&self, lease: Lease, looks: &[Look]) -> Attempt {
        let mut transaction = Transaction::job(lease);
        for look in looks {
            let next = look.next.map_or(i64::MAX, Timestamp::micros);
            let args = args![next, look.of.id.uuid(), look.of.version, look.of.watch_at];
            // Its row is locked from here on: whoever moves its date waits.
            transaction.execute(note!("warnings/look"), args);
            for (id, warning) in &look.warnings {
                self.warn(&mut transaction, look, next, (*id, warning));
            }
        }
        self.database.commit(transaction).await
    }

    fn warn(
        &self,
        transaction: &mut Transaction,
        look: &Look,
        next: i64,
        (id, warning): (WarningId, &Warning),
    ) {
        let (password, version, days) = (look.of.id.uuid(), look.of.version, i64::from(warning.days));
        for target in self.database.warned() {
            let reason = warning.reason.name();
            let (target, ends_at) = (target.as_str(), warning.ends_at);
            let args = args![target, id.uuid(), reason, NOW, ends_at, days, password, version, next];
            transaction.execute(point!("warnings/add_to_outbox"), args);
        }
        let (reason, since) = (warning.reason.name(), warning.unused_since);
        let args = args![warning.ends_at, days, id.uuid(), reason, since, NOW, password, version, next];
        transaction.execute(point!("warnings/add"), args);
    }

    /// Ends one that nothing has used after `since`, while the rules of its organization are of this version. If it has
    /// ended or was used, nothing is written.
    pub async fn end_idle(
        &self,
        of: &Watched,
        since: Timestamp,
        rules_version: i64,
        record: &Record,
    ) -> Attempt {
        let mut transaction = Transaction::of(record);
        let args = args![of.organization_id.uuid(), rules_version];
        transaction.expect_one(locking!("policies/share_rules"), args, Unmet::Version);
        let args = args![NOW, EndReason::Idle.name(), of.id.uuid(), since];
        let end = PendingEnd::One(of.id);
        transaction.end_one(ending!("client_passwords/end_idle"), args, Unmet::NotActive, end);
        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// The policies by whose idle ends nothing is watched yet.
    pub async fn unwatched(&self) -> Result<Vec<Unwatched>, EngineError> {
        let decode = |c: &mut Columns| Ok(Unwatched { organization_id: c.id()?, version: c.int()? });
        self.database.all(long!("warnings/unwatched"), vec![], decode).await
    }

    /// Has the next of an organization looked at anew, after this one by id, no more than `limit`. Gives the last of
    /// them; `None` if there are none.
    pub async fn look_anew(
        &self,
        lease: Lease,
        of: &Unwatched,
        after: Uuid,
        limit: i64,
    ) -> Attempt<Option<Uuid>> {
        let args = args![of.organization_id.uuid(), after, limit];
        let found = self.database.all(long!("warnings/piece"), args, Columns::id::<Uuid>).await?;
        let Some(upto) = found.last().copied() else { return Ok(Ok(None)) };

        let mut transaction = Transaction::job(lease);
        let args = args![of.organization_id.uuid(), after, upto];
        transaction.execute(note!("warnings/look_anew"), args);
        Ok(self.database.commit(transaction).await?.map(|()| Some(upto)))
    }

    /// Marks a policy as watched, if it is still the same.
    pub async fn watched(&self, lease: Lease, of: &Unwatched) -> Attempt {
        let mut transaction = Transaction::job(lease);
        let args = args![of.organization_id.uuid(), of.version];
        transaction.expect_one(point!("warnings/watched"), args, Unmet::Overtaken);
        self.database.commit(transaction).await
    }

    /// Warnings of client passwords of an organization that have not ended, of each the last one, newest first. An idle
    /// end comes after so many microseconds of disuse.
    pub async fn list(
        &self,
        organization: OrganizationId,
        idle: i64,
        now: Timestamp,
        page: Page,
    ) -> Result<Vec<GivenWarning>, EngineError> {
        let args = args![organization.uuid(), page.before, now, idle, page.limit];
        self.database.all(list!("warnings/list"), args, given).await
    }

    /// Forgets warnings of ends that have come.
    pub async fn sweep(&self, lease: Lease, now: Timestamp) -> Attempt {
        let mut transaction = Transaction::job(lease);
        transaction.execute(long!("warnings/sweep"), args![now]);
        self.database.commit(transaction).await
    }
}
