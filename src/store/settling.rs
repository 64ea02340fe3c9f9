//! Longest lives that are still to be written down: the date of each client password that would live longer becomes the
//! end of the longest life, so that whatever is put later gives none of it back.
//!
//! It is done in pieces, each a transaction. A piece that was written stays so whoever does the next.

use std::time::Duration;

use uuid::Uuid;

use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError};
use super::json::policy_of;
use super::statements::{NOW, args, long};
use super::transaction::Transaction;
use crate::clock::Timestamp;
use crate::domain::ids::OrganizationId;
use crate::domain::lease::Lease;
use crate::domain::policy::Limits;

/// A policy whose longest life is still to be written down.
#[derive(Clone, Copy, Debug)]
pub struct Unsettled {
    /// Whose policy it is.
    pub organization_id: OrganizationId,
    /// The version of the policy.
    version: i64,
    /// Its longest life, in microseconds.
    life: i64,
}

/// What is longer than any life, and can be added to any time.
const UNLIMITED: i64 = i64::MAX / 2;

fn micros(life: Option<Duration>) -> i64 {
    life.and_then(|life| i64::try_from(life.as_micros()).ok()).unwrap_or(UNLIMITED)
}

/// Writes longest lives down.
#[derive(Clone, Debug)]
pub struct SettlingStore {
    database: Database,
}

impl SettlingStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The policies whose longest life is still to be written down.
    pub async fn list(&self) -> Result<Vec<Unsettled>, EngineError> {
        let decode = |c: &mut Columns| {
            let organization_id = c.id()?;
            let life = micros(Limits::from(&c.parsed(policy_of)?).max_lifetime);
            Ok(Unsettled { organization_id, version: c.int()?, life })
        };
        self.database.all(long!("policies/unsettled"), vec![], decode).await
    }

    /// The next client passwords by id after `after` that would live longer, no more than `limit`.
    pub async fn outliving(
        &self,
        of: &Unsettled,
        after: Uuid,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<Uuid>, EngineError> {
        let args = args![of.organization_id.uuid(), after, now, of.life, limit];
        self.database.all(long!("policies/outliving"), args, Columns::id).await
    }

    /// Writes down the dates of those by id after `after`, up to `upto`. Mail servers are told of those that have
    /// outlived it as of any other end by a date; it is told when it is written, however long ago the date was.
    pub async fn write_down(&self, lease: Lease, of: &Unsettled, after: Uuid, upto: Uuid) -> Attempt {
        let mut transaction = Transaction::job(lease);
        for target in self.database.targets() {
            let args = args![target.as_str(), NOW, of.organization_id.uuid(), after, upto, of.life];
            transaction.execute(long!("outbox/add_outlived"), args);
        }
        let args = args![of.life, of.organization_id.uuid(), after, upto, NOW];
        transaction.execute(long!("policies/write_down_lives"), args);
        self.database.commit(transaction).await
    }

    /// Marks a policy as settled if it is still the same and nothing is left to be written down.
    pub async fn settle(&self, lease: Lease, of: &Unsettled) -> Attempt {
        let mut transaction = Transaction::job(lease);
        let args = args![of.organization_id.uuid(), of.version, NOW, of.life];
        transaction.expect_one(long!("policies/settle"), args, Unmet::Overtaken);
        self.database.commit(transaction).await
    }
}
