//! Argon2id for account passwords, on a bounded pool: at most as many at once as there are cores.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use super::Error;
use crate::clock::Clock;
use crate::domain::secret::Secret;
use crate::entropy::Entropy;

/// Cost of Argon2id.
#[derive(Clone, Debug)]
pub struct Hasher {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
    /// How many run at the same time.
    pub at_once: usize,
}

impl Default for Hasher {
    /// 19 MiB, two passes, one lane: the minimum of the OWASP Password Storage cheat sheet.
    fn default() -> Self {
        let at_once = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { memory_kib: 19 * 1024, passes: 2, at_once }
    }
}

impl Hasher {
    fn argon2(&self) -> Argon2<'static> {
        let params = Params::new(self.memory_kib, self.passes, 1, None).unwrap_or_default();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
    }
}

/// A comparison that does not get its turn within this time is given up.
const PATIENCE: Duration = Duration::from_secs(4);
/// Durations from which the 99th percentile is taken.
const REMEMBERED: usize = 256;

#[derive(Debug)]
pub(super) struct Comparing {
    hasher: Hasher,
    turns: Arc<Semaphore>,
    clock: Clock,
    took: Mutex<Vec<Duration>>,
}

impl Comparing {
    pub(super) fn new(hasher: Hasher, clock: Clock) -> Self {
        let turns = Arc::new(Semaphore::new(hasher.at_once.max(1)));
        Self { hasher, turns, clock, took: Mutex::new(Vec::new()) }
    }

    /// Hashes a new account password with a random salt, as a PHC string.
    pub(super) async fn hash(&self, password: &Secret, entropy: &dyn Entropy) -> Result<String, Error> {
        let mut salt = [0u8; 16];
        entropy.fill(&mut salt)?;
        let (password, argon2) = (password.clone(), self.hasher.argon2());
        self.run(move || {
            let hash = argon2.hash_password_with_salt(password.expose().as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(|error| Error::Unavailable(error.to_string()))
        })
        .await?
    }

    /// Whether `password` is the one of `hash`.
    pub(super) async fn matches(&self, password: &Secret, hash: &str) -> Result<bool, Error> {
        let (password, hash, argon2) = (password.clone(), hash.to_owned(), self.hasher.argon2());
        self.run(move || argon2.verify_password(password.expose().as_bytes(), hash.as_str()).is_ok()).await
    }

    /// Spends what a comparison costs, for a login that nobody has: hashing takes as long as comparing.
    pub(super) async fn pretend(&self, password: &Secret, entropy: &dyn Entropy) -> Result<(), Error> {
        self.hash(password, entropy).await.map(|_| ())
    }

    /// The 99th percentile of the last comparisons with their wait; zero before there were any.
    pub(super) fn p99(&self) -> Duration {
        let mut took = self.took.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if took.is_empty() {
            return Duration::ZERO;
        }
        let at = (took.len() * 99).div_ceil(100).saturating_sub(1);
        *took.select_nth_unstable(at).1
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let asked = self.clock.monotonic();
        let busy = || Error::Unavailable("too many account passwords are being compared".into());
        let turn = tokio::select! {
            biased;
            turn = Arc::clone(&self.turns).acquire_owned() => turn.map_err(|_| busy())?,
            () = self.clock.sleep(PATIENCE) => return Err(busy()),
        };
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        let done = done.await.map_err(|error| Error::Unavailable(error.to_string()));
        self.remember(self.clock.monotonic().saturating_sub(asked));
        done
    }

    fn remember(&self, duration: Duration) {
        let mut took = self.took.lock().unwrap_or_else(PoisonError::into_inner);
        if took.len() == REMEMBERED {
            took.remove(0);
        }
        took.push(duration);
    }
}
