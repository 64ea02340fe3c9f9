//! A request whose body takes its time: the caller is recognised again when it has come.

use std::io::Write as _;
use std::time::Duration;

use serde_json::json;

use super::super::raw::{connect, post, rest, status, until};
use super::Scene;
use crate::support::time::until as waited_for;
use crate::support::{Installation, Person, TestApp};

/// Sends the head and all of the body but its last byte, lets something happen, sends the rest. Gives the status.
fn while_half_sent(app: &TestApp, request: &str, happens: impl FnOnce()) -> u16 {
    let (first, last) = request.split_at(request.len() - 1);
    let mut stream = connect(app.address);
    stream.write_all(first.as_bytes()).unwrap();
    // The head has been read when a body is waited for: its reader sleeps until it is too late.
    waited_for("the body", || app.time.waits().contains(&Duration::from_secs(10)));
    happens();
    stream.write_all(last.as_bytes()).unwrap();
    status(&rest(stream))
}

type End = (&'static str, fn(&Installation, &Person));

const ENDS_OF_A_SESSION: [End; 7] = [
    ("signed out", |_, alice| drop(alice.http.delete("/v1/sessions/current").expect(204))),
    ("own password changed elsewhere", |_, alice| {
        let mut other = alice.clone();
        other.sign_in();
        let body = json!({"password": "another password", "current_password": alice.password});
        other.http.put(&alice.path("/password"), &body).expect(200);
    }),
    ("password set by a key", |home, alice| {
        let body = json!({"password": "another password"});
        home.operator.put(&alice.path("/password"), &body).expect(200);
    }),
    ("secure login off by a key", |home, alice| {
        home.operator.put(&alice.path("/secure-login"), &json!({"enabled": false})).expect(200);
    }),
    ("suspended", |home, alice| {
        home.operator.patch(&alice.path(""), &json!({"state": "suspended"})).expect(200);
    }),
    ("left", |home, alice| drop(home.operator.delete(&alice.path("")).expect(204))),
    ("dissolved", |home, _| drop(home.operator.delete(&home.path("")).expect(204))),
];

#[test]
fn an_ended_session_issues_nothing_with_a_request_that_was_half_sent() {
    for (name, end) in ENDS_OF_A_SESSION {
        let (app, home) = TestApp::installed();
        // With a password and no second step, so that there can be another session.
        let mut alice = home.external_member("alice");
        home.operator.put(&alice.path("/secure-login"), &json!({"enabled": true})).expect(200);
        alice.password = "alice's password".into();
        home.operator.put(&alice.path("/password"), &json!({"password": alice.password})).expect(200);
        alice.sign_in();
        let request = post(&alice.path("/client-passwords"), alice.http.token(), r#"{"label":"late"}"#);
        assert_eq!(while_half_sent(&app, &request, || end(&home, &alice)), 401, "{name}");
        let made = home.operator.get(&alice.path("/client-passwords")).expect(200);
        assert!(made.items().is_empty(), "{name}");
    }
}

#[test]
fn a_revoked_key_does_nothing_with_a_request_that_was_half_sent() {
    let scene = Scene::new();
    let (home, directory) = (&scene.home, scene.directory.token());
    let member = r#"{"login":"late@example.org","display_name":"late"}"#;
    let request = post(&home.path("/members"), directory, member);
    let key = format!("/v1/service-keys/{}", scene.directory_id);
    assert_eq!(while_half_sent(&scene.app, &request, || drop(home.operator.delete(&key).expect(204))), 401);
    assert!(home.operator.get(&home.path("/members?login=late@example.org")).expect(200).items().is_empty());
}

#[test]
fn a_demoted_administrator_makes_no_key_with_a_request_that_was_half_sent() {
    let scene = Scene::new();
    let (home, admin) = (&scene.home, &scene.admin);
    let request = post("/v1/service-keys", admin.http.token(), r#"{"role":"directory","label":"late"}"#);
    let demote = || drop(home.operator.patch(&admin.path(""), &json!({"role": "member"})).expect(200));
    assert_eq!(while_half_sent(&scene.app, &request, demote), 403);
}

#[test]
fn a_revoked_key_of_a_mail_server_checks_nothing_with_a_request_that_was_half_sent() {
    let scene = Scene::new();
    let home = &scene.home;
    let key = home.operator.post("/v1/service-keys", &json!({"role": "mail_server", "label": "second"}));
    let key = key.expect(201);
    let check = json!({"login": scene.alice.login, "password": scene.phone.secret, "protocol": "imap"});
    let request = post("/v1/verify", &key.text_of("key"), &check.to_string());
    assert_eq!(while_half_sent(&scene.app, &request, || {}), 200);
    let path = format!("/v1/service-keys/{}", key.text_of("id"));
    assert_eq!(while_half_sent(&scene.app, &request, || drop(home.operator.delete(&path).expect(204))), 401);
}

/// Nobody without credentials is listened to for long.
#[test]
fn who_is_not_recognised_is_refused_before_the_body_has_come() {
    let scene = Scene::new();
    let request = post(&scene.home.path("/members"), "cps_nobody", "{}");
    let mut stream = connect(scene.app.address);
    stream.write_all(&request.as_bytes()[..request.len() - 1]).unwrap();
    assert!(until(&mut stream, "\r\n").contains("401"));
}
