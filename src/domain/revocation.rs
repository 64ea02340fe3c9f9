//! Bulk revocations: which client passwords an administrator ends together.

use std::collections::HashSet;

use crate::clock::Timestamp;
use crate::domain::audit::Actor;
use crate::domain::field::{Fault, FieldError};
use crate::domain::ids::{MemberId, RevocationId};
use crate::domain::protocol::ProtocolSet;

/// Most members that one filter names.
pub const MAX_MEMBERS: usize = 500;
/// Longest reason, in bytes of UTF-8.
pub const MAX_REASON: usize = 500;

/// What narrows a set of client passwords; several conditions narrow each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Everything; said explicitly, because an empty filter is refused.
    pub all: bool,
    /// Of these members.
    pub member_ids: Option<Vec<MemberId>>,
    /// With exactly this label, in NFC; those of labels that were made before these were in NFC, too.
    pub label: Option<String>,
    /// That open any of these protocols.
    pub protocols: Option<ProtocolSet>,
    /// Made before this time.
    pub created_before: Option<Timestamp>,
    /// Used at least once, and not since.
    pub last_used_before: Option<Timestamp>,
    /// Never used, where true; used at least once, where false.
    pub never_used: Option<bool>,
}

impl Filter {
    /// Refuses a filter that says nothing, and one that says everything and something.
    pub fn check(&self) -> Result<(), FieldError> {
        let narrowed = self.member_ids.is_some()
            || self.label.is_some()
            || self.protocols.is_some()
            || self.created_before.is_some()
            || self.last_used_before.is_some()
            || self.never_used.is_some();

        if !self.all && !narrowed {
            return Err(FieldError::new(
                "filter",
                Fault::TooShort,
                "must not be empty; {\"all\": true} means everything",
            ));
        }

        if self.member_ids.as_ref().is_some_and(|ids| ids.is_empty() || ids.len() > MAX_MEMBERS) {
            return Err(FieldError::new("filter.member_ids", Fault::OutOfRange, "takes 1 to 500 members"));
        }
        if self.member_ids.as_ref().is_some_and(|ids| names_one_twice(ids)) {
            return Err(FieldError::new("filter.member_ids", Fault::Duplicate, "names a member twice"));
        }

        Ok(())
    }
}

/// Whether a list names a member twice.
pub fn names_one_twice(ids: &[MemberId]) -> bool {
    ids.iter().collect::<HashSet<_>>().len() < ids.len()
}

/// How many members and client passwords.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// The number of members that have at least one of them.
    pub members: i64,
    /// The number of client passwords.
    pub client_passwords: i64,
}

/// A bulk revocation, or its preview, as the API shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Names it in the API; a preview is carried out by naming it.
    pub id: RevocationId,
    /// The filter, as it was requested.
    pub filter: Filter,
    /// Why, in the administrator's words.
    pub reason: String,
    /// Whether it only counted.
    pub dry_run: bool,
    /// The preview whose set it ended.
    pub preview_id: Option<RevocationId>,
    /// What the filter found.
    pub matched: Count,
    /// How many were ended; none by a preview.
    pub ended: Count,
    /// When it was requested.
    pub created_at: Timestamp,
    /// Whoever requested it.
    pub created_by: Actor,
    /// When it was done.
    pub finished_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::uuid_v7;

    #[test]
    fn a_filter_names_members_once_and_five_hundred_at_most() {
        let members =
            |count: u64| (0..count).map(|n| uuid_v7(Timestamp::from_micros(0), n.to_be_bytes()).into());
        let check = |ids: Vec<MemberId>| Filter { member_ids: Some(ids), ..Filter::default() }.check();
        assert!(check(members(500).collect()).is_ok());
        assert_eq!(check(members(501).collect()).unwrap_err().fault, Fault::OutOfRange);
        assert_eq!(check(members(2).chain(members(1)).collect()).unwrap_err().fault, Fault::Duplicate);
    }

    #[test]
    fn an_empty_filter_is_refused() {
        assert!(Filter::default().check().is_err());
        assert!(Filter { all: true, ..Filter::default() }.check().is_ok());
        assert!(Filter { never_used: Some(true), ..Filter::default() }.check().is_ok());
        assert!(Filter { member_ids: Some(vec![]), ..Filter::default() }.check().is_err());
    }
}
