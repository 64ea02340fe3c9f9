//! A case, done over HTTP to a running application, each answer compared with the model's.

use std::collections::BTreeMap;
use std::time::Duration;

use clientpass::clock::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::actions::Action;
use super::jobs::filter;
use super::late::{End, Held};
use super::operations::{Ending, LABELS, LOGINS, Late, Op, home};
use super::rules::{
    By, DONE, Job, MADE, NOT_SIGNED_IN, OK, PROTOCOLS, Rules, SECOND, Secret, State, Those, Time, Told,
};
use crate::support::app::Options;
use crate::support::{Answer, Http, Installation, Person, TestApp};

/// Addresses inside and outside of the networks that some client passwords are bound to.
const IPS: [&str; 2] = ["198.51.100.7", "192.0.2.7"];
/// A sign-in counts as fresh for five minutes; a little less leaves room.
const FRESH: Time = 280 * SECOND;
/// A case lasts at most so long, so that nothing it knows is swept away as too old.
const LONGEST: Time = 150 * 86_400 * SECOND;

/// What was different from what the model says.
pub type Difference = String;
pub type Compared = Result<(), Difference>;

/// Fails unless the two are equal.
#[allow(clippy::needless_pass_by_value, reason = "most of what is compared is made to be")]
pub fn same<T: PartialEq<U> + std::fmt::Debug, U: std::fmt::Debug>(what: &str, is: T, should: U) -> Compared {
    if is == should { Ok(()) } else { Err(format!("{what}: is {is:?}, should be {should:?}")) }
}

pub fn told(what: &str, answer: &Answer, should: Told) -> Compared {
    let code = if answer.status < 400 { "" } else { answer.body["code"].as_str().unwrap_or_default() };
    same(&format!("{what} {}", answer.text), (answer.status, code), should)
}

/// A confirmed second factor.
#[derive(Clone)]
pub struct Factor {
    pub path: String,
    seed: String,
    /// The time steps whose codes were used, by the wall clock.
    used: Vec<i64>,
}

impl Factor {
    /// Whether the code of this step works: later than all that were used, but those of a wrong clock's future.
    fn takes(&self, step: i64) -> bool {
        self.used.iter().all(|used| *used < step || *used > step + 1)
    }
}

/// The time step of a TOTP code.
fn step(wall: Timestamp) -> i64 {
    wall.seconds() / 30
}

/// A member from the outside.
#[derive(Clone)]
pub struct Face {
    pub person: Person,
    pub factors: Vec<Factor>,
    /// When the session was begun, if it still goes on.
    pub session: Option<Time>,
}

/// How often each kind of step was done to a member in each state.
pub type Hits = BTreeMap<(&'static str, &'static str), usize>;

/// The running application, and what is known to everyone.
pub struct Stage {
    pub app: TestApp,
    operator: String,
    mail_server: String,
    pub http: Http,
    cases: usize,
    pub hits: Hits,
    /// Where every bulk revocation is a job: an organization whose previews wake the jobs.
    waking: Option<String>,
}

impl Stage {
    pub fn new(by_jobs: bool) -> Self {
        let mut options = Options::default();
        if by_jobs {
            options.config.limits.revocation_at_once = 0;
        }
        let (app, home) = TestApp::installed_with(options);
        let waking = by_jobs.then(|| home.path("/revocations"));
        let Installation { operator, mail_server, .. } = home;
        let (operator, mail_server) = (operator.token().to_owned(), mail_server.token().to_owned());
        let http = app.http();
        Self { app, operator, mail_server, http, cases: 0, hits: BTreeMap::new(), waking }
    }

    /// Whether every bulk revocation is a job.
    pub fn is_by_jobs(&self) -> bool {
        self.waking.is_some()
    }

