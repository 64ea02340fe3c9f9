//! A policy as it is typed: the fields of the form, filled in from what holds or from what was sent.

use std::collections::BTreeMap;

use super::said::People;
use crate::domain::ids::{DepartmentId, MemberId};
use crate::domain::policy::{Availability, Policy, ProtocolRules, Roster, SecureLoginRule, Switches};
use crate::domain::protocol::Protocol;
use crate::pages::admin::shown::{Choice, protocol};
use crate::pages::admin::tree::{Departments, Tick};
use crate::pages::form::Form;
use crate::pages::policy_words::{UNITS, day_and_minute, in_units};
use crate::pages::texts::Words;

/// So many departments, and so many groups of members, can have protocols of their own.
const MAX_ROWS: usize = 1_000;

/// The form.
#[derive(Clone, Default)]
pub struct Typed {
    /// The version of the policy that was looked at.
    pub version: String,
    /// `all`, `listed` or `nobody`.
    pub availability: String,
    /// Who may use client passwords.
    pub available: Lists,
    /// The protocols that are on for everyone.
    pub on: Vec<String>,
    /// Departments with protocols of their own.
    pub departments: Vec<Row>,
    /// Members with protocols of their own.
    pub members: Vec<Row>,
    /// `optional` or `required`.
    pub secure_login: String,
    /// The day from which it is required.
    pub required_from: String,
    /// The time of that day.
    pub required_from_time: String,
    /// `everyone` or `listed`.
    pub secure_login_for: String,
    /// Of whom it is required.
    pub secured: Lists,
    /// How many live client passwords a member may have.
    pub max_active: String,
    /// The longest life, in days.
    pub max_lifetime: String,
    /// The life of one made without a date, in days.
    pub default_lifetime: String,
    /// How long one may lie unused, in days.
    pub idle: String,
    /// How long an ended one is recognised, in days.
    pub tombstone: String,
    /// How long log-ins are kept, in days.
    pub history: String,
    /// The longest overlap.
    pub max_overlap: String,
    /// The seconds of its unit.
    pub max_overlap_unit: String,
    /// Networks, one a line.
    pub networks: String,
    /// Whether a new account password ends all client passwords.
    pub ends: bool,
}

/// Whom a setting is for, as it is typed.
#[derive(Clone, Default)]
pub struct Lists {
    /// The departments that are ticked.
    pub departments: Vec<String>,
    /// Logins.
    pub members: String,
    /// Logins of those who are excepted.
    pub except_members: String,
}

/// Protocols that are said for some.
#[derive(Clone, Default)]
pub struct Row {
    /// The department, or the logins of members.
    pub whose: String,
    /// What the department is called, if it stood in the policy before and is not chosen any more.
    pub known: bool,
    /// Of each protocol, in the order of the contract: `on`, `off`, or nothing.
    pub says: Vec<String>,
}

/// A choice of a protocol in a row.
pub struct Say {
    /// The protocol as it stands in names of fields.
    pub name: &'static str,
    /// The protocol as people write it.
    pub text: &'static str,
    /// What it says.
    pub says: String,
}

impl Row {
    fn of(whose: String, switches: Switches) -> Self {
        let says = |one| switches.get(one).map_or("", |on| if on { "on" } else { "off" }).to_owned();
        Self { whose, known: true, says: Protocol::ALL.into_iter().map(says).collect() }
    }

    /// A row in which nothing is said yet.
    fn empty() -> Self {
        Self { known: false, ..Self::of(String::new(), Switches::default()) }
    }

    fn sent(form: &Form, name: &str) -> Self {
        let says = |one: Protocol| form.text(&format!("{name}-{}", one.name())).to_owned();
        Self {
            whose: form.text(name).to_owned(),
            known: !form.text(&format!("{name}-known")).is_empty(),
            says: Protocol::ALL.into_iter().map(says).collect(),
        }
    }

    /// What it says of each protocol.
    pub fn choices(&self) -> Vec<Say> {
        let all = Protocol::ALL.into_iter().zip(&self.says);
        all.map(|(one, says)| Say { name: one.name(), text: protocol(one), says: says.clone() }).collect()
    }

