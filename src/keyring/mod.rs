//! The keyring: keys in a file outside the database.
//!
//! A pepper turns a secret into its verifier (HMAC-SHA-256); the sealing key keeps what must be read back
//! (AES-256-GCM, the row's id as associated data). Whoever has the database but not this file can do nothing
//! with either.
//!
//! At most two peppers are valid at once: what is new is made under the newest, what is older moves to it with its
//! next use, and then the older one is retired. The file is replaced as a whole, never written to.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::{aead, hkdf, hmac};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::entropy::Entropy;

mod error;
mod file;

pub use error::{KeyringError, SealError};
use file::{File, FileKey, Use, fresh, shown};

struct Key {
    id: i64,
    bytes: Zeroizing<[u8; 32]>,
}

/// A sealing key, and what the keys of contexts are derived from.
struct Sealing {
    key: aead::LessSafeKey,
    derive: hkdf::Prk,
    /// Makes verifiers that outlive the peppers.
    lasting: hmac::Key,
}

impl Sealing {
    fn new(bytes: &[u8]) -> Option<Self> {
        let key = aead::UnboundKey::new(&aead::AES_256_GCM, bytes).ok()?;
        let derive = hkdf::Salt::new(hkdf::HKDF_SHA256, DERIVATION).extract(bytes);
        let lasting = hmac::Key::from(derive.expand(&[LASTING], hmac::HMAC_SHA256).ok()?);
        Some(Self { key: aead::LessSafeKey::new(key), derive, lasting })
    }

    /// The key that whoever knows this context has.
    fn of(&self, context: &[u8]) -> Option<aead::LessSafeKey> {
        let info = [context];
        let derived = self.derive.expand(&info, &aead::AES_256_GCM).ok()?;
        Some(aead::LessSafeKey::new(aead::UnboundKey::from(derived)))
    }
}

/// A key as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The number by which rows and commands name the key; a newer key has a larger one.
    pub id: i64,
    /// Whether it is a pepper; a sealing key if not.
    pub pepper: bool,
    /// When it was made, as RFC 3339.
    pub created_at: String,
}

/// The keys of a file.
struct Keys {
    /// One or two, newest first.
    peppers: Vec<(i64, hmac::Key)>,
    seals: Vec<(i64, Sealing)>,
    checks: Vec<(i64, [u8; 32])>,
    known: Vec<Known>,
}

/// The keys in use, and the file that they are from.
pub struct Keyring {
    path: PathBuf,
    keys: RwLock<Arc<Keys>>,
}

const CHECK: &[u8] = b"clientpass key check 1";
/// Parts HKDF (RFC 5869) from every other use of the sealing key.
const DERIVATION: &[u8] = b"clientpass key of a context 1";
const LASTING: &[u8] = b"clientpass lasting verifiers 1";
const NONCE: usize = 12;

impl Keys {
    fn of(file: &File) -> Result<Self, &'static str> {
        let mut keys = Self { peppers: Vec::new(), seals: Vec::new(), checks: Vec::new(), known: Vec::new() };
        for key in &file.keys {
            keys.add(key)?;
        }
        keys.peppers.sort_by_key(|(id, _)| -id);
        keys.seals.sort_by_key(|(id, _)| -id);

        match (keys.peppers.len(), keys.seals.len()) {
            (1 | 2, 1..) => Ok(keys),
            (0, _) => Err("holds no pepper"),
            (_, 0) => Err("holds no sealing key"),
            _ => Err("holds more than two peppers"),
        }
    }

    fn add(&mut self, listed: &FileKey) -> Result<(), &'static str> {
        let key = read_key(listed)?;
        let mac = hmac::Key::new(hmac::HMAC_SHA256, key.bytes.as_slice());
        self.checks.push((key.id, sign(&mac, CHECK)));

        let pepper = listed.purpose == Use::Pepper;
        self.known.push(Known { id: key.id, pepper, created_at: listed.created_at.clone() });
        if pepper {
            self.peppers.push((key.id, mac));
        } else {
            let sealing = Sealing::new(key.bytes.as_slice());
            self.seals.push((key.id, sealing.ok_or("holds a sealing key of the wrong length")?));
        }

        Ok(())
    }

    /// What `text` becomes under the newest pepper and the one before it; the same twice if there is one.
    fn signed(&self, text: &[u8]) -> [[u8; 32]; 2] {
        let of = |at: usize| self.peppers.get(at).map(|(_, key)| sign(key, text));
        let newest = of(0).unwrap_or([0; 32]);
        [newest, of(1).unwrap_or(newest)]
    }

    /// The key that something was sealed with, and the rest of it.
    fn sealing_of<'a>(&self, sealed: &'a [u8]) -> Option<(&Sealing, &'a [u8])> {
        let (id, rest) = sealed.split_first_chunk::<8>()?;
        let (_, sealing) = self.seals.iter().find(|(known, _)| *known == i64::from_be_bytes(*id))?;
        Some((sealing, rest))
    }
}

