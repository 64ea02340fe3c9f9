//! Who may do what: a caller, a permission, and what it is about. What comes out is an [`Authority`], and the write
//! demands that the facts which it was given on still stand.
//!
//! Nobody acts on a member of an equal or higher role, except the owner and operator keys; nobody but the
//! member makes or sees a member's secret. What lies in another organization is hidden, not forbidden.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::domain::audit::Actor;
use crate::domain::ids::{MemberId, OrganizationId, ServiceKeyId, SessionId};
use crate::domain::member::Role;

pub use crate::domain::permission::{InstallationPermission, MemberPermission, OrganizationPermission};
use crate::domain::service_key::KeyRole;

/// How fresh a sign-in has to be for what makes or widens access (RFC 9470 `max_age`).
pub const STEP_UP: Duration = Duration::from_secs(300);

/// A caller whose credential has been checked; what it may do is decided by [`Caller::may`] and its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A member in a session.
    Member(SignedIn),
    /// A program with a service key.
    Key(KeyHolder),
    /// Whoever owns the data directory, at the command line: an operator of all organizations, who has no credential
    /// that could end.
    Terminal,
}

/// A member who signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The member for whom the session speaks.
    pub member_id: MemberId,
    /// The organization of the member; no session reaches beyond it.
    pub organization_id: OrganizationId,
    /// The role decides what the member may do, and to whom.
    pub role: Role,
    /// The session that the request came with, so that it can be ended or left out.
    pub session_id: SessionId,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When the member last proved who they are.
    pub authenticated_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

impl SignedIn {
    /// Whether who the member is was proven lately enough for whatever needs that.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now.since(self.authenticated_at) <= STEP_UP
    }
}

/// A program that calls with a service key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyHolder {
    /// Names the key in the audit log; it is not the secret.
    pub id: ServiceKeyId,
    /// The role decides what the key may do; no key acts as a member.
    pub role: KeyRole,
    /// The organization it is bound to; `None` for all.
    pub organization_id: Option<OrganizationId>,
}

/// A member to whom something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The member who would be acted on, not the one who acts.
    pub member_id: MemberId,
    /// The caller must reach this organization, or the member stays hidden.
    pub organization_id: OrganizationId,
    /// The role that the caller must outrank.
    pub role: Role,
    /// Whether the member is in a department that the caller administers, or below one. Only department administrators
    /// are judged by it.
    pub is_within_reach: bool,
}

/// What a caller was allowed to do, with the facts that this was decided on. Only [`Caller`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authority {
    caller: Caller,
    subject: Option<Subject>,
    fresh: bool,
}

impl Authority {
    /// The caller who was allowed to act, for the audit log.
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The member concerned, of the rank that was looked at.
    pub const fn subject(&self) -> Option<&Subject> {
        self.subject.as_ref()
    }

    /// Whether the sign-in must be fresh.
    pub const fn demands_fresh(&self) -> bool {
        self.fresh
    }

    /// Both: what one change needs two permissions for.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            caller: other.caller,
            subject: other.subject.or(self.subject),
            fresh: self.fresh || other.fresh,
        }
    }
}

/// The reason why a caller may not act; each has its own answer in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// The caller must not learn that it exists.
    Hidden,
    /// The caller may see it, not do this.
    Forbidden,
    /// The caller must sign in again first.
    StepUp,
}

impl Caller {
    /// As it is named in audit events.
    pub const fn actor(&self) -> Actor {
        match self {
            Self::Member(member) => Actor::Member(member.member_id),
            Self::Key(key) => Actor::ServiceKey(key.id),
            Self::Terminal => Actor::Terminal,
        }
    }

    /// The organization the caller is confined to; `None` for all.
    pub const fn confined_to(&self) -> Option<OrganizationId> {
        match self {
            Self::Member(member) => Some(member.organization_id),
            Self::Key(key) => key.organization_id,
            Self::Terminal => None,
        }
    }

