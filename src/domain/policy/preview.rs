//! What another policy would take from members, before it is put: from each of them, and in all.

use std::collections::{BTreeMap, BTreeSet};

use super::member::MemberPolicy;
use super::rules::Rules;
use super::settings::Setting;
use crate::clock::Timestamp;
use crate::domain::ids::{DepartmentId, MemberId};
use crate::domain::protocol::ProtocolSet;

/// So many of the members whom a policy would cut off are named.
const NAMED: usize = 200;

/// A member as a preview looks at one, who is active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewedMember {
    /// The id by which lists and entries name the member.
    pub id: MemberId,
    /// The mail address, for whoever reads the preview.
    pub login: String,
    /// The name that people see.
    pub display_name: String,
    /// Whether secure login is on.
    pub secure_login: bool,
    /// Whether mail is refused while it is off, whatever the policy says.
    pub secure_login_required: bool,
    /// The departments that the member is in.
    pub departments: Vec<DepartmentId>,
    /// The client passwords that have not ended; with secure login off there are none.
    pub live: Vec<LivePassword>,
}

/// A client password that has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LivePassword {
    /// When it was made.
    pub created_at: Timestamp,
    /// When it expires, as its row says.
    pub expires_at: Option<Timestamp>,
    /// When it was used last, if it ever was.
    pub last_use: Option<Timestamp>,
    /// The protocols that it opens.
    pub protocols: ProtocolSet,
}

/// What a member would lose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CutOff {
    /// The settings that would keep the member out of mail, or from client passwords, altogether.
    pub by: Vec<Setting>,
    /// Protocols that would be turned off for the member.
    pub protocols: ProtocolSet,
    /// Of each live client password, in their order, what it would lose.
    pub client_passwords: Vec<PasswordCutOff>,
}

/// What a client password would lose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PasswordCutOff {
    /// The settings by which it would open nothing any more.
    pub by: Vec<Setting>,
    /// Protocols that it opens and would open no more.
    pub protocols: ProtocolSet,
}

impl CutOff {
    /// Every setting by which the member would lose something, be it one protocol.
    fn settings(&self) -> BTreeSet<Setting> {
        let own = with_protocols(&self.by, self.protocols);
        own.chain(self.client_passwords.iter().flat_map(PasswordCutOff::settings)).collect()
    }
}

impl PasswordCutOff {
    /// Every setting by which it would open less, or nothing.
    fn settings(&self) -> impl Iterator<Item = Setting> {
        with_protocols(&self.by, self.protocols)
    }
}

/// The settings, and that of protocols where some would be lost.
fn with_protocols(by: &[Setting], lost: ProtocolSet) -> impl Iterator<Item = Setting> {
    let protocols = (lost != ProtocolSet::EMPTY).then_some(Setting::Protocols);
    by.iter().copied().filter(|setting| *setting != Setting::Protocols).chain(protocols)
}

/// What a policy would take from the members of an organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyPreview {
    /// The version of the policy that it was compared with, for the PUT.
    pub version: i64,
    /// Members who would lose something.
    pub members: u64,
    /// Client passwords that would open less, or nothing.
    pub client_passwords: u64,
    /// The same by setting; one that takes nothing is left out. What is lost by two settings counts under both.
    pub by_setting: BTreeMap<Setting, Counted>,
    /// The first of these members, in the order in which they were added.
    pub first: Vec<CutOffMember>,
}

/// How many members and client passwords one setting meets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Members who would lose something by it.
    pub members: u64,
    /// Client passwords that would open less by it, or nothing.
    pub client_passwords: u64,
}

/// A member who would lose something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutOffMember {
    /// Names the member in the API.
    pub id: MemberId,
    /// The mail address.
    pub login: String,
    /// The name that people see.
    pub display_name: String,
    /// The settings by which that is, in the order of the contract.
    pub by: Vec<Setting>,
    /// Client passwords of the member that would open less, or nothing.
    pub client_passwords: u64,
}

