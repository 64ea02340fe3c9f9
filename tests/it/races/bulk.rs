//! Bulk revocations, against what makes and what ends.

use serde_json::{Value, json};

use super::{
    ROUNDS, action, all, at_once, ended_by, granted, issue, made, none_opens, race, records, rotate, secured,
};
use crate::support::app::Options;
use crate::support::time::until;
use crate::support::{Answer, Installation, Person, TestApp};

fn revoke(home: &Installation, body: &Value) -> Answer {
    home.operator.post(&home.path("/revocations"), body)
}

fn everything() -> Value {
    json!({"filter": {"all": true}, "reason": "a leak"})
}

fn preview(home: &Installation) -> Value {
    let body = json!({"filter": {"all": true}, "reason": "a leak", "dry_run": true});
    json!({"preview_id": revoke(home, &body).expect(200).text_of("id"), "reason": "a leak"})
}

/// Where nothing is done at once.
fn by_jobs() -> (TestApp, Installation) {
    let mut options = Options::default();
    options.config.limits.revocation_at_once = 0;
    TestApp::installed_with(options)
}

/// What came of a job, once it is over.
fn over(home: &Installation, begun: &Answer) -> Value {
    let path = home.path(&format!("/revocations/{}", begun.text_of("id")));
    until("the end of the job", || home.operator.get(&path).expect(200).text_of("state") != "running");
    home.operator.get(&path).body
}

fn ended_of(body: &Value) -> usize {
    usize::try_from(body["ended"]["client_passwords"].as_u64().unwrap()).unwrap()
}

fn ended(answer: &Answer) -> usize {
    ended_of(&answer.body)
}

/// What the records of all bulk revocations say has ended.
fn recorded(home: &Installation) -> usize {
    super::recorded_ends(&all(&home.operator, &home.path("/audit-events?action=revocation.done")))
}

/// What came from rotating one of the set is in the set.
#[test]
fn rotating_escapes_no_bulk_revocation() {
    let (app, home) = TestApp::installed();
    let people = [secured(&app, &home, "alice"), secured(&app, &home, "bob")];
    let mut total = 0;
    for round in 0..2 * ROUNDS {
        let phones = [issue(&people[0], 3), issue(&people[1], 3)];
        let body = match round % 3 {
            0 => everything(),
            1 => preview(&home),
            _ => json!({"filter": {"label": "Client 1"}, "reason": "a leak"}),
        };
        let rotations = || {
            let turn = |n: usize| {
                let (person, phone) = (&people[n % 2], &phones[n % 2][n / 2]);
                action(move || rotate(person, phone, 3600))
            };
            at_once((0..6).map(turn).collect())
        };
        let (done, rotated) = race(round, &home.mail_server, || revoke(&home, &body), rotations);
        let done = done.expect(201);
        granted(&rotated, 201, &[(409, "not_active")]);
        total += ended(&done);
        for (n, answer) in rotated.iter().enumerate() {
            let in_the_set = round % 3 != 2 || n / 2 == 1;
            if in_the_set {
                none_opens(&home, &people[n % 2], &[phones[n % 2][n / 2].clone()]);
                none_opens(&home, &people[n % 2], &made(std::slice::from_ref(answer)));
            }
        }
        let ends: usize = people.iter().map(|person| ended_by(&home, person, "bulk_revocation")).sum();
        assert_eq!((ends, recorded(&home)), (total, total), "round {round}");
        for person in &people {
            person.http.delete(&person.path("/client-passwords")).expect(200);
        }
    }
}

/// Whatever is issued meanwhile either ended and is counted, or lives.
#[test]
fn what_is_issued_meanwhile_is_counted_or_lives() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let mut total = 0;
    for round in 0..ROUNDS {
        let before = issue(&alice, 2);
        let body = if round % 2 == 0 { everything() } else { preview(&home) };
        let ask = |_| action(|| alice.http.post(&alice.path("/client-passwords"), &json!({"label": "Late"})));
        let (done, answers) =
            race(round, &home.mail_server, || revoke(&home, &body), || at_once((0..4).map(ask).collect()));
        let done = done.expect(201);
        assert_eq!(granted(&answers, 201, &[]), 4);
        total += ended(&done);
        none_opens(&home, &alice, &before);
        let lives = |one: &&crate::support::ClientPassword| {
            home.mail_server.verdict(&alice.login, &one.secret) == "accept"
        };
        let living = made(&answers).iter().filter(lives).count();
        assert_eq!(ended(&done) + living, 6);
        assert_eq!((ended_by(&home, &alice, "bulk_revocation"), recorded(&home)), (total, total));
        alice.http.delete(&alice.path("/client-passwords")).expect(200);
    }
}

