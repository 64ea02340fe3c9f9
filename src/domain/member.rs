//! Members: their roles and states.
//!
//! ```text
//!   active <-> suspended
//!      \         /
//!       v       v
//!         left            for ever; the login is free again
//! ```

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::domain::account_password::normalised;
use crate::domain::field::{Fault, FieldError};
use crate::domain::ids::{DepartmentId, MemberId, OrganizationId};
use crate::domain::secret::{CanonicalSecret, Secret};

/// What a member may do, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Manages what is their own.
    Member,
    /// Reads everything of the organization.
    Auditor,
    /// Administers listed departments and those below.
    DepartmentAdmin,
    /// Administers the organization.
    Admin,
    /// Its creator; there is one.
    Owner,
}

impl Role {
    /// All of them, lowest first.
    pub const ALL: [Self; 5] = [Self::Member, Self::Auditor, Self::DepartmentAdmin, Self::Admin, Self::Owner];

    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Auditor => "auditor",
            Self::DepartmentAdmin => "department_admin",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// From its name in the API.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Its place in the order, as it is stored.
    pub const fn rank(self) -> i64 {
        self as i64
    }

    /// From the place in the order.
    pub fn from_rank(rank: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.rank() == rank)
    }
}

/// Whether a member may use the service at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// The member can sign in and use mail.
    Active,
    /// The member can do neither, until re-activated.
    Suspended,
    /// The member is gone; nothing leads out of this state.
    Left,
}

impl MemberState {
    /// Its name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Left => "left",
        }
    }

    /// From its name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Active, Self::Suspended, Self::Left].into_iter().find(|state| state.name() == name)
    }
}

/// Where a member signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// Here: the account password is checked against our hash.
    Local,
    /// At an identity provider, or not at all: we know no account password.
    External,
}

impl SignIn {
    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::External => "external",
        }
    }
}

/// A member as the API shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Names the member in the API and the audit log; it never changes.
    pub id: MemberId,
    /// The organization that the member belongs to; a member has one.
    pub organization_id: OrganizationId,
    /// The mail address, in the one form in which logins are compared.
    pub login: String,
    /// Name for people.
    pub display_name: String,
    /// The role decides what the member may do, and to whom.
    pub role: Role,
    /// The state decides whether mail opens and sign-in works at all.
    pub state: MemberState,
    /// Where the member signs in.
    pub sign_in: SignIn,
    /// Secure login: while it is on, only client passwords open mail.
    pub secure_login: super::secure_login::SecureLogin,
    /// When the member was made.
    pub created_at: Timestamp,
    /// Version of the row, for ETags.
    pub version: i64,
}

/// Conditions on a list of members; all that are given must hold.
#[derive(Clone, Debug, Default)]
pub struct MemberFilter {
    /// Exactly this login.
    pub login: Option<String>,
    /// In this state.
    pub state: Option<MemberState>,
    /// With secure login on or off.
    pub secure_login: Option<bool>,
    /// With this role.
    pub role: Option<Role>,
    /// In these departments.
    pub within: Option<Within>,
}

/// Departments that somebody is in, with those below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// This one.
    Department(DepartmentId),
    /// Those that this member administers.
    ReachOf(MemberId),
}

impl Within {
    /// The id, which no department shares with a member.
    pub const fn id(self) -> Uuid {
        match self {
            Self::Department(id) => id.uuid(),
            Self::ReachOf(id) => id.uuid(),
        }
    }
}

/// Longest account password, in bytes.
pub const MAX_ACCOUNT_PASSWORD: usize = 1024;
/// Shortest account password, in characters: NIST SP 800-63B-4 section 3.1.1.2, used with a second factor.
pub const MIN_ACCOUNT_PASSWORD: usize = 8;

/// Whether `password` may become an account password. One that has the form of a client password may not:
/// a client password must never sign in.
pub fn check_account_password(field: &'static str, password: &Secret) -> Result<(), FieldError> {
    let text = password.expose();
    if text.len() > MAX_ACCOUNT_PASSWORD {
        return Err(FieldError::new(field, Fault::TooLong, "takes at most 1024 bytes"));
    }

    if normalised(password).expose().chars().count() < MIN_ACCOUNT_PASSWORD {
        return Err(FieldError::new(field, Fault::TooShort, "needs at least 8 characters"));
    }
    if CanonicalSecret::recognise(text).is_some() {
        return Err(FieldError::new(field, Fault::NotAllowed, "must not be a client password"));
    }

    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_ordered() {
        assert!(
            Role::Owner > Role::Admin && Role::Admin > Role::DepartmentAdmin && Role::Auditor > Role::Member
        );
        for role in Role::ALL {
            assert_eq!(Role::from_rank(role.rank()), Some(role));
            assert_eq!(Role::parse(role.name()), Some(role));
        }
    }

    #[test]
    fn an_account_password_is_long_enough_and_no_client_password() {
        let check = |text: &str| check_account_password("password", &Secret::new(text.into()));
        assert!(check("correct horse").is_ok());
        assert_eq!(check(&"ä".repeat(7)).unwrap_err().fault, Fault::TooShort);
        assert!(check(&"ä".repeat(8)).is_ok() && check(&"x".repeat(1024)).is_ok());

        // Counted in the form that is hashed: four letters with their dots apart are four.
        assert_eq!(check(&"a\u{308}".repeat(4)).unwrap_err().fault, Fault::TooShort);
        assert_eq!(check(&"x".repeat(1025)).unwrap_err().fault, Fault::TooLong);

        let like_ours = "aaaaa-aaaaa-aaaaa-aaaaa-aaaaa-aaaab";
        assert_eq!(check(like_ours).unwrap_err().fault, Fault::NotAllowed);
    }
}
