//! What is done to a member with one request, and what the model says of its answer: apart, because requests can come
//! late and at the same time.

use clientpass::clock::Timestamp;
use serde_json::{Value, json};

use super::rules::{By, DONE, NOT_SIGNED_IN, OK, PROTOCOLS, Role, SECOND, Secret, State};
use super::world::{Compared, Difference, World, same, told};
use crate::support::{Answer, Http};

/// Something that is done to a member.
#[derive(Clone, Debug)]
pub enum Action {
    Issue(Secret),
    Rotate { which: usize, overlap: i64 },
    Revoke { which: usize },
    Leak { which: usize },
    RevokeAll,
    SetState(State),
    Leave,
    RemoveFactor,
    Switch { on: bool },
    SetPassword { new: String },
    SignOut,
    See,
    SetRole(Role),
    Administer(Option<usize>),
    Move { department: usize, joins: bool },
}

/// A request as it is sent.
pub struct Request {
    pub method: &'static str,
    pub path: String,
    pub body: Option<Value>,
}

impl Request {
    pub fn send(&self, http: &Http) -> Answer {
        // About whatever version there is: others change it at the same time.
        http.with("If-Match", "*").send(self.method, &self.path, self.body.as_ref())
    }
}

impl World<'_> {
    /// Does it, and compares the answer.
    pub fn act(&mut self, who: usize, by: By, action: &Action) -> Compared {
        let (http, may) = self.doing(who, by)?;
        let answer = self.request(who, by, action).send(&http);
        if !may {
            return told(&format!("{action:?}"), &answer, NOT_SIGNED_IN);
        }
        self.judge(who, by, action, &answer)?;
        // It shows the member as read after the write, so only here: nothing else is done at the same time.
        if matches!(action, Action::Switch { .. }) && answer.status == 200 {
            same("enabled", &answer.body["enabled"], self.rules.members[who].secure)?;
            same("required", &answer.body["required"], self.rules.is_required(who))?;
        }
        Ok(())
    }

    /// Whoever does something to a member, and whether that is more than somebody who cannot sign in.
    pub fn doing(&mut self, who: usize, by: By) -> Result<(Http, bool), Difference> {
        match by {
            By::Operator => Ok((self.stage.operator(), true)),
            By::Member => Ok((self.acting(who)?, self.rules.can_sign_in(who))),
            By::Peer(peer) => Ok((self.acting(peer)?, self.rules.can_sign_in(peer))),
        }
    }

    pub fn request(&self, who: usize, by: By, action: &Action) -> Request {
        let person = |more: &str| self.faces[who].person.path(more);
        let password =
            |which: usize, more: &str| format!("/v1/client-passwords/{}{more}", self.secrets[which].0);
        let (method, path, body) = match action {
            Action::Issue(new) => ("POST", person("/client-passwords"), Some(issuing(new))),
            Action::Rotate { which, overlap } => {
                ("POST", password(*which, "/rotate"), Some(json!({"overlap_seconds": overlap})))
            }
            Action::Revoke { which } => ("DELETE", password(*which, ""), None),
            Action::Leak { which } => {
                ("POST", "/v1/leaks".into(), Some(json!({"secrets": [self.secrets[*which].1]})))
            }
            Action::RevokeAll => ("DELETE", person("/client-passwords"), None),
            Action::SetState(state) => ("PATCH", person(""), Some(json!({"state": state.name()}))),
            Action::Leave => ("DELETE", person(""), None),
            Action::RemoveFactor => {
                let none = "/second-factors/00000000-0000-7000-8000-000000000000";
                let first = self.faces[who].factors.first();
                ("DELETE", first.map_or_else(|| person(none), |factor| factor.path.clone()), None)
            }
            Action::Switch { on } => ("PUT", person("/secure-login"), Some(json!({"enabled": on}))),
            Action::SetPassword { new } => {
                let mut body = json!({"password": new});
                if by == By::Member {
                    let current = self.rules.members[who].password.clone();
                    body["current_password"] = json!(current.unwrap_or_default());
                }
                ("PUT", person("/password"), Some(body))
            }
            Action::SignOut => ("DELETE", "/v1/sessions/current".into(), None),
            Action::See => ("GET", person(""), None),
            Action::SetRole(role) => ("PATCH", person(""), Some(json!({"role": role.name()}))),
            Action::Administer(department) => {
                let ids: Vec<_> = department.iter().map(|which| self.rules.departments[*which].id).collect();
                ("PATCH", person(""), Some(json!({"admin_department_ids": ids})))
            }
            Action::Move { department, joins } => {
                let department = &self.rules.departments[*department];
                let path =
                    format!("{}/departments/{}/members", self.paths[department.organization], department.id);
                let field = if *joins { "add" } else { "remove" };
                ("POST", path, Some(json!({field: [self.faces[who].person.id]})))
            }
        };
        Request { method, path, body }
    }

    /// Compares an answer with what the model says to it.
    pub fn judge(&mut self, who: usize, by: By, action: &Action, answer: &Answer) -> Compared {
        let name = format!("{action:?}");
        let before = self.rules.members[who].clone();
        let (mut peer, mut by) = (None, by);
        if let By::Peer(one) = by {
            if let Some(refused) = self.rules.refused_to_peer(one, who, action) {
                return told(&name, answer, refused);
            }
            // Whoever may do it does it as a program would.
            (peer, by) = (Some(one), By::Operator);
        }
        let (should, ended) = match action {
            Action::Issue(new) => (self.rules.issue(new.clone()), None),
            Action::Rotate { which, overlap } => (self.rules.rotate(*which, overlap * SECOND), None),
            Action::Revoke { which } => (self.rules.revoke(*which, by), None),
            Action::Leak { which } => (self.rules.leak(*which, by), None),
            Action::RevokeAll => with_count(self.rules.revoke_all(who, by)),
            Action::SetState(state) => (self.rules.set_state(who, *state), None),
            Action::Leave => (self.rules.leave(who), None),
            Action::RemoveFactor => (self.rules.remove_factor(who, by), None),
            Action::Switch { on } => with_count(self.rules.switch(who, *on, by)),
            Action::SetPassword { new } => with_count(self.rules.set_password(who, new)),
            Action::SignOut => {
                self.rules.changed(who);
                (DONE, None)
            }
            Action::See => (OK, None),
            Action::SetRole(role) => (self.rules.set_role(who, *role), None),
            Action::Administer(department) => (self.rules.administer(who, *department), None),
            Action::Move { department, joins } => {
                let (should, moved) = self.rules.move_member(peer, who, *department, *joins);
                let (added, removed) = if *joins { (moved, 0) } else { (0, moved) };
                if should == OK {
                    same(&name, &answer.body, &json!({"added": added, "removed": removed}))?;
                }
                (should, None)
            }
        };
        told(&name, answer, should)?;
        if let Some(ended) = ended.filter(|_| should == OK) {
            same(&format!("ended by {name}"), answer.body["ended_client_passwords"].as_u64(), Some(ended))?;
        }
        let after = self.rules.members[who].clone();
        if answer.status == 201 {
            self.secrets.push((answer.text_of("id"), answer.text_of("secret")));
        }
        let factors = &mut self.faces[who].factors;
        if after.factors < factors.len() {
            factors.remove(0);
            factors.truncate(after.factors);
        }
        let sessions_end = match action {
            Action::SetState(_) => after.state != State::Active,
            Action::Leave | Action::SignOut => true,
            Action::RemoveFactor => by == By::Operator && should == DONE,
            Action::Switch { .. } => by == By::Operator && before.secure != after.secure,
            Action::SetPassword { .. } => by == By::Operator && should == OK,
            _ => false,
        };
        if sessions_end { self.signed_out(who) } else { Ok(()) }
    }

    /// The member's sessions are over, and the last one is refused.
    pub fn signed_out(&mut self, who: usize) -> Compared {
        self.held_session_ends(who);
        let face = &mut self.faces[who];
        if face.session.take().is_none() {
            return Ok(());
        }
        told("a session that is over", &face.person.http.get("/v1/me"), NOT_SIGNED_IN)
    }
}

fn with_count((told, ended): (super::rules::Told, usize)) -> (super::rules::Told, Option<u64>) {
    (told, u64::try_from(ended).ok())
}

fn issuing(new: &Secret) -> Value {
    let names: Vec<&str> =
        (0..PROTOCOLS.len()).filter(|n| new.protocols & (1 << n) != 0).map(|n| PROTOCOLS[n]).collect();
    let mut body = json!({"label": format!("label {}", new.label), "protocols": names});
    if new.inside_only {
        body["networks"] = json!(["192.0.2.0/24"]);
    }
    if let Some(at) = new.expires {
        body["expires_at"] = json!(Timestamp::from_micros(at).to_string());
    }
    body
}
