//! Bulk revocations, against what makes and what ends.

use serde_json::{Value, json};

use super::{
    ROUNDS, action, all, at_once, ended_by, granted, issue, made, none_opens, race, records, rotate, secured,
};
use crate::support::{Answer, Installation, TestApp};

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

fn ended(answer: &Answer) -> usize {
    usize::try_from(answer.body["ended"]["client_passwords"].as_u64().unwrap()).unwrap()
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