    /// Whether the caller is this member.
    pub fn is(&self, member: MemberId) -> bool {
        matches!(self, Self::Member(me) if me.member_id == member)
    }

    /// The caller, who ends what is the caller's own: a session.
    pub const fn on_itself(&self) -> Authority {
        Authority { caller: *self, subject: None, fresh: false }
    }

    /// Whether the caller may report what was found somewhere. Everybody may but mail servers: who has taken such a key
    /// must not end what it was told of.
    pub const fn may_report_leaks(&self) -> Result<Authority, Denial> {
        match self {
            Self::Key(KeyHolder { role: KeyRole::MailServer, .. }) => Err(Denial::Forbidden),
            Self::Key(_) | Self::Member(_) | Self::Terminal => Ok(self.on_itself()),
        }
    }

    fn authority(&self, subject: Option<Subject>, fresh: bool, now: Timestamp) -> Result<Authority, Denial> {
        if fresh {
            self.fresh(now)?;
        }
        Ok(Authority { caller: *self, subject, fresh })
    }

    /// Whether the caller may do this to the installation. Only programs may, and these have no sign-in.
    pub fn may_in_installation(&self, permission: InstallationPermission) -> Result<Authority, Denial> {
        use InstallationPermission as Permission;
        let role = match self {
            Self::Key(KeyHolder { role, organization_id: None, .. }) => *role,
            Self::Terminal => KeyRole::Operator,
            Self::Key(_) | Self::Member(_) => return Err(Denial::Forbidden),
        };

        let allowed = match permission {
            Permission::ReadServiceKeys | Permission::ReadMetrics => {
                matches!(role, KeyRole::Operator | KeyRole::Auditor)
            }
            Permission::ReadOrganizations
            | Permission::CreateOrganization
            | Permission::CreateServiceKey
            | Permission::EndServiceKey => role == KeyRole::Operator,
        };

        if allowed { Ok(self.on_itself()) } else { Err(Denial::Forbidden) }
    }

    fn reaches(&self, organization: OrganizationId) -> bool {
        self.confined_to().is_none_or(|home| home == organization)
    }

    /// Whether the caller stands above members of `role`.
    pub fn outranks(&self, role: Role) -> bool {
        match self {
            Self::Key(key) => match key.role {
                KeyRole::Operator => true,
                KeyRole::Directory => role < Role::Admin,
                KeyRole::MailServer | KeyRole::Auditor => false,
            },
            Self::Terminal => true,
            Self::Member(me) => match me.role {
                Role::Owner => true,
                Role::Admin => role < Role::Admin,
                // Within reach, which is looked at apart.
                Role::DepartmentAdmin => role < Role::DepartmentAdmin,
                Role::Auditor | Role::Member => false,
            },
        }
    }

    /// Whether the caller may give somebody this role. Nobody gives what reaches further than oneself; an owner is made
    /// with the organization.
    fn gives(&self, role: Role) -> bool {
        let own_reach = self.department_admin().is_none() || role == Role::Member;
        self.outranks(role) && role != Role::Owner && own_reach
    }

    fn reads_all(&self) -> bool {
        match self {
            Self::Key(key) => key.role != KeyRole::MailServer,
            Self::Member(me) => matches!(me.role, Role::Owner | Role::Admin | Role::Auditor),
            Self::Terminal => true,
        }
    }

    fn is_operator(&self) -> bool {
        match self {
            Self::Key(key) => key.role == KeyRole::Operator,
            Self::Member(_) => false,
            Self::Terminal => true,
        }
    }

    fn is_owner(&self) -> bool {
        matches!(self, Self::Member(me) if me.role == Role::Owner)
    }

    /// The member who calls, if it is a department administrator: whatever is done is within that one's reach.
    pub const fn department_admin(&self) -> Option<MemberId> {
        match self {
            Self::Member(SignedIn { member_id, role: Role::DepartmentAdmin, .. }) => Some(*member_id),
            _ => None,
        }
    }

