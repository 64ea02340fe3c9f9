//! Guessing is slow: how often account passwords and codes may be tried, by network and by login.
//!
//! Only failures cost; nobody can lock a member out, because networks where the member signed in before are
//! spared what others do to the login. These are kept in the database too; it is asked where it makes a difference.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Error, Service};
use crate::clock::{Clock, Timestamp};
use crate::domain::ids::MemberId;
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
/// How often it is written down that a login still gets in from a network.
const NOTED_EVERY: Duration = Duration::from_secs(86_400);

type Network = Option<IpAddr>;

#[derive(Debug)]
struct State {
    pairs: Buckets<(Network, String)>,
    networks: Buckets<Network>,
    logins: Buckets<String>,
    codes: Buckets<String>,
    current: Buckets<String>,
    /// With the time when it was last written down.
    own: HashMap<String, HashMap<Network, Timestamp>>,
}

/// What somebody proves who is no stranger any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Proof {
    /// A second-factor code.
    Code,
    /// The current account password, to change it.
    CurrentPassword,
}

impl State {
    /// Whether the login has got in from there before.
    fn is_own(&self, login: &str, network: Network) -> bool {
        self.own.get(login).is_some_and(|own| own.contains_key(&network))
    }

    fn of(&mut self, proof: Proof) -> &mut Buckets<String> {
        match proof {
            Proof::Code => &mut self.codes,
            Proof::CurrentPassword => &mut self.current,
        }
    }
}

#[derive(Debug)]
pub(super) struct Guard {
    state: Mutex<State>,
    clock: Clock,
}

impl Guard {
    pub(super) fn new(clock: Clock) -> Self {
        let state = Mutex::new(State {
            pairs: Buckets::new(PAIR, CAPACITY),
            networks: Buckets::new(NETWORK, CAPACITY),
            logins: Buckets::new(LOGIN, CAPACITY),
            codes: Buckets::new(CODE, CAPACITY),
            current: Buckets::new(PAIR, CAPACITY),
            own: HashMap::new(),
        });
        Self { state, clock }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long a try of this login's account password from `ip` has to wait. It is counted, unless that is
    /// longer than the caller's patience, so that whoever is turned away owes nothing.
    pub(super) fn try_password(
        &self,
        login: &str,
        ip: Option<IpAddr>,
        patience: Duration,
    ) -> Result<Duration, Duration> {
        let now = self.now();
        let (network, login) = (ip.map(neighbourhood), login.to_owned());
        let mut state = self.state();
        let pair = (network, login.clone());
        let own = state.is_own(&login, network);
        let mut wait = state.pairs.wait(&pair, now);
        if !own {
            // Where the login is at home, what its neighbours do costs it nothing either.
            wait = wait.max(state.networks.wait(&network, now)).max(state.logins.wait(&login, now));
        }
        if wait > patience {
            return Err(wait);
        }
        if !own {
            state.logins.charge(login, now);
        }
        state.pairs.charge(pair, now);
        state.networks.charge(network, now);
        Ok(wait)
    }

    /// The account password was right: the try costs nothing.
    pub(super) fn password_was_right(&self, login: &str, ip: Option<IpAddr>) {
        let (network, login) = (ip.map(neighbourhood), login.to_owned());
        let mut state = self.state();
        state.networks.refund(&network);
        // At home it was not charged: giving it back would make room for others to guess.
        if !state.is_own(&login, network) {
            state.logins.refund(&login);
        }
        state.pairs.forgive(&(network, login));
    }

    /// Whether the next try has to wait, and would not if the network were the login's own.
    fn is_slowed_as_a_stranger(&self, login: &str, ip: Option<IpAddr>) -> bool {
        let (now, network) = (self.now(), ip.map(neighbourhood));
        let state = self.state();
        let wait = state.networks.wait(&network, now).max(state.logins.wait(&login.to_owned(), now));
        !wait.is_zero() && !state.is_own(login, network)
    }

    /// The login got in from here: the network is its own from now on. Whether that is to be written down.
    fn got_in(&self, login: &str, ip: Option<IpAddr>) -> bool {
        let (now, network) = (self.now(), ip.map(neighbourhood));
        let mut state = self.state();
        if state.own.len() >= CAPACITY && !state.own.contains_key(login) {
            state.own.clear();
        }
        let own = state.own.entry(login.to_owned()).or_default();
        if own.get(&network).is_some_and(|noted| now.since(*noted) < NOTED_EVERY) {
            return false;
        }
        if own.len() >= OWN_NETWORKS && !own.contains_key(&network) {
            let oldest = own.iter().min_by_key(|(_, noted)| **noted).map(|(network, _)| *network);
            oldest.map(|oldest| own.remove(&oldest));
        }
        own.insert(network, now);
        true
    }

    /// Counts a try of somebody who has proven more than a stranger: of a second-factor code after the right
    /// password, of the current password in a session. `Err` says how long it has to wait.
    pub(super) fn try_proof(&self, proof: Proof, login: &str) -> Result<(), Duration> {
        let (now, key) = (self.now(), login.to_owned());
        let mut state = self.state();
        let buckets = state.of(proof);
        let wait = buckets.wait(&key, now);
        if !wait.is_zero() {
            return Err(wait);
        }
        buckets.charge(key, now);
        Ok(())
    }

    /// It was right.
    pub(super) fn proof_was_right(&self, proof: Proof, login: &str) {
        self.state().of(proof).forgive(&login.to_owned());
    }

    /// The time that buckets drain by: it goes on when the wall clock stands still or jumps.
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(0).plus(self.clock.monotonic())
    }
}

