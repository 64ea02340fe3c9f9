//! What was remembered or looked up lately, in bounded memory.

use std::collections::HashMap;
use std::hash::Hash;

/// Values by key. Of those that nobody has looked up lately as many are forgotten as there must be: when a half is
/// full it becomes the older one, and the older one of before goes. What is looked up moves to the newer half.
#[derive(Debug)]
pub struct Recent<K, V> {
    newer: HashMap<K, V>,
    older: HashMap<K, V>,
    /// Most that a half holds.
    half: usize,
}

impl<K: Hash + Eq + Copy, V: Copy> Recent<K, V> {
    /// Remembers at least the last `half` keys, and at most twice as many.
    pub fn new(half: usize) -> Self {
        Self { newer: HashMap::new(), older: HashMap::new(), half }
    }

    /// What is remembered of `key`.
    pub fn get(&mut self, key: &K) -> Option<V> {
        if let Some(value) = self.newer.get(key) {
            return Some(*value);
        }
        let value = self.older.remove(key)?;
        self.insert(*key, value);
        Some(value)
    }

    /// Remembers `value` of `key` from now on.
    pub fn insert(&mut self, key: K, value: V) {
        if self.newer.len() >= self.half && !self.newer.contains_key(&key) {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(key, value);
    }

    /// Forgets what was remembered of `key`.
    pub fn remove(&mut self, key: &K) {
        self.newer.remove(key);
        self.older.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_again_and_again_stays_whatever_else_comes() {
        let mut recent = Recent::new(100);

        recent.insert(0, 'a');
        for key in 1..10_000 {
            recent.insert(key, 'b');
            assert!(recent.newer.len() <= 100 && recent.older.len() <= 100);
            if key % 50 == 0 {
                assert_eq!(recent.get(&0), Some('a'), "after {key}");
            }
        }

        assert_eq!(recent.get(&1), None);
        assert!((9_900..10_000).all(|key| recent.get(&key) == Some('b')));
    }

    #[test]
    fn the_newer_value_counts() {
        let mut recent = Recent::new(2);

        recent.insert(1, 'a');
        recent.insert(2, 'a');
        recent.insert(3, 'a');
        recent.insert(1, 'b');

        assert_eq!(recent.get(&1), Some('b'));
        recent.insert(4, 'c');
        recent.remove(&1);
        recent.remove(&2);
        assert_eq!([1, 2, 4].map(|key| recent.get(&key)), [None, None, Some('c')]);
    }
}
