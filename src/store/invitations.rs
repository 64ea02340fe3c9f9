//! Invitations: one-time links by which members choose their account passwords.

use std::time::Duration;

use uuid::Uuid;

use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError, Value};
use super::members::Ending;
use super::record::Record;
use super::statements::{NOW, args, long, note, point};
use super::transaction::Transaction;
use super::verifier::{Verifier, Verifiers};
use crate::clock::Timestamp;
use crate::domain::audit::Actor;
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

/// An invitation that a member can still redeem, without its token.
#[derive(Clone, Debug)]
pub struct OpenInvitation {
    /// The id that the record names.
    pub id: InvitationId,
    /// The member or program that made it.
    pub created_by: Actor,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is no longer good.
    pub expires_at: Timestamp,
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

    /// The invitation of a member that is open at `now`: there is one at the most.
    pub async fn open_of_member(
        &self,
        member: MemberId,
        now: Timestamp,
    ) -> Result<Option<OpenInvitation>, EngineError> {
        let decode = |c: &mut Columns| {
            let (id, by, is_member): (_, Uuid, _) = (c.id()?, c.id()?, c.flag()?);
            let created_by = if is_member { Actor::Member(by.into()) } else { Actor::ServiceKey(by.into()) };
            Ok(OpenInvitation { id, created_by, created_at: c.time()?, expires_at: c.time()? })
        };
        let args = args![member.uuid(), now];
        self.database.one(point!("invitations/open_of_member"), args, decode).await
    }

    /// Ends the invitation of a member that is open, if there is one.
    pub async fn end(&self, member: MemberId, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        let args = args![member.uuid(), NOW];
        transaction.expect_one(point!("invitations/end_open"), args, Unmet::Nothing);
        transaction.record(record);
        self.database.commit(transaction).await
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
