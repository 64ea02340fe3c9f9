//! Idempotency keys: each is claimed in the same write as the change of its call, so that no two calls can both
//! make what they request; the sealed answer follows in a write of its own.

use std::time::Duration;

use uuid::Uuid;

use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError, Value};
use super::json::{targets_of, targets_text};
use super::record::{Claim, Record};
use super::statements::{NOW, args, long, point};
use super::transaction::Transaction;
use super::verifier::Verifiers;
use crate::clock::Timestamp;
use crate::domain::audit::Target;
use crate::domain::ids::MemberId;
use crate::domain::lease::Lease;

/// After this time a key may be used anew.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(86_400);

/// A use of a key that has been before.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Sets this use apart from others of the same key.
    pub id: Uuid,
    /// HMAC of its body.
    pub body: Vec<u8>,
    /// What the call made, by which a replay is judged.
    pub made: Vec<Target>,
    /// When the key was claimed.
    pub at: Timestamp,
    /// The sealed answer; `None` before it is written, and after it was deleted.
    pub answer: Option<Vec<u8>>,
    /// Whether the answer was taken away.
    pub closed: bool,
}

impl Transaction {
    /// Claims the key that the call of this record came with, if it came with one: only one of those that do so
    /// is met.
    pub(super) fn claim(&mut self, record: &Record) {
        let Some(claim) = &record.claim else { return };
        self.expect_one(
            point!("idempotency/claim"),
            args![
                &claim.verifier[..],
                claim.id,
                &claim.body[..],
                claim.member_id.map(MemberId::uuid),
                targets_text(&record.makes),
                NOW,
                Value::now_minus(FORGOTTEN_AFTER),
            ],
            Unmet::Claimed,
        );
    }

    /// Takes away the answers that were kept for a member.
    pub(super) fn close_answers(&mut self, member: MemberId) {
        self.execute(point!("idempotency/close_of_member"), args![member.uuid()]);
    }
}

/// Uses of idempotency keys.
#[derive(Clone, Debug)]
pub struct IdempotencyStore {
    database: Database,
}

impl IdempotencyStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The use of a key that counts at `now`.
    pub async fn find(&self, [a, b]: &Verifiers, now: Timestamp) -> Result<Option<Claimed>, EngineError> {
        let decode = |c: &mut Columns| {
            let (id, body, made) = (c.id()?, c.bytes()?, c.parsed(targets_of)?);
            Ok(Claimed { id, body, made, at: c.time()?, answer: c.opt_bytes()?, closed: c.flag()? })
        };
        let args = args![&a[..], &b[..], now.minus(FORGOTTEN_AFTER)];
        self.database.one(point!("idempotency/find"), args, decode).await
    }

    /// Keeps the sealed answer of a use, unless it was taken away before it came.
    pub async fn keep_answer(&self, claim: &Claim, sealed: Vec<u8>) -> Result<(), EngineError> {
        let mut transaction = Transaction::system();
        transaction.execute(point!("idempotency/keep_answer"), args![sealed, &claim.verifier[..], claim.id]);
        self.database.write(transaction).await.map(|_| ())
    }

    /// Deletes answers of calls before `until`, and uses of keys that count no more at `now`.
    pub async fn sweep(&self, lease: Lease, now: Timestamp, until: Timestamp) -> Attempt {
        let mut transaction = Transaction::job(lease);
        transaction.execute(long!("idempotency/sweep_answers"), args![until]);
        transaction.execute(long!("idempotency/sweep"), args![now.minus(FORGOTTEN_AFTER)]);
        self.database.commit(transaction).await
    }
}
