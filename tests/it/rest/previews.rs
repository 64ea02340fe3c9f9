//! A dry run that is named later ends exactly what it had found.

use std::time::Duration;

use serde_json::{Value, json};

use super::administration::{Neighbours, one_record, secured, signed_in};
use crate::support::actors::{Answer, ClientPassword, Http, Installation};
use crate::support::database::on_postgres;
use crate::support::{TestApp, time};

fn preview(by: &Http, home: &Installation, filter: &Value) -> Answer {
    let body = json!({"filter": filter, "reason": "what if", "dry_run": true});
    by.post(&home.path("/revocations"), &body).expect(200)
}

fn execute(by: &Http, home: &Installation, preview: &str) -> Answer {
    by.post(&home.path("/revocations"), &json!({"preview_id": preview, "reason": "as seen"}))
}

#[test]
fn a_preview_ends_exactly_what_it_counted() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (secured(&app, &home, "alice"), secured(&app, &home, "bob"));
    let (phone, tablet, bobs) = (alice.issue("Phone"), alice.issue("Tablet"), bob.issue("Phone"));
    let seen = preview(&home.operator, &home, &json!({"label": "Phone"}));
    let count = json!({"members": 2, "client_passwords": 2});
    assert_eq!((&seen.body["matched"], &seen.body["state"]), (&count, &json!("done")));
    assert_eq!(seen.body["ended"], json!({"members": 0, "client_passwords": 0}));
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");

    app.advance(Duration::from_secs(60));
    let late = alice.issue("Phone");
    alice.http.patch(&tablet.path(""), &json!({"label": "Phone"})).expect(200);
    let done = execute(&home.operator, &home, &seen.text_of("id")).expect(201);
    assert_eq!((&done.body["matched"], &done.body["ended"]), (&count, &count));
    assert_eq!((&done.body["preview_id"], &done.body["dry_run"]), (&seen.body["id"], &json!(false)));
    assert_eq!((&done.body["filter"], &done.body["reason"]), (&json!({"label": "Phone"}), &json!("as seen")));
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "revoked");
    assert_eq!(home.mail_server.verdict(&bob.login, &bobs.secret), "revoked");
    for spared in [&late, &tablet] {
        assert_eq!(
            home.mail_server.verdict(&alice.login, &spared.secret),
            "accept",
            "was not in the preview"
        );
    }
    let shown = home.operator.get(&phone.path("")).expect(200);
    assert_eq!(shown.text_of("ended_at"), "2026-11-22T08:01:00Z");
}

#[test]
fn rotating_escapes_no_preview() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let (phone, tablet) = (alice.issue("Phone"), alice.issue("Tablet"));
    let rotate = |one: &ClientPassword, seconds: u64| {
        let body = json!({"overlap_seconds": seconds});
        ClientPassword::of(&alice.http.post(&one.path("/rotate"), &body).expect(201))
    };
    let successor = rotate(&tablet, 3600);
    let seen = preview(&home.operator, &home, &json!({"label": "Phone"}));
    let second = rotate(&phone, 3600);
    let third = rotate(&second, 0);
    let done = execute(&home.operator, &home, &seen.text_of("id")).expect(201);
    assert_eq!(done.body["ended"], json!({"members": 1, "client_passwords": 1}));
    let verdict = |one: &ClientPassword| home.mail_server.verdict(&alice.login, &one.secret);
    assert_eq!(verdict(&third), "revoked");
    assert_eq!(verdict(&second), "superseded", "what ended earlier keeps its reason");
    assert_eq!(verdict(&phone), "superseded");
    assert_eq!(verdict(&successor), "accept", "what else was rotated is not in the preview");
}

#[test]
fn rotating_after_a_preview_leaves_neither_old_nor_new() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let seen = preview(&home.operator, &home, &json!({"all": true}));
    assert_eq!(seen.body["matched"]["client_passwords"], 1);
    let new = ClientPassword::of(&alice.http.post(&phone.path("/rotate"), &json!({})).expect(201));
    let done = execute(&home.operator, &home, &seen.text_of("id")).expect(201);
    assert_eq!(done.body["ended"], json!({"members": 1, "client_passwords": 2}));
    for one in [&phone, &new] {
        assert_eq!(home.mail_server.verdict(&alice.login, &one.secret), "revoked");
    }
}

#[test]
fn a_preview_of_a_successor_does_not_reach_back() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let old = alice.issue("Phone");
    let new = ClientPassword::of(&alice.http.post(&old.path("/rotate"), &json!({})).expect(201));
    assert_eq!(home.mail_server.verdict(&alice.login, &old.secret), "accept");
    let seen = preview(&home.operator, &home, &json!({"never_used": true}));
    assert_eq!(seen.body["matched"]["client_passwords"], 1);
    execute(&home.operator, &home, &seen.text_of("id")).expect(201);
    assert_eq!(home.mail_server.verdict(&alice.login, &new.secret), "revoked");
    assert_eq!(home.mail_server.verdict(&alice.login, &old.secret), "accept");
}

