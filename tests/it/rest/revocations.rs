//! `/v1/organizations/{organization_id}/revocations`: asked for, refused, read afterwards. What filters find, and
//! previews, are next door.

use std::time::Duration;

use serde_json::{Value, json};

use super::administration::{
    Neighbours, all_pages, each, everything, one_record, program, recorded, secured, signed_in,
};
use crate::support::TestApp;
use crate::support::actors::{Answer, Http, Installation, Person};

fn revoke(by: &Http, home: &Installation, filter: &Value) -> Answer {
    by.post(&home.path("/revocations"), &json!({"filter": filter, "reason": " A lost laptop "}))
}

#[test]
fn a_revocation_can_be_read_afterwards() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (secured(&app, &home, "alice"), secured(&app, &home, "bob"));
    let (phone, _, other) = (alice.issue("Phone"), alice.issue("Tablet"), bob.issue("Phone"));
    app.advance(Duration::from_secs(60));
    let admin = signed_in(&home, "admin", "admin");
    let done = revoke(&admin.http, &home, &json!({"label": "Phone"})).expect(201);
    let count = json!({"members": 2, "client_passwords": 2});
    let expected = json!({
        "id": done.body["id"], "state": "done", "progress": null, "filter": {"label": "Phone"}, "reason": "A lost laptop",
        "dry_run": false, "preview_id": null, "matched": count, "ended": count,
        "created_at": "2026-11-22T08:01:00Z", "created_by": {"kind": "member", "id": admin.id},
        "finished_at": "2026-11-22T08:01:00Z",
    });
    assert_eq!(done.body, expected);
    let read = home.operator.get(&home.path(&format!("/revocations/{}", done.text_of("id")))).expect(200);
    assert_eq!(read.body, expected);
    for (person, one) in [(&alice, &phone), (&bob, &other)] {
        let shown = person.http.get(&one.path("")).expect(200);
        assert_eq!(shown.text_of("ended_reason"), "bulk_revocation");
        assert_eq!(shown.text_of("ended_at"), "2026-11-22T08:01:00Z");
    }
}

