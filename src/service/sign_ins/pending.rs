//! Right account passwords that wait for their second step, sealed for the browser to keep.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Clock;
use crate::domain::ids::MemberId;
use crate::domain::secret::Secret;
use crate::entropy::Entropy;
use crate::keyring::Keyring;
use crate::service::Error;
use crate::service::ids::Ids;
use crate::service::parts::Parts;

/// How long a right account password waits for its second step.
const PENDING: Duration = Duration::from_secs(300);
/// What they are sealed for: nothing else that the keyring seals can be taken for one.
const CONTEXT: &[u8] = b"pending sign-in";

/// A right account password that waits for its second step.
#[derive(Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) member: Uuid,
    pub(super) login: String,
    /// Of the hash that the password was compared with, so that another password ends it.
    pub(super) fingerprint: [u8; 32],
    expires_at: i64,
}

/// Seals and opens them.
#[derive(Clone)]
pub(super) struct PendingSignIns {
    clock: Clock,
    entropy: Arc<dyn Entropy>,
    ids: Ids,
    keyring: Arc<Keyring>,
}

impl PendingSignIns {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            clock: parts.clock.clone(),
            entropy: Arc::clone(&parts.entropy),
            ids: parts.ids.clone(),
            keyring: Arc::clone(&parts.keyring),
        }
    }

    /// Seals a sign-in of this member, with the hash that the account password was compared with.
    pub(super) fn seal(&self, member: MemberId, login: &str, hash: &str) -> Result<Secret, Error> {
        let [fingerprint, _] = self.keyring.fingerprints(hash.as_bytes());
        let pending = Pending {
            member: member.uuid(),
            login: login.to_owned(),
            fingerprint,
            expires_at: self.clock.now().plus(PENDING).micros(),
        };

        let id: Uuid = self.ids.next()?;
        let plain = serde_json::to_vec(&pending).map_err(|why| Error::Unavailable(why.to_string()))?;
        let sealed = self.keyring.seal_in(CONTEXT, id, &plain, self.entropy.as_ref())?;
        Ok(Secret::new(URL_SAFE_NO_PAD.encode([&id.as_bytes()[..], &sealed].concat())))
    }

    /// What was sealed here and is not over.
    pub(super) fn open(&self, pending: &Secret) -> Option<Pending> {
        let bytes = URL_SAFE_NO_PAD.decode(pending.expose()).ok()?;
        let (id, sealed) = bytes.split_first_chunk::<16>()?;
        let plain = self.keyring.open_in(CONTEXT, Uuid::from_bytes(*id), sealed)?;
        let pending: Pending = serde_json::from_slice(&plain).ok()?;
        (self.clock.now().micros() < pending.expires_at).then_some(pending)
    }
}

impl fmt::Debug for PendingSignIns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PendingSignIns")
    }
}
