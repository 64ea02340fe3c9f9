//! Configuration: one struct per section. `load` fills them from a TOML file, environment variables and arguments.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::domain::network::TrustedProxies;
use crate::domain::origin::Origin;
use crate::service::UnknownLogin;
use crate::telemetry::LogFormat;

pub mod doors;
pub mod load;
pub mod mail;
pub mod metrics;
pub mod net;
pub mod on_end;
pub mod pages;
pub mod secret_source;
pub mod secrets;

mod environment;
mod settings;

/// Everything that can be set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The service itself.
    pub server: Server,
    /// Where data lie.
    pub storage: Storage,
    /// How checks are answered.
    pub verify: Verify,
    /// What one caller may take.
    pub limits: Limits,
    /// How much is logged, and in which form.
    pub log: Log,
    /// Protocols of mail servers, beside the REST API.
    pub doors: doors::Doors,
    /// Where Prometheus reads the metrics.
    pub metrics: Option<metrics::Metrics>,
    /// What the pages look like.
    pub pages: pages::Pages,
    /// Where mail is, as mail clients are told.
    pub mail: mail::Mail,
    /// How others are reached.
    pub net: net::Net,
    /// Mail servers and programs that are notified when client passwords end.
    pub on_end: Vec<on_end::OnEnd>,
}

/// `[server]`: where the REST API listens, and how many connections it takes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Where the REST API listens.
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// The address by which browsers reach the API and the pages, for links; where the service listens on this machine
    /// alone, `localhost` if absent.
    pub public_url: Option<Origin>,
    /// PEM file of the certificate with its chain; with it and the key the API speaks TLS only.
    pub tls_certificate: Option<PathBuf>,
    /// PEM file of the certificate's key, which only its owner may read.
    pub tls_key: Option<PathBuf>,
    /// Whether it may listen beyond this machine without TLS.
    pub allow_remote_without_tls: bool,
    /// Reverse proxies in front of it, as CIDR blocks: where they say in `X-Forwarded-For` that a request comes from is
    /// believed.
    pub trusted_proxies: TrustedProxies,
    /// Threads that answer; as many as there are cores if absent.
    pub workers: Option<usize>,
    /// Connections at the same time, for each worker.
    pub max_connections: usize,
    /// How long requests in flight may take once the service is stopped.
    pub shutdown_seconds: u64,
}

fn address<'de, D: serde::Deserializer<'de>>(from: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(from)?;
    let wrong =
        |_| serde::de::Error::custom("it is no address to listen on: 127.0.0.1:8600 or [::1]:8600 is");
    text.parse().map_err(wrong)
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8600)),
            public_url: None,
            tls_certificate: None,
            tls_key: None,
            allow_remote_without_tls: false,
            trusted_proxies: TrustedProxies::default(),
            workers: None,
            max_connections: 10_000,
            shutdown_seconds: 10,
        }
    }
}

/// `[storage]`: where the data and the keyring are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Storage {
    /// The folder of the keyring and, on SQLite, of the database.
    pub data_dir: PathBuf,
    /// The keyring; `keyring.json` in the data directory if absent.
    pub keyring: Option<PathBuf>,
    /// A PostgreSQL database, `postgres://user@host/name?sslmode=require`; SQLite in the data directory if absent.
    pub database_url: Option<DatabaseUrl>,
    /// A file that holds this URL. Whoever loads the configuration reads it into `database_url`.
    pub database_url_file: Option<PathBuf>,
    /// A file that holds the password for it.
    pub database_password_file: Option<PathBuf>,
    /// PEM file of the authorities that its certificate may come from; the system's if absent.
    pub database_ca: Option<PathBuf>,
    /// Connections for changes and long lists; checks have one for each worker beside them.
    pub database_connections: usize,
    /// Memory for what checks have read, in MiB. On SQLite only: where other nodes commit, too, nothing is cached.
    pub cache_mib: usize,
}

/// An address of a database. It may contain a password, so it is never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(pub String);

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl")
    }
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("clientpass-data"),
            keyring: None,
            database_url: None,
            database_url_file: None,
            database_password_file: None,
            database_ca: None,
            database_connections: 16,
            cache_mib: 128,
        }
    }
}

impl Storage {
    /// Where the keyring is.
    pub fn keyring_path(&self) -> PathBuf {
        self.keyring.clone().unwrap_or_else(|| self.data_dir.join("keyring.json"))
    }

    /// The kind of database.
    pub const fn engine_name(&self) -> &'static str {
        if self.database_url.is_some() { "postgresql" } else { "sqlite" }
    }

    /// Where the process that serves takes orders.
    pub fn control_path(&self) -> PathBuf {
        self.data_dir.join("control.sock")
    }

    /// Where the database is.
    pub fn database_path(&self) -> PathBuf {
        self.data_dir.join("clientpass.sqlite")
    }
}

/// What to answer about a login that nobody has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unknown {
    /// Reject it, as a wrong password.
    #[default]
    Reject,
    /// Defer to the mail server's next source.
    Defer,
}

