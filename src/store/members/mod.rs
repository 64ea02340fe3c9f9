//! Members, their account passwords and their secure login.

mod reading;
pub mod way;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::domain::client_password::EndReason;
use crate::domain::ids::{MemberId, OrganizationId, SessionId};
use crate::domain::login::Login;
use crate::domain::member::{Member, MemberState, Role};
use crate::domain::organization::OrganizationState;
use crate::store::audit::end_args;
use crate::store::database::{Attempt, Database};
use crate::store::departments::DepartmentChange;
use crate::store::engine::unmet::Unmet;
use crate::store::engine::{Columns, EngineError, Statement, Value};
use crate::store::pending_end::PendingEnd;
use crate::store::policies::PolicyFacts;
use crate::store::record::Record;
use crate::store::statements::{Ending as EndingStatement, NOW, args, ending, locking, long, point};
use crate::store::transaction::{Done, Transaction};

/// A member on the way in.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// The id that the record names.
    pub id: MemberId,
    /// The organization, which has to be active and to have the domain of the login.
    pub organization_id: OrganizationId,
    /// The mail address.
    pub login: Login,
    /// The name that people see.
    pub display_name: String,
    /// The role, kept as its rank.
    pub role: Role,
    /// Argon2id hash of the account password, for who signs in here.
    pub password_hash: Option<String>,
    /// When the member was made.
    pub created_at: Timestamp,
    /// The departments that the member is in, and administers.
    pub departments: DepartmentChange,
}

impl NewMember {
    pub(super) fn insert(&self, transaction: &mut Transaction) {
        transaction.expect_one(
            point!("members/insert"),
            args![
                self.id.uuid(),
                self.login.as_str(),
                self.display_name.as_str(),
                self.role.rank(),
                self.password_hash.clone(),
                self.created_at,
                self.organization_id.uuid(),
                self.login.domain(),
            ],
            Unmet::LoginTaken,
        );
    }
}

/// What signing in has to know.
#[derive(Clone, Debug)]
pub struct SigningIn {
    /// The id of the member who has the login.
    pub id: MemberId,
    /// The organization that the member belongs to.
    pub organization_id: OrganizationId,
    /// Whether both member and organization are active.
    pub active: bool,
    /// The Argon2id hash of the account password; `None` for who signs in elsewhere.
    pub password_hash: Option<String>,
}

impl SigningIn {
    pub(in crate::store) fn read(c: &mut Columns) -> Result<Self, EngineError> {
        let (id, organization_id) = (c.id()?, c.id()?);
        let state = c.parsed(MemberState::parse)?;
        let password_hash = c.opt_text()?;
        let organization = c.parsed(OrganizationState::parse)?;
        let active = state == MemberState::Active && organization == OrganizationState::Active;
        Ok(Self { id, organization_id, active, password_hash })
    }
}

/// A change that ends all client passwords of a member, and with them sessions and pending factors.
#[derive(Clone, Debug)]
pub struct Ending<'a> {
    /// The member whose client passwords end.
    pub member: MemberId,
    /// The reason that each end is kept and delivered with.
    pub reason: EndReason,
    /// The one session that goes on.
    pub keep: Option<SessionId>,
    /// What was read of the member's policy, where it might have refused this or have let more live on.
    pub policy: Option<PolicyFacts>,
    /// The record of the change.
    pub record: &'a Record,
}

/// What goes with all second factors of a member: codes that were tried in vain were codes of theirs.
const FACTORS: [&Statement; 3] =
    [long!("second_factors/remove_all"), long!("recovery_codes/remove_all"), point!("code_guesses/forget")];

/// The open invitation of a member.
const OWN_INVITATION: &Statement = point!("invitations/end_of_member");
/// What a member's state or role stands behind: the own open invitation, those that the member made for others, and an
/// offer to become the owner.
const INVITATIONS: [&Statement; 3] =
    [OWN_INVITATION, long!("invitations/end_by"), point!("ownership/end_of_member")];

/// The departments that a member administers.
const ADMINISTERED: &Statement = point!("departments/end_admin");
/// Who has left is in no department and administers none.
const DEPARTMENTS: [&Statement; 2] = [point!("departments/leave_all"), ADMINISTERED];

/// Where a member who has left got in from. Log-ins that are being written are waited for, so that none stays behind:
/// whoever writes them shares the row, and looks afterwards whether the member has left.
const HISTORY: [&Statement; 2] = [locking!("members/lock_row"), point!("log_ins/forget")];

