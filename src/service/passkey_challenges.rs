//! Challenges for passkeys: sealed for what they are made for, so that nothing is kept here of one that nobody answers.
//!
//! ```text
//!   made, sealed for a browser, a pending sign-in or a session --5 minutes--> over
//!      \--answered: its id is written with what the answer proves, and swept once it is over
//! ```

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::Error;
use super::ids::Ids;
use super::parts::Parts;
use crate::clock::{Clock, Timestamp};
use crate::domain::ids::{DeviceId, SessionId};
use crate::domain::passkey::Answered;
use crate::domain::secret::Secret;
use crate::entropy::Entropy;
use crate::keyring::Keyring;

/// How long a challenge waits for its answer.
const LIFETIME: Duration = Duration::from_secs(300);

/// What a challenge is made for. An answer to it is of no use for anything else.
pub(super) enum For<'a> {
    /// A sign-in by the passkey alone, in the browser that has this cookie.
    SignIn(DeviceId),
    /// The second step of this pending sign-in.
    SecondStep(&'a Secret),
    /// Once more in this session.
    StepUp(SessionId),
    /// A new passkey, made in this session.
    Creation(SessionId),
}

impl For<'_> {
    fn context(&self) -> Vec<u8> {
        match self {
            Self::SignIn(device) => context(b"sign-in", device.uuid().as_bytes()),
            Self::SecondStep(pending) => context(b"second step", pending.expose().as_bytes()),
            Self::StepUp(session) => context(b"step-up", session.uuid().as_bytes()),
            Self::Creation(session) => context(b"creation", session.uuid().as_bytes()),
        }
    }
}

/// No name is the beginning of another, so no two contexts are the same.
fn context(name: &[u8], of: &[u8]) -> Vec<u8> {
    [b"passkey challenge for ", name, b": ", of].concat()
}

/// Makes challenges, and recognises the answered ones.
#[derive(Clone)]
pub(super) struct Challenges {
    clock: Clock,
    entropy: Arc<dyn Entropy>,
    ids: Ids,
    keyring: Arc<Keyring>,
}

impl Challenges {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            clock: parts.clock.clone(),
            entropy: Arc::clone(&parts.entropy),
            ids: parts.ids.clone(),
            keyring: Arc::clone(&parts.keyring),
        }
    }

    /// A challenge for this.
    pub(super) fn make(&self, made_for: &For<'_>) -> Result<Vec<u8>, Error> {
        let id: Uuid = self.ids.next()?;
        let expires_at = self.clock.now().plus(LIFETIME).micros();
        let plain = expires_at.to_be_bytes();
        let sealed = self.keyring.seal_in(&made_for.context(), id, &plain, self.entropy.as_ref())?;
        Ok([&id.as_bytes()[..], &sealed].concat())
    }

    /// What was answered, if it was made for this and is not over. The write that it is for demands that nobody has
    /// answered it before.
    pub(super) fn answered(&self, made_for: &For<'_>, challenge: Option<Vec<u8>>) -> Option<Answered> {
        let challenge = challenge?;
        let (id, sealed) = challenge.split_first_chunk::<16>()?;
        let id = Uuid::from_bytes(*id);
        let plain = self.keyring.open_in(&made_for.context(), id, sealed)?;
        let (micros, _) = plain.split_first_chunk::<8>()?;
        let expires_at = Timestamp::from_micros(i64::from_be_bytes(*micros));
        (self.clock.now() < expires_at).then_some(Answered { id, expires_at })
    }
}

impl fmt::Debug for Challenges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Challenges")
    }
}
