//! A policy in words, setting by setting, and what another one says instead.

use std::collections::{BTreeMap, HashMap};

use crate::domain::ids::{DepartmentId, MemberId};
use crate::domain::member::Member;
use crate::domain::policy::{Availability, Policy, Roster, Setting, Switches};
use crate::domain::protocol::Protocol;
use crate::pages::admin::logins::{present, shortened};
use crate::pages::admin::office::Office;
use crate::pages::admin::shown::protocol;
use crate::pages::admin::tree::Departments;
use crate::pages::policy_words::{message, moment, span, switch, switched};
use crate::pages::texts::{Plain, Words};
use crate::service::Error;

/// What the ids of a policy stand for.
pub struct People {
    /// The members who have not left.
    pub members: BTreeMap<MemberId, Member>,
    departments: HashMap<DepartmentId, String>,
}

impl People {
    /// Those whom these policies name.
    pub async fn of(office: &Office, departments: &Departments, policies: &[&Policy]) -> Result<Self, Error> {
        let named = policies.iter().flat_map(|policy| policy.named_members());
        let mut ids: Vec<MemberId> = named.map(|(_, id)| id).collect();
        ids.sort_unstable();
        ids.dedup();
        let departments = departments.nodes.iter().map(|node| (node.id, node.name.clone()));
        Ok(Self { members: present(office, &ids).await?, departments: departments.collect() })
    }

    fn logins<'a>(&self, ids: impl IntoIterator<Item = &'a MemberId>) -> Vec<String> {
        ids.into_iter().filter_map(|id| self.members.get(id)).map(|member| member.login.clone()).collect()
    }

    fn department(&self, id: DepartmentId) -> String {
        self.departments.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }
}

/// What one setting says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Text {
    /// In a phrase.
    Plain(String),
    /// By whom it names.
    Names(Vec<String>),
}

/// One line of a policy.
pub struct Said {
    /// Names it among the lines of a policy.
    pub key: String,
    /// The part of the page that it belongs to, by the message of its heading.
    pub part: &'static str,
    /// What it is about.
    pub name: String,
    /// Whether the organization has put it, or it is the default; nothing where a line above says so.
    pub source: Option<String>,
    text: Text,
}

impl Said {
    /// What it says, shortened where it names many.
    pub fn text(&self, words: &Words) -> String {
        match &self.text {
            Text::Plain(text) => text.clone(),
            Text::Names(names) => shortened(words, names),
        }
    }
}

/// A part of a policy with its lines.
pub struct Part {
    /// The message of its heading.
    pub heading: &'static str,
    /// What it says.
    pub lines: Vec<(String, String, Option<String>)>,
}

/// The lines of a policy, part by part.
pub fn parts(words: &Words, lines: Vec<Said>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for said in lines {
        let line = (said.name.clone(), said.text(words), said.source.clone());
        match parts.last_mut().filter(|part| part.heading == said.part) {
            Some(part) => part.lines.push(line),
            None => parts.push(Part { heading: said.part, lines: vec![line] }),
        }
    }
    parts
}

/// What a setting says now, and what it would say.
pub struct Difference {
    /// What it is about.
    pub name: String,
    /// What it says now.
    pub old: String,
    /// What it would say.
    pub new: String,
}

/// What the second says otherwise than the first.
pub fn differences(words: &Words, old: &[Said], new: &[Said]) -> Vec<Difference> {
    let before: HashMap<&str, &Said> = old.iter().map(|said| (said.key.as_str(), said)).collect();
    let after: HashMap<&str, &Said> = new.iter().map(|said| (said.key.as_str(), said)).collect();
    let gone = old.iter().filter(|said| !after.contains_key(said.key.as_str()));
    let changed = new.iter().map(|said| (said, before.get(said.key.as_str()).copied(), Some(said)));
    let all = changed.chain(gone.map(|said| (said, Some(said), None)));

    let differ = |(said, old, new): (&Said, Option<&Said>, Option<&Said>)| {
        let (old, new) = (old.map(|said| &said.text), new.map(|said| &said.text));
        let (old, new) = match (old, new) {
            (old, new) if old == new => return None,
            (Some(Text::Names(_)), _) | (_, Some(Text::Names(_))) => {
                (left_out(words, old, new), put_in(words, old, new))
            }
            (old, new) => (plain(words, old), plain(words, new)),
        };
        let is_same = old.is_empty() && new.is_empty();
        (!is_same).then(|| Difference { name: said.name.clone(), old, new })
    };
    all.filter_map(differ).collect()
}

