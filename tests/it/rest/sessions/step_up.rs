//! Step-up: what makes or widens access needs a sign-in of the last five minutes.

use serde_json::{Value, json};

use super::{MICROSECOND, MINUTE};
use crate::support::{Answer, Http, Person, TestApp};

/// Fails unless the answer asks for a fresh sign-in as RFC 9470 says it.
#[track_caller]
fn expect_step_up(answer: Answer) {
    let answer = answer.expect_problem(401, "step_up_required");
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer "), "{challenge}");
    assert!(challenge.contains("error=\"insufficient_user_authentication\""), "{challenge}");
    assert!(challenge.contains("max_age=\"300\""), "{challenge}");
}

fn patch(http: &Http, path: &str, body: &Value) -> Answer {
    let etag = http.get(path).expect(200).etag();
    http.with("If-Match", &etag).send("PATCH", path, Some(body))
}

/// Everything of a member's that can change, to see that nothing did.
fn state_of(person: &Person) -> Vec<Value> {
    let paths = [person.path(""), person.path("/client-passwords"), person.path("/second-factors")];
    paths.iter().map(|path| person.http.get(path).expect(200).body).collect()
}

#[test]
fn what_makes_or_widens_access_is_refused_after_five_minutes() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let printer = alice.issue_with(&json!({"label": "Printer", "protocols": ["smtp"]}));
    let begun = alice.http.post(&alice.path("/second-factors"), &json!({"type": "totp"})).expect(201);
    let pending = alice.path(&format!("/second-factors/{}", begun.text_of("id")));

    app.advance(MINUTE * 5);
    alice.issue("in time");
    app.advance(MICROSECOND);
    let before = state_of(&alice);
    let http = &alice.http;
    expect_step_up(http.post(&alice.path("/client-passwords"), &json!({"label": "late"})));
    expect_step_up(http.post(&printer.path("/rotate"), &json!({})));
    expect_step_up(patch(http, &printer.path(""), &json!({"protocols": ["smtp", "imap"]})));
    expect_step_up(http.post(&alice.path("/second-factors"), &json!({"type": "totp"})));
    expect_step_up(http.post(&format!("{pending}/confirm"), &json!({"code": "123456"})));
    expect_step_up(http.delete(&pending));
    expect_step_up(http.delete(&alice.path("/second-factors")));
    let change = json!({"password": "another password", "current_password": alice.password});
    expect_step_up(http.put(&alice.path("/password"), &change));
    for enabled in [false, true] {
        expect_step_up(http.put(&alice.path("/secure-login"), &json!({"enabled": enabled})));
    }
    assert_eq!(state_of(&alice), before);
}

#[test]
fn reading_narrowing_and_ending_need_no_fresh_sign_in() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let (printer, phone) = (alice.issue("Printer"), alice.issue("Phone"));
    app.advance(MINUTE * 25);
    for path in [alice.path(""), alice.path("/second-factors"), alice.path("/secure-login"), printer.path("")]
    {
        alice.http.get(&path).expect(200);
    }
    patch(&alice.http, &printer.path(""), &json!({"protocols": ["smtp"]})).expect(200);
    alice.http.delete(&printer.path("")).expect(204);
    alice.http.delete(&alice.path("/client-passwords")).expect(200);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "revoked");
    alice.http.delete("/v1/sessions/current").expect(204);
}

#[test]
fn programs_have_no_sign_in_that_could_be_stale() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    app.advance(MINUTE * 600);
    home.operator.put(&alice.path("/secure-login"), &json!({"enabled": false})).expect(200);
}

#[test]
fn confirming_a_factor_lifts_the_session_it_happened_in() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in();
    let mut other = alice.clone();
    other.sign_in();
    app.advance(MINUTE * 5);
    alice.enrol(app.time.wall());
    let me = alice.http.get("/v1/me").expect(200);
    assert_eq!(me.body["session"]["authenticated_at"], app.time.wall().to_string());

    app.advance(MINUTE * 5);
    // The first factor ends what knew only the password.
    other.http.get("/v1/me").expect_problem(401, "unauthenticated");
    alice.secure_login(true);
    app.advance(MICROSECOND);
    expect_step_up(alice.http.post(&alice.path("/client-passwords"), &json!({"label": "late"})));
}