    fn is_directory(&self) -> bool {
        matches!(self, Self::Key(key) if key.role == KeyRole::Directory)
    }

    fn administers(&self) -> bool {
        self.is_operator() || matches!(self, Self::Member(me) if me.role >= Role::Admin)
    }

    fn audits(&self) -> bool {
        match self {
            Self::Key(key) => key.role == KeyRole::Auditor,
            Self::Member(me) => me.role == Role::Auditor,
            Self::Terminal => false,
        }
    }

    /// Whether it is a program, or whoever is at the command line.
    pub const fn has_no_sign_in(&self) -> bool {
        matches!(self, Self::Key(_) | Self::Terminal)
    }

    /// Refuses unless the sign-in is fresh; programs have no sign-in.
    fn fresh(&self, now: Timestamp) -> Result<(), Denial> {
        match self {
            Self::Member(me) if !me.is_fresh(now) => Err(Denial::StepUp),
            _ => Ok(()),
        }
    }

    /// Whether the caller may hand an organization over, if need be after a proof.
    pub fn may_hand_over(&self, organization: OrganizationId) -> bool {
        self.reaches(organization) && (self.is_owner() || self.is_operator())
    }

    /// Whether the caller may do this to an organization, at this time.
    pub fn may(
        &self,
        permission: OrganizationPermission,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Result<Authority, Denial> {
        use OrganizationPermission as Permission;
        if !self.reaches(organization) {
            return Err(Denial::Hidden);
        }

        let allowed = match permission {
            Permission::Read => !matches!(self, Self::Key(key) if key.role == KeyRole::MailServer),
            Permission::ReadDomains | Permission::ReadPolicy | Permission::ReadClientPasswords => {
                self.reads_all()
            }
            Permission::PreviewPolicy | Permission::PutPolicy => self.administers(),
            // A department administrator reads those within reach.
            Permission::ReadDepartments | Permission::ReadMembers => {
                self.reads_all() || self.department_admin().is_some()
            }
            Permission::ChangeDepartments => self.administers() || self.is_directory(),
            Permission::ReadAudit | Permission::ReadServiceKeys => self.administers() || self.audits(),
            Permission::Rename | Permission::BulkRevoke => self.administers(),
            Permission::Dissolve | Permission::UnbindDomain | Permission::HandOver => {
                self.is_owner() || self.is_operator()
            }
            // Whom it is offered to is looked at apart.
            Permission::TakeOver => matches!(self, Self::Member(_)),
            Permission::EndOffer => matches!(self, Self::Member(_)) || self.is_operator(),
            Permission::BindDomain => self.is_operator(),
            Permission::CreateMember { role, .. } => self.gives(role),
            Permission::CreateServiceKey(role) | Permission::EndServiceKey(role) => {
                self.is_operator() || (self.administers() && role != KeyRole::Operator)
            }
        };

        if !allowed {
            return Err(Denial::Forbidden);
        }

        self.authority(None, permission.demands_fresh(), now)
    }

    /// Refuses whoever must not know of this member.
    fn knows(&self, subject: &Subject) -> Result<(), Denial> {
        let reached = self.department_admin().is_some() && subject.is_within_reach;
        let knows = self.is(subject.member_id) || self.reads_all() || reached;

        match self {
            _ if !self.reaches(subject.organization_id) => Err(Denial::Hidden),
            _ if knows => Ok(()),
            // A program has the wrong key; a member must not learn who else there is.
            Self::Key(_) | Self::Terminal => Err(Denial::Forbidden),
            Self::Member(_) => Err(Denial::Hidden),
        }
    }

    /// Whether the caller may do this to a member, at this time.
    pub fn may_to(
        &self,
        permission: MemberPermission,
        subject: &Subject,
        now: Timestamp,
    ) -> Result<Authority, Denial> {
        use MemberPermission as Permission;

        self.knows(subject)?;
        let myself = self.is(subject.member_id);
        let above = self.outranks(subject.role) && !myself;
        let program = self.has_no_sign_in();

        let allowed = match permission {
            Permission::Read
            | Permission::ReadFactors
            | Permission::ReadSecureLogin
            | Permission::ReadClientPasswords => true,
            Permission::Rename | Permission::Revoke => myself || above,
            Permission::RemoveFactor | Permission::SecureLoginOff => myself || above,
            Permission::SecureLoginOn => myself || (above && program),
            // Roles reach beyond a department.
            Permission::ChangeRole(to) => above && self.outranks(to) && self.department_admin().is_none(),
            Permission::ChangeAdministered => {
                above && self.department_admin().is_none() && (!program || self.is_operator())
            }
            Permission::ChangeDepartments => above || (myself && self.administers()),
            Permission::Suspend | Permission::Reactivate | Permission::Leave => above,
            Permission::Invite | Permission::EndInvitation => above,
            Permission::SetPassword => above && program,
            // No directory: it would hand out guesses.
            Permission::LiftCodeBlock => above && (!program || self.is_operator()),
            Permission::ChangeOwnPassword
            | Permission::SeeNotices
            | Permission::ManageSessions
            | Permission::AddFactor
            | Permission::Issue
            | Permission::Rotate
            | Permission::Narrow
            | Permission::Widen => myself,
        };

        if !allowed {
            return Err(Denial::Forbidden);
        }

        self.authority(Some(*subject), permission.demands_fresh(), now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000_000);

    fn organization(n: u128) -> OrganizationId {
        Uuid::from_u128(n).into()
    }

    fn subject(role: Role) -> Subject {
        let (member_id, organization_id) = (Uuid::from_u128(77).into(), organization(1));
        Subject { member_id, organization_id, role, is_within_reach: false }
    }

    fn member(role: Role) -> Caller {
        Caller::Member(SignedIn {
            member_id: Uuid::from_u128(1).into(),
            organization_id: organization(1),
            role,
            session_id: Uuid::from_u128(2).into(),
            created_at: NOW,
            authenticated_at: NOW,
            expires_at: NOW,
        })
    }

    fn creating(role: Role) -> OrganizationPermission {
        OrganizationPermission::CreateMember { role, with_password: false }
    }

    fn key(role: KeyRole, home: Option<u128>) -> Caller {
        Caller::Key(KeyHolder {
            id: Uuid::from_u128(3).into(),
            role,
            organization_id: home.map(organization),
        })
    }

    /// Everyone who may act on somebody of a role, written out.
    #[test]
    fn nobody_acts_on_an_equal_or_higher_role_but_owner_and_operator() {
        use Role::{Admin, Auditor, DepartmentAdmin, Member, Owner};
        let table = [
            (member(Owner), vec![Member, Auditor, DepartmentAdmin, Admin, Owner]),
            (member(Admin), vec![Member, Auditor, DepartmentAdmin]),
            (member(DepartmentAdmin), vec![]),
            (member(Auditor), vec![]),
            (member(Member), vec![]),
            (Caller::Terminal, vec![Member, Auditor, DepartmentAdmin, Admin, Owner]),
            (key(KeyRole::Operator, None), vec![Member, Auditor, DepartmentAdmin, Admin, Owner]),
            (key(KeyRole::Operator, Some(1)), vec![Member, Auditor, DepartmentAdmin, Admin, Owner]),
            (key(KeyRole::Operator, Some(2)), vec![]),
            (key(KeyRole::Directory, None), vec![Member, Auditor, DepartmentAdmin]),
            (key(KeyRole::MailServer, None), vec![]),
            (key(KeyRole::Auditor, None), vec![]),
        ];

        let permissions = [
            MemberPermission::Suspend,
            MemberPermission::Leave,
            MemberPermission::Revoke,
            MemberPermission::SecureLoginOff,
            MemberPermission::RemoveFactor,
            MemberPermission::Invite,
            MemberPermission::EndInvitation,
        ];

        for (caller, roles) in table {
            for role in Role::ALL {
                for permission in permissions {
                    let allowed = caller.may_to(permission, &subject(role), NOW).is_ok();
                    assert_eq!(allowed, roles.contains(&role), "{caller:?} {permission:?} {role:?}");
                }
            }
        }
    }

    #[test]
    fn a_department_administrator_acts_within_reach_on_lower_roles_and_gives_no_roles() {
        use MemberPermission::{
            ChangeAdministered, ChangeDepartments, ChangeRole, Leave, Read, Revoke, Suspend,
        };
        let admin = member(Role::DepartmentAdmin);

        for role in Role::ALL {
            let reached = Subject { is_within_reach: true, ..subject(role) };
            assert!(admin.may_to(Read, &reached, NOW).is_ok());
            assert_eq!(admin.may_to(Read, &subject(role), NOW), Err(Denial::Hidden));

            for permission in [Suspend, Leave, Revoke, ChangeDepartments] {
                let allowed = admin.may_to(permission, &reached, NOW).is_ok();
                assert_eq!(allowed, role < Role::DepartmentAdmin, "{permission:?} {role:?}");
                assert_eq!(admin.may_to(permission, &subject(role), NOW), Err(Denial::Hidden));
            }
            for permission in [ChangeRole(Role::Member), ChangeAdministered] {
                assert_eq!(admin.may_to(permission, &reached, NOW), Err(Denial::Forbidden));
            }

            let made = admin.may(creating(role), organization(1), NOW).is_ok();
            assert_eq!(made, role == Role::Member, "{role:?}");
            // Whom somebody reaches makes a difference to department administrators only.
            assert_eq!(member(Role::Member).may_to(Read, &reached, NOW), Err(Denial::Hidden));
        }
    }

    #[test]
    fn nobody_but_the_member_makes_or_widens_a_secret() {
        let me = subject(Role::Member);
        let mine = Caller::Member(SignedIn {
            member_id: me.member_id,
            ..match member(Role::Member) {
                Caller::Member(me) => me,
                Caller::Key(_) | Caller::Terminal => unreachable!(),
            }
        });

        let permissions = [
            MemberPermission::Issue,
            MemberPermission::Rotate,
            MemberPermission::Narrow,
            MemberPermission::Widen,
            MemberPermission::AddFactor,
            MemberPermission::ChangeOwnPassword,
        ];

        for permission in permissions {
            assert!(mine.may_to(permission, &me, NOW).is_ok(), "{permission:?}");
            for other in [
                member(Role::Owner),
                member(Role::Admin),
                key(KeyRole::Operator, None),
                key(KeyRole::Directory, None),
            ] {
                assert_eq!(
                    other.may_to(permission, &me, NOW),
                    Err(Denial::Forbidden),
                    "{other:?} {permission:?}"
                );
            }
        }

        let later = NOW.plus(STEP_UP);
        assert!(mine.may_to(MemberPermission::Issue, &me, later).is_ok());
        let too_late = later.plus(Duration::from_micros(1));
        assert_eq!(mine.may_to(MemberPermission::Issue, &me, too_late), Err(Denial::StepUp));
        assert!(mine.may_to(MemberPermission::Narrow, &me, too_late).is_ok());
        assert!(mine.may_to(MemberPermission::Revoke, &me, too_late).is_ok());
    }

    #[test]
    fn a_change_that_needs_two_permissions_demands_what_either_does() {
        let admin = member(Role::Admin);
        let may = |permission| admin.may_to(permission, &subject(Role::Member), NOW).unwrap();
        let (role, name) = (may(MemberPermission::ChangeRole(Role::Auditor)), may(MemberPermission::Rename));

        assert!(role.and(name).demands_fresh() && name.and(role).demands_fresh());
        assert!(!name.and(name).demands_fresh());
        for both in [name.and(admin.on_itself()), admin.on_itself().and(name)] {
            assert_eq!(both.subject(), Some(&subject(Role::Member)));
        }
    }

    /// Everyone there is, by a letter: owner, admin, department admin, auditor, member; operator of all and of one
    /// organization, directory, auditor of all and of one, mail server.
    fn everyone() -> [(char, Caller); 11] {
        [
            ('o', member(Role::Owner)),
            ('a', member(Role::Admin)),
            ('d', member(Role::DepartmentAdmin)),
            ('u', member(Role::Auditor)),
            ('m', member(Role::Member)),
            ('O', key(KeyRole::Operator, None)),
            ('P', key(KeyRole::Operator, Some(1))),
            ('D', key(KeyRole::Directory, Some(1))),
            ('U', key(KeyRole::Auditor, None)),
            ('V', key(KeyRole::Auditor, Some(1))),
            ('S', key(KeyRole::MailServer, None)),
        ]
    }

    /// Who of them may; whoever is at the command line may what an operator of all may.
    fn those(may: impl Fn(&Caller) -> bool) -> String {
        assert_eq!(may(&Caller::Terminal), may(&key(KeyRole::Operator, None)));
        everyone().iter().filter(|(_, caller)| may(caller)).map(|(letter, _)| letter).collect()
    }

    #[test]
    fn who_may_do_what_to_an_organization() {
        use OrganizationPermission as Permission;
        let table = [
            (Permission::Read, "oadumOPDUV"),
            (Permission::ReadDomains, "oauOPDUV"),
            (Permission::ReadMembers, "oaduOPDUV"),
            (Permission::ReadDepartments, "oaduOPDUV"),
            (Permission::ReadPolicy, "oauOPDUV"),
            (Permission::PreviewPolicy, "oaOP"),
            (Permission::PutPolicy, "oaOP"),
            (Permission::ChangeDepartments, "oaOPD"),
            (Permission::ReadClientPasswords, "oauOPDUV"),
            (Permission::ReadAudit, "oauOPUV"),
            (Permission::ReadServiceKeys, "oauOPUV"),
            (Permission::Rename, "oaOP"),
            (Permission::BulkRevoke, "oaOP"),
            (Permission::Dissolve, "oOP"),
            (Permission::UnbindDomain, "oOP"),
            (Permission::HandOver, "oOP"),
            (Permission::TakeOver, "oadum"),
            (Permission::EndOffer, "oadumOP"),
            (Permission::BindDomain, "OP"),
            (creating(Role::Member), "oadOPD"),
            (creating(Role::Auditor), "oaOPD"),
            (creating(Role::Admin), "oOP"),
            (creating(Role::Owner), ""),
            (Permission::CreateServiceKey(KeyRole::MailServer), "oaOP"),
            (Permission::EndServiceKey(KeyRole::MailServer), "oaOP"),
            (Permission::CreateServiceKey(KeyRole::Operator), "OP"),
            (Permission::EndServiceKey(KeyRole::Operator), "OP"),
        ];

        for (permission, expected) in table {
            assert_eq!(
                those(|caller| caller.may(permission, organization(1), NOW).is_ok()),
                expected,
                "{permission:?}"
            );
        }

        let table = [
            (InstallationPermission::ReadServiceKeys, "OU"),
            (InstallationPermission::ReadMetrics, "OU"),
            (InstallationPermission::ReadOrganizations, "O"),
            (InstallationPermission::CreateOrganization, "O"),
            (InstallationPermission::CreateServiceKey, "O"),
            (InstallationPermission::EndServiceKey, "O"),
        ];

        for (permission, expected) in table {
            assert_eq!(those(|caller| caller.may_in_installation(permission).is_ok()), expected);
        }
    }

    #[test]
    fn who_may_do_what_to_a_member() {
        use MemberPermission as Permission;
        let table = [
            (Permission::Read, "oauOPDUV"),
            (Permission::ReadFactors, "oauOPDUV"),
            (Permission::ReadSecureLogin, "oauOPDUV"),
            (Permission::ReadClientPasswords, "oauOPDUV"),
            (Permission::Rename, "oaOPD"),
            (Permission::Revoke, "oaOPD"),
            (Permission::RemoveFactor, "oaOPD"),
            (Permission::SecureLoginOff, "oaOPD"),
            (Permission::LiftCodeBlock, "oaOP"),
            (Permission::Suspend, "oaOPD"),
            (Permission::Leave, "oaOPD"),
            (Permission::SecureLoginOn, "OPD"),
            (Permission::SetPassword, "OPD"),
            (Permission::Invite, "oaOPD"),
            (Permission::EndInvitation, "oaOPD"),
            (Permission::ChangeRole(Role::Auditor), "oaOPD"),
            (Permission::ChangeRole(Role::Admin), "oOP"),
            (Permission::ChangeDepartments, "oaOPD"),
            (Permission::ChangeAdministered, "oaOP"),
            (Permission::SeeNotices, ""),
            (Permission::ManageSessions, ""),
        ];

        for (permission, expected) in table {
            let may = |caller: &Caller| caller.may_to(permission, &subject(Role::Member), NOW).is_ok();
            assert_eq!(those(may), expected, "{permission:?}");
        }

        let hidden = |caller: &Caller| {
            caller.may_to(Permission::Read, &subject(Role::Member), NOW) == Err(Denial::Hidden)
        };
        assert_eq!(those(hidden), "dm");
    }

    #[test]
    fn what_a_member_may_do_to_itself() {
        let own = |role| {
            let me = member(role);
            let Caller::Member(SignedIn { member_id, .. }) = me else { unreachable!() };
            let me_too = Subject { member_id, ..subject(role) };
            move |permission| me.may_to(permission, &me_too, NOW).is_ok()
        };

        for role in Role::ALL {
            let may = own(role);
            for permission in [
                MemberPermission::Read,
                MemberPermission::Rename,
                MemberPermission::Revoke,
                MemberPermission::SecureLoginOn,
            ] {
                assert!(may(permission), "{role:?} {permission:?}");
            }
            for permission in [
                MemberPermission::ChangeRole(Role::Member),
                MemberPermission::Suspend,
                MemberPermission::Leave,
                MemberPermission::SetPassword,
                MemberPermission::Invite,
                MemberPermission::EndInvitation,
                MemberPermission::LiftCodeBlock,
            ] {
                assert!(!may(permission), "{role:?} {permission:?}");
            }
        }
    }

    #[test]
    fn another_organization_is_hidden() {
        for caller in [member(Role::Owner), key(KeyRole::Operator, Some(1))] {
            assert_eq!(caller.may(OrganizationPermission::Read, organization(2), NOW), Err(Denial::Hidden));
        }

        let ordinary = member(Role::Member);
        assert_eq!(ordinary.may_to(MemberPermission::Read, &subject(Role::Member), NOW), Err(Denial::Hidden));
        assert_eq!(
            ordinary.may(OrganizationPermission::ReadMembers, organization(1), NOW),
            Err(Denial::Forbidden)
        );
    }

    #[test]
    fn roles_are_given_only_from_above() {
        assert!(member(Role::Admin).may(creating(Role::Auditor), organization(1), NOW).is_ok());
        assert!(member(Role::Admin).may(creating(Role::Admin), organization(1), NOW).is_err());
        assert!(member(Role::Owner).may(creating(Role::Admin), organization(1), NOW).is_ok());
        assert!(key(KeyRole::Operator, None).may(creating(Role::Owner), organization(1), NOW).is_err());
        assert!(key(KeyRole::Directory, None).may(creating(Role::Admin), organization(1), NOW).is_err());

        assert!(
            member(Role::Admin)
                .may(OrganizationPermission::CreateServiceKey(KeyRole::Operator), organization(1), NOW)
                .is_err()
        );
        assert!(
            key(KeyRole::MailServer, None).may(OrganizationPermission::Read, organization(1), NOW).is_err()
        );
    }
}
