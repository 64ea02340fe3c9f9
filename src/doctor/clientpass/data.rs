//! What clientpass keeps and what it is told in files: the data, the keyring, secrets, the database behind them.

use super::facts::{Database, Facts, PASS, READ, SecretFile, User, WRITE, open_to_all};
use super::{engine, kinds};
use crate::doctor::Findings;

/// Judges what was seen of it.
pub(super) fn judge(seen: &Facts, found: &mut Findings) {
    files(seen, found);
    for secret in &seen.secrets {
        exposed(secret, found);
        if let Some(owner) = &seen.owner {
            readable(secret, owner, found);
        }
    }

    match &seen.database {
        Some(Database::Silent(why)) => found.find(
            &kinds::DATABASE_SILENT,
            &format!("the database does not answer: {why}"),
            "storage.database_url, or the database itself",
        ),
        Some(Database::Answers(durability)) => engine::judge(durability, found),
        None => {}
    }

    if let Some(file) = &seen.sqlite {
        found.find(
            &kinds::ENGINE_SQLITE,
            &format!("the data are in SQLite, in {file}"),
            "nothing; clientpass backup copies it, and storage.database_url is for several nodes",
        );
    }
}

fn files(seen: &Facts, found: &mut Findings) {
    if seen.folder.is_none() {
        found.find(
            &kinds::NO_DATA,
            "there is no data directory yet",
            "clientpass --data-dir /var/lib/clientpass",
        );
    }

    for file in seen.folder.iter().chain(&seen.files).filter(|file| file.mode & 0o077 != 0) {
        let right = if seen.folder.as_ref() == Some(file) { "0700" } else { "0600" };
        found.find(
            &kinds::DATA_EXPOSED,
            &format!("{} has mode {:04o}", file.path, file.mode),
            &format!("chmod {right} {}", file.path),
        );
    }

    let Some(folder) = &seen.folder else { return };
    for file in seen.files.iter().filter(|file| file.uid != folder.uid) {
        found.find(
            &kinds::DATA_OWNER,
            &format!("{} belongs to another user than the data directory", file.path),
            &format!("chown --reference={} {}", folder.path, file.path),
        );
    }

    if seen.keyring_beside_database {
        found.find(
            &kinds::KEYRING_BESIDE_DATABASE,
            "the keyring lies in the folder of the database",
            "storage.keyring = \"/var/lib/clientpass-keyring/keyring.json\"     # in a folder of the service's user, 0700 \
             (StateDirectory=clientpass clientpass-keyring of the unit makes it); move it there while the service is stopped",
        );
    }
}

/// Whether a file with a secret is there.
fn is_there(secret: &SecretFile) -> bool {
    secret.way.last().is_some_and(|last| last.path == secret.path)
}

fn exposed(secret: &SecretFile, found: &mut Findings) {
    let open = open_to_all(&secret.way, READ) || open_to_all(&secret.way, WRITE);
    if is_there(secret) && open && !secret.is_key {
        let mode = secret.way.last().map_or(0, |file| file.mode);
        let SecretFile { is, path, .. } = secret;
        found.find(
            &kinds::SECRET_EXPOSED,
            &format!("everybody on this machine may use {path}, {is}: it has mode {mode:04o}"),
            &format!("chmod o= {path}     # and give its group to clientpass"),
        );
    }
}

/// Whether the user whom the service runs as may read it.
fn readable(secret: &SecretFile, owner: &User, found: &mut Findings) {
    // systemd lets the service read these by a list of its own, which a mode does not show.
    if !is_there(secret) || secret.path.starts_with("/run/credentials/") {
        return;
    }

    let wanted = |path: &str| if path == secret.path { READ } else { PASS };
    if let Some(closed) = secret.way.iter().find(|file| !owner.may(file, wanted(&file.path))) {
        let (User { name, .. }, SecretFile { is, path, .. }) = (owner, secret);
        found.find(
            &kinds::SECRET_UNREADABLE,
            &format!(
                "{name}, whom the data belong to, cannot read {path}, {is}: {} is closed to it",
                closed.path
            ),
            &format!("chgrp {name} {path} && chmod 0640 {path}     # and the folders on the way"),
        );
    }
}
