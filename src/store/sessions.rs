//! Sessions of members.

use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError};
use super::page::Page;
use super::record::Record;
use super::statements::{NOW, args, list, long, note, point};
use super::transaction::Transaction;
use super::verifier::{Verifier, Verifiers};
use crate::clock::Timestamp;
use crate::domain::access::SignedIn;
use crate::domain::ids::{FactorId, MemberId, SessionId};
use crate::domain::lease::Lease;
use crate::domain::member::Role;
use crate::domain::notice::Proof;
use crate::domain::session::MemberSession;

/// A session on its way in.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The id that the record names.
    pub id: SessionId,
    /// HMAC of the token.
    pub verifier: Verifier,
    /// The member who signed in.
    pub member_id: MemberId,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// The second step, if there was one.
    pub proof: Option<Proof>,
    /// The address that it comes from, where one is known.
    pub ip: Option<String>,
    /// What the browser or program calls itself.
    pub user_agent: Option<String>,
}

/// A session that was found, with what decides whether it has been idle too long.
#[derive(Clone, Copy, Debug)]
pub struct FoundSession {
    /// Who signed in.
    pub signed_in: SignedIn,
    /// Last use that was written down.
    pub last_seen_at: Timestamp,
}

fn found_session(c: &mut Columns) -> Result<FoundSession, EngineError> {
    let (session_id, created_at, authenticated_at) = (c.id()?, c.time()?, c.time()?);
    let (last_seen_at, expires_at) = (c.time()?, c.time()?);
    let (member_id, organization_id, role) = (c.id()?, c.id()?, c.decoded(Role::from_rank)?);
    let signed_in =
        SignedIn { member_id, organization_id, role, session_id, created_at, authenticated_at, expires_at };
    Ok(FoundSession { signed_in, last_seen_at })
}

fn member_session(c: &mut Columns) -> Result<MemberSession, EngineError> {
    Ok(MemberSession {
        id: c.id()?,
        created_at: c.time()?,
        authenticated_at: c.time()?,
        last_seen_at: c.time()?,
        expires_at: c.time()?,
        second_factor: c.opt_text()?,
        ip: c.opt_text()?,
        user_agent: c.opt_text()?,
    })
}

/// Begins, finds and ends sessions.
#[derive(Clone, Debug)]
pub struct SessionStore {
    database: Database,
}

impl SessionStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Begins a session, if the member is active, `password_hash` is still the account password's, and the second step
    /// still proves something: nothing only if the member has none. Uses up a recovery code. Every change of these
    /// locks the member's row, as the first step does.
    pub async fn begin(&self, new: &NewSession, password_hash: &str, record: &Record) -> Attempt {
        let mut transaction = Transaction::signing_in(new, password_hash, record);
        transaction.expect_one(
            point!("sessions/insert"),
            args![
                &new.verifier[..],
                new.id.uuid(),
                new.member_id.uuid(),
                NOW,
                new.expires_at,
                new.proof.map(|proof| proof.name().to_owned()),
                new.proof.and_then(Proof::factor).map(FactorId::uuid),
                new.proof.and_then(Proof::confirmed_at),
                new.ip.clone(),
                new.user_agent.clone(),
            ],
            Unmet::Broken,
        );

        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// Gives a session that is not over a new token, on the same conditions: the old one is nobody's from then on. Of two
    /// proofs it keeps the one that the member has had for longer.
    pub async fn step_up(&self, new: &NewSession, password_hash: &str, record: &Record) -> Attempt {
        let mut transaction = Transaction::signing_in(new, password_hash, record);
        transaction.expect_one(
            point!("sessions/step_up"),
            args![
                &new.verifier[..],
                NOW,
                new.proof.and_then(Proof::confirmed_at),
                new.proof.map(|proof| proof.name().to_owned()),
                new.proof.and_then(Proof::factor).map(FactorId::uuid),
                new.id.uuid(),
                new.member_id.uuid(),
            ],
            Unmet::SessionOver,
        );

        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// The session of this token, if its member and organization are active.
    pub async fn by_verifier(&self, verifiers: &Verifiers) -> Result<Option<FoundSession>, EngineError> {
        self.database.presented_one(point!("sessions/by_verifier"), verifiers, found_session).await
    }

    /// A session as it is now, if its member and organization are active.
    pub async fn by_id(&self, id: SessionId) -> Result<Option<FoundSession>, EngineError> {
        self.database.one(point!("sessions/by_id"), args![id.uuid()], found_session).await
    }

    /// The sessions of a member that are not over at `now`, and were used since `idle_since`, newest first.
    pub async fn list_of_member(
        &self,
        member: MemberId,
        now: Timestamp,
        idle_since: Timestamp,
        page: Page,
    ) -> Result<Vec<MemberSession>, EngineError> {
        let args = args![member.uuid(), page.before, now, idle_since, page.limit];
        self.database.all(list!("sessions/of_member"), args, member_session).await
    }

    /// Ends a session of this member.
    pub async fn end(&self, member: MemberId, id: SessionId, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        let args = args![id.uuid(), member.uuid()];
        transaction.expect_one(point!("sessions/end"), args, Unmet::Nothing);
        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// Ends all sessions of a member but this one; gives how many. Where there are none, nothing is written.
    pub async fn end_others(&self, member: MemberId, kept: SessionId, record: &Record) -> Attempt<usize> {
        let mut transaction = Transaction::of(record);
        let args = args![member.uuid(), kept.uuid()];
        transaction.expect_one(point!("sessions/any_other"), args, Unmet::Nothing);
        let ended = transaction.execute(point!("sessions/end_others"), args![member.uuid(), kept.uuid()]);
        transaction.record(record);
        Ok(self.database.write(transaction).await?.map(|mut done| done.take(ended).len()))
    }

    /// Forgets sessions past their end, or unused since `idle_since`; and challenges that were answered and are over.
    pub async fn sweep(&self, lease: Lease, now: Timestamp, idle_since: Timestamp) -> Attempt {
        let mut transaction = Transaction::job(lease);
        transaction.execute(long!("sessions/sweep"), args![now, idle_since]);
        transaction.execute(long!("answered_challenges/sweep"), args![now]);
        self.database.commit(transaction).await
    }
}

impl Transaction {
    /// Demands that the member is active, and that what was proven still is: the account password and the second step.
    fn signing_in(new: &NewSession, password_hash: &str, record: &Record) -> Self {
        let mut transaction = Self::of(record);
        let args = args![NOW, new.member_id.uuid(), password_hash];
        transaction.expect_one(note!("members/sign_in"), args, Unmet::Proof);
        transaction.expect_proof(new.member_id, new.proof);
        transaction
    }

    /// Demands that a second step still proves something; that nothing is demanded, if there was none.
    fn expect_proof(&mut self, id: MemberId, proof: Option<Proof>) {
        let member = id.uuid();
        match proof {
            None => self.expect_one(point!("second_factors/none_confirmed"), args![member], Unmet::Proof),
            Some(Proof::Totp { factor, .. }) => {
                let args = args![factor.uuid(), member];
                self.expect_one(point!("second_factors/is_confirmed"), args, Unmet::Proof);
            }
            Some(Proof::Passkey { factor, sign_count, challenge, .. }) => {
                self.use_passkey(id, factor, sign_count, challenge);
            }
            Some(Proof::RecoveryCode { verifier, .. }) => {
                self.expect_one(point!("recovery_codes/use"), args![&verifier[..], member], Unmet::CodeUsed);
            }
        }
    }
}
