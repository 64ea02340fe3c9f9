//! Removing factors: the last one takes secure login with it; an administrator removes all of a member who lost the
//! phone, and mail then stays shut until the member has enrolled again.

use serde_json::json;

use super::super::sessions::{attempt, is_signed_in};
use super::{STEP, begin, confirm, factors, with_seed};
use crate::support::actors::{ClientPassword, Installation};
use crate::support::{Http, Person, TestApp};

/// Who may act on others, signed in.
fn administrators(home: &Installation) -> [Http; 3] {
    let (mut owner, mut boss) = (home.owner.clone(), home.member_with("boss", "admin"));
    owner.sign_in();
    boss.sign_in();
    [home.operator.clone(), owner.http, boss.http]
}

/// A member with secure login, a client password, and another session.
fn equipped(app: &TestApp, member: Person) -> (Person, ClientPassword, Person) {
    let alice = member.secured(app.time.wall());
    let phone = alice.issue("Phone");
    app.advance(STEP);
    let mut other = alice.clone();
    other.sign_in_with_code(app.time.wall());
    (alice, phone, other)
}

#[test]
fn removing_the_last_factor_turns_secure_login_off_and_ends_what_it_protected() {
    let (app, home) = TestApp::installed();
    let (alice, phone, other) = equipped(&app, home.member("alice"));
    begin(&alice, "never confirmed");
    let confirmed = factors(&alice).0[1]["id"].as_str().unwrap().to_owned();
    alice.http.delete(&alice.path(&format!("/second-factors/{confirmed}"))).expect(204);

    assert_eq!(factors(&alice), (vec![], json!(0)));
    let now = alice.http.get(&alice.path("/secure-login")).expect(200);
    assert_eq!((&now.body["enabled"], &now.body["required"]), (&json!(false), &json!(false)));
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "secure_login_off");
    assert_eq!(home.mail_server.verdict(&alice.login, &alice.password), "accept");
    assert!(is_signed_in(&alice) && !is_signed_in(&other));
    attempt(&app.http(), &alice.login, &alice.password, None).expect(201);
}

#[test]
fn removing_one_of_two_factors_changes_nothing_else() {
    let (app, home) = TestApp::installed();
    let (alice, phone, _) = equipped(&app, home.member("alice"));
    let begun = begin(&alice, "Tablet");
    let tablet = with_seed(&alice, &begun);
    let id = begun.text_of("id");
    confirm(&tablet, &id, &tablet.code(app.time.wall())).expect(200);
    alice.http.delete(&alice.path(&format!("/second-factors/{id}"))).expect(204);

    assert_eq!(factors(&alice).0.len(), 1);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    app.advance(STEP);
    let sign_in =
        |of: &Person| attempt(&app.http(), &of.login, &of.password, Some(&of.code(app.time.wall())));
    sign_in(&tablet).expect_problem(401, "invalid_code");
    sign_in(&alice).expect(201);
    alice.http.delete(&alice.path(&format!("/second-factors/{id}"))).expect_problem(404, "not_found");
}

#[test]
fn a_factor_that_was_never_confirmed_can_go_without_a_trace() {
    let (app, home) = TestApp::installed();
    let (alice, phone, _) = equipped(&app, home.member("alice"));
    let begun = begin(&alice, "Tablet");
    alice.http.delete(&alice.path(&format!("/second-factors/{}", begun.text_of("id")))).expect(204);
    assert_eq!(factors(&alice).0.len(), 1);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
}

