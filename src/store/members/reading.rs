//! Reads of members: one, many, and what signing in has to know.

use futures_util::future::join_all;
use uuid::Uuid;

use super::{MemberStore, SigningIn};
use crate::domain::ids::{MemberId, OrganizationId};
use crate::domain::member::{Member, MemberFilter, MemberState, Role, SignIn};
use crate::domain::secure_login::SecureLogin;
use crate::store::engine::{Columns, EngineError, Value};
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
    /// The last row of a page that reads so many on from `before`, if there are more.
    pub async fn end_of_page(
        &self,
        organization: OrganizationId,
        before: Uuid,
        rows: i64,
    ) -> Result<Option<Uuid>, EngineError> {
        self.database.end_of_page(list!("members/page_end"), organization.uuid(), before, rows).await
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

    /// Members of an organization, newest first.
    pub async fn list(
        &self,
        organization: OrganizationId,
        filter: &MemberFilter,
        page: Page,
    ) -> Result<Vec<Member>, EngineError> {
        let mut args = args![
            organization.uuid(),
            page.before,
            page.from,
            filter.login.clone().unwrap_or_default(),
            filter.state.map_or("", MemberState::name),
            filter.secure_login.map_or(-1, i64::from),
            filter.role.map_or(-1, Role::rank),
        ];
        let (statement, within) = match filter.within {
            None => (list!("members/list"), None),
            Some(within) => (list!("members/list_in_departments"), Some(Value::from(within.id()))),
        };
        args.extend(within.into_iter().chain([page.limit.into()]));
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