    /// The same, as the policy has it.
    pub fn switches(&self) -> Switches {
        let said = Protocol::ALL.into_iter().zip(&self.says);
        said.fold(Switches::default(), |switches, (one, says)| match says.as_str() {
            "on" => switches.with(one, true),
            "off" => switches.with(one, false),
            _ => switches,
        })
    }

    /// Whether it says nothing.
    pub fn says_nothing(&self) -> bool {
        self.says.iter().all(String::is_empty)
    }
}

impl Lists {
    fn of(roster: &Roster, people: &People) -> Self {
        let logins = |ids: &[MemberId]| {
            let members = ids.iter().filter_map(|id| people.members.get(id));
            members.map(|member| member.login.clone()).collect::<Vec<_>>().join("\n")
        };
        Self {
            departments: roster.departments.iter().map(ToString::to_string).collect(),
            members: logins(&roster.members),
            except_members: logins(&roster.except_members),
        }
    }

    fn sent(form: &Form, name: &str) -> Self {
        let text = |list: &str| form.text(&format!("{name}_{list}")).to_owned();
        Self {
            departments: form.all(&format!("{name}_departments")).map(str::to_owned).collect(),
            members: text("members"),
            except_members: text("except_members"),
        }
    }

    /// The departments that are ticked; what is none is left out.
    pub fn departments(&self) -> Vec<DepartmentId> {
        self.departments.iter().filter_map(|id| DepartmentId::parse(id)).collect()
    }

    /// Whether it is left open for whom the setting is.
    pub fn is_nobody(&self) -> bool {
        self.departments.is_empty() && self.members.is_empty()
    }

    /// The departments, to be ticked.
    pub fn ticks(&self, departments: &Departments) -> Vec<Tick> {
        departments.ticks(&self.departments())
    }
}

impl Typed {
    /// What holds.
    pub fn of(policy: &Policy, version: i64, people: &People) -> Self {
        let full = policy.clone().in_full();
        let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
        let (overlap, unit) = in_units(full.max_overlap_seconds.unwrap_or_default());
        let rules = full.protocols.clone().unwrap_or_default();
        let on = |one: &Protocol| rules.default.get(*one).unwrap_or(true);

        let mut typed = Self {
            version: version.to_string(),
            on: Protocol::ALL.into_iter().filter(on).map(|one| one.name().to_owned()).collect(),
            departments: of_departments(&rules),
            members: of_members(&rules, people),
            max_active: number(full.max_active_per_member),
            max_lifetime: number(full.max_lifetime_days),
            default_lifetime: number(full.default_lifetime_days),
            idle: number(full.idle_days),
            tombstone: number(full.tombstone_days),
            history: number(full.history_days),
            max_overlap: overlap.to_string(),
            max_overlap_unit: unit.to_string(),
            networks: full.allowed_networks.clone().unwrap_or_default().blocks().join("\n"),
            ends: full.end_on_account_password_change.unwrap_or_default(),
            ..Self::default()
        };
        typed.fill_available(full.availability.as_ref(), people);
        typed.fill_secured(&full.secure_login.unwrap_or_default(), people);
        typed
    }

    fn fill_available(&mut self, availability: Option<&Availability>, people: &People) {
        match availability {
            Some(Availability::Listed(roster)) => {
                let who = if roster.lists_nobody() { "nobody" } else { "listed" };
                (self.availability, self.available) = (who.to_owned(), Lists::of(roster, people));
            }
            Some(Availability::All) | None => "all".clone_into(&mut self.availability),
        }
    }

    fn fill_secured(&mut self, rule: &SecureLoginRule, people: &People) {
        let demand = if rule.required { "required" } else { "optional" };
        demand.clone_into(&mut self.secure_login);
        let whom = if rule.roster.lists_nobody() { "everyone" } else { "listed" };
        whom.clone_into(&mut self.secure_login_for);
        self.secured = Lists::of(&rule.roster, people);
        if let Some(from) = rule.required_from {
            (self.required_from, self.required_from_time) = day_and_minute(from);
        }
    }

