//! Invitations: one-time links by which members choose their account passwords.

use std::time::Duration;

use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError, Value};
use super::members::Ending;
use super::record::Record;
use super::statements::{NOW, args, long, note, point};
use super::transaction::Transaction;
use super::verifier::{Verifier, Verifiers};
use crate::clock::Timestamp;
use crate::domain::ids::{InvitationId, MemberId, OrganizationId};
use crate::domain::lease::Lease;
use crate::domain::member::SignIn;

/// Stands for any version of a member in a write, because no row has it.
const ANY_VERSION: i64 = -1;

/// An invitation on its way in.
#[derive(Clone, Copy, Debug)]
pub struct NewInvitation {
    /// The id that the record names.
    pub id: InvitationId,
    /// HMAC of the token.
    pub verifier: Verifier,
    /// The member who is to choose the account password.
    pub member_id: MemberId,
    /// How long it is good from when it is written.
    pub lifetime: Duration,
}

/// An open invitation, and whose it is.
#[derive(Clone, Debug)]
pub struct FoundInvitation {
    /// The id that the record names.
    pub id: InvitationId,
    /// The member who chooses the account password by it.
    pub member_id: MemberId,
    /// The organization of the member.
    pub organization_id: OrganizationId,
    /// The login of the member.
    pub login: String,
    /// Where the member signs in until it is redeemed.
    pub sign_in: SignIn,
}

/// Makes, finds and redeems invitations. What ends them is in the writes of members, keys and organizations.
#[derive(Clone, Debug)]
pub struct InvitationStore {
    database: Database,
}

impl InvitationStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Makes an invitation of an active member, in the place of an earlier one. Gives when it ends.
    pub async fn create(&self, new: &NewInvitation, record: &Record) -> Attempt<Timestamp> {
        let mut transaction = Transaction::of(record);
        let made = transaction.expect_row(
            point!("invitations/put"),
            args![
                new.id.uuid(),
                &new.verifier[..],
                record.actor.id(),
                NOW,
                Value::now_plus(new.lifetime),
                new.member_id.uuid(),
            ],
            Unmet::NotActive,
        );

        transaction.record(record);
        self.database.write_at(transaction, made).await
    }

    /// The invitation of this token, if it is open at `now` and member and organization are active.
    pub async fn find(
        &self,
        [a, b]: &Verifiers,
        now: Timestamp,
    ) -> Result<Option<FoundInvitation>, EngineError> {
        let decode = |c: &mut Columns| {
            Ok(FoundInvitation {
                id: c.id()?,
                member_id: c.id()?,
                organization_id: c.id()?,
                login: c.text()?,
                sign_in: if c.flag()? { SignIn::Local } else { SignIn::External },
            })
        };
        self.database.one(point!("invitations/find"), args![&a[..], &b[..], now], decode).await
    }

    /// Whether an invitation is open at `now`.
    pub async fn is_open(&self, id: InvitationId, now: Timestamp) -> Result<bool, EngineError> {
        let found = self.database.one(point!("invitations/is_open"), args![id.uuid(), now], Columns::int);
        Ok(found.await?.is_some())
    }

    /// Uses an invitation up, if it is open still and the member active: sets the account password, and ends what the
    /// member had.
    pub async fn redeem(&self, id: InvitationId, hash: &str, ending: &Ending<'_>) -> Attempt {
        let mut transaction = Transaction::of(ending.record);
        let member = ending.member.uuid();
        // No caller has locked the member. Whatever ends an invitation locks the member first, or deletes its row.
        transaction.expect_one(note!("members/lock"), args![member], Unmet::Invitation);
        let take = args![id.uuid(), member, NOW];
        transaction.expect_one(point!("invitations/take"), take, Unmet::Invitation);

        transaction.set_password_and_end(hash, ANY_VERSION, ending);
        self.database.commit(transaction).await
    }

    /// Forgets invitations that nobody has redeemed in time.
    pub async fn sweep(&self, lease: Lease, now: Timestamp) -> Attempt {
        let mut transaction = Transaction::job(lease);
        transaction.execute(long!("invitations/sweep"), args![now]);
        self.database.commit(transaction).await
    }
}
