//! Commands of whoever owns the data directory, at the terminal or through the control socket.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Error;
use super::administration::{Administration, Outcome, Task, explain};
use super::installation::Installation;
use super::keys::{KeyState, Keys, Retired};
use super::leaks::Leaks;
use super::leases::Leases;
use super::login_throttle::ThrottleMemory;
use super::parts::Parts;
use super::revocations::jobs::RevocationJobs;
use super::service_keys::ServiceKeys;
use super::service_keys::at_terminal::{AdminKeyError, KeyListing, NewKey};
use super::setup::Setup;
use super::usage::UsageLog;
use super::{Call, Ids};
use crate::clock::Clock;
use crate::domain::access::Caller;
use crate::domain::leak::MAX_STRINGS;
use crate::domain::secret::Secret;
use crate::store::Database;

/// A command, in the form in which the control socket carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case", deny_unknown_fields)]
pub enum AdminCommand {
    /// List the keys of the keyring.
    Keys,
    /// Add a pepper.
    AddPepper,
    /// Retire the older pepper.
    RetirePepper {
        /// The number of the pepper, as the list of keys shows it.
        id: i64,
        /// Whether what is still live under it ends.
        end: bool,
        /// Whether the last operator key may be among that.
        #[serde(default)]
        force: bool,
    },
    /// List the service keys.
    ServiceKeys,
    /// Make a service key.
    CreateServiceKey {
        /// What it may do.
        role: String,
        /// The organization that it is bound to; none for all.
        #[serde(default)]
        organization: Option<String>,
        /// What it is called.
        label: String,
    },
    /// End a service key.
    RevokeServiceKey {
        /// The id of the service key, as it was typed.
        id: String,
    },
    /// Do something in an organization.
    Administer {
        /// The id or the name of the organization; none for the only one.
        #[serde(default)]
        organization: Option<String>,
        /// What is to be done.
        task: Task,
    },
    /// End what was found somewhere, in every organization.
    ReportLeaks {
        /// Strings of the form of our secrets, any number.
        #[serde(with = "super::shown_once::reported")]
        secrets: Vec<Secret>,
    },
    /// Copy the database into a new file.
    BackUp {
        /// The path of the new file, from the root.
        file: PathBuf,
    },
    /// Make a setup token, where there is no organization yet.
    MakeSetupToken,
    /// Report on the process that serves.
    Examine,
}

/// The reply to a command that was carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdminReply {
    /// All keys of the keyring, with what is under each.
    Keys(Vec<KeyState>),
    /// A pepper was added.
    Added {
        /// The number of the new pepper.
        id: i64,
    },
    /// A pepper is no longer valid.
    Retired(Retired),
    /// All service keys, newest first.
    ServiceKeys(Vec<KeyListing>),
    /// A service key was made; its token is in no other answer.
    ServiceKeyCreated(NewKey),
    /// A service key has ended.
    ServiceKeyRevoked {
        /// The id of the service key, as the command named it.
        id: String,
        /// Whether no operator key is left that is bound to no organization.
        last_operator: bool,
    },
    /// What was to be done in an organization is done.
    Administered(Outcome),
    /// What was found somewhere is dealt with; nobody learns which of it was one of ours.
    LeaksReported {
        /// How many strings were reported.
        strings: usize,
    },
    /// There is a copy.
    BackedUp {
        /// The path of the copy, as the command named it.
        file: PathBuf,
    },
    /// There is a setup token; no other is good.
    SetupTokenMade(NewSetupToken),
    /// The process that serves has reported on itself.
    Examined(Examined),
}

/// A setup token that was just made, and where it is redeemed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSetupToken {
    /// Where browsers find the pages: an origin, without a slash at its end.
    pub pages: String,
    /// The token; shown this once.
    #[serde(with = "super::shown_once")]
    pub token: Secret,
}

