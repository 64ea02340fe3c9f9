//! What is meant by what was typed: a policy, or what is wrong with which fields. What was not touched stays as it was put,
//! and what was never put stays the default.

use std::collections::{BTreeMap, HashSet};

use super::typed::{Lists, Row, Typed};
use crate::domain::field::{Fault, FieldError, time};
use crate::domain::ids::{DepartmentId, MemberId};
use crate::domain::network::Networks;
use crate::domain::policy::{
    Availability, Policy, PolicyForm, ProtocolRules, Roster, SecureLoginRule, Switches,
};
use crate::domain::protocol::Protocol;
use crate::pages::admin::logins::Named;
use crate::pages::admin::office::Office;
use crate::pages::problem::Faults;
use crate::service::Error;

/// What is meant, and what is wrong with it.
pub struct Meant {
    /// The policy, as far as it can be read.
    pub policy: Policy,
    /// What is wrong.
    pub faults: Faults,
}

impl Meant {
    /// What is meant in the place of what was put before.
    pub async fn of(office: &Office, typed: &Typed, before: &Policy) -> Result<Self, Error> {
        let mut reader = Reader { office, before, full: before.clone().in_full(), faults: Faults::default() };
        let policy = Policy {
            availability: reader.availability(typed).await?,
            protocols: reader.protocols(typed).await?,
            secure_login: reader.secure_login(typed).await?,
            max_active_per_member: reader.number("max_active_per_member", &typed.max_active, true),
            max_lifetime_days: reader.number("max_lifetime_days", &typed.max_lifetime, false),
            default_lifetime_days: reader.number("default_lifetime_days", &typed.default_lifetime, false),
            idle_days: reader.number("idle_days", &typed.idle, false),
            tombstone_days: reader.number("tombstone_days", &typed.tombstone, true),
            history_days: reader.number("history_days", &typed.history, true),
            max_overlap_seconds: reader.overlap(typed),
            allowed_networks: reader.networks(typed),
            end_on_account_password_change: Some(typed.ends),
            // The form does not ask for the rest.
            ..before.clone()
        };
        reader.check_bounds(&policy);
        let policy = reader.untouched(&policy);
        Ok(Self { policy, faults: reader.faults })
    }
}

struct Reader<'a> {
    office: &'a Office,
    before: &'a Policy,
    full: Policy,
    faults: Faults,
}

