//! Second factors: enrolled by the member, asked for at sign-in, each code good once.

use std::time::Duration;

use serde_json::{Value, json};

use super::sessions::attempt;
use crate::support::{Answer, Person, TestApp};

mod enrolment;
mod removal;

const STEP: Duration = Duration::from_secs(30);

/// Begins a factor; gives the answer.
#[track_caller]
fn begin(person: &Person, label: &str) -> Answer {
    person.http.post(&person.path("/second-factors"), &json!({"type": "totp", "label": label})).expect(201)
}

/// Tries to confirm a factor.
fn confirm(person: &Person, factor: &str, code: &str) -> Answer {
    let path = person.path(&format!("/second-factors/{factor}/confirm"));
    person.http.post(&path, &json!({"code": code}))
}

/// A member's factors, and how many recovery codes are left.
#[track_caller]
fn factors(person: &Person) -> (Vec<Value>, Value) {
    let listed = person.http.get(&person.path("/second-factors")).expect(200);
    (listed.items().clone(), listed.body["recovery_codes_left"].clone())
}

/// The same person with another authenticator.
fn with_seed(person: &Person, begun: &Answer) -> Person {
    Person { seed: Some(begun.text_of("secret")), ..person.clone() }
}

/// A code that is none of those of this minute.
fn wrong_code(app: &TestApp, person: &Person) -> String {
    let now = app.time.wall();
    let near = [now.minus(STEP), now, now.plus(STEP)].map(|at| person.code(at));
    (0..4).map(|n| format!("00000{n}")).find(|code| !near.contains(code)).unwrap()
}

/// An enrolled member, some minutes after the enrolment.
fn enrolled(app: &TestApp, mut person: Person) -> Person {
    person.sign_in().enrol(app.time.wall());
    app.advance(STEP * 10);
    person
}

#[test]
fn with_a_confirmed_factor_the_password_alone_is_not_enough() {
    let (app, home) = TestApp::installed();
    let alice = enrolled(&app, home.member("alice"));
    let sign_in = |password: &str, code: Option<&str>| attempt(&app.http(), &alice.login, password, code);

    sign_in(&alice.password, None).expect_problem(401, "second_factor_required");
    sign_in(&alice.password, Some("")).expect_problem(401, "second_factor_required");
    for wrong in [wrong_code(&app, &alice).as_str(), "1", "not a code at all"] {
        sign_in(&alice.password, Some(wrong)).expect_problem(401, "invalid_code");
    }
    // Whoever has the code and not the password learns nothing, and uses nothing up.
    let code = alice.code(app.time.wall());
    sign_in("not the password", Some(&code)).expect_problem(401, "invalid_credentials");
    let begun = sign_in(&alice.password, Some(&code)).expect(201);
    app.http().bearing(&begun.text_of("token")).get("/v1/me").expect(200);
}

#[test]
fn a_code_works_once() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in().enrol(app.time.wall());
    let sign_in = |code: &str| attempt(&app.http(), &alice.login, &alice.password, Some(code));

    let confirmed_with = alice.code(app.time.wall());
    sign_in(&confirmed_with).expect_problem(401, "invalid_code");
    app.advance(STEP);
    let code = alice.code(app.time.wall());
    sign_in(&code).expect(201);
    sign_in(&code).expect_problem(401, "invalid_code");
    app.advance(STEP);
    sign_in(&code).expect_problem(401, "invalid_code");
    sign_in(&alice.code(app.time.wall())).expect(201);
}

#[test]
fn a_used_code_stays_used_over_a_restart() {
    let (mut app, home) = TestApp::installed();
    let alice = enrolled(&app, home.member("alice"));
    let code = alice.code(app.time.wall());
    attempt(&app.http(), &alice.login, &alice.password, Some(&code)).expect(201);
    app.restart();
    let again = attempt(&app.http(), &alice.login, &alice.password, Some(&code));
    again.expect_problem(401, "invalid_code");
}

#[test]
fn a_code_may_be_one_step_early_or_late_and_not_two() {
    let (app, home) = TestApp::installed();
    let alice = enrolled(&app, home.member("alice"));
    let now = app.time.wall();
    let sign_in = |at| attempt(&app.http(), &alice.login, &alice.password, Some(&alice.code(at)));

    sign_in(now.minus(STEP * 2)).expect_problem(401, "invalid_code");
    sign_in(now.plus(STEP * 2)).expect_problem(401, "invalid_code");
    sign_in(now.minus(STEP)).expect(201);
    sign_in(now).expect(201);
    sign_in(now.plus(STEP)).expect(201);
    // What is older than the last one used is used.
    sign_in(now).expect_problem(401, "invalid_code");
}

