//! The store: the only place that knows tables. A handle for each area, over one transaction type and every engine.
//!
//! ```text
//!   service --> store::{members, client_passwords, …} --> Transaction / Statement --> engine::Engine
//! ```
//!
//! Races are settled by conditions in the statements, never by Rust between them.

use std::fmt;
use std::sync::Arc;

use crate::clock::Clock;

mod audit;
mod cache;
pub mod check;
pub mod client_passwords;
pub mod client_setup_links;
mod database;
pub mod departments;
pub mod engine;
pub mod idempotency;
pub mod invitations;
mod json;
pub mod keys;
pub mod known_places;
pub mod leaks;
mod lease;
pub mod log_ins;
pub mod members;
pub mod migrate;
mod notices;
pub mod organizations;
pub mod outbox;
pub mod ownership;
mod page;
pub mod passkeys;
mod pending_end;
pub mod policies;
mod policy_preview;
pub mod postgres;
pub mod record;
pub mod revocations;
pub mod second_factors;
pub mod service_keys;
pub mod sessions;
pub mod settling;
pub mod setup;
pub mod sqlite;
mod statements;
mod totals;
mod transaction;
pub mod usage;
mod verifier;
pub mod warnings;
mod what_if;

pub use audit::AuditStore;
pub use check::CheckStore;
pub use client_passwords::ClientPasswordStore;
pub use client_setup_links::ClientSetupLinkStore;
pub use database::{Attempt, Database, Targets};
pub use departments::DepartmentStore;
pub use engine::unmet::Unmet;
pub use idempotency::IdempotencyStore;
pub use invitations::InvitationStore;
pub use keys::KeyStore;
pub use known_places::PlaceStore;
pub use leaks::LeakStore;
pub use lease::LeaseStore;
pub use log_ins::LogInStore;
pub use members::MemberStore;
pub use notices::NoticeStore;
pub use organizations::OrganizationStore;
pub use outbox::OutboxStore;
pub use ownership::OwnershipStore;
pub use page::Page;
pub use passkeys::PasskeyStore;
pub use policies::{PolicyFacts, PolicyStore};
pub use policy_preview::PolicyPreviewStore;
pub use revocations::RevocationStore;
pub use second_factors::SecondFactorStore;
pub use service_keys::ServiceKeyStore;
pub use sessions::SessionStore;
pub use settling::SettlingStore;
pub use setup::SetupStore;
pub use totals::TotalsStore;
pub use usage::UsageStore;
pub use verifier::{Verifier, Verifiers};
pub use warnings::WarningStore;
pub use what_if::WhatIfStore;

use check::CheckCache;
use engine::{Engine, EngineError};
use service_keys::{KeyCache, MOST_FOR_KEYS};
use sqlite::Sqlite;

/// The database, by area.
#[derive(Clone)]
pub struct Store {
    database: Database,
    check_cache: Arc<CheckCache>,
    key_cache: Arc<KeyCache>,
}

impl Store {
    /// A store on this engine. Raises `clock` to the mark that an earlier process left.
    pub async fn open(engine: Arc<dyn Engine>, clock: Clock) -> Result<Self, EngineError> {
        let database = Database::open(engine, clock).await?;
        let (check_cache, key_cache) = (Arc::new(CheckCache::new(0)), Arc::new(KeyCache::new(0)));
        Ok(Self { database, check_cache, key_cache })
    }

    /// The same store, with so many bytes of memory for what checks have read.
    #[must_use]
    pub fn with_cache(self, bytes: usize) -> Self {
        let keys = MOST_FOR_KEYS.min(bytes / 8);
        let (check_cache, key_cache) =
            (Arc::new(CheckCache::new(bytes - keys)), Arc::new(KeyCache::new(keys)));
        Self { check_cache, key_cache, ..self }
    }

    /// The same store, whose engine is in the end this file.
    #[must_use]
    pub fn on_file(self, file: Arc<Sqlite>) -> Self {
        Self { database: self.database.on_file(file), ..self }
    }

    /// The same store, which puts every end of client passwords, and every warning, into the outbox for these.
    #[must_use]
    pub fn notifying(self, targets: Targets) -> Self {
        Self { database: self.database.notifying(targets), ..self }
    }

    /// What holds for all areas.
    pub fn database(&self) -> Database {
        self.database.clone()
    }

    /// What a check reads.
    pub fn checks(&self) -> CheckStore {
        CheckStore::new(self.database.clone(), Arc::clone(&self.check_cache))
    }

