//! Members, their account passwords and their secure login.

use uuid::Uuid;

use super::audit::{Record, end_args};
use super::engine::{Columns, EngineError, Statement, Value};
use super::outbox::ToTell;
use super::plan::Ending as EndingStatement;
use super::{Outcome, Page, Plan, Store, args, ending, long, note, point};
use crate::clock::Timestamp;
use crate::domain::client_password::EndReason;
use crate::domain::ids::{MemberId, OrganizationId, SessionId};
use crate::domain::member::{Login, Member, MemberFilter, MemberState, Role, SignIn};
use crate::domain::organization::OrganizationState;
use crate::domain::secure_login::SecureLogin;

/// A member on the way in.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// Id.
    pub id: MemberId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The mail address.
    pub login: Login,
    /// Name for people.
    pub display_name: String,
    /// Role.
    pub role: Role,
    /// Argon2id hash of the account password, for who signs in here.
    pub password_hash: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

impl NewMember {
    pub(super) fn insert(&self, plan: &mut Plan) -> usize {
        plan.must(
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
        )
    }
}

/// What signing in has to know.
#[derive(Clone, Debug)]
pub struct SigningIn {
    /// Who.
    pub id: MemberId,
    /// Of which organization.
    pub organization_id: OrganizationId,
    /// Whether both member and organization are active.
    pub active: bool,
    /// Hash of the account password.
    pub password_hash: Option<String>,
    /// The sign-in before this one.
    pub last_sign_in_at: Option<Timestamp>,
}

/// Why a member was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateRefusal {
    /// The organization is dissolved.
    NotActive,
    /// The login is taken, or its domain is not the organization's.
    Login,
}

/// A change that ends all client passwords of a member, and with them sessions and pending factors.
#[derive(Clone, Debug)]
pub struct Ending<'a> {
    /// Whose.
    pub member: MemberId,
    /// Why.
    pub reason: EndReason,
    /// The one session that goes on.
    pub keep: Option<SessionId>,
    /// The record of the change.
    pub record: &'a Record,
}

fn member(c: &mut Columns) -> Result<Member, EngineError> {
    let (id, organization_id) = (c.id()?, c.id()?);
    let (login, display_name) = (c.text()?, c.text()?);
    Ok(Member {
        id,
        organization_id,
        login,
        display_name,
        role: c.decoded(Role::from_rank)?,
        state: c.parsed(MemberState::parse)?,
        sign_in: if c.flag()? { SignIn::Local } else { SignIn::External },
        secure_login: {
            let (enabled, epoch) = (c.flag()?, c.int()?);
            SecureLogin { enabled, epoch, since: c.opt_time()?, required: c.flag()? }
        },
        created_at: c.time()?,
        version: c.int()?,
    })
}

impl Store {
    /// One member, left or not.
    pub async fn member(&self, id: MemberId) -> Result<Option<Member>, EngineError> {
        self.one(point!("members/by_id"), args![id.uuid()], member).await
    }

    /// Members of an organization, newest first.
    pub async fn members(
        &self,
        organization: OrganizationId,
        filter: &MemberFilter,
        page: Page,
    ) -> Result<Vec<Member>, EngineError> {
        let args = args![
            organization.uuid(),
            page.before,
            filter.login.clone().unwrap_or_default(),
            filter.state.map_or("", MemberState::name),
            filter.secure_login.map_or(-1, i64::from),
            page.limit,
        ];
        self.all(long!("members/list"), args, member).await
    }

    /// Makes a member in an active organization whose domain the login is in.
    pub async fn create_member(
        &self,
        new: &NewMember,
        record: &Record,
    ) -> Result<Result<(), CreateRefusal>, EngineError> {
        let mut plan = Plan::new();
        plan.must(note!("organizations/lock"), args![new.organization_id.uuid()]);
        new.insert(&mut plan);
        plan.record(record);
        Ok(match self.write(plan).await? {
            Ok(_) => Ok(()),
            Err(0) => Err(CreateRefusal::NotActive),
            Err(_) => Err(CreateRefusal::Login),
        })
    }

