//! A database that does not answer: every call says so, none says that a credential or a password is wrong, and
//! nothing is half done.

use std::sync::atomic::Ordering;

use clientpass::api::rest::{ENDPOINTS, Endpoint};
use serde_json::json;

use super::administration::{everything, make_key, secured};
use crate::support::{Answer, TestApp};

/// Routes that need no database.
const WITHOUT: [&str; 2] = ["/healthz", "/openapi.yaml"];

#[track_caller]
fn unavailable(answer: Answer) {
    let answer = answer.expect_problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.header("www-authenticate"), None);
    assert!(!answer.text.contains("broken by the test"), "why is for the log: {}", answer.text);
}

#[test]
fn no_route_takes_an_outage_for_a_wrong_credential() {
    let (app, home) = TestApp::installed();
    let link = home.operator.send("POST", &home.owner.path("/invitations"), None).expect(201).text_of("link");
    let chosen = json!({"token": link.split_once('#').unwrap().1, "password": "a password"});
    app.faults.set_all(true);
    let setup = json!({
        "token": app.setup_token, "organization": "x", "domain": "example.test", "owner": "x@example.test",
        "password": "a password",
    });
    for Endpoint { method, path, .. } in ENDPOINTS.iter().filter(|one| !WITHOUT.contains(&one.path)) {
        let filled: Vec<&str> = path
            .split('/')
            .map(|part| if part.starts_with('{') { home.organization_id.as_str() } else { part })
            .collect();
        let body = match *path {
            "/v1/setup" => Some(setup.clone()),
            "/v1/invitations/redeem" => Some(chosen.clone()),
            "/v1/sessions" => Some(json!({"login": home.owner.login, "password": home.owner.password})),
            _ if matches!(*method, "POST" | "PUT" | "PATCH") => Some(json!({})),
            _ => None,
        };
        unavailable(home.operator.send(method, &filled.join("/"), body.as_ref()));
    }
    for path in WITHOUT {
        home.operator.get(path).expect(200);
    }
}

#[test]
fn what_cannot_be_written_is_not_done_and_not_said_to_be_done() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let (operator, me) = (home.operator.with("If-Match", "*"), &alice.http);
    let before = everything(&home);
    app.faults.writes.store(true, Ordering::SeqCst);
    let member = json!({"login": "bob@example.org", "display_name": "Bob", "password": "bob's password"});
    let password = json!({"password": "a new password", "current_password": alice.password});
    let all = |dry_run: bool| json!({"filter": {"all": true}, "reason": "x", "dry_run": dry_run});
    for answer in [
        operator.post("/v1/organizations", &json!({"name": "New", "domains": ["example.test"]})),
        operator.send("PATCH", &home.path(""), Some(&json!({"name": "New"}))),
        operator.post(&home.path("/domains"), &json!({"name": "mail.example.org"})),
        operator.post(&home.path("/members"), &member),
        operator.post(&home.path("/revocations"), &all(true)),
        operator.post(&home.path("/revocations"), &all(false)),
        operator.send("PATCH", &alice.path(""), Some(&json!({"display_name": "A"}))),
        operator.send("PATCH", &alice.path(""), Some(&json!({"state": "suspended"}))),
        operator.delete(&alice.path("")),
        operator.put(&alice.path("/password"), &json!({"password": "a new password"})),
        operator.send("POST", &alice.path("/invitations"), None),
        operator.delete(&alice.path("/second-factors")),
        operator.put(&alice.path("/secure-login"), &json!({"enabled": false})),
        operator.delete(&alice.path("/client-passwords")),
        me.put(&alice.path("/password"), &password),
        me.post(&alice.path("/second-factors"), &json!({"type": "totp"})),
        me.post(&alice.path("/client-passwords"), &json!({"label": "Tablet"})),
        me.with("If-Match", "*").send("PATCH", &phone.path(""), Some(&json!({"label": "New"}))),
        me.post(&phone.path("/rotate"), &json!({})),
        me.delete(&phone.path("")),
        me.delete("/v1/sessions/current"),
        make_key(&operator, "auditor", Some(&home.organization_id)),
        operator.delete(&home.path("")),
    ] {
        unavailable(answer);
    }
    app.faults.set_all(false);
    assert_eq!(everything(&home), before);
    me.get("/v1/me").expect(200);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
}
