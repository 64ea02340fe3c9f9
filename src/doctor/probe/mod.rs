//! What is seen of clientpass itself, from the outside and without changing anything.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tokio::time::timeout;

use super::clientpass::{Facts, File, Listening, SecretFile, Serving};
use crate::app::{Question, health};
use crate::config::load::{Overlay, load};
use crate::config::{Config, Storage};

pub mod dovecot;
mod files;
pub mod programs;
pub mod saslauthd;
mod service;
pub mod sockets;

use files::{file, way};

/// Whoever does not answer by then does not answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);

/// Looks at everything; `written` is the file that the configuration comes from.
pub async fn look(config: &Config, written: Option<&Path>) -> Facts {
    let storage = &config.storage;
    let start = service::start(config);
    let asked = timeout(ANSWER_TIMEOUT, service::serving(config)).await.ok().and_then(Result::ok);

    let (serving, unready) = asked.map_or((None, None), |examined| {
        let dumps_core = dumps_core(examined.pid);
        (
            Some(Serving {
                dumps_core,
                ahead_seconds: examined.ahead_seconds,
                without_address: examined.without_address,
                untrusted_proxies: examined.untrusted_proxies,
            }),
            examined.not_ready,
        )
    });

    let folder = file(&storage.data_dir);
    Facts {
        owner: folder.as_ref().and_then(|folder| sockets::user_by_number(folder.uid)),
        folder,
        files: files(storage),
        secrets: secrets(config, written),
        refused: start.refused,
        keyring_beside_database: storage.database_url.is_none() && keyring_is_in_data_dir(storage),
        listening: listening(config),
        trusted_strangers: config.server.trusted_proxies.wide_open(),
        tls_fault: start.tls_fault,
        unreachable: if serving.is_some() {
            unready.or(health(config, Question::Alive).await.err())
        } else {
            None
        },
        serving,
        sqlite: storage
            .database_url
            .is_none()
            .then(|| file(&storage.database_path()))
            .flatten()
            .map(|file| file.path),
        database: service::database(config).await,
        sockets: sockets::sockets(config),
        open_doors: sockets::open(config),
        keyless_doors: sockets::keyless(config),
        clock_synchronized: clock_synchronized(),
    }
}

/// What is in the data directory, and the keyring.
fn files(storage: &Storage) -> Vec<File> {
    let inside = fs::read_dir(&storage.data_dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<_> = inside.chain([storage.keyring_path()]).collect();
    paths.sort();
    paths.dedup();
    paths.iter().filter_map(|path| file(path)).collect()
}

/// The files that the configuration names for secrets, and the one that it is written in, if there are some in it.
fn secrets(config: &Config, written: Option<&Path>) -> Vec<SecretFile> {
    let named = config.secrets().into_iter().filter_map(|secret| {
        let is = format!("which {} names", secret.setting);
        Some(secret_file(secret.file?, is, secret.is_key))
    });

    // What the environment says stands in no file.
    let alone = written.and_then(|written| load(Some(written), Overlay::default()).ok());
    let own = alone.as_ref().map_or_else(Vec::new, Config::secrets);
    let own = own.iter().find(|secret| secret.file.is_none());
    let own = own
        .zip(written)
        .map(|(secret, written)| secret_file(written, format!("which has {} in it", secret.setting), false));
    named.chain(own).collect()
}

fn secret_file(named: &Path, is: String, is_key: bool) -> SecretFile {
    // Where links lead to is what somebody has to reach.
    let path = fs::canonicalize(named).unwrap_or_else(|_| named.to_owned());
    SecretFile { is, way: way(&path), path: path.display().to_string(), is_key }
}

fn keyring_is_in_data_dir(storage: &Storage) -> bool {
    let keyring = fs::canonicalize(storage.keyring_path());
    let folder = fs::canonicalize(&storage.data_dir);
    keyring.is_ok_and(|keyring| folder.is_ok_and(|folder| keyring.starts_with(folder)))
}

fn listening(config: &Config) -> Listening {
    let server = &config.server;
    Listening {
        address: server.listen.to_string(),
        remote: !server.listen.ip().is_loopback(),
        tls: server.tls_certificate.is_some() && server.tls_key.is_some(),
        allowed_without_tls: server.allow_remote_without_tls,
    }
}

/// Whether a process may leave a core dump, if that can be seen.
fn dumps_core(pid: u32) -> Option<bool> {
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).ok()?;
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max core file size"))?;
    Some(limit.split_whitespace().next()? != "0")
}

/// What systemd says, where there is one.
fn clock_synchronized() -> Option<bool> {
    let output =
        Command::new("timedatectl").args(["show", "--property=NTPSynchronized", "--value"]).output().ok()?;
    match String::from_utf8_lossy(&output.stdout).trim() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}
