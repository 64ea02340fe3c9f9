//! The composition root: engine → store → service → doors; start, drain, stop. The only file that knows
//! everything. Tests start what `main` starts, with another clock, entropy or engine.

use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::{self, ServiceConfig};
use futures_util::future::try_join;
use tokio::sync::watch;

use crate::clock::{Clock, SystemTimeSource, TimeSource};
use crate::config::Config;
use crate::domain::network::OverTls;
use crate::doors::socket::{self, Listener, SocketError};
use crate::doors::tls::{Certificates, Files, TlsError};
use crate::doors::{control, http, rest};
use crate::entropy::{Entropy, NoEntropy, SystemEntropy};
use crate::keyring::KeyringError;
use crate::pages;
use crate::service::{Argon2Params, Error, Parts, Service, Settings};
use crate::store::engine::{Engine, EngineError};
use crate::telemetry::Metrics;

mod data;
mod doors;
mod examine;
mod limits;
mod operate;
mod restore;
mod tell;

use data::Data;
pub use data::is_empty;
pub use examine::{check_tls, database, serving};
use limits::Limits;
pub use operate::carry_out;
pub use restore::{Restore, restore};

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder of the data cannot be used.
    #[error(
        "the data directory {0}: {1}; clientpass must own and write it: give it the folder, or name another with \
             --data-dir"
    )]
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
    /// The control socket cannot be listened on.
    #[error("the control socket {0}: {1}; a data directory with a shorter path may help")]
    Control(String, io::Error),
    /// The address can be reached from elsewhere and there is no TLS.
    #[error(
        "{0} can be reached from other machines and there is no TLS: set server.tls_certificate and \
             server.tls_key, or listen on a loopback address behind a proxy that has it, or set \
             server.allow_remote_without_tls = true"
    )]
    Exposed(SocketAddr),
    /// Of certificate and key only one is named.
    #[error(
        "TLS needs a certificate and a key: set server.tls_certificate and server.tls_key both, or neither"
    )]
    HalfTls,
    /// Somebody who is to be told of ends cannot be.
    #[error("on_end: {0} {1}")]
    OnEnd(String, String),
    /// Certificate or key cannot be used.
    #[error("TLS: {0}")]
    Tls(#[from] TlsError),
    /// A door cannot be opened.
    #[error("[doors.{0}] {1}")]
    Door(&'static str, SocketError),
    /// The address of the metrics cannot be used.
    #[error("[metrics] {0}")]
    Metrics(SocketError),
    /// A setting of a door cannot be used.
    #[error("[doors.{0}] {1}")]
    DoorSetting(&'static str, String),
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
    pub argon2: Argon2Params,
}

impl Outside {
    /// The real thing.
    pub fn system() -> Self {
        Self {
            time: Arc::new(SystemTimeSource::new()),
            entropy: Arc::new(SystemEntropy::new()),
            wrap_engine: None,
            argon2: Argon2Params::default(),
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

/// Opens the data directory; makes keyring and database if it is empty.
pub async fn open(config: &Config, outside: &Outside) -> Result<Opened, StartError> {
    let clock = Clock::new(Arc::clone(&outside.time));
    let data = data::open(config, outside, &clock).await?;
    assemble(config, outside, clock, data).await
}

/// The service over its data, if the keyring is theirs.
async fn assemble(
    config: &Config,
    outside: &Outside,
    clock: Clock,
    Data { lock, keyring, store }: Data,
) -> Result<Opened, StartError> {
    let store = store.telling(tell::names(&config.on_end)?);
    let metrics = Arc::new(Metrics::new());
    let settings = Settings {
        unknown_login: config.verify.unknown_login.into(),
        refusal_floor: config.verify.refusal_floor(),
        max_parked: config.verify.max_parked,
        list_rows: i64::from(config.limits.list_rows.max(1)),
        change_budgets: limits::change_budgets(&config.limits),
        argon2: outside.argon2.clone(),
    };
    let parts = Parts { store, clock: clock.clone(), keyring, settings, metrics: Arc::clone(&metrics) };
    let service = Arc::new(Service::new(parts, Arc::clone(&outside.entropy)));
    service.check_keyring().await?;
    Ok(Opened { service, clock, metrics, _lock: lock })
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// A service that answers.
pub struct Running {
    /// Where the REST API listens.
    pub address: SocketAddr,
    /// The doors of mail servers, by name, and where each listens.
    pub doors: Vec<(&'static str, String)>,
    /// The use cases.
    pub service: Arc<Service>,
    /// Numbers.
    pub metrics: Arc<Metrics>,
    server: actix_web::dev::Server,
    open: doors::Open,
    stop: Arc<watch::Sender<bool>>,
    certificates: Option<Arc<Certificates>>,
    control: PathBuf,
    background: Vec<actix_web::rt::task::JoinHandle<()>>,
    _opened: Opened,
}

/// Opens the data and the doors.
pub async fn start(config: &Config, outside: &Outside) -> Result<Running, StartError> {
    let certificates = certificates(config)?;
    let listen = config.server.listen;
    if !listen.ip().is_loopback() && certificates.is_none() && !config.server.allow_remote_without_tls {
        return Err(StartError::Exposed(listen));
    }
    doors::check(config)?;
    let opened = open(config, outside).await?;
    let telling = tell::start(&config.on_end, &opened)?;
    let limits = limits::derive(config, limits::raise_open_files());
    limits.log();
    let (server, address) = serve_rest(config, &opened, &limits, certificates.as_ref())?;
    let (stop, stopped) = watch::channel(false);
    let mut open = doors::open(config, &opened, &limits, certificates.as_ref(), stopped)?;
    let doors = std::mem::take(&mut open.addresses);
    let service = Arc::clone(&opened.service);
    let control = config.storage.control_path();
    let orders =
        control::listen(&control).map_err(|why| StartError::Control(control.display().to_string(), why))?;
    let mut background = vec![
        actix_web::rt::spawn(control::serve(orders, Arc::clone(&service), opened.clock.clone())),
        actix_web::rt::spawn(write_usage(Arc::clone(&service), opened.clock.clone())),
        actix_web::rt::spawn(sweep(Arc::clone(&service), opened.clock.clone())),
    ];
    background.extend(telling);
    let stop = Arc::new(stop);
    Ok(Running {
        address,
        doors,
        service,
        metrics: Arc::clone(&opened.metrics),
        server,
        open,
        stop,
        certificates,
        control,
        background,
        _opened: opened,
    })
}

fn certificates(config: &Config) -> Result<Option<Arc<Certificates>>, StartError> {
    match (config.server.tls_certificate.clone(), config.server.tls_key.clone()) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some(Arc::new(Certificates::load(Files { certificate, key })?))),
        _ => Err(StartError::HalfTls),
    }
}

fn serve_rest(
    config: &Config,
    opened: &Opened,
    limits: &Limits,
    certificates: Option<&Arc<Certificates>>,
) -> Result<(actix_web::dev::Server, SocketAddr), StartError> {
    let listen = config.server.listen;
    let failed = |why| StartError::Listen(listen, why);
    let (service, clock) =
        (web::Data::from(Arc::clone(&opened.service)), web::Data::new(opened.clock.clone()));
    let metrics = web::Data::from(Arc::clone(&opened.metrics));
    let proxies = web::Data::new(config.server.trusted_proxies.clone());
    let at_start = web::Data::new(limits.at_start(config));
    let over_tls = OverTls(certificates.is_some());
    let configure = move |config: &mut ServiceConfig| {
        config.app_data(service.clone()).app_data(clock.clone()).app_data(metrics.clone());
        config.app_data(proxies.clone()).app_data(at_start.clone()).app_data(over_tls);
        config.configure(rest::configure_check).configure(pages::configure).configure(rest::configure);
    };
    let limits = http::Limits {
        workers: config.server.workers.unwrap_or_else(cores),
        room: limits.rest,
        shutdown_seconds: config.server.shutdown_seconds,
        clock: opened.clock.clone(),
    };
    let tls = certificates.map(Certificates::server).transpose();
    let tls = tls.map_err(|why| failed(io::Error::other(why)))?;
    let listener = socket::on_port(listen).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let (server, _) = http::serve(Listener::Tcp(listener), tls, &limits, configure).map_err(failed)?;
    Ok((server, address))
}

/// Stops the doors from elsewhere.
#[derive(Clone)]
pub struct Handle {
    servers: Vec<ServerHandle>,
    stop: Arc<watch::Sender<bool>>,
}

impl Handle {
    /// Gracefully: nobody new is let in, and requests in flight are answered.
    pub fn stop(&self) {
        for server in &self.servers {
            // The stop is sent at once; its future only waits for it to be done.
            drop(server.stop(true));
        }
        self.stop.send_replace(true);
    }
}

impl Running {
    /// What stops it.
    pub fn handle(&self) -> Handle {
        let servers = std::iter::once(self.server.handle()).chain(self.open.handles());
        Handle { servers: servers.collect(), stop: Arc::clone(&self.stop) }
    }

    /// Where the REST API is, as a browser wants it.
    pub fn url(&self) -> String {
        let scheme = if self.certificates.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// What reads the files of TLS anew, from elsewhere.
    pub fn reloader(&self) -> impl Fn() + 'static {
        let all: Vec<_> = self.certificates.iter().chain(self.open.certificates()).cloned().collect();
        move || {
            if all.is_empty() {
                tracing::info!(event = "nothing_to_reload");
            }
            for certificates in &all {
                match certificates.reload() {
                    Ok(()) => tracing::info!(event = "tls_reloaded"),
                    Err(error) => tracing::error!(event = "tls_not_reloaded", %error),
                }
            }
        }
    }

    /// Answers until the doors are stopped; then writes down what has been used.
    pub async fn run(self) -> io::Result<()> {
        let served = try_join(self.server, self.open.run()).await.map(|_| ());
        for task in self.background {
            task.abort();
        }
        drop(std::fs::remove_file(&self.control));
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

/// Forgets what time has ended: kept answers, and ends that could not be told for days, every minute, sessions every
/// ten, old tombstones once a day.
async fn sweep(service: Arc<Service>, clock: Clock) {
    let (mut last_sessions, mut last_day) = (clock.monotonic(), clock.monotonic());
    loop {
        clock.sleep(Duration::from_secs(60)).await;
        let mut swept = service.sweep_answers().await.and(service.give_up_untold().await);
        let now = clock.monotonic();
        if now.saturating_sub(last_sessions) >= Duration::from_secs(600) {
            last_sessions = now;
            swept = swept.and(service.sweep_sessions().await);
        }
        if now.saturating_sub(last_day) >= Duration::from_secs(86_400) {
            last_day = now;
            swept = swept.and(service.sweep_tombstones().await).and(service.sweep_notices().await);
        }
        if let Err(error) = swept {
            tracing::warn!(event = "sweep_failed", %error);
        }
    }
}
