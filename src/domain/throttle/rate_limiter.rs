//! Leaky buckets (GCRA, ITU-T I.371), one for each key.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use crate::clock::Timestamp;

/// A quota: `burst` tries at once, then one each `interval`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Time after which one more try is free.
    pub interval: Duration,
    /// Tries that are free at once.
    pub burst: u32,
}

/// Counts tries by key against a quota. What is full again is forgotten; beyond `capacity` keys the fullest go first.
#[derive(Debug)]
pub struct RateLimiter<K> {
    quota: Quota,
    capacity: usize,
    /// When `key` will owe nothing any more.
    debts: HashMap<K, Timestamp>,
}

impl<K: Hash + Eq + Clone> RateLimiter<K> {
    /// Nothing has been tried yet.
    pub fn new(quota: Quota, capacity: usize) -> Self {
        Self { quota, capacity, debts: HashMap::new() }
    }

    /// How long until `key` may try again; zero if it may now.
    pub fn wait(&self, key: &K, now: Timestamp) -> Duration {
        let allowance = self.quota.interval * self.quota.burst.saturating_sub(1);
        self.debts.get(key).map_or(Duration::ZERO, |debt| debt.since(now.plus(allowance)))
    }

    /// Counts one try against `key`.
    pub fn charge(&mut self, key: K, now: Timestamp) {
        if self.debts.len() >= self.capacity && !self.debts.contains_key(&key) {
            self.shrink(now);
        }
        let interval = self.quota.interval;
        let debt = self.debts.entry(key).or_insert(now);
        *debt = (*debt).max(now).plus(interval);
    }

    /// Takes one try of `key` back.
    pub fn refund(&mut self, key: &K) {
        let interval = self.quota.interval;
        if let Some(debt) = self.debts.get_mut(key) {
            *debt = debt.minus(interval);
        }
    }

    /// Forgets what `key` has tried.
    pub fn reset(&mut self, key: &K) {
        self.debts.remove(key);
    }

    fn shrink(&mut self, now: Timestamp) {
        self.debts.retain(|_, debt| *debt > now);

        if self.debts.len() >= self.capacity {
            let mut ends: Vec<Timestamp> = self.debts.values().copied().collect();
            let middle = ends.len() / 2;
            let (_, median, _) = ends.select_nth_unstable(middle);
            let median = *median;
            self.debts.retain(|_, debt| *debt > median);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota { interval: Duration::from_secs(10), burst: 3 };

    const fn t(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn a_burst_is_free_and_then_one_each_interval() {
        let mut limiter = RateLimiter::new(QUOTA, 100);

        for _ in 0..3 {
            assert_eq!(limiter.wait(&"a", t(0)), Duration::ZERO);
            limiter.charge("a", t(0));
        }

        assert_eq!(limiter.wait(&"a", t(0)), Duration::from_secs(10));
        assert_eq!(limiter.wait(&"b", t(0)), Duration::ZERO);

        assert_eq!(limiter.wait(&"a", t(10)), Duration::ZERO);
        limiter.charge("a", t(10));
        assert_eq!(limiter.wait(&"a", t(10)), Duration::from_secs(10));
        limiter.reset(&"a");
        assert_eq!(limiter.wait(&"a", t(10)), Duration::ZERO);
    }

    #[test]
    fn a_try_that_is_taken_back_makes_room_for_one() {
        let mut limiter = RateLimiter::new(QUOTA, 100);

        (0..3).for_each(|_| limiter.charge("a", t(0)));
        limiter.refund(&"a");
        assert_eq!(limiter.wait(&"a", t(0)), Duration::ZERO);

        limiter.charge("a", t(0));
        assert_eq!(limiter.wait(&"a", t(0)), Duration::from_secs(10));
        limiter.refund(&"b");
        assert_eq!(limiter.wait(&"b", t(0)), Duration::ZERO);

        // Time that has passed is not saved up beyond an empty bucket.
        limiter.charge("a", t(1_000));
        limiter.charge("a", t(1_000));
        limiter.charge("a", t(1_000));
        assert_eq!(limiter.wait(&"a", t(1_000)), Duration::from_secs(10));
    }

    #[test]
    fn what_is_full_again_goes_first() {
        let mut limiter = RateLimiter::new(QUOTA, 2);

        limiter.charge("old", t(0));
        limiter.charge("a", t(9));
        // Known already: nothing has to go.
        limiter.charge("a", t(9));
        assert_eq!(limiter.debts.len(), 2);

        limiter.charge("b", t(10));
        let mut left: Vec<_> = limiter.debts.keys().copied().collect();
        left.sort_unstable();
        assert_eq!(left, ["a", "b"]);
    }

    #[test]
    fn who_is_full_forgets_half() {
        let mut limiter = RateLimiter::new(QUOTA, 64);
        for key in 0..64 {
            limiter.charge(key, t(key));
        }
        assert_eq!(limiter.debts.len(), 64);
        limiter.charge(64, t(0));
        assert_eq!(limiter.debts.len(), 32);
    }

    #[test]
    fn memory_is_bounded_and_the_deepest_debts_are_kept() {
        let mut limiter = RateLimiter::new(QUOTA, 64);

        for _ in 0..10 {
            limiter.charge(0, t(0));
        }
        for key in 1..10_000 {
            limiter.charge(key, t(0));
        }

        assert!(limiter.debts.len() <= 64);
        assert!(limiter.wait(&0, t(0)) > Duration::ZERO);
    }
}
