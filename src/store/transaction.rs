//! The steps of a write, each with what it means if it is not met. A transaction begins on somebody's behalf: a caller's
//! demands first that the facts still stand on which the caller was allowed to do it.
//!
//! ```text
//!   Caller   the members of caller and subject are locked in order of id, a key's row is shared;
//!            then session or key, role and the subject's rank must be what they were
//!   Job      what runs by itself        System   what the process does        Setup   the first organization
//! ```
//!
//! Every end of a session, a key or a role changes one of these rows, so it waits for a change that is under way, and a
//! change that comes after it is not met.

use super::audit::Record;
use super::engine::unmet::Unmet;
use super::engine::writes::Writes;
use super::outbox::ToTell;
use crate::domain::access::{Authority, Caller, STEP_UP};
use crate::store::engine::{Reach, Row, Statement, Step, Value};

/// The time at which the engine runs the write.
pub(super) const NOW: Value = Value::Now(0);

/// On whose behalf something is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A caller, who was allowed to.
    Caller(Authority),
    /// What runs by itself.
    Job,
    /// The process, or whoever owns its data directory.
    System,
    /// Whoever sets the installation up.
    Setup,
}

/// The steps of a write, in order.
#[derive(Debug)]
pub struct Transaction {
    steps: Vec<Step>,
    /// What they end; goes into the outbox with them.
    ends: Vec<ToTell>,
}

/// A statement that ends client passwords. It becomes a step only together with what is to be told of it.
#[derive(Debug)]
pub struct Ending(Statement);

impl Ending {
    pub(super) const fn new(name: &'static str, sql: &'static str) -> Self {
        Self(Statement { name, sql, postgres: None, reach: Reach::Long, writes: Writes::of(sql) })
    }
}

impl Transaction {
    /// Begins what this record is about.
    pub(super) fn of(record: &Record) -> Self {
        Self::begin(&record.origin)
    }

    /// Begins what a job writes.
    pub(super) fn job() -> Self {
        Self::begin(&Origin::Job)
    }

    /// Begins what the process writes.
    pub(super) fn system() -> Self {
        Self::begin(&Origin::System)
    }

    /// Begins what sets the installation up.
    pub(super) fn setup() -> Self {
        Self::begin(&Origin::Setup)
    }

    fn begin(origin: &Origin) -> Self {
        let mut transaction = Self { steps: Vec::new(), ends: Vec::new() };
        match origin {
            Origin::Caller(authority) => transaction.demand(authority),
            Origin::Job | Origin::System | Origin::Setup => {}
        }
        transaction
    }

    /// Demands that what an authority was given on still stands.
    fn demand(&mut self, authority: &Authority) {
        let me = match authority.caller() {
            Caller::Member(me) => Some(me),
            Caller::Key(_) => None,
        };
        let subject =
            authority.subject().filter(|subject| me.is_none_or(|me| me.member_id != subject.member_id));
        let own = me.map(|me| (me.member_id, me.role, note!("members/lock_caller")));
        let other = subject.map(|of| (of.member_id, of.role, note!("members/lock_subject")));
        let mut members: Vec<_> = own.into_iter().chain(other).collect();
        members.sort_by_key(|(id, ..)| *id);
        for (id, role, lock) in members {
            self.expect_one(lock, args![id.uuid(), role.rank()], Unmet::Authority);
        }
        match authority.caller() {
            Caller::Member(me) => {
                let fresh = authority.demands_fresh();
                let since = if fresh { Value::now_minus(STEP_UP) } else { Value::Int(i64::MIN) };
                let args = args![me.session_id.uuid(), me.member_id.uuid(), NOW, since];
                self.expect_one(locking!("sessions/share"), args, Unmet::Authority);
            }
            Caller::Key(key) => {
                let args = args![key.id.uuid(), key.role.name()];
                self.expect_one(locking!("service_keys/share"), args, Unmet::Authority);
            }
        }
    }

    /// Adds a step that must touch exactly one row; if it does not, nothing is written, for the reason `unmet`.
    pub(super) fn expect_one(&mut self, statement: &'static Statement, args: Vec<Value>, unmet: Unmet) {
        self.steps.push(Step { statement, args, unless_one: Some(unmet) });
    }

    /// The same; gives its index among the rows that are returned.
    pub(super) fn expect_row(
        &mut self,
        statement: &'static Statement,
        args: Vec<Value>,
        unmet: Unmet,
    ) -> usize {
        self.expect_one(statement, args, unmet);
        self.steps.len() - 1
    }

    /// Adds a step that may touch any number of rows. Gives its index among the rows that are returned.
    pub(super) fn execute(&mut self, statement: &'static Statement, args: Vec<Value>) -> usize {
        self.steps.push(Step { statement, args, unless_one: None });
        self.steps.len() - 1
    }

    /// Adds a step that must touch exactly one row and ends client passwords.
    pub(super) fn end_one(
        &mut self,
        Ending(statement): &'static Ending,
        args: Vec<Value>,
        unmet: Unmet,
        end: ToTell,
    ) {
        self.ends.push(end);
        self.expect_one(statement, args, unmet);
    }

