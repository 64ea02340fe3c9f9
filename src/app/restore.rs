//! A backup takes the place of the data: prepared in a file beside them, and put there when it is finished.

use std::path::Path;

use super::core::{self, Core, assemble};
use super::data::{self, Data};
use super::environment::Environment;
use super::error::StartError;
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::member::{MemberState, Role};
use crate::domain::restored::{Merged, RestoredMember, RestoredOrganization};
use crate::keyring::Keyring;
use crate::service::restore::Restored;
use crate::service::{Error, Services};
use crate::store::sqlite::backup::{self, Ends};
use crate::store::sqlite::differences::{self, DifferingMember};

/// How a restore is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Restore<'a> {
    /// The backup; without one the data stay those that are there.
    pub file: Option<&'a Path>,
    /// Whether all client passwords end in any case.
    pub end_all: bool,
    /// Whether they live on where nothing knows what has ended since the backup.
    pub accept_revival: bool,
}

/// Restores; else says why not, and what to do. Until it is done the data are as they were.
pub async fn restore(
    config: &Config,
    environment: &Environment,
    options: &Restore<'_>,
) -> Result<Restored, String> {
    let keyring = config.storage.keyring_path();
    if !keyring.exists() {
        return Err(format!(
            "{} is not there: put the keyring there that belongs to the backup",
            keyring.display()
        ));
    }

    match options.file {
        None => end_all(config, environment).await,
        Some(_) if config.storage.database_url.is_some() => {
            Err("the data are in PostgreSQL: put the backup back with its \
            own tools, then run: clientpass restore --end-all"
                .into())
        }
        Some(file) => put_back(config, environment, file, options).await,
    }
}

async fn end_all(config: &Config, environment: &Environment) -> Result<Restored, String> {
    let core = core::open(config, environment).await.map_err(|error| error.to_string())?;
    let ended = core.services.restoration.end_everything().await.map_err(|error| error.to_string())?;
    let secure_login_off =
        core.services.restoration.count_secure_login_off().await.map_err(|error| error.to_string())?;

    Ok(Restored {
        replayed: false,
        revived: false,
        ended_organizations: ended,
        told_members: 0,
        secure_login_off: Some(secure_login_off),
    })
}

async fn put_back(
    config: &Config,
    environment: &Environment,
    file: &Path,
    options: &Restore<'_>,
) -> Result<Restored, String> {
    // Held until the new data are in their place.
    let lock = data::take(&config.storage).map_err(|error| error.to_string())?;
    let live = config.storage.database_path();
    let candidate = config.storage.data_dir.join("restoring.sqlite");
    let ends = backup::prepare(file, &candidate, &live).map_err(|error| error.to_string());

    let restored = match ends {
        Ok(ends) => finish(config, environment, &candidate, options, ends, &lock).await,
        Err(why) => Err(why),
    };

    let restored = restored.and_then(|restored| {
        backup::replace(&candidate, &live).map_err(|error| error.to_string())?;
        Ok(restored)
    });

    if restored.is_err() {
        drop(backup::remove(&candidate));
    }
    restored
}

/// Ends what is not known to live, and proves that the keyring fits.
async fn finish(
    config: &Config,
    environment: &Environment,
    candidate: &Path,
    options: &Restore<'_>,
    ends: Ends,
    lock: &std::fs::File,
) -> Result<Restored, String> {
    let core = open(config, environment, candidate, lock).await.map_err(|error| error.to_string())?;
    let settled = settle(&core.services, options, &ends).await;
    settled.map_err(|error| error.to_string())
}

async fn settle(services: &Services, options: &Restore<'_>, ends: &Ends) -> Result<Restored, Error> {
    let unknown = *ends == Ends::Unknown;
    let end = options.end_all || unknown && !options.accept_revival;

    let told_members = match ends {
        Ends::Replayed(differences) => {
            let organizations: Vec<_> = differences.organizations.iter().map(organization).collect();
            let members: Option<Vec<_>> = differences.members.iter().map(member).collect();
            let members = members.ok_or_else(|| Error::Unavailable("a role or state that is none".into()))?;
            services.restoration.record_restore(&organizations, &members).await?
        }
        Ends::Unknown => 0,
    };

    let ended_organizations = if end { services.restoration.end_everything().await? } else { 0 };
    let secure_login_off =
        if unknown || end { Some(services.restoration.count_secure_login_off().await?) } else { None };

    services.usage.settle().await?;

    Ok(Restored {
        replayed: !unknown,
        revived: unknown && !end,
        ended_organizations,
        told_members,
        secure_login_off,
    })
}

async fn open(
    config: &Config,
    environment: &Environment,
    candidate: &Path,
    lock: &std::fs::File,
) -> Result<Core, StartError> {
    let clock = Clock::new(std::sync::Arc::clone(&environment.time));
    let keyring = Keyring::load(&config.storage.keyring_path())?;
    let store = data::on_file(candidate, 1, environment, &clock).await?;
    let lock = lock
        .try_clone()
        .map_err(|why| StartError::Folder(config.storage.data_dir.display().to_string(), why))?;
    assemble(config, environment, clock, Data { lock, keyring, store }).await
}

fn organization(of: &differences::RestoredOrganization) -> RestoredOrganization {
    RestoredOrganization { id: of.id.into(), lost_members: of.lost_members }
}

fn member(of: &DifferingMember) -> Option<RestoredMember> {
    Some(RestoredMember {
        id: of.id.into(),
        organization_id: of.organization_id.into(),
        role: merged(&of.role).read_as(|rank| Role::from_rank(**rank))?,
        state: merged(&of.state).read_as(|name| MemberState::parse(name))?,
        secure_login: merged(&of.secure_login).read_as(|on| Some(**on))?,
        account_password: of.account_password,
        factors: of.factors,
        lost_client_passwords: of.lost_client_passwords,
    })
}

const fn merged<T>([backup, in_place, now]: &[T; 3]) -> Merged<&T> {
    Merged { backup, in_place, now }
}
