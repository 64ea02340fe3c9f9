//! What a policy means, stated plainly: it reads the JSON as it was put and walks the tree by hand, from the sentences of
//! the design; it is slow, works nothing out ahead, and has nothing of `domain/policy/`.

use std::collections::BTreeMap;

use clientpass::clock::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

/// An organization's departments, with its policy as JSON.
pub struct Stated {
    /// From each department to its parent.
    pub parents: BTreeMap<Uuid, Option<Uuid>>,
    pub policy: Value,
}

/// A member, with the departments that the member is in.
pub type Somebody = (Uuid, Vec<Uuid>);

impl Stated {
    /// The department, its parent, and so on.
    pub fn upward(&self, department: Uuid) -> Vec<Uuid> {
        let mut path = vec![department];
        while let Some(Some(parent)) = self.parents.get(path.last().unwrap()) {
            if !self.parents.contains_key(parent) {
                break;
            }
            path.push(*parent);
        }
        path
    }

    /// "Departments with those below."
    fn in_one_of(&self, list: &Value, departments: &[Uuid]) -> bool {
        departments.iter().any(|department| self.upward(*department).iter().any(|at| lists(list, *at)))
    }

    /// "`all`, or `{departments, members, except_members}` (no lists = nobody; an exception beats all)."
    pub fn may_use_client_passwords(&self, (member, departments): &Somebody) -> bool {
        let availability = &self.policy["availability"];
        if availability.is_null() || availability == "all" {
            return true;
        }
        if lists(&availability["except_members"], *member) {
            return false;
        }
        lists(&availability["members"], *member) || self.in_one_of(&availability["departments"], departments)
    }

    /// "No lists = everyone"; an empty list is none.
    fn must_have_secure_login(&self, (member, departments): &Somebody) -> bool {
        let rule = &self.policy["secure_login"];
        if rule["mode"] != "required" || lists(&rule["except_members"], *member) {
            return false;
        }
        let is_empty = |list: &Value| list.as_array().is_none_or(Vec::is_empty);
        let everyone = is_empty(&rule["departments"]) && is_empty(&rule["members"]);
        everyone || lists(&rule["members"], *member) || self.in_one_of(&rule["departments"], departments)
    }

    /// "An instant: before it members are told; from then on `required` is true for them."
    pub fn secure_login(&self, who: &Somebody, now: Timestamp) -> (bool, Option<Timestamp>) {
        let from = self.policy["secure_login"]["required_from"].as_str().and_then(Timestamp::parse);
        match (self.must_have_secure_login(who), from) {
            (false, _) => (false, None),
            (true, Some(from)) if now < from => (false, Some(from)),
            (true, _) => (true, None),
        }
    }

    /// "A member's own value wins. Else, for each of the member's departments, the nearest upward that has a value; of
    /// these the deepest from the root wins; equally deep, off wins." Gives also whose value may be named for it.
    pub fn protocol(&self, (member, departments): &Somebody, protocol: &str) -> (bool, Vec<By>) {
        let protocols = &self.policy["protocols"];
        let value = |switches: &Value| switches[protocol].as_bool();
        let of_department = |id: Uuid| value(&protocols["departments"][id.to_string()]);

        if let Some(on) = value(&protocols["members"][member.to_string()]) {
            return (on, vec![By::Member]);
        }

        let mut nearest = Vec::new();
        for department in departments {
            let path = self.upward(*department);
            if let Some(found) = path.iter().find(|at| of_department(**at).is_some()) {
                nearest.push(*found);
            }
        }
        let depth = |id: &Uuid| self.upward(*id).len();
        let deepest = nearest.iter().map(depth).max();
        nearest.retain(|id| Some(depth(id)) == deepest);
        if nearest.iter().any(|id| of_department(*id) == Some(false)) {
            nearest.retain(|id| of_department(*id) == Some(false));
            return (false, nearest.into_iter().map(By::Department).collect());
        }
        if !nearest.is_empty() {
            return (true, nearest.into_iter().map(By::Department).collect());
        }

        match value(&protocols["default"]) {
            Some(on) => (on, vec![By::Organization]),
            None => (true, vec![By::Default]),
        }
    }
}

/// Whose value of a protocol it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum By {
    Member,
    Department(Uuid),
    Organization,
    Default,
}

/// Whether a list of ids holds this one.
pub fn lists(list: &Value, id: Uuid) -> bool {
    list.as_array().is_some_and(|list| list.contains(&json!(id)))
}
