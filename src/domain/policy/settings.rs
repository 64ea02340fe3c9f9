//! The policy of an organization as it was put: which of the settings it has, and what they say.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Timestamp;
use crate::domain::ids::{DepartmentId, MemberId};
use crate::domain::network::Networks;
use crate::domain::protocol::{Protocol, ProtocolSet};

pub(super) const DEFAULT_MAX_ACTIVE: u32 = 25;
pub(super) const DEFAULT_MAX_OVERLAP_SECONDS: u32 = 7 * 86_400;
/// How many days an ended client password is recognised where the policy does not say.
pub const DEFAULT_TOMBSTONE_DAYS: u32 = 180;
/// For how many days log-ins are kept where the policy does not say.
pub const DEFAULT_HISTORY_DAYS: u32 = 30;

/// The settings of one organization. What is absent has its default, which allows everyone and every protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the contract, and `Setting` says what each is")]
pub struct Policy {
    pub availability: Option<Availability>,
    pub protocols: Option<ProtocolRules>,
    pub secure_login: Option<SecureLoginRule>,
    pub max_active_per_member: Option<u32>,
    pub max_lifetime_days: Option<u32>,
    pub default_lifetime_days: Option<u32>,
    pub idle_days: Option<u32>,
    pub max_overlap_seconds: Option<u32>,
    pub allowed_networks: Option<Networks>,
    pub end_on_account_password_change: Option<bool>,
    pub tombstone_days: Option<u32>,
    pub history_days: Option<u32>,
    pub counts_as_secure_login: Option<bool>,
}

/// One of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Setting {
    /// Says who may use client passwords.
    Availability,
    /// Says which protocols are on, for everyone and for some.
    Protocols,
    /// Says who must have secure login on, and from when.
    SecureLogin,
    /// Bounds the live client passwords of one member; superseded ones do not count.
    MaxActivePerMember,
    /// Bounds the life of a client password, counted from its making; no bound by default.
    MaxLifetimeDays,
    /// Is the validity of a client password whose request names none; without end by default.
    DefaultLifetimeDays,
    /// Ends a client password that was not used for so long; never by default.
    IdleDays,
    /// Bounds the overlap of a rotation.
    MaxOverlapSeconds,
    /// Lists the networks from which mail may be opened; any by default.
    AllowedNetworks,
    /// Says whether a new account password ends all client passwords.
    EndOnAccountPasswordChange,
    /// Says how long an ended client password is recognised.
    TombstoneDays,
    /// Says how long the history of log-ins is kept; 0 keeps none.
    HistoryDays,
    /// Says whether the second factor of an identity provider counts as one of ours; it does not by default.
    CountsAsSecureLogin,
}

impl Setting {
    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Availability => "availability",
            Self::Protocols => "protocols",
            Self::SecureLogin => "secure_login",
            Self::MaxActivePerMember => "max_active_per_member",
            Self::MaxLifetimeDays => "max_lifetime_days",
            Self::DefaultLifetimeDays => "default_lifetime_days",
            Self::IdleDays => "idle_days",
            Self::MaxOverlapSeconds => "max_overlap_seconds",
            Self::AllowedNetworks => "allowed_networks",
            Self::EndOnAccountPasswordChange => "end_on_account_password_change",
            Self::TombstoneDays => "tombstone_days",
            Self::HistoryDays => "history_days",
            Self::CountsAsSecureLogin => "counts_as_secure_login",
        }
    }
}

/// Who may use client passwords.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// Everyone may.
    All,
    /// Those may who are listed; if nobody is, nobody may.
    Listed(Roster),
}

/// Whom a setting is for, in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    /// Those of these departments and of those below them.
    pub departments: Vec<DepartmentId>,
    /// These themselves.
    pub members: Vec<MemberId>,
    /// Not these, whatever else is said of them.
    pub except_members: Vec<MemberId>,
}

impl Roster {
    /// Whether it lists nobody; exceptions list nobody.
    pub const fn lists_nobody(&self) -> bool {
        self.departments.is_empty() && self.members.is_empty()
    }
}

/// Which protocols are on, for whom. A map names only what differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProtocolRules {
    /// For everyone of whom the others say nothing; what it does not name is on.
    pub default: Switches,
    /// For those of a department and below; the nearest counts, of several branches the deepest.
    pub departments: BTreeMap<DepartmentId, Switches>,
    /// For single members, before all else.
    pub members: BTreeMap<MemberId, Switches>,
}

/// Protocols that are switched on or off; of all others it says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    on: ProtocolSet,
    off: ProtocolSet,
}

