//! The history of log-ins: written many at once, folded where a member has too many, and forgotten.
//!
//! The row of a log-in is named by a hash of what it is of, so whoever writes adds to the same row, on whichever node.
//! Every write goes through the rows in the same order, so that none waits for another that waits for it.

use std::collections::HashMap;

use uuid::Uuid;

use super::client_passwords::{bit, protocol};
use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError, Value};
use super::statements::{args, list, locking, long, point};
use super::transaction::Transaction;
use crate::clock::Timestamp;
use crate::domain::ids::{ClientPasswordId, LogInId, MemberId};
use crate::domain::lease::Lease;
use crate::domain::log_in::{FromWhere, LogIn, LogInBy, LogInKey, Seen};
use crate::domain::log_in_folding::MOST_LOG_INS;

/// Rows that one statement writes, and members that one looks at.
const TOGETHER: usize = 32;

/// The most rows that are not too many, as the statements take it.
fn most() -> i64 {
    i64::try_from(MOST_LOG_INS).unwrap_or(i64::MAX)
}

/// The columns of a row, in the order of the statements.
pub(super) fn log_in(c: &mut Columns) -> Result<LogIn, EngineError> {
    let (member, _id): (MemberId, LogInId) = (c.id()?, c.id()?);
    let (kind, id) = (c.int()?, c.opt_id::<ClientPasswordId>()?);
    let odd = || EngineError::Unreadable("a log-in of no kind".into());
    let by = LogInBy::from_parts(kind, id).ok_or_else(odd)?;
    let level = c.int()?;
    let protocol = protocol(c.int()?).ok_or_else(odd)?;
    let (from, client) = (c.parsed(FromWhere::from_text)?, c.opt_text()?);

    let key = LogInKey { member, by, protocol, from, client, level };
    Ok(LogIn { key, seen: Seen { first: c.time()?, last: c.time()?, count: c.int()? } })
}

fn values(of: &LogIn, id: LogInId) -> Vec<Value> {
    let LogIn { key, seen } = of;
    let (kind, password) = key.by.to_parts();
    args![
        key.member.uuid(),
        id.uuid(),
        kind,
        password.map(ClientPasswordId::uuid),
        key.level,
        bit(key.protocol),
        key.from.to_text(),
        key.client.clone(),
        seen.first,
        seen.last,
        seen.count,
    ]
}

/// A row as it was, and what folding changes of it.
enum Change {
    /// It is taken away, if it still is of this count.
    Take { count: i64 },
    /// This is added to it, or it is new.
    Add(LogIn),
}

/// Reads and writes the history of log-ins.
#[derive(Clone, Debug)]
pub struct LogInStore {
    database: Database,
}

