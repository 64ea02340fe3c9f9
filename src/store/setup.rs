//! The first organization: the one-time setup token and what it is redeemed for.

use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError};
use super::members::NewMember;
use super::organizations::NewOrganization;
use super::record::Record;
use super::service_keys::NewServiceKey;
use super::statements::{args, long, point};
use super::transaction::Transaction;
use super::verifier::{Verifier, Verifiers};
use crate::clock::Timestamp;

/// Everything that an empty installation begins with.
#[derive(Clone, Debug)]
pub struct FirstOrganization {
    /// The organization with its domain.
    pub organization: NewOrganization,
    /// The owner, a member of that organization.
    pub owner: NewMember,
    /// Keys of no organization: the operator's and the mail server's.
    pub keys: [NewServiceKey; 2],
}

/// The beginning of an installation.
#[derive(Clone, Debug)]
pub struct SetupStore {
    database: Database,
}

impl SetupStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Whether there is any organization.
    pub async fn any_organization(&self) -> Result<bool, EngineError> {
        let count = self.database.one(point!("setup/any_organization"), vec![], Columns::int).await?;
        Ok(count.unwrap_or(0) > 0)
    }

    /// Makes this the only valid setup token.
    pub async fn put_token(&self, verifier: &Verifier, expires_at: Timestamp) -> Result<(), EngineError> {
        let mut transaction = Transaction::setup();
        transaction.expect_one(point!("setup/lock"), vec![], Unmet::Broken);
        transaction.execute(long!("setup/clear_tokens"), vec![]);
        transaction.execute(point!("setup/put_token"), args![&verifier[..], expires_at]);
        self.database.write(transaction).await.map(|_| ())
    }

    /// Makes the first organization. With a token, only if it is valid at `now`; it is used up.
    pub async fn set_up(
        &self,
        token: Option<(&Verifiers, Timestamp)>,
        first: &FirstOrganization,
        record: &Record,
    ) -> Attempt {
        let mut transaction = Transaction::of(record);
        // There is no row yet that this is about: all who set up wait for each other on one that always is.
        transaction.expect_one(point!("setup/lock"), vec![], Unmet::Broken);
        if let Some(([a, b], now)) = token {
            transaction.expect_one(point!("setup/take_token"), args![&a[..], &b[..], now], Unmet::SetupToken);
        }

        first.organization.insert(
            &mut transaction,
            point!("organizations/insert_first"),
            Unmet::AlreadySetUp,
        );
        first.owner.insert(&mut transaction);
        for key in &first.keys {
            key.insert(&mut transaction);
        }

        transaction.execute(long!("setup/clear_tokens"), vec![]);
        transaction.record(record);
        self.database.commit(transaction).await
    }
}
