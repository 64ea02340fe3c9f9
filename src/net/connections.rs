//! Who is connected, and who has to go when there is no more room: first who does nothing and has never proven
//! anything, the longest silent first. One address has half of the room at the most, and a share is kept for those
//! that have let somebody in or shown a key.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Notify;

use crate::clock::Clock;

/// Addresses that are remembered as having proven something.
const KNOWN: usize = 4_096;

/// Room for fewer than this is not divided.
const SMALL: usize = 128;

/// How many may be connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Room {
    /// Connections of all peers together.
    pub connections: usize,
    /// From one address that has proven nothing yet.
    pub per_address: usize,
    /// Of all, kept for those that have.
    pub kept_for_known: usize,
}

impl Room {
    /// Half of it for one address, unless it is small, and a quarter kept for who is known.
    pub const fn of(connections: usize) -> Self {
        let connections = if connections == 0 { 1 } else { connections };
        let per_address = if connections < SMALL { connections } else { connections / 2 };
        Self { connections, per_address, kept_for_known: connections / 4 }
    }
}

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The address has too many that are at work.
    Address,
    /// All are at work.
    All,
}

/// All connections of a server.
#[derive(Debug)]
pub struct Connections {
    room: Room,
    /// Who came or answered less than this ago is not sent away.
    grace: Duration,
    clock: Clock,
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct State {
    last: u64,
    seats: BTreeMap<u64, Arc<Seat>>,
    addresses: HashMap<IpAddr, usize>,
    known: HashSet<IpAddr>,
}

/// One connection, and what decides whether it is closed for another.
#[derive(Debug)]
pub struct Seat {
    number: u64,
    address: Option<IpAddr>,
    /// Requests that are being answered.
    busy: AtomicUsize,
    /// Whether it has itself proven something, not another from the same address.
    known: AtomicBool,
    /// Since when no request is being answered, in microseconds of monotonic time.
    since: AtomicU64,
    leave: Notify,
    all: std::sync::Weak<Connections>,
}

impl Seat {
    /// Ends when the connection has to go.
    pub async fn leaves(&self) {
        self.leave.notified().await;
    }

    fn is_idle(&self, now: u64, grace: u64) -> bool {
        self.busy.load(Ordering::Relaxed) == 0
            && now.saturating_sub(self.since.load(Ordering::Relaxed)) >= grace
    }
}

/// Taken for as long as it lives.
#[derive(Debug)]
pub struct Taken(Arc<Seat>);

impl Taken {
    /// The seat that was taken, for requests on it to be counted.
    pub fn seat(&self) -> Arc<Seat> {
        Arc::clone(&self.0)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(all) = self.0.all.upgrade() {
            all.state().remove(self.0.number);
            all.freed.notify_one();
        }
    }
}

impl State {
    fn remove(&mut self, number: u64) -> Option<Arc<Seat>> {
        let seat = self.seats.remove(&number)?;

        if let Some(address) = seat.address
            && let Some(count) = self.addresses.get_mut(&address)
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.addresses.remove(&address);
            }
        }
        Some(seat)
    }

    /// Sends away whoever is the least loss of those that this takes; whether there was anybody.
    fn shed(&mut self, (now, grace): (u64, u64), takes: impl Fn(&Seat) -> bool) -> bool {
        let idle = self.seats.values().filter(|seat| seat.is_idle(now, grace) && takes(seat));
        let loss =
            |seat: &&Arc<Seat>| (seat.known.load(Ordering::Relaxed), seat.since.load(Ordering::Relaxed));
        let Some(number) = idle.min_by_key(loss).map(|seat| seat.number) else { return false };
        self.remove(number).inspect(|seat| seat.leave.notify_one()).is_some()
    }

    fn count_known(&self) -> usize {
        self.seats.values().filter(|seat| seat.known.load(Ordering::Relaxed)).count()
    }
}

impl Connections {
    /// Room as given, with nobody connected yet.
    pub fn new(room: Room, grace: Duration, clock: Clock) -> Arc<Self> {
        Arc::new(Self { room, grace, clock, state: Mutex::default(), freed: Notify::new() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.clock.monotonic().as_micros()).unwrap_or(u64::MAX)
    }

    /// Lets somebody in, instead of somebody else where there is no room.
    pub fn admit(self: &Arc<Self>, peer: Option<IpAddr>) -> Result<Taken, Full> {
        let address = peer.map(place);
        let now = self.now();
        let idle = (now, u64::try_from(self.grace.as_micros()).unwrap_or(u64::MAX));

        let mut state = self.state();
        // Who comes over a unix socket is a program of this machine.
        let known = address.is_none_or(|address| state.known.contains(&address));
        let theirs = address.and_then(|address| state.addresses.get(&address)).copied().unwrap_or(0);
        let Room { connections, per_address, kept_for_known } = self.room;

        let crowd = !known && per_address < connections && theirs >= per_address;
        if crowd && !state.shed(idle, |seat| seat.address == address) {
            return Err(Full::Address);
        }

        let open_to_all = connections.saturating_sub(kept_for_known);
        if !known
            && state.seats.len() >= open_to_all
            && state.seats.len() - state.count_known() >= open_to_all
        {
            let unknown = |seat: &Seat| !seat.known.load(Ordering::Relaxed);
            if !state.shed(idle, unknown) {
                return Err(Full::All);
            }
        }

        if state.seats.len() >= connections && !state.shed(idle, |_| true) {
            return Err(Full::All);
        }

        state.last += 1;
        let seat = Arc::new(Seat {
            number: state.last,
            address,
            busy: AtomicUsize::new(0),
            known: AtomicBool::new(false),
            since: AtomicU64::new(now),
            leave: Notify::new(),
            all: Arc::downgrade(self),
        });
        state.seats.insert(seat.number, Arc::clone(&seat));
        if let Some(address) = address {
            *state.addresses.entry(address).or_default() += 1;
        }
        Ok(Taken(seat))
    }

    /// The same, after waiting for room where all are at work.
    pub async fn admit_in_turn(self: &Arc<Self>, peer: Option<IpAddr>) -> Option<Taken> {
        loop {
            match self.admit(peer) {
                Ok(taken) => return Some(taken),
                Err(Full::Address) => return None,
                Err(Full::All) => tokio::select! {
                    () = self.freed.notified() => {}
                    () = self.clock.sleep(self.grace) => {}
                },
            }
        }
    }
}

/// A host: an address of IPv4, a network of 64 bits of IPv6.
fn place(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        address @ IpAddr::V4(_) => address,
    }
}

