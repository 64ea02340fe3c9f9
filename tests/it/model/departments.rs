//! The model of departments and roles: the tree, who is in it, and how far whoever is no program reaches.

use uuid::Uuid;

use super::actions::Action;
use super::rules::{
    DONE, FORBIDDEN, MADE, Member, NOT_ACTIVE, NOT_FOUND, OK, Role, Rules, State, Told, WRONG_FIELD,
};

const IN_USE: Told = (409, "department_in_use");
const NO_ROOM: Told = (409, "no_room_below");

/// One department.
#[derive(Clone, Debug)]
pub struct Department {
    pub id: Uuid,
    pub organization: usize,
    pub parent: Option<usize>,
    pub deleted: bool,
}

impl Rules {
    /// Whether an organization has this department.
    pub fn has_department(&self, organization: usize, which: usize) -> bool {
        let department = &self.departments[which];
        department.organization == organization && !department.deleted
    }

    /// The department, what it is below, and so on.
    fn upward(&self, which: usize) -> Vec<usize> {
        let mut path = vec![which];
        while let Some(parent) = self.departments[path[path.len() - 1]].parent {
            path.push(parent);
        }
        path
    }

    /// Whether a member is in a department or below it.
    pub fn is_below(&self, who: usize, department: usize) -> bool {
        self.members[who].departments.iter().any(|one| self.upward(*one).contains(&department))
    }

    /// Whether a member administers a department or what it is below.
    fn administers(&self, who: usize, department: usize) -> bool {
        self.upward(department).iter().any(|one| self.members[who].administers.contains(one))
    }

    /// Why another member may not change the organization at all.
    pub fn refused_to_change(&self, peer: Option<usize>, organization: usize) -> Option<Told> {
        let refused = peer.and_then(|peer| {
            if self.home(peer) != organization {
                return Some(NOT_FOUND);
            }
            (self.members[peer].role != Role::Admin).then_some(FORBIDDEN)
        });
        refused.or(self.organizations[organization].dissolved.then_some(NOT_ACTIVE))
    }

    /// Why a caller does not see a department.
    fn hides_department(&self, peer: Option<usize>, which: usize) -> bool {
        let hidden = peer.is_some_and(|peer| {
            self.home(peer) != self.departments[which].organization
                || match self.members[peer].role {
                    Role::Admin | Role::Auditor => false,
                    Role::DepartmentAdmin => !self.administers(peer, which),
                    Role::Member => true,
                }
        });
        self.departments[which].deleted || hidden
    }

    pub fn make_department(
        &mut self,
        peer: Option<usize>,
        organization: usize,
        below: Option<usize>,
    ) -> Told {
        if let Some(refused) = self.refused_to_change(peer, organization) {
            return refused;
        }
        if below.is_some_and(|below| !self.has_department(organization, below)) {
            return WRONG_FIELD;
        }
        self.departments.push(Department { id: Uuid::nil(), organization, parent: below, deleted: false });
        self.organizations[organization].changes += 1;
        MADE
    }

    pub fn move_department(&mut self, peer: Option<usize>, which: usize, below: Option<usize>) -> Told {
        let organization = self.departments[which].organization;
        if self.hides_department(peer, which) {
            return NOT_FOUND;
        }
        if let Some(refused) = self.refused_to_change(peer, organization) {
            return refused;
        }
        if self.departments[which].parent == below {
            return OK;
        }
        if below.is_some_and(|below| !self.has_department(organization, below)) {
            return WRONG_FIELD;
        }
        if below.is_some_and(|below| self.upward(below).contains(&which)) {
            return NO_ROOM;
        }
        self.departments[which].parent = below;
        self.organizations[organization].changes += 1;
        OK
    }

    pub fn delete_department(&mut self, peer: Option<usize>, which: usize) -> Told {
        let Department { id, organization, .. } = self.departments[which];
        if self.hides_department(peer, which) {
            return NOT_FOUND;
        }
        if let Some(refused) = self.refused_to_change(peer, organization) {
            return refused;
        }
        let hangs =
            |member: &Member| member.departments.contains(&which) || member.administers.contains(&which);
        let above = |one: &Department| one.parent == Some(which) && !one.deleted;
        if self.departments.iter().any(above)
            || self.members.iter().any(hangs)
            || self.organizations[organization].policy.names(id)
        {
            return IN_USE;
        }
        self.departments[which].deleted = true;
        self.organizations[organization].changes += 1;
        DONE
    }

