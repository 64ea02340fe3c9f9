//! How many changes one caller may make: each is an audit record, on disk and for ever. Ends never have to wait.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Timestamp;
use crate::domain::access::Caller;
use crate::domain::ids::{ServiceKeyId, SessionId};
use crate::domain::throttle::{Quota, RateLimiter};

/// Callers of each kind that are remembered.
const CAPACITY: usize = 100_000;

/// How many changes callers of each kind may make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeQuotas {
    /// A session: whoever has stolen one must not keep the member from changing the password in another.
    pub session: Quota,
    /// What each service key may change.
    pub key: Quota,
}

/// What each has changed lately.
#[derive(Debug)]
pub(super) struct ChangeLimiter(Mutex<State>);

#[derive(Debug)]
struct State {
    sessions: RateLimiter<SessionId>,
    keys: RateLimiter<ServiceKeyId>,
}

impl ChangeLimiter {
    pub(super) fn new(quotas: ChangeQuotas) -> Self {
        let sessions = RateLimiter::new(quotas.session, CAPACITY);
        let keys = RateLimiter::new(quotas.key, CAPACITY);
        Self(Mutex::new(State { sessions, keys }))
    }

    /// Counts a change; or says how long the caller has to wait, and counts nothing.
    pub(super) fn charge(&self, caller: &Caller, now: Timestamp) -> Result<(), Duration> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match caller {
            Caller::Member(me) => charge(&mut state.sessions, me.session_id, now),
            Caller::Key(key) => charge(&mut state.keys, key.id, now),
            // Who owns the data is not kept from them by counting.
            Caller::Terminal => Ok(()),
        }
    }
}

fn charge<K: std::hash::Hash + Eq + Clone>(
    of: &mut RateLimiter<K>,
    key: K,
    now: Timestamp,
) -> Result<(), Duration> {
    let wait = of.wait(&key, now);
    if wait.is_zero() {
        of.charge(key, now);
        Ok(())
    } else {
        Err(wait)
    }
}
