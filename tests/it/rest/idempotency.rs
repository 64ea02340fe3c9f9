//! `Idempotency-Key`: the same call again gets the same answer and makes nothing; what holds for every such call.

use std::time::Duration;

use serde_json::{Value, json};

use super::administration::{make_key, program, secured};
use crate::support::actors::Installation;
use crate::support::{Answer, ClientPassword, Http, Person, TestApp};

mod creations;
mod gone;
mod kept;

const MINUTE: Duration = Duration::from_secs(60);
const MICROSECOND: Duration = Duration::from_micros(1);
const DAY: Duration = Duration::from_secs(86_400);
const KEY: &str = "0123456789abcdef-of-a-test";

/// The same actor, who sends this idempotency key.
fn with_key(http: &Http, key: &str) -> Http {
    http.with("Idempotency-Key", key)
}

/// Issues with [`KEY`].
fn issue(person: &Person, label: &str) -> Answer {
    with_key(&person.http, KEY).post(&person.path("/client-passwords"), &json!({"label": label}))
}

/// Makes a service key of the organization with [`KEY`].
fn make(by: &Http, home: &Installation) -> Answer {
    make_key(&with_key(by, KEY), "auditor", Some(&home.organization_id))
}

/// Fails unless it is the same answer.
#[track_caller]
fn same(first: &Answer, again: &Answer) {
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    let kept = |answer: &Answer| {
        let own = ["x-request-id", "date"];
        let kept = answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
        let mut kept: Vec<_> = kept.cloned().collect();
        kept.sort();
        kept
    };
    assert_eq!(kept(again), kept(first));
}

fn events(home: &Installation, action: &str) -> usize {
    home.operator.get(&home.path(&format!("/audit-events?action={action}"))).expect(200).items().len()
}

fn count(person: &Person) -> usize {
    person.http.get(&person.path("/client-passwords")).expect(200).items().len()
}

#[test]
fn the_same_call_again_gets_the_same_secret_and_makes_nothing() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let first = issue(&alice, "Phone").expect(201);
    assert_eq!(home.mail_server.verdict(&alice.login, &first.text_of("secret")), "accept");
    app.advance(MINUTE);
    for _ in 0..2 {
        same(&first, &issue(&alice, "Phone"));
    }
    assert_eq!(count(&alice), 1);
    assert_eq!(events(&home, "client_password.issued"), 1);
    assert_eq!(home.mail_server.verdict(&alice.login, &first.text_of("secret")), "accept");
}

#[test]
fn another_body_is_refused_and_does_not_spoil_the_key() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let first = issue(&alice, "Phone").expect(201);
    issue(&alice, "Tablet").expect_problem(422, "idempotency_key_reused");
    let path = alice.path("/client-passwords");
    let spaced = with_key(&alice.http, KEY).send_raw(
        "POST",
        &path,
        Some(("application/json", br#"{"label": "Phone"}"#)),
    );
    spaced.expect_problem(422, "idempotency_key_reused");
    same(&first, &issue(&alice, "Phone"));
    assert_eq!(count(&alice), 1);
}

#[test]
fn the_key_of_another_caller_or_for_another_address_is_another_key() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (secured(&app, &home, "alice"), secured(&app, &home, "bob"));
    let first = issue(&alice, "Phone").expect(201);
    let of_bob = issue(&bob, "Phone").expect(201);
    assert_ne!(first.text_of("id"), of_bob.text_of("id"));
    assert_ne!(first.text_of("secret"), of_bob.text_of("secret"));
    let other = program(&home, "operator", None);
    let (mine, theirs) = (make(&home.operator, &home).expect(201), make(&other, &home).expect(201));
    assert_ne!(mine.text_of("key"), theirs.text_of("key"));
    let tablet = alice.issue("Tablet");
    let one = ClientPassword::of(&first);
    let rotate =
        |one: &ClientPassword| with_key(&alice.http, KEY).post(&one.path("/rotate"), &json!({})).expect(201);
    let (a, b) = (rotate(&one), rotate(&tablet));
    assert_ne!(a.text_of("secret"), b.text_of("secret"));
    same(&a, &rotate(&one));
    same(&b, &rotate(&tablet));
}

#[test]
fn the_answer_is_given_for_ten_minutes_then_the_key_is_refused_for_a_day_then_it_is_new() {
    let (app, home) = TestApp::installed();
    let first = make(&home.operator, &home).expect(201);
    app.advance((MINUTE * 10).saturating_sub(MICROSECOND));
    same(&first, &make(&home.operator, &home));
    app.advance(MICROSECOND);
    make(&home.operator, &home).expect_problem(409, "idempotency_answer_gone");
    let other = json!({"role": "directory", "label": "other"});
    let other = with_key(&home.operator, KEY).post("/v1/service-keys", &other);
    other.expect_problem(422, "idempotency_key_reused");
    app.advance(DAY.saturating_sub(MINUTE * 10 + MICROSECOND));
    make(&home.operator, &home).expect_problem(409, "idempotency_answer_gone");
    app.advance(MICROSECOND);
    let second = make(&home.operator, &home).expect(201);
    assert_ne!(second.text_of("id"), first.text_of("id"));
    assert_ne!(second.text_of("key"), first.text_of("key"));
    same(&second, &make(&home.operator, &home));
}

