//! Uses: collected elsewhere, written here in one go, in tables of their own.

use super::client_passwords::bit;
use super::engine::EngineError;
use super::{Plan, Store, args, point};
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
}

impl Store {
    /// Writes uses down.
    pub async fn write_uses(&self, uses: &[Use]) -> Result<(), EngineError> {
        let mut plan = Plan::new();
        for one in uses {
            add(&mut plan, one);
        }
        self.write(plan).await.map(|_| ())
    }
}

fn add(plan: &mut Plan, one: &Use) {
    match one {
        Use::Last(id, used) => {
            let (ip, client) = (used.ip.clone(), used.client.clone());
            plan.then(point!("usage/last_use"), args![id.uuid(), used.at, bit(used.protocol), ip, client]);
        }
        Use::Protocol(id, protocol, at) => {
            plan.then(point!("usage/protocol_use"), args![id.uuid(), bit(*protocol), *at]);
        }
        Use::Stale(id, used) => {
            let args = args![id.uuid(), used.at, bit(used.protocol), used.ip.clone(), used.count];
            plan.then(point!("usage/stale_use"), args);
        }
        Use::Session(id, at) => {
            plan.then(point!("sessions/seen"), args![*at, id.uuid()]);
        }
        Use::Key(id, at) => Store::key_used(plan, *id, *at),
    }
}
