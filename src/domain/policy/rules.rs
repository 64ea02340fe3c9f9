//! A policy worked out for every department and every member that it names, so that asking for one member costs a few
//! look-ups.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::limits::Limits;
use super::member::MemberPolicy;
use super::settings::{Availability, Policy, Roster, Switches};
use crate::clock::Timestamp;
use crate::domain::department_tree::DepartmentTree;
use crate::domain::ids::{DepartmentId, MemberId};
use crate::domain::protocol::{Protocol, ProtocolSet};

const PROTOCOLS: usize = Protocol::ALL.len();

/// The policy of one organization, worked out over its departments.
#[derive(Clone, Debug)]
pub struct Rules {
    policy: Policy,
    tree: DepartmentTree,
    limits: Arc<Limits>,
    default: Holds,
    required_from: Option<Timestamp>,
    default_protocols: ProtocolSet,
    departments: HashMap<DepartmentId, OfDepartment>,
    members: HashMap<MemberId, OfMember>,
}

/// Whether two of the settings are for somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Holds {
    available: bool,
    secure_login: bool,
}

/// What a department gives its members, by itself or from above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct OfDepartment {
    listed: Holds,
    protocols: [Option<Weight>; PROTOCOLS],
}

/// A department's value of a protocol. The order of the fields is the rule: deeper weighs more, and equally deep off
/// weighs more than on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Weight {
    depth: usize,
    off: bool,
}

/// What the policy says of a single member, before all else.
#[derive(Clone, Copy, Debug, Default)]
struct OfMember {
    available: Option<bool>,
    secure_login: Option<bool>,
    protocols: Switches,
}

impl Default for Rules {
    fn default() -> Self {
        Self::new(Policy::default(), DepartmentTree::default())
    }
}

impl Rules {
    /// Works a policy out over the departments of its organization.
    pub fn new(policy: Policy, tree: DepartmentTree) -> Self {
        let roster = available(&policy);
        let rule = policy.secure_login.as_ref().filter(|rule| rule.required);
        let default = Holds {
            available: roster.is_none(),
            secure_login: rule.is_some_and(|rule| rule.roster.lists_nobody()),
        };
        let protocols = policy.protocols.as_ref().map(|protocols| protocols.default).unwrap_or_default();

        Self {
            limits: Arc::new(Limits::from(&policy)),
            default,
            required_from: rule.and_then(|rule| rule.required_from),
            default_protocols: protocols.over(ProtocolSet::ALL),
            departments: of_departments(&policy, &tree),
            members: of_members(&policy),
            policy,
            tree,
        }
    }

    /// The policy as it was put.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The departments that it was worked out over.
    pub const fn tree(&self) -> &DepartmentTree {
        &self.tree
    }

    /// The moment from which secure login is demanded of anybody, if one was set.
    pub const fn required_from(&self) -> Option<Timestamp> {
        self.required_from
    }

    /// What holds for all members alike.
    pub const fn limits(&self) -> &Arc<Limits> {
        &self.limits
    }

    /// What holds at `now` for a member of these departments.
    pub fn for_member(&self, member: MemberId, departments: &[DepartmentId], now: Timestamp) -> MemberPolicy {
        let own = self.members.get(&member).copied().unwrap_or_default();
        let (mut any, mut heaviest) = (self.default, [None; PROTOCOLS]);
        for department in departments.iter().filter_map(|id| self.departments.get(id)) {
            any.available |= department.listed.available;
            any.secure_login |= department.listed.secure_login;
            for (heaviest, weight) in heaviest.iter_mut().zip(department.protocols) {
                *heaviest = weight.max(*heaviest);
            }
        }

        let must = own.secure_login.unwrap_or(any.secure_login);
        let required_from = self.required_from.filter(|_| must);
        let protocols = Protocol::ALL.into_iter().zip(heaviest).filter_map(|(protocol, weight)| {
            let default = self.default_protocols.contains(protocol);
            weight.map_or(default, |weight| !weight.off).then_some(protocol)
        });

        MemberPolicy {
            available: own.available.unwrap_or(any.available),
            protocols: own.protocols.over(protocols.fold(ProtocolSet::EMPTY, ProtocolSet::with)),
            secure_login_required: must && required_from.is_none_or(|from| from <= now),
            secure_login_required_from: required_from,
            limits: Arc::clone(&self.limits),
        }
    }
}

/// Gives those who may use client passwords, unless everyone may.
fn available(policy: &Policy) -> Option<&Roster> {
    match &policy.availability {
        Some(Availability::Listed(roster)) => Some(roster),
        Some(Availability::All) | None => None,
    }
}

/// Gives those who must have secure login on, if anybody must.
fn secured(policy: &Policy) -> Option<&Roster> {
    policy.secure_login.as_ref().filter(|rule| rule.required).map(|rule| &rule.roster)
}

/// Works out what each department gets from itself and from above, where the policy says anything.
fn of_departments(policy: &Policy, tree: &DepartmentTree) -> HashMap<DepartmentId, OfDepartment> {
    let listed = |roster: Option<&Roster>| -> HashSet<DepartmentId> {
        roster.into_iter().flat_map(|roster| roster.departments.iter().copied()).collect()
    };
    let (available, secured) = (listed(available(policy)), listed(secured(policy)));

    let of = |department| {
        let mut of = OfDepartment::default();
        for at in tree.upward(department) {
            of.listed.available |= available.contains(&at);
            of.listed.secure_login |= secured.contains(&at);
            let switches = policy.protocols.as_ref().and_then(|protocols| protocols.departments.get(&at));
            for (nearest, protocol) in of.protocols.iter_mut().zip(Protocol::ALL) {
                let says = switches.and_then(|switches| switches.get(protocol)).zip(tree.depth(at));
                *nearest = nearest.or_else(|| says.map(|(on, depth)| Weight { depth, off: !on }));
            }
        }
        (department, of)
    };
    tree.departments().map(of).filter(|(_, of)| *of != OfDepartment::default()).collect()
}

/// Collects what the policy says of each member that it names.
fn of_members(policy: &Policy) -> HashMap<MemberId, OfMember> {
    let mut found: HashMap<MemberId, OfMember> = HashMap::new();
    let listed = |roster: &Roster| {
        let members = roster.members.iter().map(|id| (*id, true));
        // After those, so that an exception beats all.
        members.chain(roster.except_members.iter().map(|id| (*id, false))).collect::<Vec<_>>()
    };
    for (id, listed) in available(policy).map(listed).unwrap_or_default() {
        found.entry(id).or_default().available = Some(listed);
    }
    for (id, listed) in secured(policy).map(listed).unwrap_or_default() {
        found.entry(id).or_default().secure_login = Some(listed);
    }
    for (id, switches) in policy.protocols.iter().flat_map(|protocols| &protocols.members) {
        found.entry(*id).or_default().protocols = *switches;
    }
    found
}
