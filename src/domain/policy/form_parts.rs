//! The parts of a policy as they are written.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::hash::Hash;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::settings::{Availability, ProtocolRules, Roster, SecureLoginRule, Switches};
use crate::domain::field::{Fault, FieldError, time};
use crate::domain::ids::{DepartmentId, MemberId};
use crate::domain::json::{Entries, non_null};
use crate::domain::protocol::Protocol;

/// Most ids in a list, and most entries in a map.
const MAX_IDS: usize = 1_000;

/// The word `all`, or lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AvailabilityForm {
    All,
    Listed(RosterForm),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RosterForm {
    departments: Vec<String>,
    members: Vec<String>,
    except_members: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ProtocolsForm {
    default: SwitchesForm,
    departments: Entries<String, SwitchesForm>,
    members: Entries<String, SwitchesForm>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecureLoginForm {
    mode: String,
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    required_from: Option<String>,
    #[serde(default)]
    departments: Vec<String>,
    #[serde(default)]
    members: Vec<String>,
    #[serde(default)]
    except_members: Vec<String>,
}

type SwitchesForm = Entries<ProtocolName, bool>;

/// The name of a protocol, as a field; another name is a field that there is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ProtocolName(Protocol);

impl AvailabilityForm {
    /// What is meant.
    pub(super) fn parse(&self) -> Result<Availability, FieldError> {
        match self {
            Self::All => Ok(Availability::All),
            Self::Listed(roster) => roster.parse("availability").map(Availability::Listed),
        }
    }
}

impl From<&Availability> for AvailabilityForm {
    fn from(availability: &Availability) -> Self {
        match availability {
            Availability::All => Self::All,
            Availability::Listed(roster) => Self::Listed(RosterForm::from(roster)),
        }
    }
}

impl RosterForm {
    fn parse(&self, field: &str) -> Result<Roster, FieldError> {
        let roster = Roster {
            departments: ids(&format!("{field}.departments"), &self.departments, DepartmentId::parse)?,
            members: ids(&format!("{field}.members"), &self.members, MemberId::parse)?,
            except_members: ids(&format!("{field}.except_members"), &self.except_members, MemberId::parse)?,
        };

        let members: HashSet<_> = roster.members.iter().collect();
        match roster.except_members.iter().position(|member| members.contains(member)) {
            None => Ok(roster),
            Some(at) => Err(FieldError::new(
                format!("{field}.except_members[{at}]"),
                Fault::NotAllowed,
                "is among `members`, too",
            )),
        }
    }
}

impl From<&Roster> for RosterForm {
    fn from(roster: &Roster) -> Self {
        Self {
            departments: roster.departments.iter().map(ToString::to_string).collect(),
            members: roster.members.iter().map(ToString::to_string).collect(),
            except_members: roster.except_members.iter().map(ToString::to_string).collect(),
        }
    }
}

impl ProtocolsForm {
    /// What is meant.
    pub(super) fn parse(&self) -> Result<ProtocolRules, FieldError> {
        Ok(ProtocolRules {
            default: switches("protocols.default", &self.default)?,
            departments: by_id("protocols.departments", &self.departments, DepartmentId::parse)?,
            members: by_id("protocols.members", &self.members, MemberId::parse)?,
        })
    }
}

impl From<&ProtocolRules> for ProtocolsForm {
    fn from(rules: &ProtocolRules) -> Self {
        let written = |switches: Switches| {
            Entries(switches.iter().map(|(protocol, on)| (ProtocolName(protocol), on)).collect())
        };
        Self {
            default: written(rules.default),
            departments: Entries(
                rules.departments.iter().map(|(id, on)| (id.to_string(), written(*on))).collect(),
            ),
            members: Entries(rules.members.iter().map(|(id, on)| (id.to_string(), written(*on))).collect()),
        }
    }
}

impl SecureLoginForm {
    /// What is meant.
    pub(super) fn parse(&self) -> Result<SecureLoginRule, FieldError> {
        let required = match self.mode.as_str() {
            "optional" => false,
            "required" => true,
            _ => {
                let says = "knows optional and required";
                return Err(FieldError::new("secure_login.mode", Fault::Malformed, says));
            }
        };
        let from = self.required_from.as_deref().map(|text| time("secure_login.required_from", text));
        let roster = RosterForm {
            departments: self.departments.clone(),
            members: self.members.clone(),
            except_members: self.except_members.clone(),
        };
        Ok(SecureLoginRule {
            required,
            required_from: from.transpose()?,
            roster: roster.parse("secure_login")?,
        })
    }
}

impl From<&SecureLoginRule> for SecureLoginForm {
    fn from(rule: &SecureLoginRule) -> Self {
        let RosterForm { departments, members, except_members } = RosterForm::from(&rule.roster);
        let mode = if rule.required { "required" } else { "optional" }.to_owned();
        let required_from = rule.required_from.map(|at| at.to_string());
        Self { mode, required_from, departments, members, except_members }
    }
}

fn ids<T: Copy + Eq + Hash>(
    field: &str,
    texts: &[String],
    read: fn(&str) -> Option<T>,
) -> Result<Vec<T>, FieldError> {
    if texts.len() > MAX_IDS {
        return Err(FieldError::new(field, Fault::TooLong, "takes at most 1000 ids"));
    }
    let (mut found, mut seen) = (Vec::with_capacity(texts.len()), HashSet::new());
    for (at, text) in texts.iter().enumerate() {
        let fault = |fault, says| FieldError::new(format!("{field}[{at}]"), fault, says);
        let id = read(text).ok_or_else(|| fault(Fault::Malformed, "must be an id"))?;
        if !seen.insert(id) {
            return Err(fault(Fault::Duplicate, "is in the list before"));
        }
        found.push(id);
    }
    Ok(found)
}

fn by_id<T: Copy + Ord + fmt::Display>(
    field: &str,
    entries: &Entries<String, SwitchesForm>,
    read: fn(&str) -> Option<T>,
) -> Result<BTreeMap<T, Switches>, FieldError> {
    if entries.0.len() > MAX_IDS {
        return Err(FieldError::new(field, Fault::TooLong, "takes at most 1000 ids"));
    }
    let mut found = BTreeMap::new();
    for (text, form) in &entries.0 {
        let says = "has a field whose name is no id";
        let id = read(text).ok_or_else(|| FieldError::new(field, Fault::Malformed, says))?;
        let path = format!("{field}.{id}");
        if found.insert(id, switches(&path, form)?).is_some() {
            return Err(FieldError::new(path, Fault::Duplicate, "was given twice"));
        }
    }
    Ok(found)
}

fn switches(field: &str, form: &SwitchesForm) -> Result<Switches, FieldError> {
    let mut switches = Switches::default();
    for (ProtocolName(protocol), on) in &form.0 {
        if switches.get(*protocol).is_some() {
            let path = format!("{field}.{}", protocol.name());
            return Err(FieldError::new(path, Fault::Duplicate, "was given twice"));
        }
        switches = switches.with(*protocol, *on);
    }
    Ok(switches)
}

impl Serialize for ProtocolName {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.0.name())
    }
}

impl<'de> Deserialize<'de> for ProtocolName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        // As serde says it of a field, which the reader of bodies understands.
        let unknown = || serde::de::Error::custom(format!("unknown field `{name}`"));
        Protocol::parse(&name).map(Self).ok_or_else(unknown)
    }
}

impl Serialize for AvailabilityForm {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => to.serialize_str("all"),
            Self::Listed(roster) => roster.serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for AvailabilityForm {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct AllOrListed;

        impl<'de> Visitor<'de> for AllOrListed {
            type Value = AvailabilityForm;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the word all, or an object")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<AvailabilityForm, E> {
                if word == "all" {
                    Ok(AvailabilityForm::All)
                } else {
                    Err(E::custom("neither the word all nor an object"))
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<AvailabilityForm, A::Error> {
                RosterForm::deserialize(MapAccessDeserializer::new(members)).map(AvailabilityForm::Listed)
            }
        }

        from.deserialize_any(AllOrListed)
    }
}
