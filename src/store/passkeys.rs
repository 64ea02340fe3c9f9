//! Passkeys, which are second factors with a key; and the challenges that were answered.

use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError};
use super::members::SigningIn;
use super::record::Record;
use super::second_factors::insert_codes;
use super::statements::{NOW, args, long, point};
use super::transaction::Transaction;
use super::verifier::Verifier;
use crate::clock::Timestamp;
use crate::domain::ids::{FactorId, MemberId, SessionId};
use crate::domain::notice::Proof;
use crate::domain::passkey::{Algorithm, Answered, Credential, PublicKey};
use crate::domain::second_factor::Factor;

/// A passkey on its way in.
#[derive(Clone, Debug)]
pub struct NewPasskey<'a> {
    /// The member who has it.
    pub member: MemberId,
    /// The factor that it is.
    pub factor: &'a Factor,
    /// What its signatures are verified with.
    pub credential: &'a Credential,
    /// The host of the pages that it was made for.
    pub rp_id: &'a str,
    /// The challenge that it answers.
    pub challenge: Answered,
    /// The session in which it was made.
    pub session: SessionId,
    /// The recovery codes that come with the member's first factor.
    pub recovery_codes: &'a [Verifier],
}

/// A passkey that was found, and whose it is.
#[derive(Clone, Debug)]
pub struct FoundPasskey {
    /// The factor that it is.
    pub factor: FactorId,
    /// When it was made.
    pub confirmed_at: Option<Timestamp>,
    /// What its signatures are verified with.
    pub key: PublicKey,
    /// How often it had signed when it was last shown.
    pub sign_count: i64,
    /// The member who has it.
    pub member: SigningIn,
    /// The member's login.
    pub login: String,
}

fn found(c: &mut Columns) -> Result<FoundPasskey, EngineError> {
    let (factor, confirmed_at) = (c.id()?, c.opt_time()?);
    let algorithm = c.int()?;
    let algorithm = Algorithm::numbered(algorithm)
        .ok_or_else(|| EngineError::Unreadable(format!("a passkey of the algorithm {algorithm}")))?;
    Ok(FoundPasskey {
        factor,
        confirmed_at,
        key: PublicKey { algorithm, bytes: c.bytes()? },
        sign_count: c.int()?,
        member: SigningIn::read(c)?,
        login: c.text()?,
    })
}

/// Keeps and finds passkeys.
#[derive(Clone, Debug)]
pub struct PasskeyStore {
    database: Database,
}

impl PasskeyStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Makes a factor of a passkey, which is confirmed by that: it lifts the session it happened in, and the member's
    /// first ends the other sessions and brings recovery codes. Gives when.
    pub async fn add(&self, new: &NewPasskey<'_>, record: &Record) -> Attempt<Timestamp> {
        let mut transaction = Transaction::of(record);
        let (factor, member) = (new.factor, new.member);
        transaction.use_challenge(new.challenge);
        if !new.recovery_codes.is_empty() {
            transaction.first_factor(member, new.session);
        }

        transaction.insert_factor(member, factor, &[]);
        let Credential { id, key, sign_count } = new.credential;
        transaction.expect_one(
            point!("passkeys/insert"),
            args![
                factor.id.uuid(),
                id.as_slice(),
                new.rp_id,
                key.algorithm.number(),
                key.bytes.as_slice(),
                *sign_count,
            ],
            Unmet::ChallengeUsed,
        );

        let confirmed = transaction.confirm_factor(member, factor.id);
        let (factor, confirmed_at, challenge) = (factor.id, Some(record.at), new.challenge);
        let proof = Proof::Passkey { factor, confirmed_at, sign_count: *sign_count, challenge };
        transaction.lift_session(proof, factor, new.session);
        insert_codes(&mut transaction, member, new.recovery_codes);
        transaction.record(record);
        self.database.write_at(transaction, confirmed).await
    }

    /// The ids of a member's passkeys that were made for this host, newest first.
    pub async fn credential_ids(&self, member: MemberId, rp_id: &str) -> Result<Vec<Vec<u8>>, EngineError> {
        self.database.all(point!("passkeys/of_member"), args![member.uuid(), rp_id], Columns::bytes).await
    }

    /// The passkey of this id.
    pub async fn by_credential(&self, id: &[u8]) -> Result<Option<FoundPasskey>, EngineError> {
        self.database.one(point!("passkeys/by_credential"), args![id], found).await
    }

    /// Another host that passkeys were made for, if there is one.
    pub async fn elsewhere(&self, rp_id: &str) -> Result<Option<String>, EngineError> {
        self.database.one(long!("passkeys/elsewhere"), args![rp_id], Columns::text).await
    }
}

impl Transaction {
    /// Uses a challenge up; refused if it was used before, or is over.
    fn use_challenge(&mut self, challenge: Answered) {
        let Answered { id, expires_at } = challenge;
        self.expect_one(point!("answered_challenges/insert"), args![id, expires_at], Unmet::ChallengeUsed);
        self.expect_one(point!("answered_challenges/is_open"), args![id, NOW], Unmet::ChallengeUsed);
    }

    /// Demands that a passkey may still prove something, and has not signed so often before.
    pub(super) fn use_passkey(
        &mut self,
        member: MemberId,
        factor: FactorId,
        sign_count: i64,
        challenge: Answered,
    ) {
        self.use_challenge(challenge);
        let args = args![NOW, factor.uuid(), member.uuid()];
        self.expect_one(point!("second_factors/used_by"), args, Unmet::ChallengeUsed);
        self.expect_one(point!("passkeys/sign"), args![sign_count, factor.uuid()], Unmet::ChallengeUsed);
    }
}
