//! A what-if as it is written: in an answer of the API, and for the command line.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::what_if::{ConcernedMember, Outcomes, Tally, WhatIf};

/// So many mail clients are shown, those first of which most members have log-ins that are not let in any more.
const CLIENTS: usize = 50;

/// A what-if as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatIfForm {
    /// For how many days log-ins are kept.
    pub history_days: u32,
    /// All log-ins that were judged.
    pub judged: TallyForm,
    /// Those that are refused already, whatever is put.
    pub no_longer: TallyForm,
    /// Those that would be refused.
    pub refused: TallyForm,
    /// Those that may be refused.
    pub maybe: TallyForm,
    /// Those that were passed on to the next source, and would be no more.
    pub unknown: TallyForm,
    /// The same by reason.
    pub by_reason: Vec<ReasonForm>,
    /// The same by mail client.
    pub by_client: Vec<ClientForm>,
    /// The first members concerned.
    pub first: Vec<ConcernedForm>,
}

/// How many members, and how many of their log-ins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TallyForm {
    /// Members who have at least one of them.
    pub members: u64,
    /// The log-ins, as often as they were.
    pub log_ins: u64,
}

/// What one reason would refuse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonForm {
    /// The name of the reason.
    pub reason: String,
    /// Those that would be refused.
    pub refused: TallyForm,
    /// Those that may be refused.
    pub maybe: TallyForm,
    /// Those that were passed on, and would be no more.
    pub unknown: TallyForm,
}

/// What one mail client would be refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientForm {
    /// What it calls itself; null for those that do not say it.
    pub client: Option<String>,
    /// Those that would be refused.
    pub refused: TallyForm,
    /// Those that may be refused.
    pub maybe: TallyForm,
    /// Those that were passed on, and would be no more.
    pub unknown: TallyForm,
}

/// A member of whom something would be refused, or may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConcernedForm {
    /// Names the member in the API.
    pub id: String,
    /// The mail address.
    pub login: String,
    /// The name that people see.
    pub display_name: String,
    /// The names of the reasons.
    pub reasons: Vec<String>,
    /// Log-ins that would be refused.
    pub refused: u64,
    /// Log-ins that may be.
    pub maybe: u64,
    /// Log-ins that were passed on, and would be no more.
    pub unknown: u64,
}

impl From<Tally> for TallyForm {
    fn from(of: Tally) -> Self {
        Self { members: of.members, log_ins: of.log_ins }
    }
}

impl From<WhatIf> for WhatIfForm {
    fn from(of: WhatIf) -> Self {
        let by_reason = of.by_reason.into_iter().map(|(reason, counted)| ReasonForm {
            reason: reason.to_owned(),
            refused: counted.refused.into(),
            maybe: counted.maybe.into(),
            unknown: counted.unknown.into(),
        });

        let mut clients: Vec<(Option<String>, Outcomes)> = of.by_client.into_iter().collect();
        let members = |of: &Outcomes| of.refused.members + of.maybe.members + of.unknown.members;
        clients.sort_by(|(one, of_one), (other, of_other)| {
            Reverse(members(of_one)).cmp(&Reverse(members(of_other))).then_with(|| one.cmp(other))
        });
        let by_client = clients.into_iter().take(CLIENTS).map(|(client, counted)| ClientForm {
            client,
            refused: counted.refused.into(),
            maybe: counted.maybe.into(),
            unknown: counted.unknown.into(),
        });

        Self {
            history_days: of.history_days,
            judged: of.judged.into(),
            no_longer: of.no_longer.into(),
            refused: of.total.refused.into(),
            maybe: of.total.maybe.into(),
            unknown: of.total.unknown.into(),
            by_reason: by_reason.collect(),
            by_client: by_client.collect(),
            first: of.first.into_iter().map(ConcernedForm::from).collect(),
        }
    }
}

impl From<ConcernedMember> for ConcernedForm {
    fn from(of: ConcernedMember) -> Self {
        Self {
            id: of.id.to_string(),
            login: of.login,
            display_name: of.display_name,
            reasons: of.reasons.into_iter().map(str::to_owned).collect(),
            refused: of.refused,
            maybe: of.maybe,
            unknown: of.unknown,
        }
    }
}
