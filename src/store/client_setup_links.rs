//! One-time links by which a client password that was just made gets onto a phone, each with the sealed secret.

use std::time::Duration;

use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError, Value};
use super::record::Record;
use super::statements::{NOW, args, long, note, point};
use super::transaction::Transaction;
use super::verifier::{Verifier, Verifiers};
use crate::clock::Timestamp;
use crate::domain::ids::{ClientPasswordId, MemberId, OrganizationId};
use crate::domain::lease::Lease;
use crate::domain::protocol::ProtocolSet;

/// A link on its way in.
#[derive(Clone, Debug)]
pub struct NewClientSetupLink {
    /// The client password whose secret it brings.
    pub client_password_id: ClientPasswordId,
    /// The member who has it.
    pub member_id: MemberId,
    /// HMAC of the token.
    pub verifier: Verifier,
    /// The secret, which only who has the token as well can open.
    pub sealed: Vec<u8>,
    /// How long it is good from when it is written.
    pub lifetime: Duration,
}

/// A link that is good, and what is set up by it.
#[derive(Clone, Debug)]
pub struct FoundClientSetupLink {
    /// The secret, sealed.
    pub sealed: Vec<u8>,
    /// From when on it is no longer good.
    pub expires_at: Timestamp,
    /// The client password whose secret it brings.
    pub client_password_id: ClientPasswordId,
    /// The first of the client passwords that it comes from by rotating.
    pub lineage: ClientPasswordId,
    /// What the member calls it.
    pub label: String,
    /// Protocols that it opens.
    pub protocols: ProtocolSet,
    /// The member who has it.
    pub member_id: MemberId,
    /// The login of the member.
    pub login: String,
    /// The name that people see.
    pub display_name: String,
    /// The organization of the member.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
}

fn found(c: &mut Columns) -> Result<FoundClientSetupLink, EngineError> {
    Ok(FoundClientSetupLink {
        sealed: c.bytes()?,
        expires_at: c.time()?,
        client_password_id: c.id()?,
        lineage: c.id()?,
        label: c.text()?,
        protocols: ProtocolSet::from_bits(c.int()?),
        member_id: c.id()?,
        login: c.text()?,
        display_name: c.text()?,
        organization_id: c.id()?,
        organization_name: c.text()?,
    })
}

/// Makes, finds and uses up set-up links. With what ends its client password a link is dead.
#[derive(Clone, Debug)]
pub struct ClientSetupLinkStore {
    database: Database,
}

impl ClientSetupLinkStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Makes the link of a live client password of this member, in the place of an earlier one. Gives when it ends.
    pub async fn create(&self, new: &NewClientSetupLink, record: &Record) -> Attempt<Timestamp> {
        let mut transaction = Transaction::of(record);
        let made = transaction.expect_row(
            point!("client_setup_links/put"),
            args![
                &new.verifier[..],
                new.sealed.clone(),
                Value::now_plus(new.lifetime),
                new.client_password_id.uuid(),
                new.member_id.uuid(),
                NOW,
            ],
            Unmet::NotActive,
        );

        transaction.record(record);
        self.database.write_at(transaction, made).await
    }

    /// The link of this token, if at `now` it is good, its client password lives, and member and organization are active.
    pub async fn find(
        &self,
        [a, b]: &Verifiers,
        now: Timestamp,
    ) -> Result<Option<FoundClientSetupLink>, EngineError> {
        self.database.one(point!("client_setup_links/find"), args![&a[..], &b[..], now], found).await
    }

    /// Uses a link up that was found, if all of that is still so.
    pub async fn take(&self, [a, b]: &Verifiers, link: &FoundClientSetupLink, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        // No caller has locked the member. Whatever ends the client password waits, or is seen.
        let member = args![link.member_id.uuid()];
        transaction.expect_one(note!("members/lock"), member, Unmet::Nothing);
        let take = args![link.client_password_id.uuid(), &a[..], &b[..], NOW];
        transaction.expect_one(point!("client_setup_links/take"), take, Unmet::Nothing);

        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// Deletes links that nobody has fetched in time.
    pub async fn sweep(&self, lease: Lease, now: Timestamp) -> Attempt {
        let mut transaction = Transaction::job(lease);
        transaction.execute(long!("client_setup_links/sweep"), args![now]);
        self.database.commit(transaction).await
    }
}
