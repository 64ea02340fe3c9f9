//! The filter of a bulk end: as it is typed, and as it is shown.

use super::dates;
use super::logins::split;
use super::names::{Names, holder};
use super::office::Office;
use super::shown::{Choice, protocol, protocols};
use super::tree::{Departments, Tick};
use crate::domain::client_password::MAX_LABEL;
use crate::domain::field::{FieldErrors, text_line};
use crate::domain::ids::{DepartmentId, MemberId};
use crate::domain::network::Networks;
use crate::domain::protocol::{Protocol, ProtocolSet};
use crate::domain::revocation::{Filter, MAX_MEMBERS};
use crate::pages::form::Form;
use crate::pages::frame::When;
use crate::pages::texts::Words;
use crate::service::Error;

/// So many members are named where a filter is shown.
const NAMED: usize = 20;

/// What was typed.
#[derive(Default)]
pub struct Typed {
    all: bool,
    /// Exactly this label.
    pub label: String,
    /// Mail addresses, however they are parted.
    pub members: String,
    /// Made before this day.
    pub created_before: String,
    /// Used before this day, and not since.
    pub last_used_before: String,
    /// CIDR blocks, however they are parted.
    pub networks: String,
    /// Whether they were ever used.
    pub used: String,
    secure_login: String,
    protocols: Vec<String>,
    departments: Vec<DepartmentId>,
}

/// The members that were typed.
pub struct Named {
    /// Those that there are; none if nothing was typed.
    pub ids: Option<Vec<MemberId>>,
    /// The first that there is not.
    pub unknown: Option<String>,
}

impl Typed {
    /// What a form sent.
    pub fn of(form: &Form) -> Self {
        let text = |name| form.text(name).to_owned();
        Self {
            all: form.text("which") == "all",
            label: text("label"),
            members: text("member_ids"),
            created_before: text("created_before"),
            last_used_before: text("last_used_before"),
            networks: text("networks"),
            used: text("used"),
            secure_login: text("secure_login"),
            departments: form.all("department_ids").filter_map(DepartmentId::parse).collect(),
            protocols: form.all("protocols").map(str::to_owned).collect(),
        }
    }

    /// The same as an address asks for it, for a list: of one protocol at most, and one department.
    pub fn of_address(office: &Office) -> Self {
        let text = |name| office.query(name).unwrap_or_default().trim().to_owned();
        Self {
            label: text("label"),
            created_before: text("created_before"),
            last_used_before: text("last_used_before"),
            used: text("used"),
            networks: text("networks"),
            secure_login: text("secure_login"),
            departments: DepartmentId::parse(&text("department_id")).into_iter().collect(),
            protocols: Some(text("protocol")).filter(|name| !name.is_empty()).into_iter().collect(),
            ..Self::default()
        }
    }

    /// Whether all or some, to be chosen. Nothing is chosen for somebody who did not.
    pub fn which(&self, words: &Words) -> Vec<Choice> {
        let chosen = if self.all { "all" } else { "some" };
        let choice = |(value, message)| Choice::new(value, words.say(message), chosen);
        [("some", "admin-which-some"), ("all", "admin-which-all")].map(choice).into()
    }

    /// Whether they were ever used, to be chosen.
    pub fn uses(&self, words: &Words) -> Vec<Choice> {
        let all = [("", "admin-any"), ("never", "admin-never-used"), ("once", "admin-once-used")];
        all.map(|(value, message)| Choice::new(value, words.say(message), &self.used)).into()
    }

    /// Whether secure login of their members is on, to be chosen.
    pub fn secure(&self, words: &Words) -> Vec<Choice> {
        let all = [("", "admin-any"), ("on", "on"), ("off", "off")];
        all.map(|(value, message)| Choice::new(value, words.say(message), &self.secure_login)).into()
    }

    /// The departments that are asked for.
    pub fn of_departments(&self) -> &[DepartmentId] {
        &self.departments
    }

    /// Whether secure login of the member is asked for.
    pub fn asks_for_secure_login(&self) -> bool {
        !self.secure_login.is_empty()
    }

    /// The departments, to be ticked.
    pub async fn departments(&self, office: &Office) -> Result<(Vec<Tick>, String), Error> {
        let all = Departments::of(office, &self.departments).await?;
        Ok((all.ticks(&self.departments), all.left_out(&office.words)))
    }

    /// The protocols, to be ticked.
    pub fn ticks(&self) -> Vec<Choice> {
        let tick = |one: Protocol| {
            let chosen = self.protocols.iter().any(|name| name == one.name());
            Choice { chosen, ..Choice::new(one.name(), protocol(one).to_owned(), "") }
        };
        Protocol::ALL.into_iter().map(tick).collect()
    }

