//! What was read, cache in memory for as long as nothing is changed that it came from.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::engine::row_versions::RowVersions;

/// Parts with a lock each, so that threads seldom wait for each other.
const PARTS: usize = 16;

/// A part of what is cache: values by key, each with the version that it was read under.
type Part<K, V> = HashMap<K, (u64, V)>;

/// What came from rows.
pub(super) trait CachedRows: Clone {
    /// The ids of all of them.
    fn rows(&self) -> impl AsRef<[Uuid]>;
}

/// Nothing is cache, or it stands no more.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Miss;

/// Values by key, and keys of which it is known that there is none.
pub(super) struct Cache<K, V> {
    found: Parts<K, V>,
    /// Apart, so that no number of guesses drives out what is in use.
    absent: Parts<K, ()>,
}

impl<K: Eq + Hash, V: CachedRows> Cache<K, V> {
    /// Holds at most about so many of each.
    pub(super) fn new(most: usize) -> Self {
        Self { found: Parts::new(most), absent: Parts::new(most) }
    }

    /// What is known of `key`, if it still stands.
    pub(super) fn get(&self, key: &K, versions: &RowVersions) -> Result<Option<V>, Miss> {
        let found = self.found.get(key, |value| versions.of(value.rows().as_ref()));
        let absent = || self.absent.get(key, |()| versions.changes());
        found.map(Some).or_else(|| absent().map(|()| None)).ok_or(Miss)
    }

    /// Holds what was read after `changes` was asked for, unless something has been changed since: nobody knows
    /// whether the reading has seen that.
    pub(super) fn insert(&self, key: K, value: Option<V>, changes: u64, versions: &RowVersions) {
        let version = value.as_ref().map(|value| versions.of(value.rows().as_ref()));
        if versions.changes() != changes {
            return;
        }
        match value.zip(version) {
            Some((value, version)) => self.found.put(key, version, value),
            None => self.absent.put(key, changes, ()),
        }
    }
}

struct Parts<K, V> {
    each: [Mutex<Part<K, V>>; PARTS],
    hasher: RandomState,
    /// Most that a part holds; beyond it the part is forgotten.
    most: usize,
}

impl<K: Eq + Hash, V: Clone> Parts<K, V> {
    fn new(most: usize) -> Self {
        let each = std::array::from_fn(|_| Mutex::default());
        Self { each, hasher: RandomState::new(), most: most.div_ceil(PARTS) }
    }

    fn part(&self, key: &K) -> Option<MutexGuard<'_, Part<K, V>>> {
        let at = self.hasher.hash_one(key) % PARTS as u64;
        let part = self.each.get(usize::try_from(at).ok()?)?;
        Some(part.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn get(&self, key: &K, now: impl Fn(&V) -> u64) -> Option<V> {
        let part = self.part(key)?;
        part.get(key).filter(|(version, value)| *version == now(value)).map(|(_, value)| value.clone())
    }

    fn put(&self, key: K, version: u64, value: V) {
        let Some(mut part) = self.part(&key) else { return };
        if part.len() >= self.most {
            part.clear();
        }
        part.insert(key, (version, value));
    }
}

impl<K, V> fmt::Debug for Cache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cache")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::super::engine::writes::Writes;
    use super::super::engine::{Reach, Statement, Step, Value};
    use super::*;

    const ROW: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    impl CachedRows for char {
        fn rows(&self) -> impl AsRef<[Uuid]> {
            [ROW]
        }
    }

    impl CachedRows for u64 {
        fn rows(&self) -> impl AsRef<[Uuid]> {
            [ROW]
        }
    }

    fn change(versions: &RowVersions, writes: Writes, id: Uuid) {
        static STATEMENTS: [Statement; 4] = [
            statement(Writes::Nothing),
            statement(Writes::New),
            statement(Writes::Row(1)),
            statement(Writes::Everything),
        ];
        let statement = STATEMENTS.iter().find(|statement| statement.writes == writes).unwrap();
        let step = Step { statement, args: vec![Value::from(id)], unless_one: None };
        versions.advance(std::iter::once(&step));
    }

