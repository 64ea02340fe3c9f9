//! Two years in which client passwords are made, used, moved, rotated and ended, policies are put, nodes pause and clocks
//! jump: what programs were told is exactly what a plain statement says, no more and no less, and each once.

use std::collections::{BTreeMap, BTreeSet};

use clientpass::clock::{SystemTimeSource, TimeSource as _, Timestamp};
use clientpass::config::on_end::Event;
use serde_json::{Value, json};

use super::warnings::{DAY, wanting, warning};
use super::{Duration, Receiver, Reply, SECOND, metric, secured, telling};
use crate::support::actors::ClientPassword;
use crate::support::time::{PATIENCE, until};
use crate::support::{Answer, Installation, Person, TestApp};

const HOUR: Duration = Duration::from_secs(3_600);
const MEMBERS: usize = 3;

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % most
    }

    fn of(&mut self, most: usize) -> usize {
        usize::try_from(self.below(most as u64)).unwrap()
    }

    /// Hours, at least one.
    fn hours(&mut self, most: u32) -> Duration {
        HOUR * u32::try_from(1 + self.below(u64::from(most))).unwrap()
    }
}

/// What is known of a client password from the outside.
#[derive(Clone)]
struct Known {
    one: ClientPassword,
    owner: usize,
    made: Timestamp,
    date: Option<Timestamp>,
    used: Option<Timestamp>,
    /// It has ended, or has been rotated.
    over: bool,
}

