//! What `clientpass doctor` looks at and only this place can: the process that serves, the database, what a start would
//! refuse. Nothing is made or changed.

use crate::app::{self, Environment, Faults, StartError, place};
use crate::config::Config;
use crate::control;
use crate::doctor::clientpass::{Between, Database, Durability, Product, Refused};
use crate::service::admin::{AdminCommand, AdminReply, Examined};
use crate::store::postgres::{self, Pooler, Postgres};

/// How the process is that serves the data directory; why there is none, or none that answers.
pub async fn serving(config: &Config) -> Result<Examined, String> {
    match control::ask(&config.storage.control_path(), &AdminCommand::Examine).await? {
        AdminReply::Examined(examined) => Ok(examined),
        _ => Err("clientpass is of another version".into()),
    }
}

/// Why the service would not start.
#[derive(Default)]
pub struct Start {
    /// Why the certificate of the API and its key cannot be used.
    pub tls_fault: Option<String>,
    /// All else but its address, which is judged by what it is.
    pub refused: Vec<Refused>,
}

/// Whether the service would start with this configuration: by the check that a start itself begins with.
pub fn start(config: &Config) -> Start {
    let mut start = Start::default();
    let faults = app::check(config, &Environment::system()).err().into_iter().flat_map(Faults::all);

    for fault in faults {
        match fault {
            StartError::Tls(_) | StartError::HalfTls => start.tls_fault = Some(fault.to_string()),
            StartError::Exposed(_) => {}
            fault => start.refused.push(Refused { why: fault.to_string(), change: settings(&fault) }),
        }
    }
    start
}

/// The settings that a fault is about.
fn settings(fault: &StartError) -> String {
    // What systemd hands over is there only while it runs the service.
    if fault.to_string().contains("/run/credentials/") {
        return "systemctl start clientpass     # and look here again: systemd puts that file there for the service".into();
    }

    match fault {
        StartError::Pages(_) => "[pages]: name, accent, logo".into(),
        StartError::DatabasePassword(_) => {
            "storage.database_password_file: a file with the password, which clientpass may read".into()
        }
        StartError::Database(_) => "storage.database_url, storage.database_ca".into(),
        StartError::OnEnd(name, _) => {
            format!("[[on_end]] of {name}: url, ca, secret_file, api_key_file, password_file")
        }
        StartError::Proxy(_) => "[net]: proxy, proxy_file, no_proxy".into(),
        StartError::ProfileCertificate(_) => "[mail]: profile_certificate, profile_key".into(),
        StartError::Door(name, _) => {
            format!("[doors.{name}]: listen on 127.0.0.1 or a unix socket, require_key = true, owner, group")
        }
        StartError::Metrics(_) => "[metrics]: listen on 127.0.0.1 or a unix socket, owner, group".into(),
        StartError::DoorSetting(name, _) => format!("[doors.{name}]: what is named there"),
        _ => "clientpass config check".into(),
    }
}

/// What PostgreSQL says of itself; nothing where the data are not in one.
pub async fn database(config: &Config) -> Option<Database> {
    let url = config.storage.database_url.as_ref()?;
    let asked = async {
        let place = place(&config.storage, url).map_err(|error| error.to_string())?;
        Postgres::examine(&place).await.map_err(|error| error.to_string())
    };

    Some(match asked.await {
        Ok(examined) => Database::Answers(durability(&examined)),
        Err(why) => Database::Silent(why),
    })
}

fn durability(examined: &postgres::Examined) -> Durability {
    let postgres::Examined { version, pooler, settings } = examined;
    let get = |name: &str| {
        settings.iter().find(|(known, _)| known == name).map_or(String::new(), |(_, value)| value.clone())
    };

    Durability {
        product: Product::of(version),
        between: match pooler {
            Pooler::None => Between::Nothing,
            Pooler::KeepsSessions => Between::Sessions,
            Pooler::SharesSessions => Between::Transactions,
            Pooler::Pgpool { reads_elsewhere: true } => Between::PgpoolThatReadsElsewhere,
            Pooler::Pgpool { reads_elsewhere: false } => Between::Pgpool,
        },
        version: get("server_version"),
        fsync: get("fsync"),
        full_page_writes: get("full_page_writes"),
        synchronous_commit: get("synchronous_commit"),
        synchronous_standbys: get("synchronous_standby_names"),
        following: get("following").parse().unwrap_or(0),
    }
}
