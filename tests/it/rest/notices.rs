//! What others did to a member's account is shown until the member acknowledges it; nobody who came in by it can.

use std::time::Duration;

use clientpass::store::engine::Step;
use serde_json::{Value, json};

use super::sessions::attempt;
use crate::probe;
use crate::support::actors::{Answer, Installation};
use crate::support::database::on_postgres;
use crate::support::{Http, Person, TestApp};

const STEP: Duration = Duration::from_secs(30);
const A_DAY: Duration = Duration::from_secs(86_400);
const NEW: &str = "a password that a program chose";

/// A member with secure login whose account password a program has set; signed in nowhere.
fn told(app: &TestApp, home: &Installation) -> Person {
    let mut alice = home.member("alice").secured(app.time.wall());
    app.advance(STEP);
    home.operator.put(&alice.path("/password"), &json!({"password": NEW})).expect(200);
    NEW.clone_into(&mut alice.password);
    app.advance(STEP);
    alice
}

/// The open notices of a signed-in member.
#[track_caller]
fn open(of: &Person) -> Vec<Value> {
    of.http.get(&of.path("/notices")).expect(200).items().clone()
}

fn acknowledge(http: &Http, of: &Person, notice: &Value) -> Answer {
    let id = notice["id"].as_str().unwrap();
    http.send("POST", &of.path(&format!("/notices/{id}/acknowledge")), None)
}

fn actions(notices: &[Value]) -> Vec<&str> {
    notices.iter().map(|notice| notice["action"].as_str().unwrap()).collect()
}

#[test]
fn a_notice_stays_until_a_session_with_an_older_factor_acknowledges_it() {
    let (app, home) = TestApp::installed();
    let mut alice = told(&app, &home);
    for _ in 0..2 {
        let code = alice.code(app.time.wall());
        let shown = attempt(&app.http(), &alice.login, NEW, Some(&code)).expect(201);
        assert_eq!(actions(shown.body["notices"].as_array().unwrap()), ["account_password.changed"]);
        app.advance(STEP);
    }
    alice.sign_in_with_code(app.time.wall());
    let notice = open(&alice).remove(0);
    assert_eq!(notice["open_until"], app.time.wall().plus(30 * A_DAY).minus(4 * STEP).plus(STEP).to_string());
    acknowledge(&alice.http, &alice, &notice).expect(204);
    assert_eq!(open(&alice), Vec::<Value>::new());
    // Again is the same, and recorded once.
    acknowledge(&alice.http, &alice, &notice).expect(204);
    let path = home.path("/audit-events?action=notice.acknowledged");
    let events = home.operator.get(&path).expect(200);
    assert_eq!(events.items().len(), 1, "{}", events.text);
    assert_eq!(events.items()[0]["targets"][0], json!({"kind": "notice", "id": notice["id"]}));
    app.advance(STEP);
    let code = alice.code(app.time.wall());
    let shown = attempt(&app.http(), &alice.login, NEW, Some(&code)).expect(201);
    assert_eq!(shown.body["notices"], json!([]));
}

#[test]
fn whom_another_session_has_overtaken_has_acknowledged_too() {
    let other = probe!("INSERT INTO acknowledged_notices (notice_id, acknowledged_at) VALUES ($1, 1)");
    let (app, home) = TestApp::installed();
    let mut alice = told(&app, &home);
    alice.sign_in_with_code(app.time.wall());
    let notice = open(&alice).remove(0);
    let id: uuid::Uuid = notice["id"].as_str().unwrap().parse().unwrap();
    let step = Step { statement: other, args: vec![id.into()], unless_one: None };
    *app.faults.overtaking.lock().unwrap() = Some(("notices/acknowledged", vec![step]));
    acknowledge(&alice.http, &alice, &notice).expect(204);
    assert_eq!(open(&alice), Vec::<Value>::new());
    let path = home.path("/audit-events?action=notice.acknowledged");
    assert!(home.operator.get(&path).expect(200).items().is_empty(), "it was the other's");
}

