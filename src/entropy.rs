//! Randomness: the only file that asks the system for it.

use std::fmt;

use ring::rand::{SecureRandom, SystemRandom};

/// The random source failed; whatever wanted random bytes cannot be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system's random source failed")]
pub struct NoEntropy;

/// Where random bytes come from.
pub trait Entropy: Send + Sync {
    /// Fills `dest` with bytes nobody can predict.
    fn fill(&self, dest: &mut [u8]) -> Result<(), NoEntropy>;
}

/// The operating system's random source, an approved generator (NIST SP 800-90A) on the systems we run on.
pub struct SystemEntropy(SystemRandom);

impl SystemEntropy {
    /// Opens the system's source; tests put others in its place.
    #[allow(clippy::disallowed_methods, reason = "the one place that may")]
    pub fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Default for SystemEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, dest: &mut [u8]) -> Result<(), NoEntropy> {
        self.0.fill(dest).map_err(|_| NoEntropy)
    }
}

impl fmt::Debug for SystemEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SystemEntropy")
    }
}