/// A warning: which client password, when it ends, why, and so many days before.
type Told = (String, String, &'static str, u64);

/// What is to be told, stated plainly, from the sentences of the contract.
#[derive(Default)]
struct Stated {
    known: Vec<Known>,
    longest: Option<u32>,
    idle: Option<u32>,
    told: BTreeSet<Told>,
}

impl Stated {
    /// Somebody looks at this moment.
    fn look(&mut self, now: Timestamp) {
        let (idle, mut due) = (self.idle, Vec::new());
        for known in self.known.iter_mut().filter(|known| !known.over) {
            let unused = idle.map(|days| known.used.unwrap_or(known.made).plus(DAY * days));
            if known.date.is_some_and(|date| date <= now) || unused.is_some_and(|end| end <= now) {
                known.over = true;
                continue;
            }

            // "14, 3 and 1 days before; thresholds before issue are skipped, after a pause only the latest that is due."
            if let Some(date) = known.date {
                let mut latest = None;
                for days in [14, 3, 1] {
                    let threshold = date.minus(DAY * days);
                    if known.made < threshold && threshold <= now {
                        latest = Some(days);
                    }
                }
                if let Some(days) = latest {
                    due.push((known.one.id.clone(), date.to_string(), "expired", days.into()));
                }
            }

            // "Idle once, at 14": not where it ends so soon after each use, nor where the date comes before.
            if let Some(end) = unused.filter(|end| known.date.is_none_or(|date| *end < date))
                && idle > Some(14)
                && end.minus(DAY * 14) <= now
            {
                due.push((known.one.id.clone(), end.to_string(), "idle", 14));
            }
        }

        // "One per (client password, date, threshold)": whatever ends it at that moment.
        for (id, at, why, days) in due {
            let is_told = self.told.iter().any(|told| (&told.0, &told.1, told.3) == (&id, &at, days));
            if !is_told {
                self.told.insert((id, at, why, days));
            }
        }
    }

    /// A policy holds at once; a longest life is written down.
    fn put(&mut self, longest: Option<u32>, idle: Option<u32>) {
        (self.longest, self.idle) = (longest, idle);
        let Some(days) = longest else { return };
        for known in self.known.iter_mut().filter(|known| !known.over) {
            let latest = known.made.plus(DAY * days);
            known.date = Some(known.date.map_or(latest, |date| date.min(latest)));
        }
    }
}

struct World {
    nodes: Vec<TestApp>,
    home: Installation,
    people: Vec<Person>,
    hook: Receiver,
    dice: Dice,
    stated: Stated,
    /// How far time has come, whatever the clock shows.
    now: Timestamp,
    /// How many warnings nodes had delivered when they were stopped.
    past: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let hook = Receiver::start(Reply::Status(200));
        let (app, home) = telling(vec![wanting("hook", &hook, &[Event::Expiring])]);
        let people = (0..MEMBERS).map(|n| secured(&app, &home, &format!("m{n}"))).collect();
        let now = app.time.wall();
        let second = app.second_node();
        let nodes = std::iter::once(app).chain(second).collect();
        Self { nodes, home, people, hook, dice: Dice(seed), stated: Stated::default(), now, past: 0 }
    }

    /// A node that serves.
    fn node(&mut self) -> usize {
        self.dice.of(self.nodes.len())
    }

    fn pass(&mut self, by: Duration) {
        self.nodes[0].advance(by);
        self.now = self.now.max(self.nodes[0].time.wall());
    }

    /// Whoever holds the lease looks, and what is to be told is told.
    fn look(&mut self) {
        // What was used is written, wherever it was.
        for node in &self.nodes {
            let services = node.services();
            actix_web::rt::System::new().block_on(services.usage.write()).unwrap();
        }
        until("somebody looking", || self.nodes.iter().any(looks));
        self.stated.look(self.now);

        // What is on its way when time passes would be sent again.
        let told = self.stated.told.len();
        let waiting = SystemTimeSource::new();
        while self.delivered() < told as u64 && waiting.monotonic() < PATIENCE {
            std::thread::yield_now();
        }
        let (surplus, missing) = (|| self.surplus(), || self.missing());
        assert_eq!(self.hook.count(), told, "{}: {:?} and not {:?}", self.now, surplus(), missing());
        assert_eq!(self.delivered(), told as u64, "{}", self.now);
    }

    /// What should have been told and was not.
    fn missing(&self) -> Vec<Told> {
        let heard = self.hook.heard(0);
        let said = |told: &&Told| {
            let (id, at, why, days) = (*told).clone();
            heard.iter().any(|one| warning(one) == (id.clone(), at.clone(), why.to_owned(), days))
        };
        self.stated.told.iter().filter(|told| !said(told)).cloned().collect()
    }

    fn delivered(&self) -> u64 {
        self.past + self.nodes.iter().map(delivered_by).sum::<u64>()
    }

    /// What was told though it should not have been.
    fn surplus(&self) -> Vec<Value> {
        let all = self.hook.heard(0);
        all.into_iter().map(|heard| heard.body).filter(|body| !self.is_stated(body)).collect()
    }

    fn is_stated(&self, body: &Value) -> bool {
        let data = &body["data"];
        self.stated.told.iter().any(|(id, ends_at, reason, days)| {
            data["client_password_id"] == *id
                && data["ends_at"] == *ends_at
                && data["reason"] == *reason
                && data["days"] == *days
        })
    }

    fn signed_in(&mut self, who: usize) -> Person {
        let node = self.node();
        let mut person = self.people[who].clone();
        person.http = self.nodes[node].http();
        person.sign_in_with_code(self.nodes[node].time.wall());
        person
    }

    fn learn(&mut self, owner: usize, answer: &Answer) {
        let time = |field: &str| answer.body[field].as_str().map(|text| Timestamp::parse(text).unwrap());
        self.stated.known.push(Known {
            one: ClientPassword::of(answer),
            owner,
            made: time("created_at").unwrap(),
            date: time("expires_at"),
            used: None,
            over: false,
        });
    }

    /// One that lives, of anybody.
    fn any(&mut self) -> Option<usize> {
        let live: Vec<usize> =
            (0..self.stated.known.len()).filter(|at| !self.stated.known[*at].over).collect();
        (!live.is_empty()).then(|| live[self.dice.of(live.len())])
    }

    fn issue(&mut self) {
        let who = self.dice.of(MEMBERS);
        let person = self.signed_in(who);
        let mut body = json!({"label": "One"});
        if self.dice.below(3) > 0 {
            body["expires_at"] = json!(self.now.plus(self.dice.hours(24 * 60)).to_string());
        }
        let answer = person.http.post(&person.path("/client-passwords"), &body);
        // Beyond the longest life, or too many.
        if answer.status == 201 {
            self.learn(who, &answer);
        }
    }

    fn move_date(&mut self) {
        let Some(at) = self.any() else { return };
        let known = self.stated.known[at].clone();
        let person = self.signed_in(known.owner);
        let date = self.now.plus(self.dice.hours(24 * 40));
        let date = if self.dice.below(6) == 0 { Value::Null } else { json!(date.to_string()) };
        let answer = person.http.patch(&known.one.path(""), &json!({"expires_at": date}));
        if answer.status == 200 {
            let date = answer.body["expires_at"].as_str().map(|text| Timestamp::parse(text).unwrap());
            self.stated.known[at].date = date;
        }
    }

    fn rotate(&mut self) {
        let Some(at) = self.any() else { return };
        let known = self.stated.known[at].clone();
        let person = self.signed_in(known.owner);
        let answer = person.http.post(&known.one.path("/rotate"), &json!({}));
        if answer.status == 201 {
            self.stated.known[at].over = true;
            self.learn(known.owner, &answer);
        }
    }

    fn revoke(&mut self) {
        let Some(at) = self.any() else { return };
        let known = self.stated.known[at].clone();
        let person = self.signed_in(known.owner);
        person.http.delete(&known.one.path("")).expect(204);
        self.stated.known[at].over = true;
    }

    /// A client comes, and is let in as long as its client password lives.
    fn check(&mut self) {
        if self.stated.known.is_empty() {
            return;
        }
        let at = self.dice.of(self.stated.known.len());
        let (known, node) = (self.stated.known[at].clone(), self.node());
        let server = self.nodes[node].http().bearing(self.home.mail_server.token());
        let verdict = server.verdict(&self.people[known.owner].login, &known.one.secret);
        if known.over {
            // A rotated one may still overlap.
            return;
        }
        assert_eq!(verdict, "accept", "at {}", self.now);
        self.stated.known[at].used = Some(self.now);
    }

    fn put(&mut self) {
        let mut days = |most: u64| {
            let days = u32::try_from(10 + self.dice.below(most)).unwrap();
            (self.dice.below(3) > 0).then_some(days)
        };
        let (longest, idle, default) = (days(90), days(50), days(60));
        let node = self.node();
        let operator = self.nodes[node].http().bearing(self.home.operator.token()).with("If-Match", "*");
        let settings =
            [("max_lifetime_days", longest), ("idle_days", idle), ("default_lifetime_days", default)];
        let set = settings.into_iter().filter_map(|(name, days)| Some((name.to_owned(), json!(days?))));
        let policy = Value::Object(set.collect());
        let path = self.home.path("/policy");
        until("a settled policy", || {
            let answer = operator.send("PUT", &path, Some(&policy));
            assert!(answer.status == 200 || answer.body["code"] == "policy_settling", "{}", answer.text);
            self.nodes.iter().any(looks);
            answer.status == 200
        });
        self.stated.put(longest, idle);
    }

    /// Everybody pauses, and comes back after days.
    fn pause(&mut self) {
        self.past = self.delivered();
        for node in &mut self.nodes {
            node.stop();
        }
        let by = self.dice.hours(24 * 20);
        self.pass(by);
        for node in &mut self.nodes {
            node.serve();
        }
        // A job looks as soon as it is started.
        self.look();
    }

    /// One node is started anew.
    fn restart(&mut self) {
        let node = self.node();
        self.past += delivered_by(&self.nodes[node]);
        self.nodes[node].restart();
        self.look();
    }

    /// The clock is behind for a while.
    fn jump_back(&mut self) {
        let right = self.nodes[0].time.wall();
        self.nodes[0].time.jump_to(right.minus(DAY * 30));
        if self.dice.below(2) == 0 {
            self.restart();
        }
        self.look();
        self.nodes[0].time.jump_to(right.plus(SECOND));
        self.now = right.plus(SECOND);
    }

    fn act(&mut self) {
        match self.dice.below(20) {
            0..=5 => self.issue(),
            6..=8 => self.move_date(),
            9 => self.rotate(),
            10 => self.revoke(),
            11..=17 => self.check(),
            _ => self.put(),
        }
    }
}

