//! What differs between production and tests.

use std::sync::Arc;

use crate::clock::{SystemTimeSource, TimeSource};
use crate::entropy::{Entropy, SystemEntropy};
use crate::service::Argon2Params;
use crate::store::engine::Engine;

/// Puts something between the store and its engine.
pub type WrapEngine = Arc<dyn Fn(Arc<dyn Engine>) -> Arc<dyn Engine> + Send + Sync>;

/// What differs between production and tests.
#[derive(Clone)]
pub struct Environment {
    /// The source of the wall clock and of monotonic time.
    pub time: Arc<dyn TimeSource>,
    /// The source of randomness for ids, secrets and keys.
    pub entropy: Arc<dyn Entropy>,
    /// Wraps the engine, so that a test can break it.
    pub wrap_engine: Option<WrapEngine>,
    /// Cost of Argon2id for account passwords; tests use a low one.
    pub argon2: Argon2Params,
}

impl Environment {
    /// The operating system's time and randomness, and the usual cost of Argon2id.
    pub fn system() -> Self {
        Self {
            time: Arc::new(SystemTimeSource::new()),
            entropy: Arc::new(SystemEntropy::new()),
            wrap_engine: None,
            argon2: Argon2Params::default(),
        }
    }
}
