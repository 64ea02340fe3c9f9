//! The row of the lease, where several processes have the same database.

use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError};
use super::statements::{args, point};
use super::transaction::Transaction;
use crate::domain::lease::LeaseRow;

/// The row of the lease.
#[derive(Clone, Debug)]
pub struct LeaseStore {
    database: Database,
}

impl LeaseStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The row as it is now.
    pub async fn find(&self) -> Result<Option<LeaseRow>, EngineError> {
        let row = |c: &mut Columns| Ok(LeaseRow { term: c.int()?, beat: c.int()?, is_held: c.flag()? });
        self.database.one(point!("lease/find"), vec![], row).await
    }

    /// Says that the holder of this term lives, unless somebody else has taken it.
    pub async fn beat(&self, term: i64) -> Attempt {
        let mut transaction = Transaction::system();
        transaction.expect_one(point!("lease/beat"), args![term], Unmet::LeaseLost);
        self.database.commit(transaction).await
    }

    /// Takes it, unless the row is not what it was any more.
    pub async fn take(&self, row: LeaseRow) -> Attempt {
        let mut transaction = Transaction::system();
        transaction.expect_one(point!("lease/take"), args![row.term, row.beat], Unmet::LeaseLost);
        self.database.commit(transaction).await
    }

    /// Gives it back, so that another need not wait.
    pub async fn give_back(&self, term: i64) -> Result<(), EngineError> {
        let mut transaction = Transaction::system();
        transaction.execute(point!("lease/give_back"), args![term]);
        self.database.write(transaction).await.map(drop)
    }
}
