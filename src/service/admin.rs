//! What whoever owns the data directory may order, at the terminal or through the control socket.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Service;
use super::admin_keys::{AdminKeyError, KeyListing, NewKey};
use super::keys::{KeyState, Retired};

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case", deny_unknown_fields)]
pub enum Order {
    /// List the keys of the keyring.
    Keys,
    /// Add a pepper.
    AddPepper,
    /// Retire the older pepper.
    RetirePepper {
        /// Its number.
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
        /// Which.
        id: String,
    },
    /// Copy the database into a new file.
    BackUp {
        /// Which, from the root.
        file: PathBuf,
    },
    /// Say how it is.
    Examine,
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// The keys.
    Keys(Vec<KeyState>),
    /// The number of the new pepper.
    Added {
        /// Its number.
        id: i64,
    },
    /// A pepper is no longer valid.
    Retired(Retired),
    /// The service keys.
    ServiceKeys(Vec<KeyListing>),
    /// A service key was made; its token is in no other answer.
    ServiceKeyCreated(NewKey),
    /// A service key has ended.
    ServiceKeyRevoked {
        /// Which.
        id: String,
        /// Whether no operator key is left that is bound to no organization.
        last_operator: bool,
    },
    /// There is a copy.
    BackedUp {
        /// Where.
        file: PathBuf,
    },
    /// How it is.
    Examined(Examined),
}

/// How the process is that serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Examined {
    /// Its number.
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

/// Who carries an order out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// The process that serves.
    Serving,
    /// A command that has the data for itself.
    Alone,
}

impl Service {
    /// Carries an order out; else says why not, and what to do.
    pub async fn carry_out(&self, order: &Order, place: Where) -> Result<Report, String> {
        let changes_keys = matches!(order, Order::AddPepper | Order::RetirePepper { .. });
        if changes_keys && place == Where::Serving && self.store.is_shared() {
            return Err(
                "several nodes may share this database, and each has its own copy of the keyring: stop them \
                 all, repeat this on one, copy its keyring to the others, start them"
                    .into(),
            );
        }
        match order {
            Order::Keys => self.keys().await.map(Report::Keys).map_err(|error| error.to_string()),
            Order::AddPepper => {
                self.add_pepper().await.map(|id| Report::Added { id }).map_err(|error| error.to_string())
            }
            Order::RetirePepper { id, end, force } => {
                let retired = self.retire_pepper(*id, *end, *force).await;
                retired.map(Report::Retired).map_err(|error| error.to_string())
            }
            Order::ServiceKeys | Order::CreateServiceKey { .. } | Order::RevokeServiceKey { .. } => {
                self.manage_service_keys(order).await.map_err(|error| error.to_string())
            }
            Order::BackUp { file } => self.back_up(file).await,
            Order::Examine => Ok(Report::Examined(self.examine().await)),
        }
    }

    async fn manage_service_keys(&self, order: &Order) -> Result<Report, AdminKeyError> {
        match order {
            Order::CreateServiceKey { role, organization, label } => {
                let made = self.admin_create_service_key(role, organization.as_deref(), label).await?;
                Ok(Report::ServiceKeyCreated(made))
            }
            Order::RevokeServiceKey { id } => {
                let last_operator = self.admin_end_service_key(id).await?.last_operator;
                Ok(Report::ServiceKeyRevoked { id: id.clone(), last_operator })
            }
            _ => Ok(Report::ServiceKeys(self.all_service_keys().await?)),
        }
    }

    async fn examine(&self) -> Examined {
        let (without_address, untrusted_proxies) = self.throttle.set_up_wrong();
        Examined {
            without_address,
            untrusted_proxies,
            pid: std::process::id(),
            not_ready: self.ready().await.err().map(|error| error.to_string()),
            ahead_seconds: self.clock.ahead().as_secs(),
        }
    }

    /// Copies the database into a new file, as it is now.
    async fn back_up(&self, file: &Path) -> Result<Report, String> {
        self.write_usage().await.map_err(|error| error.to_string())?;
        // How late it is goes with it.
        self.store.write_mark().await.map_err(|error| error.to_string())?;
        match self.store.back_up(file.to_path_buf()).await {
            Some(Ok(())) => {
                tracing::info!(event = "backed_up");
                Ok(Report::BackedUp { file: file.to_path_buf() })
            }
            Some(Err(error)) => Err(error.to_string()),
            None => Err("the data are in PostgreSQL: back it up with pg_dump or pg_basebackup; after such a backup has \
                         been put back, run: clientpass restore --end-all"
                .into()),
        }
    }
}
