//! What can be done, and which of it needs a fresh sign-in: whatever makes, widens or hands on power. What reads or
//! ends never does.

use crate::domain::member::Role;
use crate::domain::service_key::KeyRole;

/// What is done to the installation, or in no organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum InstallationPermission {
    ReadOrganizations,
    CreateOrganization,
    ReadMetrics,
    ReadServiceKeys,
    CreateServiceKey,
    EndServiceKey,
}

/// What is done to an organization or in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum OrganizationPermission {
    Read,
    Rename,
    Dissolve,
    HandOver,
    TakeOver,
    EndOffer,
    ReadDomains,
    BindDomain,
    UnbindDomain,
    ReadPolicy,
    PreviewPolicy,
    PutPolicy,
    ReadDepartments,
    ChangeDepartments,
    ReadMembers,
    CreateMember { role: Role, with_password: bool },
    ReadClientPasswords,
    BulkRevoke,
    ReadAudit,
    ReadServiceKeys,
    CreateServiceKey(KeyRole),
    EndServiceKey(KeyRole),
}

/// What is done to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum MemberPermission {
    Read,
    Rename,
    ChangeRole(Role),
    ChangeDepartments,
    ChangeAdministered,
    Suspend,
    Reactivate,
    Leave,
    ChangeOwnPassword,
    SetPassword,
    Invite,
    EndInvitation,
    SeeNotices,
    ManageSessions,
    ReadFactors,
    AddFactor,
    RemoveFactor,
    LiftCodeBlock,
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

impl OrganizationPermission {
    /// Whether it needs a fresh sign-in.
    pub const fn demands_fresh(self) -> bool {
        match self {
            Self::BindDomain
            | Self::UnbindDomain
            | Self::Dissolve
            | Self::HandOver
            | Self::PutPolicy
            | Self::TakeOver
            | Self::CreateServiceKey(_) => true,
            Self::CreateMember { role, with_password } => with_password || !matches!(role, Role::Member),
            Self::Read
            | Self::Rename
            | Self::EndOffer
            | Self::ReadPolicy
            | Self::PreviewPolicy
            | Self::ReadDomains
            | Self::ReadDepartments
            | Self::ChangeDepartments
            | Self::ReadMembers
            | Self::ReadClientPasswords
            | Self::BulkRevoke
            | Self::ReadAudit
            | Self::ReadServiceKeys
            | Self::EndServiceKey(_) => false,
        }
    }
}

impl MemberPermission {
    /// Whether it needs a fresh sign-in.
    pub const fn demands_fresh(self) -> bool {
        match self {
            Self::ChangeRole(_)
            | Self::ChangeAdministered
            | Self::Reactivate
            | Self::ChangeOwnPassword
            | Self::SetPassword
            | Self::Invite
            | Self::AddFactor
            | Self::RemoveFactor
            | Self::LiftCodeBlock
            | Self::SecureLoginOn
            | Self::SecureLoginOff
            | Self::Issue
            | Self::Rotate
            | Self::Widen => true,
            Self::Read
            | Self::Rename
            | Self::ChangeDepartments
            | Self::Suspend
            | Self::Leave
            | Self::EndInvitation
            | Self::SeeNotices
            | Self::ManageSessions
            | Self::ReadFactors
            | Self::ReadSecureLogin
            | Self::ReadClientPasswords
            | Self::Narrow
            | Self::Revoke => false,
        }
    }
}
