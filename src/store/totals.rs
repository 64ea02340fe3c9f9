//! How many there are: what a job counts in pieces, and what it has counted.

use std::collections::HashMap;

use uuid::Uuid;

use super::database::{Attempt, Database};
use super::engine::{Columns, EngineError, Value};
use super::statements::{args, list, long, point};
use super::transaction::Transaction;
use crate::clock::Timestamp;
use crate::domain::ids::{DepartmentId, MemberId, OrganizationId};
use crate::domain::lease::Lease;
use crate::domain::member::MemberState;
use crate::domain::totals::{
    ClientPasswordTotals, Counted, Counts, MemberCounts, MemberTotals, SecureLoginTotals,
};

/// Departments whose totals are written in one transaction: other changes wait for no more.
const BATCH: usize = 200;

/// Some members, each with what it adds.
#[derive(Clone, Debug, Default)]
pub struct Piece {
    /// The members in order of id.
    pub members: Vec<(MemberId, MemberCounts)>,
    /// The departments that each is in.
    pub departments: HashMap<MemberId, Vec<DepartmentId>>,
}

/// Reads what is counted, and keeps what was.
#[derive(Clone, Debug)]
pub struct TotalsStore {
    database: Database,
}

fn member_counts(c: &mut Columns) -> Result<(MemberId, MemberCounts), EngineError> {
    let (id, state, secure_login) = (c.id()?, c.parsed(MemberState::parse)?, c.flag()?);
    let (live, never_used, all) = (c.int()?, c.int()?, c.int()?);
    Ok((id, MemberCounts { state, secure_login, live, never_used, all }))
}

fn counts(c: &mut Columns) -> Result<Counts, EngineError> {
    let members = MemberTotals { active: c.int()?, suspended: c.int()?, left: c.int()? };
    let on = c.int()?;
    let (live, never_used, ended) = (c.int()?, c.int()?, c.int()?);
    Ok(Counts {
        members,
        secure_login: SecureLoginTotals { on, off: members.active - on },
        client_passwords: ClientPasswordTotals { live, never_used, ended },
    })
}

fn put_args(organization: OrganizationId, of: Uuid, counts: &Counts, as_of: Timestamp) -> Vec<Value> {
    let Counts { members, secure_login, client_passwords } = counts;
    args![
        organization.uuid(),
        of,
        members.active,
        members.suspended,
        members.left,
        secure_login.on,
        client_passwords.live,
        client_passwords.never_used,
        client_passwords.ended,
        as_of,
    ]
}

impl TotalsStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The next members by id after `after`, no more than `limit`, with what each adds at this time.
    pub async fn piece(
        &self,
        organization: OrganizationId,
        after: Uuid,
        now: Timestamp,
        limit: i64,
    ) -> Result<Piece, EngineError> {
        let home = organization.uuid();
        let args = args![now, home, after, limit];
        let members = self.database.all(list!("totals/members"), args, member_counts).await?;
        let Some((last, _)) = members.last() else { return Ok(Piece::default()) };

        let pair = |c: &mut Columns| Ok((c.id()?, c.id()?));
        let args = args![home, after, last.uuid()];
        let mut departments: HashMap<MemberId, Vec<DepartmentId>> = HashMap::new();
        for (member, department) in self.database.all(list!("totals/departments"), args, pair).await? {
            departments.entry(member).or_default().push(department);
        }
        Ok(Piece { members, departments })
    }

    /// What was counted last, and when; nothing if nothing was yet.
    pub async fn get(
        &self,
        organization: OrganizationId,
    ) -> Result<Option<(Counted, Timestamp)>, EngineError> {
        let row = |c: &mut Columns| Ok((c.id::<Uuid>()?, counts(c)?, c.time()?));
        let args = args![organization.uuid()];
        let rows = self.database.all(list!("totals/of_organization"), args, row).await?;

        let (mut counted, mut as_of) = (Counted::default(), None);
        for (id, counts, at) in rows {
            if id == organization.uuid() {
                (counted.organization, as_of) = (counts, Some(at));
            } else {
                counted.departments.insert(id.into(), counts);
            }
        }
        Ok(as_of.map(|as_of| (counted, as_of)))
    }

    /// Keeps what was counted, some departments at a time and the organization last.
    pub async fn put(
        &self,
        lease: Lease,
        organization: OrganizationId,
        counted: &Counted,
        as_of: Timestamp,
    ) -> Attempt {
        let departments: Vec<_> = counted.departments.iter().collect();
        for some in departments.chunks(BATCH) {
            let mut transaction = Transaction::job(lease);
            for (department, counts) in some {
                let args = put_args(organization, department.uuid(), counts, as_of);
                transaction.execute(point!("totals/put"), args);
            }
            if let Err(unmet) = self.database.commit(transaction).await? {
                return Ok(Err(unmet));
            }
        }

        let mut transaction = Transaction::job(lease);
        let args = put_args(organization, organization.uuid(), &counted.organization, as_of);
        transaction.execute(point!("totals/put"), args);
        transaction.execute(long!("totals/forget"), args![organization.uuid(), as_of]);
        self.database.commit(transaction).await
    }
}