fn delivered_by(node: &TestApp) -> u64 {
    metric(node, r#"clientpass_end_notices_total{target="hook",result="delivered"}"#)
}

/// Writes longest lives down and looks, where this node holds the lease.
fn looks(node: &TestApp) -> bool {
    let services = node.services();
    actix_web::rt::System::new().block_on(async {
        let Ok(Some(lease)) = services.leases.current().await else { return false };
        services.settling.settle(lease).await.is_ok() && services.warnings.look(lease).await.is_ok()
    })
}

/// Two years of this seed.
fn pass_two_years(seed: u64) {
    let mut world = World::new(seed);
    let end = world.now.plus(DAY * 730);
    while world.now < end {
        let by = world.dice.hours(60);
        world.pass(by);
        world.look();
        for _ in 0..world.dice.of(4) {
            world.act();
            world.look();
            // Whoever signs in again needs another code.
            world.pass(SECOND * 60);
            world.look();
        }
        match world.dice.below(40) {
            0 => world.pause(),
            1 => world.restart(),
            2 => world.jump_back(),
            _ => {}
        }
    }

    let heard = world.hook.heard(world.stated.told.len());
    let mut told: BTreeMap<_, u32> = BTreeMap::new();
    for one in &heard {
        *told.entry(warning(one)).or_default() += 1;
    }
    let stated = world
        .stated
        .told
        .iter()
        .map(|(id, at, why, days)| ((id.clone(), at.clone(), (*why).to_owned(), *days), 1));
    let stated: Vec<_> = stated.collect();
    assert_eq!(told.into_iter().collect::<Vec<_>>(), stated);
    let kinds: BTreeSet<_> = stated.iter().map(|((.., why, days), _)| (why.clone(), *days)).collect();
    assert_eq!(kinds.len(), 4, "dates at three thresholds and disuse: {kinds:?}");
}

#[test]
fn two_years_of_warnings_are_exactly_those_that_a_plain_statement_gives() {
    pass_two_years(3);
}

#[test]
fn and_so_are_those_of_two_other_years() {
    pass_two_years(20_260_101);
}
