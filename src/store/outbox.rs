//! The outbox: ends of client passwords that have still to be delivered, written with the end itself; and warnings of
//! ends that are to come.
//!
//! ```text
//!                  delivered             not delivered, or nobody reports in time
//!   due --> claimed ---------> removed   claimed ------------------------------> due again, later
//!                \  delivered in part
//!                 +------------------> due, from there on
//! ```
//!
//! A row is claimed by rescheduling it, on condition that nobody has done so since it was read; only who claimed it
//! last can settle it. So of several nodes one delivers at a time, and what a node that has died was delivering is
//! delivered again.

use std::time::Duration;

use uuid::Uuid;

use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError};
use super::pending_end::PendingEnd;
use super::statements::{NOW, args, long, point};
use super::transaction::Transaction;
use crate::clock::Timestamp;
use crate::domain::client_password::EndReason;
use crate::domain::ids::{ClientPasswordId, MemberId, OrganizationId};
use crate::domain::lease::Lease;

impl Transaction {
    /// Puts what the steps end into the outbox, once for each of these.
    pub(super) fn notify(&mut self, targets: &[String]) {
        for end in self.take_ends() {
            for target in targets {
                add(&end, self, target);
            }
        }
    }
}

/// Puts an end into the outbox for `target`.
fn add(end: &PendingEnd, transaction: &mut Transaction, target: &str) {
    match end {
        PendingEnd::All(about) => transaction.execute(point!("outbox/add"), about.args(target, true)),
        PendingEnd::Some(about) => transaction.execute(point!("outbox/add"), about.args(target, false)),
        PendingEnd::One(id) => transaction.execute(point!("outbox/add_one"), args![target, id.uuid(), NOW]),
        PendingEnd::Predecessor(id) => {
            transaction.execute(point!("outbox/add_predecessor"), args![target, id.uuid(), NOW])
        }
        PendingEnd::Piece { notice, organization, revocation, after, upto } => {
            let mut args = args![target, *notice, organization.uuid(), NOW, *after];
            args.extend(args![revocation.uuid(), *upto]);
            transaction.execute(long!("outbox/add_revoked"), args)
        }
    };
}

/// A row of the outbox that has been claimed.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Which end: that of its audit event, or of the one client password.
    pub id: Uuid,
    /// The organization in which something ended.
    pub organization_id: OrganizationId,
    /// The member; everybody if absent.
    pub member_id: Option<MemberId>,
    /// The one client password that has ended; `None` if it may be several.
    pub client_password_id: Option<ClientPasswordId>,
    /// Whether all have ended, or else those whose own end is of this time and reason.
    pub everything: bool,
    /// The reason of the end, as the notice gives it.
    pub reason: EndReason,
    /// When it ended.
    pub ended_at: Timestamp,
    /// How often it has been tried, this time included.
    pub attempts: i64,
    /// How far it has been delivered.
    pub delivered: Place,
    /// What it warns of, if it is a warning and no end: the date of the end to come, and so many days before.
    pub warns_of: Option<(Timestamp, u32)>,
    target: String,
    due_at: Timestamp,
}

/// A place in the order in which an end is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// After this member.
    pub member_id: MemberId,
    /// And of the member after this client password.
    pub client_password_id: ClientPasswordId,
}

/// An end that was not delivered in time.
#[derive(Clone, Debug)]
pub struct StaleEnd {
    /// Whom it was to be delivered to.
    pub target: String,
    /// Which end: that of its audit event, or of the one client password.
    pub id: Uuid,
    /// The organization in which something ended.
    pub organization_id: OrganizationId,
    /// The member; everybody if absent.
    pub member_id: Option<MemberId>,
    /// The reason of the end, for the log.
    pub reason: EndReason,
    /// When it ended.
    pub ended_at: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    due_at: Timestamp,
}

fn claimed(c: &mut Columns, target: &str) -> Result<Claimed, EngineError> {
    Ok(Claimed {
        target: target.to_owned(),
        id: c.id()?,
        organization_id: c.id()?,
        member_id: c.opt_id()?,
        client_password_id: c.opt_id()?,
        everything: c.flag()?,
        reason: c.parsed(EndReason::parse)?,
        ended_at: c.time()?,
        due_at: c.time()?,
        attempts: c.int()?,
        delivered: Place {
            member_id: c.opt_id()?.unwrap_or(Uuid::nil().into()),
            client_password_id: c.opt_id()?.unwrap_or(Uuid::nil().into()),
        },
        warns_of: warns_of(c)?,
    })
}

fn warns_of(c: &mut Columns) -> Result<Option<(Timestamp, u32)>, EngineError> {
    let (ends_at, days) = (c.opt_time()?, c.opt_int()?);
    Ok(ends_at.zip(days.and_then(|days| u32::try_from(days).ok())))
}

fn stale_end(c: &mut Columns) -> Result<StaleEnd, EngineError> {
    Ok(StaleEnd {
        target: c.text()?,
        id: c.id()?,
        organization_id: c.id()?,
        member_id: c.opt_id()?,
        reason: c.parsed(EndReason::parse)?,
        ended_at: c.time()?,
        due_at: c.time()?,
        attempts: c.int()?,
    })
}

/// Ends that have still to be delivered.
#[derive(Clone, Debug)]
pub struct OutboxStore {
    database: Database,
}

