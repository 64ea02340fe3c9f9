//! Random bytes that are the same in every run, and others for each application of a process.

use std::sync::atomic::{AtomicU64, Ordering};

use clientpass::entropy::{Entropy, NoEntropy};
use ring::digest::{SHA256, digest};

/// SHA-256 of a counter, over and over.
pub struct CountedEntropy(AtomicU64);

impl Default for CountedEntropy {
    /// Begins where no other will come to, so that what tests of one process make can be told apart in its log.
    fn default() -> Self {
        static BEGUN: AtomicU64 = AtomicU64::new(0);
        Self(AtomicU64::new(BEGUN.fetch_add(1, Ordering::Relaxed) << 32))
    }
}

impl Entropy for CountedEntropy {
    fn fill(&self, dest: &mut [u8]) -> Result<(), NoEntropy> {
        for chunk in dest.chunks_mut(32) {
            let block = digest(&SHA256, &self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes());
            chunk.copy_from_slice(&block.as_ref()[..chunk.len()]);
        }
        Ok(())
    }
}
