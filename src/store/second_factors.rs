//! Second factors and recovery codes.

use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError};
use super::known_places::forget_wrong_codes;
use super::record::Record;
use super::statements::{NOW, args, long, point};
use super::transaction::Transaction;
use super::verifier::{Verifier, Verifiers};
use crate::clock::Timestamp;
use crate::domain::ids::{FactorId, MemberId, SessionId};
use crate::domain::notice::Proof;
use crate::domain::second_factor::{Factor, FactorKind, MAX_FACTORS, Step};

/// Used steps of a factor that are remembered.
const REMEMBERED: i64 = 32;

/// A factor with what checking a code needs.
#[derive(Clone, Debug)]
pub struct StoredFactor {
    /// As the API shows it.
    pub factor: Factor,
    /// The seed of an authenticator, sealed under a key of the keyring; a passkey has none.
    pub sealed_seed: Vec<u8>,
}

/// Second factors and recovery codes.
#[derive(Clone, Debug)]
pub struct SecondFactorStore {
    database: Database,
}

impl SecondFactorStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Begins a factor of a member who has not left.
    pub async fn add(
        &self,
        member: MemberId,
        factor: &Factor,
        sealed_seed: &[u8],
        record: &Record,
    ) -> Attempt {
        let mut transaction = Transaction::of(record);
        transaction.insert_factor(member, factor, sealed_seed);
        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// A member's factors, newest first.
    pub async fn of_member(&self, member: MemberId) -> Result<Vec<StoredFactor>, EngineError> {
        let decode = |c: &mut Columns| {
            let factor = Factor {
                id: c.id()?,
                kind: if c.flag()? { FactorKind::Passkey } else { FactorKind::Totp },
                label: c.text()?,
                created_at: c.time()?,
                confirmed_at: c.opt_time()?,
                last_used_at: c.opt_time()?,
            };
            Ok(StoredFactor { factor, sealed_seed: c.bytes()? })
        };

        self.database.all(point!("second_factors/of_member"), args![member.uuid()], decode).await
    }

    /// Confirms a factor with the code of `step`, lifts the session it happened in, and stores recovery codes
    /// if it is the member's first. Then the member's other sessions end: all that they knew is the password. Gives
    /// when.
    pub async fn confirm(
        &self,
        member: MemberId,
        factor: FactorId,
        step: Step,
        session: SessionId,
        recovery_codes: &[Verifier],
        record: &Record,
    ) -> Attempt<Timestamp> {
        let mut transaction = Transaction::of(record);
        if !recovery_codes.is_empty() {
            transaction.first_factor(member, session);
        }

        let confirmed = transaction.confirm_factor(member, factor);
        use_up(&mut transaction, factor, step);
        let proof = Proof::Totp { factor, confirmed_at: Some(record.at) };
        transaction.lift_session(proof, factor, session);

        insert_codes(&mut transaction, member, recovery_codes);
        transaction.record(record);
        self.database.write_at(transaction, confirmed).await
    }

    /// Makes these the recovery codes of a member who has a confirmed factor, in the place of the ones before; answers
    /// that are kept for a retry may hold such, and go with them.
    pub async fn renew_recovery_codes(
        &self,
        member: MemberId,
        recovery_codes: &[Verifier],
        record: &Record,
    ) -> Attempt {
        let mut transaction = Transaction::of(record);
        let any_confirmed = point!("second_factors/any_confirmed");
        transaction.expect_one(any_confirmed, args![member.uuid()], Unmet::SecondFactorMissing);

        transaction.execute(long!("recovery_codes/remove_all"), args![member.uuid()]);
        transaction.close_answers(member);
        insert_codes(&mut transaction, member, recovery_codes);

        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// Uses the code of `step`, which works once: not if it, or a later one that is not in the future, has been used.
    /// Then what the member has tried in vain is forgotten.
    pub async fn use_step(&self, member: MemberId, factor: FactorId, step: Step) -> Attempt {
        let mut transaction = Transaction::system();
        transaction.expect_one(point!("second_factors/used"), args![NOW, factor.uuid()], Unmet::CodeUsed);
        use_up(&mut transaction, factor, step);
        forget_wrong_codes(&mut transaction, member);
        self.database.commit(transaction).await
    }

    /// What a recovery code proves that the member has.
    pub async fn recovery_code(
        &self,
        [a, b]: &Verifiers,
        member: MemberId,
    ) -> Result<Option<Proof>, EngineError> {
        let decode =
            |c: &mut Columns| Ok(Proof::RecoveryCode { verifier: c.array()?, made_at: c.opt_time()? });
        self.database.one(point!("recovery_codes/find"), args![&a[..], &b[..], member.uuid()], decode).await
    }

    /// How many recovery codes a member has left.
    pub async fn recovery_codes_left(&self, member: MemberId) -> Result<i64, EngineError> {
        let count = self.database.one(point!("recovery_codes/count"), args![member.uuid()], Columns::int);
        Ok(count.await?.unwrap_or(0))
    }

    /// Removes one factor that is not the member's last confirmed one.
    pub async fn remove(&self, member: MemberId, factor: FactorId, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        transaction.expect_one(
            point!("second_factors/remove"),
            args![factor.uuid(), member.uuid()],
            Unmet::Overtaken,
        );

        transaction.record(record);
        self.database.commit(transaction).await
    }
}

impl Transaction {
    /// Begins a factor, if there are not as many as there may be.
    pub(super) fn insert_factor(&mut self, member: MemberId, factor: &Factor, sealed_seed: &[u8]) {
        self.expect_one(
            point!("second_factors/insert"),
            args![
                factor.id.uuid(),
                member.uuid(),
                factor.label.as_str(),
                sealed_seed,
                factor.created_at,
                MAX_FACTORS,
            ],
            Unmet::LimitReached,
        );
    }

    /// Demands that a factor is the member's first, and ends the sessions but this one.
    pub(super) fn first_factor(&mut self, member: MemberId, session: SessionId) {
        let args = args![member.uuid()];
        self.expect_one(point!("second_factors/none_confirmed"), args, Unmet::Overtaken);
        self.execute(point!("sessions/end_others"), args![member.uuid(), session.uuid()]);
    }

    /// Confirms a factor; gives the step that returns when.
    pub(super) fn confirm_factor(&mut self, member: MemberId, factor: FactorId) -> usize {
        let args = args![NOW, factor.uuid(), member.uuid()];
        self.expect_row(point!("second_factors/confirm"), args, Unmet::Overtaken)
    }

    /// Lets a session count as proven by this, unless it was proven before.
    pub(super) fn lift_session(&mut self, proof: Proof, factor: FactorId, session: SessionId) {
        let args = args![NOW, proof.name(), factor.uuid(), session.uuid()];
        self.execute(point!("sessions/lift"), args);
    }
}

pub(super) fn insert_codes(transaction: &mut Transaction, member: MemberId, recovery_codes: &[Verifier]) {
    for verifier in recovery_codes {
        let args = args![&verifier[..], member.uuid(), NOW];
        transaction.expect_one(point!("recovery_codes/insert"), args, Unmet::Broken);
    }
}

/// The factor's row is locked by now: of two uses of a code, the later sees the earlier.
fn use_up(transaction: &mut Transaction, factor: FactorId, step: Step) {
    transaction.expect_one(
        point!("second_factors/use_step"),
        args![factor.uuid(), step.number, step.latest],
        Unmet::CodeUsed,
    );
    transaction.execute(point!("second_factors/forget_steps"), args![factor.uuid(), REMEMBERED]);
}
