//! Who may switch secure login, what a dry run says, and that asking twice changes nothing.

use std::time::Duration;

use serde_json::{Value, json};

use super::{actions, is_signed_in, switch};
use crate::support::{Http, Person, TestApp};

#[track_caller]
fn read(person: &Person, http: &Http) -> Value {
    http.get(&person.path("/secure-login")).expect(200).body
}

#[test]
fn turning_it_on_needs_a_confirmed_second_factor() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in();
    switch(&alice.http, &alice, true).expect_problem(409, "second_factor_missing");
    alice.http.post(&alice.path("/second-factors"), &json!({"type": "totp"})).expect(201);
    switch(&alice.http, &alice, true).expect_problem(409, "second_factor_missing");
    assert_eq!(
        read(&alice, &alice.http),
        json!({"enabled": false, "epoch": 0, "since": null, "required": false, "required_from": null})
    );
    alice.enrol(app.time.wall());
    let on = alice.secure_login(true);
    assert_eq!((&on.body["enabled"], &on.body["epoch"]), (&json!(true), &json!(0)));
    assert_eq!(on.body["since"], app.time.wall().to_string());
}

#[test]
fn what_is_already_so_stays_as_it_is_without_a_record() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let phone = alice.issue("Phone");
    for enabled in [true, false] {
        alice.secure_login(enabled);
        let (before, records) = (alice.http.get(&alice.path("/secure-login")), actions(&home, &alice));
        app.advance(Duration::from_secs(1));
        let again = alice.secure_login(enabled);
        assert_eq!(again.body["ended_client_passwords"], 0);
        for field in ["enabled", "epoch", "since", "required", "required_from"] {
            assert_eq!(again.body[field], before.body[field], "{field}");
        }
        assert_eq!(again.etag(), before.etag());
        switch(&home.operator, &alice, enabled).expect(200);
        assert_eq!(actions(&home, &alice), records);
        let verdict = home.mail_server.verdict(&alice.login, &phone.secret);
        assert_eq!(verdict, if enabled { "accept" } else { "secure_login_off" });
    }
}

#[test]
fn each_switch_is_one_record() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let before = actions(&home, &alice).len();
    alice.secure_login(false);
    alice.secure_login(true);
    switch(&home.operator, &alice, false).expect(200);
    let after = actions(&home, &alice);
    assert_eq!(after[before..], ["secure_login.off", "secure_login.on", "secure_login.off"]);
}

#[test]
fn a_dry_run_counts_what_would_end_and_changes_nothing() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let (phone, old, lost) = (alice.issue("Phone"), alice.issue("Laptop"), alice.issue("Lost"));
    alice.http.post(&old.path("/rotate"), &json!({})).expect(201);
    alice.http.delete(&lost.path("")).expect(204);
    let soon = app.time.wall().plus(Duration::from_secs(60)).to_string();
    alice.issue_with(&json!({"label": "Guest", "expires_at": soon}));
    app.advance(Duration::from_secs(60));

    let (before, records) = (alice.http.get(&alice.path("/secure-login")), actions(&home, &alice));
    let path = alice.path("/secure-login?dry_run=true");
    let dry = alice.http.put(&path, &json!({"enabled": false})).expect(200);
    // The phone, and both of the rotated one.
    assert_eq!((&dry.body["ended_client_passwords"], &dry.body["dry_run"]), (&json!(3), &json!(true)));
    let on = alice.http.put(&path, &json!({"enabled": true})).expect(200);
    assert_eq!(on.body["ended_client_passwords"], 0);
    let after = alice.http.get(&alice.path("/secure-login"));
    assert_eq!((&after.body, after.etag()), (&before.body, before.etag()));
    assert_eq!(actions(&home, &alice), records);
    for one in [&phone, &old] {
        assert_eq!(home.mail_server.verdict(&alice.login, &one.secret), "accept");
    }
    assert_eq!(alice.secure_login(false).body["ended_client_passwords"], 3);
}

