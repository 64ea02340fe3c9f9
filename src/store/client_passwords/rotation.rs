//! Rotation: an old client password overlaps with its successor until every protocol has moved.

use std::time::Duration;

use super::{ClientPasswordStore, bit};
use crate::clock::Timestamp;
use crate::domain::client_password::{EndReason, PROLONGED_BEFORE};
use crate::domain::ids::{ClientPasswordId, MemberId};
use crate::domain::protocol::Protocol;
use crate::store::database::Attempt;
use crate::store::engine::unmet::Unmet;
use crate::store::engine::{EngineError, Value};
use crate::store::pending_end::PendingEnd;
use crate::store::policies::PolicyFacts;
use crate::store::record::Record;
use crate::store::statements::{NOW, args, ending, note, point};
use crate::store::transaction::Transaction;
use crate::store::verifier::Verifier;

/// The successor on its way in.
#[derive(Clone, Debug)]
pub struct Successor {
    /// The id that the record and the old one name.
    pub id: ClientPasswordId,
    /// HMAC of the secret.
    pub verifier: Verifier,
    /// The pepper of that HMAC.
    pub pepper_id: i64,
    /// When it expires; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// How long the old one lives on; zero ends it at once.
    pub overlap: Duration,
}

/// A protocol that was used within this time counts as used.
const USED_WITHIN: Duration = Duration::from_secs(30 * 86_400);

impl ClientPasswordStore {
    /// Rotates a client password that is active, if the policy still says what the new one was made by.
    pub async fn rotate(
        &self,
        old: ClientPasswordId,
        new: &Successor,
        facts: &PolicyFacts,
        record: &Record,
    ) -> Attempt {
        let at_once = new.overlap.is_zero();
        let mut transaction = Transaction::of(record);
        transaction.demand_policy(facts);
        transaction.demand_secure_login(facts.member_id);

        transaction.end_one(
            ending!("client_passwords/supersede"),
            args![
                Value::now_plus(new.overlap),
                at_once.then_some(NOW),
                at_once.then_some(EndReason::Rotated.name()),
                new.id.uuid(),
                old.uuid(),
                Value::now_plus(PROLONGED_BEFORE),
            ],
            // Another rotation or an end came first.
            Unmet::NotActive,
            PendingEnd::One(old),
        );

        // What the old one itself had replaced ends now: at most two of a chain live at once.
        let predecessor = PendingEnd::Predecessor(old);
        transaction.end_any(
            ending!("client_passwords/end_predecessor"),
            args![NOW, EndReason::Rotated.name(), old.uuid()],
            [predecessor],
        );

        transaction.expect_one(
            point!("client_passwords/succeed"),
            args![&new.verifier[..], new.pepper_id, new.id.uuid(), NOW, new.expires_at, old.uuid()],
            Unmet::Broken,
        );

        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// The successor was used on `protocol` for the first time: the old one ends there, and altogether if that
    /// was the last protocol on which it was used lately. `false` if another check was first, or the old one or
    /// the member is gone; then nothing is left to do.
    pub async fn move_protocol(
        &self,
        member: MemberId,
        old: ClientPasswordId,
        new: ClientPasswordId,
        protocol: Protocol,
        record: &Record,
    ) -> Result<bool, EngineError> {
        let bit = bit(protocol);
        let mut transaction = Transaction::of(record);
        // No caller has locked it.
        transaction.expect_one(note!("members/lock"), args![member.uuid()], Unmet::NotActive);
        transaction.expect_one(
            point!("client_passwords/clear_move"),
            args![!bit, new.uuid(), bit],
            Unmet::Overtaken,
        );
        transaction.expect_one(point!("client_passwords/move"), args![bit, old.uuid()], Unmet::Nothing);

        let args = args![NOW, old.uuid(), Value::now_minus(USED_WITHIN)];
        transaction.end_any(ending!("client_passwords/end_if_moved"), args, [PendingEnd::One(old)]);
        transaction.execute(point!("client_passwords/clear_moves_if_ended"), args![new.uuid(), old.uuid()]);
        transaction.record(record);

        match self.database.commit(transaction).await? {
            // The old one has ended meanwhile, so there is nothing left to end.
            Err(Unmet::Nothing) => self.forget_moves(new, old).await.map(|()| false),
            Err(_) => Ok(false),
            Ok(()) => Ok(true),
        }
    }

    async fn forget_moves(&self, new: ClientPasswordId, old: ClientPasswordId) -> Result<(), EngineError> {
        let mut transaction = Transaction::system();
        transaction.execute(point!("client_passwords/clear_moves_if_ended"), args![new.uuid(), old.uuid()]);
        self.database.write(transaction).await.map(|_| ())
    }
}