    /// Holds jobs back, or lets them go on.
    pub fn hold_jobs(&self, held: bool) {
        *self.app.faults.statement.lock().unwrap() = held.then_some("revocations/pass");
        if let Some(path) = self.waking.as_ref().filter(|_| !held) {
            let body = json!({"filter": {"all": true}, "reason": "the model", "dry_run": true});
            self.operator().post(path, &body).expect(202);
        }
    }

    pub fn operator(&self) -> Http {
        self.http.bearing(&self.operator)
    }

    fn mail_server(&self) -> Http {
        self.http.bearing(&self.mail_server)
    }
}

/// One case: two organizations of its own.
pub struct World<'a> {
    pub stage: &'a mut Stage,
    pub rules: Rules,
    pub paths: [String; 2],
    domains: [String; 2],
    pub faces: Vec<Face>,
    /// Id and secret of each client password of the model.
    pub secrets: Vec<(String, String)>,
    /// A request whose last byte is still to come.
    pub held: Option<Held>,
    /// A bulk revocation whose job is held back, with its path.
    pub job: Option<(Job, String)>,
    /// Of each organization id and token of a directory key that lives.
    pub keys: [Option<(String, String)>; 2],
    begun: Time,
    wrong: usize,
}

impl<'a> World<'a> {
    pub fn new(stage: &'a mut Stage) -> Self {
        stage.cases += 1;
        let domains = [format!("case{}.example", stage.cases), format!("case{}.test", stage.cases)];
        let make = |domain: &String| {
            let body = json!({"name": "Case", "domains": [domain]});
            let made = stage.operator().post("/v1/organizations", &body).expect(201);
            // Whatever the case before did to the clock.
            stage.app.time.jump_to(Timestamp::parse(&made.text_of("created_at")).unwrap());
            format!("/v1/organizations/{}", made.text_of("id"))
        };
        let paths = [make(&domains[0]), make(&domains[1])];
        let now = stage.app.time.wall().micros();
        let mut rules = Rules { now, ..Rules::default() };
        rules.organizations.iter_mut().for_each(|organization| organization.changes = 1);
        Self {
            stage,
            rules,
            paths,
            domains,
            faces: Vec::new(),
            secrets: Vec::new(),
            held: None,
            job: None,
            keys: [None, None],
            begun: now,
            wrong: 0,
        }
    }

    fn login(&self, login: usize) -> String {
        format!("member{login}@{}", self.domains[home(login)])
    }

    /// Notes in which state a step found the members that it is done to.
    fn hit(&mut self, op: &Op, member: Option<usize>) {
        let all: Vec<usize> = match (op, member) {
            (_, Some(who)) => vec![who],
            (Op::Create { .. }, None) => {
                *self.stage.hits.entry((op.kind(), "nobody")).or_default() += 1;
                return;
            }
            (_, None) => (0..self.faces.len()).collect(),
        };
        for who in all {
            let member = &self.rules.members[who];
            let state = match member.state {
                _ if self.rules.is_dissolved(who) => "dissolved",
                State::Left => "left",
                State::Suspended => "suspended",
                State::Active if member.secure => "secure login on",
                State::Active if self.rules.is_required(who) => "secure login required",
                State::Active => "secure login off",
            };
            *self.stage.hits.entry((op.kind(), state)).or_default() += 1;
        }
    }

