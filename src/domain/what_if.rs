//! What-if: which of the log-ins of the last days another policy would refuse, if it were put now and the same mail
//! clients came again as they came then.
//!
//! Each row of the history is judged twice by the verdict, under the policy that is in force and under the other one, with
//! the member and the client password as they are now. What is refused already is left out. A folded row stands for many
//! addresses: it is judged at each address where the answer can change, and may be refused if these differ.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use ipnet::IpNet;

use crate::clock::Timestamp;
use crate::domain::ids::{ClientPasswordId, DepartmentId, MemberId};
use crate::domain::log_in::{FromWhere, LogIn, LogInBy};
use crate::domain::member::{MemberState, SignIn};
use crate::domain::network::{ClientAddress, Networks};
use crate::domain::organization::OrganizationState;
use crate::domain::policy::{MemberPolicy, Rules};
use crate::domain::verdict::{
    Candidate, CheckContext, Comparison, MemberStatus, Presented, Reason, Verdict, decide,
};

/// So many of the members concerned are named.
const NAMED: usize = 200;
/// So many mail clients are told apart; they are called whatever a stranger calls them.
const CLIENTS: usize = 1_000;

/// An active member with what is kept of the member's log-ins.
#[derive(Clone, Debug)]
pub struct PastMember {
    /// The id by which lists and entries name the member.
    pub id: MemberId,
    /// The mail address, for whoever reads the answer.
    pub login: String,
    /// The name that people see.
    pub display_name: String,
    /// Where the member signs in.
    pub sign_in: SignIn,
    /// Whether secure login is on.
    pub secure_login: bool,
    /// Whether mail is refused while it is off, whatever the policy says.
    pub secure_login_required: bool,
    /// The departments that the member is in.
    pub departments: Vec<DepartmentId>,
    /// The client passwords that nothing has ended yet, of the epochs of now: all of epoch 0 here.
    pub live: Vec<(ClientPasswordId, Candidate)>,
    /// The rows of the history.
    pub log_ins: Vec<LogIn>,
}

/// What would become of the log-ins of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreseen {
    /// They would get in as they did.
    Passes,
    /// They would be refused.
    Refused(Reason),
    /// Some of them may be refused.
    Maybe(Reason),
    /// They are refused already: the client password has ended, or secure login was turned on or off since.
    NoLonger,
}

/// How many members, and how many of their log-ins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Members who have at least one of them.
    pub members: u64,
    /// The log-ins, as often as they were.
    pub log_ins: u64,
}

impl Tally {
    /// Counts a member with so many log-ins, if there are any.
    fn add(&mut self, log_ins: u64) {
        self.members += u64::from(log_ins > 0);
        self.log_ins += log_ins;
    }
}

/// Log-ins that would be refused, that may be, and those of which only the mail server's next source knows whether they
/// got in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// They would be refused.
    pub refused: Tally,
    /// They may be refused: they were folded together, and not all of them would be.
    pub maybe: Tally,
    /// They were passed on to the next source, and would be no more.
    pub unknown: Tally,
}

/// Log-ins of one member by outcome.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    refused: u64,
    maybe: u64,
    unknown: u64,
}

impl Counts {
    fn add(&mut self, foreseen: Foreseen, by: LogInBy, log_ins: u64) {
        match foreseen {
            Foreseen::Passes | Foreseen::NoLonger => {}
            Foreseen::Refused(_) | Foreseen::Maybe(_) if by == LogInBy::Deferred => self.unknown += log_ins,
            Foreseen::Refused(_) => self.refused += log_ins,
            Foreseen::Maybe(_) => self.maybe += log_ins,
        }
    }

    const fn is_nothing(&self) -> bool {
        self.refused == 0 && self.maybe == 0 && self.unknown == 0
    }
}

impl Outcomes {
    /// Counts a member with these log-ins.
    fn add(&mut self, of: &Counts) {
        self.refused.add(of.refused);
        self.maybe.add(of.maybe);
        self.unknown.add(of.unknown);
    }
}

