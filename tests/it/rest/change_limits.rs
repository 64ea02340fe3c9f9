//! How many changes one caller may make; and that ends are never put off.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use clientpass::config::Limits;
use clientpass::store::engine::Step;
use serde_json::json;

use super::administration::{make_key, secured};
use crate::probe;
use crate::support::{Answer, Http, Installation, Options, TestApp};

const SESSION: usize = 60;
const KEY: usize = 500;
const SECOND: Duration = Duration::from_secs(1);

/// With the budgets of the product.
fn budgeted() -> (TestApp, Installation) {
    let mut options = Options::default();
    options.config.limits = Limits::default();
    TestApp::installed_with(options)
}

/// To a new name each time: what changes nothing is no change.
fn rename(by: &Http, path: &str) -> Answer {
    static NAMES: AtomicUsize = AtomicUsize::new(0);
    let name = format!("Somebody {}", NAMES.fetch_add(1, Ordering::Relaxed));
    by.with("If-Match", "*").send("PATCH", path, Some(&json!({"display_name": name})))
}

/// How many changes are taken before one is not.
#[track_caller]
fn spend(by: &Http, path: &str, most: usize) -> usize {
    let taken = (0..=most).take_while(|_| rename(by, path).status == 200).count();
    let refused = rename(by, path).expect_problem(429, "too_many_changes");
    assert_eq!(refused.header("retry-after"), Some("1"));
    taken
}

#[test]
fn a_session_makes_sixty_changes_and_then_one_a_second() {
    let (app, home) = budgeted();
    let (mut alice, mut bob) = (home.member("alice"), home.member("bob"));
    alice.sign_in();
    bob.sign_in();
    let mut again = alice.clone();
    again.sign_in();
    assert_eq!(spend(&alice.http, &alice.path(""), 200), SESSION);
    // Whoever has stolen a session keeps the member from nothing in another.
    rename(&again.http, &alice.path("")).expect(200);
    rename(&bob.http, &bob.path("")).expect(200);
    app.advance(SECOND);
    assert_eq!(spend(&alice.http, &alice.path(""), 200), 1);
    app.advance(SECOND * 600);
    assert_eq!(spend(&alice.http, &alice.path(""), 200), SESSION, "what was not used is not saved up");
}

/// Whose role changes while a call is under way is judged once more.
#[test]
fn a_call_that_is_judged_again_is_counted_once() {
    let turn = probe!("UPDATE members SET role = 1 - role WHERE login = 'alice@example.org'");
    let (app, home) = budgeted();
    let mut alice = home.member("alice");
    alice.sign_in();
    let overtaken = || {
        let step = Step { statement: turn, args: vec![], unless_one: None };
        *app.faults.overtaking.lock().unwrap() = Some(("members/by_id", vec![step]));
        rename(&alice.http, &alice.path(""))
    };
    assert_eq!((0..200).take_while(|_| overtaken().status == 200).count(), SESSION);
    overtaken().expect_problem(429, "too_many_changes");
}

#[test]
fn a_key_makes_five_hundred_and_then_fifty_a_second() {
    let (app, home) = budgeted();
    let bob = home.member("bob");
    app.advance(SECOND * 600);
    assert_eq!(spend(&home.operator, &bob.path(""), 1_000), KEY);
    app.advance(SECOND);
    assert_eq!(spend(&home.operator, &bob.path(""), 1_000), 50);
    let other = make_key(&home.operator, "directory", None).expect_problem(429, "too_many_changes");
    assert_eq!(other.header("retry-after"), Some("1"));
    // What changes nothing costs nothing.
    home.operator.get(&bob.path("")).expect(200);
}

#[test]
fn what_only_ends_something_is_never_put_off() {
    let (app, home) = budgeted();
    let alice = secured(&app, &home, "alice");
    let (phone, tablet) = (alice.issue("Phone"), alice.issue("Tablet"));
    let (bob, carol) = (home.member("bob"), home.member("carol"));
    let key = make_key(&home.operator, "mail_server", None).expect(201).text_of("id");
    spend(&alice.http, &alice.path(""), 200);
    spend(&home.operator, &bob.path(""), 1_000);

    alice
        .http
        .post(&alice.path("/client-passwords"), &json!({"label": "x"}))
        .expect_problem(429, "too_many_changes");
    alice.http.delete(&phone.path("")).expect(204);
    alice.http.delete(&alice.path("/client-passwords")).expect(200);
    assert_eq!(home.mail_server.verdict(&alice.login, &tablet.secret), "revoked");
    alice.secure_login(false);
    alice.http.delete(&alice.path("/second-factors")).expect(204);
    alice.http.delete("/v1/sessions/current").expect(204);

    let operator = &home.operator;
    let suspend =
        operator.with("If-Match", "*").send("PATCH", &bob.path(""), Some(&json!({"state": "suspended"})));
    suspend.expect(200);
    operator.delete(&carol.path("")).expect(204);
    let revocations = home.path("/revocations");
    let all = json!({"filter": {"all": true}, "reason": "found in the wild"});
    operator.post(&revocations, &all).expect(201);
    let counted = json!({"filter": {"all": true}, "reason": "how many", "dry_run": true});
    operator.post(&revocations, &counted).expect_problem(429, "too_many_changes");
    operator.delete(&format!("/v1/service-keys/{key}")).expect(204);
    operator.delete(&home.path("")).expect(204);
}
