//! The outbox: ends of client passwords that have still to be told, written with the end itself.
//!
//! ```text
//!                   told              not told, or nobody says what came of it in time
//!   due --> taken --------> removed   taken ----------------------------------------> due again, later
//!                \  told in part
//!                 +-------------> due, from there on
//! ```
//!
//! A row is taken by putting it off, on condition that nobody has done so since it was read; only who took it last
//! can settle it. So of several nodes one tells at a time, and what a node that has died was telling is told again.

use std::time::Duration;

use uuid::Uuid;

use super::audit::Record;
use super::engine::{Columns, EngineError, Value};
use super::transaction::NOW;
use super::{Attempt, Store, Transaction, Unmet, args, long, point};
use crate::clock::Timestamp;
use crate::domain::client_password::EndReason;
use crate::domain::ids::{AuditEventId, ClientPasswordId, MemberId, OrganizationId};

/// What is told of an end, on its way into the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ToTell {
    /// That all of the member or organization that the record is about have ended.
    All(About),
    /// Which of an organization have ended by themselves with this write and for this reason, if any.
    Some(About),
    /// That this one has, if it has ended with this write.
    One(ClientPasswordId),
    /// That the one which this one replaced has, if it has ended with this write.
    Predecessor(ClientPasswordId),
}

/// Whose and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct About {
    id: AuditEventId,
    organization_id: Option<OrganizationId>,
    member_id: Option<MemberId>,
    reason: EndReason,
}

impl ToTell {
    /// All client passwords of the member that the record is about, or else of the organization.
    pub(super) fn all(record: &Record, reason: EndReason) -> Self {
        Self::All(About::of(record, reason))
    }

    /// Those of the organization that end with the record's change.
    pub(super) fn some(record: &Record, reason: EndReason) -> Self {
        Self::Some(About::of(record, reason))
    }

    fn add(&self, transaction: &mut Transaction, target: &str) {
        match self {
            Self::All(about) => transaction.execute(point!("outbox/add"), about.args(target, true)),
            Self::Some(about) => transaction.execute(point!("outbox/add"), about.args(target, false)),
            Self::One(id) => transaction.execute(point!("outbox/add_one"), args![target, id.uuid(), NOW]),
            Self::Predecessor(id) => {
                transaction.execute(point!("outbox/add_predecessor"), args![target, id.uuid(), NOW])
            }
        };
    }
}

impl About {
    fn of(record: &Record, reason: EndReason) -> Self {
        let Record { id, organization_id, member_id, .. } = *record;
        Self { id, organization_id, member_id, reason }
    }

    fn args(&self, target: &str, everything: bool) -> Vec<Value> {
        args![
            target,
            self.id.uuid(),
            self.organization_id.map(OrganizationId::uuid),
            self.member_id.map(MemberId::uuid),
            everything,
            self.reason.name(),
            NOW,
            everything,
        ]
    }
}

impl Transaction {
    /// Puts what the steps end into the outbox, once for each of these.
    pub(super) fn tell(&mut self, targets: &[String]) {
        for end in self.take_ends() {
            for target in targets {
                end.add(self, target);
            }
        }
    }
}

/// A row of the outbox that has been taken.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Which end: that of its audit event, or of the one client password.
    pub id: Uuid,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The member; everybody if absent.
    pub member_id: Option<MemberId>,
    /// The one client password that has ended.
    pub client_password_id: Option<ClientPasswordId>,
    /// Whether all have ended, or else those whose own end is of this time and reason.
    pub everything: bool,
    /// Why.
    pub reason: EndReason,
    /// When.
    pub ended_at: Timestamp,
    /// How often it has been tried, this time included.
    pub attempts: i64,
    /// How far it has been told.
    pub told: Place,
    target: String,
    due_at: Timestamp,
}

/// A place in the order in which an end is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// After this member.
    pub member_id: MemberId,
    /// And of the member after this client password.
    pub client_password_id: ClientPasswordId,
}

/// One that was not told in time.
#[derive(Clone, Debug)]
pub struct Untold {
    /// Who was to be told.
    pub target: String,
    /// Which end.
    pub id: Uuid,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The member; everybody if absent.
    pub member_id: Option<MemberId>,
    /// Why.
    pub reason: EndReason,
    /// When.
    pub ended_at: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    due_at: Timestamp,
}

fn taken(c: &mut Columns, target: &str) -> Result<Taken, EngineError> {
    Ok(Taken {
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
        told: Place {
            member_id: c.opt_id()?.unwrap_or(Uuid::nil().into()),
            client_password_id: c.opt_id()?.unwrap_or(Uuid::nil().into()),
        },
    })
}

