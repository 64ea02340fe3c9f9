//! What a restore has changed: in what the backup and the data in place did not agree, and what came of it.

use serde::Serialize;

use crate::domain::ids::{MemberId, OrganizationId};
use crate::domain::member::{MemberState, Role};

/// What something was in the backup and in the data in place, and what it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Merged<T> {
    /// In the backup.
    pub backup: T,
    /// In the data in place.
    pub in_place: T,
    /// What the row has now, after the merge.
    pub now: T,
}

impl<T> Merged<T> {
    /// The same as another type, if each of the three is one.
    pub fn read_as<U>(&self, read: impl Fn(&T) -> Option<U>) -> Option<Merged<U>> {
        let Self { backup, in_place, now } = self;
        Some(Merged { backup: read(backup)?, in_place: read(in_place)?, now: read(now)? })
    }
}

/// An organization that is in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestoredOrganization {
    /// Names the organization in the API.
    pub id: OrganizationId,
    /// Members who are not in the backup, so are no more.
    pub lost_members: i64,
}

/// A member who has not left, and of whom something was not the same in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestoredMember {
    /// Names the member in the API.
    pub id: MemberId,
    /// The organization that the member belongs to.
    pub organization_id: OrganizationId,
    /// The role in the backup, in place before, and now.
    pub role: Merged<Role>,
    /// The state in the backup, in place before, and now.
    pub state: Merged<MemberState>,
    /// Whether secure login was on in the backup, in place before, and is now.
    pub secure_login: Merged<bool>,
    /// Whether the account password was another in the backup; it is the one in place.
    pub account_password: bool,
    /// Whether the confirmed factors were others in the backup; they are those in place.
    pub factors: bool,
    /// Client passwords that are not in the backup, and opened mail.
    pub lost_client_passwords: i64,
}