fn plain(words: &Words, text: Option<&Text>) -> String {
    match text {
        Some(Text::Plain(text)) => text.clone(),
        _ => words.say("policy-nothing-said"),
    }
}

fn names(text: Option<&Text>) -> &[String] {
    match text {
        Some(Text::Names(names)) => names,
        _ => &[],
    }
}

/// Whom the second names no more.
fn left_out(words: &Words, old: Option<&Text>, new: Option<&Text>) -> String {
    let (old, new) = (names(old), names(new));
    let gone: Vec<String> = old.iter().filter(|name| !new.contains(name)).cloned().collect();
    if gone.is_empty() {
        String::new()
    } else {
        words.with("policy-names-gone", "names", Plain(&shortened(words, &gone)))
    }
}

/// Whom only the second names.
fn put_in(words: &Words, old: Option<&Text>, new: Option<&Text>) -> String {
    let (old, new) = (names(old), names(new));
    let added: Vec<String> = new.iter().filter(|name| !old.contains(name)).cloned().collect();
    if added.is_empty() {
        String::new()
    } else {
        words.with("policy-names-new", "names", Plain(&shortened(words, &added)))
    }
}

/// A policy, line by line: as it holds, with what has been put and what is the default.
pub fn lines(words: &Words, policy: &Policy, people: &People) -> Vec<Said> {
    let teller = Teller { words, policy, full: policy.clone().in_full(), people };
    let mut lines = teller.availability();
    lines.extend(teller.protocols());
    lines.extend(teller.protocols_of_some());
    lines.extend(teller.secure_login());
    lines.extend(teller.lives());
    lines.extend(teller.others());
    lines
}

struct Teller<'a> {
    words: &'a Words,
    policy: &'a Policy,
    full: Policy,
    people: &'a People,
}

