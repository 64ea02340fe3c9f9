//! Departments, roles and policies, done over HTTP: by the operator, or by a member who may or may not.

use serde_json::{Value, json};
use uuid::Uuid;

use super::actions::Action;
use super::operations::PeerAct;
use super::policy::{Of, Roster, Setting};
use super::rules::{By, MADE, NOT_SIGNED_IN, Secret, State};
use super::world::{Compared, Difference, World, same, told};
use crate::support::Http;

/// So many departments a case has at most.
const MOST: usize = 8;

/// Whoever changes an organization: the requests, and the member who sends them, if it is one who can sign in.
enum Changer {
    Operator(Http),
    Peer(Http, usize),
    Nobody(Http),
}

impl Changer {
    fn http(&self) -> Http {
        match self {
            Self::Operator(http) | Self::Peer(http, _) | Self::Nobody(http) => http.with("If-Match", "*"),
        }
    }

    fn peer(&self) -> Option<usize> {
        match self {
            Self::Peer(_, who) => Some(*who),
            Self::Operator(_) | Self::Nobody(_) => None,
        }
    }

    fn is_nobody(&self) -> bool {
        matches!(self, Self::Nobody(_))
    }
}

impl World<'_> {
    /// The department of this number, if there are any.
    pub fn department(&self, which: usize) -> Option<usize> {
        let count = self.rules.departments.len();
        (count > 0).then(|| which % count)
    }

    fn department_path(&self, which: usize) -> String {
        format!("/v1/departments/{}", self.rules.departments[which].id)
    }

    fn parent_of(&self, below: Option<usize>) -> Value {
        json!(below.map(|which| self.rules.departments[which].id))
    }

    /// `None` if there is no such member yet.
    fn changer(&mut self, by: Option<usize>) -> Result<Option<Changer>, Difference> {
        let Some(login) = by else { return Ok(Some(Changer::Operator(self.stage.operator()))) };
        let Some(who) = self.rules.holder(login) else { return Ok(None) };
        let http = self.acting(who)?;
        let may = self.rules.can_sign_in(who);
        Ok(Some(if may { Changer::Peer(http, who) } else { Changer::Nobody(http) }))
    }

    pub fn make_department(
        &mut self,
        by: Option<usize>,
        organization: usize,
        below: Option<usize>,
    ) -> Compared {
        let below = below.and_then(|which| self.department(which));
        let Some(changer) = self.changer(by)?.filter(|_| self.rules.departments.len() < MOST) else {
            return Ok(());
        };
        let body = json!({"name": "Department", "parent_id": self.parent_of(below)});
        let made = changer.http().post(&format!("{}/departments", self.paths[organization]), &body);
        if changer.is_nobody() {
            return told("make a department", &made, NOT_SIGNED_IN);
        }
        let should = self.rules.make_department(changer.peer(), organization, below);
        told("make a department", &made, should)?;
        if should == MADE {
            let new = self.rules.departments.last_mut().unwrap();
            new.id = Uuid::parse_str(&made.text_of("id")).unwrap();
        }
        Ok(())
    }

    pub fn move_department(&mut self, by: Option<usize>, which: usize, below: Option<usize>) -> Compared {
        let Some(which) = self.department(which) else { return Ok(()) };
        let below = below.and_then(|which| self.department(which));
        let Some(changer) = self.changer(by)? else { return Ok(()) };
        let body = json!({"parent_id": self.parent_of(below)});
        let answer = changer.http().send("PATCH", &self.department_path(which), Some(&body));
        if changer.is_nobody() {
            return told("move a department", &answer, NOT_SIGNED_IN);
        }
        told("move a department", &answer, self.rules.move_department(changer.peer(), which, below))
    }

    pub fn delete_department(&mut self, by: Option<usize>, which: usize) -> Compared {
        let Some(which) = self.department(which) else { return Ok(()) };
        let Some(changer) = self.changer(by)? else { return Ok(()) };
        let answer = changer.http().delete(&self.department_path(which));
        if changer.is_nobody() {
            return told("delete a department", &answer, NOT_SIGNED_IN);
        }
        told("delete a department", &answer, self.rules.delete_department(changer.peer(), which))
    }

    pub fn move_member(&mut self, who: usize, department: usize, joins: bool) -> Compared {
        let Some(department) = self.department(department) else { return Ok(()) };
        self.act(who, By::Operator, &Action::Move { department, joins })
    }

    pub fn administer(&mut self, who: usize, department: Option<usize>) -> Compared {
        let department = department.and_then(|which| self.department(which));
        self.act(who, By::Operator, &Action::Administer(department))
    }

    /// What one member does to another, who is not the same.
    pub fn peer(&mut self, by: usize, who: usize, act: PeerAct) -> Compared {
        let Some(peer) = self.rules.holder(by).filter(|peer| *peer != who) else { return Ok(()) };
        let action = match act {
            PeerAct::See => Action::See,
            PeerAct::Suspend => Action::SetState(State::Suspended),
            PeerAct::Reactivate => Action::SetState(State::Active),
            PeerAct::Leave => Action::Leave,
            PeerAct::RevokeAll => Action::RevokeAll,
            PeerAct::SwitchOn => Action::Switch { on: true },
            PeerAct::SwitchOff => Action::Switch { on: false },
            PeerAct::RemoveFactor => Action::RemoveFactor,
            PeerAct::SetPassword => self.set_password(),
            PeerAct::Issue => Action::Issue(Secret::new(who, 0, 7, false, None)),
            PeerAct::SetRole(role) => Action::SetRole(role),
            PeerAct::Administer(department) => {
                Action::Administer(department.and_then(|which| self.department(which)))
            }
            PeerAct::Move { department, joins } => {
                let Some(department) = self.department(department) else { return Ok(()) };
                Action::Move { department, joins }
            }
        };
        self.act(who, By::Peer(peer), &action)
    }

    /// Puts the policy that there is with another setting. One that names somebody who is not there yet is left out, and
    /// a longest life while anything lives, as what is longer gives nothing back to what was shortened.
    pub fn put_policy(&mut self, by: Option<usize>, organization: usize, setting: Setting) -> Compared {
        let Some(setting) = self.named(setting) else { return Ok(()) };
        let Some(changer) = self.changer(by)? else { return Ok(()) };
        let now = self.rules.now;
        let lives = self.rules.secrets.iter().any(|one| one.lives(now));
        if lives && matches!(setting, Setting::MaxLifeDays(_)) {
            return Ok(());
        }
        let policy = self.rules.organizations[organization].policy.with(setting, now);
        let path = format!("{}/policy", self.paths[organization]);
        let answer = changer.http().send("PUT", &path, Some(&policy));
        if changer.is_nobody() {
            return told("put a policy", &answer, NOT_SIGNED_IN);
        }
        told("put a policy", &answer, self.rules.put_policy(changer.peer(), organization, &policy))?;
        self.tidy();
        Ok(())
    }

    /// A setting with the ids of those whom it names.
    fn named(&self, setting: Setting) -> Option<Setting<Uuid, Uuid>> {
        let department = |which: usize| Some(self.rules.departments[self.department(which)?].id);
        let member = |login: usize| Some(self.rules.members[self.rules.holder(login)?].id);
        let roster = |of: Roster| {
            Some(Roster {
                department: of.department.map(department).map_or(Some(None), |id| id.map(Some))?,
                member: of.member.map(member).map_or(Some(None), |id| id.map(Some))?,
                except: of.except.map(member).map_or(Some(None), |id| id.map(Some))?,
            })
        };
        Some(match setting {
            Setting::AvailableToAll => Setting::AvailableToAll,
            Setting::AvailableTo(of) => Setting::AvailableTo(roster(of)?),
            Setting::Protocol { of, protocol, on } => {
                let of = match of {
                    Of::Everyone => Of::Everyone,
                    Of::Department(which) => Of::Department(department(which)?),
                    Of::Member(login) => Of::Member(member(login)?),
                };
                Setting::Protocol { of, protocol, on }
            }
            Setting::SecureLogin { required, in_seconds, of } => {
                Setting::SecureLogin { required, in_seconds, of: roster(of)? }
            }
            Setting::InsideOnly(inside) => Setting::InsideOnly(inside),
            Setting::MaxActive(most) => Setting::MaxActive(most),
            Setting::MaxLifeDays(days) => Setting::MaxLifeDays(days),
            Setting::DefaultLifeDays(days) => Setting::DefaultLifeDays(days),
            Setting::IdleDays(days) => Setting::IdleDays(days),
        })
    }

    /// Members, departments and policies are as the model has them.
    pub fn all_is_shown(&self) -> Compared {
        let operator = self.stage.operator();
        (0..self.faces.len()).try_for_each(|who| self.member_is_shown(who))?;
        for (which, department) in self.rules.departments.iter().enumerate() {
            let shown = operator.get(&self.department_path(which));
            let should = if department.deleted { Value::Null } else { self.parent_of(department.parent) };
            same(&format!("department {which}"), shown.status, if department.deleted { 404 } else { 200 })?;
            same(&format!("what {which} is below"), &shown.body["parent_id"], &should)?;
        }
        for (path, organization) in self.paths.iter().zip(&self.rules.organizations) {
            if organization.policy.put {
                let shown = operator.get(&format!("{path}/policy")).body;
                same("the policy", &shown, &organization.policy.json)?;
            }
        }
        Ok(())
    }

    /// How a member is shown.
    pub fn member_is_shown(&self, who: usize) -> Compared {
        let ids = |numbers: &[usize]| {
            let mut ids: Vec<_> = numbers.iter().map(|which| self.rules.departments[*which].id).collect();
            ids.sort_unstable();
            json!(ids)
        };
        let shown = self.stage.operator().get(&self.faces[who].person.path("")).body;
        let is = json!([
            shown["role"],
            shown["department_ids"],
            shown["admin_department_ids"],
            shown["state"],
            shown["secure_login"]["enabled"],
            shown["secure_login"]["required"],
        ]);
        let member = &self.rules.members[who];
        let (departments, administers) = (ids(&member.departments), ids(&member.administers));
        let (state, required) = (member.state.name(), self.rules.is_required(who));
        let should = json!([member.role.name(), departments, administers, state, member.secure, required]);
        same(&format!("member {who}"), is, should)
    }
}