impl From<Unknown> for UnknownLogin {
    fn from(unknown: Unknown) -> Self {
        match unknown {
            Unknown::Reject => Self::Reject,
            Unknown::Defer => Self::Defer,
        }
    }
}

/// `[verify]`: how checks of mail servers are answered.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Verify {
    /// What to answer about a login that nobody has.
    pub unknown_login: Unknown,
    /// A refusal leaves no earlier than this after it came in, in milliseconds.
    pub refusal_floor_ms: u64,
    /// Refusals that may wait at the same time.
    pub max_parked: usize,
}

impl Default for Verify {
    fn default() -> Self {
        Self { unknown_login: Unknown::Reject, refusal_floor_ms: 50, max_parked: 65_536 }
    }
}

impl Verify {
    /// A refusal leaves no earlier than this after it came in.
    pub const fn refusal_floor(&self) -> Duration {
        Duration::from_millis(self.refusal_floor_ms)
    }
}

/// `[limits]`: what one caller may take.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Changes that a session may make at once.
    pub session_changes: u32,
    /// How many more each second.
    pub session_changes_per_second: u32,
    /// Changes that a service key may make at once.
    pub key_changes: u32,
    /// How many more each second.
    pub key_changes_per_second: u32,
    /// Rows that are read for one page of a list at the most.
    pub list_rows: u32,
    /// Client passwords that a bulk revocation ends at once at the most; more are ended by a job. With 0 a job does all.
    pub revocation_at_once: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            session_changes: 60,
            session_changes_per_second: 1,
            key_changes: 500,
            key_changes_per_second: 50,
            list_rows: 10_000,
            revocation_at_once: 5_000,
        }
    }
}

/// `[log]`: how much is logged, and in which form.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `text` or `json`.
    pub format: LogFormat,
    /// A filter such as `info` or `clientpass=debug,info`.
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: "info,actix_server=warn".into() }
    }
}

#[cfg(test)]
mod tests {
    use super::settings::{Kind, settings};
    use super::*;

    /// The configuration file of the package, with every setting taken out of its comment.
    fn shipped() -> String {
        let lines = include_str!("../../packaging/clientpass.toml").lines();
        let is_setting = |line: &&str| line.starts_with(|c: char| c == '[' || c.is_ascii_lowercase());
        let lines = lines.map(|line| line.strip_prefix('#').unwrap_or(line));
        lines.filter(is_setting).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_file_of_the_package_has_every_setting_and_nothing_else() {
        let text = shipped();
        // It refuses unknown keys, and values of a wrong kind.
        toml::from_str::<Config>(&text).unwrap_or_else(|why| panic!("{why}"));

        let table: toml::Table = toml::from_str(&text).unwrap();
        for setting in settings::<Config>() {
            let mut at = Some(&toml::Value::Table(table.clone())).cloned();
            for name in &setting.path {
                at = at.and_then(|section| section.get(*name).cloned());
            }
            assert!(at.is_some(), "{} is not in packaging/clientpass.toml", setting.path.join("."));
            assert!(setting.kind != Kind::Tables || at.is_some_and(|at| at.is_array() || at.is_table()));
        }
    }

    #[test]
    fn what_the_file_of_the_package_shows_as_a_default_is_one() {
        let shown = toml::from_str::<Config>(&shipped()).unwrap();
        let own = Config::default();
        assert_eq!((&shown.verify, &shown.limits, &shown.log), (&own.verify, &own.limits, &own.log));
        assert_eq!(shown.server.listen, own.server.listen);
        assert_eq!(shown.server.max_connections, own.server.max_connections);
        assert_eq!(shown.server.shutdown_seconds, own.server.shutdown_seconds);
        assert_eq!(shown.storage.cache_mib, own.storage.cache_mib);
        assert_eq!(shown.storage.database_connections, own.storage.database_connections);
    }

    #[test]
    fn an_empty_file_is_the_default_and_unknown_keys_are_refused() {
        assert_eq!(toml::from_str::<Config>("").unwrap(), Config::default());
        let set =
            toml::from_str::<Config>("[verify]\nunknown_login = \"defer\"\n[server]\nlisten = \"[::1]:1\"")
                .unwrap();
        assert_eq!(set.verify.unknown_login, Unknown::Defer);
        assert_eq!(set.server.listen.port(), 1);

        let proxies = |list: &str| toml::from_str::<Config>(&format!("[server]\ntrusted_proxies = {list}"));
        assert_ne!(
            proxies("[\"192.0.2.0/24\", \"::1\"]").unwrap().server.trusted_proxies,
            TrustedProxies::default()
        );
        assert!(proxies("[\"192.0.2.0/40\"]").is_err() && proxies("\"192.0.2.0/24\"").is_err());

        assert!(toml::from_str::<Config>("[verify]\nunknown_logins = \"defer\"").is_err());
        assert!(toml::from_str::<Config>("[verfy]").is_err());
        assert!(
            toml::from_str::<Config>("[metrics]\nlisten = \"127.0.0.1:9100\"").unwrap().metrics.is_some()
        );
        assert!(toml::from_str::<Config>("[metrics]\nlisten = \"127.0.0.1:9100\"\npath = \"/\"").is_err());
    }
}
