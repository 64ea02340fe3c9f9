//! Dead is dead: nothing brings a client password back that has ended, in whatever way it ended.

use std::time::Duration;

use serde_json::json;

use super::{shown, switch};
use crate::support::actors::{ClientPassword, Installation};
use crate::support::{Person, TestApp};

const MINUTE: Duration = Duration::from_secs(60);
const YEAR: Duration = Duration::from_secs(365 * 86_400);

/// A member whose client passwords have all ended, each in another way.
fn graveyard(app: &TestApp, home: &Installation) -> (Person, Vec<(&'static str, ClientPassword)>) {
    let mut alice = home.member("alice").secured(app.time.wall());
    let mut dead = vec![];
    dead.push(("revoked_by_member", alice.issue("a")));
    alice.http.delete(&dead[0].1.path("")).expect(204);
    dead.push(("revoked_by_admin", alice.issue("b")));
    home.operator.delete(&dead[1].1.path("")).expect(204);
    let soon = app.time.wall().plus(MINUTE).to_string();
    dead.push(("expired", alice.issue_with(&json!({"label": "c", "expires_at": soon}))));
    for overlap in [0, 60] {
        let old = alice.issue("d");
        let new = alice.http.post(&old.path("/rotate"), &json!({"overlap_seconds": overlap})).expect(201);
        dead.push(("rotated", old));
        dead.push(("revoked_by_member", ClientPassword::of(&new)));
    }
    app.advance(MINUTE * 3);
    alice.http.delete(&alice.path("/client-passwords")).expect(200);
    dead.push(("bulk_revocation", alice.issue("e")));
    let all = json!({"filter": {"member_ids": [alice.id]}, "reason": "a test"});
    home.operator.post(&home.path("/revocations"), &all).expect(201);
    dead.push(("account_password_changed", alice.issue("f")));
    let new = "another password";
    let change = json!({"password": new, "current_password": alice.password});
    alice.http.put(&alice.path("/password"), &change).expect(200);
    new.clone_into(&mut alice.password);
    dead.push(("secure_login_off", alice.issue("g")));
    alice.secure_login(false);
    alice.secure_login(true);
    dead.push(("member_suspended", alice.issue("h")));
    home.operator.patch(&alice.path(""), &json!({"state": "suspended"})).expect(200);
    home.operator.patch(&alice.path(""), &json!({"state": "active"})).expect(200);
    app.advance(MINUTE);
    alice.http = app.http();
    alice.sign_in_with_code(app.time.wall());
    (alice, dead)
}

/// Fails unless every one of them is dead, and shown so.
#[track_caller]
fn expect_dead(home: &Installation, alice: &Person, dead: &[(&str, ClientPassword)], when: &str) {
    for (reason, one) in dead {
        for protocol in ["imap", "smtp"] {
            let verdict = home.mail_server.verdict_over(&alice.login, &one.secret, protocol);
            let stale = ["revoked", "expired", "superseded", "secure_login_off", "member_suspended"];
            assert!(stale.contains(&verdict.as_str()), "{reason} {when}: {verdict}");
        }
        let now = shown(alice, one);
        assert_eq!(now["ended_reason"], *reason, "{when}");
        assert!(now["state"] == "revoked" || now["state"] == "expired" && *reason == "expired", "{now}");
    }
    for state in ["active", "superseded"] {
        let path = alice.path(&format!("/client-passwords?state={state}"));
        assert!(alice.http.get(&path).expect(200).items().is_empty(), "{when}");
    }
}

/// Restarts; everybody goes on with what they had.
fn restart(app: &mut TestApp, home: &mut Installation, alice: &mut Person) {
    app.restart();
    for http in [&mut home.operator, &mut home.mail_server, &mut alice.http] {
        *http = app.http().bearing(http.token());
    }
}

#[test]
fn nothing_that_ended_comes_back_when_secure_login_goes_off_and_on() {
    let (app, home) = TestApp::installed();
    let (alice, dead) = graveyard(&app, &home);
    expect_dead(&home, &alice, &dead, "at first");
    for enabled in [false, true, false, true] {
        alice.secure_login(enabled);
        expect_dead(&home, &alice, &dead, "switched");
    }
    let fresh = alice.issue("fresh");
    assert_eq!(home.mail_server.verdict(&alice.login, &fresh.secret), "accept");
    expect_dead_but_one(&alice);
}

/// Only the fresh one is live.
#[track_caller]
fn expect_dead_but_one(alice: &Person) {
    let active = alice.http.get(&alice.path("/client-passwords?state=active")).expect(200);
    assert_eq!(active.items().len(), 1);
}

#[test]
fn nothing_that_ended_comes_back_with_a_restart_or_a_clock_that_jumps_back() {
    let (mut app, mut home) = TestApp::installed();
    let (mut alice, dead) = graveyard(&app, &home);
    let right = app.time.wall();
    for (back, restarts) in [
        (MINUTE * 180, false),
        (MINUTE * 180, true),
        (YEAR * 10, false),
        (YEAR * 10, true),
        (YEAR * 80, true),
    ] {
        app.time.jump_to(right.minus(back));
        if restarts {
            restart(&mut app, &mut home, &mut alice);
        }
        expect_dead(&home, &alice, &dead, &format!("{back:?} back, restart: {restarts}"));
    }
    app.time.jump_to(right);
    restart(&mut app, &mut home, &mut alice);
    expect_dead(&home, &alice, &dead, "in time again");
}

#[test]
fn nothing_that_ended_comes_back_with_a_member_who_is_reactivated() {
    let (app, home) = TestApp::installed();
    let (mut alice, dead) = graveyard(&app, &home);
    for state in ["suspended", "active"] {
        home.operator.patch(&alice.path(""), &json!({"state": state})).expect(200);
    }
    app.advance(MINUTE);
    alice.http = app.http();
    alice.sign_in_with_code(app.time.wall());
    expect_dead(&home, &alice, &dead, "reactivated");
}

#[test]
fn a_date_that_came_while_the_clock_was_wrong_has_come() {
    let (mut app, mut home) = TestApp::installed();
    let mut alice = home.member("alice").secured(app.time.wall());
    let right = app.time.wall();
    let in_a_year = right.plus(YEAR).to_string();
    let guest = alice.issue_with(&json!({"label": "Guest", "expires_at": in_a_year}));
    let old = alice.issue("Laptop");
    alice.http.post(&old.path("/rotate"), &json!({})).expect(201);
    assert_eq!(home.mail_server.verdict(&alice.login, &guest.secret), "accept");

    app.time.jump_to(right.plus(YEAR * 2));
    assert_eq!(home.mail_server.verdict(&alice.login, &guest.secret), "expired");
    assert_eq!(home.mail_server.verdict(&alice.login, &old.secret), "superseded");
    for back in [right, right.minus(YEAR * 5)] {
        app.time.jump_to(back);
        assert_eq!(home.mail_server.verdict(&alice.login, &guest.secret), "expired");
        assert_eq!(home.mail_server.verdict(&alice.login, &old.secret), "superseded");
        restart(&mut app, &mut home, &mut alice);
        assert_eq!(home.mail_server.verdict(&alice.login, &guest.secret), "expired");
        assert_eq!(home.mail_server.verdict(&alice.login, &old.secret), "superseded");
    }
}

#[test]
fn while_the_member_is_suspended_or_gone_nothing_is_accepted_and_the_reason_says_so() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let phone = alice.issue("Phone");
    home.operator.patch(&alice.path(""), &json!({"state": "suspended"})).expect(200);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "member_suspended");
    assert_eq!(home.mail_server.verdict(&alice.login, "something else"), "invalid_credentials");
    switch(&home.operator, &alice, false).expect(200);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "member_suspended");
    assert_eq!(home.mail_server.verdict(&alice.login, &alice.password), "member_suspended");
    home.operator.delete(&alice.path("")).expect(204);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "member_left");
    assert_eq!(home.mail_server.verdict(&alice.login, &alice.password), "invalid_credentials");

    // The login is free; who has it next has nothing to do with the old one's secrets.
    let next = home.member("alice").secured(app.time.wall());
    assert_eq!(home.mail_server.verdict(&next.login, &phone.secret), "member_left");
    assert_eq!(home.mail_server.verdict(&next.login, &next.issue("Phone").secret), "accept");
}

/// The mark of the time is written at most once a minute, so a stop has to write it too.
#[test]
fn a_date_that_has_come_is_not_undone_by_a_restart_within_a_minute_and_a_clock_that_is_behind() {
    let (mut app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let right = app.time.wall();
    let soon = right.plus(MINUTE / 2).to_string();
    let guest = alice.issue_with(&json!({"label": "Guest", "expires_at": soon}));
    app.advance(MINUTE / 2);
    assert_eq!(home.mail_server.verdict(&alice.login, &guest.secret), "expired");
    app.stop();
    app.time.jump_to(right.minus(MINUTE * 60));
    app.restart();
    let server = app.http().bearing(home.mail_server.token());
    assert_eq!(server.verdict(&alice.login, &guest.secret), "expired");
}
