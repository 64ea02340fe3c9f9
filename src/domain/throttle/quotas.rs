//! What a login may be tried: by whoever comes from anywhere, from a place that it got in from, without an address.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use super::rate_limiter::{Quota, RateLimiter};
use crate::clock::Timestamp;
use crate::domain::place::Place;

/// How much each kind of quota grants.
#[derive(Clone, Copy, Debug)]
pub struct Quotas {
    /// One place tries one login.
    pub pair: Quota,
    /// One network tries any logins.
    pub network: Quota,
    /// Everybody together tries one login.
    pub login: Quota,
    /// A place that the login got in from tries it. At least what `pair` grants.
    pub known: Quota,
    /// Without an address: distinct candidates that are compared with what is in memory.
    pub look_up: Quota,
    /// Without an address: candidates that are compared by Argon2.
    pub slow: Quota,
}

const fn quota(seconds: u64, burst: u32) -> Quota {
    Quota { interval: Duration::from_secs(seconds), burst }
}

/// Account passwords. From places that are not known 8,640 guesses a day of a login, whatever their number.
pub const PASSWORDS: Quotas = Quotas {
    pair: quota(30, 10),
    network: quota(1, 100),
    login: quota(10, 50),
    known: quota(30, 20),
    look_up: quota(1, 10),
    slow: quota(10, 10),
};

/// One-time codes, of which a guess is right three times in a million. Nothing of them is remembered in memory, so
/// without an address they count as from anywhere.
pub const CODES: Quotas = Quotas {
    pair: quota(60, 5),
    network: quota(1, 100),
    login: quota(60, 10),
    known: quota(120, 10),
    look_up: quota(60, 5),
    slow: quota(60, 5),
};

/// Keys that each limiter remembers.
const CAPACITY: usize = 65_536;

/// What a try is charged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaKind {
    /// What anybody has: by place and login, by network, by login.
    Stranger,
    /// What a place has that the login got in from.
    Known,
    /// The same of a network, as it was kept before places were.
    KnownNetwork,
    /// Without an address, for a look into memory.
    LookUp,
    /// Without an address, for Argon2.
    Slow,
}

/// The quotas of every login for one kind of secret. Keys are hashed, so that each takes the same few bytes.
#[derive(Debug)]
pub struct LoginQuotas {
    pairs: RateLimiter<u64>,
    networks: RateLimiter<u64>,
    logins: RateLimiter<u64>,
    known: RateLimiter<u64>,
    look_ups: RateLimiter<u64>,
    slow: RateLimiter<u64>,
    hasher: RandomState,
}

impl LoginQuotas {
    /// Nothing has been tried yet.
    pub fn new(quotas: &Quotas) -> Self {
        let limiter = |quota| RateLimiter::new(quota, CAPACITY);

        Self {
            pairs: limiter(quotas.pair),
            networks: limiter(quotas.network),
            logins: limiter(quotas.login),
            known: limiter(quotas.known),
            look_ups: limiter(quotas.look_up),
            slow: limiter(quotas.slow),
            hasher: RandomState::new(),
        }
    }

    /// How long the next try of `login` from `place` has to wait by this quota.
    pub fn wait(&mut self, quota: QuotaKind, place: &Place, login: &str, now: Timestamp) -> Duration {
        let limiters = self.limiters(quota, place, login);
        let waits = limiters.into_iter().flatten().map(|(limiter, key)| limiter.wait(&key, now));
        waits.max().unwrap_or_default()
    }

    /// Charges a try and says how long it has to wait. It is charged nothing if that is longer than `timeout`: then
    /// nothing may be compared.
    pub fn take(
        &mut self,
        quota: QuotaKind,
        place: &Place,
        login: &str,
        (now, timeout): (Timestamp, Duration),
    ) -> Result<Duration, Duration> {
        let wait = self.wait(quota, place, login, now);
        if wait > timeout {
            return Err(wait);
        }
        for (limiter, key) in self.limiters(quota, place, login).into_iter().flatten() {
            limiter.charge(key, now);
        }
        Ok(wait)
    }

    /// Gives a try back that was charged: it was no guess.
    pub fn give_back(&mut self, quota: QuotaKind, place: &Place, login: &str) {
        for (limiter, key) in self.limiters(quota, place, login).into_iter().flatten() {
            limiter.refund(&key);
        }
    }

    /// Forgets what was tried of `login` from `place`.
    pub fn reset(&mut self, place: &Place, login: &str) {
        let pair = self.hasher.hash_one((place, login));
        self.pairs.reset(&pair);
        self.known.reset(&pair);
    }

