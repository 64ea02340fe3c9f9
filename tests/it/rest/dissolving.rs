//! `DELETE /v1/organizations/{organization_id}`: everything in it ends, at once and for ever, and nothing else.

use std::time::Duration;

use serde_json::{Value, json};

use super::administration::{Neighbours, all_pages, each, make_key, one_record, program, secured, signed_in};
use crate::support::TestApp;

#[test]
fn dissolving_ends_every_password_session_and_key_of_it() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let bob = signed_in(&home, "bob", "member");
    let guest = home.external_member("guest");
    let bound = program(&home, "mail_server", Some(&home.organization_id));
    assert_eq!(bound.verdict(&alice.login, &phone.secret), "accept");
    assert_eq!(home.mail_server.verdict(&guest.login, "anything"), "defer");

    home.operator.delete(&home.path("")).expect(204);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "member_left");
    for (login, password) in [(&alice.login, &alice.password), (&bob.login, &bob.password)] {
        assert_eq!(home.mail_server.verdict(login, password), "invalid_credentials");
    }
    assert_eq!(home.mail_server.verdict(&guest.login, "anything"), "invalid_credentials");
    for http in [&alice.http, &bob.http, &bound] {
        http.get("/v1/me").expect_problem(401, "unauthenticated");
    }
    bound.check(&alice.login, &phone.secret, "imap").expect_problem(401, "unauthenticated");
    let sign_in = json!({"login": bob.login, "password": bob.password});
    bob.http.post("/v1/sessions", &sign_in).expect_problem(401, "invalid_credentials");
}

#[test]
fn what_was_dissolved_can_still_be_read_and_shows_how_it_ended() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let (phone, tablet) = (alice.issue("Phone"), alice.issue("Tablet"));
    alice.http.delete(&tablet.path("")).expect(204);
    app.advance(Duration::from_secs(60));
    home.operator.delete(&home.path("")).expect(204);

    let organization = home.operator.get(&home.path("")).expect(200);
    assert_eq!(organization.body["state"], "dissolved");
    assert_eq!((&organization.body["domains"], &organization.body["owner_id"]), (&json!([]), &Value::Null));
    let members = all_pages(&home.operator, &home.path("/members"), 50);
    assert_eq!(each(&members, "state"), ["left", "left"]);
    assert!(members.iter().all(|member| member["secure_login"]["enabled"] == false));
    let factors = home.operator.get(&alice.path("/second-factors")).expect(200);
    assert!(factors.items().is_empty());
    assert_eq!(factors.body["recovery_codes_left"], 0);

    let ended = |password: &str| {
        let read = home.operator.get(&format!("/v1/client-passwords/{password}")).expect(200).body;
        (read["ended_reason"].clone(), read["ended_at"].clone())
    };
    assert_eq!(ended(&phone.id), (json!("organization_dissolved"), json!("2026-11-22T08:01:00Z")));
    assert_eq!(ended(&tablet.id), (json!("revoked_by_member"), json!("2026-11-22T08:00:00Z")));
}

#[test]
fn nothing_can_be_changed_in_what_was_dissolved() {
    let (_app, home) = TestApp::installed();
    let alice = home.external_member("alice");
    home.operator.delete(&home.path("")).expect(204);
    let operator = home.operator.with("If-Match", "*");
    let answers = [
        operator.delete(&home.path("")),
        operator.send("PATCH", &home.path(""), Some(&json!({"name": "Again"}))),
        operator.post(&home.path("/domains"), &json!({"name": "mail.example.org"})),
        operator.delete(&home.path("/domains/example.org")),
        operator.post(&home.path("/members"), &json!({"login": "x@example.org", "display_name": "x"})),
        operator.post(&home.path("/revocations"), &json!({"filter": {"all": true}, "reason": "late"})),
        operator.send("PATCH", &alice.path(""), Some(&json!({"state": "active"}))),
        operator.put(&alice.path("/password"), &json!({"password": "a new password"})),
        operator.put(&alice.path("/secure-login"), &json!({"enabled": true})),
        operator.delete(&alice.path("")),
        make_key(&operator, "mail_server", Some(&home.organization_id)),
    ];
    for answer in answers {
        answer.expect_problem(409, "not_active");
    }
}

#[test]
fn its_domains_and_logins_are_free_and_its_passwords_stay_dead() {
    let (app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let phone = secured(&app, &home, "alice").issue("Phone");
    home.operator.delete(&home.path("")).expect(204);

    home.operator.post(&neighbours.path("/domains"), &json!({"name": "example.org"})).expect(201);
    let alice =
        json!({"login": "alice@example.org", "display_name": "Another", "password": "another password"});
    home.operator.post(&neighbours.path("/members"), &alice).expect(201);
    assert_eq!(home.mail_server.verdict("alice@example.org", &phone.secret), "member_left");
    assert_eq!(home.mail_server.verdict("alice@example.org", "another password"), "accept");
    assert_eq!(home.mail_server.verdict("alice@example.org", "alice's password"), "invalid_credentials");
}

#[test]
fn another_organization_is_untouched() {
    let (app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let nora = neighbours.member(&home, "nora").secured(app.time.wall());
    let phone = nora.issue("Phone");
    let theirs = program(&home, "mail_server", Some(&neighbours.id));
    let before = home.operator.get(&neighbours.path("")).expect(200);

    home.operator.delete(&home.path("")).expect(204);
    assert_eq!(theirs.verdict(&nora.login, &phone.secret), "accept");
    assert_eq!(
        home.mail_server.verdict(&nora.login, &phone.secret),
        "accept",
        "a key of no organization lives"
    );
    nora.http.get("/v1/me").expect(200);
    neighbours.owner.http.get("/v1/me").expect(200);
    let after = home.operator.get(&neighbours.path("")).expect(200);
    assert_eq!((after.etag(), after.text), (before.etag(), before.text));
    let factors = nora.http.get(&nora.path("/second-factors")).expect(200);
    assert_eq!(factors.items().len(), 1);
}

#[test]
fn only_its_owner_and_operators_dissolve_it() {
    let (_app, home) = TestApp::installed();
    let bound = Some(home.organization_id.as_str());
    for (who, http) in [
        ("admin", signed_in(&home, "admin", "admin").http),
        ("auditor", signed_in(&home, "auditor", "auditor").http),
        ("member", signed_in(&home, "alice", "member").http),
        ("directory key", program(&home, "directory", bound)),
        ("auditor key", program(&home, "auditor", bound)),
        ("mail server", home.mail_server.clone()),
    ] {
        let answer = http.delete(&home.path(""));
        assert_eq!(answer.status, 403, "{who}: {}", answer.text);
    }
    assert_eq!(home.operator.get(&home.path("")).expect(200).body["state"], "active");
    let mut owner = home.owner.clone();
    owner.sign_in();
    let event = one_record(&home, || owner.http.delete(&home.path("")).expect(204));
    assert_eq!(event["action"], "organization.dissolved");
    assert_eq!(event["actor"], json!({"kind": "member", "id": owner.id}));
}

#[test]
fn a_dissolving_that_cannot_be_written_does_not_happen() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    app.faults.set_all(true);
    home.operator.delete(&home.path("")).expect_problem(503, "unavailable");
    app.faults.set_all(false);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    assert_eq!(home.operator.get(&home.path("")).expect(200).body["state"], "active");
}
