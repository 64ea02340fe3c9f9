//! Suspended, re-activated, left: what ends with it, at once, and what never comes back.

use std::time::Duration;

use serde_json::json;

use super::administration::{one_record, recorded, secured, signed_in};
use crate::support::TestApp;
use crate::support::actors::{ClientPassword, Http, Installation, Person};

fn set_state(home: &Installation, person: &Person, state: &str) {
    home.operator.patch(&person.path(""), &json!({"state": state})).expect(200);
}

fn ended(http: &Http, password: &ClientPassword) -> (String, String) {
    let read = http.get(&password.path("")).expect(200);
    (read.text_of("ended_reason"), read.text_of("ended_at"))
}

#[test]
fn suspending_ends_passwords_and_sessions_at_once() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let bob = secured(&app, &home, "bob");
    let (phone, tablet, other) = (alice.issue("Phone"), alice.issue("Tablet"), bob.issue("Phone"));
    alice.http.delete(&tablet.path("")).expect(204);
    app.advance(Duration::from_secs(60));
    let event = one_record(&home, || set_state(&home, &alice, "suspended"));
    assert_eq!(event["action"], "member.suspended");
    assert_eq!(event["details"]["ended_client_passwords"], 1);

    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "member_suspended");
    assert_eq!(home.mail_server.verdict(&alice.login, &tablet.secret), "revoked");
    assert_eq!(home.mail_server.verdict(&alice.login, &alice.password), "invalid_credentials");
    alice.http.get("/v1/me").expect_problem(401, "unauthenticated");
    let sign_in =
        json!({"login": alice.login, "password": alice.password, "code": alice.code(app.time.wall())});
    alice.http.post("/v1/sessions", &sign_in).expect_problem(401, "invalid_credentials");
    let time = |text: &str| text.to_owned();
    assert_eq!(ended(&home.operator, &phone), (time("member_suspended"), time("2026-11-22T08:01:00Z")));
    assert_eq!(ended(&home.operator, &tablet), (time("revoked_by_member"), time("2026-11-22T08:00:00Z")));

    assert_eq!(home.mail_server.verdict(&bob.login, &other.secret), "accept");
    bob.http.get("/v1/me").expect(200);
}

#[test]
fn re_activating_revives_nothing() {
    let (mut app, home) = TestApp::installed();
    let mut alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    set_state(&home, &alice, "suspended");
    let (events, ()) = recorded(&home, || set_state(&home, &alice, "active"));
    assert_eq!(events.len(), 1);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "revoked");
    assert_eq!(home.mail_server.verdict(&alice.login, &alice.password), "invalid_credentials");
    alice.http.get("/v1/me").expect_problem(401, "unauthenticated");

    let member = home.operator.get(&alice.path("")).expect(200);
    assert_eq!(member.body["secure_login"]["enabled"], true, "secure login is as it was");
    app.advance(Duration::from_secs(30));
    let new = alice.sign_in_with_code(app.time.wall()).issue("Phone");
    assert_eq!(home.mail_server.verdict(&alice.login, &new.secret), "accept");
    app.restart();
    let mail_server = app.http().bearing(home.mail_server.token());
    assert_eq!(mail_server.verdict(&alice.login, &phone.secret), "revoked");
    assert_eq!(mail_server.verdict(&alice.login, &new.secret), "accept");
}

#[test]
fn a_suspended_member_without_secure_login_gets_no_mail_either() {
    let (_app, home) = TestApp::installed();
    let (local, external) = (home.member("alice"), home.external_member("bob"));
    set_state(&home, &local, "suspended");
    set_state(&home, &external, "suspended");
    assert_eq!(home.mail_server.verdict(&local.login, &local.password), "member_suspended");
    assert_eq!(home.mail_server.verdict(&local.login, "a wrong one"), "invalid_credentials");
    assert_eq!(home.mail_server.verdict(&external.login, "anything"), "invalid_credentials");
    set_state(&home, &local, "active");
    set_state(&home, &external, "active");
    assert_eq!(home.mail_server.verdict(&local.login, &local.password), "accept");
    assert_eq!(home.mail_server.verdict(&external.login, "anything"), "defer");
}

