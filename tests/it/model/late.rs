//! Requests that come late: whose last byte is held back while other things happen, and those that are on their way
//! while the session that sends them ends.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::actions::{Action, Request};
use super::rules::{By, FORBIDDEN, NOT_SIGNED_IN, OK, Role, State};
use super::world::{Compared, Difference, World, same, told};
use crate::rest::raw;
use crate::support::time::until;
use crate::support::{Answer, Http};

/// How long the service waits for a body.
const PATIENCE: Duration = Duration::from_secs(10);

/// A request whose last byte has not been sent.
pub struct Held {
    who: usize,
    by: By,
    action: Action,
    stream: TcpStream,
    last: u8,
    /// The account password of that time, which is in the request where one is asked for.
    password: Option<String>,
    /// Whether the session or the key that it was begun with goes on.
    lives: bool,
    waited: Duration,
}

/// What ends while a request is on its way.
pub enum End {
    /// The member's session, by this.
    Of(Action),
    /// The key.
    OfKey,
}

impl World<'_> {
    /// Whoever sends late requests about a member: the member, or a directory key; and whether that is more than somebody
    /// who cannot sign in.
    fn sender(&mut self, who: usize, by: By) -> Result<(Http, bool), Difference> {
        match by {
            By::Member | By::Peer(_) => self.doing(who, by),
            By::Operator => Ok((self.directory(self.rules.home(who))?, true)),
        }
    }

    /// Sends all but the last byte of a request. Only one is held at a time.
    pub fn hold(&mut self, who: usize, by: By, action: Action) -> Compared {
        if self.held.is_some() || self.rules.is_dissolved(who) {
            return Ok(());
        }
        let (http, may) = self.sender(who, by)?;
        let request = self.request(who, by, &action);
        let body = request.body.unwrap_or_default().to_string();
        let text = raw::json(request.method, &request.path, http.token(), &body);
        let (first, last) = text.split_at(text.len() - 1);
        let time = self.stage.app.time.clone();
        let waiting = || time.waits().iter().filter(|wait| **wait == PATIENCE).count();
        let before = waiting();
        let mut stream = raw::connect(self.stage.app.address);
        stream.write_all(first.as_bytes()).unwrap();
        if !may {
            // Who is not recognised is not waited for.
            return told("the head of a request", &heard(stream), NOT_SIGNED_IN);
        }
        until("the wait for a body", || waiting() > before);
        let last = last.as_bytes()[0];
        let password = self.rules.members[who].password.clone();
        self.held =
            Some(Held { who, by, action, stream, last, password, lives: true, waited: Duration::ZERO });
        Ok(())
    }

    /// Sends the last byte, if a request is held. What counts is what is so now.
    pub fn release(&mut self) -> Compared {
        let Some(Held { who, by, action, mut stream, last, password, lives, waited }) = self.held.take()
        else {
            return Ok(());
        };
        let name = format!("late {action:?}");
        if waited >= PATIENCE {
            return told(&name, &heard(stream), (408, "request_timeout"));
        }
        stream.write_all(&[last]).unwrap();
        let answer = heard(stream);
        if !lives {
            return told(&name, &answer, NOT_SIGNED_IN);
        }
        if by == By::Member
            && matches!(action, Action::SetPassword { .. })
            && password != self.rules.members[who].password
        {
            return told(&name, &answer, (403, "invalid_current_password"));
        }
        self.judge_sent(who, by, &action, &answer)
    }

    /// Lets a held request go unanswered, as a client that gives up does.
    pub fn drop_held(&mut self) {
        self.held = None;
    }

    /// The sessions of a member are over.
    pub fn held_session_ends(&mut self, who: usize) {
        if let Some(held) = self.held.as_mut().filter(|held| held.by == By::Member && held.who == who) {
            held.lives = false;
        }
    }

    /// The key of an organization is no more.
    pub fn held_key_ends(&mut self, organization: usize) {
        let home = |who: usize| self.rules.home(who);
        if let Some(held) =
            self.held.as_mut().filter(|held| held.by == By::Operator && home(held.who) == organization)
        {
            held.lives = false;
        }
    }

    pub fn held_waits(&mut self, more: Duration) {
        if let Some(held) = &mut self.held {
            held.waited += more;
        }
    }

    /// Sends a request and the end of the session or key that sends it at the same time. The answers, and what is shown
    /// after them, have to be those of one order or the other. The answers alone do not tell: secure login off ends
    /// nothing where nothing lives, and finds nothing to do where the last factor has just been removed.
    pub fn race(&mut self, who: usize, by: By, act: &Action, end: &End) -> Compared {
        if self.rules.is_dissolved(who) {
            return Ok(());
        }
        let (http, may) = self.sender(who, by)?;
        let own = matches!(end, End::Of(Action::SignOut));
        let caller = if own { http.clone() } else { self.stage.operator() };
        let acts = self.request(who, by, act);
        let ends = match end {
            End::Of(action) => self.request(who, By::Operator, action),
            End::OfKey => {
                let id = self.keys[self.rules.home(who)].as_ref().map_or("", |(id, _)| id);
                Request { method: "DELETE", path: format!("/v1/service-keys/{id}"), body: None }
            }
        };
        let (acted, ended) = std::thread::scope(|scope| {
            let acted = scope.spawn(|| acts.send(&http));
            let ended = ends.send(&caller);
            (acted.join().unwrap(), ended)
        });
        if !may {
            told("an act without a session", &acted, NOT_SIGNED_IN)?;
            if own {
                return told("an end without a session", &ended, NOT_SIGNED_IN);
            }
            return self.judge_end(who, end, &ended);
        }
        let before = (self.rules.clone(), self.faces.clone(), self.secrets.clone(), self.keys.clone());
        let one_way = self.judge_sent(who, by, act, &acted).and_then(|()| self.judge_end(who, end, &ended));
        let one_way = one_way.and_then(|()| self.is_seen(who, by));
        let Err(one_way) = one_way else { return Ok(()) };
        (self.rules, self.faces, self.secrets, self.keys) = before;
        self.judge_end(who, end, &ended)?;
        let goes_on = match by {
            By::Member | By::Peer(_) => self.faces[who].session.is_some(),
            By::Operator => self.keys[self.rules.home(who)].is_some(),
        };
        let other_way = match (goes_on, acted.status) {
            (true, _) => self.judge_sent(who, by, act, &acted),
            // Recognised before the end, and refused for what was found after it, as the password of before is.
            (false, 401 | 403 | 404 | 409) => Ok(()),
            (false, _) => self.nothing_was_written(who, by, act, &acted),
        };
        let other_way = other_way.and_then(|()| self.is_seen(who, by));
        other_way.map_err(|other_way| format!("neither {one_way} nor {other_way}"))
    }

    /// What a race may have changed is as the model says: the member, client passwords, records, and the session that
    /// took part.
    fn is_seen(&self, who: usize, by: By) -> Compared {
        self.member_is_shown(who)?;
        let theirs = self.rules.secrets.iter().enumerate().filter(|(_, secret)| secret.owner == who);
        theirs.map(|(which, _)| which).try_for_each(|which| self.shown(which))?;
        self.recorded(self.rules.home(who))?;
        let face = &self.faces[who];
        match face.session.filter(|_| by == By::Member) {
            Some(_) => told("the session goes on", &face.person.http.get("/v1/me"), OK),
            None => Ok(()),
        }
    }

    /// Recognised before the end, and done after it: only what found nothing to do.
    fn nothing_was_written(&mut self, who: usize, by: By, act: &Action, answer: &Answer) -> Compared {
        let before = self.rules.changes();
        self.judge_sent(who, by, act, answer)?;
        same(&format!("changes by {act:?} after the end"), self.rules.changes(), before)
    }

    /// What a directory key sends is not done to administrators.
    fn judge_sent(&mut self, who: usize, by: By, act: &Action, answer: &Answer) -> Compared {
        let member = &self.rules.members[who];
        if by == By::Operator && member.role == Role::Admin && member.state != State::Left {
            return told(&format!("{act:?} by a directory"), answer, FORBIDDEN);
        }
        self.judge(who, by, act, answer)
    }

    fn judge_end(&mut self, who: usize, end: &End, answer: &Answer) -> Compared {
        match end {
            End::Of(action) => self.judge(who, By::Operator, action, answer),
            End::OfKey => self.key_ended(self.rules.home(who), answer),
        }
    }
}

/// What comes back on a connection.
fn heard(stream: TcpStream) -> Answer {
    let text = raw::rest(stream);
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned();
    let json = serde_json::from_str(&body).unwrap_or(Value::Null);
    Answer { status: raw::status(&text), headers: Vec::new(), text: body, body: json }
}
