//! The composition root: engine → store → service → doors; start, drain, stop. The only room that knows everything.
//! Tests start what `main` starts, in another environment.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use futures_util::future::try_join;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::Config;
use crate::http::public_url::PublicUrl;
use crate::jobs::{Schedule, Work};
use crate::net::tls::Certificates;
use crate::service::Services;
use crate::telemetry::Metrics;
use crate::{control, jobs};

mod admin;
mod certificates;
mod core;
mod data;
mod environment;
mod error;
mod faults;
mod health;
mod leak_report;
mod limits;
mod listeners;
mod notifiers;
mod prepared;
mod rest_server;
mod restore;
mod site;

pub use admin::execute;
pub use certificates::certificates;
pub use core::{Core, open};
pub use data::{is_empty, place};
pub use environment::{Environment, WrapEngine};
pub use error::StartError;
pub use faults::Faults;
pub use health::{Question, health};
pub use leak_report::LeakReporter;
pub use prepared::check;
pub use restore::{Restore, restore};

/// A service that answers.
pub struct Running {
    /// Where the REST API listens.
    pub address: SocketAddr,
    /// The doors of mail servers, by name, and where each listens.
    pub doors: Vec<(&'static str, String)>,
    /// The use cases.
    pub services: Arc<Services>,
    /// What `/metrics` shows of this process.
    pub metrics: Arc<Metrics>,
    public_url: PublicUrl,
    server: actix_web::dev::Server,
    open: listeners::Open,
    stop: CancellationToken,
    certificates: Vec<Arc<Certificates>>,
    over_tls: bool,
    control: PathBuf,
    background: Vec<actix_web::rt::task::JoinHandle<()>>,
    schedule: Schedule,
    core: Core,
}

/// Opens the data and the doors.
pub async fn start(config: &Config, environment: &Environment) -> Result<Running, StartError> {
    let prepared = prepared::prepare(config, environment)?;
    let (certificates, for_profiles) = (prepared.certificates, prepared.for_profiles);

    let core = open(config, environment).await?;
    let notifiers = notifiers::start(prepared.notifiers, &core.services.end_notices, &core.clock);
    let limits = limits::derive(config, limits::raise_open_files());
    limits.log();
    let (server, address, public_url) = rest_server::serve(
        config,
        &core,
        &limits,
        certificates.as_ref(),
        (prepared.brand, prepared.profile_signer),
    )?;

    site::warn_of_passkeys(&core.services, &public_url).await;

    let stop = CancellationToken::new();
    let mut open = listeners::open(config, &core, &limits, prepared.doors, stop.clone())?;
    let doors = std::mem::take(&mut open.addresses);
    let services = Arc::clone(&core.services);

    let control = config.storage.control_path();
    let mut background = vec![take_orders(&control, &core, &public_url)?];
    background.extend(notifiers);

    let schedule = start_jobs(&core);
    Ok(Running {
        address,
        doors,
        services,
        metrics: Arc::clone(&core.metrics),
        public_url,
        server,
        open,
        stop,
        over_tls: certificates.is_some(),
        certificates: certificates.into_iter().chain(for_profiles).collect(),
        control,
        background,
        schedule,
        core,
    })
}

/// Takes orders over the control socket.
fn take_orders(
    path: &Path,
    core: &Core,
    public_url: &PublicUrl,
) -> Result<actix_web::rt::task::JoinHandle<()>, StartError> {
    let orders = control::listen(path).map_err(|why| StartError::Control(path.display().to_string(), why))?;
    let pages = public_url.origin().map(str::to_owned);
    let commands = control::serve(orders, Arc::clone(&core.services.admin), pages, core.clock.clone());
    Ok(actix_web::rt::spawn(commands))
}

fn start_jobs(core: &Core) -> Schedule {
    let services = &core.services;
    let mut schedule =
        Schedule::new(core.clock.clone(), Arc::clone(&services.leases), Arc::clone(&core.metrics));

    let work = Work {
        usage: services.usage.clone(),
        log_ins: services.log_in_log.clone(),
        clock_mark: services.clock_mark.clone(),
        leases: Arc::clone(&services.leases),
        expiry: Arc::clone(&services.expiry),
        log_in_expiry: Arc::clone(&services.log_in_expiry),
        settling: Arc::clone(&services.settling),
        revocations: Arc::clone(&services.revocation_jobs),
        totals: Arc::clone(&services.totals),
        end_notices: Arc::clone(&services.end_notices),
        warnings: Arc::clone(&services.warnings),
    };

    jobs::start(&mut schedule, &work);
    schedule
}

/// Stops the doors from elsewhere.
#[derive(Clone)]
pub struct Handle {
    servers: Vec<ServerHandle>,
    stop: CancellationToken,
}

impl Handle {
    /// Gracefully: nobody new is let in, and requests in flight are answered.
    pub fn stop(&self) {
        for server in &self.servers {
            // The stop is sent at once; its future only waits for it to be done.
            drop(server.stop(true));
        }
        self.stop.cancel();
    }
}

impl Running {
    /// The clock of all its parts.
    pub fn clock(&self) -> Clock {
        self.core.clock.clone()
    }

    /// A handle that stops it, from another task.
    pub fn handle(&self) -> Handle {
        let servers = std::iter::once(self.server.handle()).chain(self.open.handles());
        Handle { servers: servers.collect(), stop: self.stop.clone() }
    }

    /// Where the REST API is, as a browser wants it.
    pub fn url(&self) -> String {
        let scheme = if self.over_tls { "https" } else { "http" };
        self.pages().map_or_else(|| format!("{scheme}://{}", self.address), str::to_owned)
    }

    /// Where browsers find the pages; none as long as nobody has said it.
    pub fn pages(&self) -> Option<&str> {
        self.public_url.origin()
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

    /// Answers until the doors are stopped; then writes down what has been used, and gives the lease back.
    pub async fn run(self) -> io::Result<()> {
        let served = try_join(self.server, self.open.run()).await.map(|_| ());
        for task in self.background {
            task.abort();
        }

        self.schedule.stop();
        drop(std::fs::remove_file(&self.control));

        if let Err(error) = self.services.usage.settle().await {
            tracing::error!(event = "usage_lost", %error);
        }
        if let Err(error) = self.services.log_in_log.write().await {
            tracing::error!(event = "log_ins_lost", %error);
        }

        if let Err(error) = self.services.leases.give_back().await {
            tracing::warn!(event = "lease_not_given_back", %error);
        }
        self.services.installation.settle().await;
        served
    }
}
