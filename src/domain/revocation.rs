//! Bulk revocations: which client passwords an administrator ends together.

use std::collections::HashSet;
use std::hash::Hash;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::audit::Actor;
use crate::domain::client_password::{EndReason, MAX_LABEL, StateFilter};
use crate::domain::field::{Fault, FieldError, ids, text_line, time};
use crate::domain::ids::{ClientPasswordId, DepartmentId, MemberId, OrganizationId, RevocationId};
use crate::domain::network::Networks;
use crate::domain::protocol::ProtocolSet;

/// Most members that one filter names.
pub const MAX_MEMBERS: usize = 500;
/// Most departments that one filter names.
pub const MAX_DEPARTMENTS: usize = 10;
/// Longest reason, in bytes of UTF-8.
pub const MAX_REASON: usize = 500;
/// So long a preview may be carried out: what it has found takes room, and is older every day.
pub const PREVIEW_KEPT: Duration = Duration::from_secs(7 * 86_400);

/// What narrows a set of client passwords; several conditions narrow each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Everything; said explicitly, because an empty filter is refused.
    pub all: bool,
    /// Of these members.
    pub member_ids: Option<Vec<MemberId>>,
    /// Of members who are in any of these departments, or in one below.
    pub department_ids: Option<Vec<DepartmentId>>,
    /// Of members whose secure login is on, where true; off, where false.
    pub secure_login: Option<bool>,
    /// With exactly this label, in NFC; those of labels that were made before these were in NFC, too.
    pub label: Option<String>,
    /// That open any of these protocols.
    pub protocols: Option<ProtocolSet>,
    /// Restricted to networks of which at least one lies inside one of these, or is one of these.
    pub networks: Option<Networks>,
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
        let Self {
            all: _,
            member_ids: _,
            department_ids: _,
            secure_login: _,
            label,
            protocols,
            networks,
            created_before,
            last_used_before,
            never_used,
        } = self;
        label.is_some()
            || protocols.is_some()
            || networks.is_some()
            || created_before.is_some()
            || last_used_before.is_some()
            || never_used.is_some()
    }

    /// Whether it leaves out some of the members.
    const fn narrows_members(&self) -> bool {
        self.member_ids.is_some() || self.department_ids.is_some() || self.secure_login.is_some()
    }

    /// Whether it looks at what client passwords were used for.
    pub const fn looks_at_uses(&self) -> bool {
        self.last_used_before.is_some() || self.never_used.is_some()
    }

    /// Refuses a filter that says nothing, and one that says everything and something.
    pub fn check(&self) -> Result<(), FieldError> {
        let narrowed = self.narrows_members() || self.narrows_within_members();
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

        if let Some(ids) = &self.department_ids {
            check_departments("filter.department_ids", ids)?;
        }
        if self.networks.as_ref().is_some_and(Networks::is_any) {
            return Err(FieldError::new("filter.networks", Fault::TooShort, "takes 1 to 64 networks"));
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
    /// Those that ended for this reason.
    pub ended_reason: Option<EndReason>,
}

impl ListFilter {
    /// Whether it takes all of a member or an organization: then no row is read in vain.
    pub fn takes_all(&self) -> bool {
        let filter = &self.filter;
        self.state.is_none()
            && self.ended_reason.is_none()
            && filter.department_ids.is_none()
            && filter.secure_login.is_none()
            && !filter.narrows_within_members()
    }
}

/// A client password that a revocation has ended, for whoever has to tell its member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedClientPassword {
    /// The member who had it.
    pub member_id: MemberId,
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
#[allow(missing_docs, reason = "they are those of a filter, as texts")]
pub struct FilterForm {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_ids: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department_ids: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secure_login: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocols: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub networks: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub never_used: Option<bool>,
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
        let departments = self.department_ids.as_ref();
        let departments =
            departments.map(|texts| ids("filter.department_ids", texts, DepartmentId::parse)).transpose()?;
        let networks = self.networks.as_ref().map(|blocks| Networks::parse("filter.networks", blocks));
        Ok(Filter {
            all: self.all.is_some(),
            member_ids: members.transpose()?,
            department_ids: departments,
            secure_login: self.secure_login,
            label: label.transpose()?,
            protocols: protocols.transpose()?,
            networks: networks.transpose()?,
            created_before: at("filter.created_before", &self.created_before)?,
            last_used_before: at("filter.last_used_before", &self.last_used_before)?,
            never_used: self.never_used,
        })
    }
}

impl From<&Filter> for FilterForm {
    fn from(filter: &Filter) -> Self {
        let texts = |ids: &Vec<MemberId>| ids.iter().map(MemberId::to_string).collect();
        let departments = |ids: &Vec<DepartmentId>| ids.iter().map(DepartmentId::to_string).collect();
        let names = |set: ProtocolSet| set.names().into_iter().map(str::to_owned).collect();
        Self {
            all: filter.all.then_some(true),
            member_ids: filter.member_ids.as_ref().map(texts),
            department_ids: filter.department_ids.as_ref().map(departments),
            secure_login: filter.secure_login,
            label: filter.label.clone(),
            protocols: filter.protocols.map(names),
            networks: filter.networks.as_ref().map(Networks::blocks),
            created_before: filter.created_before.map(|at| at.to_string()),
            last_used_before: filter.last_used_before.map(|at| at.to_string()),
            never_used: filter.never_used,
        }
    }
}

