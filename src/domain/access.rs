//! Who may do what: a caller, a deed, and what it is done to.
//!
//! Nobody acts on a member of an equal or higher role, except the owner and operator keys; nobody but the
//! member makes or sees a member's secret. What lies in another organization is hidden, not forbidden.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::domain::audit::Actor;
use crate::domain::ids::{MemberId, OrganizationId, ServiceKeyId, SessionId};
use crate::domain::member::Role;
use crate::domain::service_key::KeyRole;

/// How fresh a sign-in has to be for what makes or widens access (RFC 9470 `max_age`).
pub const STEP_UP: Duration = Duration::from_secs(300);

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A member in a session.
    Member(SignedIn),
    /// A program with a service key.
    Key(KeyHolder),
}

/// A member who signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub member_id: MemberId,
    /// Of which organization.
    pub organization_id: OrganizationId,
    /// Role.
    pub role: Role,
    /// The session.
    pub session_id: SessionId,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When the member last proved who they are.
    pub authenticated_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// A program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyHolder {
    /// The key.
    pub id: ServiceKeyId,
    /// Role.
    pub role: KeyRole,
    /// The organization it is bound to; `None` for all.
    pub organization_id: Option<OrganizationId>,
}

/// A member to whom something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Who.
    pub member_id: MemberId,
    /// Of which organization.
    pub organization_id: OrganizationId,
    /// Role.
    pub role: Role,
}

/// What is done to an organization or in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum OrganizationDeed {
    Read,
    Rename,
    Dissolve,
    ReadDomains,
    BindDomain,
    UnbindDomain,
    ReadMembers,
    CreateMember(Role),
    ReadClientPasswords,
    BulkRevoke,
    ReadAudit,
    ReadServiceKeys,
    ManageServiceKey(KeyRole),
}

/// What is done to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum MemberDeed {
    Read,
    Rename,
    ChangeRole(Role),
    Suspend,
    Leave,
    ChangeOwnPassword,
    SetPassword,
    ReadFactors,
    AddFactor,
    RemoveFactor,
    ReadSecureLogin,
    SecureLoginOn,
    SecureLoginOff,
    ReadClientPasswords,
    Issue,
    Rotate,
    Narrow,
    Widen,
    Revoke,
}

