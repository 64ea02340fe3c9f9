//! Time that only the tests move.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use clientpass::clock::{LONGEST_PAUSE, Sleep, SystemTimeSource, TimeSource, Timestamp};
use clientpass::domain::lease::BEAT_EVERY;
use clientpass::domain::policy::SETTLE_EVERY;
use clientpass::domain::warnings::LOOK_EVERY;

/// By these lengths those are known who wait whatever a test does: to keep a lease, to settle policies and carry out
/// revocations, to warn, and between pieces of work during which the time went on.
const NOT_WAITED_FOR: [Duration; 4] = [BEAT_EVERY, SETTLE_EVERY, LOOK_EVERY, LONGEST_PAUSE];

/// Longest that something which has to happen is waited for.
pub const PATIENCE: Duration = Duration::from_secs(60);

struct State {
    wall: Timestamp,
    monotonic: Duration,
    /// Who waits, by number.
    sleepers: BTreeMap<u64, Waiting>,
    slept: u64,
}

/// Somebody who waits.
struct Waiting {
    until: Duration,
    /// How long it waits in all.
    wait: Duration,
    waker: Option<Waker>,
}

/// A clock that stands still until a test moves it.
#[derive(Clone)]
pub struct TestTime(Arc<Mutex<State>>);

impl TestTime {
    /// Begins at 2026-11-22T08:00:00Z.
    pub fn new() -> Self {
        let wall = Timestamp::parse("2026-11-22T08:00:00Z").unwrap();
        Self(Arc::new(Mutex::new(State {
            wall,
            monotonic: Duration::ZERO,
            sleepers: BTreeMap::new(),
            slept: 0,
        })))
    }

    /// Lets time pass, and wakes whoever waited for it.
    pub fn advance(&self, by: Duration) {
        let mut state = self.0.lock().unwrap();
        state.wall = state.wall.plus(by);
        state.monotonic += by;
        let now = state.monotonic;

        let due = state.sleepers.values_mut().filter(|waiting| waiting.until <= now);
        let wakers: Vec<Waker> = due.filter_map(|waiting| waiting.waker.take()).collect();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Sets the wall clock, forwards or back; no time passes.
    pub fn jump_to(&self, wall: Timestamp) {
        self.0.lock().unwrap().wall = wall;
    }

    /// What the wall clock shows.
    pub fn wall(&self) -> Timestamp {
        self.0.lock().unwrap().wall
    }

    /// How long each who waits has still to wait, all at one moment; nothing, if its time has come and it has not gone
    /// on yet. Without those of `NOT_WAITED_FOR`.
    pub fn waits(&self) -> Vec<Duration> {
        self.waits_of(|waiting| !NOT_WAITED_FOR.contains(&waiting.wait))
    }

    /// How many wait for so long in all and are not done: of jobs of this period, those that are not at work.
    pub fn waiting_for(&self, wait: Duration) -> usize {
        self.waits_of(|waiting| waiting.wait == wait).into_iter().filter(|left| !left.is_zero()).count()
    }

    /// How long those have still to wait that keep a lease, each once in every process.
    pub fn beats(&self) -> Vec<Duration> {
        self.waits_of(|waiting| waiting.wait == BEAT_EVERY)
    }

    fn waits_of(&self, which: impl Fn(&Waiting) -> bool) -> Vec<Duration> {
        let state = self.0.lock().unwrap();
        let waiting = state.sleepers.values().filter(|waiting| which(waiting));
        waiting.map(|waiting| waiting.until.saturating_sub(state.monotonic)).collect()
    }

    /// How many wait for a time that is to come and at most `within` away.
    pub fn sleepers_within(&self, within: Duration) -> usize {
        self.waits().into_iter().filter(|wait| !wait.is_zero() && *wait <= within).count()
    }

    /// How many have not gone on yet though their time has come.
    pub fn late_sleepers(&self) -> usize {
        self.waits().into_iter().filter(Duration::is_zero).count()
    }
}

impl TimeSource for TestTime {
    fn wall(&self) -> Timestamp {
        TestTime::wall(self)
    }

    fn monotonic(&self) -> Duration {
        self.0.lock().unwrap().monotonic
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let mut state = self.0.lock().unwrap();
        state.slept += 1;
        let (id, until) = (state.slept, state.monotonic + duration);
        state.sleepers.insert(id, Waiting { until, wait: duration, waker: None });
        Box::pin(Sleeper { id, until, time: self.clone() })
    }
}

/// Somebody who waits; forgotten when it gives up.
struct Sleeper {
    id: u64,
    until: Duration,
    time: TestTime,
}

impl Future for Sleeper {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.time.0.lock().unwrap();
        if state.monotonic >= self.until {
            return Poll::Ready(());
        }

        if let Some(waiting) = state.sleepers.get_mut(&self.id) {
            waiting.waker = Some(context.waker().clone());
        }
        Poll::Pending
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        self.time.0.lock().unwrap().sleepers.remove(&self.id);
    }
}

/// Checks again and again until it is so; fails if that does not come about.
#[track_caller]
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let time = SystemTimeSource::new();
    while !so() {
        assert!(time.monotonic() < PATIENCE, "{what} does not come about");
        std::thread::yield_now();
    }
}
