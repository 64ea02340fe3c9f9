//! Killed in the middle of writes, again and again: nothing acknowledged is lost, nothing dead is revived, what
//! was on its way is there as a whole or not at all. `CLIENTPASS_KILLS` says how often.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use clientpass::clock::Timestamp;
use serde_json::{Value, json};
use ureq::Agent;

use crate::support::actors::{Answer, Http, Installation, Person};
use crate::support::clientpass::Clientpass;
use crate::support::postgres::{self, Server};
use crate::support::{poll, runnable};

/// Members who write at the same time.
const WRITERS: usize = 4;
/// More client passwords than this are issued before each kill.
const ISSUED_A_KILL: usize = 5;
/// A sign-in is good for making passwords for five minutes; new members come before that.
const KILLS_A_SIGN_IN: usize = 25;
const SIGN_IN: Duration = Duration::from_secs(120);
/// Dead client passwords of earlier rounds that are tried again after each kill.
const OLD_DEAD: usize = 40;

fn kills() -> usize {
    std::env::var("CLIENTPASS_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(50)
}

#[derive(Clone)]
struct Held {
    id: String,
    secret: String,
}

/// What is written between two kills.
#[derive(Default)]
struct Round {
    /// Whether it is over.
    over: AtomicBool,
    /// Client passwords that were issued, and acknowledged.
    issued: AtomicUsize,
}

/// What one member has been told, and what was on its way when the answer failed to come.
struct Ledger {
    me: Person,
    live: Vec<Held>,
    dead: Vec<Held>,
    /// Ends of these were asked for and not acknowledged: all of them are dead now, or none.
    unknown: Vec<Held>,
}

/// What is answered in the end. A database that has just come back may stall on a busy machine, and clientpass says then
/// that it cannot answer.
fn answered(ask: impl Fn() -> Answer) -> Answer {
    let mut answer = ask();
    poll(Duration::from_secs(20), || {
        let answered = answer.status != 503;
        if !answered {
            answer = ask();
        }
        answered
    });
    answer.expect(200)
}

fn accepted(home: &Installation, login: &str, held: &Held) -> bool {
    let answer = answered(|| home.mail_server.check(login, &held.secret, "imap"));
    answer.text_of("result") == "accept"
}

/// A request that may find nobody.
fn ask(agent: &Agent, url: &str, me: &Http, method: &str, body: Option<&Value>) -> Option<(u16, Value)> {
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(url)
        .header("Authorization", format!("Bearer {}", me.token()))
        .header("Content-Type", "application/json");
    let answer = match body {
        Some(body) => agent.run(request.body(body.to_string()).unwrap()),
        None => agent.run(request.body(()).unwrap()),
    };
    let mut answer = answer.ok()?;
    let status = answer.status().as_u16();
    let text = answer.body_mut().read_to_string().ok()?;
    Some((status, serde_json::from_str(&text).unwrap_or_default()))
}

impl Ledger {
    fn of(home: &Installation, name: &str) -> Self {
        let me = home.member(name).secured(Clientpass::now());
        Self { me, live: Vec::new(), dead: Vec::new(), unknown: Vec::new() }
    }

    /// Issues, rotates, revokes one, reports two as leaked, revokes all, in turn, until nobody answers any more.
    fn write(&mut self, url: &str, round: &Round) {
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .timeout_global(Some(Duration::from_secs(10)))
            .build()
            .into();
        for turn in 0.. {
            if round.over.load(Ordering::Relaxed) || self.turn(&agent, url, turn, &round.issued).is_none() {
                return;
            }
        }
    }

    fn turn(&mut self, agent: &Agent, url: &str, turn: usize, issued: &AtomicUsize) -> Option<()> {
        let mine = format!("{url}{}", self.me.path("/client-passwords"));
        let held = |body: &Value| Held {
            id: body["id"].as_str().unwrap().to_owned(),
            secret: body["secret"].as_str().unwrap().to_owned(),
        };
        match turn % 7 {
            3 => {
                let old = self.live.last()?.clone();
                let path = format!("{url}/v1/client-passwords/{}/rotate", old.id);
                self.unknown = vec![old];
                let body = json!({"overlap_seconds": 0});
                let (status, body) = ask(agent, &path, &self.me.http, "POST", Some(&body))?;
                assert!(status == 201 || status == 503, "{status} {body}");
                if status == 201 {
                    self.live.pop();
                    self.dead.append(&mut self.unknown);
                    self.live.push(held(&body));
                    issued.fetch_add(1, Ordering::Relaxed);
                }
            }
            5 => {
                let one = self.live.last()?.clone();
                let path = format!("{url}/v1/client-passwords/{}", one.id);
                self.unknown = vec![one];
                let (status, body) = ask(agent, &path, &self.me.http, "DELETE", None)?;
                assert!(status == 204 || status == 503, "{status} {body}");
                if status == 204 {
                    self.live.pop();
                    self.dead.append(&mut self.unknown);
                }
            }
            // Of what one report has all ends, or nothing.
            4 if self.live.len() > 1 => {
                let found = self.live[self.live.len() - 2..].to_vec();
                let secrets: Vec<&str> = found.iter().map(|one| one.secret.as_str()).collect();
                let body = json!({"secrets": secrets});
                self.unknown.clone_from(&found);
                let (status, body) =
                    ask(agent, &format!("{url}/v1/leaks"), &self.me.http, "POST", Some(&body))?;
                assert!(status == 202 || status == 503, "{status} {body}");
                if status == 202 {
                    self.live.truncate(self.live.len() - found.len());
                    self.dead.append(&mut self.unknown);
                }
            }
            6 if turn.is_multiple_of(3) => {
                self.unknown = self.live.clone();
                let (status, body) = ask(agent, &mine, &self.me.http, "DELETE", None)?;
                assert!(status == 200 || status == 204 || status == 503, "{status} {body}");
                if status != 503 {
                    self.live.clear();
                    self.dead.append(&mut self.unknown);
                }
            }
            _ if self.live.len() < 20 => {
                let (status, body) =
                    ask(agent, &mine, &self.me.http, "POST", Some(&json!({"label": "Phone"})))?;
                assert!([201, 409, 503].contains(&status), "{status} {body}");
                if status == 201 {
                    self.live.push(held(&body));
                    issued.fetch_add(1, Ordering::Relaxed);
                }
            }
            _ => {}
        }
        if !self.unknown.is_empty() {
            // Not acknowledged, and not refused: found out like after a kill.
            return None;
        }
        Some(())
    }

    /// After the restart: every promise is kept. What was on its way is found out, and belongs to the ledger.
    fn check(&mut self, home: &Installation, all: bool) {
        let lives = |held: &Held| accepted(home, &self.me.login, held);
        let unknown: Vec<bool> = self.unknown.iter().map(lives).collect();
        let alive = unknown.iter().filter(|lives| **lives).count();
        assert!(alive == 0 || alive == unknown.len(), "ended by half: {unknown:?}");
        let on_its_way: Vec<Held> = std::mem::take(&mut self.unknown);
        if alive == 0 {
            self.live.retain(|held| on_its_way.iter().all(|other| other.id != held.id));
            self.dead.extend(on_its_way);
        }
        for held in &self.live {
            assert!(lives(held), "an acknowledged client password is lost");
        }
        let old = if all { 0 } else { self.dead.len().saturating_sub(OLD_DEAD) };
        for held in &self.dead[old..] {
            assert!(!lives(held), "a dead client password was revived");
        }
        // As many as the service knows, or as many and one whose secret nobody was shown.
        let mine = self.me.path("/client-passwords?state=active&limit=200");
        let listed = answered(|| home.operator.get(&mine));
        let ids: Vec<&str> = listed.items().iter().filter_map(|item| item["id"].as_str()).collect();
        assert!(self.live.iter().all(|held| ids.contains(&held.id.as_str())));
    }
}

/// Kills, starts again, checks.
fn survives(clientpass: &mut Clientpass, home: &Installation, mut kill: impl FnMut(&mut Clientpass, usize)) {
    let (mut ledgers, mut signed_in) = (Vec::new(), Clientpass::now());
    let mut acknowledged = 0;
    for round in 0..kills() {
        if ledgers.is_empty() {
            signed_in = Clientpass::now();
            ledgers = (0..WRITERS).map(|writer| Ledger::of(home, &format!("m{round}-{writer}"))).collect();
        }
        let (url, current) = (clientpass.url(), Round::default());
        std::thread::scope(|scope| {
            for ledger in &mut ledgers {
                scope.spawn(|| ledger.write(&url, &current));
            }
            // As long as it takes to be in the middle of something else each time.
            let until =
                Timestamp::micros(Clientpass::now()) + 20_000 + i64::try_from(round % 10).unwrap() * 9_000;
            while Timestamp::micros(Clientpass::now()) < until {
                std::thread::yield_now();
            }
            // A busy machine may not have come to anything yet.
            poll(Duration::from_secs(5), || current.issued.load(Ordering::Relaxed) > ISSUED_A_KILL);
            kill(clientpass, round);
            current.over.store(true, Ordering::Relaxed);
        });
        let last = round + 1 == kills()
            || (round + 1) % KILLS_A_SIGN_IN == 0
            || Clientpass::now().since(signed_in) > SIGN_IN;
        for ledger in &mut ledgers {
            ledger.check(home, last);
            acknowledged += usize::from(last) * (ledger.live.len() + ledger.dead.len());
        }
        if last {
            ledgers.clear();
        }
    }
    // A test that wrote nothing would have proven nothing.
    assert!(acknowledged > kills() * ISSUED_A_KILL, "only {acknowledged} were acknowledged");
    println!("{} kills, {acknowledged} client passwords accounted for", kills());
}

#[test]
fn killed_on_sqlite_nothing_acknowledged_is_lost_and_nothing_dead_revived() {
    let (mut clientpass, home) = Clientpass::installed();
    clientpass.restart_without_floor();
    survives(&mut clientpass, &home, |clientpass, _| {
        clientpass.kill();
        clientpass.start();
    });
}

#[test]
fn killed_on_postgresql_either_side_nothing_acknowledged_is_lost_and_nothing_dead_revived() {
    if !runnable(postgres::missing()) {
        return;
    }
    let server = Server::start("");
    server.sql("postgres", "CREATE DATABASE clientpass TEMPLATE template0 ENCODING 'UTF8'");
    let (mut clientpass, home) = Clientpass::installed_on(&server.url("clientpass"));
    clientpass.restart_without_floor();
    survives(&mut clientpass, &home, |clientpass, round| {
        if round % 2 == 0 {
            clientpass.kill();
            clientpass.start();
        } else {
            // The service stays and finds the database again by itself.
            server.crash();
            server.up();
            clientpass.recovers();
        }
    });
}

/// How often a job is killed; in a long run two hundred times.
fn kills_beside_jobs() -> usize {
    if std::env::var("CLIENTPASS_KILLS").is_ok() { kills().min(200) } else { 10 }
}

/// Members of a batch, and labels that each has one client password of.
const MEMBERS: usize = 8;
const LABELS: usize = 10;

/// Members who have one of each label; of those the ones that are still live.
struct Batch {
    people: Vec<Person>,
    /// By label, then by member.
    passwords: Vec<Vec<Held>>,
}

impl Batch {
    fn of(home: &Installation, round: usize) -> Self {
        let people: Vec<Person> =
            (0..MEMBERS).map(|n| home.member(&format!("b{round}-{n}")).secured(Clientpass::now())).collect();
        let issue = |person: &Person, label: usize| {
            let made = person.issue(&format!("Label {label} of {round}"));
            Held { id: made.id, secret: made.secret }
        };
        let of_label = |label| people.iter().map(|person| issue(person, label)).collect();
        Self { passwords: (0..LABELS).map(of_label).collect(), people }
    }

    fn accepted(&self, home: &Installation, label: usize) -> usize {
        let all = self.people.iter().zip(&self.passwords[label]);
        all.filter(|(person, held)| accepted(home, &person.login, held)).count()
    }
}

/// Kills while a job ends one of each member, of whom the last one ends by the epoch; starts again: everything of the set
/// ends, nothing else, and each is counted once.
fn jobs_survive(
    clientpass: &mut Clientpass,
    home: &Installation,
    mut kill: impl FnMut(&mut Clientpass, usize),
) {
    let (mut batch, mut begun_at, mut in_the_middle) = (None, 0, 0);
    for round in 0..kills_beside_jobs() {
        let label = round % LABELS;
        if label == 0 {
            (batch, begun_at) = (Some(Batch::of(home, round)), round);
        }
        let batch: &Batch = batch.as_ref().unwrap();
        let filter = json!({"label": format!("Label {label} of {begun_at}")});
        let body = json!({"filter": filter, "reason": "a leak"});
        let begun = home.operator.post(&home.path("/revocations"), &body).expect(202);
        let path = home.path(&format!("/revocations/{}", begun.text_of("id")));

        // Another moment of it each time.
        let until = Timestamp::micros(Clientpass::now()) + i64::try_from(round % 12).unwrap() * 1_500;
        while Timestamp::micros(Clientpass::now()) < until {
            std::thread::yield_now();
        }
        kill(clientpass, round);
        let seen = || answered(|| home.operator.get(&path)).body;
        in_the_middle += usize::from(seen()["state"] == "running");

        let over = poll(Duration::from_secs(60), || seen()["state"] == "done");
        let seen = seen();
        assert!(over, "the job does not go on: {seen}");
        let all = json!({"members": MEMBERS, "client_passwords": MEMBERS});
        assert_eq!((&seen["matched"], &seen["ended"]), (&all, &all), "{seen}");
        for other in 0..LABELS {
            let expected = if other > label { MEMBERS } else { 0 };
            assert_eq!(batch.accepted(home, other), expected, "label {other} after that of {label}");
        }
    }
    println!("{} kills beside jobs, {in_the_middle} of them before a job was over", kills_beside_jobs());
}

const JOBS: &str =
    "[verify]\nrefusal_floor_ms = 0\n[limits]\nrevocation_at_once = 0\nkey_changes = 1000000\n";

#[test]
fn killed_on_sqlite_a_job_goes_on_and_repeats_nothing() {
    let (mut clientpass, home) = Clientpass::installed();
    clientpass.restart_with(JOBS);
    jobs_survive(&mut clientpass, &home, |clientpass, _| {
        clientpass.kill();
        clientpass.start();
    });
}

#[test]
fn killed_on_postgresql_either_side_a_job_goes_on_and_repeats_nothing() {
    if !runnable(postgres::missing()) {
        return;
    }
    let server = Server::start("");
    server.sql("postgres", "CREATE DATABASE clientpass TEMPLATE template0 ENCODING 'UTF8'");
    let (mut clientpass, home) = Clientpass::installed_on(&server.url("clientpass"));
    clientpass.restart_with(JOBS);
    jobs_survive(&mut clientpass, &home, |clientpass, round| {
        if round % 2 == 0 {
            clientpass.kill();
            clientpass.start();
        } else {
            server.crash();
            server.up();
            clientpass.recovers();
        }
    });
}
