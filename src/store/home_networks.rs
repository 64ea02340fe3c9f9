//! Networks that members signed in from, which the throttle spares: of each member the last few.

use std::net::IpAddr;

use super::engine::{Columns, EngineError};
use super::{Store, Transaction, args, long, point};
use crate::clock::Timestamp;
use crate::domain::ids::MemberId;

/// Networks of a member that are remembered.
const REMEMBERED: i64 = 16;

/// A network as it is kept; no text where the address was not known.
fn kept(network: Option<IpAddr>) -> String {
    network.map(|network| network.to_string()).unwrap_or_default()
}

pub(super) fn remember(
    transaction: &mut Transaction,
    member: MemberId,
    network: Option<IpAddr>,
    at: Timestamp,
) {
    transaction.execute(point!("home_networks/remember"), args![member.uuid(), kept(network), at]);
    transaction.execute(point!("home_networks/forget_oldest"), args![member.uuid(), REMEMBERED]);
}

impl Store {
    /// Whether the member of this login has got in from this network.
    pub async fn is_home_network(&self, login: &str, network: Option<IpAddr>) -> Result<bool, EngineError> {
        let found = self.one(point!("home_networks/is_home"), args![login, kept(network)], Columns::int);
        Ok(found.await?.is_some())
    }

    /// Forgets networks that nobody has got in from since.
    pub async fn sweep_home_networks(&self, until: Timestamp) -> Result<(), EngineError> {
        let mut transaction = Transaction::job();
        transaction.execute(long!("home_networks/sweep"), args![until]);
        self.write(transaction).await.map(|_| ())
    }
}
