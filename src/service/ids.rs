//! Ids and random bytes.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use crate::clock::{Clock, Timestamp};
use crate::domain::ids::{uuid_after, uuid_v7};
use crate::entropy::{Entropy, NoEntropy};

/// Makes ids that grow with time, and random bytes.
#[derive(Clone)]
pub struct Ids {
    clock: Clock,
    entropy: Arc<dyn Entropy>,
    last: Arc<Mutex<Uuid>>,
}

impl Ids {
    pub(super) fn new(clock: Clock, entropy: Arc<dyn Entropy>) -> Self {
        Self { clock, entropy, last: Arc::new(Mutex::new(Uuid::nil())) }
    }

    /// A fresh id, larger than all before it in this process. Of those made within a millisecond only the first is
    /// random, the others count on (RFC 9562 section 6.2): ids are no secrets, and random bytes cost more than a
    /// look-up.
    pub fn next<T: From<Uuid>>(&self) -> Result<T, NoEntropy> {
        let now = self.clock.now();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = Timestamp::from_micros(now.micros() / 1_000 * 1_000);
        *last = if uuid_v7(begun, [0; 8]) > *last { uuid_v7(now, self.random()?) } else { uuid_after(*last) };
        Ok((*last).into())
    }

    /// Random bytes, for what a protocol wants of them.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], NoEntropy> {
        let mut random = [0u8; N];
        self.entropy.fill(&mut random)?;
        Ok(random)
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids")
    }
}
