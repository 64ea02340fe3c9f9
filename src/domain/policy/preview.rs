//! What another policy would take from one member, before it is put.

use super::member::MemberPolicy;
use super::rules::Rules;
use super::settings::Setting;
use crate::clock::Timestamp;
use crate::domain::ids::{DepartmentId, MemberId};
use crate::domain::protocol::ProtocolSet;

/// A member as a preview looks at one.
#[derive(Clone, Copy, Debug)]
pub struct PreviewedMember<'a> {
    /// The id by which lists and entries name the member.
    pub id: MemberId,
    /// The departments that the member is in.
    pub departments: &'a [DepartmentId],
    /// Whether secure login is on.
    pub secure_login: bool,
    /// The client passwords that have not ended; with secure login off there are none.
    pub live: &'a [LivePassword],
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

/// By what the member and each client password would be cut off at `now`, if the rules were `new`; what they are cut off
/// by already is left out. Networks are left out as well: where a client will come from is not known.
pub fn cut_off(old: &Rules, new: &Rules, member: &PreviewedMember<'_>, now: Timestamp) -> CutOff {
    let [old, new] = [old, new].map(|rules| rules.for_member(member.id, member.departments, now));
    let lost = minus(old.protocols, new.protocols);
    let no_protocol = lost != ProtocolSet::EMPTY && new.protocols == ProtocolSet::EMPTY;
    let client_passwords_lost = member.secure_login && old.available && !new.available;
    let secure_login_lost = !member.secure_login && !old.secure_login_required && new.secure_login_required;

    CutOff {
        by: only([
            (Setting::Availability, client_passwords_lost),
            (Setting::Protocols, no_protocol),
            (Setting::SecureLogin, secure_login_lost),
        ]),
        protocols: lost,
        client_passwords: member.live.iter().map(|password| of_password(&old, &new, password, now)).collect(),
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
