//! Rotation: a new secret for a client, made from the old one; what both are like.

use std::time::Duration;

use serde_json::{Value, json};

use super::secure_login::{actions, shown};
use crate::support::actors::ClientPassword;
use crate::support::{Person, TestApp};

mod moving;

const HOUR: Duration = Duration::from_secs(3600);
const MICROSECOND: Duration = Duration::from_micros(1);

/// Rotates, with this body.
#[track_caller]
fn rotate_with(person: &Person, old: &ClientPassword, body: &Value) -> ClientPassword {
    ClientPassword::of(&person.http.post(&old.path("/rotate"), body).expect(201))
}

/// Rotates as most people do.
#[track_caller]
fn rotate(person: &Person, old: &ClientPassword) -> ClientPassword {
    rotate_with(person, old, &json!({}))
}

/// State and reason of the end, as its member sees them.
#[track_caller]
fn state_of(person: &Person, one: &ClientPassword) -> (String, Option<String>) {
    let now = shown(person, one);
    (now["state"].as_str().unwrap().into(), now["ended_reason"].as_str().map(str::to_owned))
}

/// The state of one that its successor has ended.
fn rotated_away() -> (String, Option<String>) {
    ("revoked".into(), Some("rotated".into()))
}

#[test]
fn the_new_one_keeps_label_and_scope_and_both_work() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let body = json!({"label": "Laptop", "protocols": ["imap", "smtp"], "networks": ["192.0.2.0/24"]});
    let old = alice.issue_with(&body);
    app.advance(MICROSECOND);
    let answer = alice.http.post(&old.path("/rotate"), &json!({})).expect(201);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let new = ClientPassword::of(&answer);
    assert_ne!(new.secret, old.secret);
    let mut expected = json!({
        "id": new.id, "member_id": alice.id, "state": "active", "created_at": app.time.wall().to_string(),
        "expires_at": null, "ended_at": null, "ended_reason": null, "ends_at": null, "ends_because": null,
        "last_used": null, "stale_use": null,
        "replaces": old.id, "replaced_by": null,
    });
    for field in ["label", "protocols", "networks"] {
        expected[field] = body[field].clone();
    }
    assert_eq!(shown(&alice, &new), expected);
    let before = shown(&alice, &old);
    assert_eq!((&before["state"], &before["replaced_by"]), (&json!("superseded"), &json!(new.id)));
    assert_eq!((&before["ended_at"], &before["ended_reason"]), (&Value::Null, &Value::Null));
    // The old one first: the first use of the new one ends it on this protocol.
    for one in [&old, &new] {
        assert_eq!(home.mail_server.verdict(&alice.login, &one.secret), "accept");
    }
    assert_eq!(home.mail_server.verdict_over(&alice.login, &new.secret, "pop3"), "protocol_not_allowed");
}

#[test]
fn the_body_may_be_left_out() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let old = alice.issue("Laptop");
    alice.http.send("POST", &old.path("/rotate"), None).expect(201);
    assert_eq!(state_of(&alice, &old).0, "superseded");
}

#[test]
fn the_new_one_has_a_fresh_lifetime() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let soon = app.time.wall().plus(HOUR).to_string();
    let old = alice.issue_with(&json!({"label": "Guest", "expires_at": soon}));
    let new = rotate(&alice, &old);
    app.advance(HOUR);
    assert_eq!(home.mail_server.verdict(&alice.login, &old.secret), "expired");
    assert_eq!(home.mail_server.verdict(&alice.login, &new.secret), "accept");
}

