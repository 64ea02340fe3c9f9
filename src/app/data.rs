//! The data: their directory with its lock, the keyring, the database.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use super::environment::Environment;
use super::error::StartError;
use super::limits::workers;
use crate::clock::Clock;
use crate::config::secret_source::SecretSource;
use crate::config::{Config, DatabaseUrl, Storage};
use crate::entropy::Entropy;
use crate::keyring::Keyring;
use crate::store::Store;
use crate::store::engine::{Engine, ListLimits};
use crate::store::postgres::{ConnectOptions, Postgres};
use crate::store::sqlite::Sqlite;

/// What the service works on.
pub(super) struct Data {
    /// Held as long as the data directory is ours.
    pub(super) lock: File,
    pub(super) keyring: Keyring,
    pub(super) store: Store,
}

/// Opens the data directory and the database; makes what is not there if all of it is not.
pub(super) async fn open(
    config: &Config,
    environment: &Environment,
    clock: &Clock,
) -> Result<Data, StartError> {
    let storage = &config.storage;
    let lock = take(storage)?;
    let entropy = environment.entropy.as_ref();

    if let Some(url) = &storage.database_url {
        let engine = Arc::new(Postgres::open(&place(storage, url)?, clock.clone()).await?);
        let store = Store::open(wrapped(environment, engine), clock.clone()).await?;
        let known = !store.keys().checks().await?.is_empty();
        let keyring = keyring(storage, "the database", known, clock, entropy)?;
        return Ok(Data { lock, keyring, store });
    }

    let path = storage.database_path();
    let keyring = match (storage.keyring_path(), path.exists()) {
        (keys, false) if keys.exists() => return Err(StartError::Half(shown(&path), shown(&keys))),
        (_, exists) => keyring(storage, &shown(&path), exists, clock, entropy)?,
    };

    private(&path).map_err(|why| StartError::Folder(shown(&storage.data_dir), why))?;
    let store = on_file(&path, workers(config) + 2, environment, clock).await?;
    let store = store.with_cache(storage.cache_mib.saturating_mul(1 << 20));
    Ok(Data { lock, keyring, store })
}

/// The store on a database in a file.
pub(super) async fn on_file(
    path: &Path,
    readers: usize,
    environment: &Environment,
    clock: &Clock,
) -> Result<Store, StartError> {
    let file = Arc::new(Sqlite::open(path, readers, ListLimits::default(), clock.clone())?);
    let store =
        Store::open(wrapped(environment, Arc::clone(&file) as Arc<dyn Engine>), clock.clone()).await?;
    Ok(store.on_file(file))
}

fn wrapped(environment: &Environment, engine: Arc<dyn Engine>) -> Arc<dyn Engine> {
    match &environment.wrap_engine {
        Some(wrap) => wrap(engine),
        None => engine,
    }
}

/// Where the database is, and how many connections it is given.
pub fn place(storage: &Storage, url: &DatabaseUrl) -> Result<ConnectOptions, StartError> {
    let password = storage.database_password_file.clone().map(|file| SecretSource::File(file).read());
    let password = password.transpose().map_err(StartError::DatabasePassword)?;

    Ok(ConnectOptions {
        url: url.0.clone(),
        password: password.map(|password| password.expose().to_owned()),
        authorities: storage.database_ca.clone(),
        connections: storage.database_connections,
        lists: ListLimits::default(),
    })
}

/// Whether a data directory has nothing in it yet.
pub fn is_empty(folder: &Path) -> io::Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Makes the folder if need be (0700) and takes its lock: one process owns a data directory.
pub(super) fn take(storage: &Storage) -> Result<File, StartError> {
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

/// The keyring of the data; made together with them, never for old ones.
fn keyring(
    storage: &Storage,
    data: &str,
    old: bool,
    clock: &Clock,
    entropy: &dyn Entropy,
) -> Result<Keyring, StartError> {
    let keys = storage.keyring_path();

    if !keys.exists() {
        if old {
            return Err(StartError::Half(shown(&keys), data.to_owned()));
        }
        Keyring::create(&keys, clock.now(), entropy)?;
    }
    Ok(Keyring::load(&keys)?)
}
