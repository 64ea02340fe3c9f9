//! What is said of a leak, and to whom: the audit log of each organization, the member, other nodes.

use std::time::Duration;

use serde_json::{Value, json};

use super::{NOBODYS, key, letters, neighbour, report};
use crate::rest::administration::{Neighbours, all_pages, each, recorded, secured, signed_in};
use crate::support::TestApp;

#[test]
fn the_log_of_each_organization_says_what_ended_and_names_no_stranger() {
    let (app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let (alice, ned) = (secured(&app, &home, "alice"), neighbour(&app, &home, &neighbours));
    let bob = signed_in(&home, "bob", "member");
    let (phone, other) = (alice.issue("Phone"), ned.issue("Phone"));
    let (key_id, token) = key(&home.operator, "auditor", Some(&home.organization_id));

    let (events, answer) = recorded(&home, || {
        report(&bob.http, &[&phone.secret, &letters(&phone), &other.secret, &token, NOBODYS, "x"]).expect(202)
    });
    let by_bob = json!({"kind": "member", "id": bob.id});
    let request = answer.header("x-request-id").unwrap();
    assert_eq!(each(&events, "action"), ["leaks.reported", "client_password.leaked", "service_key.leaked"]);
    for event in &events {
        assert_eq!((&event["actor"], event["request_id"].as_str()), (&by_bob, Some(request)), "{event}");
    }
    // How many of them were live is not said: whoever reads the log may be who reported.
    assert_eq!(events[0]["details"], json!({"strings": 6}));
    assert_eq!((&events[0]["targets"], &events[0]["member_id"]), (&json!([]), &Value::Null));
    assert_eq!(events[1]["targets"], json!([{"kind": "client_password", "id": phone.id}]));
    assert_eq!((&events[1]["member_id"], &events[1]["details"]), (&json!(alice.id), &json!({})));
    assert_eq!(events[2]["targets"], json!([{"kind": "service_key", "id": key_id}]));
    assert_eq!(events[2]["details"], json!({"role": "auditor"}));

    let theirs =
        all_pages(&home.operator, &neighbours.path("/audit-events?action=client_password.leaked"), 50);
    assert_eq!(theirs.len(), 1);
    assert_eq!(theirs[0]["actor"], json!({"kind": "system", "id": null}));
    assert_eq!((&theirs[0]["request_id"], &theirs[0]["member_id"]), (&Value::Null, &json!(ned.id)));
    assert_eq!(theirs[0]["details"], json!({"reporter": "elsewhere"}));
    let reported = neighbours.path("/audit-events?action=leaks.reported");
    assert!(all_pages(&home.operator, &reported, 50).is_empty());
}

#[test]
fn an_operators_key_stands_above_all_and_is_named() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let (events, _) = recorded(&home, || report(&home.operator, &[&phone.secret]).expect(202));
    // Its own report is of no organization.
    assert_eq!(each(&events, "action"), ["client_password.leaked"]);
    assert_eq!(events[0]["actor"]["kind"], "service_key");
}

#[test]
fn the_member_is_told_unless_it_was_the_member_who_reported() {
    let (app, home) = TestApp::installed();
    let mut alice = secured(&app, &home, "alice");
    let bob = signed_in(&home, "bob", "member");
    let [phone, tablet] = ["Phone", "Tablet"].map(|label| alice.issue(label));
    app.advance(Duration::from_secs(30));
    report(&alice.http, &[&tablet.secret]).expect(202);
    report(&bob.http, &[&phone.secret]).expect(202);
    report(&bob.http, &[alice.http.token()]).expect(202);
    app.advance(Duration::from_secs(30));
    alice.sign_in_with_code(app.time.wall());
    let open = || alice.http.get(&alice.path("/notices")).expect(200).items().clone();
    assert_eq!(each(&open(), "action"), ["session.leaked", "client_password.leaked"]);
    for notice in open() {
        let path = alice.path(&format!("/notices/{}/acknowledge", notice["id"].as_str().unwrap()));
        alice.http.send("POST", &path, None).expect(204);
    }
    assert!(open().is_empty());
}

/// On PostgreSQL, where there are several.
#[test]
fn on_no_node_does_it_open_mail_after_the_answer() {
    let (app, home) = TestApp::installed();
    let Some(node) = app.second_node() else { return };
    let alice = secured(&app, &home, "alice");
    let there = node.http().bearing(home.mail_server.token());
    for _ in 0..10 {
        let phone = alice.issue("Phone");
        assert_eq!(there.verdict(&alice.login, &phone.secret), "accept");
        report(&home.operator, &[&phone.secret]).expect(202);
        assert_eq!(there.verdict(&alice.login, &phone.secret), "revoked");
    }
}
