//! The model of policies: how they are put, and what they come to for a member. What a policy means is stated apart.

use std::collections::BTreeMap;

use clientpass::clock::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::rules::{DAY, OK, PROTOCOLS, Rules, SECOND, Time, Told, WRONG_FIELD};
use crate::stated_policy::{Stated, lists};

/// Whom a setting is for, by numbers of departments and by logins.
#[derive(Clone, Copy, Debug)]
pub struct Roster<D = usize, M = usize> {
    pub department: Option<D>,
    pub member: Option<M>,
    pub except: Option<M>,
}

/// Whose protocol it is.
#[derive(Clone, Copy, Debug)]
pub enum Of<D = usize, M = usize> {
    Everyone,
    Department(D),
    Member(M),
}

/// One setting of a policy that is put, with all others as they were.
#[derive(Clone, Copy, Debug)]
pub enum Setting<D = usize, M = usize> {
    AvailableToAll,
    AvailableTo(Roster<D, M>),
    Protocol { of: Of<D, M>, protocol: usize, on: Option<bool> },
    SecureLogin { required: bool, in_seconds: Option<i64>, of: Roster<D, M> },
    InsideOnly(bool),
    MaxActive(usize),
    MaxLifeDays(Option<i64>),
    DefaultLifeDays(Option<i64>),
    IdleDays(Option<i64>),
}

/// The policy of an organization, as it is put.
#[derive(Clone, Debug)]
pub struct Policy {
    pub put: bool,
    pub json: Value,
}

impl Default for Policy {
    fn default() -> Self {
        let json = json!({
            "availability": "all",
            "protocols": {"default": {}, "departments": {}, "members": {}},
            "secure_login": {"mode": "optional", "departments": [], "members": [], "except_members": []},
        });
        Self { put: false, json }
    }
}

/// What a policy comes to for one member.
pub struct Holds {
    pub available: bool,
    /// Bits of `PROTOCOLS`.
    pub protocols: u8,
    pub required: bool,
    pub inside_only: bool,
    pub max_active: usize,
    pub max_life: Option<Time>,
    pub default_life: Option<Time>,
    pub idle: Option<Time>,
}

impl Holds {
    /// When a client password expires that is made now, and of which nothing is said.
    pub fn fresh_life(&self, now: Time) -> Option<Time> {
        self.default_life.into_iter().chain(self.max_life).min().map(|life| now + life)
    }
}

fn roster(of: Roster<Uuid, Uuid>) -> Value {
    json!({
        "departments": of.department.as_slice(), "members": of.member.as_slice(),
        "except_members": of.except.as_slice(),
    })
}

impl Policy {
    /// The same with another setting.
    pub fn with(&self, setting: Setting<Uuid, Uuid>, now: Time) -> Value {
        let mut json = self.json.clone();
        let mut number = |name: &str, days: Option<i64>| match days {
            Some(days) => json[name] = json!(days),
            None => drop(json.as_object_mut().unwrap().remove(name)),
        };
        match setting {
            Setting::MaxLifeDays(days) => number("max_lifetime_days", days),
            Setting::DefaultLifeDays(days) => number("default_lifetime_days", days),
            Setting::IdleDays(days) => number("idle_days", days),
            Setting::MaxActive(count) => json["max_active_per_member"] = json!(count),
            Setting::InsideOnly(inside) => {
                let networks = if inside { json!(["192.0.2.0/24"]) } else { json!([]) };
                json["allowed_networks"] = networks;
            }
            Setting::AvailableToAll => json["availability"] = json!("all"),
            Setting::AvailableTo(of) => json["availability"] = roster(of),
            Setting::SecureLogin { required, in_seconds, of } => {
                json["secure_login"] = roster(of);
                json["secure_login"]["mode"] = json!(if required { "required" } else { "optional" });
                if let Some(seconds) = in_seconds {
                    let from = Timestamp::from_micros(now + seconds * SECOND);
                    json["secure_login"]["required_from"] = json!(from.to_string());
                }
            }
            Setting::Protocol { of, protocol, on } => {
                switch(&mut json["protocols"], of, PROTOCOLS[protocol], on);
            }
        }
        json
    }

    /// Whether it names a department.
    pub fn names(&self, id: Uuid) -> bool {
        let listed = |setting: &str| lists(&self.json[setting]["departments"], id);
        let protocols = &self.json["protocols"]["departments"];
        listed("availability") || listed("secure_login") || protocols.get(id.to_string()).is_some()
    }
}