fn untold(c: &mut Columns) -> Result<Untold, EngineError> {
    Ok(Untold {
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

impl Store {
    /// Takes the first end that is due to be told to `target`, for this long.
    pub async fn take_end(
        &self,
        target: &str,
        now: Timestamp,
        hold: Duration,
    ) -> Result<Option<Taken>, EngineError> {
        loop {
            let decode = |c: &mut Columns| taken(c, target);
            let Some(found) = self.one(point!("outbox/due"), args![target, now], decode).await? else {
                return Ok(None);
            };
            let until = now.plus(hold);
            // Unless another node was first; then there may be a next one.
            if self.put_off(&found, until, 1).await?.is_ok() {
                return Ok(Some(Taken { due_at: until, attempts: found.attempts + 1, ..found }));
            }
        }
    }

    /// What was taken was not told, and is due again at this time.
    pub async fn end_not_told(&self, taken: &Taken, due_at: Timestamp) -> Result<(), EngineError> {
        self.put_off(taken, due_at, 0).await.map(drop)
    }

    async fn put_off(&self, of: &Taken, until: Timestamp, attempts: i64) -> Attempt {
        let mut transaction = Transaction::job();
        let args = args![until, attempts, of.target.as_str(), of.id, of.due_at];
        transaction.expect_one(point!("outbox/put_off"), args, Unmet::Overtaken);
        self.commit(transaction).await
    }

    /// What was taken has been told up to this place; the rest is due now.
    pub async fn end_told_up_to(
        &self,
        taken: &Taken,
        place: Place,
        now: Timestamp,
    ) -> Result<(), EngineError> {
        let mut transaction = Transaction::job();
        let (member, password) = (place.member_id.uuid(), place.client_password_id.uuid());
        let args = args![now, member, password, taken.target.as_str(), taken.id, taken.due_at];
        transaction.execute(point!("outbox/advance"), args);
        self.write(transaction).await.map(drop)
    }

    /// What was taken has been told.
    pub async fn end_told(&self, taken: &Taken) -> Result<(), EngineError> {
        self.remove(&taken.target, taken.id, taken.due_at).await.map(drop)
    }

    async fn remove(&self, target: &str, id: Uuid, due_at: Timestamp) -> Attempt {
        let mut transaction = Transaction::job();
        transaction.expect_one(point!("outbox/remove"), args![target, id, due_at], Unmet::Overtaken);
        self.commit(transaction).await
    }

    /// Everything that is to be told to `target` is due now, whoever has taken it.
    pub async fn let_go(&self, target: &str, now: Timestamp) -> Result<(), EngineError> {
        let mut transaction = Transaction::job();
        transaction.execute(point!("outbox/let_go"), args![now, target]);
        self.write(transaction).await.map(drop)
    }

    /// How many ends have still to be told to `target`.
    pub async fn count_untold(&self, target: &str) -> Result<i64, EngineError> {
        Ok(self.one(long!("outbox/count"), args![target], Columns::int).await?.unwrap_or(0))
    }

    /// Some that ended at or before `until` and have not been told.
    pub async fn untold(&self, until: Timestamp, limit: i64) -> Result<Vec<Untold>, EngineError> {
        self.all(long!("outbox/stale"), args![until, limit], untold).await
    }

    /// Gives one up, unless it has been told or is being told.
    pub async fn give_up(&self, untold: &Untold) -> Attempt {
        self.remove(&untold.target, untold.id, untold.due_at).await
    }

    /// Members of an organization with their logins, by id after `after`, whether they have left or not.
    pub async fn logins(
        &self,
        organization: OrganizationId,
        after: MemberId,
        limit: i64,
    ) -> Result<Vec<(MemberId, String)>, EngineError> {
        let args = args![organization.uuid(), after.uuid(), limit];
        self.all(long!("outbox/members"), args, |c| Ok((c.id()?, c.text()?))).await
    }

    /// The client passwords that this is about, each with its member, after the place up to which it has been told.
    pub async fn ended_with(
        &self,
        taken: &Taken,
        limit: i64,
    ) -> Result<Vec<(MemberId, String, ClientPasswordId)>, EngineError> {
        let args = args![
            taken.ended_at,
            taken.told.member_id.uuid(),
            taken.told.client_password_id.uuid(),
            taken.reason.name(),
            taken.organization_id.uuid(),
            limit,
        ];
        self.all(long!("outbox/ended"), args, |c| Ok((c.id()?, c.text()?, c.id()?))).await
    }

    /// Puts what dates have ended by `now` into the outbox; nothing that is older than `oldest`. Whether there was any.
    pub async fn tell_dates(&self, now: Timestamp, oldest: Timestamp) -> Result<bool, EngineError> {
        /// How far the place up to which dates have been passed may lie behind.
        const BEHIND: Duration = Duration::from_secs(3600);
        let passed = self.one(point!("outbox/dates"), vec![], Columns::time).await?.unwrap_or(now);
        let since = passed.max(oldest);
        let any = self.one(long!("outbox/any_dated"), args![since, now], |_| Ok(())).await?.is_some();
        if !any && now.since(passed) < BEHIND {
            return Ok(false);
        }
        let mut transaction = Transaction::job();
        // Of several nodes one.
        transaction.expect_one(point!("outbox/pass_dates"), args![now, passed], Unmet::Overtaken);
        for target in self.targets.iter() {
            for statement in [long!("outbox/add_expired"), long!("outbox/add_overlapped")] {
                transaction.execute(statement, args![target.as_str(), now, since]);
            }
        }
        Ok(self.write(transaction).await?.is_ok() && any)
    }
}
