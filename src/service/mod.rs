//! Use cases: what members, administrators, operators and mail servers can request. A struct for each area, which has
//! what the area needs and nothing else; the only callers of the store.
//!
//! Each use case: find what it is about, ask `domain::access` whether the caller may, decide in `domain`,
//! write once. A refusal is a value ([`Refusal`]); only "cannot answer" is [`Error::Unavailable`].

use std::fmt;
use std::sync::Arc;

use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::keyring::Keyring;
use crate::store::Store;
use crate::telemetry::Metrics;

pub mod account_passwords;
pub mod admin;
pub mod administration;
pub mod audit;
mod audit_trail;
mod authority;
mod call;
pub mod callers;
mod change_limiter;
mod check_load;
pub mod client_passwords;
pub mod client_setup_links;
pub mod clock_mark;
pub mod credential_checks;
mod deadline;
pub mod departments;
pub mod end_notices;
mod error;
pub mod expiry;
pub mod exports;
pub mod idempotency;
mod ids;
pub mod installation;
pub mod invitations;
mod job_signal;
pub mod keys;
pub mod leaks;
pub mod leases;
pub mod log_in_expiry;
mod log_in_log;
pub mod log_ins;
mod login_throttle;
pub mod members;
pub mod notices;
pub mod organizations;
mod outbox_signal;
pub mod ownership;
mod parts;
mod passkey_challenges;
pub mod passkeys;
mod password_hashing;
pub mod policies;
mod recovery_codes;
mod refusals;
pub mod restore;
pub mod revocations;
mod rules;
mod search;
pub mod second_factors;
mod secrets;
pub mod secure_login;
pub mod service_keys;
pub mod sessions;
mod settings;
pub mod settling;
pub mod setup;
mod shown_once;
mod sign_in_codes;
pub mod sign_ins;
pub mod totals;
mod usage;
pub mod warnings;
mod write_behind;

use account_passwords::AccountPasswords;
use admin::Admin;
use audit::AuditEvents;
use audit_trail::AuditTrail;
pub use call::{Call, IfMatch, Listed, Paging};
use callers::{Callers, MailServerKeys};
pub use change_limiter::ChangeQuotas;
use client_passwords::ClientPasswords;
use client_setup_links::ClientSetupLinks;
use clock_mark::ClockMark;
use credential_checks::CredentialChecks;
use departments::Departments;
use end_notices::EndNotices;
pub use error::{Error, Refusal};
use expiry::Expiry;
use exports::Exports;
use idempotency::Idempotency;
pub use ids::Ids;
use installation::Installation;
use invitations::Invitations;
use job_signal::JobSignal;
use keys::Keys;
use leaks::Leaks;
use leases::Leases;
use log_in_expiry::LogInExpiry;
pub use log_in_log::LogInLog;
use log_ins::LogIns;
use login_throttle::ThrottleMemory;
use members::Members;
use notices::Notices;
use organizations::Organizations;
use outbox_signal::OutboxSignal;
use ownership::Ownerships;
use parts::Parts;
use passkeys::Passkeys;
pub use password_hashing::Argon2Params;
use password_hashing::PasswordHasher;
use policies::Policies;
use restore::Restoration;
use revocations::Revocations;
use revocations::jobs::RevocationJobs;
use rules::PolicyRules;
use second_factors::SecondFactors;
use secrets::Secrets;
use secure_login::SecureLogins;
use service_keys::ServiceKeys;
use sessions::Sessions;
pub use settings::{Settings, UnknownLogin};
use settling::Settling;
use setup::Setup;
use sign_ins::SignIns;
use totals::Totals;
pub use usage::UsageLog;
use warnings::Warnings;

/// What the service is built on.
#[derive(Debug)]
pub struct Foundation {
    /// The database that all areas read and write.
    pub store: Store,
    /// The clock that decides what has expired and how long something waits.
    pub clock: Clock,
    /// The peppers and sealing keys that the database is of no use without.
    pub keyring: Keyring,
    /// What the configuration says of the service.
    pub settings: Settings,
    /// The numbers that the operator collects.
    pub metrics: Arc<Metrics>,
}

