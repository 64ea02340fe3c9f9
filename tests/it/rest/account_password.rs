//! The account password: changed by the member with the current one, or set by a program; what hung on the old one
//! ends.

use std::time::Duration;

use serde_json::{Value, json};

use super::secure_login::{actions, shown};
use super::sessions::{attempt, is_signed_in};
use crate::support::{Answer, Http, Person, TestApp};

const NEW: &str = "quite another password";
const STEP: Duration = Duration::from_secs(30);

/// The member's own change.
fn change(person: &Person, current: &str, new: &str) -> Answer {
    person.http.put(&person.path("/password"), &json!({"password": new, "current_password": current}))
}

/// Somebody else's.
fn set(http: &Http, person: &Person, new: &str) -> Answer {
    http.put(&person.path("/password"), &json!({"password": new}))
}

#[test]
fn the_new_one_signs_in_and_the_old_one_does_not() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in();
    let done = change(&alice, &alice.password, NEW).expect(200);
    assert_eq!(done.body, json!({"sign_in": "local", "ended_client_passwords": 0}));
    assert_eq!(actions(&home, &alice).last().unwrap(), "account_password.changed");
    attempt(&app.http(), &alice.login, &alice.password, None).expect_problem(401, "invalid_credentials");
    assert_eq!(home.mail_server.verdict(&alice.login, &alice.password), "invalid_credentials");
    assert_eq!(home.mail_server.verdict(&alice.login, NEW), "accept");
    let begun = attempt(&app.http(), &alice.login, NEW, None).expect(201);
    // Nobody is told of what they did themselves.
    assert_eq!(begun.body["notices"], json!([]));
}

#[test]
fn one_password_has_many_writings() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in();
    let writings = ["gr\u{fc}nes Gras 42", "gru\u{308}nes Gras 42", "gr\u{fc}nes Gras \u{ff14}\u{ff12}"];
    for (new, others) in
        [(writings[0], &writings[1..]), (writings[1], &writings[..1]), (writings[2], &writings[..2])]
    {
        change(&alice, &alice.password, new).expect(200);
        for typed in others {
            attempt(&app.http(), &alice.login, typed, None).expect(201);
            assert_eq!(home.mail_server.verdict(&alice.login, typed), "accept");
        }
        new.clone_into(&mut alice.password);
    }
    // Typed otherwise than it was set.
    change(&alice, writings[1], NEW).expect(200);
    for typed in writings {
        attempt(&app.http(), &alice.login, typed, None).expect_problem(401, "invalid_credentials");
    }
}

#[test]
fn the_member_has_to_know_the_current_one() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let phone = alice.issue("Phone");
    let records = actions(&home, &alice);
    for wrong in ["not the password", "", phone.secret.as_str(), NEW] {
        change(&alice, wrong, NEW).expect_problem(403, "invalid_current_password");
    }
    set(&alice.http, &alice, NEW).expect_field("current_password", "missing");
    assert_eq!(actions(&home, &alice), records);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    app.advance(STEP);
    let code = alice.code(app.time.wall());
    attempt(&app.http(), &alice.login, &alice.password, Some(&code)).expect(201);
}

#[test]
fn a_new_one_ends_all_client_passwords_and_leaves_secure_login_on() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let (phone, laptop) = (alice.issue("Phone"), alice.issue("Laptop"));
    let done = change(&alice, &alice.password, NEW).expect(200);
    assert_eq!(done.body["ended_client_passwords"], 2);
    for one in [&phone, &laptop] {
        assert_eq!(home.mail_server.verdict(&alice.login, &one.secret), "revoked");
        let now = shown(&alice, one);
        assert_eq!(now["ended_reason"], "account_password_changed");
        assert_eq!(now["ended_at"], app.time.wall().to_string());
    }
    let now = alice.http.get(&alice.path("/secure-login")).expect(200);
    assert_eq!((&now.body["enabled"], &now.body["epoch"]), (&json!(true), &json!(1)));
    for password in [alice.password.as_str(), NEW] {
        assert_eq!(home.mail_server.verdict(&alice.login, password), "invalid_credentials");
    }
    assert_eq!(home.mail_server.verdict(&alice.login, &alice.issue("New").secret), "accept");
}