#[test]
fn a_key_has_16_to_255_visible_ascii_characters_and_is_sent_once() {
    let (_app, home) = TestApp::installed();
    let make = |http: &Http| make_key(http, "auditor", Some(&home.organization_id));
    for (key, code) in [
        ("a".repeat(15), "too_short"),
        (String::new(), "too_short"),
        ("a".repeat(256), "too_long"),
        ("0123456789 abcdef".into(), "malformed"),
        ("0123456789\tabcdef".into(), "malformed"),
        ("0123456789äabcdef".into(), "malformed"),
    ] {
        let refused = make(&with_key(&home.operator, &key)).expect_field("Idempotency-Key", code);
        assert!(key.is_empty() || !refused.text.contains(&key), "{}", refused.text);
    }
    let twice = with_key(&with_key(&home.operator, KEY), "another-key-of-a-test");
    make(&twice).expect_field("Idempotency-Key", "duplicate");
    assert_eq!(events(&home, "service_key.created"), 0);
    for key in ["a".repeat(16), "~".repeat(255)] {
        same(
            &make(&with_key(&home.operator, &key)).expect(201),
            &make(&with_key(&home.operator, &key)).expect(201),
        );
    }
}

#[test]
fn what_was_refused_may_be_sent_again_with_the_same_key() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in().enrol(app.time.wall());
    issue(&alice, "Phone").expect_problem(409, "secure_login_off");
    alice.secure_login(true);
    issue(&alice, "").expect_field("label", "too_short");
    let first = issue(&alice, "Phone").expect(201);
    same(&first, &issue(&alice, "Phone"));
}

#[test]
fn an_outage_claims_no_key() {
    let (app, home) = TestApp::installed();
    app.faults.writes.store(true, std::sync::atomic::Ordering::SeqCst);
    make(&home.operator, &home).expect_problem(503, "unavailable");
    app.faults.set_all(false);
    let first = make(&home.operator, &home).expect(201);
    app.faults.set_all(true);
    make(&home.operator, &home).expect_problem(503, "unavailable");
    app.faults.set_all(false);
    same(&first, &make(&home.operator, &home));
    assert_eq!(events(&home, "service_key.created"), 1);
}

/// The service stops between the change and the keeping of its answer.
#[test]
fn a_lost_answer_is_never_made_up_for_by_a_second_creation() {
    let (app, home) = TestApp::installed();
    *app.faults.statement.lock().unwrap() = Some("idempotency/keep_answer");
    make(&home.operator, &home).expect(201);
    *app.faults.statement.lock().unwrap() = None;
    make(&home.operator, &home).expect_problem(409, "idempotency_in_progress");
    app.advance(MINUTE * 10);
    make(&home.operator, &home).expect_problem(409, "idempotency_answer_gone");
    assert_eq!(events(&home, "service_key.created"), 1);
}

/// Sends the same call from several threads at once.
fn race(call: impl Fn() -> Answer + Sync) -> Vec<Answer> {
    std::thread::scope(|scope| {
        let racers: Vec<_> = (0..8).map(|_| scope.spawn(&call)).collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    })
}

/// Fails unless one was first and the others got its answer, or were told that it has not been given yet.
#[track_caller]
fn one_was_first(answers: Vec<Answer>) -> Answer {
    let (mut made, others): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    let first = made.pop().expect("nobody was first");
    for again in &made {
        same(&first, again);
    }
    for other in others {
        other.expect_problem(409, "idempotency_in_progress");
    }
    first
}

#[test]
fn of_the_same_call_sent_many_times_at_once_exactly_one_makes_something() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = one_was_first(race(|| issue(&alice, "Phone")));
    assert_eq!((count(&alice), events(&home, "client_password.issued")), (1, 1));
    same(&phone, &issue(&alice, "Phone"));

    // Whoever comes second finds the login taken, the old one rotated, the preview used.
    let bob = json!({"login": "bob@example.org", "display_name": "Bob", "password": "bob's password"});
    one_was_first(race(|| with_key(&home.operator, KEY).post(&home.path("/members"), &bob)));
    assert_eq!(events(&home, "member.created"), 2);
    let phone = ClientPassword::of(&phone);
    one_was_first(race(|| with_key(&alice.http, KEY).post(&phone.path("/rotate"), &json!({}))));
    assert_eq!((count(&alice), events(&home, "client_password.rotated")), (2, 1));
    let dry = json!({"filter": {"all": true}, "reason": "x", "dry_run": true});
    let preview = home.operator.post(&home.path("/revocations"), &dry).expect(200).text_of("id");
    let end = json!({"preview_id": preview, "reason": "x"});
    one_was_first(race(|| with_key(&home.operator, KEY).post(&home.path("/revocations"), &end)));
    assert_eq!(events(&home, "revocation.done"), 1);
}

#[test]
fn a_key_says_nothing_where_nothing_is_made() {
    let (_app, home) = TestApp::installed();
    let asked = json!({"login": home.owner.login, "password": home.owner.password});
    let (http, short) = (with_key(&home.owner.http, KEY), with_key(&home.owner.http, "short"));
    let tokens = [&http, &http, &short].map(|http| http.post("/v1/sessions", &asked).expect(201));
    assert_ne!(tokens[0].text_of("token"), tokens[1].text_of("token"));
    let check: Value = json!({"login": home.owner.login, "password": "x", "protocol": "imap"});
    with_key(&home.mail_server, "short").post("/v1/verify", &check).expect(200);
}