    /// Service keys, with the cache of those that came with checks.
    pub fn service_keys(&self) -> ServiceKeyStore {
        ServiceKeyStore::new(self.database.clone(), Arc::clone(&self.key_cache))
    }

    /// Lists audit events, and writes the records of what is changed many at a time.
    pub fn audit_events(&self) -> AuditStore {
        AuditStore::new(self.database.clone())
    }

    /// Reads and writes client passwords.
    pub fn client_passwords(&self) -> ClientPasswordStore {
        ClientPasswordStore::new(self.database.clone())
    }

    /// One-time links to client passwords that were just made.
    pub fn client_setup_links(&self) -> ClientSetupLinkStore {
        ClientSetupLinkStore::new(self.database.clone())
    }

    /// The trees of departments, who is in which, and who administers which.
    pub fn departments(&self) -> DepartmentStore {
        DepartmentStore::new(self.database.clone())
    }

    /// Uses of idempotency keys.
    pub fn answers(&self) -> IdempotencyStore {
        IdempotencyStore::new(self.database.clone())
    }

    /// Invitations to choose an account password.
    pub fn invitations(&self) -> InvitationStore {
        InvitationStore::new(self.database.clone())
    }

    /// What the database knows of the keyring.
    pub fn keys(&self) -> KeyStore {
        KeyStore::new(self.database.clone())
    }

    /// What was found somewhere, and ends.
    pub fn leaks(&self) -> LeakStore {
        LeakStore::new(self.database.clone())
    }

    /// The row of the lease, where several processes have the same database.
    pub fn lease(&self) -> LeaseStore {
        LeaseStore::new(self.database.clone())
    }

    /// The history of log-ins.
    pub fn log_ins(&self) -> LogInStore {
        LogInStore::new(self.database.clone())
    }

    /// Known places, and codes that were tried in vain.
    pub fn places(&self) -> PlaceStore {
        PlaceStore::new(self.database.clone())
    }

    /// Reads and writes members.
    pub fn members(&self) -> MemberStore {
        MemberStore::new(self.database.clone())
    }

    /// Notices of members, and which of them are acknowledged.
    pub fn notices(&self) -> NoticeStore {
        NoticeStore::new(self.database.clone())
    }

    /// Organizations and their domains.
    pub fn organizations(&self) -> OrganizationStore {
        OrganizationStore::new(self.database.clone())
    }

    /// Ends that have still to be delivered.
    pub fn outbox(&self) -> OutboxStore {
        OutboxStore::new(self.database.clone())
    }

    /// Who owns what, and who may come to.
    pub fn ownership(&self) -> OwnershipStore {
        OwnershipStore::new(self.database.clone())
    }

    /// Passkeys among the second factors.
    pub fn passkeys(&self) -> PasskeyStore {
        PasskeyStore::new(self.database.clone())
    }

    /// The policy of each organization.
    pub fn policies(&self) -> PolicyStore {
        PolicyStore::new(self.database.clone())
    }

    /// The members of an organization, for previews of its policy.
    pub fn policy_previews(&self) -> PolicyPreviewStore {
        PolicyPreviewStore::new(self.database.clone())
    }

    /// Longest lives that are still to be written down.
    pub fn settling(&self) -> SettlingStore {
        SettlingStore::new(self.database.clone())
    }

    /// Bulk revocations and their dry runs.
    pub fn revocations(&self) -> RevocationStore {
        RevocationStore::new(self.database.clone())
    }

    /// Second factors and recovery codes.
    pub fn second_factors(&self) -> SecondFactorStore {
        SecondFactorStore::new(self.database.clone())
    }

    /// Begins, finds and ends sessions.
    pub fn sessions(&self) -> SessionStore {
        SessionStore::new(self.database.clone())
    }

    /// The beginning of an installation.
    pub fn setup(&self) -> SetupStore {
        SetupStore::new(self.database.clone())
    }

    /// The members of an organization with their log-ins, to ask what another policy would have refused.
    pub fn what_ifs(&self) -> WhatIfStore {
        WhatIfStore::new(self.database.clone())
    }

    /// How many members and client passwords there are.
    pub fn totals(&self) -> TotalsStore {
        TotalsStore::new(self.database.clone())
    }

    /// Writes uses, many at once.
    pub fn uses(&self) -> UsageStore {
        UsageStore::new(self.database.clone())
    }

    /// What ends by itself, and warnings of it.
    pub fn warnings(&self) -> WarningStore {
        WarningStore::new(self.database.clone())
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}
