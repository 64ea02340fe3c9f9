//! Signing in and out: who gets a session, how long it lasts, and what it tells.

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::database::on_postgres;
use crate::support::time::until;
use crate::support::{Answer, Http, Person, TestApp};

mod overtaken;
mod own;
mod step_up;
mod throttle;

const MINUTE: Duration = Duration::from_secs(60);
const MICROSECOND: Duration = Duration::from_micros(1);

/// Tries to sign in; gives the whole answer.
pub(super) fn attempt(http: &Http, login: &str, password: &str, code: Option<&str>) -> Answer {
    let mut body = json!({"login": login, "password": password});
    if let Some(code) = code {
        body["code"] = json!(code);
    }
    http.post("/v1/sessions", &body)
}

/// Whether the session is still good.
pub(super) fn is_signed_in(person: &Person) -> bool {
    match person.http.get("/v1/me").status {
        200 => true,
        401 => false,
        other => panic!("{other}"),
    }
}

/// Uses the session, and has the use written down: a list settles what is in memory.
fn use_session(person: &Person) -> Answer {
    person.http.get(&person.path("/client-passwords"))
}

/// A problem without the id of its request, which differs each time.
fn without_instance(answer: &Answer) -> Value {
    let mut body = answer.body.clone();
    body.as_object_mut().unwrap().remove("instance").expect("a problem names its request");
    body
}

#[test]
fn every_refused_sign_in_looks_like_every_other() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let (bob, carol, dave) = (home.member("bob"), home.member("carol"), home.external_member("dave"));
    home.operator.patch(&bob.path(""), &json!({"state": "suspended"})).expect(200);
    home.operator.delete(&carol.path("")).expect(204);
    let phone = alice.issue("Phone");
    let http = app.http();

    let wrong = attempt(&http, &alice.login, "not the password", None);
    let others = [
        attempt(&http, &alice.login, "not the password", Some("123456")),
        attempt(&http, &alice.login, &phone.secret, None),
        attempt(&http, &alice.login, "", None),
        attempt(&http, "nobody@example.org", "a password", None),
        attempt(&http, "nobody@nowhere.test", "a password", None),
        attempt(&http, "no address", "a password", None),
        attempt(&http, "", "a password", None),
        attempt(&http, &bob.login, &bob.password, None),
        attempt(&http, &carol.login, &carol.password, None),
        attempt(&http, &dave.login, "a password", None),
    ];
    let wrong = wrong.expect_problem(401, "invalid_credentials");
    for other in others {
        assert_eq!(without_instance(&other), without_instance(&wrong));
        assert_eq!(other.header("content-length"), wrong.header("content-length"));
        assert_eq!(other.header("www-authenticate"), wrong.header("www-authenticate"));
    }
}

#[test]
fn a_client_password_opens_no_door_but_mail() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let phone = alice.issue("Phone");
    let plain = phone.secret.replace('-', "");
    for secret in [&phone.secret, &plain] {
        attempt(&app.http(), &alice.login, secret, None).expect_problem(401, "invalid_credentials");
        let code = attempt(&app.http(), &alice.login, &alice.password, Some(secret));
        code.expect_problem(401, "invalid_code");
        app.http().bearing(secret).get("/v1/me").expect_problem(401, "unauthenticated");
        let issue = app.http().bearing(secret).post(&alice.path("/client-passwords"), &json!({"label": "x"}));
        issue.expect_problem(401, "unauthenticated");
    }
    assert_eq!(home.mail_server.verdict(&alice.login, &plain), "accept");
}

#[test]
fn a_sign_in_tells_who_signed_in_and_until_when() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    let begun = attempt(&app.http(), " Alice@EXAMPLE.org", &alice.password, None).expect(201);
    assert_eq!(begun.header("cache-control"), Some("no-store"));
    assert_eq!(begun.text_of("expires_at"), app.time.wall().plus(MINUTE * 720).to_string());
    assert_eq!(begun.body["member"]["id"], alice.id);
    assert_eq!(begun.body["member"]["login"], alice.login);
    assert_eq!(begun.body["notices"], json!([]));

    let me = app.http().bearing(&begun.text_of("token")).get("/v1/me").expect(200);
    assert_eq!(me.body["actor"], json!({"kind": "member", "id": alice.id}));
    assert_eq!(me.body["member"], begun.body["member"]);
    assert_eq!(me.body["service_key"], Value::Null);
    assert_eq!(me.body["session"]["created_at"], app.time.wall().to_string());
    assert_eq!(me.body["session"]["authenticated_at"], app.time.wall().to_string());
    assert_eq!(me.body["session"]["expires_at"], begun.body["expires_at"]);
}

#[test]
fn a_program_is_told_which_key_it_has() {
    let (_app, home) = TestApp::installed();
    for (http, role) in [(&home.operator, "operator"), (&home.mail_server, "mail_server")] {
        let me = http.get("/v1/me").expect(200);
        assert_eq!(me.body["actor"]["kind"], "service_key");
        assert_eq!(me.body["actor"]["id"], me.body["service_key"]["id"]);
        assert_eq!(me.body["service_key"]["role"], role);
        assert_eq!((&me.body["member"], &me.body["session"]), (&Value::Null, &Value::Null));
        assert!(!me.text.contains(http.token()), "{}", me.text);
    }
}

