//! How many there are, as of when: above the list of members, and on the page of the organization.

use super::office::Office;
use super::tree::{Departments, Node};
use crate::domain::ids::DepartmentId;
use crate::domain::totals::Counts;
use crate::pages::frame::When;
use crate::service::Error;

/// A department with its totals.
pub struct OfDepartment {
    /// Names it in addresses.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// How many there are in it and below.
    pub counts: Counts,
}

/// Totals as they are shown.
pub struct TotalsView {
    /// When it was counted; none if it was not yet.
    pub as_of: Option<When>,
    /// The organization; none for whoever sees some departments only.
    pub all: Option<Counts>,
    /// Departments with members, in the order of the tree.
    pub departments: Vec<OfDepartment>,
}

/// Which of them a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The organization; of whoever does not see it, the departments.
    Organization,
    /// This department.
    Department(DepartmentId),
    /// The organization and its departments.
    Everything,
}

impl TotalsView {
    /// Those of this part that whoever looks sees.
    pub async fn of(office: &Office, tree: &Departments, part: Part) -> Result<Self, Error> {
        let found = office.services.totals.get(&office.call, office.home).await?;
        let is_shown = |id: DepartmentId| match part {
            Part::Organization => found.organization.is_none(),
            Part::Department(of) => of == id,
            Part::Everything => true,
        };
        let department = |node: &Node| {
            let counts = found.departments.get(&node.id).copied().filter(|_| is_shown(node.id))?;
            Some(OfDepartment { id: node.id.to_string(), name: node.name.clone(), counts })
        };

        let all = found.organization.filter(|_| !matches!(part, Part::Department(_)));
        let departments = tree.nodes.iter().filter_map(department).collect();
        Ok(Self { as_of: found.as_of.map(When), all, departments })
    }
}