#[test]
fn the_overlap_ends_at_its_very_moment() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    for (body, hours) in
        [(json!({}), 24), (json!({"overlap_seconds": 3600}), 1), (json!({"overlap_seconds": 604_800}), 168)]
    {
        let mut alice = alice.clone();
        app.advance(HOUR);
        alice.sign_in_with_code(app.time.wall());
        let old = alice.issue("Laptop");
        let new = rotate_with(&alice, &old, &body);
        let end = app.time.wall().plus(HOUR * hours);
        app.advance((HOUR * hours).saturating_sub(MICROSECOND));
        assert_eq!(home.mail_server.verdict(&alice.login, &old.secret), "accept");
        app.advance(MICROSECOND);
        assert_eq!(home.mail_server.verdict(&alice.login, &old.secret), "superseded");
        app.advance(HOUR);
        let now = home.operator.get(&old.path("")).expect(200).body;
        assert_eq!((&now["state"], &now["ended_reason"]), (&json!("revoked"), &json!("rotated")));
        assert_eq!(now["ended_at"], end.to_string());
        assert_eq!(home.mail_server.verdict(&alice.login, &new.secret), "accept");
        assert_eq!(home.operator.get(&old.path("")).expect(200).body["ended_at"], end.to_string());
    }
}

#[test]
fn an_overlap_of_nothing_ends_the_old_one_at_once() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let old = alice.issue("Laptop");
    home.mail_server.verdict(&alice.login, &old.secret);
    let new = rotate_with(&alice, &old, &json!({"overlap_seconds": 0}));
    assert_eq!(home.mail_server.verdict(&alice.login, &old.secret), "superseded");
    assert_eq!(state_of(&alice, &old), rotated_away());
    assert_eq!(shown(&alice, &old)["ended_at"], app.time.wall().to_string());
    assert_eq!(home.mail_server.verdict(&alice.login, &new.secret), "accept");
}

#[test]
fn only_an_active_one_is_rotated() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let soon = app.time.wall().plus(Duration::from_secs(60)).to_string();
    let (superseded, revoked) = (alice.issue("a"), alice.issue("b"));
    let (expired, gone) = (alice.issue_with(&json!({"label": "c", "expires_at": soon})), alice.issue("d"));
    let new = rotate(&alice, &superseded);
    alice.http.delete(&revoked.path("")).expect(204);
    rotate_with(&alice, &gone, &json!({"overlap_seconds": 0}));
    app.advance(Duration::from_secs(60));
    let records = actions(&home, &alice);
    for old in [&superseded, &revoked, &expired, &gone] {
        alice.http.post(&old.path("/rotate"), &json!({})).expect_problem(409, "not_active");
    }
    assert_eq!(actions(&home, &alice), records);
    assert_eq!(shown(&alice, &superseded)["replaced_by"], new.id);
}

#[test]
fn rotating_the_successor_ends_the_old_one() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let first = alice.issue("Laptop");
    home.mail_server.verdict_over(&alice.login, &first.secret, "smtp");
    let second = rotate(&alice, &first);
    app.advance(MICROSECOND);
    let third = rotate(&alice, &second);
    assert_eq!(home.mail_server.verdict_over(&alice.login, &first.secret, "smtp"), "superseded");
    assert_eq!(state_of(&alice, &first), rotated_away());
    assert_eq!(shown(&alice, &first)["ended_at"], app.time.wall().to_string());
    assert_eq!(state_of(&alice, &second).0, "superseded");
    for one in [&second, &third] {
        assert_eq!(home.mail_server.verdict(&alice.login, &one.secret), "accept");
    }
    assert_eq!(state_of(&alice, &second), rotated_away());
    let chain = [&first, &second, &third].map(|one| shown(&alice, one));
    assert_eq!((&chain[1]["replaces"], &chain[1]["replaced_by"]), (&json!(first.id), &json!(third.id)));
    assert_eq!((&chain[0]["replaces"], &chain[2]["replaces"]), (&Value::Null, &json!(second.id)));
}