/// Why not.
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
        }
    }

    /// The organization the caller is confined to; `None` for all.
    pub const fn confined_to(&self) -> Option<OrganizationId> {
        match self {
            Self::Member(member) => Some(member.organization_id),
            Self::Key(key) => key.organization_id,
        }
    }

    /// Whether the caller is this member.
    pub fn is(&self, member: MemberId) -> bool {
        matches!(self, Self::Member(me) if me.member_id == member)
    }

    /// Whether the caller may look at what belongs to no organization.
    pub const fn oversees_installation(&self) -> bool {
        match self {
            Self::Key(KeyHolder {
                role: KeyRole::Operator | KeyRole::Auditor,
                organization_id: None,
                ..
            }) => true,
            Self::Key(_) | Self::Member(_) => false,
        }
    }

    /// Whether it is an operator of the whole installation.
    pub const fn is_installation_operator(&self) -> bool {
        matches!(self, Self::Key(KeyHolder { role: KeyRole::Operator, organization_id: None, .. }))
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
            Self::Member(me) => match me.role {
                Role::Owner => true,
                Role::Admin => role < Role::Admin,
                // Of listed departments, which come with the policy.
                Role::DepartmentAdmin | Role::Auditor | Role::Member => false,
            },
        }
    }

    fn reads_all(&self) -> bool {
        match self {
            Self::Key(key) => key.role != KeyRole::MailServer,
            Self::Member(me) => matches!(me.role, Role::Owner | Role::Admin | Role::Auditor),
        }
    }

    fn is_operator(&self) -> bool {
        matches!(self, Self::Key(key) if key.role == KeyRole::Operator)
    }

    fn is_owner(&self) -> bool {
        matches!(self, Self::Member(me) if me.role == Role::Owner)
    }

    fn administers(&self) -> bool {
        self.is_operator() || matches!(self, Self::Member(me) if me.role >= Role::Admin)
    }

    fn audits(&self) -> bool {
        match self {
            Self::Key(key) => key.role == KeyRole::Auditor,
            Self::Member(me) => me.role == Role::Auditor,
        }
    }

    /// Refuses unless the sign-in is fresh; programs have no sign-in.
    fn fresh(&self, now: Timestamp) -> Result<(), Denial> {
        match self {
            Self::Member(me) if now.since(me.authenticated_at) > STEP_UP => Err(Denial::StepUp),
            _ => Ok(()),
        }
    }

    /// Whether the caller may do this to an organization.
    pub fn may(&self, deed: OrganizationDeed, organization: OrganizationId) -> Result<(), Denial> {
        use OrganizationDeed as Deed;
        if !self.reaches(organization) {
            return Err(Denial::Hidden);
        }
        let allowed = match deed {
            Deed::Read => !matches!(self, Self::Key(key) if key.role == KeyRole::MailServer),
            Deed::ReadDomains | Deed::ReadMembers | Deed::ReadClientPasswords => self.reads_all(),
            Deed::ReadAudit | Deed::ReadServiceKeys => self.administers() || self.audits(),
            Deed::Rename | Deed::BulkRevoke => self.administers(),
            Deed::Dissolve | Deed::UnbindDomain => self.is_owner() || self.is_operator(),
            Deed::BindDomain => self.is_operator(),
            Deed::CreateMember(role) => self.outranks(role) && role != Role::Owner,
            Deed::ManageServiceKey(role) => {
                self.is_operator() || (self.administers() && role != KeyRole::Operator)
            }
        };
        if allowed { Ok(()) } else { Err(Denial::Forbidden) }
    }

    /// Whether the caller may do this to a member, at this time.
    pub fn may_to(&self, deed: MemberDeed, subject: &Subject, now: Timestamp) -> Result<(), Denial> {
        use MemberDeed as Deed;
        let myself = self.is(subject.member_id);
        if !self.reaches(subject.organization_id) {
            return Err(Denial::Hidden);
        }
        if !(myself || self.reads_all()) {
            // A program has the wrong key; a member must not learn who else there is.
            return Err(if matches!(self, Self::Key(_)) { Denial::Forbidden } else { Denial::Hidden });
        }
        let above = self.outranks(subject.role) && !myself;
        let program = matches!(self, Self::Key(_));
        let allowed = match deed {
            Deed::Read | Deed::ReadFactors | Deed::ReadSecureLogin | Deed::ReadClientPasswords => true,
            Deed::Rename | Deed::Revoke => myself || above,
            Deed::RemoveFactor | Deed::SecureLoginOff => myself || above,
            Deed::SecureLoginOn => myself || (above && program),
            Deed::ChangeRole(to) => above && self.outranks(to),
            Deed::Suspend | Deed::Leave => above,
            Deed::SetPassword => above && program,
            Deed::ChangeOwnPassword
            | Deed::AddFactor
            | Deed::Issue
            | Deed::Rotate
            | Deed::Narrow
            | Deed::Widen => myself,
        };
        if !allowed {
            return Err(Denial::Forbidden);
        }
        match deed {
            Deed::ChangeOwnPassword
            | Deed::AddFactor
            | Deed::RemoveFactor
            | Deed::SecureLoginOn
            | Deed::SecureLoginOff
            | Deed::Issue
            | Deed::Rotate
            | Deed::Widen => self.fresh(now),
            _ => Ok(()),
        }
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
        Subject { member_id: Uuid::from_u128(77).into(), organization_id: organization(1), role }
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
            (key(KeyRole::Operator, None), vec![Member, Auditor, DepartmentAdmin, Admin, Owner]),
            (key(KeyRole::Operator, Some(1)), vec![Member, Auditor, DepartmentAdmin, Admin, Owner]),
            (key(KeyRole::Operator, Some(2)), vec![]),
            (key(KeyRole::Directory, None), vec![Member, Auditor, DepartmentAdmin]),
            (key(KeyRole::MailServer, None), vec![]),
            (key(KeyRole::Auditor, None), vec![]),
        ];
        let deeds = [
            MemberDeed::Suspend,
            MemberDeed::Leave,
            MemberDeed::Revoke,
            MemberDeed::SecureLoginOff,
            MemberDeed::RemoveFactor,
        ];
        for (caller, roles) in table {
            for role in Role::ALL {
                for deed in deeds {
                    let allowed = caller.may_to(deed, &subject(role), NOW).is_ok();
                    assert_eq!(allowed, roles.contains(&role), "{caller:?} {deed:?} {role:?}");
                }
            }
        }
    }

    #[test]
    fn nobody_but_the_member_makes_or_widens_a_secret() {
        let me = subject(Role::Member);
        let mine = Caller::Member(SignedIn {
            member_id: me.member_id,
            ..match member(Role::Member) {
                Caller::Member(me) => me,
                Caller::Key(_) => unreachable!(),
            }
        });
        let deeds = [
            MemberDeed::Issue,
            MemberDeed::Rotate,
            MemberDeed::Narrow,
            MemberDeed::Widen,
            MemberDeed::AddFactor,
            MemberDeed::ChangeOwnPassword,
        ];
        for deed in deeds {
            assert_eq!(mine.may_to(deed, &me, NOW), Ok(()), "{deed:?}");
            for other in [
                member(Role::Owner),
                member(Role::Admin),
                key(KeyRole::Operator, None),
                key(KeyRole::Directory, None),
            ] {
                assert_eq!(other.may_to(deed, &me, NOW), Err(Denial::Forbidden), "{other:?} {deed:?}");
            }
        }
        let later = NOW.plus(STEP_UP);
        assert_eq!(mine.may_to(MemberDeed::Issue, &me, later), Ok(()));
        let too_late = later.plus(Duration::from_micros(1));
        assert_eq!(mine.may_to(MemberDeed::Issue, &me, too_late), Err(Denial::StepUp));
        assert_eq!(mine.may_to(MemberDeed::Narrow, &me, too_late), Ok(()));
        assert_eq!(mine.may_to(MemberDeed::Revoke, &me, too_late), Ok(()));
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

    fn those(may: impl Fn(&Caller) -> bool) -> String {
        everyone().iter().filter(|(_, caller)| may(caller)).map(|(letter, _)| letter).collect()
    }

    #[test]
    fn who_may_do_what_to_an_organization() {
        use OrganizationDeed as Deed;
        let table = [
            (Deed::Read, "oadumOPDUV"),
            (Deed::ReadDomains, "oauOPDUV"),
            (Deed::ReadMembers, "oauOPDUV"),
            (Deed::ReadClientPasswords, "oauOPDUV"),
            (Deed::ReadAudit, "oauOPUV"),
            (Deed::ReadServiceKeys, "oauOPUV"),
            (Deed::Rename, "oaOP"),
            (Deed::BulkRevoke, "oaOP"),
            (Deed::Dissolve, "oOP"),
            (Deed::UnbindDomain, "oOP"),
            (Deed::BindDomain, "OP"),
            (Deed::CreateMember(Role::Member), "oaOPD"),
            (Deed::CreateMember(Role::Auditor), "oaOPD"),
            (Deed::CreateMember(Role::Admin), "oOP"),
            (Deed::CreateMember(Role::Owner), ""),
            (Deed::ManageServiceKey(KeyRole::MailServer), "oaOP"),
            (Deed::ManageServiceKey(KeyRole::Operator), "OP"),
        ];
        for (deed, expected) in table {
            assert_eq!(those(|caller| caller.may(deed, organization(1)).is_ok()), expected, "{deed:?}");
        }
        assert_eq!(those(Caller::oversees_installation), "OU");
        assert_eq!(those(Caller::is_installation_operator), "O");
    }

    #[test]
    fn who_may_do_what_to_a_member() {
        use MemberDeed as Deed;
        let table = [
            (Deed::Read, "oauOPDUV"),
            (Deed::ReadFactors, "oauOPDUV"),
            (Deed::ReadSecureLogin, "oauOPDUV"),
            (Deed::ReadClientPasswords, "oauOPDUV"),
            (Deed::Rename, "oaOPD"),
            (Deed::Revoke, "oaOPD"),
            (Deed::RemoveFactor, "oaOPD"),
            (Deed::SecureLoginOff, "oaOPD"),
            (Deed::Suspend, "oaOPD"),
            (Deed::Leave, "oaOPD"),
            (Deed::SecureLoginOn, "OPD"),
            (Deed::SetPassword, "OPD"),
            (Deed::ChangeRole(Role::Auditor), "oaOPD"),
            (Deed::ChangeRole(Role::Admin), "oOP"),
        ];
        for (deed, expected) in table {
            let may = |caller: &Caller| caller.may_to(deed, &subject(Role::Member), NOW).is_ok();
            assert_eq!(those(may), expected, "{deed:?}");
        }
        let hidden =
            |caller: &Caller| caller.may_to(Deed::Read, &subject(Role::Member), NOW) == Err(Denial::Hidden);
        assert_eq!(those(hidden), "dm");
    }

    #[test]
    fn what_a_member_may_do_to_itself() {
        let own = |role| {
            let me = member(role);
            let Caller::Member(SignedIn { member_id, .. }) = me else { unreachable!() };
            let me_too = Subject { member_id, ..subject(role) };
            move |deed| me.may_to(deed, &me_too, NOW).is_ok()
        };
        for role in Role::ALL {
            let may = own(role);
            for deed in [MemberDeed::Read, MemberDeed::Rename, MemberDeed::Revoke, MemberDeed::SecureLoginOn]
            {
                assert!(may(deed), "{role:?} {deed:?}");
            }
            for deed in [
                MemberDeed::ChangeRole(Role::Member),
                MemberDeed::Suspend,
                MemberDeed::Leave,
                MemberDeed::SetPassword,
            ] {
                assert!(!may(deed), "{role:?} {deed:?}");
            }
        }
    }

    #[test]
    fn another_organization_is_hidden() {
        for caller in [member(Role::Owner), key(KeyRole::Operator, Some(1))] {
            assert_eq!(caller.may(OrganizationDeed::Read, organization(2)), Err(Denial::Hidden));
        }
        let ordinary = member(Role::Member);
        assert_eq!(ordinary.may_to(MemberDeed::Read, &subject(Role::Member), NOW), Err(Denial::Hidden));
        assert_eq!(ordinary.may(OrganizationDeed::ReadMembers, organization(1)), Err(Denial::Forbidden));
    }

    #[test]
    fn roles_are_given_only_from_above() {
        let deed = OrganizationDeed::CreateMember;
        assert!(member(Role::Admin).may(deed(Role::Auditor), organization(1)).is_ok());
        assert!(member(Role::Admin).may(deed(Role::Admin), organization(1)).is_err());
        assert!(member(Role::Owner).may(deed(Role::Admin), organization(1)).is_ok());
        assert!(key(KeyRole::Operator, None).may(deed(Role::Owner), organization(1)).is_err());
        assert!(key(KeyRole::Directory, None).may(deed(Role::Admin), organization(1)).is_err());
        assert!(
            member(Role::Admin)
                .may(OrganizationDeed::ManageServiceKey(KeyRole::Operator), organization(1))
                .is_err()
        );
        assert!(key(KeyRole::MailServer, None).may(OrganizationDeed::Read, organization(1)).is_err());
    }
}
