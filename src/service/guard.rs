//! Guessing is slow: how often account passwords and codes may be tried, by network and by login.
//!
//! Only failures cost; nobody can lock a member out, because networks where the member signed in before are
//! spared what others do to the login.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Timestamp;
use crate::domain::network::neighbourhood;
use crate::domain::throttle::{Buckets, Budget};

const PAIR: Budget = Budget { interval: Duration::from_secs(30), burst: 10 };
const NETWORK: Budget = Budget { interval: Duration::from_secs(1), burst: 100 };
const LOGIN: Budget = Budget { interval: Duration::from_secs(10), burst: 50 };
const CODE: Budget = Budget { interval: Duration::from_secs(60), burst: 5 };
/// Keys that each kind of bucket remembers.
const CAPACITY: usize = 100_000;
/// Networks that are remembered as a login's own.
const OWN_NETWORKS: usize = 16;

type Network = Option<IpAddr>;

#[derive(Debug)]
struct State {
    pairs: Buckets<(Network, String)>,
    networks: Buckets<Network>,
    logins: Buckets<String>,
    codes: Buckets<String>,
    own: HashMap<String, HashSet<Network>>,
}

#[derive(Debug)]
pub(super) struct Guard(Mutex<State>);

impl Guard {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State {
            pairs: Buckets::new(PAIR, CAPACITY),
            networks: Buckets::new(NETWORK, CAPACITY),
            logins: Buckets::new(LOGIN, CAPACITY),
            codes: Buckets::new(CODE, CAPACITY),
            own: HashMap::new(),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long a try of this login's account password from `ip` has to wait; counts it.
    pub(super) fn try_password(&self, login: &str, ip: Option<IpAddr>, now: Timestamp) -> Duration {
        let (network, login) = (ip.map(neighbourhood), login.to_owned());
        let mut state = self.state();
        let pair = (network, login.clone());
        let own = state.own.get(&login).is_some_and(|own| own.contains(&network));
        let mut wait = state.pairs.wait(&pair, now).max(state.networks.wait(&network, now));
        if !own {
            wait = wait.max(state.logins.wait(&login, now));
            state.logins.charge(login, now);
        }
        state.pairs.charge(pair, now);
        state.networks.charge(network, now);
        wait
    }

    /// The try was right: it costs nothing, and the network is the login's own from now on.
    pub(super) fn was_right(&self, login: &str, ip: Option<IpAddr>) {
        let (network, login) = (ip.map(neighbourhood), login.to_owned());
        let mut state = self.state();
        state.networks.refund(&network);
        state.logins.refund(&login);
        state.pairs.forgive(&(network, login.clone()));
        if state.own.len() >= CAPACITY && !state.own.contains_key(&login) {
            state.own.clear();
        }
        let own = state.own.entry(login).or_default();
        if own.len() < OWN_NETWORKS || own.contains(&network) {
            own.insert(network);
        }
    }

    /// How long a second-factor code of this login has to wait; counts it.
    pub(super) fn try_code(&self, login: &str, now: Timestamp) -> Duration {
        let mut state = self.state();
        let login = login.to_owned();
        let wait = state.codes.wait(&login, now);
        if wait.is_zero() {
            state.codes.charge(login, now);
        }
        wait
    }

    /// The code was right.
    pub(super) fn code_was_right(&self, login: &str) {
        self.state().codes.forgive(&login.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    const NOW: Timestamp = Timestamp::from_micros(1_000_000_000);

    #[test]
    fn an_attack_on_a_login_does_not_slow_its_holder_down() {
        let guard = Guard::new();
        guard.try_password("a@example.org", ip("192.0.2.1"), NOW);
        guard.was_right("a@example.org", ip("192.0.2.1"));
        for attacker in 0..200u8 {
            guard.try_password("a@example.org", ip(&format!("198.51.{attacker}.1")), NOW);
        }
        assert!(guard.try_password("a@example.org", ip("203.0.113.1"), NOW) > Duration::ZERO);
        assert_eq!(guard.try_password("a@example.org", ip("192.0.2.99"), NOW), Duration::ZERO);
    }

    #[test]
    fn ten_wrong_ones_from_a_network_are_free_and_right_ones_cost_nothing() {
        let guard = Guard::new();
        let try_it = || guard.try_password("a@example.org", ip("192.0.2.1"), NOW);
        assert!((0..10).all(|_| try_it().is_zero()));
        assert!(!try_it().is_zero());
        guard.was_right("a@example.org", ip("192.0.2.1"));
        assert!(try_it().is_zero());
    }

    #[test]
    fn codes_are_limited() {
        let guard = Guard::new();
        assert!((0..5).all(|_| guard.try_code("a@example.org", NOW).is_zero()));
        assert!(!guard.try_code("a@example.org", NOW).is_zero());
        guard.code_was_right("a@example.org");
        assert!(guard.try_code("a@example.org", NOW).is_zero());
    }
}
