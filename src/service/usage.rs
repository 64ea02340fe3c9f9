//! Uses of client passwords, sessions and keys: collected in memory, written every second, so that a check
//! never waits for the disk. After a crash at most the last second is missing.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Error;
use crate::clock::Timestamp;
use crate::domain::client_password::{LastUse, StaleUse};
use crate::domain::ids::{ClientPasswordId, MemberId, ServiceKeyId, SessionId};
use crate::domain::place::Place;
use crate::domain::protocol::Protocol;
use crate::domain::throttle::Recent;
use crate::store::engine::EngineError;
use crate::store::known_places::{KnownPlace, Purpose};
use crate::store::usage::{Moved, Use};
use crate::store::{Database, UsageStore};

/// A place, and what it is known for to a member.
type MemberPlace = (MemberId, Purpose, Place);

#[derive(Debug, Default)]
struct Pending {
    used: HashMap<(ClientPasswordId, Protocol), (MemberId, LastUse)>,
    stale: HashMap<ClientPasswordId, StaleUse>,
    sessions: HashMap<SessionId, Timestamp>,
    keys: HashMap<ServiceKeyId, Timestamp>,
    password_moves: HashMap<ClientPasswordId, Moved>,
    key_moves: HashMap<ServiceKeyId, Moved>,
    places: HashMap<MemberPlace, Timestamp>,
}

/// Over which protocols a client password is used decides when a rotation ends it, and is asked about a month: it is
/// written no more often than this.
const PROTOCOL_NOTED_EVERY: Duration = Duration::from_secs(3_600);
/// Protocols of client passwords of which it is remembered when that was; beyond it all are forgotten.
const NOTED: usize = 65_536;

type Noted = HashMap<(ClientPasswordId, Protocol), Timestamp>;

/// How often it is written down that a member still gets in from a place.
const PLACE_NOTED_EVERY: Duration = Duration::from_secs(86_400);
/// Places of which it is remembered when that was.
const PLACES: usize = 32_768;

/// What has been used and is not written yet.
#[derive(Clone, Debug)]
pub(super) struct Usage {
    pending: Arc<Mutex<Pending>>,
    /// When protocols were written last.
    noted: Arc<Mutex<Noted>>,
    /// When places were written last.
    noted_places: Arc<Mutex<Recent<MemberPlace, Timestamp>>>,
    /// Held while writing, so that whoever waits for it knows that all before is written.
    writing: Arc<tokio::sync::Mutex<()>>,
}

impl Default for Usage {
    fn default() -> Self {
        Self {
            pending: Arc::default(),
            noted: Arc::default(),
            noted_places: Arc::new(Mutex::new(Recent::new(PLACES))),
            writing: Arc::default(),
        }
    }
}

impl Usage {
    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, written: &[Use]) {
        let mut noted = self.noted();
        for one in written {
            let Use::Protocol(id, protocol, at) = one else { continue };
            if noted.len() >= NOTED {
                noted.clear();
            }
            noted.insert((*id, *protocol), *at);
        }
    }

    /// A client password of this member opened mail.
    pub(super) fn used(&self, id: ClientPasswordId, member: MemberId, used: LastUse) {
        self.pending().used.insert((id, used.protocol), (member, used));
    }

    pub(super) fn stale(&self, id: ClientPasswordId, used: StaleUse) {
        let mut pending = self.pending();
        let count = pending.stale.get(&id).map_or(0, |before| before.count);
        pending.stale.insert(id, StaleUse { count: count + used.count, ..used });
    }

    pub(super) fn session(&self, id: SessionId, at: Timestamp) {
        self.pending().sessions.insert(id, at);
    }

    pub(super) fn session_seen(&self, id: SessionId) -> Option<Timestamp> {
        self.pending().sessions.get(&id).copied()
    }

    pub(super) fn key(&self, id: ServiceKeyId, at: Timestamp) {
        self.pending().keys.insert(id, at);
    }

    /// A member got in from a place.
    pub(super) fn got_in_from(&self, place: MemberPlace, at: Timestamp) {
        self.pending().places.insert(place, at);
    }

    /// The places that have not been written down lately. One that has is known anyway.
    fn new_places(&self, taken: &Pending) -> HashMap<MemberPlace, Timestamp> {
        let mut noted = self.noted_places.lock().unwrap_or_else(PoisonError::into_inner);
        let mut places = taken.places_of_passwords();
        places.extend(&taken.places);
        places.retain(|place, at| noted.get(place).is_none_or(|noted| at.since(noted) >= PLACE_NOTED_EVERY));
        places
    }

    fn note_places(&self, written: HashMap<MemberPlace, Timestamp>) {
        let mut noted = self.noted_places.lock().unwrap_or_else(PoisonError::into_inner);
        for (place, at) in written {
            noted.insert(place, at);
        }
    }

    async fn write(&self, uses_of: &UsageStore, database: &Database) -> Result<(), EngineError> {
        let taken = std::mem::take(&mut *self.pending());
        let places = self.new_places(&taken);
        let uses = taken.uses(&self.noted(), &places);
        if uses.is_empty() {
            return Ok(());
        }
        // Whoever was refused because of a date is refused after a restart too.
        let marks = if taken.stale.is_empty() { Ok(()) } else { database.write_mark().await };
        let written = uses_of.write(&uses).await.and(marks);
        match &written {
            Ok(()) => {
                self.note(&uses);
                self.note_places(places);
            }
            // To count twice what may have been written is worse than to miss a second; all else is the same twice.
            Err(EngineError::OutcomeUnknown(_)) => {
                self.pending().take_back(Pending { stale: HashMap::new(), ..taken });
            }
            Err(_) => self.pending().take_back(taken),
        }
        written
    }

    /// A client password was found under an older pepper.
    pub(super) fn password_moves(&self, id: ClientPasswordId, moved: Moved) {
        self.pending().password_moves.insert(id, moved);
    }

    /// A service key was found under an older pepper.
    pub(super) fn key_moves(&self, id: ServiceKeyId, moved: Moved) {
        self.pending().key_moves.insert(id, moved);
    }
}

