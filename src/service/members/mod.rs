//! Members: made, changed, suspended, re-activated, leaving.

mod departments;

use std::sync::Arc;

use crate::clock::Clock;
use crate::domain::access::{MemberPermission, OrganizationPermission};
use crate::domain::audit::{Action, Target};
use crate::domain::audit_details::Details;
use crate::domain::client_password::EndReason;
use crate::domain::field::{Fault, FieldError, FieldErrors, text_line};
use crate::domain::ids::{DepartmentId, MemberId, OrganizationId, uuid_after};
use crate::domain::login::Login;
use crate::domain::member::{Member, MemberFilter, MemberState, Role, check_account_password};
use crate::domain::organization::Organization;
use crate::domain::secret::Secret;
use crate::service::audit_trail::{AuditEntry, AuditTrail};
use crate::service::authority::Authorizer;
use crate::service::ids::Ids;
use crate::service::parts::Parts;
use crate::service::password_hashing::PasswordHasher;
use crate::service::rules::PolicyRules;
use crate::service::search::Search;
use crate::service::{Call, Error, IfMatch, Listed, Paging, Refusal};
use crate::store::engine::EngineError;
use crate::store::members::way::Way;
use crate::store::members::{Ending, NewMember};
use crate::store::{DepartmentStore, MemberStore, Page};

/// Of so many departments the members are read department by department; of more, all of the organization are looked
/// through, of whom more are then in one of them.
const FEW_DEPARTMENTS: i64 = 32;
/// Longest display name, in bytes.
const MAX_DISPLAY_NAME: usize = 128;

/// What a request to create a member says.
#[derive(Clone, Debug)]
pub struct CreateMember<'a> {
    /// The mail address, in one of the organization's domains.
    pub login: &'a str,
    /// The name that people see, at most 128 bytes.
    pub display_name: &'a str,
    /// The role; not every caller may give each.
    pub role: Role,
    /// Account password, for who signs in here.
    pub password: Option<&'a Secret>,
    /// The departments that the member is in.
    pub department_ids: &'a [DepartmentId],
    /// The departments that the member administers; those that the member is in, if absent.
    pub admin_department_ids: Option<&'a [DepartmentId]>,
}

/// What is to be changed of a member.
#[derive(Clone, Debug, Default)]
pub struct MemberPatch<'a> {
    /// The new name that people see; `None` leaves it.
    pub display_name: Option<&'a str>,
    /// The new role; `None` leaves it.
    pub role: Option<Role>,
    /// The departments that the member is in; `None` leaves them.
    pub department_ids: Option<&'a [DepartmentId]>,
    /// The departments that the member administers; `None` leaves them.
    pub admin_department_ids: Option<&'a [DepartmentId]>,
    /// `Active` or `Suspended`; `None` leaves it. It cannot be changed together with the others.
    pub state: Option<MemberState>,
}

/// Creates, lists and changes members, and lets them leave.
#[derive(Clone)]
pub struct Members {
    audit: AuditTrail,
    authorizer: Authorizer,
    clock: Clock,
    departments: DepartmentStore,
    ids: Ids,
    search: Search,
    rules: PolicyRules,
    store: MemberStore,
    password_hasher: Arc<PasswordHasher>,
}