    /// Does one step. One that needs somebody or something that is not there yet is left out.
    pub fn step(&mut self, op: &Op) -> Compared {
        let target = match *op {
            Op::Create { login, .. }
            | Op::Suspend { login }
            | Op::Reactivate { login }
            | Op::Leave { login }
            | Op::AddFactor { login }
            | Op::RemoveFactor { login, .. }
            | Op::SecureLogin { login, .. }
            | Op::SetPassword { login, .. }
            | Op::Issue { login, .. }
            | Op::RevokeAll { login, .. }
            | Op::SetRole { login, .. }
            | Op::Administer { login, .. }
            | Op::Move { login, .. }
            | Op::Peer { login, .. }
            | Op::Hold { login, .. }
            | Op::Race { login, .. } => self.rules.holder(login),
            Op::CheckAccount { login, .. } => self.rules.holder(login),
            Op::Rotate { which, .. }
            | Op::Revoke { which, .. }
            | Op::Leak { which, .. }
            | Op::Check { which, .. }
            | Op::CheckEverywhere { which } => self.which(which).map(|which| self.rules.secrets[which].owner),
            Op::RevokeInBulk { .. }
            | Op::BeginJob { .. }
            | Op::PassJob
            | Op::StopJob
            | Op::MakeDepartment { .. }
            | Op::MoveDepartment { .. }
            | Op::DeleteDepartment { .. }
            | Op::PutPolicy { .. }
            | Op::Release
            | Op::EndKey
            | Op::Advance { .. }
            | Op::JumpBack { .. }
            | Op::Restart
            | Op::Dissolve { .. } => None,
        };
        self.hit(op, target);
        match *op {
            Op::Create { login, local } => self.create(login, local),
            Op::RevokeInBulk { organization, those } => self.revoke_in_bulk(organization, those),
            Op::BeginJob { organization, those } => self.begin_job(organization, those),
            Op::PassJob => self.pass_job(),
            Op::StopJob => self.stop_job(),
            Op::MakeDepartment { by, organization, below } => self.make_department(by, organization, below),
            Op::MoveDepartment { by, department, below } => self.move_department(by, department, below),
            Op::DeleteDepartment { by, department } => self.delete_department(by, department),
            Op::PutPolicy { by, organization, setting } => self.put_policy(by, organization, setting),
            Op::Advance { seconds } => self.advance(seconds),
            Op::JumpBack { seconds } => self.jump_back(seconds),
            Op::Restart => self.restart(),
            Op::Dissolve { organization } => self.dissolve(organization),
            Op::CheckAccount { login, right, protocol } => self.check_account(login, right, protocol),
            Op::Release => self.release(),
            Op::EndKey => self.end_key(),
            Op::Rotate { which, overlap } => self.with(which, |world, which| {
                world.act(world.rules.secrets[which].owner, By::Member, &Action::Rotate { which, overlap })
            }),
            Op::Revoke { which, by } => self.with(which, |world, which| {
                world.act(world.rules.secrets[which].owner, by, &Action::Revoke { which })
            }),
            Op::Leak { which, by } => self.with(which, |world, which| {
                world.act(world.rules.secrets[which].owner, by, &Action::Leak { which })
            }),
            Op::Check { which, other_login, protocol, inside } => {
                self.with(which, |world, which| world.check(which, other_login, protocol, inside))
            }
            Op::CheckEverywhere { which } => self.with(which, |world, which| {
                (0..PROTOCOLS.len()).try_for_each(|protocol| world.check(which, false, protocol, true))
            }),
            _ => target.map_or(Ok(()), |who| self.on_member(op, who)),
        }
    }