    const fn statement(writes: Writes) -> Statement {
        Statement { name: "", sql: "", postgres: None, reach: Reach::Point, writes }
    }

    #[test]
    fn what_was_found_stands_until_its_row_is_changed_and_what_was_not_until_anything_is() {
        let cases = [
            (Writes::Nothing, ROW, [true, true]),
            (Writes::New, ROW, [true, false]),
            (Writes::Row(1), OTHER, [true, false]),
            (Writes::Row(1), ROW, [false, false]),
            (Writes::Everything, OTHER, [false, false]),
        ];
        for (writes, id, stands) in cases {
            let (cache, versions) = (Cache::new(10), RowVersions::default());
            cache.insert("found", Some('a'), versions.changes(), &versions);
            cache.insert("absent", None, versions.changes(), &versions);
            let known = || ["found", "absent"].map(|key| cache.get(&key, &versions));
            assert_eq!(known(), [Ok(Some('a')), Ok(None)]);
            change(&versions, writes, id);
            assert_eq!(known().map(|known| known.is_ok()), stands, "{writes:?} {id}");
        }
    }

    #[test]
    fn what_may_have_been_read_before_a_change_is_not_held() {
        let (cache, versions) = (Cache::new(10), RowVersions::default());
        for (key, value) in [("found", Some('a')), ("absent", None)] {
            let changes = versions.changes();
            change(&versions, Writes::Row(1), ROW);
            cache.insert(key, value, changes, &versions);
            assert_eq!(cache.get(&key, &versions), Err(Miss));
        }
    }

    #[test]
    fn what_is_found_later_is_absent_no_more_and_the_other_way_round() {
        let (cache, versions) = (Cache::new(10), RowVersions::default());
        for value in [None, Some('a'), None, Some('b')] {
            change(&versions, Writes::Everything, ROW);
            cache.insert("key", value, versions.changes(), &versions);
            assert_eq!(cache.get(&"key", &versions), Ok(value));
        }
    }

    /// Two threads with nothing between them but the counters, so that each order in which these could move is met.
    #[test]
    fn nothing_held_is_older_than_what_was_acknowledged_before_it_was_asked_for() {
        const CHANGES: u64 = 2_000_000;
        static CHANGE: Statement = statement(Writes::Row(1));
        let step = Step { statement: &CHANGE, args: vec![ROW.into()], unless_one: None };
        let (cache, versions) = (Cache::new(10), RowVersions::default());
        let (row, acknowledged) = (AtomicU64::new(0), AtomicU64::new(0));
        let (mut turn, mut answered_from_memory) = (0, 0);
        std::thread::scope(|threads| {
            threads.spawn(|| {
                for value in 1..=CHANGES {
                    row.store(value, Ordering::Release);
                    versions.advance(std::iter::once(&step));
                    acknowledged.store(value, Ordering::Release);
                    (0..value % 32).for_each(|_| std::hint::spin_loop());
                }
            });
            while acknowledged.load(Ordering::Acquire) < CHANGES {
                let changes = versions.changes();
                let value = row.load(Ordering::Acquire);
                turn += 1;
                (0..turn % 16).for_each(|_| std::hint::spin_loop());
                cache.insert("key", Some(value), changes, &versions);
                let least = acknowledged.load(Ordering::Acquire);
                if let Ok(Some(value)) = cache.get(&"key", &versions) {
                    assert!(value >= least, "{value} after {least} was acknowledged");
                    answered_from_memory += 1;
                }
            }
        });
        assert!(answered_from_memory > 1_000, "only {answered_from_memory}");
    }

    #[test]
    fn it_is_bounded() {
        let parts = Parts::new(160);
        (0..10_000).for_each(|key| parts.put(key, 1, key));
        let cache = parts.each.each_ref().map(|part| part.lock().unwrap().len());
        assert!(cache.iter().all(|cache| *cache <= 10), "{cache:?}");
        assert!(cache.iter().sum::<usize>() > 2 * PARTS, "{cache:?}");
        assert_eq!(parts.get(&9_999, |_| 1), Some(9_999));
    }
}