impl Members {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            authorizer: Authorizer::new(parts),
            clock: parts.clock.clone(),
            departments: parts.store.departments(),
            ids: parts.ids.clone(),
            search: Search::new(parts),
            rules: parts.rules.clone(),
            store: parts.store.members(),
            password_hasher: Arc::clone(&parts.password_hasher),
        }
    }

    /// Makes a member of an active organization.
    pub async fn create(
        &self,
        call: &Call,
        organization: OrganizationId,
        request: &CreateMember<'_>,
    ) -> Result<Member, Error> {
        self.authorizer
            .judged(call, async |call| {
                let (role, with_password) = (request.role, request.password.is_some());
                let permission = OrganizationPermission::CreateMember { role, with_password };
                let (home, authority) = self.authorizer.may_change(call, permission, organization).await?;
                let (login, display_name) = asked(&home, request)?;
                let departments = self.departments_of_new(call, organization, request).await?;
                let password_hash = match request.password {
                    None => None,
                    Some(password) => Some(self.password_hasher.hash(password).await?),
                };

                let (id, created_at) = (self.ids.next()?, self.clock.now());
                let new = NewMember {
                    id,
                    organization_id: organization,
                    login,
                    display_name,
                    role,
                    password_hash,
                    created_at,
                    departments,
                };
                let change = self
                    .audit
                    .entry(call, authority, Action::MemberCreated)?
                    .in_organization(organization)
                    .of_member(id);
                let change = change
                    .target(Target::Member(id))
                    .that_are_made()
                    .details(Details::Role { role: role.name() });
                self.store.create(&new, &change.0).await??;
                self.audit.committed(&change);
                self.authorizer.known_member(call, id).await
            })
            .await
    }

    /// Members of an organization, newest first.
    pub async fn list(
        &self,
        call: &Call,
        organization: OrganizationId,
        filter: &MemberFilter,
        paging: Paging,
    ) -> Result<Listed<Member>, Error> {
        self.authorizer.may(call, OrganizationPermission::ReadMembers, organization).await?;
        let Some(filter) = &self.reachable(call, filter).await? else {
            return Ok(Listed { items: Vec::new(), next: None });
        };
        let way = self.way(filter).await?;
        let read = async |page| self.found(organization, way, filter, page).await;
        // Where the way has found all that the filter says, no row is read in vain.
        if says_no_more(way, filter) {
            let found = read(paging.page()).await?;
            return Ok(Listed::cut(found, paging.limit, |member| member.id.uuid()));
        }

        let end = async |before, rows| self.store.end_of_piece(organization, way, before, rows).await;
        self.search.page((paging, paging.page()), end, read, |member| member.id.uuid()).await
    }

    /// The way to what a filter finds.
    async fn way<'a>(&self, filter: &'a MemberFilter) -> Result<Way<'a>, Error> {
        Ok(match (&filter.login, filter.within, filter.role, filter.state) {
            (Some(login), ..) => Way::Login(login),
            (None, Some(within), ..) if self.departments.count_below(within).await? <= FEW_DEPARTMENTS => {
                Way::Departments(within)
            }
            (None, Some(within), ..) => Way::Within(within),
            (None, None, Some(role), _) if role > Role::Member => Way::Role(role),
            (None, None, _, Some(state)) if state != MemberState::Active => Way::State(state),
            _ => Way::All,
        })
    }

    /// What is found on a way between the bounds of a page. Of those who have a login it is looked apart whether they are
    /// in the departments that are meant.
    async fn found(
        &self,
        organization: OrganizationId,
        way: Way<'_>,
        filter: &MemberFilter,
        page: Page,
    ) -> Result<Vec<Member>, EngineError> {
        let found = self.store.list(organization, way, filter, page).await?;
        let (Way::Login(_), Some(within)) = (way, filter.within) else { return Ok(found) };

        let mut inside = Vec::new();
        for member in found {
            let alone = Page { before: uuid_after(member.id.uuid()), from: member.id.uuid(), limit: 1 };
            inside.extend(self.store.list(organization, Way::Within(within), filter, alone).await?);
        }
        Ok(inside)
    }

    /// The members of an organization who have these logins, in their order; nobody who has left or whom the caller must
    /// not know of.
    pub async fn by_logins(
        &self,
        call: &Call,
        organization: OrganizationId,
        logins: &[String],
    ) -> Result<Vec<Option<Member>>, Error> {
        self.authorizer.may(call, OrganizationPermission::ReadMembers, organization).await?;
        let logins: Vec<String> = logins.iter().map(|login| Login::presented(login)).collect();
        let ids = self.store.by_logins(&logins).await?;
        let there: Vec<MemberId> = ids.iter().flatten().copied().collect();
        let mut known = self.authorizer.known_members(call, &there).await?.into_iter();

        let found = ids.into_iter().map(|id| id.and_then(|_| known.next().flatten()));
        let here =
            |member: &Member| member.organization_id == organization && member.state != MemberState::Left;
        Ok(found.map(|member| member.filter(here)).collect())
    }

    /// Gives one member, also one who has left, with what the policy demands.
    pub async fn get(&self, call: &Call, id: MemberId) -> Result<Member, Error> {
        self.rules.with_requirement(self.authorizer.known_member(call, id).await?).await
    }

    /// The members of these ids that the caller may know of, in the order of the ids; without what the policy demands.
    pub async fn get_many(&self, call: &Call, ids: &[MemberId]) -> Result<Vec<Option<Member>>, Error> {
        self.authorizer.known_members(call, ids).await
    }

    /// Changes name or role, suspends or re-activates; one of the two kinds at a time.
    pub async fn patch(
        &self,
        call: &Call,
        id: MemberId,
        patch: &MemberPatch<'_>,
        if_match: &IfMatch,
    ) -> Result<Member, Error> {
        self.authorizer
            .judged(call, async |call| {
                let member = self.authorizer.present_member(call, id).await?;
                if_match.requires(member.version)?;

                let departments = patch.department_ids.is_some() || patch.admin_department_ids.is_some();
                let profile = patch.display_name.is_some() || patch.role.is_some() || departments;
                match patch.state {
                    Some(_) if profile => {
                        let detail = "cannot be changed together with anything else";
                        Err(FieldError::new("state", Fault::NotAllowed, detail).into())
                    }
                    Some(state) => self.change_state(call, &member, state, if_match).await,
                    None => self.change_profile(call, &member, patch).await,
                }
            })
            .await
    }

    async fn change_profile(
        &self,
        call: &Call,
        member: &Member,
        patch: &MemberPatch<'_>,
    ) -> Result<Member, Error> {
        let role = patch.role.filter(|role| *role != member.role);
        let mut authority = self.authorizer.may_to(call, MemberPermission::Read, member)?;
        if let Some(role) = role {
            if member.role == Role::Owner || role == Role::Owner {
                return Err(Refusal::OwnerRequired.into());
            }
            authority =
                authority.and(self.authorizer.may_to(call, MemberPermission::ChangeRole(role), member)?);
        }

        let name =
            patch.display_name.map(|name| text_line("display_name", name, MAX_DISPLAY_NAME)).transpose()?;
        let name = name.filter(|name| *name != member.display_name);
        if name.is_some() {
            authority = authority.and(self.authorizer.may_to(call, MemberPermission::Rename, member)?);
        }

        let departments = self.department_change(call, member, patch).await?;
        for permission in departments.permissions() {
            authority = authority.and(self.authorizer.may_to(call, permission, member)?);
        }

        if role.is_none() && name.is_none() && departments.change.is_empty() {
            return Ok(member.clone());
        }

        let now = role.unwrap_or(member.role);
        let changed = [("display_name", name.is_some()), ("role", role.is_some())];
        let details = departments.details(&changed, now, member.role);
        let change =
            self.audit.member_entry(call, authority, Action::MemberUpdated, member)?.details(details);

        let name = name.as_deref().unwrap_or(&member.display_name);
        self.store.update_profile(member, name, now, &departments.change, &change.0).await??;
        self.audit.committed(&change);
        self.authorizer.known_member(call, member.id).await
    }

    async fn change_state(
        &self,
        call: &Call,
        member: &Member,
        state: MemberState,
        if_match: &IfMatch,
    ) -> Result<Member, Error> {
        let reactivates = state == MemberState::Active;
        let permission = if reactivates { MemberPermission::Reactivate } else { MemberPermission::Suspend };
        let authority = self.authorizer.may_to(call, permission, member)?;

        if member.role == Role::Owner && state == MemberState::Suspended {
            return Err(Refusal::OwnerRequired.into());
        }
        if state == member.state {
            return Ok(member.clone());
        }

        let change = if reactivates {
            let change = self.audit.member_entry(call, authority, Action::MemberReactivated, member)?;
            self.store.reactivate(member.id, member.version, &change.0).await??;
            change
        } else {
            let change = self.audit.member_entry(call, authority, Action::MemberSuspended, member)?;
            let ending = ending(member, EndReason::MemberSuspended, &change);
            self.store.suspend(if_match.demanded(member.version), &ending).await??;
            change
        };

        self.audit.committed(&change);
        self.authorizer.known_member(call, member.id).await
    }

    /// A member leaves, for ever.
    pub async fn leave(&self, call: &Call, id: MemberId) -> Result<(), Error> {
        self.authorizer
            .judged(call, async |call| {
                let member = self.authorizer.present_member(call, id).await?;
                let authority = self.authorizer.may_to(call, MemberPermission::Leave, &member)?;
                if member.role == Role::Owner {
                    return Err(Refusal::OwnerRequired.into());
                }

                let change = self.audit.member_entry(call, authority, Action::MemberLeft, &member)?;
                self.store.leave(&ending(&member, EndReason::MemberLeft, &change)).await??;
                self.audit.committed(&change);
                Ok(())
            })
            .await
    }
}