#[test]
fn signing_out_ends_this_session_and_no_other() {
    let (_app, home) = TestApp::installed();
    let (mut here, mut there) = (home.member("alice"), home.owner.clone());
    here.sign_in();
    let mut elsewhere = here.clone();
    elsewhere.sign_in();
    there.sign_in();

    here.http.delete("/v1/sessions/current").expect(204);
    let refused = here.http.get("/v1/me").expect_problem(401, "unauthenticated");
    assert_eq!(
        refused.header("www-authenticate"),
        Some("Bearer realm=\"clientpass\", error=\"invalid_token\"")
    );
    here.http.delete("/v1/sessions/current").expect_problem(401, "unauthenticated");
    assert!(is_signed_in(&elsewhere) && is_signed_in(&there));
    home.operator.delete("/v1/sessions/current").expect_problem(403, "forbidden");
}

#[test]
fn a_session_unused_for_half_an_hour_is_over() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in();
    for _ in 0..3 {
        app.advance((MINUTE * 30).saturating_sub(MICROSECOND));
        use_session(&alice).expect(200);
    }
    app.advance(MINUTE * 30);
    use_session(&alice).expect_problem(401, "unauthenticated");
    // The refused use was no use.
    assert!(!is_signed_in(&alice));
}

#[test]
fn a_session_lasts_twelve_hours_however_much_it_is_used() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in();
    for _ in 0..35 {
        app.advance(MINUTE * 20);
        use_session(&alice).expect(200);
    }
    app.advance((MINUTE * 20).saturating_sub(MICROSECOND));
    use_session(&alice).expect(200);
    app.advance(MICROSECOND);
    use_session(&alice).expect_problem(401, "unauthenticated");
}

#[test]
fn a_restart_ends_no_session_and_forgets_no_use_of_one() {
    let (mut app, home) = TestApp::installed();
    let (mut used, mut unused) = (home.member("alice"), home.member("bob"));
    used.sign_in();
    unused.sign_in();
    app.advance(MINUTE * 20);
    assert!(is_signed_in(&used));
    app.restart();
    for person in [&mut used, &mut unused] {
        person.http = app.http().bearing(person.http.token());
    }
    app.advance(MINUTE * 20);
    assert!(is_signed_in(&used) && !is_signed_in(&unused));
}

#[test]
fn a_session_that_a_suspension_ended_does_not_come_back() {
    let (_app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in();
    home.operator.patch(&alice.path(""), &json!({"state": "suspended"})).expect(200);
    assert!(!is_signed_in(&alice));
    home.operator.patch(&alice.path(""), &json!({"state": "active"})).expect(200);
    assert!(!is_signed_in(&alice));
    assert!(is_signed_in(alice.sign_in()));
}

#[test]
fn a_sign_in_that_cannot_be_judged_or_written_is_no_wrong_password() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    let try_it = |password: &str| attempt(&app.http(), &alice.login, password, None);
    app.faults.reads.store(true, SeqCst);
    for password in [alice.password.as_str(), "not the password"] {
        let answer = try_it(password).expect_problem(503, "unavailable");
        assert!(answer.header("retry-after").is_some());
    }
    app.faults.reads.store(false, SeqCst);
    app.faults.writes.store(true, SeqCst);
    try_it(&alice.password).expect_problem(503, "unavailable");
    app.faults.writes.store(false, SeqCst);
    assert!(is_signed_in(alice.sign_in()));
}

#[test]
fn what_is_malformed_is_named_and_not_repeated() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    let odd = "a-value-that-must-not-come-back";
    let (login, password) = (&alice.login, &alice.password);
    let long = odd.repeat(40);
    for (body, field, code) in [
        (json!({"login": login}), "password", "missing"),
        (json!({"password": password}), "login", "missing"),
        (json!({"login": login, "password": password, "kode": odd}), "kode", "unknown"),
        (json!({"login": [odd], "password": password}), "login", "malformed"),
        (json!({"login": login, "password": {"a": odd}}), "password", "malformed"),
        (json!({"login": long, "password": password}), "login", "too_long"),
        (json!({"login": login, "password": long}), "password", "too_long"),
        (json!([odd]), "", "malformed"),
    ] {
        let refused = app.http().post("/v1/sessions", &body).expect_field(field, code);
        assert!(!refused.text.contains(odd), "{}", refused.text);
    }
    let twice = br#"{"login": "a", "login": "b", "password": "c"}"#;
    let twice = app.http().send_raw("POST", "/v1/sessions", Some(("application/json", twice)));
    twice.expect_field("login", "duplicate");
    let asked = app.http().post("/v1/sessions?next=mail", &json!({"login": login, "password": password}));
    asked.expect_field("next", "unknown");
}

#[test]
fn a_session_that_has_run_out_is_forgotten_and_one_that_has_not_is_kept() {
    if on_postgres() {
        return;
    }
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    let sessions = || app.number("SELECT count(*) FROM sessions");
    let sign_in = || attempt(&app.http(), &alice.login, &alice.password, None).expect(201);
    sign_in();
    assert!(sessions() >= 1);
    app.advance(MINUTE * 60 * 24);
    until("the end of the sessions", || sessions() == 0);
    sign_in();
    // Whoever forgets has looked again when it waits again.
    app.advance(MINUTE * 11);
    until("rest", || {
        let waits = app.time.waits();
        !waits.contains(&Duration::ZERO) && waits.contains(&MINUTE)
    });
    assert_eq!(sessions(), 1);
}
