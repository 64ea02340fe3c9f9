//! Uses of client passwords, sessions and keys: collected in memory and written together, so that a check never waits
//! for the disk.
//!
//! ```text
//!   check --> collected --> every second: few, or too many, or long enough ago? --> being written --> on disk
//! ```
//!
//! Few are written within a second. Many wait, up to ten seconds: those of one client password become one row, and what
//! is in one page of the database is written with it once. After a crash what was not written is missing, no more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Error;
use super::write_behind::{Waits, WriteBehind};
use crate::clock::{Clock, Timestamp};
use crate::domain::client_password::{LastUse, StaleUse};
use crate::domain::ids::{ClientPasswordId, MemberId, ServiceKeyId, SessionId};
use crate::domain::place::Place;
use crate::domain::protocol::Protocol;
use crate::domain::throttle::Recent;
use crate::store::engine::EngineError;
use crate::store::known_places::{KnownPlace, Purpose};
use crate::store::usage::{Moved, Use};
use crate::store::{Database, UsageStore};

/// With the second that passes until it is looked at again, uses wait ten.
const WAITS: Waits = Waits { few: 1_000, many: 131_072, longest: Duration::from_secs(9) };
/// So many are written in one transaction: other changes wait for no more.
const TOGETHER: usize = 4_096;

/// How often it is written down that a member still gets in from a place.
const PLACE_NOTED_EVERY: Duration = Duration::from_secs(86_400);
/// Places of which it is remembered when that was.
const PLACES: usize = 131_072;

#[derive(Debug, Default)]
struct Pending {
    used: HashMap<(ClientPasswordId, Protocol), LastUse>,
    stale: HashMap<ClientPasswordId, StaleUse>,
    sessions: HashMap<SessionId, Timestamp>,
    keys: HashMap<ServiceKeyId, Timestamp>,
    password_moves: HashMap<ClientPasswordId, Moved>,
    key_moves: HashMap<ServiceKeyId, Moved>,
    places: HashMap<KnownPlace, Timestamp>,
}

/// What has been used and is not on disk yet.
#[derive(Debug, Default)]
struct Collected {
    waiting: Pending,
    /// What is being written.
    taken: Arc<Pending>,
}

/// The uses of this process that are not written yet, and where they are written.
#[derive(Clone, Debug)]
pub struct UsageLog {
    collected: Arc<Mutex<Collected>>,
    /// When places were written last.
    noted_places: Arc<Mutex<Recent<KnownPlace, Timestamp>>>,
    behind: WriteBehind,
    store: UsageStore,
    database: Database,
}

impl UsageLog {
    pub(super) fn new(store: UsageStore, database: Database, clock: Clock) -> Self {
        let noted_places = Arc::new(Mutex::new(Recent::new(PLACES)));
        Self {
            collected: Arc::default(),
            noted_places,
            behind: WriteBehind::new(WAITS, clock),
            store,
            database,
        }
    }

    fn collected(&self) -> MutexGuard<'_, Collected> {
        self.collected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn noted_places(&self) -> MutexGuard<'_, Recent<KnownPlace, Timestamp>> {
        self.noted_places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A client password of this member opened mail at this place.
    pub(super) fn used(&self, id: ClientPasswordId, used: LastUse, member: MemberId, place: Option<Place>) {
        let mut collected = self.collected();
        if let Some(place) = place {
            collected.waiting.places.insert((member, Purpose::Password, place), used.at);
        }
        collected.waiting.used.insert((id, used.protocol), used);
    }

    pub(super) fn stale(&self, id: ClientPasswordId, used: StaleUse) {
        let mut collected = self.collected();
        let count = collected.waiting.stale.get(&id).map_or(0, |before| before.count);
        collected.waiting.stale.insert(id, StaleUse { count: count + used.count, ..used });
    }

    pub(super) fn session(&self, id: SessionId, at: Timestamp) {
        self.collected().waiting.sessions.insert(id, at);
    }

    pub(super) fn session_seen(&self, id: SessionId) -> Option<Timestamp> {
        let collected = self.collected();
        collected.waiting.sessions.get(&id).or_else(|| collected.taken.sessions.get(&id)).copied()
    }

    pub(super) fn key(&self, id: ServiceKeyId, at: Timestamp) {
        self.collected().waiting.keys.insert(id, at);
    }

    /// A member got in from a place.
    pub(super) fn got_in_from(&self, place: KnownPlace, at: Timestamp) {
        self.collected().waiting.places.insert(place, at);
    }

    /// A client password was found under an older pepper.
    pub(super) fn password_moves(&self, id: ClientPasswordId, moved: Moved) {
        self.collected().waiting.password_moves.insert(id, moved);
    }

    /// A service key was found under an older pepper.
    pub(super) fn key_moves(&self, id: ServiceKeyId, moved: Moved) {
        self.collected().waiting.key_moves.insert(id, moved);
    }

    /// Over which protocols a client password was used, as far as that may not be on disk yet.
    fn of_password(&self, id: ClientPasswordId) -> Vec<Use> {
        let collected = self.collected();
        let both = [&*collected.taken, &collected.waiting];
        let uses = both.into_iter().flat_map(|pending| {
            let uses =
                Protocol::ALL.into_iter().filter_map(move |protocol| pending.used.get(&(id, protocol)));
            uses.map(|used| Use::Last(id, used.clone()))
        });

        let mut uses: Vec<Use> = uses.collect();
        Use::sort(&mut uses);
        uses
    }

    /// Takes what waits, sorted as it is to be written.
    fn take(&self) -> Vec<Use> {
        let taken = {
            let mut collected = self.collected();
            collected.taken = Arc::new(std::mem::take(&mut collected.waiting));
            Arc::clone(&collected.taken)
        };

        let mut uses = taken.uses(|place, at| self.is_new(place, at));
        Use::sort(&mut uses);
        uses
    }