    fn on_member(&mut self, op: &Op, who: usize) -> Compared {
        match *op {
            Op::Suspend { .. } => self.act(who, By::Operator, &Action::SetState(State::Suspended)),
            Op::Reactivate { .. } => self.act(who, By::Operator, &Action::SetState(State::Active)),
            Op::Leave { .. } => self.act(who, By::Operator, &Action::Leave),
            Op::AddFactor { .. } => self.add_factor(who),
            Op::RemoveFactor { by, .. } => self.act(who, by, &Action::RemoveFactor),
            Op::SecureLogin { on, by, .. } => self.act(who, by, &Action::Switch { on }),
            Op::SetPassword { by, .. } => {
                let action = self.set_password();
                self.act(who, by, &action)
            }
            Op::Issue { label, protocols, inside_only, expires_in, .. } => {
                let expires = expires_in.map(|seconds| self.rules.now + seconds * SECOND);
                let new = Secret::new(who, label, protocols, inside_only, expires);
                self.act(who, By::Member, &Action::Issue(new))
            }
            Op::RevokeAll { by, .. } => self.act(who, by, &Action::RevokeAll),
            Op::SetRole { role, .. } => self.act(who, By::Operator, &Action::SetRole(role)),
            Op::Administer { department, .. } => self.administer(who, department),
            Op::Move { department, joins, .. } => self.move_member(who, department, joins),
            Op::Peer { by, act, .. } => self.peer(by, who, act),
            Op::Hold { by, late, .. } => {
                let action = self.late(who, late);
                self.hold(who, by, action)
            }
            Op::Race { by: By::Operator, late, .. } => {
                let action = self.late(who, late);
                self.race(who, By::Operator, &action, &End::OfKey)
            }
            Op::Race { by: By::Member, late, end, .. } => {
                let action = self.late(who, late);
                let end = match end {
                    Ending::SignOut => Action::SignOut,
                    Ending::SetPassword => self.set_password(),
                    Ending::SwitchOff => Action::Switch { on: false },
                    Ending::RemoveFactor => Action::RemoveFactor,
                    Ending::Suspend => Action::SetState(State::Suspended),
                    Ending::Leave => Action::Leave,
                };
                self.race(who, By::Member, &action, &End::Of(end))
            }
            _ => Ok(()),
        }
    }

    pub fn set_password(&mut self) -> Action {
        self.wrong += 1;
        Action::SetPassword { new: format!("password {} at {}", self.wrong, self.rules.now) }
    }

    fn late(&mut self, who: usize, late: Late) -> Action {
        let newest = self.rules.secrets.iter().rposition(|secret| secret.owner == who);
        match (late, newest) {
            (Late::Rotate, Some(which)) => Action::Rotate { which, overlap: 3_600 },
            (Late::Issue | Late::Rotate, _) => Action::Issue(Secret::new(who, 0, 7, false, None)),
            (Late::SwitchOn, _) => Action::Switch { on: true },
            (Late::SwitchOff, _) => Action::Switch { on: false },
            (Late::SetPassword, _) => self.set_password(),
            (Late::Suspend, _) => Action::SetState(State::Suspended),
        }
    }

    /// The requests of a directory key of an organization, made anew where the last one has ended.
    pub fn directory(&mut self, organization: usize) -> Result<Http, Difference> {
        if self.keys[organization].is_none() {
            let made = self.make_key(organization, "directory")?;
            self.keys[organization] = Some((made.text_of("id"), made.text_of("key")));
        }
        Ok(self.stage.http.bearing(self.keys[organization].as_ref().map_or("", |(_, token)| token)))
    }

    fn make_key(&mut self, organization: usize, role: &str) -> Result<Answer, Difference> {
        let id = self.paths[organization].rsplit('/').next().unwrap_or_default();
        let body = json!({"role": role, "label": "case", "organization_id": id});
        let made = self.stage.operator().post("/v1/service-keys", &body);
        told("make a key", &made, MADE)?;
        self.rules.organizations[organization].changes += 1;
        Ok(made)
    }

    fn end_key(&mut self) -> Compared {
        let Some((id, _)) = &self.keys[0] else { return Ok(()) };
        let answer = self.stage.operator().delete(&format!("/v1/service-keys/{id}"));
        self.key_ended(0, &answer)
    }

    /// A key has been revoked.
    pub fn key_ended(&mut self, organization: usize, answer: &Answer) -> Compared {
        told("revoke a key", answer, DONE)?;
        self.rules.organizations[organization].changes += 1;
        self.held_key_ends(organization);
        self.keys[organization] = None;
        Ok(())
    }

    fn which(&self, which: usize) -> Option<usize> {
        // Counted from the newest.
        let count = self.secrets.len();
        (count > 0).then(|| count - 1 - which % count)
    }

    fn with(&mut self, which: usize, act: impl FnOnce(&mut Self, usize) -> Compared) -> Compared {
        self.which(which).map_or(Ok(()), |which| act(self, which))
    }