    /// Changes name and role of a member of this version. `false` if it is of another, or has left.
    pub async fn update_profile(
        &self,
        id: MemberId,
        version: i64,
        display_name: &str,
        role: Role,
        record: &Record,
    ) -> Result<bool, EngineError> {
        let mut plan = Plan::new();
        plan.must(point!("members/update_profile"), args![display_name, role.rank(), id.uuid(), version]);
        plan.record(record);
        Ok(self.write(plan).await?.is_ok())
    }

    /// Lets a suspended member of this version back in; nothing that ended revives.
    pub async fn reactivate(&self, id: MemberId, version: i64, record: &Record) -> Result<bool, EngineError> {
        let mut plan = Plan::new();
        plan.must(point!("members/reactivate"), args![id.uuid(), version]);
        plan.record(record);
        Ok(self.write(plan).await?.is_ok())
    }

    /// Suspends a member of this version.
    pub async fn suspend(&self, version: i64, ending: &Ending<'_>) -> Result<bool, EngineError> {
        let args = args![ending.member.uuid(), version];
        self.end_all(ending!("members/suspend"), args, ending, &[]).await.map(|ended| ended.is_some())
    }

    /// A member leaves, for ever.
    pub async fn leave(&self, ending: &Ending<'_>) -> Result<bool, EngineError> {
        let forget = [long!("second_factors/remove_all"), long!("recovery_codes/remove_all")];
        let args = args![ending.member.uuid()];
        self.end_all(ending!("members/leave"), args, ending, &forget).await.map(|ended| ended.is_some())
    }

    /// Sets the account password of a member of this version. `None` if it is of another; else how many client
    /// passwords ended, which is none unless `ends`.
    pub async fn set_password(
        &self,
        hash: &str,
        version: i64,
        ends: bool,
        ending: &Ending<'_>,
    ) -> Result<Option<i64>, EngineError> {
        let args = args![hash, ending.member.uuid(), version];
        if ends {
            return self.end_all(ending!("members/set_password_and_end"), args, ending, &[]).await;
        }
        let mut plan = Plan::new();
        plan.must(point!("members/set_password"), args);
        end_sign_ins(&mut plan, ending);
        plan.record(ending.record);
        Ok(self.write(plan).await?.is_ok().then_some(0))
    }

    /// Turns secure login on for an active member of this version.
    pub async fn secure_login_on(
        &self,
        member: MemberId,
        version: i64,
        keep: Option<SessionId>,
        record: &Record,
    ) -> Result<bool, EngineError> {
        let mut plan = Plan::new();
        plan.must(point!("members/secure_login_on"), args![record.at, member.uuid(), version]);
        end_sign_ins(&mut plan, &Ending { member, reason: EndReason::SecureLoginOff, keep, record });
        plan.record(record);
        Ok(self.write(plan).await?.is_ok())
    }

    /// Turns secure login off for a member of this version; every client password ends. `required` says
    /// whether mail is refused until it is on again. `None` if the version is another.
    pub async fn secure_login_off(
        &self,
        version: i64,
        required: bool,
        ending: &Ending<'_>,
        drop_factors: bool,
    ) -> Result<Option<i64>, EngineError> {
        let forget: &[&'static Statement] = if drop_factors {
            &[long!("second_factors/remove_all"), long!("recovery_codes/remove_all")]
        } else {
            &[]
        };
        let args = args![ending.record.at, required, ending.member.uuid(), version];
        self.end_all(ending!("members/secure_login_off"), args, ending, forget).await
    }

    /// Secure login stays off and is no longer required.
    pub async fn waive_secure_login(
        &self,
        member: MemberId,
        version: i64,
        record: &Record,
    ) -> Result<bool, EngineError> {
        let mut plan = Plan::new();
        plan.must(point!("members/waive_secure_login"), args![member.uuid(), version]);
        plan.record(record);
        Ok(self.write(plan).await?.is_ok())
    }