/// Whether all that is found on the way is what the filter says.
fn says_no_more(way: Way<'_>, filter: &MemberFilter) -> bool {
    let MemberFilter { login: _, state, secure_login, role, within: _ } = filter;
    let (any_state, any_role) = (state.is_none(), role.is_none());
    secure_login.is_none()
        && match way {
            // Few have had a login, whatever else the filter says.
            Way::Login(_) => true,
            Way::All | Way::Departments(_) => any_state && any_role,
            Way::Within(_) => false,
            Way::Role(_) => any_state,
            Way::State(_) => any_role,
        }
}

fn ending<'a>(member: &Member, reason: EndReason, change: &'a AuditEntry) -> Ending<'a> {
    Ending { member: member.id, reason, keep: None, policy: None, record: &change.0 }
}

/// Login and display name of a member who is to be made.
fn asked(home: &Organization, request: &CreateMember<'_>) -> Result<(Login, String), Error> {
    let mut wrong = FieldErrors::default();
    let login = Login::parse("login", request.login).and_then(|login| {
        let is_ours = home.domains.iter().any(|domain| domain == login.domain());
        let detail = "must be in one of the organization's domains";
        is_ours.then_some(login).ok_or_else(|| FieldError::new("login", Fault::NotAllowed, detail))
    });
    let login = wrong.take(login);
    let display_name = wrong.take(text_line("display_name", request.display_name, MAX_DISPLAY_NAME));
    let password = request.password.map_or(Ok(()), |password| check_account_password("password", password));

    match (login, display_name, wrong.take(password)) {
        (Some(login), Some(display_name), Some(())) => Ok((login, display_name)),
        _ => Err(wrong.into()),
    }
}