    /// Whether it has not been written down lately that a member got in from a place. One where it has is known anyway.
    fn is_new(&self, place: &KnownPlace, at: Timestamp) -> bool {
        self.noted_places().get(place).is_none_or(|noted| at.since(noted) >= PLACE_NOTED_EVERY)
    }

    fn note_places(&self, written: &[Use]) {
        let mut noted = self.noted_places();
        for one in written {
            if let Use::Place(place, at) = one {
                noted.insert(*place, *at);
            }
        }
    }

    async fn write_all(&self) -> Result<(), EngineError> {
        let uses = self.take();
        let mut rest = uses.as_slice();
        let mut outcome = Ok(());

        // Whoever was refused because of a date is refused after a restart too.
        if uses.iter().any(|one| matches!(one, Use::Stale(..))) {
            outcome = self.database.write_mark().await;
        }

        while outcome.is_ok() && !rest.is_empty() {
            let (together, after) = rest.split_at(rest.len().min(TOGETHER));
            outcome = self.store.write(together).await;
            match &outcome {
                Ok(()) => {
                    self.note_places(together);
                    rest = after;
                }
                // To count twice what may have been written is worse than to miss it; all else is the same twice.
                Err(EngineError::OutcomeUnknown(_)) => {
                    self.take_back(together.iter().filter(|one| !matches!(one, Use::Stale(..))));
                    rest = after;
                }
                Err(_) => {}
            }
        }

        self.take_back(rest.iter());
        self.collected().taken = Arc::default();
        outcome
    }

    fn take_back<'a>(&self, uses: impl Iterator<Item = &'a Use>) {
        let mut collected = self.collected();
        uses.for_each(|one| collected.waiting.take_back(one.clone()));
    }
}

impl Pending {
    fn len(&self) -> usize {
        let Self { used, stale, sessions, keys, password_moves, key_moves, places } = self;
        let others = [stale.len(), sessions.len(), keys.len(), password_moves.len(), key_moves.len()];
        used.len() + places.len() + others.iter().sum::<usize>()
    }

    fn uses(&self, is_new: impl Fn(&KnownPlace, Timestamp) -> bool) -> Vec<Use> {
        let used = self.used.iter().map(|((id, _), used)| Use::Last(*id, used.clone()));
        let stale = self.stale.iter().map(|(id, used)| Use::Stale(*id, used.clone()));
        let sessions = self.sessions.iter().map(|(id, at)| Use::Session(*id, *at));
        let keys = self.keys.iter().map(|(id, at)| Use::Key(*id, *at));
        let moves = self.password_moves.iter().map(|(id, moved)| Use::MovedPassword(*id, *moved));
        let key_moves = self.key_moves.iter().map(|(id, moved)| Use::MovedKey(*id, *moved));
        let places = self.places.iter().filter(|(place, at)| is_new(place, **at));
        let places = places.map(|(place, at)| Use::Place(*place, *at));

        used.chain(stale).chain(sessions).chain(keys).chain(moves).chain(key_moves).chain(places).collect()
    }

    /// Takes back what could not be written; what came meanwhile is newer.
    fn take_back(&mut self, failed: Use) {
        match failed {
            Use::Last(id, used) => {
                self.used.entry((id, used.protocol)).or_insert(used);
            }
            Use::Stale(id, used) => {
                let newer = self.stale.entry(id).or_insert(StaleUse { count: 0, ..used.clone() });
                newer.count += used.count;
            }
            Use::Session(id, at) => {
                self.sessions.entry(id).or_insert(at);
            }
            Use::Key(id, at) => {
                self.keys.entry(id).or_insert(at);
            }
            Use::MovedPassword(id, moved) => {
                self.password_moves.entry(id).or_insert(moved);
            }
            Use::MovedKey(id, moved) => {
                self.key_moves.entry(id).or_insert(moved);
            }
            Use::Place(place, at) => {
                self.places.entry(place).or_insert(at);
            }
        }
    }
}

impl UsageLog {
    /// Writes down what has been used, if it is time to. What cannot be written is kept for the next time.
    pub async fn write_due(&self) -> Result<(), Error> {
        let waiting = self.collected().waiting.len();
        if self.behind.is_due(waiting).await { self.write().await } else { Ok(()) }
    }

    /// Writes down what has been used. What cannot be written is kept for the next time.
    pub async fn write(&self) -> Result<(), Error> {
        let log = self.clone();
        self.behind.write(async move { log.write_all().await }).await
    }

    /// Writes down over which protocols one client password was used, and leaves the rest for later. To write a use
    /// twice is the same as once.
    pub(super) async fn write_of(&self, id: ClientPasswordId) -> Result<(), Error> {
        let uses = self.of_password(id);
        if uses.is_empty() {
            return Ok(());
        }
        Ok(self.store.write(&uses).await?)
    }

    /// Writes down one use of a client password, and leaves the rest for later.
    pub(super) async fn write_use(&self, id: ClientPasswordId, used: LastUse) -> Result<(), Error> {
        Ok(self.store.write(&[Use::Last(id, used)]).await?)
    }

    /// Writes down what has been used and how late it is, at the end: a date that has come stays so even if the
    /// next start is on a clock that is behind.
    pub async fn settle(&self) -> Result<(), Error> {
        self.write().await?;
        Ok(self.database.write_mark().await?)
    }

    /// Brings what is read next up to date, as far as the database can be written.
    pub(super) async fn write_or_warn(&self) {
        if let Err(error) = self.write().await {
            tracing::warn!(event = "usage_not_written", %error);
        }
    }
}
