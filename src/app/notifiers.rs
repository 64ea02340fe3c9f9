//! Mail servers and programs that are notified of ends of client passwords: from the configuration to tasks of their own.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::rt::task::JoinHandle;

use super::error::StartError;
use super::faults::{Faults, both, each};
use crate::clock::Clock;
use crate::config::Config;
use crate::config::net::Net;
use crate::config::on_end::{Doveadm, Event, OnEnd, Webhook};
use crate::config::secret_source;
use crate::domain::secret::Secret;
use crate::net::http_client::{Address, HttpClient, Proxy};
use crate::notify::doveadm::{self, Credential};
use crate::notify::{self, Kind, Notifier, webhook};
use crate::service::end_notices::EndNotices;
use crate::store::Targets;

/// Who is notified of what, by name.
pub(super) fn targets(on_end: &[OnEnd]) -> Result<Targets, StartError> {
    let names = names(on_end)?;
    let of = |event: Event| {
        let wanting = on_end.iter().zip(&names).filter(|(one, _)| one.events().contains(&event));
        wanting.map(|(_, name)| name.clone()).collect()
    };
    Ok(Targets { ended: of(Event::Ended), expiring: of(Event::Expiring) })
}

/// What those of the configuration are called. Ends are kept for them under these names, so they differ.
fn names(on_end: &[OnEnd]) -> Result<Vec<String>, Faults> {
    let names = each(on_end.iter().map(name))?;
    let mut seen = BTreeSet::new();
    match names.iter().find(|name| !seen.insert(*name)) {
        Some(twice) => {
            Err(StartError::OnEnd(twice.clone(), "is there twice; give each a name".into()).into())
        }
        None => Ok(names),
    }
}

/// What one is called; an error where it has no address, or is notified of nothing.
fn name(one: &OnEnd) -> Result<String, StartError> {
    let shown = |name: &str| format!("{} {name}", one.kind());
    let address = Address::parse(one.url());
    let address = address.map_err(|why| StartError::OnEnd(shown(one.name().unwrap_or("")), why))?;
    let name = one.name().map_or_else(|| shown(address.host()), str::to_owned);
    if one.events().is_empty() {
        return Err(StartError::OnEnd(name, "events must name ended, expiring or both".into()));
    }
    Ok(name)
}

/// Starts a task for each target, which delivers notices until it is aborted.
pub(super) fn start(notifiers: Vec<Notifier>, ends: &Arc<EndNotices>, clock: &Clock) -> Vec<JoinHandle<()>> {
    let run = |notifier| actix_web::rt::spawn(notify::run(notifier, Arc::clone(ends), clock.clone()));
    notifiers.into_iter().map(run).collect()
}

/// What delivers notices to each target.
pub(super) fn made(config: &Config, clock: &Clock) -> Result<Vec<Notifier>, Faults> {
    let proxy = proxy(&config.net);
    let usable = proxy.as_ref().ok().and_then(Option::as_ref);

    let notifier = |(one, name): (&OnEnd, String)| {
        notifier(one, name.clone(), usable, clock).map_err(|why| StartError::OnEnd(name, why))
    };
    let made = names(&config.on_end).and_then(|names| each(config.on_end.iter().zip(names).map(notifier)));
    both(proxy.map(drop), made).map(|((), made)| made)
}

/// The way out that the configuration says.
pub(super) fn proxy(net: &Net) -> Result<Option<Proxy>, StartError> {
    let url = secret_source::read("proxy", net.proxy.as_ref(), net.proxy_file.as_deref());
    let made = url.and_then(|url| url.map(|url| Proxy::new(url.expose().trim(), &net.no_proxy)).transpose());
    made.map_err(StartError::Proxy)
}

fn notifier(one: &OnEnd, name: String, proxy: Option<&Proxy>, clock: &Clock) -> Result<Notifier, String> {
    let address = Address::parse(one.url())?;

    let (kind, ca) = match one {
        OnEnd::Doveadm(section) => {
            let field = section.client_password_field.clone();
            let flush_cache = section.flush_cache.unwrap_or(field.is_none());
            let made =
                doveadm::Doveadm::new(address, &credential(section)?, section.kick, flush_cache, field)?;
            (Kind::Doveadm(made), &section.ca)
        }
        OnEnd::Webhook(section) => {
            (Kind::Webhook(webhook::Webhook::new(address, &webhook_secret(section)?)?), &section.ca)
        }
    };
    Ok(Notifier::new(name, kind, HttpClient::new(ca.as_deref(), proxy, clock.clone())?))
}

fn credential(section: &Doveadm) -> Result<Credential, String> {
    let key = secret_source::read("api_key", section.api_key.as_ref(), section.api_key_file.as_deref())?;
    let password =
        secret_source::read("password", section.password.as_ref(), section.password_file.as_deref())?;
    match (key, password) {
        (Some(key), None) => Ok(Credential::ApiKey(key)),
        (None, Some(password)) => Ok(Credential::Password(password)),
        _ => Err("takes one of api_key, api_key_file, password, password_file".into()),
    }
}

fn webhook_secret(section: &Webhook) -> Result<Secret, String> {
    let secret = secret_source::read("secret", section.secret.as_ref(), section.secret_file.as_deref())?;
    secret.ok_or_else(|| "takes one of secret, secret_file".into())
}