#[test]
fn after_an_administrator_removed_them_mail_is_shut_until_the_member_has_enrolled_again() {
    let (app, home) = TestApp::installed();
    for (n, http) in administrators(&home).into_iter().enumerate() {
        let (mut alice, phone, other) = equipped(&app, home.member(&format!("alice{n}")));
        http.delete(&alice.path("/second-factors")).expect(204);
        let now = home.operator.get(&alice.path("/secure-login")).expect(200);
        assert_eq!(now.body["required"], true);
        for secret in [&phone.secret, &alice.password] {
            assert_eq!(home.mail_server.verdict(&alice.login, secret), "secure_login_required");
        }
        assert_eq!(home.mail_server.verdict(&alice.login, "not the password"), "invalid_credentials");
        assert!(!is_signed_in(&alice) && !is_signed_in(&other));

        // The member cannot wave it through, but can enrol.
        alice.sign_in();
        alice.secure_login(false);
        assert_eq!(home.mail_server.verdict(&alice.login, &alice.password), "secure_login_required");
        let issue = alice.http.post(&alice.path("/client-passwords"), &json!({"label": "x"}));
        issue.expect_problem(409, "secure_login_off");
        alice.enrol(app.time.wall()).secure_login(true);
        assert_eq!(home.mail_server.verdict(&alice.login, &alice.issue("New phone").secret), "accept");
        assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "revoked");
        assert_eq!(home.mail_server.verdict(&alice.login, &alice.password), "invalid_credentials");
    }
}

#[test]
fn an_administrator_can_turn_it_off_for_good_instead() {
    let (app, home) = TestApp::installed();
    for (n, http) in administrators(&home).into_iter().enumerate() {
        let (alice, phone, _) = equipped(&app, home.member(&format!("alice{n}")));
        http.delete(&alice.path("/second-factors")).expect(204);
        let off = http.put(&alice.path("/secure-login"), &json!({"enabled": false})).expect(200);
        assert_eq!((&off.body["enabled"], &off.body["required"]), (&json!(false), &json!(false)));
        assert_eq!(home.mail_server.verdict(&alice.login, &alice.password), "accept");
        assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "secure_login_off");
    }
}

#[test]
fn the_member_is_told_who_removed_the_factors() {
    let (app, home) = TestApp::installed();
    let (alice, _, _) = equipped(&app, home.member("alice"));
    let mut boss = home.member_with("boss", "admin");
    app.advance(STEP);
    boss.sign_in().http.delete(&alice.path("/second-factors")).expect(204);
    let removed_at = app.time.wall();
    app.advance(STEP);

    let told = attempt(&app.http(), &alice.login, &alice.password, None).expect(201);
    let actor = json!({"kind": "member", "id": boss.id});
    let notice = &told.body["notices"][0];
    let (at, action) = (json!(removed_at.to_string()), json!("second_factors.removed"));
    assert_eq!((&notice["at"], &notice["action"], &notice["actor"]), (&at, &action, &actor));
}

#[test]
fn recovery_codes_go_with_the_factors_they_came_with() {
    let (app, home) = TestApp::installed();
    let (alice, _, _) = equipped(&app, home.member("alice"));
    home.operator.delete(&alice.path("/second-factors")).expect(204);
    let mut again = alice.clone();
    again.sign_in().enrol(app.time.wall());
    let sign_in = |code: &str| attempt(&app.http(), &alice.login, &alice.password, Some(code));
    sign_in(&alice.recovery_codes[0]).expect_problem(401, "invalid_code");
    sign_in(&again.recovery_codes[0]).expect(201);
}

/// Whoever removes another's factor ends what it protected, so one is as good as all.
#[test]
fn an_administrator_who_removes_one_factor_removes_all() {
    let (app, home) = TestApp::installed();
    let (alice, phone, _) = equipped(&app, home.member("alice"));
    let id = factors(&alice).0[0]["id"].as_str().unwrap().to_owned();
    home.operator.delete(&alice.path(&format!("/second-factors/{id}"))).expect(204);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "secure_login_required");
    let left = home.operator.get(&alice.path("/second-factors")).expect(200);
    assert_eq!((left.items().len(), &left.body["recovery_codes_left"]), (0, &json!(0)));
}

#[test]
fn a_removal_that_cannot_be_written_removes_nothing() {
    let (app, home) = TestApp::installed();
    let (alice, phone, other) = equipped(&app, home.member("alice"));
    app.faults.writes.store(true, std::sync::atomic::Ordering::SeqCst);
    home.operator.delete(&alice.path("/second-factors")).expect_problem(503, "unavailable");
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    app.faults.writes.store(false, std::sync::atomic::Ordering::SeqCst);
    assert!(is_signed_in(&other));
    assert_eq!(factors(&alice).0.len(), 1);
}
