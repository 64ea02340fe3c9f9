//! What `clientpass doctor` looks at and only this place can: the process that serves, the database, the files of TLS.
//! Nothing is made or changed.

use crate::app::{StartError, certificates, place};
use crate::config::Config;
use crate::control;
use crate::doctor::clientpass::{Database, Durability};
use crate::service::admin::{AdminCommand, AdminReply, Examined};
use crate::store::postgres::Postgres;

/// How the process is that serves the data directory; why there is none, or none that answers.
pub async fn serving(config: &Config) -> Result<Examined, String> {
    match control::ask(&config.storage.control_path(), &AdminCommand::Examine).await? {
        AdminReply::Examined(examined) => Ok(examined),
        _ => Err("clientpass is of another version".into()),
    }
}

/// Whether certificate and key can be used.
pub fn check_tls(config: &Config) -> Result<(), StartError> {
    certificates(config).map(drop)
}

/// What PostgreSQL says of itself; nothing where the data are not in one.
pub async fn database(config: &Config) -> Option<Database> {
    let url = config.storage.database_url.as_ref()?;
    let asked = async {
        let place = place(&config.storage, url).map_err(|error| error.to_string())?;
        Postgres::settings(&place).await.map_err(|error| error.to_string())
    };

    Some(match asked.await {
        Ok(settings) => Database::Answers(durability(&settings)),
        Err(why) => Database::Silent(why),
    })
}

fn durability(settings: &[(String, String)]) -> Durability {
    let get = |name: &str| {
        settings.iter().find(|(known, _)| known == name).map_or(String::new(), |(_, value)| value.clone())
    };

    Durability {
        fsync: get("fsync"),
        full_page_writes: get("full_page_writes"),
        synchronous_commit: get("synchronous_commit"),
        synchronous_standbys: get("synchronous_standby_names"),
        following: get("following").parse().unwrap_or(0),
    }
}