#[test]
fn whoever_leaves_is_gone_for_ever_and_the_login_is_free() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let event = one_record(&home, || home.operator.delete(&alice.path("")).expect(204));
    assert_eq!((&event["action"], &event["member_id"]), (&json!("member.left"), &json!(alice.id)));
    assert_eq!(event["details"]["ended_client_passwords"], 1);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "member_left");
    assert_eq!(home.mail_server.verdict(&alice.login, &alice.password), "invalid_credentials");
    alice.http.get("/v1/me").expect_problem(401, "unauthenticated");
    let gone = home.operator.get(&alice.path("")).expect(200);
    assert_eq!((&gone.body["state"], &gone.body["sign_in"]), (&json!("left"), &json!("external")));
    assert_eq!(gone.body["secure_login"]["enabled"], false);
    assert!(home.operator.get(&alice.path("/second-factors")).expect(200).items().is_empty());

    let again = home.member("alice").secured(app.time.wall());
    assert_ne!(again.id, alice.id);
    assert_eq!(home.mail_server.verdict(&again.login, &phone.secret), "member_left");
    let new = again.issue("Phone");
    assert_eq!(home.mail_server.verdict(&again.login, &new.secret), "accept");
}

#[test]
fn nothing_can_be_changed_about_who_has_left() {
    let (_app, home) = TestApp::installed();
    let alice = home.external_member("alice");
    home.operator.delete(&alice.path("")).expect(204);
    let before = home.operator.get(&alice.path("")).expect(200).text;
    let operator = home.operator.with("If-Match", "*");
    let answers = [
        operator.send("PATCH", &alice.path(""), Some(&json!({"state": "active"}))),
        operator.send("PATCH", &alice.path(""), Some(&json!({"display_name": "Back"}))),
        operator.delete(&alice.path("")),
        operator.put(&alice.path("/password"), &json!({"password": "a new password"})),
        operator.put(&alice.path("/secure-login"), &json!({"enabled": true})),
        operator.delete(&alice.path("/second-factors")),
    ];
    for answer in answers {
        answer.expect_problem(409, "not_active");
    }
    assert_eq!(home.operator.get(&alice.path("")).expect(200).text, before);
}

#[test]
fn an_organization_keeps_its_owner() {
    let (_app, home) = TestApp::installed();
    let mut owner = home.owner.clone();
    owner.sign_in();
    for change in [json!({"state": "suspended"}), json!({"role": "admin"}), json!({"role": "member"})] {
        home.operator.patch(&owner.path(""), &change).expect_problem(409, "owner_required");
    }
    home.operator.delete(&owner.path("")).expect_problem(409, "owner_required");
    let mine = owner.http.patch(&owner.path(""), &json!({"state": "suspended"}));
    assert!(matches!(mine.status, 403 | 409), "{}", mine.text);
    let mine = owner.http.delete(&owner.path(""));
    assert!(matches!(mine.status, 403 | 409), "{}", mine.text);
    owner.http.get("/v1/me").expect(200);
    let owner = home.operator.get(&owner.path("")).expect(200);
    assert_eq!((&owner.body["role"], &owner.body["state"]), (&json!("owner"), &json!("active")));
}

#[test]
fn a_new_role_holds_for_the_session_that_is_open() {
    let (_app, home) = TestApp::installed();
    let alice = signed_in(&home, "alice", "admin");
    alice.http.get(&home.path("/members")).expect(200);
    home.operator.patch(&alice.path(""), &json!({"role": "member"})).expect(200);
    alice.http.get(&home.path("/members")).expect_problem(403, "forbidden");
    home.operator.patch(&alice.path(""), &json!({"role": "auditor"})).expect(200);
    alice.http.get(&home.path("/members")).expect(200);
}

#[test]
fn a_state_that_cannot_be_written_does_not_change() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let etag = home.operator.get(&alice.path("")).expect(200).etag();
    let suspend = || {
        let http = home.operator.with("If-Match", &etag);
        http.send("PATCH", &alice.path(""), Some(&json!({"state": "suspended"})))
    };
    app.faults.writes.store(true, std::sync::atomic::Ordering::SeqCst);
    suspend().expect_problem(503, "unavailable");
    home.operator.delete(&alice.path("")).expect_problem(503, "unavailable");
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    app.faults.set_all(false);
    assert_eq!(home.operator.get(&alice.path("")).expect(200).etag(), etag);
    suspend().expect(200);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "member_suspended");
}
