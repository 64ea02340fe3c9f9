//! The server of the REST API, of the pages, and of what mail clients ask before they know a password.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::web::{self, ServiceConfig};

use super::core::Core;
use super::error::StartError;
use super::limits::{Limits, workers};
use super::site;
use crate::api::{discovery, rest};
use crate::config::Config;
use crate::domain::network::OverTls;
use crate::http::public_url::PublicUrl;
use crate::mail_setup::profile_signature::ProfileSigner;
use crate::net::http_server;
use crate::net::listener::{self, Listener};
use crate::net::tls::Certificates;
use crate::pages;
use crate::pages::brand::Brand;

/// Begins to serve; gives where it listens, and where browsers find it.
pub(super) fn serve(
    config: &Config,
    core: &Core,
    limits: &Limits,
    certificates: Option<&Arc<Certificates>>,
    (brand, profile_signer): (Brand, Option<Arc<ProfileSigner>>),
) -> Result<(Server, SocketAddr, PublicUrl), StartError> {
    let listen = config.server.listen;
    let failed = |why| StartError::Listen(listen, why);

    let (services, clock) = (web::Data::from(Arc::clone(&core.services)), web::Data::new(core.clock.clone()));
    let metrics = web::Data::from(Arc::clone(&core.metrics));
    let proxies = web::Data::new(config.server.trusted_proxies.clone());
    let at_start = web::Data::new(limits.at_start(config));
    let mail = web::Data::new(config.mail.settings());
    let profile_signer = profile_signer.map(web::Data::from);
    let over_tls = OverTls(certificates.is_some());

    let listener = listener::on_port(listen).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let public_url = PublicUrl::new(config.server.public_url.as_ref(), address, certificates.is_some());
    let links = web::Data::new(public_url.clone());
    let site = web::Data::new(site::site(brand, &public_url)?);

    let configure = move |config: &mut ServiceConfig| {
        config.app_data(services.clone()).app_data(clock.clone()).app_data(metrics.clone());
        config.app_data(proxies.clone()).app_data(at_start.clone()).app_data(over_tls);
        config.app_data(links.clone()).app_data(site.clone()).app_data(mail.clone());
        if let Some(signer) = &profile_signer {
            config.app_data(signer.clone());
        }
        config.configure(rest::configure_check).configure(pages::configure);
        config.configure(discovery::configure).configure(rest::configure);
    };

    let limits = http_server::Limits {
        workers: workers(config),
        room: limits.rest,
        shutdown_seconds: config.server.shutdown_seconds,
        clock: core.clock.clone(),
    };

    let tls = certificates.map(Certificates::server).transpose();
    let tls = tls.map_err(|why| failed(io::Error::other(why)))?;

    let (server, _) = http_server::serve(Listener::Tcp(listener), tls, &limits, configure).map_err(failed)?;
    Ok((server, address, public_url))
}