#[test]
fn what_ended_since_the_preview_keeps_its_own_end() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (secured(&app, &home, "alice"), secured(&app, &home, "bob"));
    let (phone, other) = (alice.issue("Phone"), bob.issue("Phone"));
    let short = alice.issue_with(&json!({"label": "Phone", "expires_at": "2026-11-22T08:01:00Z"}));
    let seen = preview(&home.operator, &home, &json!({"all": true}));
    assert_eq!(seen.body["matched"], json!({"members": 2, "client_passwords": 3}));
    alice.http.delete(&phone.path("")).expect(204);
    app.advance(Duration::from_secs(60));
    let done = execute(&home.operator, &home, &seen.text_of("id")).expect(201);
    assert_eq!(done.body["ended"], json!({"members": 1, "client_passwords": 1}));
    let reason = |one: &ClientPassword| home.operator.get(&one.path("")).expect(200).text_of("ended_reason");
    assert_eq!(reason(&phone), "revoked_by_member");
    assert_eq!(reason(&short), "expired");
    assert_eq!(reason(&other), "bulk_revocation");
}

#[test]
fn a_preview_is_good_for_one_revocation() {
    let (app, home) = TestApp::installed();
    secured(&app, &home, "alice").issue("Phone");
    let seen = preview(&home.operator, &home, &json!({"all": true})).text_of("id");
    let event = one_record(&home, || {
        let racers: Vec<_> = (0..4)
            .map(|_| {
                let (http, path) = (home.operator.clone(), home.path("/revocations"));
                let body = json!({"preview_id": seen, "reason": "a race"});
                std::thread::spawn(move || http.post(&path, &body).status)
            })
            .collect();
        let mut statuses: Vec<u16> = racers.into_iter().map(|racer| racer.join().unwrap()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409]);
    });
    assert_eq!(event["details"], json!({"preview_id": seen, "ended_client_passwords": 1}));
    execute(&home.operator, &home, &seen).expect_problem(409, "preview_used");
}

#[test]
fn what_is_no_preview_of_the_organization_is_not_carried_out() {
    let (app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let phone = secured(&app, &home, "alice").issue("Phone");
    let body = json!({"filter": {"label": "Phone", "never_used": false}, "reason": "done"});
    let done = home.operator.post(&home.path("/revocations"), &body).expect(201).text_of("id");
    execute(&home.operator, &home, &done).expect_field("preview_id", "not_found");

    let seen = preview(&home.operator, &home, &json!({"all": true})).text_of("id");
    let body = json!({"preview_id": seen, "reason": "theirs"});
    let theirs = neighbours.owner.http.post(&neighbours.path("/revocations"), &body);
    theirs.expect_field("preview_id", "not_found");
    assert_eq!(home.mail_server.verdict("alice@example.org", &phone.secret), "accept");
    execute(&home.operator, &home, &seen).expect(201);
}

#[test]
fn a_preview_survives_a_restart() {
    let (mut app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let seen = preview(&home.operator, &home, &json!({"all": true})).text_of("id");
    app.restart();
    execute(&app.http().bearing(home.operator.token()), &home, &seen).expect(201);
    let mail_server = app.http().bearing(home.mail_server.token());
    assert_eq!(mail_server.verdict(&alice.login, &phone.secret), "revoked");
}

#[test]
fn an_administrators_preview_finds_nothing_of_the_owner_whoever_carries_it_out() {
    let (app, home) = TestApp::installed();
    let owner = home.owner.clone().secured(app.time.wall());
    let phone = owner.issue("Phone");
    let admin = signed_in(&home, "admin", "admin");
    let seen = preview(&admin.http, &home, &json!({"all": true}));
    assert_eq!(seen.body["matched"]["client_passwords"], 0);
    execute(&home.operator, &home, &seen.text_of("id")).expect(201);
    assert_eq!(home.mail_server.verdict(&owner.login, &phone.secret), "accept");
}

#[test]
fn an_administrator_cannot_end_the_owners_by_the_owners_preview() {
    let (app, home) = TestApp::installed();
    let owner = home.owner.clone().secured(app.time.wall());
    let phone = owner.issue("Phone");
    let admin = signed_in(&home, "admin", "admin");
    let seen = preview(&owner.http, &home, &json!({"all": true}));
    assert_eq!(seen.body["matched"]["client_passwords"], 1);
    let answer = execute(&admin.http, &home, &seen.text_of("id"));
    assert_eq!(home.mail_server.verdict(&owner.login, &phone.secret), "accept", "{}", answer.text);
}

#[test]
fn a_role_raised_since_the_preview_is_out_of_an_administrators_reach() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let admin = signed_in(&home, "admin", "admin");
    let seen = preview(&admin.http, &home, &json!({"all": true}));
    home.operator.patch(&alice.path(""), &json!({"role": "admin"})).expect(200);
    let answer = execute(&admin.http, &home, &seen.text_of("id"));
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept", "{}", answer.text);
}

#[test]
fn a_preview_may_be_carried_out_for_seven_days_and_then_what_it_found_is_forgotten() {
    if on_postgres() {
        return;
    }
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    alice.issue("Phone");
    let day = Duration::from_secs(86_400);
    let early = preview(&home.operator, &home, &json!({"label": "Phone"})).text_of("id");
    app.advance(day);
    let late = preview(&home.operator, &home, &json!({"label": "Phone"})).text_of("id");
    app.advance(day * 6);

    let refused = execute(&home.operator, &home, &early).expect_problem(400, "invalid_request");
    assert_eq!(
        (&refused.body["errors"][0]["field"], &refused.body["errors"][0]["code"]),
        (&json!("preview_id"), &json!("not_found"))
    );
    let kept = || app.number("SELECT count(*) FROM revocation_targets");
    time::until("the sweep", || kept() == 1);
    execute(&home.operator, &home, &late).expect(201);
    assert_eq!(kept(), 0);
}
