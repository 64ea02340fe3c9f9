//! The doors of mail servers: each that is configured starts with the service and is drained with it.

use std::cell::Cell;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::rt::task::JoinHandle;
use actix_web::web::ServiceConfig;
use futures_util::future::{TryFutureExt as _, try_join, try_join_all};
use tokio_util::sync::CancellationToken;

use super::core::Core;
use super::error::StartError;
use super::faults::{Faults, both, each};
use super::limits::{Limits, workers};
use crate::api::rest;
use crate::config::doors::{DeferStatus, Dovecot, Route, Socket};
use crate::config::{self, Config};
use crate::doors::authenticator::Authenticator;
use crate::doors::forward_auth::{self, ForwardAuth};
use crate::doors::http_authenticator::HttpAuthenticator;
use crate::doors::nginx_mail::{self, NginxMail};
use crate::doors::{dovecot, ldap, oauth2};
use crate::net::http_server;
use crate::net::listener::{self, Listener, Protection, SocketError, SocketFile};
use crate::net::stream_server::{self, Conversation};
use crate::net::tls::{Certificates, Files, HalfNamed};
use crate::net::tls_stream::Tls;

const NO_TLS: &str = "other machines can reach it and there is no TLS: set tls_certificate and tls_key, here or in \
    [server], or listen on a loopback address, or set allow_remote = true";

/// Doors that are open, or being opened.
pub(super) struct Doors<'a> {
    config: &'a Config,
    core: &'a Core,
    limits: &'a Limits,
    stop: CancellationToken,
    open: Open,
}

/// What answers through the doors.
#[derive(Default)]
pub(super) struct Open {
    /// Name and address of each.
    pub(super) addresses: Vec<(&'static str, String)>,
    servers: Vec<Server>,
    tasks: Vec<JoinHandle<io::Result<()>>>,
    files: Vec<SocketFile>,
    certificates: Vec<Arc<Certificates>>,
}

/// What doors are made of that comes from the configuration alone.
pub(super) struct Parts {
    /// Where nginx is sent to.
    routes: Option<Arc<[Route]>>,
    ldap: Option<LdapParts>,
}

/// Makes the parts; refuses doors that strangers could reach or that cannot be made as they are wanted.
pub(super) fn prepare(config: &Config, server: Option<&Arc<Certificates>>) -> Result<Parts, Faults> {
    let doors = &config.doors;

    let mut sockets = Vec::new();
    sockets.extend(doors.dovecot.as_ref().map(|of| ("dovecot", &of.socket, Protection::None)));
    sockets.extend(doors.oauth2.as_ref().map(|of| ("oauth2", &of.socket, Protection::key(of.require_key))));
    sockets.extend(
        doors.nginx_mail.as_ref().map(|of| ("nginx_mail", &of.socket, Protection::key(of.require_key))),
    );
    sockets.extend(
        doors.forward_auth.as_ref().map(|of| ("forward_auth", &of.socket, Protection::key(of.require_key))),
    );
    sockets.extend(doors.ldap.as_ref().map(|of| ("ldap", &of.socket, Protection::key(of.require_key))));

    let check =
        |(name, socket, guard)| listener::check(socket, guard).map_err(|why| StartError::Door(name, why));
    let sockets = each(sockets.into_iter().map(check));

    let metrics = config.metrics.iter().try_for_each(|of| listener::check(&of.socket, Protection::None));
    let metrics = metrics.map_err(StartError::Metrics);

    let routes = doors.nginx_mail.as_ref().map(routes).transpose();
    let ldap = doors.ldap.as_ref().map(|section| ldap_parts(section, server)).transpose();
    let (_, (routes, ldap)) = both(both(sockets, metrics), both(routes, ldap))?;
    Ok(Parts { routes, ldap })
}

/// Where nginx is sent to, by what it asks about.
fn routes(section: &config::doors::NginxMail) -> Result<Arc<[Route]>, Faults> {
    let wrong = |why| StartError::DoorSetting("nginx_mail", why);
    each(section.routes.iter().map(|route| route.resolved().map_err(wrong))).map(Arc::from)
}

/// What the LDAP door speaks with: certificates of its own or those of the server, and its rules.
struct LdapParts {
    own: Option<Arc<Certificates>>,
    tls: Option<Tls>,
    rules: Arc<ldap::Rules>,
}

fn ldap_parts(
    section: &config::doors::Ldap,
    server: Option<&Arc<Certificates>>,
) -> Result<LdapParts, StartError> {
    let wrong = |why: &dyn std::fmt::Display| StartError::DoorSetting("ldap", why.to_string());
    let own = Files::named(section.tls_certificate.clone(), section.tls_key.clone());
    let own = own.map_err(|HalfNamed| wrong(&"set tls_certificate and tls_key both, or neither"))?;
    let own = own.map(Certificates::load).transpose().map_err(|why| wrong(&why))?.map(Arc::new);

    let tls = own.as_ref().or(server).map(Tls::new).transpose().map_err(|why| wrong(&why))?;
    if tls.is_none() && section.needs_tls() {
        return Err(wrong(&NO_TLS));
    }

    let rules = ldap::Rules::of(section, tls.is_some()).map_err(|why| wrong(&why))?;
    Ok(LdapParts { own, tls, rules: Arc::new(rules) })
}

/// Opens every door that has a section.
pub(super) fn open(
    config: &Config,
    core: &Core,
    limits: &Limits,
    parts: Parts,
    stop: CancellationToken,
) -> Result<Open, StartError> {
    let mut doors = Doors { config, core, limits, stop, open: Open::default() };

    if let Some(section) = &config.doors.dovecot {
        doors.dovecot(section)?;
    }
    if let Some(of) = &config.doors.oauth2 {
        let authenticator = doors.http_authenticator("oauth2", of.require_key);
        doors.http("oauth2", &of.socket, move |config| oauth2::configure(config, &authenticator))?;
    }
    if let (Some(of), Some(routes)) = (&config.doors.nginx_mail, parts.routes) {
        let authenticator = doors.http_authenticator("nginx_mail", of.require_key);
        let door = NginxMail { authenticator, routes };
        doors.http("nginx_mail", &of.socket, move |config| nginx_mail::configure(config, &door))?;
    }
    if let Some(of) = &config.doors.forward_auth {
        let authenticator = doors.http_authenticator("forward_auth", of.require_key);
        let next_source = of.defer_status == DeferStatus::Forbidden;
        let door = ForwardAuth { authenticator, protocol: of.protocol, next_source };
        doors.http("forward_auth", &of.socket, move |config| forward_auth::configure(config, &door))?;
    }
    if let (Some(section), Some(parts)) = (&config.doors.ldap, parts.ldap) {
        doors.ldap(section, parts)?;
    }
    if let Some(of) = &config.metrics {
        let metrics = Arc::clone(&core.metrics);
        let opened =
            doors.http("metrics", &of.socket, move |config| rest::configure_metrics(config, &metrics));
        opened.map_err(|why| match why {
            StartError::Door(_, why) => StartError::Metrics(why),
            why => why,
        })?;
    }

    Ok(doors.open)
}

impl Doors<'_> {
    fn dovecot(&mut self, section: &Dovecot) -> Result<(), StartError> {
        let (authenticator, http) = (self.authenticator("dovecot"), section.protocol);
        let number = Cell::new(0u32);
        self.stream("dovecot", &section.socket, move || {
            number.set(number.get().wrapping_add(1));
            dovecot::Talk::new(authenticator.clone(), http, number.get())
        })
    }

