//! No secret is given again to who may no more, or that is dead; what ends sessions takes kept answers away.

use serde_json::json;

use super::{MINUTE, issue, make, same};
use crate::rest::administration::{everything, secured};
use crate::support::{ClientPassword, Person, TestApp};

const NEW_PASSWORD: &str = "a new password";

#[test]
fn a_sign_in_that_is_too_old_must_be_renewed_first() {
    let (app, home) = TestApp::installed();
    let mut alice = secured(&app, &home, "alice");
    let first = issue(&alice, "Phone").expect(201);
    app.advance(MINUTE * 5 + MINUTE / 2);
    issue(&alice, "Phone").expect_problem(401, "step_up_required");
    alice.sign_in_with_code(app.time.wall());
    same(&first, &issue(&alice, "Phone"));
}

#[test]
fn a_client_password_that_was_revoked_is_not_shown_again() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let first = issue(&alice, "Phone").expect(201);
    alice.http.delete(&ClientPassword::of(&first).path("")).expect(204);
    let before = everything(&home);
    issue(&alice, "Phone").expect_problem(409, "not_active");
    assert_eq!(everything(&home), before);
}

#[test]
fn nor_one_that_ended_with_all_others_or_has_expired() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    issue(&alice, "Phone").expect(201);
    home.operator.delete(&alice.path("/client-passwords")).expect(200);
    issue(&alice, "Phone").expect_problem(409, "not_active");

    let bob = secured(&app, &home, "bob");
    let soon = json!({"label": "Phone", "expires_at": app.time.wall().plus(MINUTE).to_string()});
    let issue = || super::with_key(&bob.http, super::KEY).post(&bob.path("/client-passwords"), &soon);
    same(&issue().expect(201), &issue());
    app.advance(MINUTE);
    issue().expect_problem(409, "not_active");
}

#[test]
fn after_secure_login_off_no_secret_is_shown_again_not_even_when_it_is_on_again() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    issue(&alice, "Phone").expect(201);
    alice.secure_login(false);
    issue(&alice, "Phone").expect_problem(409, "secure_login_off");
    alice.secure_login(true);
    issue(&alice, "Phone").expect_problem(409, "not_active");
}

#[test]
fn after_a_suspension_no_secret_is_shown_again() {
    let (app, home) = TestApp::installed();
    let mut alice = secured(&app, &home, "alice");
    issue(&alice, "Phone").expect(201);
    home.operator.patch(&alice.path(""), &json!({"state": "suspended"})).expect(200);
    issue(&alice, "Phone").expect_problem(401, "unauthenticated");
    home.operator.patch(&alice.path(""), &json!({"state": "active"})).expect(200);
    app.advance(MINUTE);
    alice.sign_in_with_code(app.time.wall());
    issue(&alice, "Phone").expect_problem(409, "not_active");
}

/// What an administrator made lives on; only its kept answer goes.
#[test]
fn what_ends_sessions_takes_the_answers_away_that_were_kept() {
    type End = fn(&TestApp, &Person, &crate::support::Installation);
    let ends: [(&str, End); 4] = [
        ("secure login off", |_, admin, _| drop(admin.secure_login(false))),
        ("a new account password of one's own", |_, admin, _| {
            let body = json!({"password": NEW_PASSWORD, "current_password": admin.password});
            admin.http.put(&admin.path("/password"), &body).expect(200);
        }),
        ("a new account password by another", |app, admin, home| {
            home.operator.put(&admin.path("/password"), &json!({"password": NEW_PASSWORD})).expect(200);
            app.advance(MINUTE);
        }),
        ("a suspension", |app, admin, home| {
            home.operator.patch(&admin.path(""), &json!({"state": "suspended"})).expect(200);
            home.operator.patch(&admin.path(""), &json!({"state": "active"})).expect(200);
            app.advance(MINUTE);
        }),
    ];
    for (what, end) in ends {
        let (app, home) = TestApp::installed();
        let mut admin = home.member_with("admin", "admin").secured(app.time.wall());
        let first = make(&admin.http, &home).expect(201);
        same(&first, &make(&admin.http, &home));
        end(&app, &admin, &home);
        if admin.http.get("/v1/me").status == 401 {
            if what.starts_with("a new") {
                admin.password = NEW_PASSWORD.into();
            }
            admin.sign_in_with_code(app.time.wall());
        }
        let again = make(&admin.http, &home);
        assert_eq!((again.status, &again.body["code"]), (409, &json!("idempotency_answer_gone")), "{what}");
        let key = home.operator.bearing(&first.text_of("key"));
        key.get("/v1/me").expect(200);
    }
}

#[test]
fn turning_secure_login_on_takes_them_away_too() {
    let (app, home) = TestApp::installed();
    let mut admin = home.member_with("admin", "admin");
    admin.sign_in().enrol(app.time.wall());
    let first = make(&admin.http, &home).expect(201);
    same(&first, &make(&admin.http, &home));
    admin.secure_login(true);
    make(&admin.http, &home).expect_problem(409, "idempotency_answer_gone");
}
