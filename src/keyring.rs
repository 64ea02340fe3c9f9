//! The keyring: keys in a file outside the database.
//!
//! A pepper turns a secret into its verifier (HMAC-SHA-256); the sealing key keeps what must be read back
//! (AES-256-GCM, the row's id as associated data). Whoever has the database but not this file can do nothing
//! with either.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::{aead, hmac};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

use crate::clock::Timestamp;
use crate::entropy::{Entropy, NoEntropy};

/// Why the keyring cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no keyring, or not a usable one.
    #[error("{0}: {1}")]
    Unusable(String, &'static str),
    /// Others may read the file.
    #[error("{0} can be read by others: chmod 600 it")]
    Exposed(String),
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Use {
    Pepper,
    Seal,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileKey {
    id: i64,
    #[serde(rename = "use")]
    purpose: Use,
    created_at: String,
    key: String,
}

impl Drop for FileKey {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    keys: Vec<FileKey>,
}

struct Key {
    id: i64,
    bytes: Zeroizing<[u8; 32]>,
}

/// The keys in use.
pub struct Keyring {
    /// One or two, newest first.
    peppers: Vec<(i64, hmac::Key)>,
    seals: Vec<(i64, aead::LessSafeKey)>,
    checks: Vec<(i64, [u8; 32])>,
}

const CHECK: &[u8] = b"clientpass key check 1";
const NONCE: usize = 12;

impl Keyring {
    /// Makes a keyring file with fresh keys; refuses to replace one.
    pub fn create(path: &Path, now: Timestamp, entropy: &dyn Entropy) -> Result<(), KeyringError> {
        let key = |id, purpose| -> Result<FileKey, KeyringError> {
            let mut bytes = Zeroizing::new([0u8; 32]);
            entropy.fill(bytes.as_mut_slice())?;
            let created_at = now.to_string();
            Ok(FileKey { id, purpose, created_at, key: STANDARD.encode(bytes.as_slice()) })
        };
        let file = File { version: 1, keys: vec![key(1, Use::Pepper)?, key(2, Use::Seal)?] };
        let text = serde_json::to_string_pretty(&file).map(Zeroizing::new);
        let text = text.map_err(|_| KeyringError::Unusable(shown(path), "cannot be written as JSON"))?;
        write_new(path, text.as_bytes()).map_err(|source| KeyringError::File { path: shown(path), source })
    }

    /// Reads a keyring file.
    pub fn load(path: &Path) -> Result<Self, KeyringError> {
        let failed = |source| KeyringError::File { path: shown(path), source };
        if fs::metadata(path).map_err(failed)?.permissions().mode() & 0o077 != 0 {
            return Err(KeyringError::Exposed(shown(path)));
        }
        let text = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
        let unusable = |why| KeyringError::Unusable(shown(path), why);
        let file: File = serde_json::from_str(&text).map_err(|_| unusable("is no keyring"))?;
        if file.version != 1 {
            return Err(unusable("was made by a newer clientpass"));
        }
        Self::from_file(&file).map_err(unusable)
    }

    fn from_file(file: &File) -> Result<Self, &'static str> {
        let mut ring = Self { peppers: Vec::new(), seals: Vec::new(), checks: Vec::new() };
        for key in &file.keys {
            ring.add(key.purpose, &read_key(key)?)?;
        }
        ring.peppers.sort_by_key(|(id, _)| -id);
        ring.seals.sort_by_key(|(id, _)| -id);
        match (ring.peppers.len(), ring.seals.len()) {
            (1 | 2, 1..) => Ok(ring),
            (0, _) => Err("holds no pepper"),
            (_, 0) => Err("holds no sealing key"),
            _ => Err("holds more than two peppers; retire one"),
        }
    }

    fn add(&mut self, purpose: Use, key: &Key) -> Result<(), &'static str> {
        let mac = hmac::Key::new(hmac::HMAC_SHA256, key.bytes.as_slice());
        self.checks.push((key.id, sign(&mac, CHECK)));
        match purpose {
            Use::Pepper => self.peppers.push((key.id, mac)),
            Use::Seal => {
                let sealing = aead::UnboundKey::new(&aead::AES_256_GCM, key.bytes.as_slice());
                let sealing = sealing.map_err(|_| "holds a sealing key of the wrong length")?;
                self.seals.push((key.id, aead::LessSafeKey::new(sealing)));
            }
        }
        Ok(())
    }

    /// A check value of each key, by which a database recognises its keyring.
    pub fn checks(&self) -> &[(i64, [u8; 32])] {
        &self.checks
    }

    /// The verifier of a secret under the newest pepper, with that pepper's id.
    pub fn verifier(&self, secret: &str) -> (i64, [u8; 32]) {
        self.peppers.first().map_or((0, [0; 32]), |(id, key)| (*id, sign(key, secret.as_bytes())))
    }

    /// The verifiers of a presented secret under all valid peppers; the same twice if there is one.
    pub fn verifiers(&self, secret: &str) -> [[u8; 32]; 2] {
        let (_, newest) = self.verifier(secret);
        let older = self.peppers.get(1).map(|(_, key)| sign(key, secret.as_bytes()));
        [newest, older.unwrap_or(newest)]
    }

    /// Seals `plain` for the row `row`.
    pub fn seal(&self, row: Uuid, plain: &[u8], entropy: &dyn Entropy) -> Result<Vec<u8>, NoEntropy> {
        let mut nonce = [0u8; NONCE];
        entropy.fill(&mut nonce)?;
        let (id, key) = self.seals.first().ok_or(NoEntropy)?;
        let mut sealed = plain.to_vec();
        let aad = aead::Aad::from(row.into_bytes());
        key.seal_in_place_append_tag(aead::Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
            .map_err(|_| NoEntropy)?;
        Ok([&id.to_be_bytes()[..], &nonce[..], &sealed[..]].concat())
    }

    /// Opens what was sealed for the row `row`; `None` if it was not, or was altered.
    pub fn open(&self, row: Uuid, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (id, rest) = sealed.split_first_chunk::<8>()?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE>()?;
        let (_, key) = self.seals.iter().find(|(known, _)| *known == i64::from_be_bytes(*id))?;
        let mut plain = Zeroizing::new(rest.to_vec());
        let aad = aead::Aad::from(row.into_bytes());
        let nonce = aead::Nonce::assume_unique_for_key(*nonce);
        let length = key.open_in_place(nonce, aad, &mut plain).ok()?.len();
        plain.truncate(length);
        Some(plain)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring")
    }
}

fn read_key(key: &FileKey) -> Result<Key, &'static str> {
    let decoded = Zeroizing::new(STANDARD.decode(&key.key).map_err(|_| "holds a key that is not base64")?);
    let bytes =
        <[u8; 32]>::try_from(decoded.as_slice()).map_err(|_| "holds a key that is not 32 bytes long")?;
    Ok(Key { id: key.id, bytes: Zeroizing::new(bytes) })
}