/// A member of whom something would be refused, or may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConcernedMember {
    /// The id by which lists and entries name the member.
    pub id: MemberId,
    /// The mail address.
    pub login: String,
    /// The name that people see.
    pub display_name: String,
    /// Why, by the names of the contract.
    pub reasons: Vec<&'static str>,
    /// Log-ins that would be refused.
    pub refused: u64,
    /// Log-ins that may be.
    pub maybe: u64,
    /// Log-ins that were passed on, and would be no more.
    pub unknown: u64,
}

/// What another policy would have made of the log-ins of an organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhatIf {
    /// For how many days log-ins are kept; 0 says that none are, and that there was nothing to judge.
    pub history_days: u32,
    /// All log-ins that were judged.
    pub judged: Tally,
    /// Those that are refused already, whatever is put.
    pub no_longer: Tally,
    /// All the others that are not let in any more.
    pub total: Outcomes,
    /// The same by reason.
    pub by_reason: BTreeMap<&'static str, Outcomes>,
    /// The same by what the mail clients call themselves, where they said it.
    pub by_client: HashMap<Option<String>, Outcomes>,
    /// The first members concerned, in the order in which they were added.
    pub first: Vec<ConcernedMember>,
}

impl WhatIf {
    /// Counts the log-ins of a member.
    pub fn add(&mut self, old: &Rules, new: &Rules, member: PastMember, now: Timestamp) {
        let (mut judged, mut no_longer, mut total) = (0, 0, Counts::default());
        let mut by_reason: BTreeMap<&'static str, Counts> = BTreeMap::new();
        let mut by_client: HashMap<Option<&str>, Counts> = HashMap::new();

        let policies = Policies::of(old, new, &member, now);
        for row in &member.log_ins {
            let (foreseen, by) = (policies.foresee(&member, row), row.key.by);
            let log_ins = u64::try_from(row.seen.count).unwrap_or(0);
            judged += log_ins;
            match foreseen {
                Foreseen::Passes => {}
                Foreseen::NoLonger => no_longer += log_ins,
                Foreseen::Refused(reason) | Foreseen::Maybe(reason) => {
                    total.add(foreseen, by, log_ins);
                    by_reason.entry(reason.name()).or_default().add(foreseen, by, log_ins);
                    by_client.entry(row.key.client.as_deref()).or_default().add(foreseen, by, log_ins);
                }
            }
        }

        self.judged.add(judged);
        self.no_longer.add(no_longer);
        self.total.add(&total);
        for (reason, counts) in &by_reason {
            self.by_reason.entry(reason).or_default().add(counts);
        }
        for (client, counts) in by_client {
            self.add_client(client, &counts);
        }
        if !total.is_nothing() && self.first.len() < NAMED {
            self.first.push(ConcernedMember {
                id: member.id,
                login: member.login,
                display_name: member.display_name,
                reasons: by_reason.into_keys().collect(),
                refused: total.refused,
                maybe: total.maybe,
                unknown: total.unknown,
            });
        }
    }

    /// Beyond so many, clients count as those that do not say what they are.
    fn add_client(&mut self, client: Option<&str>, counts: &Counts) {
        let has_room = self.by_client.len() < CLIENTS;
        let client = client.map(str::to_owned);
        let client = client.filter(|name| has_room || self.by_client.contains_key(&Some(name.clone())));
        self.by_client.entry(client).or_default().add(counts);
    }
}

/// What two policies say for a member.
struct Policies {
    now: Timestamp,
    old: MemberPolicy,
    new: MemberPolicy,
}

impl Policies {
    /// A demand of secure login that is announced counts as if its day had come, or nobody would be told whom it will meet.
    fn of(old: &Rules, new: &Rules, member: &PastMember, now: Timestamp) -> Self {
        let at = |rules: &Rules, when| rules.for_member(member.id, &member.departments, when);
        let day = new.required_from().map_or(now, |from| from.max(now));
        let demanded = at(new, day).secure_login_required;
        Self { now, old: at(old, now), new: MemberPolicy { secure_login_required: demanded, ..at(new, now) } }
    }

