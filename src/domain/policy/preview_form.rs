//! A preview as it is written: in an answer of the API, and for the command line.

use serde::{Deserialize, Serialize};

use super::preview::{CutOffMember, PolicyPreview};
use super::settings::Setting;

/// A preview as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewForm {
    /// Members who would lose something.
    pub members: u64,
    /// Client passwords that would open less, or nothing.
    pub client_passwords: u64,
    /// The same by setting; one that takes nothing is left out.
    pub by_setting: Vec<CountedForm>,
    /// The first of these members.
    pub first: Vec<CutOffForm>,
}

/// How many one setting meets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedForm {
    /// The name of the setting.
    pub setting: String,
    /// Members who would lose something by it.
    pub members: u64,
    /// Client passwords that would open less by it, or nothing.
    pub client_passwords: u64,
}

/// A member who would lose something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutOffForm {
    /// Names the member in the API.
    pub id: String,
    /// The mail address.
    pub login: String,
    /// The name that people see.
    pub display_name: String,
    /// The names of the settings by which that is.
    pub by: Vec<String>,
    /// Client passwords of the member that would open less, or nothing.
    pub client_passwords: u64,
}

impl From<PolicyPreview> for PreviewForm {
    fn from(of: PolicyPreview) -> Self {
        let by_setting = of.by_setting.into_iter().map(|(setting, counted)| CountedForm {
            setting: setting.name().to_owned(),
            members: counted.members,
            client_passwords: counted.client_passwords,
        });
        Self {
            members: of.members,
            client_passwords: of.client_passwords,
            by_setting: by_setting.collect(),
            first: of.first.into_iter().map(CutOffForm::from).collect(),
        }
    }
}

impl From<CutOffMember> for CutOffForm {
    fn from(of: CutOffMember) -> Self {
        Self {
            id: of.id.to_string(),
            login: of.login,
            display_name: of.display_name,
            by: of.by.into_iter().map(Setting::name).map(str::to_owned).collect(),
            client_passwords: of.client_passwords,
        }
    }
}
