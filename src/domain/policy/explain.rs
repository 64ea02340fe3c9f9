//! Which value of each setting holds for a member, where it comes from, and why no other does.
//!
//! It walks the tree afresh and asks nothing of what [`Rules`] has worked out, so that a test can compare the two.

use std::collections::{BTreeMap, BTreeSet};

use super::rules::Rules;
use super::settings::{Availability, Policy, Roster, SecureLoginRule, Setting, Switches};
use crate::clock::Timestamp;
use crate::domain::ids::{DepartmentId, MemberId};
use crate::domain::network::Networks;
use crate::domain::protocol::Protocol;

/// Everything that the policy comes to for one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Whether the member may use client passwords.
    pub availability: Explained<bool>,
    /// Whether each protocol is on, in the order of the contract.
    pub protocols: Vec<(Protocol, Explained<bool>)>,
    /// Whether secure login is demanded.
    pub secure_login: Explained<SecureLoginDemand>,
    /// The settings that have one value for all, each from the default or from the organization.
    pub for_all: Vec<(Setting, Value, Source)>,
}

/// A value with its source and with what else was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained<T> {
    /// What holds.
    pub value: T,
    /// Who says so.
    pub source: Source,
    /// What others say that does not count.
    pub others: Vec<Other<T>>,
}

/// What is said somewhere and does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other<T> {
    /// What would hold.
    pub value: T,
    /// Who says so.
    pub source: Source,
    /// What goes before it.
    pub why_not: WhyNot,
}

/// Who says a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The policy says nothing, so that the default holds.
    Default,
    /// The policy says it for everyone of whom nothing else is said.
    Organization,
    /// The policy says it for a department.
    Department {
        /// The department that is named.
        named: DepartmentId,
        /// The member's own department, at or below that one.
        of: DepartmentId,
        /// How many steps the named one lies below its root.
        depth: usize,
    },
    /// The policy says it for the member.
    Member,
    /// The member is among the exceptions.
    Exception,
}

/// What goes before a value that does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// The member is excepted, which goes before all.
    Exception,
    /// Something is said for the member alone, which goes before departments.
    Member,
    /// Something is said for a department, which goes before what is said for everyone.
    Department,
    /// In the same branch, a department nearer to the member says something.
    Nearer,
    /// In another branch, a department deeper in the tree says something.
    Deeper,
    /// In another branch, a department as deep switches it off.
    EquallyDeepOff,
    /// It says the same, and one is enough.
    SaysTheSame,
}

/// Whether mail is refused while secure login is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecureLoginDemand {
    /// It is not.
    Optional,
    /// It will be, from this moment on.
    Announced(Timestamp),
    /// It is, and has been since this moment, if one was set.
    Required(Option<Timestamp>),
}

/// The value of a setting that has one for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing is bounded, and nothing ends by itself.
    Unlimited,
    /// A number, in the unit that the name of the setting has.
    Number(u32),
    /// Yes or no.
    Flag(bool),
    /// Networks; an empty list means any.
    Networks(Networks),
}

impl Explanation {
    /// The departments that it names.
    pub fn departments(&self) -> BTreeSet<DepartmentId> {
        let protocols = self.protocols.iter().flat_map(|(_, of)| of.sources());
        let all = self.availability.sources().chain(protocols).chain(self.secure_login.sources());
        let ids = |source| match source {
            Source::Department { named, of, .. } => vec![named, of],
            _ => Vec::new(),
        };
        all.flat_map(ids).collect()
    }
}

impl<T> Explained<T> {
    fn sources(&self) -> impl Iterator<Item = Source> {
        std::iter::once(self.source).chain(self.others.iter().map(|other| other.source))
    }
}

impl<T: Copy> Explained<T> {
    fn map<U>(self, to: impl Fn(T) -> U) -> Explained<U> {
        let other =
            |other: Other<T>| Other { value: to(other.value), source: other.source, why_not: other.why_not };
        let others = self.others.into_iter().map(other).collect();
        Explained { value: to(self.value), source: self.source, others }
    }
}

impl Rules {
    /// Explains what [`Rules::for_member`] gives.
    pub fn explain(&self, member: MemberId, departments: &[DepartmentId], now: Timestamp) -> Explanation {
        let asked = Asked { rules: self, member, departments };
        Explanation {
            availability: asked.availability(),
            protocols: Protocol::ALL.map(|protocol| (protocol, asked.protocol(protocol))).into(),
            secure_login: asked.secure_login(now),
            for_all: for_all(self.policy()),
        }
    }
}

/// The member who is asked about.
#[derive(Clone, Copy)]
struct Asked<'a> {
    rules: &'a Rules,
    member: MemberId,
    departments: &'a [DepartmentId],
}

/// A department that says something to the member.
#[derive(Clone, Copy)]
struct Heard {
    value: bool,
    source: Source,
    depth: usize,
    /// Whether nothing nearer to one of the member's departments says anything.
    nearest: bool,
}

