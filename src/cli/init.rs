//! `clientpass init`: the first organization without a person.

use serde_json::json;

use super::terminal::say;
use crate::app::{self, Environment};
use crate::config::Config;
use crate::service::setup::SetupRequest;
use crate::service::{Error, Refusal};

/// What the installation begins with.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The organization's name
    #[arg(long, value_name = "NAME")]
    organization: String,
    /// Its mail domain
    #[arg(long, value_name = "DOMAIN")]
    domain: String,
    /// The owner's mail address, in that domain
    #[arg(long, value_name = "LOGIN")]
    owner: String,
}

/// Makes the organization and prints one line of JSON. Changes nothing where there is something already, or
/// where it cannot be made as requested.
pub fn run(config: &Config, options: &Options) -> Result<(), String> {
    if config.storage.database_url.is_some() {
        // The keyring may have been brought here first; whether there is an organization, the database knows.
        say(&actix_web::rt::System::new().block_on(make(config, options))?);
        return Ok(());
    }

    let folder = &config.storage.data_dir;
    let empty = app::is_empty(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    if !empty {
        return Err(format!("{} is not empty; nothing was changed", folder.display()));
    }

    let keyring = config.storage.keyring_path();
    if keyring.exists() {
        return Err(format!("there is a keyring at {} already; nothing was changed", keyring.display()));
    }

    let existed = folder.exists();
    let made = actix_web::rt::System::new().block_on(make(config, options));
    if made.is_err() {
        clear(config, existed);
    }

    say(&made?);
    Ok(())
}

async fn make(config: &Config, options: &Options) -> Result<String, String> {
    let opened = app::open(config, &Environment::system()).await.map_err(|error| error.to_string())?;
    let password = opened.services.setup.draw_password().map_err(|error| explain(&error))?;

    let setup = SetupRequest {
        organization: &options.organization,
        domain: &options.domain,
        owner: &options.owner,
        password: &password,
    };
    let made = opened.services.setup.initialize(&setup).await.map_err(|error| explain(&error))?;

    let line = json!({
        "organization_id": made.organization_id.to_string(),
        "owner_id": made.owner_id.to_string(),
        "owner_login": made.owner_login,
        "owner_password": password.expose(),
        "operator_key": made.operator_key.expose(),
        "mail_server_key": made.mail_server_key.expose(),
    });

    Ok(line.to_string())
}

fn explain(error: &Error) -> String {
    match error {
        Error::Invalid(errors) => {
            let lines = errors.iter().map(|error| format!("--{} {}", error.field, error.detail));
            lines.collect::<Vec<_>>().join("\n")
        }
        Error::Refused(Refusal::AlreadySetUp) => {
            "there is an organization already; nothing was changed".into()
        }
        Error::OutcomeUnknown(why) => format!(
            "{why}; whether the organization was made is not known. Run the command again: if it says that there is one, \
             make an operator key with clientpass service-keys create, and set the owner's password with that"
        ),
        other => other.to_string(),
    }
}

/// Takes away what a failed attempt left, which was not there before it.
fn clear(config: &Config, existed: bool) {
    let data = config.storage.database_path();
    let beside = |ending: &str| {
        let mut path = data.clone().into_os_string();
        path.push(ending);
        std::path::PathBuf::from(path)
    };

    let lock = config.storage.data_dir.join("lock");
    for file in [beside(""), beside("-wal"), beside("-shm"), config.storage.keyring_path(), lock] {
        drop(std::fs::remove_file(file));
    }

    if !existed {
        drop(std::fs::remove_dir(&config.storage.data_dir));
    }
}