    /// Adds a step that may touch any number of rows and ends client passwords.
    pub(super) fn end_any(
        &mut self,
        Ending(statement): &'static Ending,
        args: Vec<Value>,
        ends: impl IntoIterator<Item = ToTell>,
    ) {
        self.ends.extend(ends);
        self.execute(statement, args);
    }

    /// What the steps end.
    pub(super) fn take_ends(&mut self) -> Vec<ToTell> {
        std::mem::take(&mut self.ends)
    }

    /// The steps.
    pub(super) fn into_steps(self) -> Vec<Step> {
        self.steps
    }
}

/// What a finished write returned.
#[derive(Debug)]
pub struct Done(pub(super) Vec<Vec<Row>>);

impl Done {
    /// The rows of the step of this index, in order.
    pub fn take(&mut self, step: usize) -> Vec<Row> {
        self.0.get_mut(step).map(std::mem::take).unwrap_or_default()
    }
}

/// A statement of `sql/query`: `point!` reads by key, `long!` may read many rows, `list!` the same for
/// whoever calls, `note!` changes, of a table that checks
/// read, only columns that none reads.
macro_rules! statement {
    ($name:literal, $reach:ident) => {{
        const SQL: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/query/", $name, ".sql"));
        const STATEMENT: $crate::store::engine::Statement = $crate::store::engine::Statement {
            name: $name,
            sql: SQL,
            postgres: None,
            reach: $crate::store::engine::Reach::$reach,
            writes: $crate::store::engine::writes::Writes::of(SQL),
        };
        &STATEMENT
    }};
}

macro_rules! point {
    ($name:literal) => {
        $crate::store::transaction::statement!($name, Point)
    };
}

macro_rules! long {
    ($name:literal) => {
        $crate::store::transaction::statement!($name, Long)
    };
}

macro_rules! list {
    ($name:literal) => {
        $crate::store::transaction::statement!($name, List)
    };
}

macro_rules! note {
    ($name:literal) => {{
        const NOTE: $crate::store::engine::Statement = $crate::store::engine::Statement {
            writes: $crate::store::engine::writes::Writes::Nothing,
            ..*$crate::store::transaction::statement!($name, Point)
        };
        &NOTE
    }};
}

/// A statement of `sql/query` that locks what it reads; SQLite has one writer and needs no lock, on PostgreSQL it is the
/// text of `.postgres.sql`.
macro_rules! locking {
    ($name:literal) => {{
        const LOCKING: $crate::store::engine::Statement = $crate::store::engine::Statement {
            postgres: Some(include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/sql/query/",
                $name,
                ".postgres.sql"
            ))),
            ..*$crate::store::transaction::statement!($name, Point)
        };
        &LOCKING
    }};
}

/// A statement of `sql/query` that ends client passwords.
macro_rules! ending {
    ($name:literal) => {{
        const STATEMENT: $crate::store::transaction::Ending = $crate::store::transaction::Ending::new(
            $name,
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/query/", $name, ".sql")),
        );
        &STATEMENT
    }};
}

/// The arguments of a statement, each turned into a value.
macro_rules! args {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::store::engine::Value::from($value)),*]
    };
}

pub(super) use {args, ending, list, locking, long, note, point, statement};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::domain::access::{SignedIn, Subject};
    use crate::domain::member::Role;
    use crate::domain::permission::MemberPermission;
    use uuid::Uuid;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000_000);

    /// The statements that lock what an owner's act on a member rests on, each with the id that it locks by.
    fn locks(owner: Uuid, member: Uuid) -> Vec<(&'static str, Value)> {
        let (organization_id, role) = (Uuid::from_u128(9).into(), Role::Owner);
        let caller = Caller::Member(SignedIn {
            member_id: owner.into(),
            organization_id,
            role,
            session_id: Uuid::from_u128(8).into(),
            created_at: NOW,
            authenticated_at: NOW,
            expires_at: NOW,
        });
        let subject = Subject { member_id: member.into(), organization_id, role: Role::Member };
        let authority = caller.may_to(MemberPermission::Rename, &subject, NOW).unwrap();
        let steps = Transaction::begin(&Origin::Caller(authority)).into_steps();
        assert!(steps.iter().all(|step| step.unless_one == Some(Unmet::Authority)));
        steps.into_iter().map(|step| (step.statement.name, step.args[0].clone())).collect()
    }

    /// Two who act on each other would else wait for each other.
    #[test]
    fn members_are_locked_in_order_of_id_whoever_of_them_calls() {
        let [one, two] = [1, 2].map(Uuid::from_u128);
        let session = ("sessions/share", Value::from(Uuid::from_u128(8)));
        let [caller, subject] = ["members/lock_caller", "members/lock_subject"];
        assert_eq!(locks(one, two), [(caller, one.into()), (subject, two.into()), session.clone()]);
        assert_eq!(locks(two, one), [(subject, one.into()), (caller, two.into()), session.clone()]);
        assert_eq!(locks(one, one), [(caller, one.into()), session]);
    }
}
