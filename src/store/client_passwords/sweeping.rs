//! Tombstones that are forgotten. What is to go is read outside the writer, and goes some at a time: no other change waits
//! for more than that, however many there are.

use uuid::Uuid;

use super::ClientPasswordStore;
use crate::clock::Timestamp;
use crate::domain::ids::ClientPasswordId;
use crate::domain::lease::Lease;
use crate::store::database::Attempt;
use crate::store::engine::{Columns, EngineError};
use crate::store::statements::{args, long, point};
use crate::store::transaction::Transaction;

/// Why something is to go.
#[derive(Clone, Copy, Debug)]
pub enum Gone {
    /// It has ended by itself, or one by one.
    Alone,
    /// It has ended with all of its member.
    WithMember,
    /// It has ended with all of its organization.
    WithOrganization,
    /// Only uses are there still, written after it was forgotten.
    LeavingUses,
    /// Only tries after its end are there still.
    LeavingStaleUses,
}

impl Gone {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Alone, Self::WithMember, Self::WithOrganization, Self::LeavingUses, Self::LeavingStaleUses];
}

impl ClientPasswordStore {
    /// Client passwords that ended so many days before `now` as the policy of their organization says, or else `days`;
    /// no more than `limit`, those after `after` in the order in which they are found. Gives them, and where it ended.
    pub async fn forgotten(
        &self,
        gone: Gone,
        after: Uuid,
        (now, days): (Timestamp, u32),
        limit: i64,
    ) -> Result<(Vec<ClientPasswordId>, Uuid), EngineError> {
        let days = i64::from(days);
        let (statement, args) = match gone {
            Gone::Alone => (long!("client_passwords/forgotten"), args![now, days, limit]),
            Gone::WithMember => {
                (long!("client_passwords/forgotten_of_members"), args![now, days, after, limit])
            }
            Gone::WithOrganization => {
                (long!("client_passwords/forgotten_of_organizations"), args![now, days, after, limit])
            }
            Gone::LeavingUses => (long!("client_passwords/lost_uses"), args![after, limit]),
            Gone::LeavingStaleUses => (long!("client_passwords/lost_stale_uses"), args![after, limit]),
        };

        let pair = |c: &mut Columns| Ok((c.id()?, c.id()?));
        let found: Vec<(ClientPasswordId, Uuid)> = self.database.all(statement, args, pair).await?;
        let end = found.last().map_or(after, |(_, end)| *end);
        Ok((found.into_iter().map(|(id, _)| id).collect(), end))
    }

    /// Forgets these, and all that is known of their use.
    pub async fn forget(&self, lease: Lease, ids: &[ClientPasswordId]) -> Attempt {
        let mut transaction = Transaction::job(lease);
        for id in ids {
            transaction.execute(point!("client_passwords/sweep"), args![id.uuid()]);
            transaction.execute(point!("client_passwords/sweep_uses"), args![id.uuid()]);
            transaction.execute(point!("client_passwords/sweep_stale_uses"), args![id.uuid()]);
        }
        self.database.commit(transaction).await
    }
}