/// Whoever sets a password and removes the factors can sign in, and even enrol; the notices wait for the member.
#[test]
fn who_came_in_by_what_a_notice_is_about_cannot_acknowledge_it() {
    let (app, home) = TestApp::installed();
    let mut thief = told(&app, &home);
    home.operator.delete(&thief.path("/second-factors")).expect(204);
    app.advance(STEP);
    thief.sign_in();
    let expected = ["second_factors.removed", "account_password.changed"];
    let refused = |thief: &Person| {
        let notices = open(thief);
        assert_eq!(actions(&notices), expected);
        for notice in &notices {
            acknowledge(&thief.http, thief, notice).expect_problem(403, "older_factor_required");
        }
    };
    refused(&thief);
    // A factor that is newer proves nothing, in this session and in the next; nor do its recovery codes.
    thief.enrol(app.time.wall());
    refused(&thief);
    app.advance(STEP);
    thief.sign_in_with_code(app.time.wall());
    refused(&thief);
    let code = thief.recovery_codes.pop();
    let begun = attempt(&app.http(), &thief.login, NEW, code.as_deref()).expect(201);
    thief.http = thief.http.bearing(&begun.text_of("token"));
    refused(&thief);
}

#[test]
fn a_recovery_code_that_was_made_before_is_as_good_as_a_factor() {
    let (app, home) = TestApp::installed();
    let mut alice = told(&app, &home);
    let code = alice.recovery_codes.pop();
    let begun = attempt(&app.http(), &alice.login, NEW, code.as_deref()).expect(201);
    alice.http = alice.http.bearing(&begun.text_of("token"));
    acknowledge(&alice.http, &alice, &open(&alice)[0]).expect(204);
    assert_eq!(open(&alice), Vec::<Value>::new());
}

/// Another factor that is confirmed in the session takes nothing of what it was proven with.
#[test]
fn a_session_keeps_what_it_was_proven_with_when_another_factor_is_confirmed() {
    let (app, home) = TestApp::installed();
    let mut alice = told(&app, &home);
    alice.sign_in_with_code(app.time.wall());
    alice.clone().enrol(app.time.wall());
    acknowledge(&alice.http, &alice, &open(&alice)[0]).expect(204);
}

/// However good another session of the member is.
#[test]
fn each_session_acknowledges_by_what_it_was_itself_proven_with() {
    let (app, home) = TestApp::installed();
    let mut alice = told(&app, &home);
    alice.sign_in_with_code(app.time.wall());
    let mut other = alice.clone();
    other.enrol(app.time.wall());
    app.advance(STEP);
    other.sign_in_with_code(app.time.wall());
    let notice = open(&other).remove(0);
    acknowledge(&other.http, &other, &notice).expect_problem(403, "older_factor_required");
    assert_eq!(open(&alice).first(), Some(&notice));
    acknowledge(&alice.http, &alice, &notice).expect(204);
}

#[test]
fn a_factor_that_was_confirmed_in_the_same_moment_is_not_older() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice").secured(app.time.wall());
    home.operator.put(&alice.path("/password"), &json!({"password": NEW})).expect(200);
    NEW.clone_into(&mut alice.password);
    app.advance(STEP);
    alice.sign_in_with_code(app.time.wall());
    acknowledge(&alice.http, &alice, &open(&alice)[0]).expect_problem(403, "older_factor_required");
}

/// Of what members do themselves they know.
#[test]
fn what_a_member_did_is_no_notice() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice").secured(app.time.wall());
    let change = json!({"password": NEW, "current_password": alice.password});
    alice.http.put(&alice.path("/password"), &change).expect(200);
    NEW.clone_into(&mut alice.password);
    alice.secure_login(false);
    alice.http.delete(&alice.path("/second-factors")).expect(204);
    assert_eq!(open(&alice), Vec::<Value>::new());
    let shown = attempt(&app.http(), &alice.login, NEW, None).expect(201);
    assert_eq!(shown.body["notices"], json!([]));
}

