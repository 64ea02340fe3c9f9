//! What is made of a configuration and of the files that it names: all that can be known before the data are opened and
//! anything listens. What cannot be made is refused, by a start as by `clientpass config check`.

use std::sync::Arc;

use super::certificates::{self, certificates};
use super::environment::Environment;
use super::error::StartError;
use super::faults::{Faults, both};
use super::{data, listeners, notifiers, site};
use crate::clock::Clock;
use crate::config::Config;
use crate::mail_setup::profile_signature::ProfileSigner;
use crate::net::tls::Certificates;
use crate::notify::Notifier;
use crate::pages::brand::Brand;
use crate::store::postgres::Postgres;

/// The parts of a service that come from its configuration alone.
pub(super) struct Prepared {
    /// The certificate of the API.
    pub(super) certificates: Option<Arc<Certificates>>,
    /// The certificate that is named for signing profiles.
    pub(super) for_profiles: Option<Arc<Certificates>>,
    /// What signs profiles.
    pub(super) profile_signer: Option<Arc<ProfileSigner>>,
    /// What the doors of mail servers are made of.
    pub(super) doors: listeners::Parts,
    /// What the pages look like.
    pub(super) brand: Brand,
    /// What delivers notices.
    pub(super) notifiers: Vec<Notifier>,
}

/// Refuses a configuration that the service would not start with, and says all that is wrong with it. It opens no data
/// and no port, and asks nobody.
pub fn check(config: &Config, environment: &Environment) -> Result<(), Faults> {
    prepare(config, environment).map(drop)
}

/// Makes the parts.
pub(super) fn prepare(config: &Config, environment: &Environment) -> Result<Prepared, Faults> {
    let certificates = certificates(config);
    let server = certificates.as_ref().ok().and_then(Option::as_ref).cloned();

    let for_profiles = certificates::profile_certificates(config);
    let for_profiles = for_profiles.and_then(|named| {
        let signer = certificates::profile_signer(named.as_ref(), server.as_ref())?;
        Ok((named, signer))
    });

    let exposed = exposed(config, &certificates);
    let doors = listeners::prepare(config, server.as_ref());
    let database = database(config);
    let brand = site::brand(&config.pages);
    let notifiers = notifiers::made(config, &Clock::new(Arc::clone(&environment.time)));

    let made = both(both(certificates, for_profiles), both(both(exposed, doors), database));
    let (((certificates, (for_profiles, profile_signer)), (((), doors), ())), (brand, notifiers)) =
        both(made, both(brand, notifiers))?;
    Ok(Prepared { certificates, for_profiles, profile_signer, doors, brand, notifiers })
}

/// Refuses a service that speaks to other machines without TLS. One whose certificate cannot be read has TLS.
fn exposed(
    config: &Config,
    certificates: &Result<Option<Arc<Certificates>>, StartError>,
) -> Result<(), StartError> {
    let listen = config.server.listen;
    let open = matches!(certificates, Ok(None)) && !config.server.allow_remote_without_tls;
    if open && !listen.ip().is_loopback() { Err(StartError::Exposed(listen)) } else { Ok(()) }
}

/// Refuses an address of a database that nobody can understand.
fn database(config: &Config) -> Result<(), StartError> {
    let Some(url) = &config.storage.database_url else { return Ok(()) };
    Ok(Postgres::check(&data::place(&config.storage, url)?)?)
}
