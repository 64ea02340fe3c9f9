//! `POST /v1/members/{member_id}/recovery-codes`: ten new ones, and the ones before are no longer good.

use std::time::Duration;

use clientpass::domain::ids::MemberId;
use clientpass::service::{Call, Error, Refusal};
use serde_json::{Value, json};

use super::administration::{one_record, secured, signed_in};
use super::sessions::attempt;
use crate::support::{Answer, Http, Person, TestApp};

fn renew(by: &Http, member: &Person) -> Answer {
    by.send("POST", &member.path("/recovery-codes"), None)
}

#[track_caller]
fn codes(answer: &Answer) -> Vec<String> {
    let codes = answer.body["recovery_codes"].as_array().unwrap();
    codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect()
}

#[test]
fn ten_new_ones_are_good_and_the_old_ones_are_not() {
    let (app, home) = TestApp::installed();
    let mut alice = secured(&app, &home, "alice");
    let old = alice.recovery_codes.clone();
    attempt(&app.http(), &alice.login, &alice.password, Some(&old[0])).expect(201);

    let mut renewed = Vec::new();
    let event = one_record(&home, || renewed = codes(&renew(&alice.http, &alice).expect(201)));
    assert_eq!((&event["action"], &event["member_id"]), (&json!("recovery_codes.renewed"), &json!(alice.id)));
    assert_eq!((renewed.len(), renewed.iter().any(|code| old.contains(code))), (10, false));

    let sign_in = |code: &String| attempt(&app.http(), &alice.login, &alice.password, Some(code));
    for code in &old[1..3] {
        sign_in(code).expect_problem(401, "invalid_code");
    }
    sign_in(&renewed[0]).expect(201);
    sign_in(&renewed[0]).expect_problem(401, "invalid_code");
    let left = alice.http.get(&alice.path("/second-factors")).expect(200);
    assert_eq!((&left.body["recovery_codes_left"], left.items().len()), (&json!(9), 1));

    // The authenticator goes on.
    app.advance(Duration::from_secs(30));
    alice.sign_in_with_code(app.time.wall());
}

#[test]
fn only_the_member_renews_them_with_a_fresh_sign_in_and_a_confirmed_factor() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let (mut owner, bob) = (home.owner.clone(), signed_in(&home, "bob", "member"));
    owner.sign_in();
    for by in [&owner.http, &home.operator, &home.mail_server] {
        renew(by, &alice).expect_problem(403, "forbidden");
    }
    renew(&bob.http, &alice).expect_problem(404, "not_found");

    // One that is begun is none yet.
    renew(&bob.http, &bob).expect_problem(409, "second_factor_missing");
    bob.http.post(&bob.path("/second-factors"), &json!({"type": "totp"})).expect(201);
    renew(&bob.http, &bob).expect_problem(409, "second_factor_missing");
    let left = bob.http.get(&bob.path("/second-factors")).expect(200);
    assert_eq!(left.body["recovery_codes_left"], 0);

    app.advance(Duration::from_secs(301));
    renew(&alice.http, &alice).expect_problem(401, "step_up_required");
    attempt(&app.http(), &alice.login, &alice.password, Some(&alice.recovery_codes[0])).expect(201);
}

/// The factors go while the codes are made: then there are none afterwards.
#[test]
fn without_a_factor_there_are_no_codes_however_they_come_about() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let (operator, path) = (home.operator.clone(), alice.path("/second-factors"));
    let remove = move || drop(operator.delete(&path).expect(204));
    *app.faults.meanwhile.lock().unwrap() = Some(("second_factors/any_confirmed", Box::new(remove)));

    // Not in a thread of the server, which has to answer the operator.
    let (services, id) = (app.services(), MemberId::parse(&alice.id).unwrap());
    let renewed = actix_web::rt::System::new().block_on(async {
        let caller = services.callers.recognise(alice.http.token()).await.unwrap();
        let call = Call::new(caller, services.ids.next().unwrap());
        services.second_factors.renew_recovery_codes(&call, id).await
    });
    assert_eq!(renewed.err(), Some(Error::Refused(Refusal::InvalidToken)));
    let left = home.operator.get(&alice.path("/second-factors")).expect(200);
    assert_eq!((&left.body["recovery_codes_left"], left.items().len()), (&json!(0), 0));
}

#[test]
fn if_they_cannot_be_written_the_old_ones_stay() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    *app.faults.statement.lock().unwrap() = Some("recovery_codes/insert");
    renew(&alice.http, &alice).expect_problem(503, "unavailable");
    *app.faults.statement.lock().unwrap() = None;
    attempt(&app.http(), &alice.login, &alice.password, Some(&alice.recovery_codes[0])).expect(201);
}

#[test]
fn sent_again_they_are_the_same_until_others_are_made() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let once = |key: &str| renew(&alice.http.with("Idempotency-Key", key), &alice);
    let first = once("0123456789abcdef").expect(201);
    assert_eq!(once("0123456789abcdef").expect(201).text, first.text);

    let second = once("another-key-of-a-test").expect(201);
    assert_ne!(codes(&second), codes(&first));
    once("0123456789abcdef").expect_problem(409, "idempotency_answer_gone");
    assert_eq!(once("another-key-of-a-test").expect(201).text, second.text);
    attempt(&app.http(), &alice.login, &alice.password, Some(&codes(&second)[9])).expect(201);
}

/// A code that was made after something happened does not prove who the member was before.
#[test]
fn a_notice_is_not_acknowledged_by_a_code_that_is_newer() {
    let (app, home) = TestApp::installed();
    let mut alice = secured(&app, &home, "alice");
    app.advance(Duration::from_secs(30));
    home.operator.put(&alice.path("/password"), &json!({"password": "set by a key"})).expect(200);
    "set by a key".clone_into(&mut alice.password);
    app.advance(Duration::from_secs(30));
    alice.sign_in_with_code(app.time.wall());

    let renewed = codes(&renew(&alice.http, &alice).expect(201));
    let begun = attempt(&app.http(), &alice.login, &alice.password, Some(&renewed[0])).expect(201);
    let http = app.http().bearing(&begun.text_of("token"));
    let open: Vec<Value> = http.get(&alice.path("/notices")).expect(200).items().clone();
    let path = alice.path(&format!("/notices/{}/acknowledge", open[0]["id"].as_str().unwrap()));
    http.send("POST", &path, None).expect_problem(403, "older_factor_required");
}
