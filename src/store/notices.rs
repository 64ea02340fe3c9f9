//! Notices: audit events that a member is shown, and which of them are acknowledged.

use super::audit::actor;
use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError};
use super::page::Page;
use super::record::Record;
use super::statements::{NOW, args, long, point};
use super::transaction::Transaction;
use crate::clock::Timestamp;
use crate::domain::ids::{AuditEventId, MemberId, SessionId, uuid_v7};
use crate::domain::lease::Lease;
use crate::domain::notice::Notice;

/// Ids made before `at` are smaller.
fn first_id(at: Timestamp) -> uuid::Uuid {
    uuid_v7(at, [0; 8])
}

/// Notices of members, and which of them are acknowledged.
#[derive(Clone, Debug)]
pub struct NoticeStore {
    database: Database,
}

impl NoticeStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Notices of a member that nobody has acknowledged, from `since` on, newest first.
    pub async fn list_open(
        &self,
        member: MemberId,
        since: Timestamp,
        page: Page,
    ) -> Result<Vec<Notice>, EngineError> {
        let decode =
            |c: &mut Columns| Ok(Notice { id: c.id()?, at: c.time()?, action: c.text()?, actor: actor(c)? });
        let args = args![member.uuid(), first_id(since), page.before, page.limit];
        self.database.all(long!("notices/open"), args, decode).await
    }

    /// Whether a notice of a member, from `since` on, is acknowledged; `None` if there is none.
    pub async fn is_acknowledged(
        &self,
        member: MemberId,
        notice: AuditEventId,
        since: Timestamp,
    ) -> Result<Option<bool>, EngineError> {
        let args = args![notice.uuid(), member.uuid(), first_id(since)];
        let found = self.database.one(point!("notices/acknowledged"), args, Columns::opt_time).await?;
        Ok(found.map(|at| at.is_some()))
    }

    /// Acknowledges a notice in a session that was proven with a factor confirmed before, unless it is acknowledged
    /// already.
    pub async fn acknowledge(
        &self,
        member: MemberId,
        notice: AuditEventId,
        session: SessionId,
        record: &Record,
    ) -> Attempt {
        let mut transaction = Transaction::of(record);
        let args = args![NOW, notice.uuid(), member.uuid(), session.uuid()];
        transaction.expect_one(point!("notices/acknowledge"), args, Unmet::Proof);
        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// Forgets that notices from before `until` were acknowledged: they are open no longer.
    pub async fn sweep(&self, lease: Lease, until: Timestamp) -> Attempt {
        let mut transaction = Transaction::job(lease);
        transaction.execute(long!("notices/sweep"), args![first_id(until)]);
        self.database.commit(transaction).await
    }
}