impl Switches {
    /// What it says of a protocol, if anything.
    pub fn get(self, protocol: Protocol) -> Option<bool> {
        self.on.contains(protocol).then_some(true).or_else(|| self.off.contains(protocol).then_some(false))
    }

    /// The same, and that a protocol of which it said nothing is on or off.
    #[must_use]
    pub const fn with(self, protocol: Protocol, on: bool) -> Self {
        if on {
            Self { on: self.on.with(protocol), ..self }
        } else {
            Self { off: self.off.with(protocol), ..self }
        }
    }

    /// What it says, protocol by protocol.
    pub fn iter(self) -> impl Iterator<Item = (Protocol, bool)> {
        Protocol::ALL.into_iter().filter_map(move |protocol| Some((protocol, self.get(protocol)?)))
    }

    /// A set with what is switched on added to it and what is switched off taken away.
    pub fn over(self, set: ProtocolSet) -> ProtocolSet {
        ProtocolSet::from_bits((set.bits() | self.on.bits()) & !self.off.bits())
    }
}

/// Who must have secure login on before mail is opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecureLoginRule {
    /// Whether anybody must; if not, the rest has no effect.
    pub required: bool,
    /// The moment from which it is required; until then members are told. At once if absent.
    pub required_from: Option<Timestamp>,
    /// Who must; everyone but the exceptions if it lists nobody.
    pub roster: Roster,
}

impl Policy {
    /// The same policy with every setting that has a default said in full.
    #[must_use]
    pub fn in_full(self) -> Self {
        let protocols = self.protocols.unwrap_or_default();
        let default = Protocol::ALL.into_iter().fold(Switches::default(), |switches, protocol| {
            switches.with(protocol, protocols.default.get(protocol).unwrap_or(true))
        });
        Self {
            availability: self.availability.or(Some(Availability::All)),
            protocols: Some(ProtocolRules { default, ..protocols }),
            secure_login: Some(self.secure_login.unwrap_or_default()),
            max_active_per_member: self.max_active_per_member.or(Some(DEFAULT_MAX_ACTIVE)),
            max_overlap_seconds: self.max_overlap_seconds.or(Some(DEFAULT_MAX_OVERLAP_SECONDS)),
            allowed_networks: self.allowed_networks.or(Some(Networks::ANY)),
            end_on_account_password_change: self.end_on_account_password_change.or(Some(true)),
            tombstone_days: self.tombstone_days.or(Some(DEFAULT_TOMBSTONE_DAYS)),
            history_days: self.history_days.or(Some(DEFAULT_HISTORY_DAYS)),
            counts_as_secure_login: self.counts_as_secure_login.or(Some(false)),
            ..self
        }
    }

    fn rosters(&self) -> impl Iterator<Item = (&'static str, &Roster)> {
        let availability = match &self.availability {
            Some(Availability::Listed(roster)) => Some(("availability", roster)),
            Some(Availability::All) | None => None,
        };
        let secure_login = self.secure_login.as_ref().map(|rule| ("secure_login", &rule.roster));
        availability.into_iter().chain(secure_login)
    }

    /// Who is excepted from secure login under the policy `after` and not under this one.
    pub fn freed_by(&self, after: &Self) -> Vec<MemberId> {
        let excepted = |policy: &Self| -> BTreeSet<MemberId> {
            policy.secure_login.iter().flat_map(|rule| rule.roster.except_members.iter().copied()).collect()
        };
        excepted(after).difference(&excepted(self)).copied().collect()
    }

    /// The departments that it names, each with the path of the field that does.
    pub fn named_departments(&self) -> Vec<(String, DepartmentId)> {
        let mut named = Vec::new();
        for (field, roster) in self.rosters() {
            named.extend(numbered(&format!("{field}.departments"), &roster.departments));
        }
        let keys = self.protocols.iter().flat_map(|protocols| protocols.departments.keys());
        named.extend(keys.map(|id| (format!("protocols.departments.{id}"), *id)));
        named
    }

    /// The members that it names, each with the path of the field that does.
    pub fn named_members(&self) -> Vec<(String, MemberId)> {
        let mut named = Vec::new();
        for (field, roster) in self.rosters() {
            named.extend(numbered(&format!("{field}.members"), &roster.members));
            named.extend(numbered(&format!("{field}.except_members"), &roster.except_members));
        }
        let keys = self.protocols.iter().flat_map(|protocols| protocols.members.keys());
        named.extend(keys.map(|id| (format!("protocols.members.{id}"), *id)));
        named
    }
}

fn numbered<T: Copy>(field: &str, ids: &[T]) -> impl Iterator<Item = (String, T)> {
    ids.iter().enumerate().map(move |(at, id)| (format!("{field}[{at}]"), *id))
}
