//! Reads of members: one, many, and what signing in has to know.

use futures_util::future::join_all;
use uuid::Uuid;

use super::way::Way;
use super::{MemberStore, SigningIn};
use crate::domain::ids::{MemberId, OrganizationId};
use crate::domain::member::{Member, MemberFilter, MemberState, Role, SignIn};
use crate::domain::secure_login::SecureLogin;
use crate::store::engine::{Columns, EngineError};
use crate::store::page::Page;
use crate::store::statements::{args, list, long, point};

/// So many members are read at the same time.
const TOGETHER: usize = 64;

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
            SecureLogin { enabled, epoch, since: c.opt_time()?, required: c.flag()?, required_from: None }
        },
        created_at: c.time()?,
        version: c.int()?,
    })
}

impl MemberStore {
    /// The last row of a piece that reads so many on from `before` this way, if there are more.
    pub async fn end_of_piece(
        &self,
        organization: OrganizationId,
        way: Way<'_>,
        before: Uuid,
        rows: i64,
    ) -> Result<Option<Uuid>, EngineError> {
        let home = organization.uuid();
        let (statement, args) = match way {
            // Few have had a login.
            Way::Login(_) => return Ok(None),
            Way::All | Way::Within(_) => (list!("members/page_end"), args![home, before, rows]),
            Way::Role(of) => (list!("members/page_end_of_role"), args![home, of.rank(), before, rows]),
            Way::State(of) => (list!("members/page_end_of_state"), args![home, of.name(), before, rows]),
            Way::Departments(within) => (
                list!("members/page_end_of_departments"),
                args![within.id(), before, rows, Uuid::nil(), rows],
            ),
        };
        self.database.one(statement, args, Columns::id).await
    }

    /// Whether an organization has more members than so many, those who have left among them.
    pub async fn are_more_than(&self, organization: OrganizationId, many: i64) -> Result<bool, EngineError> {
        Ok(self.end_of_piece(organization, Way::All, Uuid::max(), many).await?.is_some())
    }

    /// One member, left or not.
    pub async fn by_id(&self, id: MemberId) -> Result<Option<Member>, EngineError> {
        self.database.one(point!("members/by_id"), args![id.uuid()], member).await
    }

    /// The members of these ids, left or not, in the order of the ids.
    pub async fn by_ids(&self, ids: &[MemberId]) -> Result<Vec<Option<Member>>, EngineError> {
        let mut found = Vec::with_capacity(ids.len());
        for some in ids.chunks(TOGETHER) {
            for member in join_all(some.iter().map(|id| self.by_id(*id))).await {
                found.push(member?);
            }
        }
        Ok(found)
    }

    /// The members who have these logins, in their order; nobody who has left.
    pub async fn by_logins(&self, logins: &[String]) -> Result<Vec<Option<MemberId>>, EngineError> {
        let mut found = Vec::with_capacity(logins.len());
        for some in logins.chunks(TOGETHER) {
            let one = |login: &String| {
                self.database.one(point!("members/by_login"), args![login.as_str()], Columns::id)
            };
            for id in join_all(some.iter().map(one)).await {
                found.push(id?);
            }
        }
        Ok(found)
    }

    /// Members of an organization, newest first; of `way`, the filter says no more here.
    pub async fn list(
        &self,
        organization: OrganizationId,
        way: Way<'_>,
        filter: &MemberFilter,
        page: Page,
    ) -> Result<Vec<Member>, EngineError> {
        let home = organization.uuid();
        let (state, secure_login) =
            (filter.state.map_or("", MemberState::name), filter.secure_login.map_or(-1, i64::from));
        let role = filter.role.map_or(-1, Role::rank);
        let (before, from, limit) = (page.before, page.from, page.limit);

        let (statement, args) = match way {
            Way::All => (list!("members/list"), args![home, before, from, state, secure_login, role, limit]),
            Way::Login(login) => {
                (list!("members/list_of_login"), args![home, login, before, state, secure_login, role, limit])
            }
            Way::Role(of) => (
                list!("members/list_of_role"),
                args![home, of.rank(), before, from, state, secure_login, limit],
            ),
            Way::State(of) => {
                (list!("members/list_of_state"), args![home, of.name(), before, from, secure_login, limit])
            }
            Way::Within(within) => (
                list!("members/list_in_departments"),
                args![home, before, from, state, secure_login, role, within.id(), limit],
            ),
            Way::Departments(within) => (
                list!("members/list_of_departments"),
                args![within.id(), before, from, home, state, secure_login, role, limit],
            ),
        };
        self.database.all(statement, args, member).await
    }

    /// How many active members have secure login off.
    pub async fn count_secure_login_off(&self) -> Result<i64, EngineError> {
        let count = self.database.one(long!("members/count_secure_login_off"), vec![], Columns::int).await?;
        Ok(count.unwrap_or(0))
    }

    /// What signing in with this login has to know; nothing of who has left.
    pub async fn for_sign_in(&self, login: &str) -> Result<Option<SigningIn>, EngineError> {
        self.database.one(point!("members/for_sign_in"), args![login], SigningIn::read).await
    }

    /// The hash of a member's account password, if the member signs in here.
    pub async fn password_hash(&self, id: MemberId) -> Result<Option<String>, EngineError> {
        let found =
            self.database.one(point!("members/password_hash"), args![id.uuid()], Columns::opt_text).await?;
        Ok(found.flatten())
    }
}
