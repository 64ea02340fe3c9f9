//! The steps of a write, each with what it means if it is not met. A transaction begins on somebody's behalf: a
//! caller's demands first that the facts still stand on which the caller was allowed to do it.
//!
//! ```text
//!   Caller   the members of caller and subject are locked in order of id, a key's row is shared;
//!            then session or key, role, the subject's rank and a department administrator's reach must be what they
//!            were
//!   Job      what is done once in an installation: the row of the lease is shared, and must be of the term
//!   System   what the process does          Setup   the first organization
//! ```
//!
//! Every end of a session, a key or a role changes one of these rows, so it waits for a change that is under way, and a
//! change that comes after it is not met.

use super::engine::unmet::Unmet;
use super::engine::{Row, Statement, Step, Value};
use super::pending_end::PendingEnd;
use super::record::{Origin, Record};
use super::statements::{Ending, NOW, args, locking, note, point};
use crate::domain::access::{Authority, Caller, STEP_UP};
use crate::domain::ids::MemberId;
use crate::domain::lease::Lease;
use crate::domain::member::Role;

/// The steps of a write, in order.
#[derive(Debug)]
pub struct Transaction {
    steps: Vec<Step>,
    /// What they end; goes into the outbox with them.
    ends: Vec<PendingEnd>,
}

impl Transaction {
    /// Begins what this record is about.
    pub(super) fn of(record: &Record) -> Self {
        Self::begin(&record.origin, &[])
    }

    /// The same, of a change to many members: they are locked with the caller, in order of id.
    pub(super) fn of_many(record: &Record, members: &[MemberId]) -> Self {
        Self::begin(&record.origin, members)
    }

    /// Begins what a job writes that holds the lease.
    pub(super) fn job(lease: Lease) -> Self {
        Self::begin(&Origin::Job(lease), &[])
    }

    /// Begins what the process writes.
    pub(super) fn system() -> Self {
        Self::begin(&Origin::System, &[])
    }

    /// Begins what sets the installation up.
    pub(super) fn setup() -> Self {
        Self::begin(&Origin::Setup, &[])
    }

    fn begin(origin: &Origin, others: &[MemberId]) -> Self {
        let mut transaction = Self { steps: Vec::new(), ends: Vec::new() };
        match origin {
            Origin::Caller(authority) => transaction.demand(authority, others),
            // Whoever takes the lease waits for this write; it would not be met after that.
            Origin::Job(Lease::Term(term)) => {
                transaction.expect_one(locking!("lease/share"), args![*term], Unmet::LeaseLost);
            }
            Origin::Job(Lease::DataDirectory) | Origin::System | Origin::Setup => {}
        }

        transaction
    }

    /// Demands that what an authority was given on still stands. Locks these other members as well.
    fn demand(&mut self, authority: &Authority, others: &[MemberId]) {
        let me = match authority.caller() {
            Caller::Member(me) => Some(me),
            Caller::Key(_) | Caller::Terminal => None,
        };
        let subject =
            authority.subject().filter(|subject| me.is_none_or(|me| me.member_id != subject.member_id));
        let own = me.map(|me| (me.member_id, me.role, note!("members/lock_caller")));
        let other = subject.map(|of| (of.member_id, of.role, note!("members/lock_subject")));

        let reached = authority.caller().department_admin().zip(subject);
        if let Some((_, subject)) = reached {
            // Whoever changes the tree or who is in it waits for this write.
            self.expect_one(
                note!("organizations/lock"),
                args![subject.organization_id.uuid()],
                Unmet::Authority,
            );
        }

        let demanded = own.into_iter().chain(other).map(|(id, role, lock)| (id, Some((role, lock))));
        self.lock_members(demanded.chain(others.iter().map(|id| (*id, None))).collect());
        if let Some((me, subject)) = reached {
            let args = args![subject.member_id.uuid(), me.uuid()];
            self.expect_one(point!("departments/reaches"), args, Unmet::Authority);
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
            // The lock on the data directory, or the socket in it, said who it is.
            Caller::Terminal => {}
        }
    }

    /// Locks members in order of id, each once; of some it is demanded that they have this role.
    fn lock_members(&mut self, mut members: Vec<(MemberId, Option<(Role, &'static Statement)>)>) {
        members.sort_by_key(|(id, demanded)| (*id, demanded.is_none()));
        members.dedup_by_key(|(id, _)| *id);
        for (id, demanded) in members {
            match demanded {
                Some((role, lock)) => {
                    self.expect_one(lock, args![id.uuid(), role.rank()], Unmet::Authority);
                }
                None => {
                    self.execute(note!("members/lock"), args![id.uuid()]);
                }
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
        end: PendingEnd,
    ) {
        self.ends.push(end);
        self.expect_one(statement, args, unmet);
    }

    /// Adds a step that may touch any number of rows and ends client passwords.
    pub(super) fn end_any(
        &mut self,
        Ending(statement): &'static Ending,
        args: Vec<Value>,
        ends: impl IntoIterator<Item = PendingEnd>,
    ) {
        self.ends.extend(ends);
        self.execute(statement, args);
    }

    /// Takes out what the steps end, for the outbox.
    pub(super) fn take_ends(&mut self) -> Vec<PendingEnd> {
        std::mem::take(&mut self.ends)
    }

    /// The steps in the order in which they are to run.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::domain::access::{SignedIn, Subject};
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

        let subject =
            Subject { member_id: member.into(), organization_id, role: Role::Member, is_within_reach: false };
        let authority = caller.may_to(MemberPermission::Rename, &subject, NOW).unwrap();
        let steps = Transaction::begin(&Origin::Caller(authority), &[]).into_steps();

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

    #[test]
    fn other_members_are_locked_in_the_same_order_and_nobody_twice() {
        let record = |caller: Caller| Origin::Caller(caller.on_itself());
        let me = Caller::Member(SignedIn {
            member_id: Uuid::from_u128(2).into(),
            organization_id: Uuid::from_u128(9).into(),
            role: Role::Member,
            session_id: Uuid::from_u128(8).into(),
            created_at: NOW,
            authenticated_at: NOW,
            expires_at: NOW,
        });
        let others = [3, 2, 1, 3].map(|id| Uuid::from_u128(id).into());

        let steps = Transaction::begin(&record(me), &others).into_steps();
        let locked: Vec<_> = steps.iter().map(|step| (step.statement.name, step.args[0].clone())).collect();
        let id = |id: u128| Value::from(Uuid::from_u128(id));
        let expected = [
            ("members/lock", id(1)),
            ("members/lock_caller", id(2)),
            ("members/lock", id(3)),
            ("sessions/share", id(8)),
        ];
        assert_eq!(locked, expected);
    }

    #[test]
    fn the_command_line_demands_nothing_of_itself_and_the_rank_of_whom_it_is_about() {
        let (member_id, organization_id) = (Uuid::from_u128(1).into(), Uuid::from_u128(9).into());
        let subject = Subject { member_id, organization_id, role: Role::Member, is_within_reach: false };
        let authority = Caller::Terminal.may_to(MemberPermission::Rename, &subject, NOW).unwrap();
        let steps = Transaction::begin(&Origin::Caller(authority), &[]).into_steps();
        let names: Vec<_> = steps.iter().map(|step| step.statement.name).collect();
        assert_eq!(names, ["members/lock_subject"]);
    }
}