impl Asked<'_> {
    fn availability(&self) -> Explained<bool> {
        match &self.rules.policy().availability {
            None => plain(true, Source::Default),
            Some(Availability::All) => plain(true, Source::Organization),
            Some(Availability::Listed(roster)) => self.listed(roster, false),
        }
    }

    fn secure_login(&self, now: Timestamp) -> Explained<SecureLoginDemand> {
        let Some(rule) = &self.rules.policy().secure_login else {
            return plain(SecureLoginDemand::Optional, Source::Default);
        };
        let SecureLoginRule { required, required_from, roster } = rule;
        if !required {
            return plain(SecureLoginDemand::Optional, Source::Organization);
        }
        self.listed(roster, roster.lists_nobody()).map(|must| match required_from {
            _ if !must => SecureLoginDemand::Optional,
            Some(from) if now < *from => SecureLoginDemand::Announced(*from),
            since => SecureLoginDemand::Required(*since),
        })
    }

    /// Whether a list is for the member; `otherwise` is what holds for those of whom it says nothing.
    fn listed(&self, roster: &Roster, otherwise: bool) -> Explained<bool> {
        let mut said = Vec::new();
        if roster.except_members.contains(&self.member) {
            said.push((false, Source::Exception));
        }
        if roster.members.contains(&self.member) {
            said.push((true, Source::Member));
        }
        let names = |at| roster.departments.contains(&at).then_some(true);
        said.extend(self.heard(names).into_iter().map(|heard| (heard.value, heard.source)));
        said.push((otherwise, Source::Organization));
        first_counts(&said)
    }

    fn protocol(&self, protocol: Protocol) -> Explained<bool> {
        let rules = self.rules.policy().protocols.as_ref();
        let of = |switches: Option<&Switches>| switches.and_then(|switches| switches.get(protocol));
        let default = match of(rules.map(|rules| &rules.default)) {
            Some(on) => (on, Source::Organization),
            None => (true, Source::Default),
        };
        let own = of(rules.and_then(|rules| rules.members.get(&self.member)));
        let mut heard = self.heard(|at| of(rules.and_then(|rules| rules.departments.get(&at))));
        // The strongest first: what is nearest in its branch, of these the deepest, of these what is off.
        heard.sort_by_key(|heard| (!heard.nearest, std::cmp::Reverse(heard.depth), heard.value));

        let mut said: Vec<_> = own.map(|on| (on, Source::Member)).into_iter().collect();
        said.extend(heard.iter().map(|heard| (heard.value, heard.source)));
        said.push(default);
        let mut explained = first_counts(&said);
        if let (None, Some(strongest)) = (own, heard.first()) {
            for (other, heard) in explained.others.iter_mut().zip(heard.iter().skip(1)) {
                other.why_not = beaten(heard, strongest);
            }
        }
        explained
    }

    /// What departments say to the member, each once.
    fn heard(&self, says: impl Fn(DepartmentId) -> Option<bool>) -> Vec<Heard> {
        let tree = self.rules.tree();
        let mut found: BTreeMap<DepartmentId, Heard> = BTreeMap::new();
        for of in self.departments {
            let mut nearest = true;
            for named in tree.upward(*of) {
                let (Some(value), Some(depth)) = (says(named), tree.depth(named)) else { continue };
                let source = Source::Department { named, of: *of, depth };
                let heard = Heard { value, source, depth, nearest };
                let kept = found.entry(named).or_insert(heard);
                if nearest && !kept.nearest {
                    *kept = heard;
                }
                nearest = false;
            }
        }
        found.into_values().collect()
    }
}

/// Why a department's value does not count beside the strongest.
fn beaten(heard: &Heard, strongest: &Heard) -> WhyNot {
    if !heard.nearest {
        WhyNot::Nearer
    } else if heard.depth < strongest.depth {
        WhyNot::Deeper
    } else if heard.value == strongest.value {
        WhyNot::SaysTheSame
    } else {
        WhyNot::EquallyDeepOff
    }
}

const fn plain<T>(value: T, source: Source) -> Explained<T> {
    Explained { value, source, others: Vec::new() }
}

/// Of what is said, in order of strength, the first counts.
fn first_counts(said: &[(bool, Source)]) -> Explained<bool> {
    let (value, source) = said.first().copied().unwrap_or((true, Source::Default));
    let other = |(says, by): &(bool, Source)| {
        let why_not = match (source, by) {
            (Source::Exception, _) => WhyNot::Exception,
            (Source::Member, _) => WhyNot::Member,
            (_, Source::Department { .. }) => WhyNot::SaysTheSame,
            _ => WhyNot::Department,
        };
        Other { value: *says, source: *by, why_not }
    };
    Explained { value, source, others: said.iter().skip(1).map(other).collect() }
}

/// The settings that have one value for all.
fn for_all(policy: &Policy) -> Vec<(Setting, Value, Source)> {
    let full = policy.clone().in_full();
    let number = |setting, own: Option<u32>, full: Option<u32>| {
        (setting, full.map_or(Value::Unlimited, Value::Number), source(own.is_some()))
    };
    let flag = |setting, own: Option<bool>, full: Option<bool>| {
        (setting, Value::Flag(full.unwrap_or_default()), source(own.is_some()))
    };
    let networks = Value::Networks(full.allowed_networks.clone().unwrap_or_default());
    let ends = (policy.end_on_account_password_change, full.end_on_account_password_change);

    vec![
        number(Setting::MaxActivePerMember, policy.max_active_per_member, full.max_active_per_member),
        number(Setting::MaxLifetimeDays, policy.max_lifetime_days, full.max_lifetime_days),
        number(Setting::DefaultLifetimeDays, policy.default_lifetime_days, full.default_lifetime_days),
        number(Setting::IdleDays, policy.idle_days, full.idle_days),
        number(Setting::MaxOverlapSeconds, policy.max_overlap_seconds, full.max_overlap_seconds),
        (Setting::AllowedNetworks, networks, source(policy.allowed_networks.is_some())),
        flag(Setting::EndOnAccountPasswordChange, ends.0, ends.1),
        number(Setting::TombstoneDays, policy.tombstone_days, full.tombstone_days),
        number(Setting::HistoryDays, policy.history_days, full.history_days),
        flag(Setting::CountsAsSecureLogin, policy.counts_as_secure_login, full.counts_as_secure_login),
    ]
}

const fn source(said: bool) -> Source {
    if said { Source::Organization } else { Source::Default }
}
