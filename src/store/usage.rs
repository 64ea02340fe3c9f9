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
use crate::domain::protocol::Protocol;

/// One thing that was used.
#[derive(Clone, Debug)]
pub enum Use {
    /// A client password opened mail.
    Last(ClientPasswordId, LastUse),
    /// A client password opened mail over this protocol.
    Protocol(ClientPasswordId, Protocol, Timestamp),
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
    /// A member got in from a place; of the same member in the order of the places.
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
    /// Which row it goes to: table, id, protocol.
    fn place(&self) -> (u8, Uuid, i64) {
        match self {
            Self::Last(id, _) => (0, id.uuid(), 0),
            Self::Protocol(id, protocol, _) => (1, id.uuid(), bit(*protocol)),
            Self::Stale(id, _) => (2, id.uuid(), 0),
            Self::Session(id, _) => (3, id.uuid(), 0),
            Self::Key(id, _) => (4, id.uuid(), 0),
            Self::MovedKey(id, _) => (4, id.uuid(), 1),
            Self::MovedPassword(id, _) => (5, id.uuid(), 0),
            Self::Place((id, ..), _) => (6, id.uuid(), 0),
        }
    }

    /// The row of a use of a client password.
    fn row(&self) -> Vec<Value> {
        match self {
            Self::Last(id, used) => {
                args![id.uuid(), used.at, bit(used.protocol), used.ip.clone(), used.client.clone()]
            }
            Self::Protocol(id, protocol, at) => args![id.uuid(), bit(*protocol), *at],
            Self::Stale(id, used) => {
                args![id.uuid(), used.at, bit(used.protocol), used.ip.clone(), used.count]
            }
            _ => Vec::new(),
        }
    }
}

/// Rows that one statement writes where there are so many of a kind.
const TOGETHER: usize = 32;

/// Last uses.
#[derive(Clone, Debug)]
pub struct UsageStore {
    database: Database,
}

impl UsageStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Writes uses down.
    pub async fn write(&self, uses: &[Use]) -> Result<(), EngineError> {
        let mut transaction = Transaction::system();
        let mut uses: Vec<&Use> = uses.iter().collect();
        uses.sort_by_key(|one| one.place());
        for of_a_table in uses.chunk_by(|one, next| one.place().0 == next.place().0) {
            add_all(&mut transaction, of_a_table);
        }
        self.database.write(transaction).await.map(|_| ())
    }
}

fn add_all(transaction: &mut Transaction, uses: &[&Use]) {
    let together = match uses.first() {
        Some(Use::Last(..)) => Some(point!("usage/last_uses")),
        Some(Use::Protocol(..)) => Some(point!("usage/protocol_uses")),
        Some(Use::Stale(..)) => Some(point!("usage/stale_uses")),
        _ => None,
    };
    let mut rest = uses;
    if let Some(together) = together {
        while let Some((rows, after)) = rest.split_first_chunk::<TOGETHER>() {
            transaction.execute(together, rows.iter().flat_map(|one| one.row()).collect());
            rest = after;
        }
    }
    for one in rest {
        add(transaction, one);
    }
}

fn add(transaction: &mut Transaction, one: &Use) {
    match one {
        Use::Last(..) => {
            transaction.execute(point!("usage/last_use"), one.row());
        }
        Use::Protocol(..) => {
            transaction.execute(point!("usage/protocol_use"), one.row());
        }
        Use::Stale(..) => {
            transaction.execute(point!("usage/stale_use"), one.row());
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
        Use::Place(place, at) => known_places::remember(transaction, place, *at),
    }
}