#[test]
fn revocations_and_previews_are_listed_newest_first() {
    let (_app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let mut ids = Vec::new();
    for dry_run in [false, true, false, true, false] {
        let body = json!({"filter": {"all": true}, "reason": "a test", "dry_run": dry_run});
        let status = if dry_run { 200 } else { 201 };
        ids.insert(0, home.operator.post(&home.path("/revocations"), &body).expect(status).text_of("id"));
    }
    for limit in [1, 2, 50] {
        assert_eq!(each(&all_pages(&home.operator, &home.path("/revocations"), limit), "id"), ids);
    }
    assert!(all_pages(&home.operator, &neighbours.path("/revocations"), 50).is_empty());
    for id in [&ids[0], "019bbf00-0000-7000-8000-000000000001", "nonsense"] {
        let path = neighbours.path(&format!("/revocations/{id}"));
        neighbours.owner.http.get(&path).expect_problem(404, "not_found");
        home.operator.get(&path).expect_problem(404, "not_found");
    }
}

fn wrong_revocations(home: &Installation, stranger: &str) -> Vec<(Value, &'static str, &'static str)> {
    let filtered = |filter: Value| json!({"filter": filter, "reason": "x"});
    let (owner, all) = (&home.owner.id, json!({"all": true}));
    let many = vec![owner.clone(); 501];
    vec![
        (json!({"reason": "x"}), "filter", "missing"),
        (filtered(json!({})), "filter", "too_short"),
        (filtered(json!({"all": false})), "filter.all", "not_allowed"),
        (filtered(json!({"member_ids": []})), "filter.member_ids", "out_of_range"),
        (filtered(json!({"member_ids": many})), "filter.member_ids", "out_of_range"),
        (filtered(json!({"member_ids": ["x"]})), "filter.member_ids[0]", "malformed"),
        (filtered(json!({"member_ids": [owner, stranger]})), "filter.member_ids[1]", "not_found"),
        (filtered(json!({"protocols": []})), "filter.protocols", "too_short"),
        (filtered(json!({"protocols": ["ftp"]})), "filter.protocols", "malformed"),
        (filtered(json!({"protocols": ["imap", "imap"]})), "filter.protocols", "duplicate"),
        (filtered(json!({"created_before": "soon"})), "filter.created_before", "malformed"),
        (filtered(json!({"last_used_before": "1"})), "filter.last_used_before", "malformed"),
        (filtered(json!({"department_ids": []})), "filter.department_ids", "out_of_range"),
        (filtered(json!({"department_ids": vec![owner; 11]})), "filter.department_ids", "out_of_range"),
        (filtered(json!({"department_ids": ["x"]})), "filter.department_ids[0]", "malformed"),
        (filtered(json!({"department_ids": [owner, owner]})), "filter.department_ids", "duplicate"),
        (filtered(json!({"department_ids": [owner]})), "filter.department_ids[0]", "not_found"),
        (filtered(json!({"networks": []})), "filter.networks", "too_short"),
        (filtered(json!({"networks": ["192.0.2.0/33"]})), "filter.networks", "malformed"),
        (filtered(json!({"networks": vec!["192.0.2.1"; 65]})), "filter.networks", "too_long"),
        (json!({"filter": all, "reason": " "}), "reason", "too_short"),
        (json!({"filter": all, "reason": "x".repeat(4000)}), "reason", "too_long"),
        (json!({"filter": all, "reason": "a\nb"}), "reason", "malformed"),
        (json!({"filter": all}), "reason", "missing"),
        (json!({"preview_id": "x", "reason": "x"}), "preview_id", "malformed"),
        (json!({"preview_id": owner, "reason": "x"}), "preview_id", "not_found"),
        (json!({"preview_id": owner, "reason": "x", "dry_run": true}), "dry_run", "not_allowed"),
        (json!({"preview_id": owner, "filter": all, "reason": "x"}), "preview_id", "not_allowed"),
    ]
}

#[test]
fn a_revocation_that_makes_no_sense_changes_nothing() {
    let (app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let phone = secured(&app, &home, "alice").issue("Phone");
    let before = everything(&home);
    for (body, field, code) in wrong_revocations(&home, &neighbours.owner.id) {
        home.operator.post(&home.path("/revocations"), &body).expect_field(field, code);
    }
    assert_eq!(everything(&home), before);
    assert_eq!(home.mail_server.verdict("alice@example.org", &phone.secret), "accept");
}

#[test]
fn owner_administrators_and_operators_revoke_in_bulk_and_nobody_else() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let bound = Some(home.organization_id.as_str());
    let mut owner = home.owner.clone();
    owner.sign_in();
    let callers = [
        ("owner", owner.http, true),
        ("admin", signed_in(&home, "admin", "admin").http, true),
        ("operator", home.operator.clone(), true),
        ("operator of it", program(&home, "operator", bound), true),
        ("department admin", signed_in(&home, "head", "department_admin").http, false),
        ("auditor", signed_in(&home, "auditor", "auditor").http, false),
        ("member", alice.http.clone(), false),
        ("auditor key", program(&home, "auditor", bound), false),
        ("mail server", home.mail_server.clone(), false),
    ];
    for (who, http, may) in callers {
        let phone = alice.issue("Phone");
        for (dry_run, status) in [(true, 200), (false, 201)] {
            let body = json!({"filter": {"all": true}, "reason": "x", "dry_run": dry_run});
            let answer = http.post(&home.path("/revocations"), &body);
            assert_eq!(answer.status, if may { status } else { 403 }, "{who}: {}", answer.text);
        }
        let verdict = home.mail_server.verdict(&alice.login, &phone.secret);
        assert_eq!(verdict, if may { "revoked" } else { "accept" }, "{who}");
    }
}

/// Somebody of this role with a client password.
fn with_password(app: &TestApp, home: &Installation, name: &str, role: &str) -> (Person, String) {
    let person = home.member_with(name, role).secured(app.time.wall());
    let secret = person.issue("Phone").secret;
    (person, secret)
}

#[test]
fn an_administrator_ends_nothing_of_equals_and_of_the_owner() {
    let (app, home) = TestApp::installed();
    let owner = home.owner.clone().secured(app.time.wall());
    let owners = owner.issue("Phone").secret;
    let (admin, mine) = with_password(&app, &home, "admin", "admin");
    let (other, others) = with_password(&app, &home, "other", "admin");
    let (head, heads) = with_password(&app, &home, "head", "department_admin");
    let (alice, alices) = with_password(&app, &home, "alice", "member");

    let named = json!({"member_ids": [owner.id, other.id]});
    let nothing = revoke(&admin.http, &home, &named).expect(201);
    assert_eq!(nothing.body["matched"], json!({"members": 0, "client_passwords": 0}));
    let done = revoke(&admin.http, &home, &json!({"all": true})).expect(201);
    assert_eq!(done.body["ended"], json!({"members": 3, "client_passwords": 3}));
    for (person, secret, verdict) in [
        (&owner, &owners, "accept"),
        (&other, &others, "accept"),
        (&admin, &mine, "revoked"),
        (&head, &heads, "revoked"),
        (&alice, &alices, "revoked"),
    ] {
        assert_eq!(home.mail_server.verdict(&person.login, secret), verdict, "{}", person.login);
    }
    let all = revoke(&owner.http, &home, &json!({"all": true})).expect(201);
    assert_eq!(all.body["ended"], json!({"members": 2, "client_passwords": 2}));
    assert_eq!(home.mail_server.verdict(&owner.login, &owners), "revoked");
}

#[test]
fn a_revocation_stays_in_its_organization() {
    let (app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let nora = neighbours.member(&home, "nora").secured(app.time.wall());
    let phone = nora.issue("Phone");
    let done = revoke(&home.operator, &home, &json!({"all": true})).expect(201);
    assert_eq!(done.body["matched"]["client_passwords"], 0);
    assert_eq!(home.mail_server.verdict(&nora.login, &phone.secret), "accept");
}

#[test]
fn a_revocation_is_one_record_with_its_reason_and_its_count() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    alice.issue("Phone");
    alice.issue("Tablet");
    let mut id = String::new();
    let filter = json!({"never_used": true});
    let event = one_record(&home, || id = revoke(&home.operator, &home, &filter).expect(201).text_of("id"));
    assert_eq!((&event["action"], &event["reason"]), (&json!("revocation.done"), &json!("A lost laptop")));
    assert_eq!(event["targets"], json!([{"kind": "revocation", "id": id}]));
    assert_eq!(event["details"], json!({"filter": filter, "ended_client_passwords": 2}));
    assert_eq!(event["actor"]["kind"], "service_key");
    let body = json!({"filter": {"all": true}, "reason": "x", "dry_run": true});
    let (none, _) = recorded(&home, || home.operator.post(&home.path("/revocations"), &body).expect(200));
    assert!(none.is_empty(), "a dry run changes nothing: {none:?}");
}

#[test]
fn what_was_revoked_in_bulk_is_dead_after_a_restart() {
    let (mut app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let (phone, tablet) = (alice.issue("Phone"), alice.issue("Tablet"));
    revoke(&home.operator, &home, &json!({"label": "Phone"})).expect(201);
    app.restart();
    let mail_server = app.http().bearing(home.mail_server.token());
    assert_eq!(mail_server.verdict(&alice.login, &phone.secret), "revoked");
    assert_eq!(mail_server.verdict(&alice.login, &tablet.secret), "accept");
}

#[test]
fn a_revocation_that_cannot_be_written_does_not_happen() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let before = everything(&home);
    app.faults.writes.store(true, std::sync::atomic::Ordering::SeqCst);
    revoke(&home.operator, &home, &json!({"all": true})).expect_problem(503, "unavailable");
    app.faults.set_all(false);
    assert_eq!(everything(&home), before);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
}
