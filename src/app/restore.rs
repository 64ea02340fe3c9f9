//! A backup takes the place of the data: prepared in a file beside them, and put there when it is finished.

use std::path::Path;

use super::data::{self, Data};
use super::{Opened, Outside, StartError, assemble};
use crate::clock::Clock;
use crate::config::Config;
use crate::keyring::Keyring;
use crate::service::restoring::Restored;
use crate::store::sqlite::copy::{self, Ends};

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
pub async fn restore(config: &Config, outside: &Outside, wish: &Restore<'_>) -> Result<Restored, String> {
    let keyring = config.storage.keyring_path();
    if !keyring.exists() {
        return Err(format!(
            "{} is not there: put the keyring there that belongs to the backup",
            keyring.display()
        ));
    }
    match wish.file {
        None => end_all(config, outside).await,
        Some(_) if config.storage.database_url.is_some() => {
            Err("the data are in PostgreSQL: put the backup back with its \
            own tools, then run: clientpass restore --end-all"
                .into())
        }
        Some(file) => put_back(config, outside, file, wish).await,
    }
}

async fn end_all(config: &Config, outside: &Outside) -> Result<Restored, String> {
    let opened = super::open(config, outside).await.map_err(|error| error.to_string())?;
    let ended = opened.service.end_everything().await.map_err(|error| error.to_string())?;
    Ok(Restored { replayed: false, revived: false, ended_organizations: ended })
}

async fn put_back(
    config: &Config,
    outside: &Outside,
    file: &Path,
    wish: &Restore<'_>,
) -> Result<Restored, String> {
    // Held until the new data are in their place.
    let lock = data::take(&config.storage).map_err(|error| error.to_string())?;
    let live = config.storage.database_path();
    let candidate = config.storage.data_dir.join("restoring.sqlite");
    let ends = copy::prepare(file, &candidate, &live).map_err(|error| error.to_string());
    let restored = match ends {
        Ok(ends) => finish(config, outside, &candidate, wish, ends, &lock).await,
        Err(why) => Err(why),
    };
    let restored = restored.and_then(|restored| {
        copy::replace(&candidate, &live).map_err(|error| error.to_string())?;
        Ok(restored)
    });
    if restored.is_err() {
        drop(copy::remove(&candidate));
    }
    restored
}

/// Ends what is not known to live, and proves that the keyring fits.
async fn finish(
    config: &Config,
    outside: &Outside,
    candidate: &Path,
    wish: &Restore<'_>,
    ends: Ends,
    lock: &std::fs::File,
) -> Result<Restored, String> {
    let opened = open(config, outside, candidate, lock).await.map_err(|error| error.to_string())?;
    let unknown = ends == Ends::Unknown;
    let end = wish.end_all || unknown && !wish.accept_revival;
    let ended = if end { opened.service.end_everything().await } else { Ok(0) };
    let ended_organizations = ended.map_err(|error| error.to_string())?;
    opened.service.settle().await.map_err(|error| error.to_string())?;
    Ok(Restored { replayed: !unknown, revived: unknown && !end, ended_organizations })
}

async fn open(
    config: &Config,
    outside: &Outside,
    candidate: &Path,
    lock: &std::fs::File,
) -> Result<Opened, StartError> {
    let clock = Clock::new(std::sync::Arc::clone(&outside.time));
    let keyring = Keyring::load(&config.storage.keyring_path())?;
    let store = data::on_file(candidate, 1, outside, &clock).await?;
    let lock = lock
        .try_clone()
        .map_err(|why| StartError::Folder(config.storage.data_dir.display().to_string(), why))?;
    assemble(config, outside, clock, Data { lock, keyring, store }).await
}