    /// The limiters that a quota is made of, each with the key of this try.
    fn limiters(
        &mut self,
        quota: QuotaKind,
        place: &Place,
        login: &str,
    ) -> [Option<(&mut RateLimiter<u64>, u64)>; 3] {
        let hash = |of: &dyn Fn(&RandomState) -> u64| of(&self.hasher);
        let pair = hash(&|hasher| hasher.hash_one((place, login)));
        let network = place.network().map(|network| hash(&|hasher| hasher.hash_one(network)));

        match quota {
            QuotaKind::Stranger => {
                let login = hash(&|hasher| hasher.hash_one(login));
                [
                    Some((&mut self.pairs, pair)),
                    network.map(|network| (&mut self.networks, network)),
                    Some((&mut self.logins, login)),
                ]
            }
            QuotaKind::Known => [Some((&mut self.known, pair)), None, None],
            QuotaKind::KnownNetwork => {
                let of_network = hash(&|hasher| hasher.hash_one((place.network(), login)));
                [Some((&mut self.known, of_network)), None, None]
            }
            QuotaKind::LookUp => [Some((&mut self.look_ups, pair)), None, None],
            QuotaKind::Slow => [Some((&mut self.slow, pair)), None, None],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::place::Requester;

    const LOGIN: &str = "a@example.org";

    fn at(address: &str) -> Place {
        Place::of(Some(address.parse().unwrap()), Requester::Door("ldap"))
    }

    const fn now(seconds: i64) -> (Timestamp, Duration) {
        (Timestamp::from_micros(seconds * 1_000_000), Duration::ZERO)
    }

    fn taken(quotas: &mut LoginQuotas, quota: QuotaKind, place: &Place, times: usize) -> usize {
        (0..times).filter(|_| quotas.take(quota, place, LOGIN, now(0)).is_ok()).count()
    }

    #[test]
    fn a_place_a_network_and_a_login_each_run_out() {
        let mut quotas = LoginQuotas::new(&PASSWORDS);
        assert_eq!(taken(&mut quotas, QuotaKind::Stranger, &at("192.0.2.1"), 100), 10);

        // Another place has its own, until the login's is spent.
        let others =
            (2..100).map(|n| taken(&mut quotas, QuotaKind::Stranger, &at(&format!("192.0.{n}.1")), 10));
        assert_eq!(others.sum::<usize>(), 40);

        let mut spray = (0..200).map(|n| {
            let login = format!("m{n}@example.org");
            quotas.take(QuotaKind::Stranger, &at("198.51.100.1"), &login, now(0)).is_ok()
        });
        assert_eq!(spray.by_ref().filter(|taken| *taken).count(), 100);
    }

    #[test]
    fn what_a_known_place_and_one_without_address_have_is_their_own() {
        let mut quotas = LoginQuotas::new(&PASSWORDS);
        let (home, nowhere) = (at("192.0.2.1"), Place::of(None, Requester::Door("ldap")));

        assert_eq!(taken(&mut quotas, QuotaKind::Known, &home, 100), 20);
        assert_eq!(taken(&mut quotas, QuotaKind::KnownNetwork, &home, 100), 20);
        assert_eq!(taken(&mut quotas, QuotaKind::KnownNetwork, &at("192.0.2.2"), 100), 0);

        assert_eq!(taken(&mut quotas, QuotaKind::LookUp, &nowhere, 100), 10);
        assert_eq!(taken(&mut quotas, QuotaKind::Slow, &nowhere, 100), 10);
        assert_eq!(taken(&mut quotas, QuotaKind::Stranger, &home, 100), 10);
        assert_eq!(quotas.wait(QuotaKind::Slow, &nowhere, LOGIN, now(0).0), Duration::from_secs(10));
    }

    #[test]
    fn what_is_turned_away_is_charged_nothing_and_what_was_right_is_given_back() {
        let mut quotas = LoginQuotas::new(&PASSWORDS);
        let place = at("192.0.2.1");
        assert_eq!(taken(&mut quotas, QuotaKind::Stranger, &place, 1_000), 10);
        let wait = quotas.take(QuotaKind::Stranger, &place, LOGIN, now(0));
        assert_eq!(wait, Err(Duration::from_secs(30)));

        assert_eq!(
            quotas.take(QuotaKind::Stranger, &place, LOGIN, (now(0).0, Duration::from_secs(30))),
            Ok(Duration::from_secs(30))
        );

        quotas.give_back(QuotaKind::Stranger, &place, LOGIN);
        quotas.give_back(QuotaKind::Stranger, &place, LOGIN);
        assert_eq!(taken(&mut quotas, QuotaKind::Stranger, &place, 10), 1);
        quotas.reset(&place, LOGIN);
        assert_eq!(taken(&mut quotas, QuotaKind::Stranger, &place, 100), 10);
    }

    #[test]
    fn a_known_place_is_granted_no_less_than_a_stranger() {
        for quotas in [PASSWORDS, CODES] {
            assert!(quotas.known.burst >= quotas.pair.burst);
        }
        assert!(PASSWORDS.known.interval <= PASSWORDS.pair.interval);
    }
}
