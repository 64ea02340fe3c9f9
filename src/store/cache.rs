//! A cache of what was read, for as long as the rows that it came from do not change.
//!
//! ```text
//!   get --> version of its rows the same? --> use it
//!              no --> changes = n --> read --> changes = n still? --> insert
//! ```
//!
//! The cache below decides what it has room for, and nothing else. Each caller inserts only what it has read itself:
//! whoever joined somebody else's reading might be given one that was begun before a change that has been
//! acknowledged to him.

use std::fmt;
use std::hash::Hash;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use uuid::Uuid;

use super::engine::row_versions::RowVersions;
use super::verifier::Verifiers;

/// A value that was read from rows.
pub(super) trait CachedRows: Clone {
    /// The ids of all of them.
    fn rows(&self) -> impl AsRef<[Uuid]>;

    /// Bytes that it has on the heap.
    fn heap(&self) -> usize {
        0
    }
}

/// Bytes that a key has on the heap.
pub(super) trait Key: Eq + Hash {
    fn heap(&self) -> usize {
        0
    }
}

impl Key for Verifiers {}

impl Key for String {
    fn heap(&self) -> usize {
        self.capacity()
    }
}

/// Nothing is cached, or it stands no more.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Miss;

/// Values by key, and keys of which it is known that there is none.
pub(super) struct RowCache<K, V> {
    /// Each with the version of its rows that it was read under.
    found: Cache<K, (u64, V), Bytes>,
    /// With the number of changes. Apart, so that no number of guesses drives out what is in use.
    absent: Cache<K, u64, Bytes>,
}

impl<K: Key, V: CachedRows> RowCache<K, V> {
    /// An empty cache of about so many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        let absent = bytes as u64 / 8;
        Self { found: cache(bytes as u64 - absent, ESTIMATED_HEAP), absent: cache(absent, 0) }
    }

    /// What is known of `key`, if it still stands.
    pub(super) fn get(&self, key: &K, versions: &RowVersions) -> Result<Option<V>, Miss> {
        if let Some((version, value)) = self.found.get(key)
            && version == versions.of(value.rows().as_ref())
        {
            return Ok(Some(value));
        }

        match self.absent.get(key) {
            Some(changes) if changes == versions.changes() => Ok(None),
            _ => Err(Miss),
        }
    }

    /// Caches what was read after `changes` was loaded, unless something has been changed since: nobody knows
    /// whether the reading has seen that.
    pub(super) fn insert(&self, key: K, value: Option<V>, changes: u64, versions: &RowVersions) {
        let version = value.as_ref().map(|value| versions.of(value.rows().as_ref()));
        if versions.changes() != changes {
            return;
        }

        match value.zip(version) {
            Some((value, version)) => self.found.insert(key, (version, value)),
            None => self.absent.insert(key, changes),
        }
    }
}

/// What a value has on the heap, before any is known.
const ESTIMATED_HEAP: u64 = 400;

fn cache<K: Key, V: Clone>(bytes: u64, heap: u64) -> Cache<K, V, Bytes>
where
    Bytes: Weighter<K, V>,
{
    let estimated = usize::try_from(bytes / (slot::<K, V>() + heap)).unwrap_or(usize::MAX);
    Cache::with_weighter(estimated, bytes, Bytes)
}

/// Bytes that an entry takes in the cache itself: its place in the list and in the table, half as much again for the
/// room that both keep free and for keys that are remembered after their values have gone.
const fn slot<K, V>() -> u64 {
    (size_of::<K>() + size_of::<V>() + 32) as u64 * 3 / 2
}

/// Counts what an entry takes in memory.
#[derive(Clone)]
struct Bytes;

impl<K: Key, V: CachedRows> Weighter<K, (u64, V)> for Bytes {
    fn weight(&self, key: &K, (_, value): &(u64, V)) -> u64 {
        slot::<K, (u64, V)>() + (key.heap() + value.heap()) as u64
    }
}

impl<K: Key> Weighter<K, u64> for Bytes {
    fn weight(&self, key: &K, _: &u64) -> u64 {
        slot::<K, u64>() + key.heap() as u64
    }
}

impl<K, V> fmt::Debug for RowCache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RowCache")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::store::engine::writes::Writes;
    use crate::store::engine::{Reach, Statement, Step, Value};

    const ROW: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    impl Key for &str {}

    impl Key for u64 {}

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
            let (held, versions) = (RowCache::new(100_000), RowVersions::default());
            held.insert("found", Some('a'), versions.changes(), &versions);
            held.insert("absent", None, versions.changes(), &versions);
            let known = || ["found", "absent"].map(|key| held.get(&key, &versions));
            assert_eq!(known(), [Ok(Some('a')), Ok(None)]);

            change(&versions, writes, id);
            assert_eq!(known().map(|known| known.is_ok()), stands, "{writes:?} {id}");
        }
    }

    #[test]
    fn what_may_have_been_read_before_a_change_is_not_held() {
        let (held, versions) = (RowCache::new(100_000), RowVersions::default());

        for (key, value) in [("found", Some('a')), ("absent", None)] {
            let changes = versions.changes();
            change(&versions, Writes::Row(1), ROW);
            held.insert(key, value, changes, &versions);
            assert_eq!(held.get(&key, &versions), Err(Miss));
        }
    }

    #[test]
    fn what_is_found_later_is_absent_no_more_and_the_other_way_round() {
        let (held, versions) = (RowCache::new(100_000), RowVersions::default());
        for value in [None, Some('a'), None, Some('b')] {
            change(&versions, Writes::Everything, ROW);
            held.insert("key", value, versions.changes(), &versions);
            assert_eq!(held.get(&"key", &versions), Ok(value));
        }
    }

    /// Two threads with nothing between them but the counters, so that each order in which these could move is met.
    #[test]
    fn nothing_held_is_older_than_what_was_acknowledged_before_it_was_asked_for() {
        const CHANGES: u64 = 2_000_000;
        static CHANGE: Statement = statement(Writes::Row(1));
        let step = Step { statement: &CHANGE, args: vec![ROW.into()], unless_one: None };
        let (held, versions) = (RowCache::new(100_000), RowVersions::default());
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
                held.insert("key", Some(value), changes, &versions);

                let least = acknowledged.load(Ordering::Acquire);
                if let Ok(Some(value)) = held.get(&"key", &versions) {
                    assert!(value >= least, "{value} after {least} was acknowledged");
                    answered_from_memory += 1;
                }
            }
        });

        assert!(answered_from_memory > 1_000, "only {answered_from_memory}");
    }

    #[test]
    fn it_is_bounded() {
        let (held, versions) = (RowCache::new(1 << 20), RowVersions::default());
        for key in 0..100_000_u64 {
            held.insert(key, (key % 2 == 0).then_some(key), versions.changes(), &versions);
            assert!(held.found.weight() + held.absent.weight() <= 1 << 20);
        }
        assert!(held.found.weight() > 1 << 19 && held.absent.weight() > 1 << 16);
    }
}
