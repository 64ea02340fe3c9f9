//! What a sign-in was proven with ends after it was compared and before the session begins: the write decides.

use clientpass::store::engine::{Statement, Step};
use serde_json::json;

use super::{MINUTE, attempt};
use crate::probe;
use crate::support::{Answer, Person, TestApp};

/// Signs in; `changes` are written when everything has been compared.
fn overtaken(app: &TestApp, who: &Person, code: Option<&str>, changes: &[&'static Statement]) -> Answer {
    let step = |statement: &&'static Statement| Step { statement, args: vec![], unless_one: None };
    let steps = changes.iter().map(step).collect();
    *app.faults.overtaking.lock().unwrap() = Some(("notices/open", steps));
    let answer = attempt(&app.http(), &who.login, &who.password, code);
    assert!(app.faults.overtaking.lock().unwrap().take().is_none(), "nothing was compared: {}", answer.text);
    answer
}

const CONFIRM: &Statement = probe!("UPDATE second_factors SET confirmed_at = 1");
const REMOVE_FACTORS: &Statement = probe!("DELETE FROM second_factors");
const REMOVE_CODES: &Statement = probe!("DELETE FROM recovery_codes");
const SET_PASSWORD: &Statement = probe!("UPDATE members SET password_hash = password_hash || '='");
const SUSPEND: &Statement =
    probe!("UPDATE members SET state = 'suspended' WHERE login = 'alice@example.org'");

/// A member with a factor, and some time after that.
fn enrolled(app: &TestApp, mut person: Person) -> Person {
    person.sign_in().enrol(app.time.wall());
    app.advance(MINUTE);
    person
}

#[test]
fn the_password_alone_begins_no_session_when_it_is_no_longer_enough() {
    for change in [CONFIRM, SET_PASSWORD, SUSPEND] {
        let (app, home) = TestApp::installed();
        let mut alice = home.member("alice");
        alice.sign_in();
        let begun = alice.http.post(&alice.path("/second-factors"), &json!({"type": "totp"}));
        begun.expect(201);
        let refused = overtaken(&app, &alice, None, &[change]);
        refused.expect_problem(401, "invalid_credentials");
    }
}

#[test]
fn a_code_begins_no_session_when_its_factor_is_gone() {
    for changes in [&[REMOVE_FACTORS, REMOVE_CODES][..], &[REMOVE_FACTORS], &[SET_PASSWORD], &[SUSPEND]] {
        let (app, home) = TestApp::installed();
        let alice = enrolled(&app, home.member("alice"));
        let code = alice.code(app.time.wall());
        let refused = overtaken(&app, &alice, Some(&code), changes);
        refused.expect_problem(401, "invalid_credentials");
    }
}

/// Another factor that is confirmed does not stand in for the one that is gone.
#[test]
fn a_code_is_of_its_own_factor() {
    const REMOVE_FIRST: &Statement =
        probe!("DELETE FROM second_factors WHERE id = (SELECT id FROM second_factors ORDER BY id LIMIT 1)");
    let (app, home) = TestApp::installed();
    let alice = enrolled(&app, home.member("alice"));
    let second = alice.clone().enrol(app.time.wall()).clone();
    app.advance(MINUTE);
    let code = alice.code(app.time.wall());
    let refused = overtaken(&app, &alice, Some(&code), &[REMOVE_FIRST]);
    refused.expect_problem(401, "invalid_credentials");
    let code = second.code(app.time.wall());
    attempt(&app.http(), &alice.login, &alice.password, Some(&code)).expect(201);
}

#[test]
fn a_recovery_code_begins_no_session_when_it_is_gone() {
    for (changes, code) in [
        (&[REMOVE_FACTORS, REMOVE_CODES][..], "invalid_code"),
        (&[REMOVE_CODES], "invalid_code"),
        (&[SET_PASSWORD], "invalid_credentials"),
        (&[SUSPEND], "invalid_credentials"),
    ] {
        let (app, home) = TestApp::installed();
        let alice = enrolled(&app, home.member("alice"));
        let recovery = alice.recovery_codes.first().map(String::as_str);
        overtaken(&app, &alice, recovery, changes).expect_problem(401, code);
    }
}

/// It goes with the session that it begins, or not at all.
#[test]
fn a_recovery_code_is_not_used_up_by_a_session_that_does_not_begin() {
    const UNDO: &Statement = probe!("UPDATE members SET state = 'active'");
    let (app, home) = TestApp::installed();
    let alice = enrolled(&app, home.member("alice"));
    let recovery = alice.recovery_codes.first().map(String::as_str);
    overtaken(&app, &alice, recovery, &[SUSPEND]).expect_problem(401, "invalid_credentials");
    overtaken(&app, &home.owner, None, &[UNDO]).expect(201);
    attempt(&app.http(), &alice.login, &alice.password, recovery).expect(201);
    attempt(&app.http(), &alice.login, &alice.password, recovery).expect_problem(401, "invalid_code");
}
