//! Time that only the tests move.

use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use clientpass::clock::{Sleep, TimeSource, Timestamp};

struct State {
    wall: Timestamp,
    monotonic: Duration,
    sleepers: Vec<(Duration, Waker)>,
}

/// A clock that stands still until it is told otherwise.
#[derive(Clone)]
pub struct TestTime(Arc<Mutex<State>>);

impl TestTime {
    /// 2026-11-22T08:00:00Z.
    pub fn new() -> Self {
        let wall = Timestamp::parse("2026-11-22T08:00:00Z").unwrap();
        Self(Arc::new(Mutex::new(State { wall, monotonic: Duration::ZERO, sleepers: Vec::new() })))
    }

    /// Lets time pass, and wakes whoever waited for it.
    pub fn advance(&self, by: Duration) {
        let mut state = self.0.lock().unwrap();
        state.wall = state.wall.plus(by);
        state.monotonic += by;
        let now = state.monotonic;
        let (due, waiting) = state.sleepers.drain(..).partition(|(at, _)| *at <= now);
        state.sleepers = waiting;
        drop(state);
        let due: Vec<(Duration, Waker)> = due;
        due.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Sets the wall clock, forwards or back; no time passes.
    pub fn jump_to(&self, wall: Timestamp) {
        self.0.lock().unwrap().wall = wall;
    }

    /// The wall clock.
    pub fn wall(&self) -> Timestamp {
        self.0.lock().unwrap().wall
    }

    /// How many wait for a time to come that is at most `within` away.
    pub fn sleepers_within(&self, within: Duration) -> usize {
        let state = self.0.lock().unwrap();
        state.sleepers.iter().filter(|(at, _)| *at <= state.monotonic + within).count()
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
        let (shared, mut until) = (Arc::clone(&self.0), None);
        Box::pin(std::future::poll_fn(move |context| {
            let mut state = shared.lock().unwrap();
            let until = *until.get_or_insert(state.monotonic + duration);
            if state.monotonic >= until {
                return Poll::Ready(());
            }
            state.sleepers.push((until, context.waker().clone()));
            Poll::Pending
        }))
    }
}