impl Keyring {
    /// Makes a keyring file with fresh keys; refuses to replace one.
    pub fn create(path: &Path, now: Timestamp, entropy: &dyn Entropy) -> Result<(), KeyringError> {
        let keys = vec![fresh(1, Use::Pepper, now, entropy)?, fresh(2, Use::Seal, now, entropy)?];
        File { version: 1, keys }.write_new(path)
    }

    /// Reads a keyring file.
    pub fn load(path: &Path) -> Result<Self, KeyringError> {
        let keys = RwLock::new(Arc::new(keys_of(path, &File::read(path)?)?));
        Ok(Self { path: path.to_path_buf(), keys })
    }

    /// Takes what the file holds now.
    pub fn reload(&self) -> Result<(), KeyringError> {
        let keys = Arc::new(keys_of(&self.path, &File::read(&self.path)?)?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// Writes a new pepper into the file and gives its number and check value; it is used after [`Self::reload`].
    pub fn write_new_pepper(
        &self,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<(i64, [u8; 32]), KeyringError> {
        let mut file = File::read(&self.path)?;
        if let [_, (older, _), ..] = keys_of(&self.path, &file)?.peppers[..] {
            return Err(KeyringError::Full(older));
        }

        let id = file.keys.iter().map(|key| key.id).max().unwrap_or(0) + 1;
        file.keys.push(fresh(id, Use::Pepper, now, entropy)?);
        let checks = keys_of(&self.path, &file)?.checks;
        let check = checks.into_iter().find(|(known, _)| *known == id);

        file.write_over(&self.path)?;
        check.ok_or_else(|| KeyringError::Unusable(shown(&self.path), "does not hold what was added"))
    }

    /// Takes a pepper out of the file; it is used no more after [`Self::reload`].
    pub fn write_without(&self, id: i64) -> Result<(), KeyringError> {
        let mut file = File::read(&self.path)?;
        file.keys.retain(|key| key.id != id || key.purpose != Use::Pepper);
        keys_of(&self.path, &file)?;
        file.write_over(&self.path)
    }

    fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The keys, as they may be shown.
    pub fn known(&self) -> Vec<Known> {
        self.keys().known.clone()
    }

    /// The newest pepper, and the one before it if that is still valid.
    pub fn peppers(&self) -> (i64, Option<i64>) {
        let keys = self.keys();
        let of = |at: usize| keys.peppers.get(at).map(|(id, _)| *id);
        (of(0).unwrap_or(0), of(1))
    }

    /// A check value of each key, by which a database recognises its keyring.
    pub fn checks(&self) -> Vec<(i64, [u8; 32])> {
        self.keys().checks.clone()
    }

    /// The verifier of a secret under the newest pepper, with that pepper's id.
    pub fn verifier(&self, secret: &str) -> (i64, [u8; 32]) {
        let keys = self.keys();
        keys.peppers.first().map_or((0, [0; 32]), |(id, key)| (*id, sign(key, secret.as_bytes())))
    }

    /// The same, if a verifier under the pepper `known` is not the newest.
    pub fn newer_verifier(&self, secret: &str, known: i64) -> Option<(i64, [u8; 32])> {
        let keys = self.keys();
        let (id, key) = keys.peppers.first().filter(|(id, _)| *id > known)?;
        Some((*id, sign(key, secret.as_bytes())))
    }

    /// The verifiers of a presented secret under all valid peppers; the same twice if there is one.
    pub fn verifiers(&self, secret: &str) -> [[u8; 32]; 2] {
        self.keys().signed(secret.as_bytes())
    }

    /// The verifiers of a secret that nobody uses before it is needed, so that it could never move to a new pepper:
    /// under the newest sealing key and the one before it; the same twice if there is one.
    pub fn lasting_verifiers(&self, secret: &str) -> [[u8; 32]; 2] {
        let keys = self.keys();
        let of = |at: usize| keys.seals.get(at).map(|(_, sealing)| sign(&sealing.lasting, secret.as_bytes()));
        let newest = of(0).unwrap_or([0; 32]);
        [newest, of(1).unwrap_or(newest)]
    }

    /// What cannot be turned back into `text`, nor guessed without the keyring, under all valid peppers, newest
    /// first; the same twice if there is one.
    pub fn fingerprints(&self, text: &[u8]) -> [[u8; 32]; 2] {
        self.keys().signed(text)
    }

    /// Seals `plain` for the row `row`.
    pub fn seal(&self, row: Uuid, plain: &[u8], entropy: &dyn Entropy) -> Result<Vec<u8>, SealError> {
        let keys = self.keys();
        let (id, sealing) = keys.seals.first().ok_or(SealError::NoKey)?;
        seal(*id, &sealing.key, row, plain, entropy)
    }

    /// Opens what was sealed for the row `row`; `None` if it was not, or was altered.
    pub fn open(&self, row: Uuid, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let keys = self.keys();
        let (sealing, rest) = keys.sealing_of(sealed)?;
        open(&sealing.key, row, rest)
    }

    /// Seals `plain` for the row `row` so that only who knows `context` as well can open it.
    pub fn seal_in(
        &self,
        context: &[u8],
        row: Uuid,
        plain: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, SealError> {
        let keys = self.keys();
        let (id, sealing) = keys.seals.first().ok_or(SealError::NoKey)?;
        seal(*id, &sealing.of(context).ok_or(SealError::Refused)?, row, plain, entropy)
    }

    /// Opens what was sealed in `context` for the row `row`.
    pub fn open_in(&self, context: &[u8], row: Uuid, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let keys = self.keys();
        let (sealing, rest) = keys.sealing_of(sealed)?;
        open(&sealing.of(context)?, row, rest)
    }
}

fn keys_of(path: &Path, file: &File) -> Result<Keys, KeyringError> {
    Keys::of(file).map_err(|why| KeyringError::Unusable(shown(path), why))
}

fn seal(
    id: i64,
    key: &aead::LessSafeKey,
    row: Uuid,
    plain: &[u8],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SealError> {
    let mut nonce = [0u8; NONCE];
    entropy.fill(&mut nonce)?;
    let mut sealed = plain.to_vec();
    let aad = aead::Aad::from(row.into_bytes());
    key.seal_in_place_append_tag(aead::Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
        .map_err(|_| SealError::Refused)?;
    Ok([&id.to_be_bytes()[..], &nonce[..], &sealed[..]].concat())
}

fn open(key: &aead::LessSafeKey, row: Uuid, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE>()?;
    let mut plain = Zeroizing::new(rest.to_vec());
    let aad = aead::Aad::from(row.into_bytes());
    let nonce = aead::Nonce::assume_unique_for_key(*nonce);
    let length = key.open_in_place(nonce, aad, &mut plain).ok()?.len();
    plain.truncate(length);
    Some(plain)
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

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
    fn what_is_sealed_in_a_context_opens_in_that_context_only() {
        let (_folder, keyring) = keyring();
        let row = Uuid::from_u128(1);
        let sealed = keyring.seal_in(b"one", row, b"secret", &SystemEntropy::new()).unwrap();

        assert_eq!(keyring.open_in(b"one", row, &sealed).unwrap().as_slice(), b"secret");
        assert!(keyring.open_in(b"other", row, &sealed).is_none());
        assert!(keyring.open_in(b"one", Uuid::from_u128(2), &sealed).is_none());
        assert!(keyring.open(row, &sealed).is_none());
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

    #[test]
    fn a_new_pepper_is_used_once_it_is_read_and_a_retired_one_no_more() {
        let (folder, keyring) = keyring();
        let path = folder.path().join("keyring.json");
        let now = Timestamp::from_micros(0);
        let [old, _] = keyring.verifiers("x");
        let (id, check) = keyring.write_new_pepper(now, &SystemEntropy::new()).unwrap();
        assert_eq!((id, keyring.verifiers("x"), keyring.peppers()), (3, [old, old], (1, None)));

        keyring.reload().unwrap();
        let [newest, older] = keyring.verifiers("x");
        assert!(newest != old && older == old && keyring.checks().contains(&(3, check)));
        assert_eq!(keyring.newer_verifier("x", 1), Some((3, newest)));
        assert_eq!((keyring.newer_verifier("x", 3), keyring.peppers()), (None, (3, Some(1))));

        let third = keyring.write_new_pepper(now, &SystemEntropy::new());
        assert!(matches!(third, Err(KeyringError::Full(1))), "{third:?}");

        keyring.write_without(1).unwrap();
        keyring.reload().unwrap();
        assert_eq!((keyring.verifiers("x"), keyring.peppers()), ([newest, newest], (3, None)));

        // Neither the last pepper nor the sealing key can be taken out.
        assert!(keyring.write_without(3).is_err());
        keyring.write_without(2).unwrap();
        assert_eq!(Keyring::load(&path).unwrap().known().len(), 2);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left there");
    }
}