impl Service {
    /// Whether an account password may be tried: see [`Guard::try_password`].
    pub(super) async fn try_password(
        &self,
        login: &str,
        ip: Option<IpAddr>,
        patience: Duration,
    ) -> Result<Result<Duration, Duration>, Error> {
        if self.guard.is_slowed_as_a_stranger(login, ip)
            && self.store.is_home_network(login, ip.map(neighbourhood)).await?
        {
            self.guard.got_in(login, ip);
        }
        Ok(self.guard.try_password(login, ip, patience))
    }

    /// A member got in from here.
    pub(super) fn got_in(&self, member: MemberId, login: &str, ip: Option<IpAddr>) {
        if self.guard.got_in(login, ip) {
            self.usage.home(member, ip.map(neighbourhood), self.clock.now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemTimeSource;
    use std::sync::Arc;

    fn guard() -> Guard {
        Guard::new(Clock::new(Arc::new(SystemTimeSource::new())))
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    const LOGIN_A: &str = "a@example.org";

    #[test]
    fn an_attack_on_a_login_does_not_slow_its_holder_down() {
        let guard = guard();
        let try_from = |from: &str| guard.try_password(LOGIN_A, Some(ip(from)), Duration::ZERO);
        assert!(try_from("192.0.2.1").is_ok());
        guard.password_was_right(LOGIN_A, Some(ip("192.0.2.1")));
        guard.got_in(LOGIN_A, Some(ip("192.0.2.1")));
        for attacker in 0..200u8 {
            let _ = try_from(&format!("198.51.{attacker}.1"));
        }
        assert!(try_from("203.0.113.1").is_err());
        assert!(try_from("192.0.2.99").is_ok());
    }

    #[test]
    fn of_a_logins_own_networks_the_last_ones_are_remembered() {
        let guard = guard();
        let from = |number: usize| Some(ip(&format!("192.0.{number}.1")));
        assert!((0..=OWN_NETWORKS).all(|number| guard.got_in(LOGIN_A, from(number))));
        assert!((1..=OWN_NETWORKS).all(|number| !guard.got_in(LOGIN_A, from(number))));
        assert!(guard.got_in(LOGIN_A, from(0)));
    }

    #[test]
    fn ten_wrong_ones_from_a_network_are_free_and_right_ones_cost_nothing() {
        let guard = guard();
        let try_it = || guard.try_password(LOGIN_A, Some(ip("192.0.2.1")), Duration::ZERO);
        assert!((0..10).all(|_| try_it().is_ok()));
        let waits: Vec<Duration> = (0..100).map(|_| try_it().unwrap_err()).collect();
        // Being turned away costs nothing more.
        assert!(waits.iter().all(|wait| *wait <= PAIR.interval), "{waits:?}");
        guard.password_was_right(LOGIN_A, Some(ip("192.0.2.1")));
        assert!(try_it().is_ok());
    }

    #[test]
    fn proofs_are_limited_each_kind_by_itself() {
        let guard = guard();
        assert!((0..5).all(|_| guard.try_proof(Proof::Code, LOGIN_A).is_ok()));
        assert!(guard.try_proof(Proof::Code, LOGIN_A).is_err());
        assert!(guard.try_proof(Proof::CurrentPassword, LOGIN_A).is_ok());
        guard.proof_was_right(Proof::Code, LOGIN_A);
        assert!(guard.try_proof(Proof::Code, LOGIN_A).is_ok());
    }
}