impl OutboxStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Claims the first end that is due for `target`, for this long.
    pub async fn claim_next(
        &self,
        target: &str,
        now: Timestamp,
        hold: Duration,
    ) -> Result<Option<Claimed>, EngineError> {
        loop {
            let decode = |c: &mut Columns| claimed(c, target);
            let Some(found) = self.database.one(point!("outbox/due"), args![target, now], decode).await?
            else {
                return Ok(None);
            };

            let until = now.plus(hold);
            // Unless another node was first; then there may be a next one.
            if self.reschedule(&found, until, 1).await?.is_ok() {
                return Ok(Some(Claimed { due_at: until, attempts: found.attempts + 1, ..found }));
            }
        }
    }

    /// What was claimed was not delivered, and is due again at this time.
    pub async fn reschedule_claimed(&self, claimed: &Claimed, due_at: Timestamp) -> Result<(), EngineError> {
        self.reschedule(claimed, due_at, 0).await.map(drop)
    }

    async fn reschedule(&self, of: &Claimed, until: Timestamp, attempts: i64) -> Attempt {
        let mut transaction = Transaction::system();
        let args = args![until, attempts, of.target.as_str(), of.id, of.due_at];
        transaction.expect_one(point!("outbox/reschedule"), args, Unmet::Overtaken);
        self.database.commit(transaction).await
    }

    /// What was claimed has been delivered up to this place; the rest is due now.
    pub async fn delivered_up_to(
        &self,
        claimed: &Claimed,
        place: Place,
        now: Timestamp,
    ) -> Result<(), EngineError> {
        let mut transaction = Transaction::system();
        let (member, password) = (place.member_id.uuid(), place.client_password_id.uuid());
        let args = args![now, member, password, claimed.target.as_str(), claimed.id, claimed.due_at];
        transaction.execute(point!("outbox/advance"), args);
        self.database.write(transaction).await.map(drop)
    }

    /// What was claimed has been delivered.
    pub async fn delivered(&self, claimed: &Claimed) -> Result<(), EngineError> {
        self.remove(Transaction::system(), &claimed.target, claimed.id, claimed.due_at).await.map(drop)
    }

    async fn remove(
        &self,
        mut transaction: Transaction,
        target: &str,
        id: Uuid,
        due_at: Timestamp,
    ) -> Attempt {
        transaction.expect_one(point!("outbox/remove"), args![target, id, due_at], Unmet::Overtaken);
        self.database.commit(transaction).await
    }

    /// Everything that is to be delivered to `target` is due now, whoever has claimed it.
    pub async fn release_all(&self, target: &str, now: Timestamp) -> Result<(), EngineError> {
        let mut transaction = Transaction::system();
        transaction.execute(point!("outbox/release_all"), args![now, target]);
        self.database.write(transaction).await.map(drop)
    }

    /// How many ends have still to be delivered to `target`.
    pub async fn count_pending(&self, target: &str) -> Result<i64, EngineError> {
        Ok(self.database.one(long!("outbox/count"), args![target], Columns::int).await?.unwrap_or(0))
    }

    /// When the oldest of them ended.
    pub async fn oldest(&self, target: &str) -> Result<Option<Timestamp>, EngineError> {
        self.database.one(point!("outbox/oldest"), args![target], Columns::time).await
    }

    /// Some that ended at or before `until` and have not been delivered.
    pub async fn list_stale(&self, until: Timestamp, limit: i64) -> Result<Vec<StaleEnd>, EngineError> {
        self.database.all(long!("outbox/stale"), args![until, limit], stale_end).await
    }

    /// Gives one up, unless it has been delivered or is being delivered.
    pub async fn give_up(&self, lease: Lease, stale: &StaleEnd) -> Attempt {
        self.remove(Transaction::job(lease), &stale.target, stale.id, stale.due_at).await
    }

    /// Members of an organization with their logins, by id after `after`, whether they have left or not.
    pub async fn logins(
        &self,
        organization: OrganizationId,
        after: MemberId,
        limit: i64,
    ) -> Result<Vec<(MemberId, String)>, EngineError> {
        let args = args![organization.uuid(), after.uuid(), limit];
        self.database.all(long!("outbox/members"), args, |c| Ok((c.id()?, c.text()?))).await
    }

    /// The client passwords that this is about, each with its member, after the place up to which it has been
    /// delivered.
    pub async fn ended_with(
        &self,
        claimed: &Claimed,
        limit: i64,
    ) -> Result<Vec<(MemberId, String, ClientPasswordId)>, EngineError> {
        let args = args![
            claimed.ended_at,
            claimed.delivered.member_id.uuid(),
            claimed.delivered.client_password_id.uuid(),
            claimed.reason.name(),
            claimed.organization_id.uuid(),
            limit,
        ];
        self.database.all(long!("outbox/ended"), args, |c| Ok((c.id()?, c.text()?, c.id()?))).await
    }

    /// Puts what dates have ended by `now` into the outbox; nothing that is older than `oldest`. Whether there was any.
    pub async fn add_dated(&self, lease: Lease, now: Timestamp, oldest: Timestamp) -> Attempt<bool> {
        /// How far the place up to which dates have been passed may lie behind.
        const BEHIND: Duration = Duration::from_secs(3600);

        let passed = self.database.one(point!("outbox/dates"), vec![], Columns::time).await?.unwrap_or(now);
        let since = passed.max(oldest);
        let any =
            self.database.one(long!("outbox/any_dated"), args![since, now], |_| Ok(())).await?.is_some();
        if !any && now.since(passed) < BEHIND {
            return Ok(Ok(false));
        }

        let mut transaction = Transaction::job(lease);
        transaction.expect_one(point!("outbox/pass_dates"), args![now, passed], Unmet::Overtaken);
        for target in self.database.targets() {
            transaction.execute(long!("outbox/add_dated"), args![target.as_str(), now, since]);
        }
        Ok(match self.database.commit(transaction).await? {
            // The holder before has passed them.
            Err(Unmet::Overtaken) => Ok(false),
            written => written.map(|()| any),
        })
    }
}
