//! The tree of departments, as pages show it: as far as whoever looks sees it, each below what it belongs to.

use super::names::{Name, there};
use super::office::Office;
use super::shown::Choice;
use crate::domain::department::Department;
use crate::domain::department_tree::DepartmentTree;
use crate::domain::field::Fault;
use crate::domain::ids::DepartmentId;
use crate::http::problem::Problem;
use crate::pages::form::Form;
use crate::pages::texts::{Words, apart};
use crate::service::{Error, Paging};

/// So many departments a page shows; of more than these the newest.
pub const SHOWN: usize = 2_000;
/// As many as one look shows.
const LOOK: u32 = 200;
/// What sets one apart from what it is below, where there is no markup.
const DEEPER: &str = "\u{a0}\u{a0}\u{a0}";

/// A department in its place.
pub struct Node {
    /// Names it in addresses.
    pub id: DepartmentId,
    /// What people call it.
    pub name: String,
    /// How far below the top it is.
    pub depth: usize,
    /// Whether the next one is below it.
    pub opens: bool,
    /// So many lists end after it.
    pub closes: usize,
}

/// A department that can be ticked.
pub struct Tick {
    /// What the form sends.
    pub value: String,
    /// What people call it.
    pub name: String,
    /// How far below the top it is.
    pub depth: usize,
    /// Whether it is ticked.
    pub chosen: bool,
}

/// Departments in the order in which a tree is read.
pub struct Departments {
    /// What is below one comes right after it.
    pub nodes: Vec<Node>,
    /// Whether there are others, which are too many for a page.
    pub more: bool,
    tree: DepartmentTree,
}

impl Departments {
    /// Those that the member sees, and of these also such as a page would leave out.
    pub async fn of(office: &Office, besides: &[DepartmentId]) -> Result<Self, Error> {
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let paging = Paging { before, limit: LOOK };
            let listed = office.services.departments.list(&office.call, office.home, paging).await?;
            found.extend(listed.items);
            before = listed.next;
            if before.is_none() || found.len() >= SHOWN {
                break;
            }
        }

        for id in besides {
            if before.is_some() && !found.iter().any(|one| one.id == *id) {
                found.extend(there(office.services.departments.get(&office.call, *id).await)?);
            }
        }
        Ok(Self::arranged(found, before.is_some()))
    }

    fn arranged(found: Vec<Department>, more: bool) -> Self {
        let tree = DepartmentTree::new(found.iter().map(|one| (one.id, one.parent_id)));
        let called: std::collections::HashMap<_, _> =
            found.iter().map(|one| (one.id, (one.name.to_lowercase(), one.id))).collect();
        let mut placed: Vec<_> = found
            .into_iter()
            .map(|one| {
                let mut path: Vec<_> = tree.upward(one.id).filter_map(|id| called.get(&id)).collect();
                path.reverse();
                (path, one)
            })
            .collect();
        placed.sort_by(|(one, _), (other, _)| one.cmp(other));

        let depths: Vec<usize> = placed.iter().map(|(path, _)| path.len().saturating_sub(1)).collect();
        let after = depths.iter().skip(1).copied().chain([0]);
        let nodes = placed.iter().zip(&depths).zip(after).map(|(((_, one), depth), next)| Node {
            id: one.id,
            name: one.name.clone(),
            depth: *depth,
            opens: next > *depth,
            closes: depth.saturating_sub(next),
        });
        Self { nodes: nodes.collect(), more, tree }
    }

    /// To choose one of them; without a department and what is below it, if it is to be put elsewhere.
    pub fn choices(&self, chosen: &str, but: Option<DepartmentId>) -> Vec<Choice> {
        let fits = |node: &&Node| but.is_none_or(|top| !self.tree.is_at_or_below(node.id, top));
        let choice = |node: &Node| {
            let text = format!("{}{}", DEEPER.repeat(node.depth), apart(&node.name));
            Choice::new(node.id.to_string(), text, chosen)
        };
        self.nodes.iter().filter(fits).map(choice).collect()
    }

    /// To tick some of them.
    pub fn ticks(&self, chosen: &[DepartmentId]) -> Vec<Tick> {
        let tick = |node: &Node| Tick {
            value: node.id.to_string(),
            name: node.name.clone(),
            depth: node.depth,
            chosen: chosen.contains(&node.id),
        };
        self.nodes.iter().map(tick).collect()
    }

    /// What those of these are called that a page shows.
    pub fn names(&self, ids: &[DepartmentId]) -> Vec<String> {
        self.nodes.iter().filter(|node| ids.contains(&node.id)).map(|node| apart(&node.name)).collect()
    }

    /// Whether a page shows this one.
    pub fn shows(&self, id: DepartmentId) -> bool {
        self.tree.contains(id)
    }

    /// What is said where some are left out; empty if none is.
    pub fn left_out(&self, words: &Words) -> String {
        if self.more { words.with("admin-departments-more", "count", SHOWN) } else { String::new() }
    }
}

/// Departments that a form names; none where it was left open.
pub fn named(field: &'static str, form: &Form) -> Result<Vec<DepartmentId>, Problem> {
    let malformed = || Problem::field(field, Fault::Malformed, "is none");
    form.all(field).map(|id| DepartmentId::parse(id).ok_or_else(malformed)).collect()
}

/// The departments that a member has to do with, as far as whoever looks sees them.
pub struct Belonging {
    /// Those that are seen.
    pub names: Vec<Name>,
    /// How many others there are.
    pub others: usize,
}

impl Belonging {
    /// These departments, by name, each with its members.
    pub async fn of(office: &Office, ids: &[DepartmentId]) -> Result<Self, Error> {
        let mut names = Vec::new();
        for id in ids {
            if let Some(found) = there(office.services.departments.get(&office.call, *id).await)? {
                names.push(Name { href: members(*id), ..Name::bare(found.name) });
            }
        }
        names.sort_by(|one, other| one.text.cmp(&other.text));
        Ok(Self { others: ids.len() - names.len(), names })
    }

    /// Whether there is none at all.
    pub const fn is_nothing(&self) -> bool {
        self.names.is_empty() && self.others == 0
    }
}

/// Where the members of a department are listed.
pub fn members(id: DepartmentId) -> String {
    format!("/admin/members?department_id={id}")
}