#[test]
fn ends_that_meet_a_bulk_revocation_are_counted_once() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let mut total = 0;
    for round in 1..=ROUNDS {
        let phones = issue(&alice, 4);
        let others = || {
            let mut actions: Vec<_> =
                phones.iter().map(|phone| action(|| alice.http.delete(&phone.path("")))).collect();
            actions.push(action(|| revoke(&home, &everything())));
            at_once(actions)
        };
        let (one, answers) = race(round, &home.mail_server, || revoke(&home, &everything()), others);
        total += ended(&one.expect(201)) + ended(&answers[4]);
        let singles = records(&home, &alice, "client_password.revoked").len();
        assert_eq!(total + singles, 4 * round);
        assert_eq!(ended_by(&home, &alice, "revoked_by_member"), singles);
        assert_eq!((ended_by(&home, &alice, "bulk_revocation"), recorded(&home)), (total, total));
    }
}

#[test]
fn a_preview_is_used_once() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    for _ in 0..ROUNDS {
        issue(&alice, 2);
        let body = preview(&home);
        let answers = at_once((0..4).map(|_| action(|| revoke(&home, &body))).collect());
        assert_eq!(granted(&answers, 201, &[(409, "preview_used")]), 1);
    }
}

/// What was there and what came from it by rotating ends by a job, and what it says agrees with what has ended.
#[test]
fn rotating_escapes_no_job() {
    let (app, home) = by_jobs();
    let people = [secured(&app, &home, "alice"), secured(&app, &home, "bob")];
    let mut total = 0;
    for round in 0..ROUNDS {
        let phones = [issue(&people[0], 3), issue(&people[1], 3)];
        let body = match round % 2 {
            0 => everything(),
            _ => json!({"filter": {"label": "Client 1"}, "reason": "a leak"}),
        };
        let rotations = || {
            let turn = |n: usize| {
                let (person, phone) = (&people[n % 2], &phones[n % 2][n / 2]);
                action(move || rotate(person, phone, 3600))
            };
            at_once((0..6).map(turn).collect())
        };
        let (begun, rotated) = race(round, &home.mail_server, || revoke(&home, &body), rotations);
        let seen = over(&home, &begun.expect(202));
        granted(&rotated, 201, &[(409, "not_active")]);
        total += ended_of(&seen);
        for (n, answer) in rotated.iter().enumerate() {
            if round % 2 == 0 || n / 2 == 1 {
                none_opens(&home, &people[n % 2], &[phones[n % 2][n / 2].clone()]);
                none_opens(&home, &people[n % 2], &made(std::slice::from_ref(answer)));
            }
        }
        let ends: usize = people.iter().map(|person| ended_by(&home, person, "bulk_revocation")).sum();
        assert_eq!((ends, recorded(&home)), (total, total), "round {round}");
        for person in &people {
            person.http.delete(&person.path("/client-passwords")).expect(200);
        }
    }
}

/// Whatever is issued meanwhile either ended and is counted, or lives. A member who makes one does not lose it by the end
/// of everything that there was.
#[test]
fn what_is_issued_beside_a_job_is_counted_or_lives() {
    let (app, home) = by_jobs();
    let alice = secured(&app, &home, "alice");
    let mut total = 0;
    for round in 0..ROUNDS {
        let before = issue(&alice, 2);
        let ask = |_| action(|| alice.http.post(&alice.path("/client-passwords"), &json!({"label": "Late"})));
        let issuing = || at_once((0..4).map(ask).collect());
        let (begun, answers) = race(round, &home.mail_server, || revoke(&home, &everything()), issuing);
        let ended = ended_of(&over(&home, &begun.expect(202)));
        assert_eq!(granted(&answers, 201, &[]), 4);
        total += ended;
        none_opens(&home, &alice, &before);
        let lives = |one: &&crate::support::ClientPassword| {
            home.mail_server.verdict(&alice.login, &one.secret) == "accept"
        };
        let living = made(&answers).iter().filter(lives).count();
        assert_eq!(ended + living, 6, "round {round}");
        assert_eq!((ended_by(&home, &alice, "bulk_revocation"), recorded(&home)), (total, total));
        alice.http.delete(&alice.path("/client-passwords")).expect(200);
    }
}