impl Teller<'_> {
    fn source(&self, put: bool) -> String {
        self.words.say(if put { "policy-from-organization" } else { "policy-from-default" })
    }

    /// A line of a setting that is there in any case.
    fn line(&self, part: &'static str, message: &'static str, (text, put): (String, bool)) -> Said {
        let (name, source) = (self.words.say(message), Some(self.source(put)));
        Said { key: message.to_owned(), part, name, source, text: Text::Plain(text) }
    }

    /// A line that names some, unless it names nobody.
    fn named(&self, part: &'static str, message: &'static str, names: Vec<String>) -> Option<Said> {
        let name = self.words.say(message);
        let said = Said { key: message.to_owned(), part, name, source: None, text: Text::Names(names) };
        (!matches!(&said.text, Text::Names(names) if names.is_empty())).then_some(said)
    }

    fn departments(&self, ids: &[DepartmentId]) -> Vec<String> {
        ids.iter().map(|id| self.people.department(*id)).collect()
    }

    fn availability(&self) -> Vec<Said> {
        const PART: &str = "policy-availability";
        let put = self.policy.availability.is_some();
        let roster = match &self.full.availability {
            Some(Availability::Listed(roster)) => roster.clone(),
            Some(Availability::All) | None => {
                let all = (self.words.say("policy-everyone"), put);
                return vec![self.line(PART, "policy-available-to", all)];
            }
        };

        let who = if roster.lists_nobody() { "policy-nobody" } else { "policy-only-these" };
        let mut lines = vec![self.line(PART, "policy-available-to", (self.words.say(who), put))];
        let Roster { departments, members, except_members } = &roster;
        let departments = self.departments(departments);
        lines.extend(self.named(PART, "policy-available-departments", departments));
        lines.extend(self.named(PART, "policy-available-members", self.people.logins(members)));
        lines.extend(self.named(PART, "policy-available-except", self.people.logins(except_members)));
        lines
    }

    fn protocols(&self) -> Vec<Said> {
        let put = self.policy.protocols.as_ref().map(|rules| rules.default).unwrap_or_default();
        let line = |one: Protocol| {
            let on = put.get(one).unwrap_or(true);
            let name = self.words.with("policy-protocol-for-everyone", "protocol", Plain(protocol(one)));
            let (text, source) =
                (Text::Plain(switch(self.words, on)), Some(self.source(put.get(one).is_some())));
            Said { key: format!("protocol.{}", one.name()), part: "policy-protocols", name, source, text }
        };
        Protocol::ALL.into_iter().map(line).collect()
    }

    fn protocols_of_some(&self) -> Vec<Said> {
        let Some(rules) = &self.policy.protocols else { return Vec::new() };
        let line = |key: String, message: &str, name: &str, switches: Switches| {
            let name = self.words.with(message, "name", name);
            let text = Text::Plain(switched(self.words, switches));
            Said { key, part: "policy-protocols-of-some", name, source: None, text }
        };
        let says = |switches: &Switches| switches.iter().next().is_some();

        let departments = rules.departments.iter().filter(|(_, switches)| says(switches));
        let departments = departments.map(|(id, switches)| {
            let name = self.people.department(*id);
            line(format!("department.{id}"), "policy-protocols-of-department", &name, *switches)
        });
        let members = rules.members.iter().filter(|(_, switches)| says(switches));
        let members = members.filter_map(|(id, switches)| {
            let login = &self.people.members.get(id)?.login;
            Some(line(format!("member.{id}"), "policy-protocols-of-member", login, *switches))
        });
        departments.chain(members).collect()
    }

    fn secure_login(&self) -> Vec<Said> {
        const PART: &str = "policy-secure-login";
        let put = self.policy.secure_login.is_some();
        let rule = self.full.secure_login.clone().unwrap_or_default();
        if !rule.required {
            let optional = (self.words.say("policy-secure-login-optional"), put);
            return vec![self.line(PART, "policy-secure-login-is", optional)];
        }

        let text = match rule.required_from {
            Some(from) => self.words.with("policy-secure-login-from", "at", Plain(&moment(from))),
            None => self.words.say("policy-secure-login-required"),
        };
        let Roster { departments, members, except_members } = &rule.roster;
        let whom = if rule.roster.lists_nobody() { "policy-everyone" } else { "policy-only-these" };
        let mut lines = vec![
            self.line(PART, "policy-secure-login-is", (text, put)),
            self.line(PART, "policy-secure-login-of", (self.words.say(whom), put)),
        ];
        let departments = self.departments(departments);
        lines.extend(self.named(PART, "policy-secured-departments", departments));
        lines.extend(self.named(PART, "policy-secured-members", self.people.logins(members)));
        lines.extend(self.named(PART, "policy-secured-except", self.people.logins(except_members)));
        lines
    }

    fn lives(&self) -> Vec<Said> {
        let days = |setting, number: Option<u32>| {
            let none = || self.words.say("policy-no-limit");
            let days = |days: u32| self.words.with("policy-days", "count", i64::from(days));
            self.line("policy-lives", message(setting), (number.map_or_else(none, days), number.is_some()))
        };
        vec![
            days(Setting::MaxLifetimeDays, self.policy.max_lifetime_days),
            days(Setting::DefaultLifetimeDays, self.policy.default_lifetime_days),
            days(Setting::IdleDays, self.policy.idle_days),
        ]
    }

    fn others(&self) -> Vec<Said> {
        let (put, full, words) = (self.policy, &self.full, self.words);
        let most = full.max_active_per_member.unwrap_or_default().to_string();
        let days =
            |days: Option<u32>| words.with("policy-days", "count", i64::from(days.unwrap_or_default()));
        let (tombstone, history) = (days(full.tombstone_days), days(full.history_days));
        let overlap = span(words, full.max_overlap_seconds.unwrap_or_default());
        let networks = full.allowed_networks.clone().unwrap_or_default();
        let networks = if networks.is_any() {
            words.say("policy-any-network")
        } else {
            networks.blocks().join(&words.say("list-separator"))
        };
        let ends = full.end_on_account_password_change.unwrap_or_default();
        let ends = words.say(if ends { "policy-password-ends" } else { "policy-password-ends-nothing" });

        let line = |part, setting, text, put| self.line(part, message(setting), (text, put));
        vec![
            line("policy-limits", Setting::MaxActivePerMember, most, put.max_active_per_member.is_some()),
            line("policy-limits", Setting::MaxOverlapSeconds, overlap, put.max_overlap_seconds.is_some()),
            line("policy-limits", Setting::TombstoneDays, tombstone, put.tombstone_days.is_some()),
            line("policy-limits", Setting::HistoryDays, history, put.history_days.is_some()),
            line("policy-networks", Setting::AllowedNetworks, networks, put.allowed_networks.is_some()),
            line(
                "policy-account-password",
                Setting::EndOnAccountPasswordChange,
                ends,
                put.end_on_account_password_change.is_some(),
            ),
        ]
    }
}
