//! Service keys. One comes with every check, so they are cached.

use std::sync::Arc;

use uuid::Uuid;

use super::cache::{CachedRows, RowCache};
use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError};
use super::page::Page;
use super::record::Record;
use super::statements::{args, list, long, note, point};
use super::transaction::Transaction;
use super::verifier::{Verifier, Verifiers};
use crate::clock::Timestamp;
use crate::domain::access::KeyHolder;
use crate::domain::ids::{OrganizationId, ServiceKeyId};
use crate::domain::service_key::{KeyRole, ServiceKey};

/// A service key on its way in.
#[derive(Clone, Debug)]
pub struct NewServiceKey {
    /// HMAC of the token.
    pub verifier: Verifier,
    /// The pepper of that HMAC.
    pub pepper_id: i64,
    /// What the API shows of it.
    pub key: ServiceKey,
}

impl NewServiceKey {
    pub(super) fn insert(&self, transaction: &mut Transaction) {
        let key = &self.key;
        transaction.expect_one(
            point!("service_keys/insert"),
            args![
                &self.verifier[..],
                self.pepper_id,
                key.id.uuid(),
                key.role.name(),
                key.organization_id.map(OrganizationId::uuid),
                key.label.as_str(),
                key.created_at,
            ],
            Unmet::Broken,
        );
    }
}

pub(super) fn service_key(c: &mut Columns) -> Result<ServiceKey, EngineError> {
    Ok(ServiceKey {
        id: c.id()?,
        role: c.parsed(KeyRole::parse)?,
        organization_id: c.opt_id()?,
        label: c.text()?,
        created_at: c.time()?,
        last_used_at: c.opt_time()?,
        leak_reported_at: c.opt_time()?,
    })
}

/// Who holds a token.
#[derive(Clone, Copy, Debug)]
pub struct FoundKey {
    /// Which key the token is of, and what it may do.
    pub holder: KeyHolder,
    /// The pepper under which the token was found.
    pub pepper_id: i64,
}

impl CachedRows for FoundKey {
    fn rows(&self) -> impl AsRef<[Uuid]> {
        [self.holder.id.uuid()]
    }
}

/// The cache of service keys, which come with every check.
pub(super) type KeyCache = RowCache<Verifiers, FoundKey>;

/// Bytes of memory for service keys at the most, of which there are few.
pub(super) const MOST_FOR_KEYS: usize = 1 << 20;

/// Reads and writes service keys.
#[derive(Clone, Debug)]
pub struct ServiceKeyStore {
    database: Database,
    cache: Arc<KeyCache>,
}

impl ServiceKeyStore {
    pub(super) const fn new(database: Database, cache: Arc<KeyCache>) -> Self {
        Self { database, cache }
    }

    /// Who holds this token.
    pub async fn holder(&self, verifiers: &Verifiers) -> Result<Option<FoundKey>, EngineError> {
        let decode = |c: &mut Columns| {
            let holder =
                KeyHolder { id: c.id()?, role: c.parsed(KeyRole::parse)?, organization_id: c.opt_id()? };
            Ok(FoundKey { holder, pepper_id: c.int()? })
        };
        let read =
            async || self.database.presented_one(point!("service_keys/by_verifier"), verifiers, decode).await;

        self.database.current(&self.cache, *verifiers, read).await
    }

    /// One key by its id.
    pub async fn by_id(&self, id: ServiceKeyId) -> Result<Option<ServiceKey>, EngineError> {
        self.database.one(point!("service_keys/by_id"), args![id.uuid()], service_key).await
    }

    /// Keys of one organization, or of the whole installation, newest first.
    pub async fn list(
        &self,
        organization: Option<OrganizationId>,
        page: Page,
    ) -> Result<Vec<ServiceKey>, EngineError> {
        match organization {
            Some(organization) => {
                let args = args![organization.uuid(), page.before, page.limit];
                self.database.all(list!("service_keys/list_of_organization"), args, service_key).await
            }
            None => {
                self.database
                    .all(list!("service_keys/list"), args![page.before, page.limit], service_key)
                    .await
            }
        }
    }

    /// Makes a key, of an organization that is active.
    pub async fn create(&self, new: &NewServiceKey, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        if let Some(organization) = new.key.organization_id {
            transaction.lock_organization(organization);
        }
        new.insert(&mut transaction);
        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// Ends a key, by deleting its row, and with it the open invitations that it made.
    pub async fn end(&self, id: ServiceKeyId, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        transaction.expect_one(point!("service_keys/end"), args![id.uuid()], Unmet::Nothing);
        transaction.execute(long!("invitations/end_by"), args![id.uuid()]);
        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// How many operator keys there are that are bound to no organization.
    pub async fn count_operators(&self) -> Result<i64, EngineError> {
        let count = self.database.one(point!("service_keys/count_operators"), vec![], Columns::int).await?;
        Ok(count.unwrap_or(0))
    }

    /// When a key was used last.
    pub(super) fn key_used(transaction: &mut Transaction, id: ServiceKeyId, at: Timestamp) {
        transaction.execute(note!("service_keys/used"), args![at, id.uuid()]);
    }
}