#[test]
fn what_has_expired_by_the_moment_in_which_its_successor_is_rotated_stays_expired() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let at = app.time.wall().plus(HOUR / 15).to_string();
    let guest = alice.issue_with(&json!({"label": "guest", "expires_at": at}));
    let next = rotate(&alice, &guest);
    app.advance(HOUR / 15);
    rotate(&alice, &next);
    assert_eq!(state_of(&alice, &guest), ("expired".into(), Some("expired".into())));
    assert_eq!(home.mail_server.verdict(&alice.login, &guest.secret), "expired");
}

#[test]
fn what_ends_while_superseded_keeps_that_reason_and_leaves_the_new_one() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let old = alice.issue("Laptop");
    let new = rotate(&alice, &old);
    alice.http.delete(&old.path("")).expect(204);
    assert_eq!(home.mail_server.verdict(&alice.login, &old.secret), "revoked");
    assert_eq!(home.mail_server.verdict(&alice.login, &new.secret), "accept");
    app.advance(HOUR * 25);
    let now = home.operator.get(&old.path("")).expect(200).body;
    assert_eq!((&now["state"], &now["ended_reason"]), (&json!("revoked"), &json!("revoked_by_member")));
}

#[test]
fn the_end_of_the_new_one_does_not_bring_the_old_one_back() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let old = alice.issue("Laptop");
    home.mail_server.verdict(&alice.login, &old.secret);
    let new = rotate(&alice, &old);
    home.mail_server.verdict(&alice.login, &new.secret);
    alice.http.delete(&new.path("")).expect(204);
    assert_eq!(home.mail_server.verdict(&alice.login, &new.secret), "revoked");
    assert_eq!(home.mail_server.verdict(&alice.login, &old.secret), "superseded");
}

#[test]
fn secure_login_off_ends_both() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let old = alice.issue("Laptop");
    let new = rotate(&alice, &old);
    assert_eq!(alice.secure_login(false).body["ended_client_passwords"], 2);
    for one in [&old, &new] {
        assert_eq!(home.mail_server.verdict(&alice.login, &one.secret), "secure_login_off");
        assert_eq!(state_of(&alice, one), ("revoked".into(), Some("secure_login_off".into())));
        alice.http.post(&one.path("/rotate"), &json!({})).expect(409);
    }
}

#[test]
fn odd_bodies_are_refused_by_field_and_rotate_nothing() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let old = alice.issue("Laptop");
    for (body, field, code) in [
        (json!({"overlap_seconds": -1}), "overlap_seconds", "malformed"),
        (json!({"overlap_seconds": 1.5}), "overlap_seconds", "malformed"),
        (json!({"overlap_seconds": "60"}), "overlap_seconds", "malformed"),
        (json!({"overlap": 60}), "overlap", "unknown"),
        (json!({"label": "x"}), "label", "unknown"),
    ] {
        alice.http.post(&old.path("/rotate"), &body).expect_field(field, code);
    }
    assert_eq!(state_of(&alice, &old), ("active".into(), None));
}

/// `openapi.yaml`: at most 7 days; refused beyond, or cut.
#[test]
fn no_overlap_is_longer_than_seven_days() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let old = alice.issue("Laptop");
    let answer = alice.http.post(&old.path("/rotate"), &json!({"overlap_seconds": 604_801}));
    if answer.status == 400 {
        answer.expect_field("overlap_seconds", "out_of_range");
        return;
    }
    app.advance(HOUR * 168);
    assert_eq!(home.mail_server.verdict(&alice.login, &old.secret), "superseded");
}

#[test]
fn of_many_rotations_at_once_one_happens() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let old = alice.issue("Laptop");
    let try_it = || alice.http.post(&old.path("/rotate"), &json!({})).status;
    let mut done = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..6).map(|_| scope.spawn(try_it)).collect();
        tries.into_iter().map(|tried| tried.join().unwrap()).collect::<Vec<_>>()
    });
    done.sort_unstable();
    assert_eq!(done, [201, 409, 409, 409, 409, 409]);
    let active = alice.http.get(&alice.path("/client-passwords?state=active")).expect(200);
    assert_eq!(active.items().len(), 1);
}
