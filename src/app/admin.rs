//! Orders of whoever owns the data directory: to the process that serves, or carried out here where none does.

use super::{Environment, StartError, open};
use crate::config::Config;
use crate::control;
use crate::service::admin::{AdminCommand, AdminReply, Where};

/// Carries an order out; else says why not, and what to do. Makes no data where there are none.
pub async fn execute(
    config: &Config,
    environment: &Environment,
    order: &AdminCommand,
) -> Result<AdminReply, String> {
    let keyring = config.storage.keyring_path();
    if !keyring.exists() {
        return Err(format!("{} is not there; name the data directory: --data-dir", keyring.display()));
    }

    // The lock says whether anybody has the data.
    match open(config, environment).await {
        Ok(core) => core.services.admin.execute(order, Where::Alone).await,
        Err(StartError::InUse(_)) => control::ask(&config.storage.control_path(), order).await,
        Err(error) => Err(error.to_string()),
    }
}