#[test]
fn a_recovery_code_works_once_however_it_is_typed() {
    let (app, home) = TestApp::installed();
    let alice = enrolled(&app, home.member("alice"));
    let bob = enrolled(&app, home.member("bob"));
    let sign_in =
        |person: &Person, code: &str| attempt(&app.http(), &person.login, &person.password, Some(code));
    let [first, second, third] = [0, 1, 2].map(|at| alice.recovery_codes[at].clone());

    sign_in(&bob, &first).expect_problem(401, "invalid_code");
    sign_in(&alice, &first).expect(201);
    assert_eq!(factors(&alice).1, 9);
    sign_in(&alice, &first).expect_problem(401, "invalid_code");
    sign_in(&alice, &format!(" {} ", second.to_uppercase().replace('-', " "))).expect(201);
    sign_in(&alice, &third.replace('-', "")).expect(201);
    for used in [&first, &second, &third] {
        sign_in(&alice, used).expect_problem(401, "invalid_code");
    }
    assert_eq!(factors(&alice).1, 7);
    assert_eq!(factors(&bob).1, 10);
}

#[test]
fn wrong_codes_wait_as_long_as_they_are_told_and_nobody_is_locked_out() {
    let (app, home) = TestApp::installed();
    let alice = enrolled(&app, home.member("alice"));
    let sign_in = |code: &str| attempt(&app.http(), &alice.login, &alice.password, Some(code));
    let wrong = wrong_code(&app, &alice);
    let refused = (0..20).take_while(|_| sign_in(&wrong).status == 401).count();
    assert!((5..20).contains(&refused), "{refused}");
    let told = sign_in(&wrong).expect_problem(429, "too_many_attempts");
    let wait: u64 = told.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    app.advance(Duration::from_secs(wait));
    sign_in(&wrong_code(&app, &alice)).expect_problem(401, "invalid_code");
    sign_in(&wrong_code(&app, &alice)).expect_problem(429, "too_many_attempts");
    // Where the member has signed in, the right one is taken all the same.
    sign_in(&alice.code(app.time.wall())).expect(201);
    // A right one wipes the slate.
    for _ in 0..4 {
        sign_in(&wrong_code(&app, &alice)).expect_problem(401, "invalid_code");
    }
}

#[test]
fn codes_with_a_wrong_password_do_not_keep_the_member_out() {
    let (app, home) = TestApp::installed();
    let alice = enrolled(&app, home.member("alice"));
    let guess = wrong_code(&app, &alice);
    for _ in 0..9 {
        let answer = attempt(&app.http(), &alice.login, "not the password", Some(&guess));
        answer.expect_problem(401, "invalid_credentials");
    }
    let code = alice.code(app.time.wall());
    attempt(&app.http(), &alice.login, &alice.password, Some(&code)).expect(201);
}

#[test]
fn a_code_that_could_not_be_judged_or_used_up_lets_nobody_in() {
    let (app, home) = TestApp::installed();
    let alice = enrolled(&app, home.member("alice"));
    let code = alice.code(app.time.wall());
    for code in [code.as_str(), alice.recovery_codes[0].as_str()] {
        let sign_in = || attempt(&app.http(), &alice.login, &alice.password, Some(code));
        app.faults.writes.store(true, std::sync::atomic::Ordering::SeqCst);
        sign_in().expect_problem(503, "unavailable");
        app.faults.writes.store(false, std::sync::atomic::Ordering::SeqCst);
        sign_in().expect(201);
    }
}

#[test]
fn of_many_sign_ins_with_one_code_one_gets_in() {
    let (app, home) = TestApp::installed();
    let alice = enrolled(&app, home.member("alice"));
    let code = alice.code(app.time.wall());
    for code in [code.as_str(), alice.recovery_codes[0].as_str()] {
        let sign_in = || attempt(&app.http(), &alice.login, &alice.password, Some(code)).status;
        let got_in = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..5).map(|_| scope.spawn(sign_in)).collect();
            tries.into_iter().map(|tried| tried.join().unwrap()).filter(|&status| status == 201).count()
        });
        assert_eq!(got_in, 1);
        app.advance(STEP * 20);
    }
}