impl LogInStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The rows of a member, in no order.
    pub async fn of_member(&self, member: MemberId) -> Result<Vec<LogIn>, EngineError> {
        self.database.all(list!("log_ins/of_member"), args![member.uuid()], log_in).await
    }

    /// Adds log-ins to the history, each row once, all or none; nothing of members who have left. Gives the members who
    /// may have too many rows by now.
    pub async fn add(&self, rows: &[LogIn]) -> Result<Vec<MemberId>, EngineError> {
        let mut rows: Vec<(LogInId, &LogIn)> = rows.iter().map(|row| (row.key.id(), row)).collect();
        rows.sort_unstable_by_key(|(id, row)| (row.key.member, *id));
        let mut members: Vec<MemberId> = rows.iter().map(|(_, row)| row.key.member).collect();
        members.dedup();

        let mut transaction = Transaction::system();
        share(&mut transaction, &members);
        let (many, rest) = rows.as_chunks::<TOGETHER>();
        let mut steps = Vec::with_capacity(many.len() + rest.len());
        for some in many {
            let args = some.iter().flat_map(|(id, row)| values(row, *id)).collect();
            steps.push(transaction.execute(point!("log_ins/add_many"), args));
        }
        for (id, row) in rest {
            steps.push(transaction.execute(point!("log_ins/add"), values(row, *id)));
        }
        for some in members.chunks(TOGETHER) {
            transaction.execute(point!("log_ins/forget_left"), filled(some));
        }

        let Ok(mut done) = self.database.write(transaction).await? else { return Ok(Vec::new()) };
        let written = steps.into_iter().flat_map(|step| done.take(step));
        let written: Result<Vec<_>, _> = written.map(|row| counted(&mut row.columns())).collect();
        Ok(with_new_rows(&rows, written?))
    }

    /// Those of these members who have too many rows.
    pub async fn crowded(&self, members: &[MemberId]) -> Result<Vec<MemberId>, EngineError> {
        let mut found = Vec::new();
        for some in members.chunks(TOGETHER) {
            let mut args = filled(some);
            args.extend(args![most()]);
            let crowded = self.database.all(point!("log_ins/crowded"), args, Columns::id::<MemberId>);
            found.extend(crowded.await?);
        }
        Ok(found)
    }

    /// Puts rows of a member in the place of those that were read, if nothing of these has changed since.
    pub async fn fold(&self, before: &[LogIn], after: &[LogIn]) -> Attempt {
        let mut changes = changes(before, after);
        changes.sort_unstable_by_key(|(key, ..)| *key);

        let mut members: Vec<MemberId> = changes.iter().map(|((member, _), _)| *member).collect();
        members.dedup();

        let mut transaction = Transaction::system();
        share(&mut transaction, &members);
        for ((member, id), change) in changes {
            match change {
                Change::Take { count } => {
                    let args = args![member.uuid(), id.uuid(), count];
                    transaction.expect_one(point!("log_ins/take"), args, Unmet::Overtaken);
                }
                Change::Add(row) => {
                    transaction.execute(point!("log_ins/add"), values(&row, id));
                }
            }
        }
        for some in members.chunks(TOGETHER) {
            transaction.execute(point!("log_ins/forget_left"), filled(some));
        }
        self.database.commit(transaction).await
    }

    /// The last member of the next piece of the history: of about so many rows after this member. `None` if there are not
    /// so many.
    pub async fn piece_end(&self, after: Uuid, rows: i64) -> Result<Option<Uuid>, EngineError> {
        self.database.one(long!("log_ins/piece_end"), args![after, rows], Columns::id).await
    }

    /// Forgets of members after `after`, up to `upto`, what is older at `now` than their organization keeps it, or else
    /// `days`; and everything of those who have left.
    pub async fn sweep(
        &self,
        lease: Lease,
        (after, upto): (Uuid, Uuid),
        now: Timestamp,
        days: u32,
    ) -> Attempt {
        let mut transaction = Transaction::job(lease);
        transaction.execute(long!("log_ins/sweep"), args![after, upto, now, i64::from(days)]);
        self.database.commit(transaction).await
    }

    /// The members after `after`, up to `upto`, who have too many rows.
    pub async fn crowded_between(&self, after: Uuid, upto: Uuid) -> Result<Vec<MemberId>, EngineError> {
        let args = args![after, upto, most()];
        self.database.all(long!("log_ins/crowded_between"), args, Columns::id).await
    }
}

fn counted(c: &mut Columns) -> Result<(MemberId, i64), EngineError> {
    Ok((c.id()?, c.int()?))
}

/// The members of whom a row may be new: one that has no more log-ins than were added to one of theirs just now.
fn with_new_rows(added: &[(LogInId, &LogIn)], written: Vec<(MemberId, i64)>) -> Vec<MemberId> {
    let mut most: HashMap<MemberId, i64> = HashMap::with_capacity(added.len());
    for (_, row) in added {
        let most = most.entry(row.key.member).or_default();
        *most = (*most).max(row.seen.count);
    }

    let is_new = |(member, count): &(MemberId, i64)| most.get(member).is_some_and(|most| count <= most);
    let mut members: Vec<MemberId> = written.into_iter().filter(is_new).map(|(member, _)| member).collect();
    members.sort_unstable();
    members.dedup();
    members
}

/// Lets none of these members, who are in order, leave before this is written: whoever leaves takes all log-ins along.
fn share(transaction: &mut Transaction, members: &[MemberId]) {
    for some in members.chunks(TOGETHER) {
        transaction.execute(locking!("log_ins/share_members"), filled(some));
    }
}

/// The members as a statement takes them that looks at so many: the last one again where there are fewer.
fn filled(members: &[MemberId]) -> Vec<Value> {
    let last = members.last().into_iter().cycle();
    members.iter().chain(last).take(TOGETHER).map(|member| member.uuid().into()).collect()
}

/// What has to be changed, so that rows of before become those of after.
fn changes(before: &[LogIn], after: &[LogIn]) -> Vec<((MemberId, LogInId), Change)> {
    let of = |row: &LogIn| (row.key.member, row.key.id());
    let mut gone: HashMap<_, i64> = before.iter().map(|row| (of(row), row.seen.count)).collect();

    let mut changes = Vec::new();
    for row in after {
        let had = gone.remove(&of(row)).unwrap_or(0);
        if row.seen.count > had {
            let seen = Seen { count: row.seen.count - had, ..row.seen };
            changes.push((of(row), Change::Add(LogIn { seen, ..row.clone() })));
        }
    }
    changes.extend(gone.into_iter().map(|(of, count)| (of, Change::Take { count })));
    changes
}