impl Reader<'_> {
    fn wrong(&mut self, field: &str, text: String) {
        self.faults = std::mem::take(&mut self.faults).and(field, text);
    }

    fn fault(&mut self, error: FieldError) {
        let field = error.field.clone();
        let faults = Faults::of(&self.office.words, &[error]);
        let bare = field.split(['[', '.']).next().unwrap_or_default();
        self.wrong(bare, faults.at(bare).to_owned());
    }

    /// The members of these logins; those that there are not are named at the field.
    async fn members(&mut self, field: &str, logins: &str) -> Result<Vec<MemberId>, Error> {
        let named = Named::of(self.office, logins).await?;
        if let Some(text) = named.wrong(&self.office.words) {
            self.wrong(field, text);
        }
        Ok(named.ids)
    }

    async fn roster(&mut self, name: &str, lists: &Lists, before: &Roster) -> Result<Roster, Error> {
        let members = self.members(&format!("{name}_members"), &lists.members).await?;
        let except = self.members(&format!("{name}_except_members"), &lists.except_members).await?;
        if except.iter().any(|id| members.contains(id)) {
            let text = self.office.words.say("policy-in-both");
            self.wrong(&format!("{name}_except_members"), text);
        }
        Ok(Roster {
            departments: ordered(lists.departments(), &before.departments),
            members: ordered(members, &before.members),
            except_members: ordered(except, &before.except_members),
        })
    }

    async fn availability(&mut self, typed: &Typed) -> Result<Option<Availability>, Error> {
        let before = match &self.full.availability {
            Some(Availability::Listed(roster)) => roster.clone(),
            Some(Availability::All) | None => Roster::default(),
        };
        if typed.availability == "all" {
            return Ok(Some(Availability::All));
        }
        let mut roster = self.roster("availability", &typed.available, &before).await?;
        if typed.availability == "nobody" {
            roster = Roster { departments: Vec::new(), members: Vec::new(), ..roster };
        } else if typed.available.is_nobody() {
            let text = self.office.words.say("policy-nobody-listed");
            self.wrong("availability", text);
        }
        Ok(Some(Availability::Listed(roster)))
    }

    async fn protocols(&mut self, typed: &Typed) -> Result<Option<ProtocolRules>, Error> {
        let before = self.before.protocols.as_ref().map(|rules| rules.default).unwrap_or_default();
        let default = Protocol::ALL.into_iter().fold(Switches::default(), |switches, one| {
            let on = typed.on.iter().any(|name| name == one.name());
            match before.get(one) {
                // What was never said is on.
                None if on => switches,
                _ => switches.with(one, on),
            }
        });
        let departments = self.of_departments(&typed.departments);
        let members = self.of_members(&typed.members).await?;
        Ok(Some(ProtocolRules { default, departments, members }))
    }

    fn of_departments(&mut self, rows: &[Row]) -> BTreeMap<DepartmentId, Switches> {
        let mut found = BTreeMap::new();
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| !row.says_nothing()) {
            let field = format!("department-{at}");
            match DepartmentId::parse(&row.whose) {
                None => self.wrong(&field, self.office.words.say("policy-choose-department")),
                Some(id) if found.contains_key(&id) => {
                    self.wrong(&field, self.office.words.say("fault-duplicate"));
                }
                Some(id) => drop(found.insert(id, row.switches())),
            }
        }
        found
    }

    async fn of_members(&mut self, rows: &[Row]) -> Result<BTreeMap<MemberId, Switches>, Error> {
        let mut found = BTreeMap::new();
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| !row.says_nothing()) {
            let field = format!("member-{at}");
            if row.whose.is_empty() {
                self.wrong(&field, self.office.words.say("policy-name-members"));
            }
            for id in self.members(&field, &row.whose).await? {
                if found.insert(id, row.switches()).is_some() {
                    self.wrong(&field, self.office.words.say("policy-member-twice"));
                }
            }
        }
        Ok(found)
    }

    async fn secure_login(&mut self, typed: &Typed) -> Result<Option<SecureLoginRule>, Error> {
        let before = self.full.secure_login.clone().unwrap_or_default();
        let mut roster = self.roster("secure_login", &typed.secured, &before.roster).await?;
        let required = typed.secure_login == "required";
        if typed.secure_login_for == "everyone" {
            roster = Roster { departments: Vec::new(), members: Vec::new(), ..roster };
        } else if required && typed.secured.is_nobody() {
            let text = self.office.words.say("policy-nobody-listed");
            self.wrong("secure_login_for", text);
        }
        Ok(Some(SecureLoginRule { required, required_from: self.required_from(typed, &before), roster }))
    }

    fn required_from(&mut self, typed: &Typed, before: &SecureLoginRule) -> Option<crate::clock::Timestamp> {
        let (day, minute) = (&typed.required_from, &typed.required_from_time);
        let shown = before.required_from.map(crate::pages::policy_words::day_and_minute);
        if shown.is_some_and(|shown| (&shown.0, &shown.1) == (day, minute)) {
            return before.required_from;
        }
        if day.is_empty() && minute.is_empty() {
            return None;
        }
        let minute = if minute.is_empty() { "00:00" } else { minute };
        match time("required_from", &format!("{day}T{minute}:00Z")) {
            Ok(from) => Some(from),
            Err(error) => {
                self.fault(error);
                None
            }
        }
    }

    fn number(&mut self, field: &'static str, typed: &str, needed: bool) -> Option<u32> {
        if typed.is_empty() && !needed {
            return None;
        }
        let number = typed.parse().ok();
        if number.is_none() {
            let fault = if typed.is_empty() { Fault::Missing } else { Fault::Malformed };
            self.fault(FieldError::new(field, fault, "is no number"));
        }
        number
    }

    fn overlap(&mut self, typed: &Typed) -> Option<u32> {
        let number = self.number("max_overlap_seconds", &typed.max_overlap, true)?;
        let unit: u32 = typed.max_overlap_unit.parse().unwrap_or(1);
        Some(number.saturating_mul(unit))
    }

    fn networks(&mut self, typed: &Typed) -> Option<Networks> {
        let blocks: Vec<&str> = typed.networks.split_whitespace().collect();
        match Networks::parse("allowed_networks", &blocks) {
            Ok(networks) => Some(networks),
            Err(error) => {
                self.fault(error);
                None
            }
        }
    }

    /// Looks at each number by itself, so that all that are out of bounds are said at once.
    fn check_bounds(&mut self, policy: &Policy) {
        let none = Policy::default;
        let each = [
            Policy { max_active_per_member: policy.max_active_per_member, ..none() },
            Policy { max_lifetime_days: policy.max_lifetime_days, ..none() },
            Policy { default_lifetime_days: policy.default_lifetime_days, ..none() },
            Policy { idle_days: policy.idle_days, ..none() },
            Policy { tombstone_days: policy.tombstone_days, ..none() },
            Policy { history_days: policy.history_days, ..none() },
            Policy { max_overlap_seconds: policy.max_overlap_seconds, ..none() },
        ];
        for one in each {
            if let Err(error) = PolicyForm::from(&one).parse() {
                self.fault(error);
            }
        }
    }

    /// Leaves as it was what says the same as before.
    fn untouched(&self, policy: &Policy) -> Policy {
        let protocols = policy.protocols.clone().filter(|rules| *rules != ProtocolRules::default());
        Policy {
            availability: self.kept(policy, |of| of.availability.clone()),
            protocols: protocols.or_else(|| self.before.protocols.is_some().then(ProtocolRules::default)),
            secure_login: self.kept(policy, |of| of.secure_login.clone()),
            max_active_per_member: self.kept(policy, |of| of.max_active_per_member),
            tombstone_days: self.kept(policy, |of| of.tombstone_days),
            history_days: self.kept(policy, |of| of.history_days),
            max_overlap_seconds: self.kept(policy, |of| of.max_overlap_seconds),
            allowed_networks: self.kept(policy, |of| of.allowed_networks.clone()),
            end_on_account_password_change: self.kept(policy, |of| of.end_on_account_password_change),
            ..policy.clone()
        }
    }

    /// What was put of a setting before, if what is meant is what holds.
    fn kept<T: PartialEq>(&self, meant: &Policy, setting: impl Fn(&Policy) -> Option<T>) -> Option<T> {
        let meant = setting(meant);
        if meant == setting(&self.full) { setting(self.before) } else { meant }
    }
}

/// These in the order of those before, what is new after them.
fn ordered<T: Copy + Eq + std::hash::Hash>(ids: Vec<T>, before: &[T]) -> Vec<T> {
    let wanted: HashSet<T> = ids.iter().copied().collect();
    let earlier: HashSet<T> = before.iter().copied().collect();
    let kept = before.iter().copied().filter(|id| wanted.contains(id));
    kept.chain(ids.into_iter().filter(|id| !earlier.contains(id))).collect()
}