    /// Gives the answer, and how many came in or went out.
    pub fn move_member(
        &mut self,
        peer: Option<usize>,
        who: usize,
        department: usize,
        joins: bool,
    ) -> (Told, usize) {
        let organization = self.departments[department].organization;
        if self.hides_department(peer, department) {
            return (NOT_FOUND, 0);
        }
        if self.organizations[organization].dissolved {
            return (NOT_ACTIVE, 0);
        }
        let hidden = peer.is_some_and(|peer| !self.knows(peer, who));
        if hidden || self.home(who) != organization || self.members[who].state == State::Left {
            return (WRONG_FIELD, 0);
        }
        if peer.is_some_and(|peer| !self.stands_above(peer, who)) {
            return (FORBIDDEN, 0);
        }
        let departments = &mut self.members[who].departments;
        let changes = departments.contains(&department) != joins;
        departments.retain(|one| *one != department);
        if joins {
            departments.push(department);
        }
        self.organizations[organization].changes += 1;
        (OK, usize::from(changes))
    }

    pub fn set_role(&mut self, who: usize, role: Role) -> Told {
        if self.members[who].state == State::Left {
            return NOT_ACTIVE;
        }
        if self.members[who].role != role {
            self.members[who].role = role;
            self.members[who].administers.clear();
            self.changed(who);
        }
        OK
    }

    /// What cannot be administered, whoever asks for it.
    fn wrong_to_administer(&self, who: usize, department: Option<usize>) -> bool {
        let there = department.is_none_or(|one| self.has_department(self.home(who), one));
        let may = department.is_none() || self.members[who].role == Role::DepartmentAdmin;
        !there || !may
    }

    pub fn administer(&mut self, who: usize, department: Option<usize>) -> Told {
        if self.members[who].state == State::Left {
            return NOT_ACTIVE;
        }
        if self.wrong_to_administer(who, department) {
            return WRONG_FIELD;
        }
        let administers: Vec<_> = department.into_iter().collect();
        if self.members[who].administers != administers {
            self.members[who].administers = administers;
            self.changed(who);
        }
        OK
    }

    /// Whether a member may know of another: auditors and administrators of the same organization may, and department
    /// administrators within their reach.
    fn knows(&self, peer: usize, who: usize) -> bool {
        let me = &self.members[peer];
        self.home(peer) == self.home(who)
            && match me.role {
                Role::Admin | Role::Auditor => true,
                Role::DepartmentAdmin => me.administers.iter().any(|one| self.is_below(who, *one)),
                Role::Member => false,
            }
    }

    fn stands_above(&self, peer: usize, who: usize) -> bool {
        let me = self.members[peer].role;
        me >= Role::DepartmentAdmin && self.members[who].role < me
    }

    /// Why a member may not do this to another. Nobody makes a secret for somebody else, gives a role that is not below
    /// one's own, or acts on somebody of an equal or a higher one; what a department administrator does not reach, and
    /// what is of another organization, is not there.
    pub fn refused_to_peer(&self, peer: usize, who: usize, action: &Action) -> Option<Told> {
        if matches!(action, Action::Move { .. }) {
            // It is asked of the department.
            return None;
        }
        if !self.knows(peer, who) {
            return Some(NOT_FOUND);
        }
        let also_left = matches!(action, Action::See | Action::RevokeAll | Action::Revoke { .. });
        if self.members[who].state == State::Left && !also_left {
            return Some(NOT_ACTIVE);
        }
        let above = self.stands_above(peer, who);
        let over_all = above && self.members[peer].role == Role::Admin;
        let may = match action {
            Action::See => true,
            Action::SetRole(role) => {
                *role == self.members[who].role || (over_all && *role < self.members[peer].role)
            }
            Action::Administer(department) => {
                let same = self.members[who].administers == department.iter().copied().collect::<Vec<_>>();
                same || over_all || self.wrong_to_administer(who, *department)
            }
            Action::SetState(_)
            | Action::Leave
            | Action::Revoke { .. }
            | Action::RevokeAll
            | Action::RemoveFactor
            | Action::Switch { on: false } => above,
            _ => false,
        };
        (!may).then_some(FORBIDDEN)
    }
}