    /// The part of a door that has credentials checked by the service.
    fn authenticator(&self, name: &'static str) -> Authenticator {
        let Core { services, clock, metrics, .. } = self.core;

        Authenticator {
            door: name,
            checks: Arc::clone(&services.credential_checks),
            keys: services.mail_server_keys.clone(),
            ids: services.ids.clone(),
            clock: clock.clone(),
            metrics: Arc::clone(metrics),
        }
    }

    /// The same, where the protocol has a place for a key.
    fn http_authenticator(&self, name: &'static str, require_key: bool) -> HttpAuthenticator {
        HttpAuthenticator { inner: self.authenticator(name), require_key }
    }

    /// Opens LDAP, with certificates of its own or those of the server.
    fn ldap(&mut self, section: &config::doors::Ldap, parts: LdapParts) -> Result<(), StartError> {
        let LdapParts { own, tls, rules } = parts;
        self.open.certificates.extend(own);
        let authenticator = self.authenticator("ldap");
        let begin = move || ldap::Connection::new(authenticator.clone(), Arc::clone(&rules), tls.clone());
        self.stream("ldap", &section.socket, begin)
    }

    fn listen(&mut self, name: &'static str, socket: &Socket) -> Result<Listener, StartError> {
        let listener = listener::listen(socket).map_err(|why| StartError::Door(name, why))?;
        self.open.addresses.push((name, listener.address(&socket.listen).to_string()));
        Ok(listener)
    }

    /// Opens a door that speaks HTTP.
    fn http(
        &mut self,
        name: &'static str,
        socket: &Socket,
        configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> Result<(), StartError> {
        let listener = self.listen(name, socket)?;

        let limits = http_server::Limits {
            workers: workers(self.config),
            room: self.limits.of_door(socket),
            shutdown_seconds: self.config.server.shutdown_seconds,
            clock: self.core.clock.clone(),
        };

        let failed = |why| StartError::Door(name, SocketError::Failed(socket.listen.clone(), why));
        let (server, file) = http_server::serve(listener, None, &limits, configure).map_err(failed)?;

        self.open.servers.push(server);
        self.open.files.extend(file);
        Ok(())
    }

    /// Opens a door that speaks over a stream; `begin` makes what is said on a connection.
    fn stream<C: Conversation + 'static>(
        &mut self,
        name: &'static str,
        socket: &Socket,
        begin: impl Fn() -> C + 'static,
    ) -> Result<(), StartError> {
        let listener = self.listen(name, socket)?;

        let door = stream_server::StreamServer {
            name,
            room: self.limits.of_door(socket),
            drain: Duration::from_secs(self.config.server.shutdown_seconds),
            clock: self.core.clock.clone(),
            metrics: Arc::clone(&self.core.metrics),
        };

        let served = door.serve(listener, self.stop.clone(), begin);
        self.open.tasks.push(actix_web::rt::spawn(served));
        Ok(())
    }
}

impl Open {
    /// Certificates that the doors have of their own.
    pub(super) fn certificates(&self) -> impl Iterator<Item = &Arc<Certificates>> {
        self.certificates.iter()
    }

    /// What stops the servers among them.
    pub(super) fn handles(&self) -> impl Iterator<Item = ServerHandle> {
        self.servers.iter().map(Server::handle)
    }

    /// Answers until all are stopped.
    pub(super) async fn run(self) -> io::Result<()> {
        let tasks = self.tasks.into_iter().map(|task| async { task.await.map_err(io::Error::other)? });
        let served = try_join(try_join_all(self.servers), try_join_all(tasks)).map_ok(|_| ()).await;
        drop(self.files);
        served
    }
}
