//! What people type, and what is meant: organizations by name, departments by their way from the top, members by login.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::wording::explain;
use super::{Administration, DepartmentListing, PAGE, Scene};
use crate::domain::department::Department;
use crate::domain::ids::{DepartmentId, OrganizationId};
use crate::domain::member::Member;
use crate::domain::organization::{Organization, OrganizationState};
use crate::service::{Call, Paging};

/// So many of what is wrong or might be meant are named.
const NAMED: usize = 20;

/// All departments of an organization.
pub(super) struct Tree {
    departments: HashMap<DepartmentId, Department>,
    paths: BTreeMap<DepartmentId, String>,
}

impl Tree {
    fn new(all: Vec<Department>) -> Self {
        let departments: HashMap<_, _> = all.into_iter().map(|one| (one.id, one)).collect();
        let paths = departments.keys().map(|id| (*id, path(&departments, *id))).collect();
        Self { departments, paths }
    }

    /// The way of a department from the top; its id if it is not there any more.
    pub(super) fn path(&self, id: DepartmentId) -> String {
        self.paths.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    /// A department as it is shown.
    pub(super) fn listing(&self, of: &Department) -> DepartmentListing {
        DepartmentListing {
            id: of.id.to_string(),
            path: self.path(of.id),
            name: of.name.clone(),
            parent_id: of.parent_id.map(|id| id.to_string()),
        }
    }

    /// All departments, in order of their ways from the top.
    pub(super) fn listings(&self) -> Vec<DepartmentListing> {
        let mut all: Vec<_> = self.departments.values().map(|one| self.listing(one)).collect();
        all.sort_by(|one, other| (&one.path, &one.id).cmp(&(&other.path, &other.id)));
        all
    }

    /// The department of this id or with this way from the top.
    pub(super) fn find(&self, typed: &str) -> Result<&Department, String> {
        let by_id = DepartmentId::parse(typed).and_then(|id| self.departments.get(&id));
        if let Some(found) = by_id {
            return Ok(found);
        }

        let ids: Vec<_> = self.paths.iter().filter(|(_, path)| *path == typed).map(|(id, _)| *id).collect();
        match ids.as_slice() {
            [id] => self.departments.get(id).ok_or_else(|| unknown(typed)),
            [] => Err(unknown(typed)),
            several => Err(format!(
                "{} departments are called {typed:?}: name the one by its id, of {}",
                several.len(),
                enumerated(several)
            )),
        }
    }
}

fn unknown(typed: &str) -> String {
    format!(
        "there is no department {typed:?}; name it by its way from the top, such as Sales/North, or by its id: clientpass \
         admin departments list"
    )
}

/// The names from the top down to a department. No tree is deeper than it has departments.
fn path(departments: &HashMap<DepartmentId, Department>, id: DepartmentId) -> String {
    let above = |one: &&Department| one.parent_id.and_then(|parent| departments.get(&parent));
    let upward = std::iter::successors(departments.get(&id), above).take(departments.len());
    let mut names: Vec<_> = upward.map(|one| one.name.as_str()).collect();
    names.reverse();
    names.join("/")
}

/// The first of these, and how many others there are.
fn enumerated(all: &[impl ToString]) -> String {
    let shown: Vec<_> = all.iter().take(NAMED).map(ToString::to_string).collect();
    let more = all.len().saturating_sub(NAMED);
    let others = if more > 0 { format!(" and {more} others") } else { String::new() };
    format!("{}{others}", shown.join(", "))
}

impl Administration {
    /// The organization of this id or name; without one, the only one that is active.
    pub(super) async fn organization(
        &self,
        call: &Call,
        typed: Option<&str>,
    ) -> Result<Organization, String> {
        let all = self.all_organizations(call).await?;
        let by_id = typed.and_then(OrganizationId::parse);
        let meant = |one: &Organization| match (typed, by_id) {
            (None, _) => one.state == OrganizationState::Active,
            (Some(_), Some(id)) => one.id == id,
            (Some(name), None) => one.name == name && one.state == OrganizationState::Active,
        };
        let (mut found, others): (Vec<_>, Vec<_>) = all.into_iter().partition(meant);
        let several = |them: &[Organization]| {
            enumerated(&them.iter().map(|one| format!("{} ({})", one.id, one.name)).collect::<Vec<_>>())
        };

        match (found.pop(), typed) {
            (Some(only), _) if found.is_empty() => Ok(only),
            (Some(last), _) => {
                found.push(last);
                Err(format!("say which organization, with --organization ID: {}", several(&found)))
            }
            (None, Some(typed)) => {
                let there: Vec<_> =
                    others.into_iter().filter(|one| one.state == OrganizationState::Active).collect();
                Err(format!("there is no active organization {typed:?}; there are: {}", several(&there)))
            }
            (None, None) => {
                Err("there is no organization yet: open the link that clientpass setup-link prints, or \
                                 see clientpass init --help"
                    .into())
            }
        }
    }

    async fn all_organizations(&self, call: &Call) -> Result<Vec<Organization>, String> {
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let page = self.organizations.list(call, Paging { before, limit: PAGE }).await;
            let page = page.map_err(|error| explain(&error))?;
            all.extend(page.items);
            match page.next {
                Some(next) => before = Some(next),
                None => return Ok(all),
            }
        }
    }

    /// All departments of the organization.
    pub(super) async fn tree(&self, scene: &Scene) -> Result<Tree, String> {
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let paging = Paging { before, limit: PAGE };
            let page = self.departments.list(&scene.call, scene.organization.id, paging).await;
            let page = page.map_err(|error| explain(&error))?;
            all.extend(page.items);
            match page.next {
                Some(next) => before = Some(next),
                None => return Ok(Tree::new(all)),
            }
        }
    }

    /// The member who has this login.
    pub(super) async fn member(&self, scene: &Scene, login: &str) -> Result<Member, String> {
        let found = self.members_of(scene, &[login.to_owned()]).await?;
        found.into_iter().next().ok_or_else(|| format!("{login:?} is no login"))
    }

    /// The members who have these logins, each once; all of them, or none.
    pub(super) async fn members_of(&self, scene: &Scene, logins: &[String]) -> Result<Vec<Member>, String> {
        let found = self.members.by_logins(&scene.call, scene.organization.id, logins).await;
        let found = found.map_err(|error| explain(&error))?;

        let unknown: Vec<_> = logins
            .iter()
            .zip(&found)
            .filter(|(_, member)| member.is_none())
            .map(|(login, _)| login)
            .collect();
        if !unknown.is_empty() {
            let (whom, name) = (enumerated(&unknown), &scene.organization.name);
            return Err(format!("nobody in {name} has the login {whom}; nothing was changed"));
        }

        let mut once = HashSet::new();
        Ok(found.into_iter().flatten().filter(|member| once.insert(member.id)).collect())
    }
}
