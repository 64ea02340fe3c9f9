//! The composition root: engine → store → service → doors; start, drain, stop. The only file that knows
//! everything. Tests start what `main` starts, with another clock, entropy or engine.

use std::fs::{self, File, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, web};

use crate::clock::{Clock, SystemTimeSource, TimeSource};
use crate::config::{Config, Storage};
use crate::doors::rest;
use crate::entropy::{Entropy, NoEntropy, SystemEntropy};
use crate::keyring::{Keyring, KeyringError};
use crate::pages;
use crate::service::{Error, Hasher, Parts, Service, Settings};
use crate::store::Store;
use crate::store::engine::{Engine, EngineError};
use crate::store::sqlite::Sqlite;
use crate::telemetry::Metrics;

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder of the data cannot be used.
    #[error("the data directory {0}: {1}")]
    Folder(String, io::Error),
    /// Another process has the data directory.
    #[error("the data directory {0} is in use by another clientpass; stop that one first")]
    InUse(String),
    /// The data are there and their keyring is not, or the other way round.
    #[error("{0} is missing although {1} is there; put it back, or begin with an empty data directory")]
    Half(String, String),
    /// The keyring cannot be used.
    #[error("the keyring: {0}")]
    Keyring(#[from] KeyringError),
    /// The database cannot be used.
    #[error("{0}")]
    Database(#[from] EngineError),
    /// The service cannot begin.
    #[error("{0}")]
    Service(String),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
    /// The address can be reached from elsewhere and there is no TLS.
    #[error(
        "{0} can be reached from other machines and there is no TLS: listen on a loopback address behind a \
             proxy that has it, or set server.allow_remote_without_tls = true"
    )]
    Exposed(SocketAddr),
}

impl From<Error> for StartError {
    fn from(error: Error) -> Self {
        Self::Service(error.to_string())
    }
}

impl From<NoEntropy> for StartError {
    fn from(error: NoEntropy) -> Self {
        Self::Service(error.to_string())
    }
}

/// Puts something between the store and its engine.
pub type WrapEngine = Arc<dyn Fn(Arc<dyn Engine>) -> Arc<dyn Engine> + Send + Sync>;

/// What differs between production and tests.
#[derive(Clone)]
pub struct Outside {
    /// Time.
    pub time: Arc<dyn TimeSource>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Wraps the engine, so that a test can break it.
    pub wrap_engine: Option<WrapEngine>,
    /// Cost of Argon2id.
    pub hasher: Hasher,
}

impl Outside {
    /// The real thing.
    pub fn system() -> Self {
        Self {
            time: Arc::new(SystemTimeSource::new()),
            entropy: Arc::new(SystemEntropy::new()),
            wrap_engine: None,
            hasher: Hasher::default(),
        }
    }
}

/// The service over its data directory, without doors: what the command line works on.
pub struct Opened {
    /// The use cases.
    pub service: Arc<Service>,
    /// Time.
    pub clock: Clock,
    /// Numbers.
    pub metrics: Arc<Metrics>,
    /// Held as long as the data directory is ours.
    _lock: File,
}

/// Whether a data directory has nothing in it yet.
pub fn is_empty(folder: &Path) -> io::Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// Opens the data directory; makes keyring and database if it is empty.
pub async fn open(config: &Config, outside: &Outside) -> Result<Opened, StartError> {
    let clock = Clock::new(Arc::clone(&outside.time));
    let lock = take(&config.storage)?;
    let keyring = keyring(&config.storage, &clock, outside.entropy.as_ref())?;
    private(&config.storage.database_path())
        .map_err(|why| StartError::Folder(shown(&config.storage.data_dir), why))?;
    let readers = config.server.workers.unwrap_or_else(cores) + 2;
    let engine: Arc<dyn Engine> = Arc::new(Sqlite::open(&config.storage.database_path(), readers)?);
    let engine = match &outside.wrap_engine {
        Some(wrap) => wrap(engine),
        None => engine,
    };
    let store = Store::open(engine, clock.clone()).await?;
    let metrics = Arc::new(Metrics::new());
    let settings = Settings {
        unknown_login: config.verify.unknown_login.into(),
        refusal_floor: config.verify.refusal_floor(),
        max_parked: config.verify.max_parked,
        hasher: outside.hasher.clone(),
    };
    let parts = Parts { store, clock: clock.clone(), keyring, settings, metrics: Arc::clone(&metrics) };
    let service = Arc::new(Service::new(parts, Arc::clone(&outside.entropy)));
    service.check_keyring().await?;
    Ok(Opened { service, clock, metrics, _lock: lock })
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Makes the folder if need be (0700) and takes its lock: one process owns a data directory.
fn take(storage: &Storage) -> Result<File, StartError> {
    let folder = &storage.data_dir;
    let failed = |why| StartError::Folder(shown(folder), why);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(failed)?;
    let lock = private(&folder.join("lock")).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StartError::InUse(shown(folder))),
        Err(TryLockError::Error(why)) => Err(failed(why)),
    }
}

