//! The file of the keyring: JSON that only its owner may read, replaced as a whole.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::error::KeyringError;
use crate::clock::Timestamp;
use crate::entropy::{Entropy, NoEntropy};

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Use {
    Pepper,
    Seal,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileKey {
    pub(super) id: i64,
    #[serde(rename = "use")]
    pub(super) purpose: Use,
    pub(super) created_at: String,
    pub(super) key: String,
}

impl Drop for FileKey {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) version: u32,
    pub(super) keys: Vec<FileKey>,
}

impl File {
    /// Reads the file; refuses one that others may read, and one that a newer version wrote.
    pub(super) fn read(path: &Path) -> Result<Self, KeyringError> {
        let failed = |source| KeyringError::File { path: shown(path), source };
        if fs::metadata(path).map_err(failed)?.permissions().mode() & 0o077 != 0 {
            return Err(KeyringError::Exposed(shown(path)));
        }

        let text = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
        let unusable = |why| KeyringError::Unusable(shown(path), why);
        let file: Self = serde_json::from_str(&text).map_err(|_| unusable("is no keyring"))?;
        if file.version != 1 {
            return Err(unusable("was made by a newer clientpass"));
        }

        Ok(file)
    }

    /// Writes a file that is not there yet.
    pub(super) fn write_new(&self, path: &Path) -> Result<(), KeyringError> {
        let text = self.text(path)?;
        write_new(path, text.as_bytes()).map_err(|source| KeyringError::File { path: shown(path), source })
    }

    /// Writes the file that is there anew.
    pub(super) fn write_over(&self, path: &Path) -> Result<(), KeyringError> {
        let text = self.text(path)?;
        // A link to the file stays one.
        fs::canonicalize(path)
            .and_then(|path| write_over(&path, text.as_bytes()))
            .map_err(|source| KeyringError::File { path: shown(path), source })
    }

    fn text(&self, path: &Path) -> Result<Zeroizing<String>, KeyringError> {
        let text = serde_json::to_string_pretty(self).map(Zeroizing::new);
        text.map_err(|_| KeyringError::Unusable(shown(path), "cannot be written as JSON"))
    }
}

/// Makes a key of 32 random bytes, as the file lists it.
pub(super) fn fresh(
    id: i64,
    purpose: Use,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<FileKey, NoEntropy> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    entropy.fill(bytes.as_mut_slice())?;
    Ok(FileKey { id, purpose, created_at: now.to_string(), key: STANDARD.encode(bytes.as_slice()) })
}

/// Writes a file that only its owner may read, and waits until it and its name are on disk.
fn write_new(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text)?;
    file.sync_all()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Replaces a file: at every moment it is the old one or the new one, whole.
fn write_over(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);

    // One that a crash left behind.
    if beside.exists() {
        fs::remove_file(&beside)?;
    }

    write_new(&beside, text)?;
    fs::rename(&beside, path)?;
    fs::File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

/// A path as messages show it.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}
