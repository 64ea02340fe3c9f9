//! Ending client passwords, one or all: at once, for good, and no matter how often it is asked for.

use serde_json::{Value, json};

use super::{MINUTE, actions, secured, shown};
use crate::support::TestApp;
use crate::support::actors::ClientPassword;

#[test]
fn one_ends_and_the_others_live_on() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let (phone, laptop) = (alice.issue("Phone"), alice.issue("Laptop"));
    app.advance(MINUTE);
    alice.http.delete(&phone.path("")).expect(204);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "revoked");
    assert_eq!(home.mail_server.verdict(&alice.login, &laptop.secret), "accept");
    let ended = shown(&alice, &phone);
    assert_eq!((&ended["state"], &ended["ended_reason"]), (&json!("revoked"), &json!("revoked_by_member")));
    assert_eq!(ended["ended_at"], app.time.wall().to_string());
    assert_eq!(shown(&alice, &laptop)["ended_at"], Value::Null);
}

/// The phone is lost, and perhaps it has not taken the new one yet.
#[test]
fn what_it_replaced_ends_with_it_and_what_replaced_it_does_not() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let rotate = |old: &ClientPassword| {
        ClientPassword::of(&alice.http.post(&old.path("/rotate"), &json!({})).expect(201))
    };
    let verdict = |one: &ClientPassword| home.mail_server.verdict(&alice.login, &one.secret);
    for (http, reason) in [(&alice.http, "revoked_by_member"), (&home.operator, "revoked_by_admin")] {
        let oldest = alice.issue("Phone");
        let old = rotate(&oldest);
        let new = rotate(&old);
        // Not used yet: a first use of the new one would end the old one there.
        assert_eq!([&oldest, &old].map(verdict), ["superseded", "accept"]);
        http.delete(&new.path("")).expect(204);
        assert_eq!([&old, &new].map(verdict), ["revoked", "revoked"]);
        assert_eq!([&old, &new].map(|one| shown(&alice, one)["ended_reason"].clone()), [reason, reason]);
        assert_eq!(shown(&alice, &oldest)["ended_reason"], "rotated", "an end of its own stays");
    }
    let (old, before) = (alice.issue("Laptop"), actions(&home, &alice).len());
    let new = rotate(&old);
    alice.http.delete(&old.path("")).expect(204);
    assert_eq!([&old, &new].map(verdict), ["revoked", "accept"]);
    // One that has ended by itself before keeps its own end.
    alice.http.delete(&new.path("")).expect(204);
    assert_eq!(shown(&alice, &old)["ended_reason"], "revoked_by_member");
    assert_eq!(actions(&home, &alice).len(), before + 3, "rotated, revoked, revoked");
}

#[test]
fn what_has_ended_keeps_its_time_and_reason_and_gets_no_second_record() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let soon = app.time.wall().plus(MINUTE).to_string();
    let (phone, guest) =
        (alice.issue("Phone"), alice.issue_with(&json!({"label": "Guest", "expires_at": soon})));
    alice.http.delete(&phone.path("")).expect(204);
    app.advance(MINUTE);
    let (before, records) = ([shown(&alice, &phone), shown(&alice, &guest)], actions(&home, &alice));
    app.advance(MINUTE);
    for http in [&alice.http, &home.operator] {
        for one in [&phone, &guest] {
            http.delete(&one.path("")).expect(204);
        }
        let none = http.delete(&alice.path("/client-passwords")).expect(200);
        assert_eq!(none.body, json!({"ended_client_passwords": 0}));
    }
    assert_eq!([shown(&alice, &phone), shown(&alice, &guest)], before);
    assert_eq!(actions(&home, &alice), records);
}

#[test]
fn what_ran_out_before_all_ended_is_told_so_and_listed_so() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let until =
        |minutes| json!({"label": "G", "expires_at": app.time.wall().plus(MINUTE * minutes).to_string()});
    let (phone, early, late) =
        (alice.issue("Phone"), alice.issue_with(&until(1)), alice.issue_with(&until(3)));
    let old = alice.issue("Laptop");
    let new = alice.http.post(&old.path("/rotate"), &json!({"overlap_seconds": 60})).expect(201);
    let new = ClientPassword::of(&new);
    let all_are = |with_all: &str, ended_reason: &str| {
        for (one, verdict, reason) in [
            (&early, "expired", "expired"),
            (&old, "superseded", "rotated"),
            (&phone, with_all, ended_reason),
            (&late, with_all, ended_reason),
            (&new, with_all, ended_reason),
        ] {
            assert_eq!(home.mail_server.verdict(&alice.login, &one.secret), verdict);
            let listed = home.operator.get(&one.path("")).expect(200);
            assert_eq!(listed.body["ended_reason"], reason);
        }
    };
    app.advance(MINUTE * 2);
    alice.secure_login(false);
    app.advance(MINUTE * 2);
    all_are("secure_login_off", "secure_login_off");
    alice.secure_login(true);
    all_are("revoked", "secure_login_off");
    home.operator.delete(&home.path("")).expect(204);
    all_are("member_left", "secure_login_off");
}

