//! Bulk revocations: which client passwords an administrator ends together.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization as _;

use crate::clock::Timestamp;
use crate::domain::audit::Actor;
use crate::domain::client_password::ClientPassword;
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
    /// Made before.
    pub created_before: Option<Timestamp>,
    /// Used at least once, and not since.
    pub last_used_before: Option<Timestamp>,
    /// Never used.
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

    /// Whether it finds this client password; what the store's statements ask, for one that was read already.
    pub fn takes(&self, one: &ClientPassword) -> bool {
        let used_at = one.last_used.as_ref().map(|used| used.at);
        self.member_ids.as_ref().is_none_or(|ids| ids.contains(&one.member_id))
            && self.label.as_ref().is_none_or(|label| one.label.nfc().eq(label.chars()))
            && self.protocols.is_none_or(|wanted| one.protocols.iter().any(|has| wanted.contains(has)))
            && self.created_before.is_none_or(|before| one.created_at < before)
            && self.last_used_before.is_none_or(|before| used_at.is_some_and(|at| at < before))
            && self.never_used.is_none_or(|never| never == used_at.is_none())
    }
}

/// Whether a list names a member twice.
pub fn names_one_twice(ids: &[MemberId]) -> bool {
    ids.iter().collect::<HashSet<_>>().len() < ids.len()
}

/// How many members and client passwords.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Members.
    pub members: i64,
    /// Client passwords.
    pub client_passwords: i64,
}

/// A bulk revocation, or its preview, as the API shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Id.
    pub id: RevocationId,
    /// The filter, as it was asked.
    pub filter: Filter,
    /// Why, in the administrator's words.
    pub reason: String,
    /// Whether it only counted.
    pub dry_run: bool,
    /// The preview whose set it ended.
    pub preview_id: Option<RevocationId>,
    /// What the filter found.
    pub matched: Count,
    /// What ended.
    pub ended: Count,
    /// When it was asked.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: Actor,
    /// When it was done.
    pub finished_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::client_password::{LastUse, Validity};
    use crate::domain::ids::uuid_v7;
    use crate::domain::network::Networks;
    use crate::domain::protocol::{Protocol, ProtocolSet};

    fn member(number: u8) -> MemberId {
        uuid_v7(Timestamp::from_micros(0), [number; 8]).into()
    }

    /// Of the first member, called Phone, for IMAP and SMTP, made at 5 and last used at 7, if at all.
    fn phone(used: bool) -> ClientPassword {
        let at = Timestamp::from_micros;
        let last_used = LastUse { at: at(7), protocol: Protocol::Imap, ip: None, client: None };
        ClientPassword {
            id: member(9).uuid().into(),
            member_id: member(1),
            organization_id: member(8).uuid().into(),
            label: "Phone".into(),
            protocols: ProtocolSet::EMPTY.with(Protocol::Imap).with(Protocol::Smtp),
            networks: Networks::ANY,
            validity: Validity {
                expires_at: None,
                overlap_until: None,
                individual_end: None,
                epoch_end: None,
            },
            created_at: at(5),
            last_used: used.then_some(last_used),
            stale_use: None,
            replaces: None,
            replaced_by: None,
            version: 1,
        }
    }

    #[test]
    fn a_filter_takes_what_all_of_its_parts_take() {
        let all = Filter::default;
        let at = |micros| Some(Timestamp::from_micros(micros));
        let protocols = |one| Some(ProtocolSet::EMPTY.with(one));
        for (filter, takes) in [
            (all(), (true, true)),
            (Filter { member_ids: Some(vec![member(2), member(1)]), ..all() }, (true, true)),
            (Filter { member_ids: Some(vec![member(2)]), ..all() }, (false, false)),
            (Filter { label: Some("Phone".into()), ..all() }, (true, true)),
            (Filter { label: Some("phone".into()), ..all() }, (false, false)),
            (Filter { protocols: protocols(Protocol::Smtp), ..all() }, (true, true)),
            (Filter { protocols: protocols(Protocol::Pop3), ..all() }, (false, false)),
            (Filter { created_before: at(6), ..all() }, (true, true)),
            (Filter { created_before: at(5), ..all() }, (false, false)),
            (Filter { last_used_before: at(8), ..all() }, (true, false)),
            (Filter { last_used_before: at(7), ..all() }, (false, false)),
            (Filter { never_used: Some(true), ..all() }, (false, true)),
            (Filter { never_used: Some(false), ..all() }, (true, false)),
            (Filter { label: Some("Phone".into()), created_before: at(5), ..all() }, (false, false)),
            (Filter { label: Some("Laptop".into()), created_before: at(6), ..all() }, (false, false)),
        ] {
            assert_eq!((filter.takes(&phone(true)), filter.takes(&phone(false))), takes, "{filter:?}");
        }
    }

    /// Those of before all labels were brought to NFC are as they were typed.
    #[test]
    fn a_label_is_the_same_composed_and_decomposed() {
        let filter = Filter { label: Some("K\u{fc}che".into()), ..Filter::default() };
        for label in ["K\u{fc}che", "Ku\u{308}che"] {
            assert!(filter.takes(&ClientPassword { label: label.into(), ..phone(true) }), "{label:?}");
        }
        assert!(!filter.takes(&ClientPassword { label: "Kuche".into(), ..phone(true) }));
    }

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