    /// What would become of the log-ins of a row.
    fn foresee(&self, member: &PastMember, row: &LogIn) -> Foreseen {
        let status = status(member, row.key.by);
        let (mut passes, mut refused) = (false, None);
        for presented in presented(member, row.key.by) {
            for client_address in self.addresses(row.key.from, &presented) {
                let context = CheckContext { now: self.now, protocol: row.key.protocol, client_address };
                if !matches!(decide(&context, &status, &self.old, &presented), Verdict::Accept(_)) {
                    continue;
                }
                match decide(&context, &status, &self.new, &presented) {
                    Verdict::Reject(reason) => refused = refused.or(Some(reason)),
                    Verdict::EndIdle => refused = refused.or(Some(Reason::Expired)),
                    // The last three ask for what is known here.
                    Verdict::Accept(_)
                    | Verdict::Defer
                    | Verdict::Compare
                    | Verdict::ReadLastUse
                    | Verdict::CannotTell => passes = true,
                }
            }
        }

        match (passes, refused) {
            (false, None) => Foreseen::NoLonger,
            (false, Some(reason)) => Foreseen::Refused(reason),
            (true, Some(reason)) => Foreseen::Maybe(reason),
            (true, None) => Foreseen::Passes,
        }
    }

    /// The addresses at which a row is judged: between two of them the answer cannot change.
    fn addresses(&self, from: FromWhere, presented: &Presented) -> Vec<ClientAddress> {
        let own = match presented {
            Presented::ClientPassword(candidate) => Some(&candidate.networks),
            Presented::Foreign | Presented::Other(_) => None,
        };
        let policies = [&self.old, &self.new].map(|policy| &policy.limits.allowed_networks);
        let edges = |within: IpNet| {
            let edges = policies.into_iter().chain(own).flat_map(Networks::edges);
            let edges = edges.filter(move |edge| within.contains(edge));
            [within.network()].into_iter().chain(edges).map(ClientAddress::Known)
        };

        match from {
            FromWhere::NotSaid => vec![ClientAddress::NotGiven],
            FromWhere::Address(address) => vec![ClientAddress::Known(address)],
            FromWhere::Network(network) => edges(network).collect(),
            FromWhere::Anywhere => {
                let all = [IpAddr::from([0; 4]), IpAddr::from([0; 16])];
                let all = all.into_iter().filter_map(|first| IpNet::new(first, 0).ok()).flat_map(edges);
                [ClientAddress::NotGiven].into_iter().chain(all).collect()
            }
        }
    }
}

/// The member as a check finds one. What was passed on is judged as if it had been right, and here.
const fn status(member: &PastMember, by: LogInBy) -> MemberStatus {
    MemberStatus {
        organization: OrganizationState::Active,
        organization_epoch: 0,
        state: MemberState::Active,
        sign_in: if matches!(by, LogInBy::Deferred) { SignIn::Local } else { member.sign_in },
        secure_login: member.secure_login,
        secure_login_required: member.secure_login_required,
        epoch: 0,
    }
}

/// What may have been presented: of folded rows any client password that the member has.
fn presented(member: &PastMember, by: LogInBy) -> Vec<Presented> {
    let live = member.live.iter();
    match by {
        LogInBy::ClientPassword(used) => live
            .filter(|(id, _)| *id == used)
            .map(|(_, candidate)| Presented::ClientPassword(candidate.clone()))
            .collect(),
        LogInBy::SomeClientPassword => {
            live.map(|(_, candidate)| Presented::ClientPassword(candidate.clone())).collect()
        }
        LogInBy::AccountPassword | LogInBy::Deferred => vec![Presented::Other(Comparison::Matches)],
    }
}

#[cfg(test)]
mod tests;