#[test]
fn a_new_one_ends_the_other_sessions_and_what_was_never_confirmed() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    app.advance(STEP);
    let mut other = alice.clone();
    other.sign_in_with_code(app.time.wall());
    let mut bob = home.member("bob");
    bob.sign_in();
    other.http.post(&alice.path("/second-factors"), &json!({"type": "totp"})).expect(201);
    change(&alice, &alice.password, NEW).expect(200);
    assert!(is_signed_in(&alice) && !is_signed_in(&other) && is_signed_in(&bob));
    assert_eq!(alice.http.get(&alice.path("/second-factors")).expect(200).items().len(), 1);
    // The confirmed factor stays.
    attempt(&app.http(), &alice.login, NEW, None).expect_problem(401, "second_factor_required");
}

#[test]
fn a_member_who_signed_in_elsewhere_signs_in_here_once_a_program_has_set_one() {
    let (app, home) = TestApp::installed();
    let mut eve = home.external_member("eve");
    assert_eq!(home.mail_server.verdict(&eve.login, NEW), "defer");
    app.advance(STEP);
    let done = set(&home.operator, &eve, NEW).expect(200);
    assert_eq!(done.body, json!({"sign_in": "local", "ended_client_passwords": 0}));
    let at = app.time.wall().to_string();
    assert_eq!(home.operator.get(&eve.path("")).expect(200).body["sign_in"], "local");
    assert_eq!(home.mail_server.verdict(&eve.login, NEW), "accept");
    assert_eq!(home.mail_server.verdict(&eve.login, "not the password"), "invalid_credentials");

    app.advance(STEP);
    let told = attempt(&app.http(), &eve.login, NEW, None).expect(201);
    let actor = home.operator.get("/v1/me").expect(200).body["actor"].clone();
    let notice = &told.body["notices"][0];
    assert_eq!((&notice["at"], &notice["action"]), (&json!(at), &json!("account_password.changed")));
    assert_eq!(notice["actor"], actor);
    NEW.clone_into(&mut eve.password);
    let phone = eve.secured(app.time.wall()).issue("Phone");
    assert_eq!(home.mail_server.verdict("eve@example.org", &phone.secret), "accept");
}

#[test]
fn one_that_a_program_sets_ends_client_passwords_and_every_session_but_no_factor() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let phone = alice.issue("Phone");
    let new_key = json!({"role": "directory", "label": "directory", "organization_id": home.organization_id});
    let directory = home.operator.post("/v1/service-keys", &new_key).expect(201).text_of("key");
    app.advance(STEP);
    let done = set(&home.operator.bearing(&directory), &alice, NEW).expect(200);
    assert_eq!(done.body["ended_client_passwords"], 1);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "revoked");
    assert!(!is_signed_in(&alice));
    attempt(&app.http(), &alice.login, NEW, None).expect_problem(401, "second_factor_required");
    app.advance(STEP);
    let told = attempt(&app.http(), &alice.login, NEW, Some(&alice.code(app.time.wall()))).expect(201);
    assert_eq!(told.body["notices"][0]["action"], "account_password.changed");
}

#[test]
fn people_do_not_set_it_for_others() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    let (mut owner, mut boss, mut bob) =
        (home.owner.clone(), home.member_with("boss", "admin"), home.member("bob"));
    for person in [&mut owner, &mut boss, &mut bob] {
        person.sign_in();
    }
    for (person, status) in [(&owner, 403), (&boss, 403), (&bob, 404)] {
        set(&person.http, &alice, NEW).expect(status);
        let knowing = json!({"password": NEW, "current_password": alice.password});
        person.http.put(&alice.path("/password"), &knowing).expect(status);
    }
    let new_key = json!({"role": "directory", "label": "directory", "organization_id": home.organization_id});
    let directory = home.operator.post("/v1/service-keys", &new_key).expect(201).text_of("key");
    set(&home.operator.bearing(&directory), &boss, NEW).expect_problem(403, "forbidden");
    attempt(&app.http(), &alice.login, &alice.password, None).expect(201);
}