    /// The members that were typed.
    pub async fn members(&self, office: &Office) -> Result<Named, Error> {
        let logins = split(&self.members);
        let mut ids: Vec<MemberId> = Vec::new();

        // One more than the service takes, so that it says so itself.
        for login in logins.take(MAX_MEMBERS + 1) {
            match holder(office, login).await? {
                Some(member) if ids.contains(&member.id) => {}
                Some(member) => ids.push(member.id),
                None => return Ok(Named { ids: None, unknown: Some(login.to_owned()) }),
            }
        }
        Ok(Named { ids: Some(ids).filter(|ids| !ids.is_empty()), unknown: None })
    }

    /// The filter that is meant.
    pub fn filter(&self, member_ids: Option<Vec<MemberId>>) -> Result<Filter, FieldErrors> {
        let mut wrong = FieldErrors::default();
        let label = Some(self.label.as_str()).filter(|label| !label.is_empty());
        let label = wrong.take(label.map(|label| text_line("label", label, MAX_LABEL)).transpose());
        let protocols = Some(&self.protocols).filter(|names| !names.is_empty());
        let protocols = protocols.map(|names| ProtocolSet::parse("protocols", names)).transpose();
        let protocols = wrong.take(protocols);
        let networks: Vec<&str> = split(&self.networks).collect();
        let networks = Some(networks).filter(|blocks| !blocks.is_empty());
        let networks = networks.map(|blocks| Networks::parse("networks", &blocks)).transpose();
        let networks = wrong.take(networks);
        let created_before = wrong.take(dates::beginning("created_before", &self.created_before));
        let last_used_before = wrong.take(dates::beginning("last_used_before", &self.last_used_before));
        let never_used = match self.used.as_str() {
            "never" => Some(true),
            "once" => Some(false),
            _ => None,
        };

        let found = (label, protocols, networks, created_before, last_used_before);
        let (Some(label), Some(protocols), Some(networks), Some(created_before), Some(last_used_before)) =
            found
        else {
            return Err(wrong);
        };
        Ok(Filter {
            all: self.all,
            member_ids,
            department_ids: Some(self.departments.clone()).filter(|ids| !ids.is_empty()),
            secure_login: self.wants_secure_login(),
            label,
            protocols,
            networks,
            created_before,
            last_used_before,
            never_used,
        })
    }

    fn wants_secure_login(&self) -> Option<bool> {
        match self.secure_login.as_str() {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        }
    }
}

/// One condition of a filter, in words.
pub struct Condition {
    /// What it is about.
    pub name: String,
    /// What it demands.
    pub text: String,
    /// The moment that it demands.
    pub at: Option<When>,
}

/// What a filter demands, in words.
pub async fn conditions(
    names: &mut Names<'_>,
    words: &Words,
    filter: &Filter,
) -> Result<Vec<Condition>, Error> {
    let text = |name, text| Condition { name: words.say(name), text, at: None };
    let moment = |name, at| Condition { name: words.say(name), text: String::new(), at: Some(When(at)) };
    let mut found = Vec::new();

    if filter.all {
        found.push(text("admin-passwords", words.say("admin-which-all")));
    }
    if let Some(ids) = &filter.member_ids {
        found.push(text("admin-of-members", logins(names, words, ids).await?));
    }
    if let Some(ids) = &filter.department_ids {
        found.push(text("admin-of-departments", in_departments(names, words, ids).await?));
    }
    found.extend(
        filter.secure_login.map(|on| text("admin-secure-login-of", words.say(if on { "on" } else { "off" }))),
    );
    found.extend(
        filter
            .networks
            .as_ref()
            .map(|networks| text("admin-tied-to", networks.blocks().join(&words.say("list-separator")))),
    );
    found.extend(filter.label.as_ref().map(|label| text("admin-label", label.clone())));
    found.extend(filter.protocols.map(|set| text("admin-opens-any", protocols(words, set))));
    found.extend(filter.created_before.map(|at| moment("admin-created-before", at)));
    found.extend(filter.last_used_before.map(|at| moment("admin-last-used-before", at)));
    found.extend(filter.never_used.map(|never| {
        let message = if never { "admin-never-used" } else { "admin-once-used" };
        text("admin-uses", words.say(message))
    }));
    Ok(found)
}

async fn in_departments(names: &mut Names<'_>, words: &Words, ids: &[DepartmentId]) -> Result<String, Error> {
    let mut shown = Vec::new();
    for id in ids {
        let department = names.department(*id).await?;
        shown.push(department.unwrap_or_else(|| id.to_string()));
    }
    Ok(shown.join(&words.say("list-separator")))
}

async fn logins(names: &mut Names<'_>, words: &Words, ids: &[MemberId]) -> Result<String, Error> {
    let mut shown = Vec::new();
    for id in ids.iter().take(NAMED) {
        let member = names.member(*id).await?;
        shown.push(member.map_or_else(|| id.to_string(), |member| member.login));
    }

    let rest = ids.len().saturating_sub(NAMED);
    if rest > 0 {
        shown.push(words.with("admin-and-more", "count", rest));
    }
    Ok(shown.join(&words.say("list-separator")))
}
