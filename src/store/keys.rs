//! What hangs on the keys of the keyring: which keys a database knows, and which rows are under which pepper.

use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError};
use super::pending_end::PendingEnd;
use super::record::Record;
use super::service_keys::service_key;
use super::statements::{NOW, args, ending, long, point};
use super::transaction::Transaction;
use crate::clock::Timestamp;
use crate::domain::client_password::EndReason;
use crate::domain::ids::OrganizationId;
use crate::domain::service_key::ServiceKey;

/// How many rows are under a pepper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hanging {
    /// Client passwords that open mail.
    pub client_passwords: i64,
    /// Client passwords that have ended, and are still recognised.
    pub tombstones: i64,
    /// Service keys whose verifiers are under it.
    pub service_keys: i64,
}

/// What ends with a pepper, each with its record.
#[derive(Clone, Debug, Default)]
pub struct Endings {
    /// The client passwords, by organization.
    pub organizations: Vec<Record>,
    /// The service keys, each with a record of its own.
    pub service_keys: Vec<(ServiceKey, Record)>,
    /// Sessions that were begun no later than this are over.
    pub sessions_until: Option<Timestamp>,
    /// Whether the last operator key may be among them.
    pub last_operator: bool,
}

/// What the database knows of the keyring.
#[derive(Clone, Debug)]
pub struct KeyStore {
    database: Database,
}

impl KeyStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The key-check values of the keyring that the database was made with.
    pub async fn checks(&self) -> Result<Vec<(i64, Vec<u8>)>, EngineError> {
        self.database.all(point!("keyring/checks"), vec![], |c| Ok((c.int()?, c.bytes()?))).await
    }

    /// Remembers the check value of a key.
    pub async fn put_check(&self, key: i64, check: &[u8]) -> Result<(), EngineError> {
        let mut transaction = Transaction::system();
        transaction.execute(point!("keyring/put_check"), args![key, check]);
        self.database.write(transaction).await.map(|_| ())
    }

    /// Remembers the check value of a new pepper, with its record.
    pub async fn add_pepper(&self, key: i64, check: &[u8], record: &Record) -> Result<(), EngineError> {
        let mut transaction = Transaction::of(record);
        transaction.execute(point!("keyring/put_check"), args![key, check]);
        transaction.record(record);
        self.database.write(transaction).await.map(|_| ())
    }

    /// What is under a pepper at `now`.
    pub async fn count_on(&self, pepper: i64, now: Timestamp) -> Result<Hanging, EngineError> {
        let pair = |c: &mut Columns| Ok((c.int()?, c.int()?));
        let passwords =
            self.database.one(long!("keyring/count_client_passwords"), args![now, pepper], pair).await?;
        let (all, client_passwords) = passwords.unwrap_or_default();
        let keys =
            self.database.one(long!("keyring/count_service_keys"), args![pepper], Columns::int).await?;
        Ok(Hanging { client_passwords, tombstones: all - client_passwords, service_keys: keys.unwrap_or(0) })
    }

    /// Organizations that have live client passwords under a pepper.
    pub async fn organizations_on(
        &self,
        pepper: i64,
        now: Timestamp,
    ) -> Result<Vec<OrganizationId>, EngineError> {
        self.database.all(long!("keyring/organizations"), args![pepper, now], Columns::id).await
    }

    /// Service keys that are under a pepper.
    pub async fn service_keys_on(&self, pepper: i64) -> Result<Vec<ServiceKey>, EngineError> {
        self.database.all(long!("keyring/service_keys"), args![pepper], service_key).await
    }

    /// Forgets a pepper that nothing live is under once `endings` have ended. If something is, or has moved
    /// meanwhile, nothing is written.
    pub async fn retire_pepper(&self, pepper: i64, endings: Option<&Endings>, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        if let Some(endings) = endings {
            end_all(&mut transaction, pepper, endings);
        }
        transaction.expect_one(long!("keyring/retire"), args![pepper, NOW], Unmet::Overtaken);
        transaction.record(record);
        self.database.commit(transaction).await
    }
}

fn end_all(transaction: &mut Transaction, pepper: i64, endings: &Endings) {
    if !endings.last_operator {
        let remains = long!("keyring/operator_remains");
        transaction.expect_one(remains, args![pepper], Unmet::LastOperatorKey);
    }

    for organization in &endings.organizations {
        transaction.record_retirement(organization, pepper);
    }

    let reason = EndReason::RevokedByAdmin;
    let ends = endings.organizations.iter().map(|of| PendingEnd::some(of, reason));
    let args = args![NOW, reason.name(), pepper];
    transaction.end_any(ending!("keyring/end_client_passwords"), args, ends);

    for (key, ended) in &endings.service_keys {
        transaction.expect_one(
            point!("keyring/end_service_key"),
            args![key.id.uuid(), pepper],
            Unmet::Overtaken,
        );
        transaction.execute(long!("invitations/end_by"), args![key.id.uuid()]);
        transaction.record(ended);
    }

    if let Some(until) = endings.sessions_until {
        transaction.execute(long!("keyring/end_sessions"), args![until]);
    }
}