    /// What was sent.
    pub fn sent(form: &Form) -> Self {
        let text = |name| form.text(name).to_owned();
        let rows = |name: &str| {
            let count = form.text(&format!("{name}s")).parse().unwrap_or(0).min(MAX_ROWS);
            (0..count).map(|at| Row::sent(form, &format!("{name}-{at}"))).collect()
        };
        Self {
            version: text("version"),
            availability: text("availability"),
            available: Lists::sent(form, "availability"),
            on: form.all("protocols").map(str::to_owned).collect(),
            departments: rows("department"),
            members: rows("member"),
            secure_login: text("secure_login"),
            required_from: text("required_from"),
            required_from_time: text("required_from_time"),
            secure_login_for: text("secure_login_for"),
            secured: Lists::sent(form, "secure_login"),
            max_active: text("max_active_per_member"),
            max_lifetime: text("max_lifetime_days"),
            default_lifetime: text("default_lifetime_days"),
            idle: text("idle_days"),
            tombstone: text("tombstone_days"),
            history: text("history_days"),
            max_overlap: text("max_overlap_seconds"),
            max_overlap_unit: text("max_overlap_unit"),
            networks: text("allowed_networks"),
            ends: form.get("end_on_account_password_change").is_some(),
        }
    }

    /// One more department of which something is said.
    pub fn add_department(&mut self) {
        self.departments.push(Row::empty());
    }

    /// One more group of members of whom something is said.
    pub fn add_members(&mut self) {
        self.members.push(Row::empty());
    }

    /// The departments that it names.
    pub fn named_departments(&self) -> Vec<DepartmentId> {
        let rows = self.departments.iter().filter_map(|row| DepartmentId::parse(&row.whose));
        [self.available.departments(), self.secured.departments()].into_iter().flatten().chain(rows).collect()
    }

    /// Who may use client passwords, to be chosen.
    pub fn availabilities(&self, words: &Words) -> Vec<Choice> {
        let all = [("all", "policy-everyone"), ("listed", "policy-only-listed"), ("nobody", "policy-nobody")];
        all.map(|(value, text)| Choice::new(value, words.say(text), &self.availability)).into()
    }

    /// Protocols for everyone, to be ticked.
    pub fn protocols(&self) -> Vec<Choice> {
        let tick = |one: Protocol| {
            let chosen = self.on.iter().any(|name| name == one.name());
            Choice { chosen, ..Choice::new(one.name(), protocol(one).to_owned(), "") }
        };
        Protocol::ALL.into_iter().map(tick).collect()
    }

    /// Whether secure login is demanded, to be chosen.
    pub fn demands(&self, words: &Words) -> Vec<Choice> {
        let all = [
            ("optional", "policy-secure-login-optional", "policy-secure-login-optional-means"),
            ("required", "policy-secure-login-required", "policy-secure-login-required-means"),
        ];
        let choice = |(value, text, hint)| Choice {
            hint: words.say(hint),
            ..Choice::new(value, words.say(text), &self.secure_login)
        };
        all.map(choice).into()
    }

    /// Of whom it is demanded, to be chosen.
    pub fn demanded_of(&self, words: &Words) -> Vec<Choice> {
        let all = [("everyone", "policy-everyone"), ("listed", "policy-only-listed")];
        all.map(|(value, text)| Choice::new(value, words.say(text), &self.secure_login_for)).into()
    }

    /// Units of the overlap, to be chosen.
    pub fn units(&self, words: &Words) -> Vec<Choice> {
        let unit = |(seconds, _): (u32, &str)| {
            let text = words.say(&format!("policy-unit-{seconds}"));
            Choice::new(seconds.to_string(), text, &self.max_overlap_unit)
        };
        UNITS.map(unit).into()
    }
}

fn of_departments(rules: &ProtocolRules) -> Vec<Row> {
    rules.departments.iter().map(|(id, switches)| Row::of(id.to_string(), *switches)).collect()
}

/// Those of whom the same is said stand together.
fn of_members(rules: &ProtocolRules, people: &People) -> Vec<Row> {
    let mut rows: BTreeMap<String, (Switches, Vec<&str>)> = BTreeMap::new();
    for (id, switches) in &rules.members {
        let Some(member) = people.members.get(id) else { continue };
        let says = Row::of(String::new(), *switches).says.join(" ");
        rows.entry(says).or_insert((*switches, Vec::new())).1.push(&member.login);
    }
    rows.into_values().map(|(switches, logins)| Row::of(logins.join("\n"), switches)).collect()
}