impl Pending {
    fn uses(&self, noted: &Noted, places: &HashMap<MemberPlace, Timestamp>) -> Vec<Use> {
        let last = self.last().into_iter().map(|(id, used)| Use::Last(id, used.clone()));
        let lately = |key, at: Timestamp| {
            noted.get(key).is_some_and(|noted| *noted <= at && at.since(*noted) < PROTOCOL_NOTED_EVERY)
        };
        let protocols = self.used.iter().filter(|(key, (_, used))| !lately(*key, used.at));
        let protocols = protocols.map(|((id, protocol), (_, used))| Use::Protocol(*id, *protocol, used.at));
        let stale = self.stale.iter().map(|(id, used)| Use::Stale(*id, used.clone()));
        let sessions = self.sessions.iter().map(|(id, at)| Use::Session(*id, *at));
        let keys = self.keys.iter().map(|(id, at)| Use::Key(*id, *at));
        let moves = self.password_moves.iter().map(|(id, moved)| Use::MovedPassword(*id, *moved));
        let key_moves = self.key_moves.iter().map(|(id, moved)| Use::MovedKey(*id, *moved));
        let places = kept(places).into_iter().map(|(place, at)| Use::Place(place, at));
        let used = last.chain(protocols).chain(stale).chain(sessions).chain(keys);
        used.chain(moves).chain(key_moves).chain(places).collect()
    }

    /// Where client passwords opened mail.
    fn places_of_passwords(&self) -> HashMap<MemberPlace, Timestamp> {
        let places = self.used.values().filter_map(|(member, used)| {
            let address = used.ip.as_deref().and_then(|ip| ip.parse().ok())?;
            Some(((*member, Purpose::Password, Place::at(address)), used.at))
        });
        places.collect()
    }

    /// The last use of each client password, over whichever protocol.
    fn last(&self) -> HashMap<ClientPasswordId, &LastUse> {
        let mut last: HashMap<ClientPasswordId, &LastUse> = HashMap::with_capacity(self.used.len());
        for ((id, _), (_, used)) in &self.used {
            let newest = last.entry(*id).or_insert(used);
            if newest.at < used.at {
                *newest = used;
            }
        }
        last
    }

    /// Takes back what could not be written; what came meanwhile is newer.
    fn take_back(&mut self, failed: Self) {
        for (key, used) in failed.used {
            self.used.entry(key).or_insert(used);
        }
        for (id, used) in failed.stale {
            let newer = self.stale.entry(id).or_insert(StaleUse { count: 0, ..used.clone() });
            newer.count += used.count;
        }
        for (id, at) in failed.sessions {
            self.sessions.entry(id).or_insert(at);
        }
        for (id, at) in failed.keys {
            self.keys.entry(id).or_insert(at);
        }
        for (key, at) in failed.places {
            self.places.entry(key).or_insert(at);
        }
        for (id, moved) in failed.password_moves {
            self.password_moves.entry(id).or_insert(moved);
        }
        for (id, moved) in failed.key_moves {
            self.key_moves.entry(id).or_insert(moved);
        }
    }
}

/// Places as they are kept, of each member in an order that every node writes them in.
fn kept(places: &HashMap<MemberPlace, Timestamp>) -> BTreeMap<KnownPlace, Timestamp> {
    let kept = places
        .iter()
        .filter_map(|((member, purpose, place), at)| Some(((*member, *purpose, place.to_text()?), *at)));
    kept.collect()
}

/// The uses of this process, and where they are written.
#[derive(Clone, Debug)]
pub struct UsageLog {
    usage: Usage,
    uses: UsageStore,
    database: Database,
}

impl UsageLog {
    pub(super) fn new(uses: UsageStore, database: Database) -> Self {
        Self { usage: Usage::default(), uses, database }
    }

    /// What is counted.
    pub(super) const fn pending(&self) -> &Usage {
        &self.usage
    }

    /// Writes down what has been used. What cannot be written is kept for the next time.
    pub async fn write(&self) -> Result<(), Error> {
        let writing = Arc::clone(&self.usage.writing).lock_owned().await;
        let log = self.clone();
        // On its own: what was taken is written or taken back even if whoever asked goes away in the middle.
        let work = tokio::spawn(async move {
            let written = log.usage.write(&log.uses, &log.database).await;
            drop(writing);
            written
        });
        Ok(work.await.map_err(|error| Error::Unavailable(error.to_string()))??)
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