/// The state of the process that serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Examined {
    /// The id that the operating system gave the process.
    pub pid: u32,
    /// Why it cannot answer, if it cannot.
    pub not_ready: Option<String>,
    /// How far the time that it goes by is ahead of the system's clock, in seconds.
    pub ahead_seconds: u64,
    /// Through which doors and keys account passwords are tried without the address of the client.
    #[serde(default)]
    pub without_address: Vec<String>,
    /// Peers that name clients in `X-Forwarded-For` and are not trusted.
    #[serde(default)]
    pub untrusted_proxies: Vec<String>,
}

/// The process that carries a command out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where<'a> {
    /// The process that serves.
    Serving {
        /// Where browsers find its pages, if it has any.
        pages: Option<&'a str>,
    },
    /// A command that has the data for itself.
    Alone,
}

/// So long a bulk revocation is followed before it is said how far it has come.
const FOLLOWED: Duration = Duration::from_millis(500);
/// After so long it is known whether another node has the lease.
const TAKEN_AFTER: Duration = Duration::from_secs(12);

/// Carries out the commands of whoever owns the data directory.
#[derive(Clone)]
pub struct Admin {
    administration: Administration,
    clock: Clock,
    database: Database,
    installation: Installation,
    ids: Ids,
    keys: Keys,
    leases: Arc<Leases>,
    leaks: Leaks,
    memory: Arc<ThrottleMemory>,
    revocations: RevocationJobs,
    service_keys: ServiceKeys,
    setup: Setup,
    usage: UsageLog,
}