    /// Lets time pass, and the service notice.
    fn move_to(&mut self, wall: Time) {
        let before = self.stage.app.time.wall().micros();
        let passes = Duration::from_micros(u64::try_from(wall - before).unwrap_or(0));
        self.stage.app.advance(passes);
        self.held_waits(passes);
        self.stage.operator().get("/v1/me").expect(200);
        self.rules.now = self.rules.now.max(wall);
        self.tidy();
    }

    /// What jobs do by and by is done.
    pub fn tidy(&mut self) {
        self.stage.app.look();
        self.rules.end_unused();
    }

    /// The member's requests, signed in lately; with a session that is over, or none, if the member cannot sign in.
    pub fn acting(&mut self, who: usize) -> Result<Http, Difference> {
        if !self.rules.can_sign_in(who) {
            return Ok(self.faces[who].person.http.clone());
        }
        if self.faces[who].session.is_some_and(|at| self.rules.now - at <= FRESH) {
            return Ok(self.faces[who].person.http.clone());
        }
        // A code works once: wait for the next.
        while let wall = self.stage.app.time.wall()
            && !self.faces[who].factors.is_empty()
            && !self.faces[who].factors.iter().any(|factor| factor.takes(step(wall)))
        {
            self.move_to(wall.micros() + 30 * SECOND);
        }
        let (now, wall) = (self.rules.now, self.stage.app.time.wall());
        let login = self.faces[who].person.login.clone();
        let mut body = json!({"login": login, "password": self.rules.members[who].password});
        let face = &mut self.faces[who];
        if let Some(factor) = face.factors.iter_mut().find(|factor| factor.takes(step(wall))) {
            factor.used.push(step(wall));
            face.person.seed = Some(factor.seed.clone());
            body["code"] = json!(face.person.code(wall));
        }
        let answer = self.stage.http.post("/v1/sessions", &body);
        told("sign in", &answer, (201, ""))?;
        let http = self.stage.http.bearing(&answer.text_of("token"));
        let face = &mut self.faces[who];
        (face.person.http, face.session) = (http.clone(), Some(now));
        self.rules.changed(who);
        Ok(http)
    }

    fn create(&mut self, login: usize, local: bool) -> Compared {
        let password = local.then(|| format!("password {} of {login}", self.faces.len()));
        let name = self.login(login);
        let mut body = json!({"login": name, "display_name": "Member"});
        if let Some(password) = &password {
            body["password"] = json!(password);
        }
        let answer = self.stage.operator().post(&format!("{}/members", self.paths[home(login)]), &body);
        told("create", &answer, self.rules.create(login, password.clone()))?;
        if answer.status == 201 {
            let person = Person {
                http: self.stage.http.clone(),
                id: answer.text_of("id"),
                login: name,
                password: password.unwrap_or_default(),
                seed: None,
                recovery_codes: Vec::new(),
            };
            self.rules.members[self.faces.len()].id = Uuid::parse_str(&person.id).unwrap();
            self.faces.push(Face { person, factors: Vec::new(), session: None });
        }
        Ok(())
    }

    fn add_factor(&mut self, who: usize) -> Compared {
        let (http, may) = self.doing(who, By::Member)?;
        let path = self.faces[who].person.path("/second-factors");
        let begun = http.post(&path, &json!({"type": "totp"}));
        if !may {
            return told("add a factor", &begun, NOT_SIGNED_IN);
        }
        let should = self.rules.add_factor(who);
        if should != OK {
            return told("add a factor", &begun, should);
        }
        told("add a factor", &begun, (201, ""))?;
        let path = format!("{path}/{}", begun.text_of("id"));
        let (wall, face) = (self.stage.app.time.wall(), &mut self.faces[who]);
        face.person.seed = Some(begun.text_of("secret"));
        let code = json!({"code": face.person.code(wall)});
        let confirmed = http.post(&format!("{path}/confirm"), &code);
        face.factors.push(Factor { path, seed: begun.text_of("secret"), used: vec![step(wall)] });
        told("confirm a factor", &confirmed, OK)
    }

