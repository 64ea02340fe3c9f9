//! How many there are: members by state, client passwords live, never used and ended; of an organization, and of each of
//! its departments with those below.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::department_tree::DepartmentTree;
use crate::domain::ids::DepartmentId;
use crate::domain::member::MemberState;

/// A job counts so often.
pub const COUNT_EVERY: std::time::Duration = std::time::Duration::from_secs(300);

/// What one member adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberCounts {
    /// The state of the member.
    pub state: MemberState,
    /// Whether secure login is on.
    pub secure_login: bool,
    /// Client passwords that open mail.
    pub live: i64,
    /// Those of them that never did.
    pub never_used: i64,
    /// Client passwords that are kept, ended ones among them.
    pub all: i64,
}

/// Members by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberTotals {
    /// Active ones.
    pub active: i64,
    /// Suspended ones.
    pub suspended: i64,
    /// Those who have left.
    pub left: i64,
}

/// Active members by secure login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecureLoginTotals {
    /// With secure login.
    pub on: i64,
    /// Without it.
    pub off: i64,
}

/// Client passwords by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientPasswordTotals {
    /// Those that open mail.
    pub live: i64,
    /// Those of them that never did.
    pub never_used: i64,
    /// Those that have ended and are still recognised.
    pub ended: i64,
}

/// How many there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Members by state.
    pub members: MemberTotals,
    /// Active members by secure login.
    pub secure_login: SecureLoginTotals,
    /// Client passwords by what became of them.
    pub client_passwords: ClientPasswordTotals,
}

impl Counts {
    fn add(&mut self, one: &MemberCounts) {
        match (one.state, one.secure_login) {
            (MemberState::Active, on) => {
                self.members.active += 1;
                if on { self.secure_login.on += 1 } else { self.secure_login.off += 1 }
            }
            (MemberState::Suspended, _) => self.members.suspended += 1,
            (MemberState::Left, _) => self.members.left += 1,
        }
        // Of who is not active none opens mail, though nothing may have ended.
        let (live, never_used) =
            if one.state == MemberState::Active { (one.live, one.never_used) } else { (0, 0) };
        self.client_passwords.live += live;
        self.client_passwords.never_used += never_used;
        self.client_passwords.ended += one.all - live;
    }
}

/// Counts up member by member.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    tree: DepartmentTree,
    counted: Counted,
}

/// What has been counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// The organization.
    pub organization: Counts,
    /// Each department that anybody is in, or in one below it.
    pub departments: BTreeMap<DepartmentId, Counts>,
}

impl Tally {
    /// Nothing yet, in the departments of this tree.
    pub fn new(tree: DepartmentTree) -> Self {
        Self { tree, counted: Counted::default() }
    }

    /// Adds a member who is in these departments, once to each of them and to each above one of them.
    pub fn add(&mut self, one: &MemberCounts, departments: &[DepartmentId]) {
        self.counted.organization.add(one);
        let of_member: BTreeSet<DepartmentId> =
            departments.iter().flat_map(|department| self.tree.upward(*department)).collect();
        for department in of_member {
            self.counted.departments.entry(department).or_default().add(one);
        }
    }

    /// What it has come to.
    pub fn counted(self) -> Counted {
        self.counted
    }
}

/// Totals as they are shown: of the organization, unless only some departments are seen; of when they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    /// When it was counted; none if it has not been yet.
    pub as_of: Option<Timestamp>,
    /// The organization; none for whoever sees some departments only.
    pub organization: Option<Counts>,
    /// The departments that are seen and anybody is in.
    pub departments: BTreeMap<DepartmentId, Counts>,
}

/// Totals as programs are shown them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotalsForm {
    /// When it was counted; null if it has not been yet.
    pub as_of: Option<String>,
    /// The organization; null for whoever sees some departments only, and as long as it has not been counted.
    pub organization: Option<Counts>,
    /// The departments that anybody is in.
    pub departments: Vec<DepartmentTotalsForm>,
}

/// The totals of a department as programs are shown them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepartmentTotalsForm {
    /// The department.
    pub department_id: String,
    /// Its members and those of the departments below it.
    #[serde(flatten)]
    pub counts: Counts,
}

impl From<&Totals> for TotalsForm {
    fn from(of: &Totals) -> Self {
        let form = |(id, counts): (&DepartmentId, &Counts)| DepartmentTotalsForm {
            department_id: id.to_string(),
            counts: *counts,
        };
        Self {
            as_of: of.as_of.map(|at| at.to_string()),
            organization: of.organization,
            departments: of.departments.iter().map(form).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_member_of_two_departments_counts_once_above_both() {
        let [top, left, right] = [1u128, 2, 3].map(|id| DepartmentId::from(Uuid::from_u128(id)));
        let tree = DepartmentTree::new([(top, None), (left, Some(top)), (right, Some(top))]);
        let mut tally = Tally::new(tree);
        let one =
            MemberCounts { state: MemberState::Active, secure_login: true, live: 3, never_used: 1, all: 5 };
        tally.add(&one, &[left, right]);
        tally.add(&MemberCounts { state: MemberState::Suspended, ..one }, &[right]);
        tally.add(&MemberCounts { state: MemberState::Left, live: 0, never_used: 0, ..one }, &[]);

        let counted = tally.counted();
        assert_eq!(counted.organization.members, MemberTotals { active: 1, suspended: 1, left: 1 });
        assert_eq!(counted.organization.secure_login, SecureLoginTotals { on: 1, off: 0 });
        let passwords = ClientPasswordTotals { live: 3, never_used: 1, ended: 12 };
        assert_eq!(counted.organization.client_passwords, passwords);
        let members = |of| counted.departments[&of].members;
        assert_eq!(members(top), MemberTotals { active: 1, suspended: 1, left: 0 });
        assert_eq!(members(left), MemberTotals { active: 1, suspended: 0, left: 0 });
        assert_eq!(members(right), MemberTotals { active: 1, suspended: 1, left: 0 });
    }
}