/// And one that had none is lifted by the factor, from then on.
#[test]
fn a_session_without_a_second_step_is_proven_by_the_factor_confirmed_in_it() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in().enrol(app.time.wall()).secure_login(true);
    app.advance(STEP);
    home.operator.put(&alice.path("/secure-login"), &json!({"enabled": false})).expect(200);
    // That has ended the session, so this is another.
    app.advance(STEP);
    alice.sign_in_with_code(app.time.wall());
    let notices = open(&alice);
    assert_eq!(actions(&notices), ["secure_login.off"]);
    acknowledge(&alice.http, &alice, &notices[0]).expect(204);
}

#[test]
fn after_thirty_days_a_notice_is_gone() {
    let (app, home) = TestApp::installed();
    let mut alice = told(&app, &home);
    app.advance((30 * A_DAY).checked_sub(2 * STEP).unwrap());
    alice.sign_in_with_code(app.time.wall());
    let notices = open(&alice);
    assert_eq!(notices.len(), 1);
    app.advance(2 * STEP);
    assert_eq!(open(&alice), Vec::<Value>::new());
    acknowledge(&alice.http, &alice, &notices[0]).expect_problem(404, "not_found");
}

/// What was acknowledged is remembered for as long as the notice could be open.
#[test]
fn what_was_acknowledged_is_forgotten_with_the_notice() {
    if on_postgres() {
        return;
    }
    let (app, home) = TestApp::installed();
    let mut alice = told(&app, &home);
    alice.sign_in_with_code(app.time.wall());
    acknowledge(&alice.http, &alice, &open(&alice)[0]).expect(204);
    let remembered = || {
        app.sweep(async |expiry, lease| expiry.sweep_notices(lease).await);
        app.number("SELECT count(*) FROM acknowledged_notices")
    };
    app.advance((30 * A_DAY).checked_sub(2 * STEP).unwrap());
    assert_eq!(remembered(), 1);
    app.advance(2 * STEP);
    assert_eq!(remembered(), 0);
}

#[test]
fn only_the_member_sees_and_acknowledges_their_notices() {
    let (app, home) = TestApp::installed();
    let mut alice = told(&app, &home);
    alice.sign_in_with_code(app.time.wall());
    let notice = open(&alice).remove(0);
    let (mut owner, mut bob) = (home.owner.clone(), home.member("bob"));
    owner.sign_in();
    bob.sign_in();
    for http in [&home.operator, &owner.http] {
        http.get(&alice.path("/notices")).expect_problem(403, "forbidden");
        acknowledge(http, &alice, &notice).expect_problem(403, "forbidden");
    }
    bob.http.get(&alice.path("/notices")).expect_problem(404, "not_found");
    acknowledge(&bob.http, &alice, &notice).expect_problem(404, "not_found");
    assert_eq!(open(&bob), Vec::<Value>::new());
    // Not among one's own: another's, and an event that is no notice.
    acknowledge(&bob.http, &bob, &notice).expect_problem(404, "not_found");
    let events = home.operator.get(&home.path(&format!("/audit-events?member_id={}", alice.id))).expect(200);
    let issued = events.items().iter().find(|event| event["action"] == "session.created").unwrap();
    acknowledge(&alice.http, &alice, issued).expect_problem(404, "not_found");
    assert_eq!(open(&alice), [notice]);
}

#[test]
fn notices_come_in_pages_and_the_oldest_are_shown_at_sign_in() {
    let (app, home) = TestApp::installed();
    let mut alice = told(&app, &home);
    for _ in 0..3 {
        home.operator.put(&alice.path("/password"), &json!({"password": NEW})).expect(200);
    }
    alice.sign_in_with_code(app.time.wall());
    let first = alice.http.get(&alice.path("/notices?limit=3")).expect(200);
    let next = alice.path(&format!("/notices?limit=3&cursor={}", first.text_of("next_cursor")));
    let second = alice.http.get(&next).expect(200);
    assert_eq!((first.items().len(), second.items().len()), (3, 1));
    assert_eq!(second.body["next_cursor"], Value::Null);
    app.advance(STEP);
    let code = alice.code(app.time.wall());
    let shown = attempt(&app.http(), &alice.login, NEW, Some(&code)).expect(201);
    assert_eq!(shown.body["notices"].as_array().unwrap().last(), first.items().first());
    assert_eq!(shown.body["notices"][0], second.items()[0]);
}