    fn revoke_in_bulk(&mut self, organization: usize, those: Those) -> Compared {
        if self.stage.is_by_jobs() {
            self.begin_job(organization, those)?;
            return self.pass_job();
        }
        let body = json!({"filter": filter(those), "reason": "the model"});
        let answer = self.stage.operator().post(&format!("{}/revocations", self.paths[organization]), &body);
        let (should, ended) = self.rules.revoke_in_bulk(organization, those);
        told("revoke in bulk", &answer, should)?;
        if answer.status != 201 {
            return Ok(());
        }
        let is = (&answer.body["matched"]["client_passwords"], &answer.body["ended"]["client_passwords"]);
        same("ended in bulk", is, (&json!(ended), &json!(ended)))
    }

    #[allow(clippy::unnecessary_wraps, reason = "a step like the others")]
    fn advance(&mut self, seconds: i64) -> Compared {
        let wall = self.stage.app.time.wall().micros();
        let by = if self.rules.now - self.begun + seconds * SECOND > LONGEST { 1 } else { seconds };
        self.move_to(wall + by * SECOND);
        Ok(())
    }

    #[allow(clippy::unnecessary_wraps, reason = "a step like the others")]
    fn jump_back(&mut self, seconds: i64) -> Compared {
        let wall = self.stage.app.time.wall().micros();
        self.stage.app.time.jump_to(Timestamp::from_micros(wall - seconds * SECOND));
        Ok(())
    }

    #[allow(clippy::unnecessary_wraps, reason = "a step like the others")]
    fn restart(&mut self) -> Compared {
        // Connections that stay open are waited for.
        self.drop_held();
        self.stage.http = self.stage.app.http();
        self.faces
            .iter_mut()
            .for_each(|face| face.person.http = self.stage.http.bearing(face.person.http.token()));
        self.stage.app.restart();
        // Started behind its mark, the service goes on a microsecond after it.
        if self.stage.app.time.wall().micros() < self.rules.now {
            self.rules.now += 1;
        }
        self.stage.http = self.stage.app.http();
        for face in &mut self.faces {
            face.person.http = self.stage.http.bearing(face.person.http.token());
        }
        Ok(())
    }

    fn dissolve(&mut self, organization: usize) -> Compared {
        let answer = self.stage.operator().delete(&self.paths[organization]);
        told("dissolve", &answer, self.rules.dissolve(organization))?;
        self.keys[organization] = None;
        self.held_key_ends(organization);
        (0..self.faces.len())
            .filter(|who| self.rules.home(*who) == organization)
            .collect::<Vec<_>>()
            .into_iter()
            .try_for_each(|who| {
                self.faces[who].factors.clear();
                self.signed_out(who)
            })
    }

    fn ask(&self, by: &Http, login: usize, password: &str, protocol: usize, ip: &str) -> Answer {
        let body = json!({
            "login": self.login(login), "password": password, "protocol": PROTOCOLS[protocol], "client_ip": ip,
        });
        by.post("/v1/verify", &body)
    }

    fn check(&mut self, which: usize, other_login: bool, protocol: usize, inside: bool) -> Compared {
        let own = self.rules.members[self.rules.secrets[which].owner].login;
        let login = if other_login { (own + 1) % LOGINS } else { own };
        let answer = self.ask(
            &self.stage.mail_server(),
            login,
            &self.secrets[which].1,
            protocol,
            IPS[usize::from(inside)],
        );
        let should = self.rules.check(which, login, protocol, inside);
        let is = verdict(&answer);
        same(&format!("check of {which}"), is.as_str(), should)?;
        let via = if is == "accept" { json!(self.secrets[which].0) } else { Value::Null };
        same("accepted", &answer.body["client_password_id"], &via)
    }