fn sign(key: &hmac::Key, message: &[u8]) -> [u8; 32] {
    let tag = hmac::sign(key, message);
    <[u8; 32]>::try_from(tag.as_ref()).unwrap_or([0; 32])
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Writes a file that only its owner may read, and waits until it and its name are on disk.
fn write_new(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text)?;
    file.sync_all()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    fn keyring() -> (tempfile::TempDir, Keyring) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keyring.json");
        Keyring::create(&path, Timestamp::from_micros(0), &SystemEntropy::new()).unwrap();
        let keyring = Keyring::load(&path).unwrap();
        (folder, keyring)
    }

    #[test]
    fn what_is_sealed_opens_for_its_own_row_only() {
        let (_folder, keyring) = keyring();
        let (row, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let sealed = keyring.seal(row, b"seed", &SystemEntropy::new()).unwrap();
        assert_eq!(keyring.open(row, &sealed).unwrap().as_slice(), b"seed");
        assert!(keyring.open(other, &sealed).is_none());
        let mut altered = sealed.clone();
        *altered.last_mut().unwrap() ^= 1;
        assert!(keyring.open(row, &altered).is_none());
        assert!(keyring.open(row, &sealed[..10]).is_none());
    }

    #[test]
    fn verifiers_differ_by_secret_and_by_keyring() {
        let ((_a, one), (_b, two)) = (keyring(), keyring());
        assert_eq!(one.verifier("x"), one.verifier("x"));
        assert_ne!(one.verifier("x"), one.verifier("y"));
        assert_ne!(one.verifier("x"), two.verifier("x"));
        assert_ne!(one.checks(), two.checks());
    }

    #[test]
    fn a_file_that_others_can_read_or_that_is_no_keyring_is_refused() {
        let (folder, _) = keyring();
        let path = folder.path().join("keyring.json");
        assert!(Keyring::create(&path, Timestamp::from_micros(0), &SystemEntropy::new()).is_err());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Keyring::load(&path), Err(KeyringError::Exposed(_))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "{\"version\":1,\"keys\":[]}").unwrap();
        assert!(matches!(Keyring::load(&path), Err(KeyringError::Unusable(_, "holds no pepper"))));
    }
}