tokio::task_local! {
    static SEAT: Arc<Seat>;
}

/// Serves a connection: every request answered meanwhile counts as that connection's.
pub async fn seated<T>(taken: &Taken, serve: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        served = SEAT.scope(taken.seat(), serve) => Some(served),
        () = taken.0.leaves() => None,
    }
}

/// For as long as it lives the connection of the current request is at work.
#[derive(Debug)]
pub struct Busy(Option<Arc<Seat>>);

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(seat) = &self.0 {
            let now = seat.all.upgrade().map_or(0, |all| all.now());
            seat.since.store(now, Ordering::Relaxed);
            seat.busy.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Marks the connection of the current request as at work.
pub fn busy() -> Busy {
    let seat = SEAT.try_with(Arc::clone).ok();
    if let Some(seat) = &seat {
        seat.busy.fetch_add(1, Ordering::Relaxed);
    }
    Busy(seat)
}

/// The connection of the current request has let somebody in, or shown a key or a session: it and its address are known
/// from now on.
pub fn proven() {
    // A request that came another way has no seat.
    let _ = SEAT.try_with(|seat| {
        if seat.known.swap(true, Ordering::Relaxed) {
            return;
        }
        if let Some((all, address)) = seat.all.upgrade().zip(seat.address) {
            let mut state = all.state();
            if state.known.len() < KNOWN {
                state.known.insert(address);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemTimeSource;

    fn connections(all: usize) -> Arc<Connections> {
        let clock = Clock::new(Arc::new(SystemTimeSource::new()));
        let room = Room { connections: all, per_address: all / 2, kept_for_known: all / 4 };
        Connections::new(room, Duration::ZERO, clock)
    }

    fn from(all: &Arc<Connections>, last: u8) -> Result<Taken, Full> {
        all.admit(Some(IpAddr::from([192, 0, 2, last])))
    }

    fn gone(taken: &Taken) -> bool {
        taken.0.all.upgrade().is_none_or(|all| !all.state().seats.contains_key(&taken.0.number))
    }

    fn work(taken: &Taken) {
        taken.0.busy.fetch_add(1, Ordering::Relaxed);
    }

    async fn prove(taken: &Taken) {
        seated(taken, async { proven() }).await;
    }

    #[test]
    fn one_address_has_half_of_the_room_and_its_own_idle_ones_go() {
        let all = connections(8);
        let first: Vec<_> = (0..4).map(|_| from(&all, 1).unwrap()).collect();

        work(&first[0]);
        let fifth = from(&all, 1).unwrap();
        assert!(!gone(&first[0]) && gone(&first[1]) && !gone(&first[2]) && !gone(&fifth));
        [&first[2], &first[3], &fifth].into_iter().for_each(work);
        assert_eq!(from(&all, 1).err(), Some(Full::Address));

        from(&all, 2).unwrap();
        drop(fifth);
        from(&all, 1).unwrap();
    }

    #[tokio::test]
    async fn a_share_is_kept_for_who_is_known_and_who_is_known_goes_last() {
        let all = connections(8);
        let known = from(&all, 1).unwrap();

        prove(&known).await;
        let strangers: Vec<_> = (10..16).map(|last| from(&all, last).unwrap()).collect();
        strangers.iter().for_each(work);

        assert_eq!(from(&all, 20).err(), Some(Full::All), "six of eight are for anybody");
        let more = from(&all, 1).unwrap();
        assert!(!gone(&known) && !gone(&more));

        // All others are at work: who has proven nothing itself goes first, though it is younger.
        let last = from(&all, 1).unwrap();
        assert!(!gone(&known) && gone(&more) && !gone(&last));
    }

    #[tokio::test]
    async fn who_is_at_work_is_not_sent_away_and_is_idle_afterwards() {
        let all = connections(4);

        let taken = from(&all, 1).unwrap();
        seated(&taken, async {
            let working = busy();
            assert!(!all.state().shed((u64::MAX, 0), |_| true));
            drop(working);
        })
        .await;
        assert!(all.state().shed((u64::MAX, 0), |_| true));
        assert_eq!(seated(&taken, std::future::pending::<()>()).await, None, "it has to go");
    }

    #[test]
    fn hosts_of_one_network_of_ipv6_are_one() {
        let parse = |text: &str| place(text.parse().unwrap());
        assert_eq!(parse("2001:db8::1"), parse("2001:db8::2:0:0:1"));
        assert_ne!(parse("2001:db8::1"), parse("2001:db8:0:1::1"));
        assert_eq!(parse("::ffff:192.0.2.1"), parse("192.0.2.1"));
    }
}