    /// The account password, or something wrong, from a network of its own: guessing is slow.
    fn check_account(&mut self, login: usize, right: bool, protocol: usize) -> Compared {
        self.wrong += 1;
        let password = self.rules.holder(login).and_then(|who| self.rules.members[who].password.clone());
        let presented = password.filter(|_| right).unwrap_or_else(|| format!("wrong {}", self.wrong));
        let case = self.stage.cases;
        let ip = format!("10.{}.{}.{}", case / 250 % 250, case % 250, self.wrong % 250);
        let answer = self.ask(&self.stage.mail_server(), login, &presented, protocol, &ip);
        same(
            "check of an account password",
            verdict(&answer).as_str(),
            self.rules.check_other(login, &presented, protocol),
        )
    }

    /// Looks at everything once more: each secret on each protocol, how it is shown, and the number of records.
    pub fn finish(&mut self) -> Compared {
        self.release()?;
        self.pass_job()?;
        for which in 0..self.secrets.len() {
            self.shown(which)?;
        }
        for protocol in [0, 2] {
            // Successors first: their first use is the end of what they replace.
            for which in (0..self.secrets.len()).rev() {
                self.check(which, false, protocol, true)?;
            }
        }
        self.nothing_crosses()?;
        self.all_is_shown()?;
        (0..self.paths.len()).try_for_each(|organization| self.recorded(organization))
    }

    /// To a key that is bound to one organization the other's logins and secrets are unknown.
    fn nothing_crosses(&mut self) -> Compared {
        for organization in 0..self.paths.len() {
            if self.rules.organizations[organization].dissolved {
                continue;
            }
            let made = self.make_key(organization, "mail_server")?;
            let theirs = self.stage.http.bearing(&made.text_of("key"));
            // One of each member: many would count as guesses.
            for who in 0..self.faces.len() {
                let newest = self.rules.secrets.iter().rposition(|secret| secret.owner == who);
                let Some(which) = newest.filter(|_| self.rules.home(who) != organization) else { continue };
                let login = self.rules.members[who].login;
                let answer = self.ask(&theirs, login, &self.secrets[which].1, 0, IPS[1]);
                same("a check of another organization", verdict(&answer).as_str(), "invalid_credentials")?;
            }
        }
        Ok(())
    }

    /// There is a record of each change.
    pub fn recorded(&self, organization: usize) -> Compared {
        let (mut records, mut cursor) = (0, String::new());
        loop {
            let path = format!("{}/audit-events?limit=200{cursor}", self.paths[organization]);
            let page = self.stage.operator().get(&path);
            records += page.items().len();
            let Some(next) = page.body["next_cursor"].as_str() else {
                return same("audit records", records, self.rules.organizations[organization].changes);
            };
            cursor = format!("&cursor={next}");
        }
    }

    pub fn shown(&self, which: usize) -> Compared {
        let (id, secret) = (&self.secrets[which].0, &self.rules.secrets[which]);
        let shown = self.stage.operator().get(&format!("/v1/client-passwords/{id}")).body;
        let end = secret.end(self.rules.now);
        let id_of = |which: Option<usize>| which.map(|which| self.secrets[which].0.clone());
        let should = json!({
            "state": secret.state(self.rules.now), "ended_reason": end.map(|(_, why)| why.name()),
            "ended_at": end.map(|(at, _)| Timestamp::from_micros(at).to_string()),
            "replaces": id_of(secret.predecessor), "replaced_by": id_of(secret.successor),
            "label": format!("label {}", secret.label % LABELS),
        });
        let fields = should.as_object().unwrap();
        fields
            .iter()
            .try_for_each(|(field, value)| same(&format!("{field} of {which}"), &shown[field], value))
    }
}

/// `accept`, `defer`, or the reason of a reject; the status where there is no verdict.
fn verdict(answer: &Answer) -> String {
    let of = |field: &str| answer.body[field].as_str().map(str::to_owned);
    let result = of("result").unwrap_or_else(|| answer.status.to_string());
    if result == "reject" { of("reason").unwrap_or_default() } else { result }
}