/// Whether a list names one twice.
pub fn names_one_twice<T: Eq + Hash>(ids: &[T]) -> bool {
    ids.iter().collect::<HashSet<_>>().len() < ids.len()
}

/// Refuses a list of departments that is empty, too long, or names one twice.
pub fn check_departments(field: &'static str, ids: &[DepartmentId]) -> Result<(), FieldError> {
    if ids.is_empty() || ids.len() > MAX_DEPARTMENTS {
        return Err(FieldError::new(field, Fault::OutOfRange, "takes 1 to 10 departments"));
    }
    if names_one_twice(ids) {
        return Err(FieldError::new(field, Fault::Duplicate, "names a department twice"));
    }
    Ok(())
}

/// How many members and client passwords.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// The number of members that have at least one of them.
    pub members: i64,
    /// The number of client passwords.
    pub client_passwords: i64,
}

/// How a bulk revocation, or its preview, stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationState {
    /// A job passes the members, and ends what is in the set, or counts it.
    Running,
    /// Nothing of the set lives any more; or, of a preview, all of it has been found.
    Done,
    /// Its organization was dissolved before it was done, which ended whatever was left.
    Failed,
    /// Somebody stopped it; what it had ended before stays ended.
    Stopped,
}

impl RevocationState {
    const ALL: [Self; 4] = [Self::Running, Self::Done, Self::Failed, Self::Stopped];

    /// Its name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }

    /// From its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// How far a job has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many members it has passed.
    pub passed: i64,
    /// How many the organization had when it began.
    pub all: i64,
}

/// A bulk revocation, or its preview, as the API shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Names it in the API; a preview is carried out by naming it.
    pub id: RevocationId,
    /// The organization in which it ends client passwords.
    pub organization_id: OrganizationId,
    /// How it stands.
    pub state: RevocationState,
    /// How far it has come; none where it was done at once.
    pub progress: Option<Progress>,
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
    /// When it was done, stopped or given up.
    pub finished_at: Option<Timestamp>,
}

impl Revocation {
    /// What it was when its job began, whatever has come of it since.
    #[must_use]
    pub fn as_begun(self) -> Self {
        let matched = if self.preview_id.is_some() { self.matched } else { Count::default() };
        let progress = self.progress.map(|progress| Progress { passed: 0, ..progress });
        let state = RevocationState::Running;
        Self { state, progress, matched, ended: Count::default(), finished_at: None, ..self }
    }
}

/// How often a process looks for bulk revocations that another one has begun, or that were going on when one was killed.
pub const CARRY_OUT_EVERY: Duration = Duration::from_secs(7);
/// How long a piece of a job should take: every other change waits for no more than two of them.
const PIECE: Duration = Duration::from_millis(25);
/// Most members that a piece passes.
const MAX_PIECE: i64 = 10_000;

/// How many members the next piece passes, after one of so many has taken so long. The first passes one.
pub fn next_piece(members: i64, took: Duration) -> i64 {
    let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX).max(1);
    let next = if took <= PIECE / 2 {
        members.saturating_mul(2)
    } else if took > PIECE {
        members.saturating_mul(micros(PIECE)) / micros(took)
    } else {
        members
    };
    next.clamp(1, MAX_PIECE)
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
            department_ids: Some(vec![uuid::Uuid::from_u128(8).into()]),
            secure_login: Some(true),
            networks: Networks::parse("networks", &["192.0.2.0/24", "2001:db8::/48"]).ok(),
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
    fn pieces_grow_until_they_take_long_and_shrink_at_once() {
        let ms = Duration::from_millis;
        assert_eq!(next_piece(1, Duration::ZERO), 2);
        assert_eq!(next_piece(100, ms(12)), 200);
        assert_eq!(next_piece(100, ms(20)), 100);
        assert_eq!(next_piece(100, ms(25)), 100);
        assert_eq!(next_piece(100, ms(50)), 50);
        assert_eq!(next_piece(1, Duration::from_secs(60)), 1);
        assert_eq!(next_piece(10_000, ms(1)), 10_000);
    }

    #[test]
    fn an_empty_filter_is_refused() {
        assert!(Filter::default().check().is_err());
        assert!(Filter { all: true, ..Filter::default() }.check().is_ok());
        assert!(Filter { never_used: Some(true), ..Filter::default() }.check().is_ok());
        assert!(Filter { member_ids: Some(vec![]), ..Filter::default() }.check().is_err());
        assert!(Filter { department_ids: Some(vec![]), ..Filter::default() }.check().is_err());
        assert!(Filter { networks: Some(Networks::ANY), ..Filter::default() }.check().is_err());
        assert!(Filter { secure_login: Some(false), ..Filter::default() }.check().is_ok());
    }
}