#[test]
fn all_end_at_once_and_secure_login_stays_on() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let bob = secured(&app, home.member("bob"));
    let (phone, laptop, other) = (alice.issue("Phone"), alice.issue("Laptop"), bob.issue("Phone"));
    let new = ClientPassword::of(&alice.http.post(&laptop.path("/rotate"), &json!({})).expect(201));
    let records = actions(&home, &alice);
    let ended = alice.http.delete(&alice.path("/client-passwords")).expect(200);
    assert_eq!(ended.body, json!({"ended_client_passwords": 3}));
    for one in [&phone, &laptop, &new] {
        let verdict = home.mail_server.verdict(&alice.login, &one.secret);
        assert!(["revoked", "superseded"].contains(&verdict.as_str()), "{verdict}");
        assert_eq!(shown(&alice, one)["ended_reason"], "revoked_by_member");
    }
    let now = alice.http.get(&alice.path("/secure-login")).expect(200);
    assert_eq!((&now.body["enabled"], &now.body["epoch"]), (&json!(true), &json!(1)));
    assert_eq!(actions(&home, &alice)[records.len()..], ["client_passwords.revoked"]);
    assert_eq!(home.mail_server.verdict(&alice.login, &alice.issue("New").secret), "accept");
    assert_eq!(home.mail_server.verdict(&bob.login, &other.secret), "accept");
}

#[test]
fn an_administrator_ends_and_the_member_sees_that_it_was_one() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let mut boss = home.member_with("boss", "admin");
    boss.sign_in();
    let (phone, laptop) = (alice.issue("Phone"), alice.issue("Laptop"));
    boss.http.delete(&phone.path("")).expect(204);
    boss.http.delete(&alice.path("/client-passwords")).expect(200);
    for one in [&phone, &laptop] {
        assert_eq!(home.mail_server.verdict(&alice.login, &one.secret), "revoked");
        assert_eq!(shown(&alice, one)["ended_reason"], "revoked_by_admin");
    }
}

#[test]
fn each_change_is_one_record_that_says_who_and_what() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let before = actions(&home, &alice).len();
    let phone = alice.issue("Phone");
    let new = ClientPassword::of(&alice.http.post(&phone.path("/rotate"), &json!({})).expect(201));
    alice.http.patch(&new.path(""), &json!({"label": "Mobile"})).expect(200);
    alice.http.delete(&phone.path("")).expect(204);
    home.operator.delete(&new.path("")).expect(204);
    let expected = [
        "client_password.issued",
        "client_password.rotated",
        "client_password.updated",
        "client_password.revoked",
        "client_password.revoked",
    ];
    assert_eq!(actions(&home, &alice)[before..], expected);
    let path = home.path(&format!("/audit-events?limit=3&member_id={}", alice.id));
    let events = home.operator.get(&path).expect(200);
    let me = home.operator.get("/v1/me").expect(200);
    for (event, actor, target) in [
        (&events.items()[0], &me.body["actor"], &new),
        (&events.items()[1], &json!({"kind": "member", "id": alice.id}), &phone),
    ] {
        assert_eq!((&event["actor"], &event["member_id"]), (actor, &json!(alice.id)));
        assert_eq!(event["targets"], json!([{"kind": "client_password", "id": target.id}]));
    }
}

#[test]
fn a_secret_that_ended_is_recognised_for_180_days_and_then_unknown() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let (lost, live, off) = (alice.issue("Lost"), alice.issue("Live"), alice.issue("Off"));
    let soon = app.time.wall().plus(MINUTE).to_string();
    let guest = alice.issue_with(&json!({"label": "Guest", "expires_at": soon}));
    let bob = secured(&app, home.member("bob"));
    let his = bob.issue("Phone");
    bob.secure_login(false);
    for one in [&lost, &off] {
        alice.http.delete(&one.path("")).expect(204);
    }
    let verdict = |one: &ClientPassword| home.mail_server.verdict(&alice.login, &one.secret);
    app.advance(MINUTE * 60 * 24 * 179);
    assert_eq!([verdict(&lost), verdict(&guest), verdict(&live)], ["revoked", "expired", "accept"]);
    app.advance(MINUTE * 60 * 24 * 2);
    // The sweeper wakes up by itself; until it has swept they are dead all the same.
    let gone = |_| {
        app.advance(MINUTE * 10);
        [&lost, &guest, &his].iter().all(|one| home.operator.get(&one.path("")).status == 404)
    };
    assert!((0..5_000).any(gone), "never swept");
    for (login, one) in [(&alice.login, &lost), (&alice.login, &guest), (&bob.login, &his)] {
        assert_eq!(home.mail_server.verdict(login, &one.secret), "invalid_credentials");
    }
    assert_eq!(verdict(&live), "accept");
}