impl PolicyPreview {
    /// Counts a member, if the member would lose anything.
    pub fn add(&mut self, member: PreviewedMember, cut: &CutOff) {
        let by = cut.settings();
        if by.is_empty() {
            return;
        }

        self.members += 1;
        for setting in &by {
            self.by_setting.entry(*setting).or_default().members += 1;
        }

        let mut lost = 0;
        for password in &cut.client_passwords {
            lost += u64::from(password.settings().next().is_some());
            for setting in password.settings() {
                self.by_setting.entry(setting).or_default().client_passwords += 1;
            }
        }
        self.client_passwords += lost;

        if self.first.len() < NAMED {
            let PreviewedMember { id, login, display_name, .. } = member;
            let by = by.into_iter().collect();
            self.first.push(CutOffMember { id, login, display_name, by, client_passwords: lost });
        }
    }
}

/// By what the member and each client password would be cut off at `now`, if the rules were `new`; what they are cut off
/// by already is left out. A demand of secure login that is announced counts as if its day had come, or nobody would be
/// told whom it will meet. Networks are left out: where a client will come from is not known.
pub fn cut_off(old: &Rules, new: &Rules, member: &PreviewedMember, now: Timestamp) -> CutOff {
    let day = new.required_from().map_or(now, |from| from.max(now));
    let at = |rules: &Rules, when| rules.for_member(member.id, &member.departments, when);
    let demanded = |rules| at(rules, day).secure_login_required;
    let (before, after) = (at(old, now), at(new, now));

    let client_passwords = member.live.iter().map(|password| of_password(&before, &after, password, now));
    let client_passwords = client_passwords.collect();
    if is_shut_out(&before, member) {
        return CutOff { client_passwords, ..CutOff::default() };
    }

    let lost = minus(before.protocols, after.protocols);
    let no_protocol = lost != ProtocolSet::EMPTY && after.protocols == ProtocolSet::EMPTY;
    let secure_login_lost = !member.secure_login && !demanded(old) && demanded(new);
    CutOff {
        by: only([
            (Setting::Availability, member.secure_login && !after.available),
            (Setting::Protocols, no_protocol),
            (Setting::SecureLogin, secure_login_lost),
        ]),
        protocols: lost,
        client_passwords,
    }
}

/// Whether the member gets no mail, or no client passwords, already.
const fn is_shut_out(policy: &MemberPolicy, member: &PreviewedMember) -> bool {
    if member.secure_login {
        !policy.available
    } else {
        policy.secure_login_required || member.secure_login_required
    }
}

fn of_password(
    old: &MemberPolicy,
    new: &MemberPolicy,
    password: &LivePassword,
    now: Timestamp,
) -> PasswordCutOff {
    let opened = both(password.protocols, old.protocols);
    let ended = too_old(old, password, now) || idle(old, password, now);
    if ended || !old.available || opened == ProtocolSet::EMPTY {
        return PasswordCutOff::default();
    }

    let still = both(opened, new.protocols);
    PasswordCutOff {
        by: only([
            (Setting::Availability, !new.available),
            (Setting::Protocols, still == ProtocolSet::EMPTY),
            (Setting::MaxLifetimeDays, too_old(new, password, now)),
            (Setting::IdleDays, idle(new, password, now)),
        ]),
        protocols: minus(opened, still),
    }
}

fn only<const N: usize>(settings: [(Setting, bool); N]) -> Vec<Setting> {
    settings.into_iter().filter(|(_, cuts_off)| *cuts_off).map(|(setting, _)| setting).collect()
}

fn too_old(policy: &MemberPolicy, password: &LivePassword, now: Timestamp) -> bool {
    let ends = policy.limits.expires_at(password.created_at, password.expires_at);
    ends.is_some_and(|at| at <= now)
}

fn idle(policy: &MemberPolicy, password: &LivePassword, now: Timestamp) -> bool {
    let ends = policy.limits.idle_at(password.created_at, password.last_use);
    ends.is_some_and(|at| at <= now)
}

fn both(one: ProtocolSet, other: ProtocolSet) -> ProtocolSet {
    ProtocolSet::from_bits(one.bits() & other.bits())
}

fn minus(from: ProtocolSet, what: ProtocolSet) -> ProtocolSet {
    ProtocolSet::from_bits(from.bits() & !what.bits())
}