/// Sets a protocol of somebody, or says nothing of it.
fn switch(protocols: &mut Value, of: Of<Uuid, Uuid>, protocol: &str, on: Option<bool>) {
    let (map, key) = match of {
        Of::Everyone => (protocols, "default".to_owned()),
        Of::Department(id) => (&mut protocols["departments"], id.to_string()),
        Of::Member(id) => (&mut protocols["members"], id.to_string()),
    };
    let switches = map.as_object_mut().unwrap().entry(key.clone()).or_insert_with(|| json!({}));
    match on {
        Some(on) => switches[protocol] = json!(on),
        None => drop(switches.as_object_mut().unwrap().remove(protocol)),
    }
    if switches == &json!({}) && key != "default" {
        map.as_object_mut().unwrap().remove(&key);
    }
}

/// The ids that a policy names, of departments and of members.
fn named(policy: &Value) -> (Vec<Uuid>, Vec<Uuid>) {
    let (mut departments, mut members) = (Vec::new(), Vec::new());
    let id = |text: &str| Uuid::parse_str(text).unwrap();
    let listed = |list: &Value| -> Vec<Uuid> {
        list.as_array().into_iter().flatten().map(|one| id(one.as_str().unwrap())).collect()
    };
    for setting in ["availability", "secure_login"] {
        departments.extend(listed(&policy[setting]["departments"]));
        members.extend(listed(&policy[setting]["members"]));
        members.extend(listed(&policy[setting]["except_members"]));
    }
    let keys = |map: &str| policy["protocols"][map].as_object().unwrap().keys().map(|key| id(key));
    departments.extend(keys("departments"));
    members.extend(keys("members"));
    (departments, members)
}

impl Rules {
    pub fn put_policy(&mut self, peer: Option<usize>, organization: usize, policy: &Value) -> Told {
        if let Some(refused) = self.refused_to_change(peer, organization) {
            return refused;
        }
        let both = |setting: &str| {
            let list = policy[setting]["members"].as_array().into_iter().flatten();
            list.into_iter().any(|one| policy[setting]["except_members"].as_array().unwrap().contains(one))
        };
        let (departments, members) = named(policy);
        let ours = |id: &Uuid| {
            (0..self.departments.len())
                .any(|which| self.departments[which].id == *id && self.has_department(organization, which))
        };
        let mine = |id: &Uuid| {
            (0..self.members.len()).any(|who| self.members[who].id == *id && self.home(who) == organization)
        };
        if both("availability")
            || both("secure_login")
            || !departments.iter().all(ours)
            || !members.iter().all(mine)
        {
            return WRONG_FIELD;
        }
        let before = &mut self.organizations[organization];
        if !before.policy.put || before.policy.json != *policy {
            before.policy = Policy { put: true, json: policy.clone() };
            before.changes += 1;
        }
        OK
    }

    /// What the policy of a member's organization comes to for the member.
    pub fn holds(&self, who: usize) -> Holds {
        let organization = self.home(who);
        let policy = self.organizations[organization].policy.json.clone();
        let number = |name: &str| policy[name].as_i64();
        let days = |name: &str| number(name).map(|days| days * DAY);
        let (max_life, default_life) = (days("max_lifetime_days"), days("default_lifetime_days"));
        let idle = days("idle_days");
        let max_active = number("max_active_per_member").map_or(25, |most| usize::try_from(most).unwrap());
        let inside_only = policy["allowed_networks"].as_array().is_some_and(|list| !list.is_empty());

        let id = |which: usize| self.departments[which].id;
        let there = (0..self.departments.len()).filter(|which| self.has_department(organization, *which));
        let parents: BTreeMap<_, _> =
            there.map(|which| (id(which), self.departments[which].parent.map(id))).collect();
        let member = &self.members[who];
        let somebody = (member.id, member.departments.iter().map(|which| id(*which)).collect());
        let stated = Stated { parents, policy };
        let on = (0..PROTOCOLS.len()).filter(|n| stated.protocol(&somebody, PROTOCOLS[*n]).0);
        Holds {
            available: stated.may_use_client_passwords(&somebody),
            protocols: on.fold(0, |bits, n| bits | 1 << n),
            required: stated.secure_login(&somebody, Timestamp::from_micros(self.now)).0,
            inside_only,
            max_active,
            max_life,
            default_life,
            idle,
        }
    }
}