    /// Ends all client passwords of a member who has not left. `None` if there is none; then nothing is written.
    pub async fn end_client_passwords(&self, ending: &Ending<'_>) -> Result<Option<i64>, EngineError> {
        let mut plan = Plan::new();
        let count = begin_ending(&mut plan, ending);
        plan.must(point!("client_passwords/any_live"), args![ending.member.uuid(), ending.record.at]);
        let end = ToTell::all(ending.record, ending.reason);
        plan.must_end(ending!("members/end_epoch"), args![ending.member.uuid()], end);
        plan.must(point!("members/write_end"), end_args(ending.record, ending.reason, ending.member.uuid()));
        Ok(counted(self.write(plan).await?, count))
    }

    /// Removes all factors and recovery codes of a member of this version whose secure login is off, ending what
    /// is left.
    pub async fn forget_factors(
        &self,
        version: i64,
        ending: &Ending<'_>,
    ) -> Result<Option<i64>, EngineError> {
        let forget = [long!("second_factors/remove_all"), long!("recovery_codes/remove_all")];
        let args = args![ending.member.uuid(), version];
        self.end_all(ending!("members/end_epoch_of_version"), args, ending, &forget).await
    }

    /// One write that ends everything: the change (which raises the epoch), the line that says so, sessions,
    /// pending factors, the record, what is to be told. `None` if the change was not met; else how many client passwords ended.
    async fn end_all(
        &self,
        change: &'static EndingStatement,
        args: Vec<Value>,
        ending: &Ending<'_>,
        forget: &[&'static Statement],
    ) -> Result<Option<i64>, EngineError> {
        let mut plan = Plan::new();
        let member = ending.member.uuid();
        let count = begin_ending(&mut plan, ending);
        plan.must_end(change, args, ToTell::all(ending.record, ending.reason));
        plan.must(point!("members/write_end"), end_args(ending.record, ending.reason, member));
        end_sign_ins(&mut plan, ending);
        for statement in forget {
            plan.then(statement, args![member]);
        }
        Ok(counted(self.write(plan).await?, count))
    }

    /// What signing in with this login has to know; nothing of who has left.
    pub async fn for_sign_in(&self, login: &str) -> Result<Option<SigningIn>, EngineError> {
        let decode = |c: &mut Columns| {
            let (id, organization_id) = (c.id()?, c.id()?);
            let state = c.parsed(MemberState::parse)?;
            let (password_hash, last_sign_in_at) = (c.opt_text()?, c.opt_time()?);
            let organization = c.parsed(OrganizationState::parse)?;
            let active = state == MemberState::Active && organization == OrganizationState::Active;
            Ok(SigningIn { id, organization_id, active, password_hash, last_sign_in_at })
        };
        self.one(point!("members/for_sign_in"), args![login], decode).await
    }

    /// The hash of a member's account password, if the member signs in here.
    pub async fn password_hash(&self, id: MemberId) -> Result<Option<String>, EngineError> {
        let found = self.one(point!("members/password_hash"), args![id.uuid()], Columns::opt_text).await?;
        Ok(found.flatten())
    }
}

/// Locks the member, counts what will end, writes the record with that number. Gives the counting step.
fn begin_ending(plan: &mut Plan, ending: &Ending<'_>) -> usize {
    let member: Uuid = ending.member.uuid();
    plan.must(note!("members/lock"), args![member]);
    let count = plan.then(point!("client_passwords/count_live"), args![member, ending.record.at]);
    plan.record_ending(ending.record);
    count
}

/// Ends the member's sessions but one, the factors that were never confirmed, and answers kept for a retry.
fn end_sign_ins(plan: &mut Plan, ending: &Ending<'_>) {
    let member = ending.member.uuid();
    let keep = ending.keep.map_or(Uuid::nil(), SessionId::uuid);
    plan.then(point!("sessions/end_others"), args![member, keep]);
    plan.then(point!("second_factors/remove_pending"), args![member]);
    plan.close_answers(ending.member);
}

fn counted(outcome: Outcome, step: usize) -> Option<i64> {
    let rows = outcome.ok()?.take(step);
    rows.into_iter().next().and_then(|row| row.columns().int().ok())
}