/// What the job and what somebody else ends is counted once, and each has its own reason.
#[test]
fn ends_that_meet_a_job_are_counted_once() {
    let (app, home) = by_jobs();
    for round in 0..ROUNDS {
        let alice = secured(&app, &home, &format!("alice{round}"));
        let bob = secured(&app, &home, &format!("bob{round}"));
        let phones = issue(&alice, 3);
        let bobs = issue(&bob, 1);
        let other: Box<dyn Fn() -> Answer + Sync> = match round % 5 {
            0 => Box::new(|| alice.http.delete(&phones[0].path(""))),
            1 => Box::new(|| alice.secure_login(false)),
            2 => Box::new(|| super::suspend(&home, &alice)),
            3 => Box::new(|| home.operator.delete(&alice.path(""))),
            _ => Box::new(|| {
                let policy = json!({"max_lifetime_days": 30});
                home.operator.with("If-Match", "*").send("PUT", &home.path("/policy"), Some(&policy))
            }),
        };
        let before = recorded(&home);
        let (begun, answer) = race(round, &home.mail_server, || revoke(&home, &everything()), &*other);
        let seen = over(&home, &begun.expect(202));
        assert!(answer.status < 300 || answer.status == 404, "round {round}: {}", answer.text);
        none_opens(&home, &alice, &phones);
        none_opens(&home, &bob, &bobs);
        let ended = ended_of(&seen);
        let listed = ended_by(&home, &alice, "bulk_revocation") + ended_by(&home, &bob, "bulk_revocation");
        assert_eq!((ended, recorded(&home) - before), (listed, listed), "round {round}");
        assert_eq!(ended_by(&home, &bob, "bulk_revocation"), 1);
    }
}

/// A job that is stopped in the middle says what it has ended, and the rest lives.
#[test]
fn a_job_that_is_stopped_ended_what_it_says() {
    let (app, home) = by_jobs();
    let people: Vec<Person> = (0..12).map(|n| secured(&app, &home, &format!("member{n}"))).collect();
    for round in 0..ROUNDS {
        let phones: Vec<_> = people.iter().map(|person| issue(person, 1).remove(0)).collect();
        let begun = revoke(&home, &everything()).expect(202);
        for _ in 0..round {
            home.mail_server.get("/healthz");
        }
        let path = home.path(&format!("/revocations/{}/stop", begun.text_of("id")));
        let stopped = home.operator.send("POST", &path, None);
        granted(std::slice::from_ref(&stopped), 200, &[(409, "not_active")]);
        let seen = over(&home, &begun);
        let verdict = |(person, phone): (&Person, &crate::support::ClientPassword)| {
            home.mail_server.verdict(&person.login, &phone.secret)
        };
        let living = people.iter().zip(&phones).map(verdict).filter(|verdict| verdict == "accept").count();
        assert_eq!(ended_of(&seen) + living, 12, "round {round}: {seen}");
        assert_eq!(seen["state"] == "done", living == 0 && stopped.status == 409, "{seen}");
        for person in &people {
            home.operator.delete(&person.path("/client-passwords")).expect(200);
        }
    }
}

#[test]
fn dissolving_beside_a_job_leaves_nothing_alive_and_no_job_running() {
    let (app, home) = by_jobs();
    for round in 0..ROUNDS {
        let body = json!({"name": "Other", "domains": [format!("case{round}.test")], "owner": format!("owner@case{round}.test")});
        let other = home.operator.post("/v1/organizations", &body).expect(201).text_of("id");
        let path = format!("/v1/organizations/{other}");
        let begin = || home.operator.post(&format!("{path}/revocations"), &everything());
        let (answer, gone) = race(round, &home.mail_server, begin, || home.operator.delete(&path));
        gone.expect(204);
        if answer.status == 409 {
            continue;
        }
        let job = format!("{path}/revocations/{}", answer.expect(202).text_of("id"));
        until("the end of the job", || home.operator.get(&job).expect(200).text_of("state") != "running");
    }
    drop(app);
}
