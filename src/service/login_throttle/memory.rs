//! What the throttle holds in memory: quotas, what was wrong or right before, places that are known.

use std::collections::{BTreeSet, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::guess::{Guess, Use};
use crate::clock::{Clock, Timestamp};
use crate::domain::ids::SessionId;
use crate::domain::place::{Place, Requester};
use crate::domain::throttle::{CODES, LoginQuotas, PASSWORDS, QuotaKind, RateLimiter, Recent};
use crate::store::known_places::{Familiarity, Purpose};

/// A keyed hash of a candidate and of what it was compared with.
pub(super) type Tag = [u8; 16];

/// Wrong candidates that are remembered: twice as many at the most, of 18 bytes each.
const WRONG: usize = 57_344;
/// Right account passwords, and places of logins, that are remembered; twice as many at the most.
const RIGHT: usize = 28_672;
/// Sign-ins whose duration is remembered.
const DURATIONS: usize = 64;
/// Of how many that set something up wrong it is remembered who they are.
const SET_UP_WRONG: usize = 8;

/// What became of a wrong candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It is not the one in memory. Whether it is right was not computed.
    NotInMemory,
    /// It is wrong, and the answer was to come back later, as a stranger's would have been.
    Unanswered,
    /// It is wrong, and the answer said so.
    Answered,
}

#[derive(Debug)]
struct State {
    mail: LoginQuotas,
    sign_in: LoginQuotas,
    current: LoginQuotas,
    codes: LoginQuotas,
    confirmations: RateLimiter<SessionId>,
    wrong: Recent<Tag, Seen>,
    right: Recent<Tag, ()>,
    known: Recent<Tag, Familiarity>,
    sign_ins: VecDeque<Duration>,
    without_address: BTreeSet<Requester>,
    proxies: BTreeSet<IpAddr>,
}

impl State {
    fn of(&mut self, used: Use) -> &mut LoginQuotas {
        match used {
            Use::MailCheck => &mut self.mail,
            Use::SignIn => &mut self.sign_in,
            Use::CurrentPassword => &mut self.current,
            Use::Code => &mut self.codes,
        }
    }
}

/// What the throttle remembers, for as long as the process lives.
#[derive(Debug)]
pub(in crate::service) struct ThrottleMemory {
    state: Mutex<State>,
    clock: Clock,
}

impl ThrottleMemory {
    pub(in crate::service) fn new(clock: Clock) -> Self {
        let state = Mutex::new(State {
            mail: LoginQuotas::new(&PASSWORDS),
            sign_in: LoginQuotas::new(&PASSWORDS),
            current: LoginQuotas::new(&PASSWORDS),
            codes: LoginQuotas::new(&CODES),
            confirmations: RateLimiter::new(CODES.pair, 1_024),
            wrong: Recent::new(WRONG),
            right: Recent::new(RIGHT),
            known: Recent::new(RIGHT),
            sign_ins: VecDeque::with_capacity(DURATIONS),
            without_address: BTreeSet::new(),
            proxies: BTreeSet::new(),
        });
        Self { state, clock }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time that quotas go by: it goes on when the wall clock stands still or jumps.
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(0).plus(self.clock.monotonic())
    }

    pub(in crate::service) fn take(
        &self,
        quota: QuotaKind,
        guess: &Guess<'_>,
        timeout: Duration,
    ) -> Result<Duration, Duration> {
        let now = self.now();
        self.state().of(guess.used).take(quota, &guess.place, guess.login, (now, timeout))
    }

    pub(super) fn wait(&self, quota: QuotaKind, guess: &Guess<'_>) -> Duration {
        let now = self.now();
        self.state().of(guess.used).wait(quota, &guess.place, guess.login, now)
    }

    pub(in crate::service) fn give_back(&self, quota: QuotaKind, guess: &Guess<'_>) {
        self.state().of(guess.used).give_back(quota, &guess.place, guess.login);
    }

    pub(in crate::service) fn reset(&self, guess: &Guess<'_>) {
        self.state().of(guess.used).reset(&guess.place, guess.login);
    }

    /// Counts a code that is to confirm a factor. `Err` says how long it has to wait.
    pub(in crate::service) fn try_confirmation(&self, session: SessionId) -> Result<(), Duration> {
        let (now, mut state) = (self.now(), self.state());
        let wait = state.confirmations.wait(&session, now);
        if !wait.is_zero() {
            return Err(wait);
        }
        state.confirmations.charge(session, now);
        Ok(())
    }

    /// Forgets what was counted in this session: its code was right.
    pub(in crate::service) fn confirmed(&self, session: SessionId) {
        self.state().confirmations.reset(&session);
    }

    pub(super) fn seen(&self, tag: &Tag) -> Option<Seen> {
        self.state().wrong.get(tag)
    }

    pub(super) fn remember_wrong(&self, tag: Tag, seen: Seen) {
        self.state().wrong.insert(tag, seen);
    }

    pub(super) fn forget_wrong(&self, tag: &Tag) {
        self.state().wrong.remove(tag);
    }

    pub(super) fn is_right(&self, tag: Option<&Tag>) -> bool {
        tag.is_some_and(|tag| self.state().right.get(tag).is_some())
    }

    pub(super) fn remember_right(&self, tag: Option<Tag>) {
        if let Some(tag) = tag {
            self.state().right.insert(tag, ());
        }
    }

    pub(super) fn familiarity(&self, tag: &Tag) -> Option<Familiarity> {
        self.state().known.get(tag)
    }

    pub(super) fn remember_place(&self, tag: Tag, known: Familiarity) {
        self.state().known.insert(tag, known);
    }

    /// Remembers how long it took to compare at sign-in, or to pretend to.
    pub(super) fn took(&self, duration: Duration) {
        let mut state = self.state();
        if state.sign_ins.len() >= DURATIONS {
            state.sign_ins.pop_front();
        }
        state.sign_ins.push_back(duration);
    }

    /// As long as some sign-in of the last ones took, each in turn.
    pub(super) fn as_long_as_before(&self) -> Duration {
        let mut state = self.state();
        let next = state.sign_ins.pop_front();
        state.sign_ins.extend(next);
        next.unwrap_or_default()
    }

    /// Whether it is new that no address comes this way.
    pub(super) fn note_without_address(&self, requester: Requester) -> bool {
        let mut state = self.state();
        state.without_address.len() < SET_UP_WRONG && state.without_address.insert(requester)
    }

    /// Whether it is new that this peer names clients and is not trusted.
    pub(in crate::service) fn note_proxy(&self, peer: IpAddr) -> bool {
        let mut state = self.state();
        state.proxies.len() < SET_UP_WRONG && state.proxies.insert(peer)
    }

    /// Who gives no address, and which peers name clients and are not trusted.
    pub(in crate::service) fn set_up_wrong(&self) -> (Vec<String>, Vec<String>) {
        let state = self.state();
        let askers = state.without_address.iter().map(ToString::to_string);
        (askers.collect(), state.proxies.iter().map(ToString::to_string).collect())
    }
}

impl Purpose {
    /// What a place has to be known for, to be spared there.
    pub(super) const fn of(used: Use) -> Self {
        match used {
            Use::MailCheck | Use::SignIn | Use::CurrentPassword => Self::Password,
            Use::Code => Self::Code,
        }
    }
}

/// Whether the place is one that may be known.
pub(super) const fn may_be_known(place: &Place) -> bool {
    !matches!(place, Place::Unknown(_))
}