#[test]
fn odd_ones_are_refused_by_field() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let phone = alice.issue("Phone");
    for (password, code) in [
        (json!("seven77"), "too_short"),
        (json!("ä".repeat(7)), "too_short"),
        (json!("x".repeat(1025)), "too_long"),
        (json!(12_345_678), "malformed"),
        // A client password must never sign in.
        (json!(phone.secret), "not_allowed"),
    ] {
        let body = json!({"password": password, "current_password": alice.password});
        alice.http.put(&alice.path("/password"), &body).expect_field("password", code);
    }
    for (body, field, code) in [
        (json!({}), "password", "missing"),
        (json!({"password": NEW, "current_password": "x".repeat(1025)}), "current_password", "too_long"),
        (json!({"password": NEW, "current_password": alice.password}), "current_password", "not_allowed"),
        (json!({"password": NEW, "sign_in": "local"}), "sign_in", "unknown"),
    ] {
        home.operator.put(&alice.path("/password"), &body).expect_field(field, code);
    }
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
}

#[test]
fn a_version_may_be_named_and_then_has_to_be_the_current_one() {
    let (_app, home) = TestApp::installed();
    let alice = home.member("alice");
    let etag = home.operator.get(&alice.path("")).expect(200).etag();
    set(&home.operator.with("If-Match", &etag), &alice, NEW).expect(200);
    let refused = set(&home.operator.with("If-Match", &etag), &alice, "a third password");
    refused.expect_problem(412, "version_mismatch");
    assert_eq!(home.mail_server.verdict(&alice.login, NEW), "accept");
}

/// After a break-in an administrator suspends, sets a new one, and re-activates.
#[test]
fn who_is_suspended_may_get_a_new_one_and_who_has_left_may_not() {
    let (_app, home) = TestApp::installed();
    let alice = home.member("alice");
    home.operator.patch(&alice.path(""), &json!({"state": "suspended"})).expect(200);
    set(&home.operator, &alice, NEW).expect(200);
    home.operator.delete(&alice.path("")).expect(204);
    set(&home.operator, &alice, NEW).expect_problem(409, "not_active");
}

#[test]
fn a_change_that_cannot_be_written_does_not_happen() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let phone = alice.issue("Phone");
    app.faults.writes.store(true, std::sync::atomic::Ordering::SeqCst);
    change(&alice, &alice.password, NEW).expect_problem(503, "unavailable");
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    app.faults.writes.store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(shown(&alice, &phone)["ended_at"], Value::Null);
    change(&alice, &alice.password, NEW).expect(200);
}

#[test]
fn guessing_the_current_one_waits_as_long_as_it_is_told() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in();
    let guess = |n: usize| change(&alice, &format!("guess {n}"), NEW);
    for n in 0..10 {
        guess(n).expect_problem(403, "invalid_current_password");
    }
    let told = guess(10).expect_problem(429, "too_many_attempts");
    let wait: u64 = told.header("retry-after").unwrap().parse().unwrap();
    app.advance(Duration::from_secs(wait));
    guess(11).expect_problem(403, "invalid_current_password");
    guess(12).expect_problem(429, "too_many_attempts");
    // Where the member has signed in, the right one is taken all the same.
    change(&alice, &alice.password, NEW).expect(200);
}

#[test]
fn guessing_of_one_member_slows_no_other_down() {
    let (_app, home) = TestApp::installed();
    let (mut alice, mut bob) = (home.member("alice"), home.member("bob"));
    alice.sign_in();
    bob.sign_in();
    for n in 0..150 {
        change(&alice, &format!("guess {n}"), NEW);
    }
    change(&bob, &bob.password, NEW).expect(200);
}
