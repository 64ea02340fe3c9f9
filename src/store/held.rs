//! What was read, held for as long as nothing is changed: each use is told the engine's version, and what was read
//! under another one is read again.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Parts with a lock each, so that threads seldom wait for each other.
const PARTS: usize = 16;

/// A part of what is held: values by key, each with the version that it was read under.
type Part<K, V> = HashMap<K, (u64, V)>;

/// Rows by key.
pub(super) struct Held<K, V> {
    parts: [Mutex<Part<K, V>>; PARTS],
    hasher: RandomState,
    /// Most that a part holds; beyond it the part is forgotten.
    most: usize,
}

impl<K: Eq + Hash, V: Clone> Held<K, V> {
    /// Holds at most about so many.
    pub(super) fn new(most: usize) -> Self {
        let parts = std::array::from_fn(|_| Mutex::default());
        Self { parts, hasher: RandomState::new(), most: most.div_ceil(PARTS) }
    }

    fn part(&self, key: &K) -> Option<MutexGuard<'_, Part<K, V>>> {
        let at = self.hasher.hash_one(key) % PARTS as u64;
        let part = self.parts.get(usize::try_from(at).ok()?)?;
        Some(part.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is held of `key`, if nothing has changed since.
    pub(super) fn get(&self, key: &K, version: u64) -> Option<V> {
        let part = self.part(key)?;
        part.get(key).filter(|(read, _)| *read == version).map(|(_, value)| value.clone())
    }

    /// Holds what was read after `version` was asked for. Never the other way round: a change in between would count
    /// as seen.
    pub(super) fn keep(&self, key: K, version: u64, value: V) {
        let Some(mut part) = self.part(&key) else { return };
        if part.len() >= self.most {
            part.clear();
        }
        part.insert(key, (version, value));
    }
}

impl<K, V> fmt::Debug for Held<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_ends_what_is_held() {
        let held = Held::new(10);
        held.keep("key", 7, 'a');
        assert_eq!((held.get(&"key", 7), held.get(&"other", 7)), (Some('a'), None));
        assert_eq!((held.get(&"key", 8), held.get(&"key", 6)), (None, None));
        held.keep("key", 8, 'b');
        assert_eq!(held.get(&"key", 8), Some('b'));
    }

    #[test]
    fn it_is_bounded() {
        let held = Held::new(160);
        (0..10_000).for_each(|key| held.keep(key, 1, key));
        assert!(held.parts.iter().all(|part| part.lock().unwrap().len() <= 10));
        assert_eq!(held.get(&9_999, 1), Some(9_999));
    }
}