/// `openapi.yaml`: secure login as it is now, or with `dry_run` as it would be.
#[test]
fn a_dry_run_shows_secure_login_as_it_would_be() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let path = alice.path("/secure-login?dry_run=true");
    let dry = alice.http.put(&path, &json!({"enabled": false})).expect(200);
    assert_eq!((&dry.body["enabled"], &dry.body["epoch"]), (&json!(false), &json!(1)));
}

#[test]
fn a_dry_run_is_refused_like_the_real_one() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in();
    let path = alice.path("/secure-login?dry_run=true");
    alice.http.put(&path, &json!({"enabled": true})).expect_problem(409, "second_factor_missing");
    app.advance(Duration::from_secs(301));
    alice.http.put(&path, &json!({"enabled": false})).expect_problem(401, "step_up_required");
    let odd = alice.path("/secure-login?dry_run=perhaps");
    home.operator.put(&odd, &json!({"enabled": false})).expect_field("dry_run", "malformed");
    let odd = alice.path("/secure-login?dryrun=true");
    home.operator.put(&odd, &json!({"enabled": false})).expect_field("dryrun", "unknown");
}

#[test]
fn a_version_may_be_named_and_then_has_to_be_the_current_one() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let path = alice.path("/secure-login");
    let old = alice.http.get(&path).expect(200).etag();
    let off = alice.http.with("If-Match", &old).put(&path, &json!({"enabled": false})).expect(200);
    assert_ne!(off.etag(), old);
    let on = json!({"enabled": true});
    alice.http.with("If-Match", &old).put(&path, &on).expect_problem(412, "version_mismatch");
    assert_eq!(read(&alice, &alice.http)["enabled"], false);
    alice.http.with("If-Match", &off.etag()).put(&path, &on).expect(200);
}

#[test]
fn a_member_who_signs_in_elsewhere_is_switched_by_a_program() {
    let (_app, home) = TestApp::installed();
    let eve = home.external_member("eve");
    let new_key = json!({"role": "directory", "label": "directory", "organization_id": home.organization_id});
    let key = home.operator.post("/v1/service-keys", &new_key).expect(201).text_of("key");
    for program in [home.operator.clone(), home.operator.bearing(&key)] {
        assert_eq!(home.mail_server.verdict(&eve.login, "anything"), "defer");
        assert_eq!(switch(&program, &eve, true).expect(200).body["enabled"], true);
        assert_eq!(home.mail_server.verdict(&eve.login, "anything"), "invalid_credentials");
        assert_eq!(switch(&program, &eve, false).expect(200).body["enabled"], false);
    }
    assert_eq!(home.mail_server.verdict(&eve.login, "anything"), "defer");
}

#[test]
fn a_program_cannot_turn_it_on_for_a_member_who_signs_in_here_without_a_factor() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    switch(&home.operator, &alice, true).expect_problem(409, "second_factor_missing");
    alice.sign_in().enrol(app.time.wall());
    switch(&home.operator, &alice, true).expect(200);
    assert_eq!(home.mail_server.verdict(&alice.login, &alice.password), "invalid_credentials");
}

#[test]
fn an_administrator_turns_it_off_but_never_on() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let (mut boss, mut bob, eve) =
        (home.member_with("boss", "admin"), home.member("bob"), home.external_member("eve"));
    boss.sign_in();
    bob.sign_in();
    switch(&bob.http, &alice, false).expect_problem(404, "not_found");
    switch(&boss.http, &alice, false).expect(200);
    assert!(!is_signed_in(&alice), "no session is kept but of who did it");
    for member in [&alice, &eve] {
        switch(&boss.http, member, true).expect_problem(403, "forbidden");
    }
}

#[test]
fn odd_bodies_are_refused_by_field() {
    let (_app, home) = TestApp::installed();
    let alice = home.member("alice");
    for (body, field, code) in [
        (json!({}), "enabled", "missing"),
        (json!({"enabled": "yes"}), "enabled", "malformed"),
        (json!({"enabled": null}), "enabled", "malformed"),
        (json!({"enabled": true, "epoch": 7}), "epoch", "unknown"),
    ] {
        home.operator.put(&alice.path("/secure-login"), &body).expect_field(field, code);
    }
}