impl Admin {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            administration: Administration::new(parts),
            clock: parts.clock.clone(),
            database: parts.store.database(),
            installation: Installation::new(parts),
            ids: parts.ids.clone(),
            keys: Keys::new(parts),
            leases: Arc::new(Leases::new(parts)),
            leaks: Leaks::new(parts),
            memory: Arc::clone(&parts.memory),
            revocations: RevocationJobs::new(parts),
            service_keys: ServiceKeys::new(parts),
            setup: Setup::new(parts),
            usage: parts.usage.clone(),
        }
    }

    /// Carries a command out, or gives the reason why not and what to do.
    pub async fn execute(&self, order: &AdminCommand, place: Where<'_>) -> Result<AdminReply, String> {
        let changes_keys = matches!(order, AdminCommand::AddPepper | AdminCommand::RetirePepper { .. });
        if changes_keys && place != Where::Alone && self.database.is_shared() {
            return Err(
                "several nodes may share this database, and each has its own copy of the keyring: stop them \
                 all, repeat this on one, copy its keyring to the others, start them"
                    .into(),
            );
        }

        match order {
            AdminCommand::Keys => {
                self.keys.list().await.map(AdminReply::Keys).map_err(|error| error.to_string())
            }
            AdminCommand::AddPepper => self
                .keys
                .add_pepper()
                .await
                .map(|id| AdminReply::Added { id })
                .map_err(|error| error.to_string()),
            AdminCommand::RetirePepper { id, end, force } => {
                let retired = self.keys.retire_pepper(*id, *end, *force).await;
                retired.map(AdminReply::Retired).map_err(|error| error.to_string())
            }
            AdminCommand::ServiceKeys
            | AdminCommand::CreateServiceKey { .. }
            | AdminCommand::RevokeServiceKey { .. } => {
                self.manage_service_keys(order).await.map_err(|error| error.to_string())
            }
            AdminCommand::Administer { organization, task } => {
                if let Task::FollowRevocation { id } = task {
                    self.follow(id, organization.as_deref(), place).await?;
                }
                let done = self.administration.execute(organization.as_deref(), task).await;
                done.map(AdminReply::Administered)
            }
            AdminCommand::ReportLeaks { secrets } => {
                self.report_leaks(secrets).await.map_err(|error| explain(&error))
            }
            AdminCommand::BackUp { file } => self.back_up(file).await,
            AdminCommand::MakeSetupToken => self.make_setup_token(place).await,
            AdminCommand::Examine => Ok(AdminReply::Examined(self.examine().await)),
        }
    }

    /// Waits a moment for a bulk revocation that is running. Where nothing serves it is carried out here.
    async fn follow(&self, id: &str, organization: Option<&str>, place: Where<'_>) -> Result<(), String> {
        let look = Task::Revocation { id: id.to_owned() };
        let found = self.administration.execute(organization, &look).await?;
        if !matches!(found, Outcome::Revocation(one) if one.state == "running") {
            return Ok(());
        }

        if place == Where::Alone && self.carry_out().await.map_err(|error| error.to_string())? {
            return Ok(());
        }
        self.clock.sleep(FOLLOWED).await;
        Ok(())
    }

    /// Carries bulk revocations out for a moment; whether this process may. Another node may have the lease: then that one
    /// does; but one that was killed holds it for a while.
    async fn carry_out(&self) -> Result<bool, Error> {
        let begun = self.clock.monotonic();
        let lease = loop {
            match self.leases.current().await? {
                Some(lease) => break lease,
                None if self.clock.monotonic().saturating_sub(begun) > TAKEN_AFTER => return Ok(false),
                None => self.clock.sleep(FOLLOWED).await,
            }
        };
        let done = self.revocations.carry_out_for(lease, FOLLOWED).await;
        self.leases.give_back().await?;
        done.map(|()| true)
    }

    async fn manage_service_keys(&self, order: &AdminCommand) -> Result<AdminReply, AdminKeyError> {
        match order {
            AdminCommand::CreateServiceKey { role, organization, label } => {
                let made = self.service_keys.create_as_admin(role, organization.as_deref(), label).await?;
                Ok(AdminReply::ServiceKeyCreated(made))
            }
            AdminCommand::RevokeServiceKey { id } => {
                let last_operator = self.service_keys.end_as_admin(id).await?.last_operator;
                Ok(AdminReply::ServiceKeyRevoked { id: id.clone(), last_operator })
            }
            _ => Ok(AdminReply::ServiceKeys(self.service_keys.list_all().await?)),
        }
    }

    async fn report_leaks(&self, secrets: &[Secret]) -> Result<AdminReply, Error> {
        for some in secrets.chunks(MAX_STRINGS) {
            let call = Call::new(Caller::Terminal, self.ids.next()?);
            self.leaks.report(&call, some).await?;
        }
        Ok(AdminReply::LeaksReported { strings: secrets.len() })
    }

    /// Without pages nobody could redeem it.
    async fn make_setup_token(&self, place: Where<'_>) -> Result<AdminReply, String> {
        let already =
            || "it is set up already: sign in; clientpass service-keys --help makes keys anew".to_owned();
        if self.setup.is_set_up().await.map_err(|error| error.to_string())? {
            return Err(already());
        }

        let pages = match place {
            Where::Serving { pages } => pages.ok_or(
                "its pages are off until server.public_url says where browsers reach them: set it and start clientpass \
                 again, then repeat this",
            )?,
            Where::Alone => return Err("clientpass does not serve: start it, then repeat this".into()),
        };
        let token = self.setup.new_token().await.map_err(|error| error.to_string())?.ok_or_else(already)?;
        tracing::info!(event = "setup_token_made");
        Ok(AdminReply::SetupTokenMade(NewSetupToken { pages: pages.to_owned(), token }))
    }

    async fn examine(&self) -> Examined {
        let (without_address, untrusted_proxies) = self.memory.set_up_wrong();
        Examined {
            without_address,
            untrusted_proxies,
            pid: std::process::id(),
            not_ready: self.installation.ready().await.err().map(|error| error.to_string()),
            ahead_seconds: self.clock.ahead().as_secs(),
        }
    }

    /// Copies the database into a new file, as it is now.
    async fn back_up(&self, file: &Path) -> Result<AdminReply, String> {
        self.usage.write().await.map_err(|error| error.to_string())?;
        // How late it is goes with it.
        self.database.write_mark().await.map_err(|error| error.to_string())?;

        match self.database.back_up(file.to_path_buf()).await {
            Some(Ok(())) => {
                tracing::info!(event = "backed_up");
                Ok(AdminReply::BackedUp { file: file.to_path_buf() })
            }
            Some(Err(error)) => Err(error.to_string()),
            None => Err("the data are in PostgreSQL: back it up with pg_dump or pg_basebackup; after such a backup has \
                         been put back, run: clientpass restore --end-all"
                .into()),
        }
    }
}
