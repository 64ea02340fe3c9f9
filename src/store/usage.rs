//! Uses: collected elsewhere, written here in one go, in tables of their own. Every node writes them in the same
//! order, so that none waits for another that waits for it.

use std::fmt;

use uuid::Uuid;

use super::client_passwords::bit;
use super::database::Database;
use super::engine::{EngineError, Value};
use super::known_places::{self, KnownPlace};
use super::service_keys::ServiceKeyStore;
use super::statements::{args, point};
use super::transaction::Transaction;
use super::verifier::Verifier;
use crate::clock::Timestamp;
use crate::domain::client_password::{LastUse, StaleUse};
use crate::domain::ids::{ClientPasswordId, ServiceKeyId, SessionId};
use crate::domain::place::Place;

/// One thing that was used.
#[derive(Clone, Debug)]
pub enum Use {
    /// A client password opened mail, over this protocol for the last time.
    Last(ClientPasswordId, LastUse),
    /// An ended client password was tried, so often since the last writing.
    Stale(ClientPasswordId, StaleUse),
    /// A session was used.
    Session(SessionId, Timestamp),
    /// A service key was used.
    Key(ServiceKeyId, Timestamp),
    /// A client password was found under an older pepper.
    MovedPassword(ClientPasswordId, Moved),
    /// A service key was found under an older pepper.
    MovedKey(ServiceKeyId, Moved),
    /// A member got in from a place.
    Place(KnownPlace, Timestamp),
}

/// What something was found under, and what it is kept under from now on.
#[derive(Clone, Copy)]
pub struct Moved {
    from: i64,
    to: i64,
    verifier: Verifier,
}

impl Moved {
    /// From an older pepper to the newest, with the verifier under that.
    pub const fn new(from: i64, (to, verifier): (i64, Verifier)) -> Self {
        Self { from, to, verifier }
    }

    fn args(self, id: Uuid) -> Vec<Value> {
        args![&self.verifier[..], self.to, id, self.from]
    }
}

impl fmt::Debug for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Moved({} to {})", self.from, self.to)
    }
}

impl Use {
    /// Which row it goes to: table, id, and what else there is in its key.
    fn row(&self) -> (u8, Uuid, i64, Option<Place>) {
        match self {
            Self::Last(id, used) => (0, id.uuid(), bit(used.protocol), None),
            Self::Stale(id, _) => (1, id.uuid(), 0, None),
            Self::Session(id, _) => (2, id.uuid(), 0, None),
            Self::Key(id, _) => (3, id.uuid(), 0, None),
            Self::MovedKey(id, _) => (3, id.uuid(), 1, None),
            Self::MovedPassword(id, _) => (4, id.uuid(), 0, None),
            Self::Place((id, purpose, place), _) => (5, id.uuid(), *purpose as i64, Some(*place)),
        }
    }

    /// Sorts uses as every node writes them. What is in one page of the database is then written together.
    pub fn sort(uses: &mut [Self]) {
        uses.sort_unstable_by_key(Self::row);
    }

    /// What the statements for many at once take of it.
    fn values(&self) -> Vec<Value> {
        match self {
            Self::Last(id, used) => {
                args![id.uuid(), bit(used.protocol), used.at, used.ip.clone(), used.client.clone()]
            }
            Self::Stale(id, used) => {
                args![id.uuid(), used.at, bit(used.protocol), used.ip.clone(), used.count]
            }
            Self::Place((member, purpose, place), at) => {
                args![member.uuid(), purpose.name(), place.to_text(), *at]
            }
            _ => Vec::new(),
        }
    }
}

/// Rows that one statement writes where there are so many of a kind.
const TOGETHER: usize = 32;

/// Writes uses, many at once.
#[derive(Clone, Debug)]
pub struct UsageStore {
    database: Database,
}

impl UsageStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Writes uses down that are sorted, all or none.
    pub async fn write(&self, uses: &[Use]) -> Result<(), EngineError> {
        let mut transaction = Transaction::system();
        for of_a_table in uses.chunk_by(|one, next| one.row().0 == next.row().0) {
            add_all(&mut transaction, of_a_table);
        }
        self.database.write(transaction).await.map(|_| ())
    }
}

fn add_all(transaction: &mut Transaction, uses: &[Use]) {
    let together = match uses.first() {
        Some(Use::Last(..)) => Some(point!("usage/uses")),
        Some(Use::Stale(..)) => Some(point!("usage/stale_uses")),
        Some(Use::Place(..)) => Some(point!("known_places/remember_many")),
        _ => None,
    };

    let mut rest = uses;
    if let Some(together) = together {
        while let Some((many, after)) = rest.split_first_chunk::<TOGETHER>() {
            transaction.execute(together, many.iter().flat_map(Use::values).collect());
            rest = after;
        }
    }

    for one in rest {
        add(transaction, one);
    }
    forget_oldest_places(transaction, uses);
}

/// Once for each member and purpose, however many places are new.
fn forget_oldest_places(transaction: &mut Transaction, uses: &[Use]) {
    let mut last = None;
    for one in uses {
        let Use::Place((member, purpose, _), _) = one else { return };
        if last != Some((*member, *purpose)) {
            known_places::forget_oldest(transaction, *member, *purpose);
            last = Some((*member, *purpose));
        }
    }
}

fn add(transaction: &mut Transaction, one: &Use) {
    match one {
        Use::Last(..) => {
            transaction.execute(point!("usage/use"), one.values());
        }
        Use::Stale(..) => {
            transaction.execute(point!("usage/stale_use"), one.values());
        }
        Use::Session(id, at) => {
            transaction.execute(point!("sessions/seen"), args![*at, id.uuid()]);
        }
        Use::Key(id, at) => ServiceKeyStore::key_used(transaction, *id, *at),
        // Only where it still is: nothing else of the row is touched, so no end can be undone.
        Use::MovedPassword(id, moved) => {
            transaction.execute(point!("usage/move_client_password"), moved.args(id.uuid()));
        }
        Use::MovedKey(id, moved) => {
            transaction.execute(point!("usage/move_service_key"), moved.args(id.uuid()));
        }
        Use::Place(..) => {
            transaction.execute(point!("known_places/remember"), one.values());
        }
    }
}
