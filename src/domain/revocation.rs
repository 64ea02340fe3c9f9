//! Bulk revocations: which client passwords an administrator ends together.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::audit::Actor;
use crate::domain::client_password::{MAX_LABEL, StateFilter};
use crate::domain::field::{Fault, FieldError, ids, text_line, time};
use crate::domain::ids::{ClientPasswordId, MemberId, RevocationId};
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
    /// Whether it leaves out some of what its members have, or of all.
    const fn narrows_within_members(&self) -> bool {
        let Self { all: _, member_ids: _, label, protocols, created_before, last_used_before, never_used } =
            self;
        label.is_some()
            || protocols.is_some()
            || created_before.is_some()
            || last_used_before.is_some()
            || never_used.is_some()
    }

    /// Refuses a filter that says nothing, and one that says everything and something.
    pub fn check(&self) -> Result<(), FieldError> {
        let narrowed = self.member_ids.is_some() || self.narrows_within_members();
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

/// Which client passwords are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// The filter of a revocation.
    pub filter: Filter,
    /// Those in this state.
    pub state: Option<StateFilter>,
}

impl ListFilter {
    /// Whether it takes all of a member or an organization: then no row is read in vain.
    pub fn takes_all(&self) -> bool {
        self.state.is_none() && !self.filter.narrows_within_members()
    }
}

/// A client password that a revocation has ended, for whoever has to tell its member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedClientPassword {
    /// Names it in the API.
    pub id: ClientPasswordId,
    /// The login of the member who had it.
    pub login: String,
    /// What the member called it.
    pub label: String,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When it was used last, if it ever was.
    pub last_used_at: Option<Timestamp>,
}

/// A filter as it is written: in the body of a request, in the row of a revocation, in its audit record, and where it is
/// shown. What it does not narrow by is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FilterForm {
    #[serde(skip_serializing_if = "Option::is_none")]
    all: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member_ids: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    protocols: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    never_used: Option<bool>,
}

impl FilterForm {
    /// The filter that is meant; the error names its field below `filter`.
    pub fn parse(&self) -> Result<Filter, FieldError> {
        self.read(|label| text_line("filter.label", label, MAX_LABEL))
    }

    /// The filter that was stored: it was checked when it came, by the rules of that time.
    pub fn stored(&self) -> Result<Filter, FieldError> {
        self.read(|label| Ok(label.to_owned()))
    }

    fn read(&self, label: impl Fn(&str) -> Result<String, FieldError>) -> Result<Filter, FieldError> {
        if self.all == Some(false) {
            return Err(FieldError::new(
                "filter.all",
                Fault::NotAllowed,
                "may only be true; leave it out otherwise",
            ));
        }
        let at = |field, text: &Option<String>| text.as_deref().map(|text| time(field, text)).transpose();
        let label = self.label.as_deref().map(label);
        let protocols = self.protocols.as_ref().map(|names| ProtocolSet::parse("filter.protocols", names));
        let members = self.member_ids.as_ref().map(|texts| ids("filter.member_ids", texts, MemberId::parse));
        Ok(Filter {
            all: self.all.is_some(),
            member_ids: members.transpose()?,
            label: label.transpose()?,
            protocols: protocols.transpose()?,
            created_before: at("filter.created_before", &self.created_before)?,
            last_used_before: at("filter.last_used_before", &self.last_used_before)?,
            never_used: self.never_used,
        })
    }
}

impl From<&Filter> for FilterForm {
    fn from(filter: &Filter) -> Self {
        let texts = |ids: &Vec<MemberId>| ids.iter().map(MemberId::to_string).collect();
        let names = |set: ProtocolSet| set.names().into_iter().map(str::to_owned).collect();
        Self {
            all: filter.all.then_some(true),
            member_ids: filter.member_ids.as_ref().map(texts),
            label: filter.label.clone(),
            protocols: filter.protocols.map(names),
            created_before: filter.created_before.map(|at| at.to_string()),
            last_used_before: filter.last_used_before.map(|at| at.to_string()),
            never_used: filter.never_used,
        }
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
    fn a_filter_is_the_same_once_it_was_written() {
        let full = Filter {
            all: true,
            member_ids: Some(vec![uuid::Uuid::from_u128(7).into()]),
            label: Some("Phone \"7\"".into()),
            protocols: ProtocolSet::parse("protocols", &["imap", "smtp"]).ok(),
            created_before: Some(Timestamp::from_micros(1_234_567)),
            last_used_before: Some(Timestamp::from_micros(7_654_321)),
            never_used: Some(false),
        };
        for filter in [full, Filter { all: true, ..Filter::default() }] {
            let text = serde_json::to_string(&FilterForm::from(&filter)).unwrap();
            let read: FilterForm = serde_json::from_str(&text).unwrap();
            assert_eq!(read.parse(), Ok(filter), "{text}");
        }
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
