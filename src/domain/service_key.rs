//! Service keys: credentials of programs.

use crate::clock::Timestamp;
use crate::domain::ids::{OrganizationId, ServiceKeyId};

/// Longest label, in bytes of UTF-8.
pub const MAX_LABEL: usize = 128;

/// What a program may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRole {
    /// Everything but see secrets or act as a member.
    Operator,
    /// It makes, changes and suspends members.
    Directory,
    /// It checks passwords for a mail server, and may do nothing else.
    MailServer,
    /// It reads everything but secrets, and changes nothing.
    Auditor,
}

impl KeyRole {
    /// Its name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Directory => "directory",
            Self::MailServer => "mail_server",
            Self::Auditor => "auditor",
        }
    }

    /// From its name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Operator, Self::Directory, Self::MailServer, Self::Auditor]
            .into_iter()
            .find(|role| role.name() == name)
    }
}

/// A service key as the API shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceKey {
    /// Names the key in the API and the audit log; it is not the secret.
    pub id: ServiceKeyId,
    /// The role decides what the program may do.
    pub role: KeyRole,
    /// The organization it is bound to; `None` for all.
    pub organization_id: Option<OrganizationId>,
    /// What its maker calls it.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// When it was reported as found somewhere, and lives on because it is a mail server's.
    pub leak_reported_at: Option<Timestamp>,
}