/// All use cases, by area.
pub struct Services {
    /// Sets account passwords.
    pub account_passwords: AccountPasswords,
    /// Carries out the commands of whoever owns the data directory.
    pub admin: Arc<Admin>,
    /// Lists audit events.
    pub audit_events: AuditEvents,
    /// Recognises callers by their bearer tokens.
    pub callers: Callers,
    /// Issues, lists, changes, rotates and ends client passwords.
    pub client_passwords: ClientPasswords,
    /// Makes one-time links to client passwords that were just made, and gives what is behind them.
    pub client_setup_links: ClientSetupLinks,
    /// The high-water mark of the clock.
    pub clock_mark: ClockMark,
    /// Answers mail servers: may this login have mail with this password, and is there such a login?
    pub credential_checks: Arc<CredentialChecks>,
    /// The trees of departments, and who is in which.
    pub departments: Departments,
    /// Notices that have still to be delivered to mail servers and programs.
    pub end_notices: Arc<EndNotices>,
    /// Forgets what time has ended.
    pub expiry: Arc<Expiry>,
    /// Gives whole lists, piece by piece.
    pub exports: Exports,
    /// Answers that are given again.
    pub idempotency: Idempotency,
    /// The installation as a whole.
    pub installation: Installation,
    /// Makes and redeems links by which members choose their account passwords.
    pub invitations: Invitations,
    /// Lists, adds and retires the keys of the keyring.
    pub keys: Keys,
    /// Ends what was found somewhere.
    pub leaks: Leaks,
    /// The lease of this process.
    pub leases: Arc<Leases>,
    /// Forgets log-ins.
    pub log_in_expiry: Arc<LogInExpiry>,
    /// Lists log-ins of members.
    pub log_ins: LogIns,
    /// Creates, lists and changes members, and lets them leave.
    pub members: Members,
    /// Notices of what others did to a member's account.
    pub notices: Notices,
    /// Organizations and their domains.
    pub organizations: Organizations,
    /// Who owns an organization, and who may come to.
    pub ownership: Ownerships,
    /// Makes passkeys.
    pub passkeys: Passkeys,
    /// Puts, reads and explains policies.
    pub policies: Policies,
    /// What is done after a restore.
    pub restoration: Restoration,
    /// Ends many client passwords at once, by a filter.
    pub revocations: Revocations,
    /// Carries out those that are not done at once.
    pub revocation_jobs: Arc<RevocationJobs>,
    /// Enrols, confirms and removes second factors.
    pub second_factors: SecondFactors,
    /// Shows and switches secure login of members.
    pub secure_login: SecureLogins,
    /// Makes, lists and ends service keys.
    pub service_keys: ServiceKeys,
    /// Lists and ends sessions.
    pub sessions: Sessions,
    /// Writes down the longest lives of policies.
    pub settling: Arc<Settling>,
    /// Signs members in.
    pub sign_ins: SignIns,
    /// Counts, and says what was counted.
    pub totals: Arc<Totals>,
    /// The beginning of an installation.
    pub setup: Setup,
    /// Recognises the keys of mail servers.
    pub mail_server_keys: MailServerKeys,
    /// Ids of requests.
    pub ids: Ids,
    /// Uses that are still to be written.
    pub usage: UsageLog,
    /// Log-ins that are still to be written.
    pub log_in_log: LogInLog,
    /// Warns of client passwords that will end by themselves.
    pub warnings: Arc<Warnings>,
}

impl Services {
    /// The services on this foundation.
    pub fn new(on: Foundation, entropy: Arc<dyn Entropy>) -> Self {
        let parts = &parts(on, entropy);
        Self {
            account_passwords: AccountPasswords::new(parts),
            admin: Arc::new(Admin::new(parts)),
            audit_events: AuditEvents::new(parts),
            callers: Callers::new(parts),
            client_passwords: ClientPasswords::new(parts),
            client_setup_links: ClientSetupLinks::new(parts),
            clock_mark: ClockMark::new(parts),
            credential_checks: Arc::new(CredentialChecks::new(parts)),
            departments: Departments::new(parts),
            end_notices: Arc::new(EndNotices::new(parts)),
            expiry: Arc::new(Expiry::new(parts)),
            exports: Exports::new(parts),
            idempotency: Idempotency::new(parts),
            installation: Installation::new(parts),
            invitations: Invitations::new(parts),
            keys: Keys::new(parts),
            leaks: Leaks::new(parts),
            leases: Arc::new(Leases::new(parts)),
            log_in_expiry: Arc::new(LogInExpiry::new(parts)),
            log_ins: LogIns::new(parts),
            members: Members::new(parts),
            notices: Notices::new(parts),
            organizations: Organizations::new(parts),
            ownership: Ownerships::new(parts),
            passkeys: Passkeys::new(parts),
            policies: Policies::new(parts),
            restoration: Restoration::new(parts),
            revocations: Revocations::new(parts),
            revocation_jobs: Arc::new(RevocationJobs::new(parts)),
            second_factors: SecondFactors::new(parts),
            secure_login: SecureLogins::new(parts),
            service_keys: ServiceKeys::new(parts),
            sessions: Sessions::new(parts),
            settling: Arc::new(Settling::new(parts)),
            sign_ins: SignIns::new(parts),
            setup: Setup::new(parts),
            totals: Arc::new(Totals::new(parts)),
            mail_server_keys: MailServerKeys::new(Callers::new(parts)),
            ids: parts.ids.clone(),
            usage: parts.usage.clone(),
            log_in_log: parts.log_ins.clone(),
            warnings: Arc::new(Warnings::new(parts)),
        }
    }
}

fn parts(on: Foundation, entropy: Arc<dyn Entropy>) -> Parts {
    let Foundation { store, clock, keyring, settings, metrics } = on;
    let (keyring, signal) = (Arc::new(keyring), OutboxSignal::default());
    let ids = Ids::new(clock.clone(), Arc::clone(&entropy));
    let argon2 = settings.argon2.clone();

    Parts {
        secrets: Secrets::new(ids.clone(), clock.clone(), Arc::clone(&entropy), Arc::clone(&keyring)),
        password_hasher: Arc::new(PasswordHasher::new(argon2, clock.clone(), Arc::clone(&entropy))),
        memory: Arc::new(ThrottleMemory::new(clock.clone())),
        usage: UsageLog::new(store.uses(), store.database(), clock.clone()),
        log_ins: LogInLog::new(store.log_ins(), Arc::clone(&metrics), clock.clone()),
        audit: AuditTrail::new(
            ids.clone(),
            clock.clone(),
            Arc::clone(&metrics),
            settings.change_quotas,
            signal.clone(),
        ),
        rules: PolicyRules::new(&store, clock.clone()),
        store,
        clock,
        entropy,
        keyring,
        metrics,
        settings,
        ids,
        signal,
        settling: JobSignal::default(),
        revocations: JobSignal::default(),
        history: JobSignal::default(),
        counting: JobSignal::default(),
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Services")
    }
}