/// Opens a file, or makes it, that only its owner can read; SQLite gives its log the same mode.
fn private(path: &Path) -> io::Result<File> {
    let file = File::options().create(true).write(true).truncate(false).mode(0o600).open(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    Ok(file)
}

/// The keyring of the data; made together with them, never beside old ones.
fn keyring(storage: &Storage, clock: &Clock, entropy: &dyn Entropy) -> Result<Keyring, StartError> {
    let (keys, data) = (storage.keyring_path(), storage.database_path());
    if keys.exists() && !data.exists() {
        return Err(StartError::Half(shown(&data), shown(&keys)));
    }
    if !keys.exists() {
        if data.exists() {
            return Err(StartError::Half(shown(&keys), shown(&data)));
        }
        Keyring::create(&keys, clock.now(), entropy)?;
    }
    Ok(Keyring::load(&keys)?)
}

/// A service that answers.
pub struct Running {
    /// Where the REST API listens.
    pub address: SocketAddr,
    /// The use cases.
    pub service: Arc<Service>,
    server: actix_web::dev::Server,
    background: Vec<actix_web::rt::task::JoinHandle<()>>,
    _opened: Opened,
}

/// Opens the data and the doors.
pub async fn start(config: &Config, outside: &Outside) -> Result<Running, StartError> {
    let listen = config.server.listen;
    if !listen.ip().is_loopback() && !config.server.allow_remote_without_tls {
        return Err(StartError::Exposed(listen));
    }
    let opened = open(config, outside).await?;
    let (server, address) = serve_rest(config, &opened)?;
    let service = Arc::clone(&opened.service);
    let background = vec![
        actix_web::rt::spawn(write_usage(Arc::clone(&service), opened.clock.clone())),
        actix_web::rt::spawn(sweep(Arc::clone(&service), opened.clock.clone())),
    ];
    Ok(Running { address, service, server, background, _opened: opened })
}

fn serve_rest(config: &Config, opened: &Opened) -> Result<(actix_web::dev::Server, SocketAddr), StartError> {
    let listen = config.server.listen;
    let failed = |why| StartError::Listen(listen, why);
    let (service, clock) =
        (web::Data::from(Arc::clone(&opened.service)), web::Data::new(opened.clock.clone()));
    let metrics = web::Data::from(Arc::clone(&opened.metrics));
    let app = move || {
        let app = App::new().app_data(service.clone()).app_data(clock.clone()).app_data(metrics.clone());
        app.configure(pages::configure).configure(rest::configure)
    };
    let server = HttpServer::new(app)
        .workers(config.server.workers.unwrap_or_else(cores))
        .max_connections(config.server.max_connections)
        .client_request_timeout(Duration::from_secs(5))
        .keep_alive(Duration::from_secs(75))
        .shutdown_timeout(config.server.shutdown_seconds)
        .disable_signals()
        .bind(listen)
        .map_err(failed)?;
    let address = server.addrs().first().copied().unwrap_or(listen);
    Ok((server.run(), address))
}

impl Running {
    /// Stops the doors from elsewhere: gracefully, requests in flight are answered.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Answers until the doors are stopped; then writes down what has been used.
    pub async fn run(self) -> io::Result<()> {
        let served = self.server.await;
        for task in self.background {
            task.abort();
        }
        if let Err(error) = self.service.settle().await {
            tracing::error!(event = "usage_lost", %error);
        }
        served
    }
}

/// Writes uses down every second.
async fn write_usage(service: Arc<Service>, clock: Clock) {
    loop {
        clock.sleep(Duration::from_secs(1)).await;
        if let Err(error) = service.write_usage().await {
            tracing::warn!(event = "usage_not_written", %error);
        }
    }
}

/// Forgets what time has ended: sessions every ten minutes, old tombstones once a day.
async fn sweep(service: Arc<Service>, clock: Clock) {
    let mut last_day = clock.monotonic();
    loop {
        clock.sleep(Duration::from_secs(600)).await;
        let mut swept = service.sweep_sessions().await;
        if clock.monotonic().saturating_sub(last_day) >= Duration::from_secs(86_400) {
            last_day = clock.monotonic();
            swept = swept.and(service.sweep_tombstones().await);
        }
        if let Err(error) = swept {
            tracing::warn!(event = "sweep_failed", %error);
        }
    }
}