/// Reads and writes members.
#[derive(Clone, Debug)]
pub struct MemberStore {
    database: Database,
}

impl MemberStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Makes a member in an active organization whose domain the login is in.
    pub async fn create(&self, new: &NewMember, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        transaction.lock_organization(new.organization_id);
        new.insert(&mut transaction);
        new.departments.write(&mut transaction, new.id, new.organization_id, record);
        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// Changes name, role and departments of a member who has not left and is still of the version that was read. With
    /// another role the open invitations of the member end, and those that the member made: who may act on whom is
    /// another.
    pub async fn update_profile(
        &self,
        member: &Member,
        display_name: &str,
        role: Role,
        departments: &DepartmentChange,
        record: &Record,
    ) -> Attempt {
        let mut transaction = Transaction::of(record);
        if !departments.is_empty() {
            transaction.lock_organization(member.organization_id);
        }
        transaction.expect_one(
            point!("members/update_profile"),
            args![display_name, role.rank(), member.id.uuid(), member.version],
            Unmet::Version,
        );

        if role != member.role {
            transaction.end_what_hangs_on_role(member.id);
        }
        departments.write(&mut transaction, member.id, member.organization_id, record);

        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// Lets a suspended member of this version back in; nothing that ended revives.
    pub async fn reactivate(&self, id: MemberId, version: i64, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        transaction.expect_one(point!("members/reactivate"), args![id.uuid(), version], Unmet::Version);
        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// Suspends a member of this version, or of any if it is less than zero.
    pub async fn suspend(&self, version: i64, ending: &Ending<'_>) -> Attempt<i64> {
        let args = args![ending.member.uuid(), version];
        self.end_all(ending!("members/suspend"), args, Unmet::Version, ending, &INVITATIONS).await
    }

    /// A member leaves, for ever.
    pub async fn leave(&self, ending: &Ending<'_>) -> Attempt<i64> {
        let forget = [&FACTORS[..], &INVITATIONS, &DEPARTMENTS, &HISTORY].concat();
        let args = args![ending.member.uuid()];
        self.end_all(ending!("members/leave"), args, Unmet::NotActive, ending, &forget).await
    }

    /// Sets the account password of a member of this version, or of any if it is less than zero. Gives how many client
    /// passwords ended, which is none unless `ends`. An open invitation ends.
    pub async fn set_password(
        &self,
        hash: &str,
        version: i64,
        ends: bool,
        ending: &Ending<'_>,
    ) -> Attempt<i64> {
        let mut transaction = Transaction::of(ending.record);
        let member = ending.member.uuid();
        transaction.execute(OWN_INVITATION, args![member]);

        if ends {
            let count = transaction.set_password_and_end(hash, version, ending);
            return Ok(self.database.write(transaction).await?.map(|done| counted(done, count)));
        }

        transaction.demand_policy_of(ending);
        let args = args![hash, member, version];
        transaction.expect_one(point!("members/set_password"), args, Unmet::Version);
        end_sign_ins(&mut transaction, ending);
        transaction.record(ending.record);
        Ok(self.database.commit(transaction).await?.map(|()| 0))
    }

    /// Turns secure login on for an active member of this version.
    pub async fn secure_login_on(
        &self,
        member: MemberId,
        version: i64,
        keep: Option<SessionId>,
        record: &Record,
    ) -> Attempt {
        let mut transaction = Transaction::of(record);
        transaction.expect_one(
            point!("members/secure_login_on"),
            args![NOW, member.uuid(), version],
            Unmet::Version,
        );
        end_sign_ins(
            &mut transaction,
            &Ending { member, reason: EndReason::SecureLoginOff, keep, policy: None, record },
        );

        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// Turns secure login off for a member of this version, or of any if it is less than zero; every client password
    /// ends.
    pub async fn secure_login_off(&self, version: i64, ending: &Ending<'_>) -> Attempt<i64> {
        let args = args![NOW, ending.member.uuid(), version];
        self.end_all(ending!("members/secure_login_off"), args, Unmet::Version, ending, &[]).await
    }

    /// Secure login stays off and is no longer required.
    pub async fn drop_requirement(&self, member: MemberId, version: i64, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        transaction.expect_one(
            point!("members/waive_secure_login"),
            args![member.uuid(), version],
            Unmet::Version,
        );

        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// Ends all client passwords of a member who has not left. If there is none, nothing is written.
    pub async fn end_client_passwords(&self, ending: &Ending<'_>) -> Attempt<i64> {
        let mut transaction = Transaction::of(ending.record);
        let count = begin_ending(&mut transaction, ending);
        let member = ending.member.uuid();
        let any_live = point!("client_passwords/any_live");
        transaction.expect_one(any_live, args![member, NOW], Unmet::Nothing);

        let end = PendingEnd::all(ending.record, ending.reason);
        transaction.end_one(ending!("members/end_epoch"), args![member], Unmet::NotActive, end);
        let line = end_args(ending.record, ending.reason, member);
        transaction.expect_one(point!("members/write_end"), line, Unmet::Broken);
        Ok(self.database.write(transaction).await?.map(|done| counted(done, count)))
    }

    /// Removes all factors and recovery codes of a member who has not left. Secure login is off then; if it was on,
    /// `required` says whether mail is refused until it is on again. Nobody who switches it meanwhile can delay this.
    pub async fn forget_factors(&self, required: bool, ending: &Ending<'_>) -> Attempt<i64> {
        let args = args![NOW, required, ending.member.uuid()];
        self.end_all(ending!("members/forget_factors"), args, Unmet::NotActive, ending, &FACTORS).await
    }

    /// One write that ends everything. Gives how many client passwords ended.
    async fn end_all(
        &self,
        change: &'static EndingStatement,
        args: Vec<Value>,
        unmet: Unmet,
        ending: &Ending<'_>,
        forget: &[&'static Statement],
    ) -> Attempt<i64> {
        let mut transaction = Transaction::of(ending.record);
        let count = transaction.end_all(change, args, unmet, ending);
        for statement in forget {
            transaction.execute(statement, args![ending.member.uuid()]);
        }

        Ok(self.database.write(transaction).await?.map(|done| counted(done, count)))
    }
}

impl Transaction {
    /// Ends what hangs on the role of a member, which is another from now on. Only department administrators administer
    /// any.
    pub(super) fn end_what_hangs_on_role(&mut self, member: MemberId) {
        for statement in INVITATIONS.into_iter().chain([ADMINISTERED]) {
            self.execute(statement, args![member.uuid()]);
        }
    }

    /// Sets the account password of a member of this version, or of any if it is less than zero, and ends everything.
    /// Gives the step that counts client passwords.
    pub(super) fn set_password_and_end(&mut self, hash: &str, version: i64, ending: &Ending<'_>) -> usize {
        let args = args![hash, ending.member.uuid(), version];
        self.end_all(ending!("members/set_password_and_end"), args, Unmet::Version, ending)
    }

    /// Ends everything: the change (which raises the epoch), the line that says so, sessions, pending factors, the
    /// record, the notices. Gives the step that counts client passwords.
    fn end_all(
        &mut self,
        change: &'static EndingStatement,
        args: Vec<Value>,
        unmet: Unmet,
        ending: &Ending<'_>,
    ) -> usize {
        self.demand_policy_of(ending);
        let count = begin_ending(self, ending);
        self.end_one(change, args, unmet, PendingEnd::all(ending.record, ending.reason));
        let line = end_args(ending.record, ending.reason, ending.member.uuid());
        self.expect_one(point!("members/write_end"), line, Unmet::Broken);
        end_sign_ins(self, ending);
        count
    }

    fn demand_policy_of(&mut self, ending: &Ending<'_>) {
        if let Some(facts) = &ending.policy {
            self.demand_policy(facts);
        }
    }
}

/// Counts what will end and writes the record with that number. Gives the counting step. The member, who is locked
/// because a caller ends something of theirs, must not have left.
fn begin_ending(transaction: &mut Transaction, ending: &Ending<'_>) -> usize {
    let member: Uuid = ending.member.uuid();
    transaction.expect_one(point!("members/is_present"), args![member], Unmet::NotActive);
    let count = transaction.execute(point!("client_passwords/count_live"), args![member, NOW]);
    transaction.record_ending(ending.record);
    count
}

/// Ends the member's sessions but one, the factors that were never confirmed, and answers kept for a retry.
fn end_sign_ins(transaction: &mut Transaction, ending: &Ending<'_>) {
    let member = ending.member.uuid();
    let keep = ending.keep.map_or(Uuid::nil(), SessionId::uuid);
    transaction.execute(point!("sessions/end_others"), args![member, keep]);
    transaction.execute(point!("second_factors/remove_pending"), args![member]);
    transaction.close_answers(ending.member);
}

fn counted(mut done: Done, step: usize) -> i64 {
    done.take(step).into_iter().next().and_then(|row| row.columns().int().ok()).unwrap_or(0)
}
