//! Races, from the outside: calls that meet at the same moment, over real sockets, on either engine.
//!
//! SQLite's one writer hides what PostgreSQL shows; whatever comes first, afterwards everything must agree: what was
//! answered, what opens mail, what is listed and what is recorded.

use std::sync::Barrier;

use serde_json::{Value, json};

use crate::support::{Answer, ClientPassword, Http, Installation, Person, TestApp};

mod authority;
mod bulk;
mod departments;
mod ends;
mod issuing;
mod leaks;
mod lease;
mod log_ins;
mod members;
mod nodes;
mod organizations;
mod policies;
mod reading;
mod rotations;
mod under_way;

/// How often each race is run.
const ROUNDS: usize = 10;

/// Something done on a thread of its own.
type Action<'a, T> = Box<dyn FnOnce() -> T + Send + 'a>;

/// A action among others.
fn action<'a, T>(act: impl FnOnce() -> T + Send + 'a) -> Action<'a, T> {
    Box::new(act)
}

/// Does all of them at the same moment; gives what came of each, in order.
fn at_once<T: Send>(actions: Vec<Action<'_, T>>) -> Vec<T> {
    let barrier = &Barrier::new(actions.len());
    std::thread::scope(|scope| {
        let begin = |action: Action<'_, T>| {
            barrier.wait();
            action()
        };
        let running: Vec<_> = actions.into_iter().map(|action| scope.spawn(move || begin(action))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Two different actions at the same moment. The first begins up to three requests late, another number in each round,
/// so that every step of one meets every step of the other.
fn race<A: Send, B: Send>(
    round: usize,
    http: &Http,
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    let barrier = Barrier::new(2);
    std::thread::scope(|scope| {
        let late = scope.spawn(|| {
            barrier.wait();
            for _ in 0..round % 4 {
                http.get("/healthz");
            }
            one()
        });
        let early = scope.spawn(|| {
            barrier.wait();
            other()
        });
        (late.join().unwrap(), early.join().unwrap())
    })
}

/// How many answers have this status; each of the others must be one of these refusals.
#[track_caller]
fn granted(answers: &[Answer], status: u16, refusals: &[(u16, &str)]) -> usize {
    for answer in answers.iter().filter(|answer| answer.status != status) {
        let told = (answer.status, answer.body["code"].as_str().unwrap_or_default());
        assert!(refusals.contains(&told), "{told:?}: {}", answer.text);
    }
    answers.iter().filter(|answer| answer.status == status).count()
}

/// Everything on a list.
#[track_caller]
fn all(http: &Http, path: &str) -> Vec<Value> {
    let join = if path.contains('?') { '&' } else { '?' };
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = http.get(&format!("{path}{join}limit=200{cursor}")).expect(200);
        items.extend(page.items().iter().cloned());
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

/// The records of this action about this member.
#[track_caller]
fn records(home: &Installation, person: &Person, action: &str) -> Vec<Value> {
    all(&home.operator, &home.path(&format!("/audit-events?action={action}&member_id={}", person.id)))
}

/// How many client passwords of this member ended for this reason.
#[track_caller]
fn ended_by(home: &Installation, person: &Person, reason: &str) -> usize {
    let listed = all(&home.operator, &person.path("/client-passwords"));
    listed.iter().filter(|one| one["ended_reason"] == reason).count()
}

/// How many client passwords the records say have ended.
fn recorded_ends(records: &[Value]) -> usize {
    let ended = |record: &Value| record["details"]["ended_client_passwords"].as_u64().unwrap_or(0);
    usize::try_from(records.iter().map(ended).sum::<u64>()).unwrap()
}

/// A member of a round's own, for whom secure login is on.
#[track_caller]
fn secured(app: &TestApp, home: &Installation, name: &str) -> Person {
    home.member(name).secured(app.time.wall())
}

/// Issues so many.
#[track_caller]
fn issue(person: &Person, count: usize) -> Vec<ClientPassword> {
    (0..count).map(|n| person.issue(&format!("Client {n}"))).collect()
}

/// The client passwords in those answers that made one.
fn made(answers: &[Answer]) -> Vec<ClientPassword> {
    answers.iter().filter(|answer| answer.status == 201).map(ClientPassword::of).collect()
}

/// Fails if one of these opens mail, on any protocol that a round uses.
#[track_caller]
fn none_opens(home: &Installation, person: &Person, passwords: &[ClientPassword]) {
    for one in passwords {
        for protocol in ["imap", "smtp"] {
            let verdict = home.mail_server.verdict_over(&person.login, &one.secret, protocol);
            assert_ne!(verdict, "accept", "{} opens mail", one.id);
        }
    }
}

/// A client password as its member sees it.
#[track_caller]
fn shown(http: &Http, one: &ClientPassword) -> Value {
    http.get(&one.path("")).expect(200).body
}

fn rotate(person: &Person, one: &ClientPassword, overlap_seconds: u64) -> Answer {
    person.http.post(&one.path("/rotate"), &json!({"overlap_seconds": overlap_seconds}))
}

/// Whatever version there is: what ends beside it makes a new one.
fn suspend(home: &Installation, person: &Person) -> Answer {
    let operator = home.operator.with("If-Match", "*");
    operator.send("PATCH", &person.path(""), Some(&json!({"state": "suspended"})))
}
