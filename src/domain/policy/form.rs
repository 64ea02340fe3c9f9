//! A policy as it is written: in the body of a PUT, where it is stored, and in the answer of a GET.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::form_parts::{AvailabilityForm, ProtocolsForm, SecureLoginForm};
use super::settings::{Policy, Setting};
use crate::domain::field::{Fault, FieldError};
use crate::domain::json::{Whole, non_null, object};
use crate::domain::network::Networks;

/// A policy as it is written. A setting that is absent has its default; none may be null. Lists keep their order, maps are
/// in the order of their ids: so what is written is what was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyForm {
    #[serde(deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    availability: Option<AvailabilityForm>,
    #[serde(deserialize_with = "object", skip_serializing_if = "Option::is_none")]
    protocols: Option<ProtocolsForm>,
    #[serde(deserialize_with = "object", skip_serializing_if = "Option::is_none")]
    secure_login: Option<SecureLoginForm>,
    #[serde(deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    max_active_per_member: Option<Whole>,
    #[serde(deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    max_lifetime_days: Option<Whole>,
    #[serde(deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    default_lifetime_days: Option<Whole>,
    #[serde(deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    idle_days: Option<Whole>,
    #[serde(deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    max_overlap_seconds: Option<Whole>,
    #[serde(deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    allowed_networks: Option<Vec<String>>,
    #[serde(deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    end_on_account_password_change: Option<bool>,
    #[serde(deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    tombstone_days: Option<Whole>,
    #[serde(deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    history_days: Option<Whole>,
    #[serde(deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    counts_as_secure_login: Option<bool>,
}

impl PolicyForm {
    /// The policy that is meant. Whether the departments and members that it names exist is not looked at.
    pub fn parse(&self) -> Result<Policy, FieldError> {
        let days = |setting, value| bounded(setting, value, 1..=3_650, "takes 1 to 3650 days");
        let count = |setting, value| bounded(setting, value, 1..=1_000, "takes 1 to 1000 client passwords");
        let overlap = |setting, value| bounded(setting, value, 0..=7_776_000, "takes at most 90 days");
        let history = |setting, value| bounded(setting, value, 0..=3_650, "takes at most 3650 days");
        let networks = self.allowed_networks.as_ref();

        Ok(Policy {
            availability: self.availability.as_ref().map(AvailabilityForm::parse).transpose()?,
            protocols: self.protocols.as_ref().map(ProtocolsForm::parse).transpose()?,
            secure_login: self.secure_login.as_ref().map(SecureLoginForm::parse).transpose()?,
            max_active_per_member: count(Setting::MaxActivePerMember, self.max_active_per_member)?,
            max_lifetime_days: days(Setting::MaxLifetimeDays, self.max_lifetime_days)?,
            default_lifetime_days: days(Setting::DefaultLifetimeDays, self.default_lifetime_days)?,
            idle_days: days(Setting::IdleDays, self.idle_days)?,
            max_overlap_seconds: overlap(Setting::MaxOverlapSeconds, self.max_overlap_seconds)?,
            allowed_networks: networks
                .map(|blocks| Networks::parse(Setting::AllowedNetworks.name(), blocks))
                .transpose()?,
            end_on_account_password_change: self.end_on_account_password_change,
            tombstone_days: days(Setting::TombstoneDays, self.tombstone_days)?,
            history_days: history(Setting::HistoryDays, self.history_days)?,
            counts_as_secure_login: self.counts_as_secure_login,
        })
    }
}

impl From<&Policy> for PolicyForm {
    fn from(policy: &Policy) -> Self {
        let whole = |number: Option<u32>| number.map(|number| Whole(number.into()));
        Self {
            availability: policy.availability.as_ref().map(AvailabilityForm::from),
            protocols: policy.protocols.as_ref().map(ProtocolsForm::from),
            secure_login: policy.secure_login.as_ref().map(SecureLoginForm::from),
            max_active_per_member: whole(policy.max_active_per_member),
            max_lifetime_days: whole(policy.max_lifetime_days),
            default_lifetime_days: whole(policy.default_lifetime_days),
            idle_days: whole(policy.idle_days),
            max_overlap_seconds: whole(policy.max_overlap_seconds),
            allowed_networks: policy.allowed_networks.as_ref().map(Networks::blocks),
            end_on_account_password_change: policy.end_on_account_password_change,
            tombstone_days: whole(policy.tombstone_days),
            history_days: whole(policy.history_days),
            counts_as_secure_login: policy.counts_as_secure_login,
        }
    }
}

fn bounded(
    setting: Setting,
    value: Option<Whole>,
    bounds: RangeInclusive<u32>,
    says: &'static str,
) -> Result<Option<u32>, FieldError> {
    let Some(Whole(number)) = value else { return Ok(None) };
    match u32::try_from(number).ok().filter(|number| bounds.contains(number)) {
        Some(number) => Ok(Some(number)),
        None => Err(FieldError::new(setting.name(), Fault::OutOfRange, says)),
    }
}
