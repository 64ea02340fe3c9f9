//! Enrolling a second factor: pending until a code confirms it, its seed shown once.

use serde_json::{Value, json};

use super::super::sessions::attempt;
use super::{STEP, begin, confirm, factors, with_seed, wrong_code};
use crate::support::TestApp;

#[test]
fn a_factor_counts_once_a_code_has_confirmed_it() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in();
    let begun = begin(&alice, "Phone");
    let (id, phone) = (begun.text_of("id"), with_seed(&alice, &begun));
    assert_eq!((begun.text_of("type").as_str(), begun.text_of("state").as_str()), ("totp", "pending"));
    let (items, _) = factors(&alice);
    assert_eq!((items[0]["state"].as_str(), &items[0]["confirmed_at"]), (Some("pending"), &Value::Null));
    attempt(&app.http(), &alice.login, &alice.password, None).expect(201);

    confirm(&phone, &id, &wrong_code(&app, &phone)).expect_problem(401, "invalid_code");
    app.advance(STEP);
    let confirmed = confirm(&phone, &id, &phone.code(app.time.wall())).expect(200);
    assert_eq!(confirmed.body["state"], "confirmed");
    assert_eq!(confirmed.body["confirmed_at"], app.time.wall().to_string());
    let (items, left) = factors(&alice);
    assert_eq!((items.len(), &items[0]["label"], &left), (1, &json!("Phone"), &json!(10)));
    assert_eq!(items[0]["confirmed_at"], app.time.wall().to_string());
    attempt(&app.http(), &alice.login, &alice.password, None).expect_problem(401, "second_factor_required");
    confirm(&phone, &id, "123456").expect_problem(409, "already_confirmed");
}

/// Time that passes before it is written belongs to it.
#[test]
fn a_confirmation_is_answered_with_the_time_that_was_written() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in();
    let begun = begin(&alice, "Phone");
    let phone = with_seed(&alice, &begun);
    let (time, code) = (app.time.clone(), phone.code(app.time.wall()));
    let pass = Box::new(move || time.advance(STEP));
    *app.faults.meanwhile.lock().unwrap() = Some(("second_factors/confirm", pass));
    let confirmed = confirm(&phone, &begun.text_of("id"), &code).expect(200);
    assert_eq!(confirmed.body["confirmed_at"], app.time.wall().to_string());
    assert_eq!(confirmed.body["last_used_at"], app.time.wall().to_string());
    assert_eq!(factors(&alice).0[0]["confirmed_at"], confirmed.body["confirmed_at"]);
}

/// Whoever has the password may have begun one before there was anything else to know.
#[test]
fn the_first_ends_the_sessions_that_only_knew_the_password() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in();
    let begin_session = |code: Option<&str>| {
        let begun = attempt(&app.http(), &alice.login, &alice.password, code).expect(201);
        app.http().bearing(&begun.text_of("token"))
    };
    let other = begin_session(None);
    let begun = begin(&alice, "Phone");
    let phone = with_seed(&alice, &begun);
    confirm(&phone, &begun.text_of("id"), &wrong_code(&app, &phone)).expect_problem(401, "invalid_code");
    other.get("/v1/me").expect(200);
    confirm(&phone, &begun.text_of("id"), &phone.code(app.time.wall())).expect(200);
    other.get("/v1/me").expect(401);
    phone.http.get("/v1/me").expect(200);
    // Those that knew more go on.
    app.advance(STEP);
    let knows_more = begin_session(Some(&phone.code(app.time.wall())));
    let second = begin(&phone, "Tablet");
    let tablet = with_seed(&phone, &second);
    confirm(&tablet, &second.text_of("id"), &tablet.code(app.time.wall())).expect(200);
    knows_more.get("/v1/me").expect(200);
}

#[test]
fn seed_and_recovery_codes_are_shown_once() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in();
    let begun = begin(&alice, "Phone");
    let seed = begun.text_of("secret");
    let uri = begun.text_of("otpauth_uri");
    assert!(
        uri.starts_with("otpauth://totp/Example:alice%40example.org%20%28Phone%29?") && uri.contains(&seed),
        "{uri}"
    );
    let phone = with_seed(&alice, &begun);
    let confirmed = confirm(&phone, &begun.text_of("id"), &phone.code(app.time.wall())).expect(200);
    assert!(!confirmed.text.contains(&seed));
    for shown in [&begun, &confirmed] {
        assert_eq!(shown.header("cache-control"), Some("no-store"));
    }
    let codes: Vec<&str> = confirmed.body["recovery_codes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|code| code.as_str().unwrap())
        .collect();
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| codes.iter().filter(|other| other == &code).count() == 1));

    for path in [alice.path("/second-factors"), alice.path(""), home.path("/audit-events")] {
        let shown = home.operator.get(&path).expect(200);
        assert!(!shown.text.contains(&seed), "{path}");
        assert!(!codes.iter().any(|code| shown.text.contains(code)), "{path}");
    }
}

#[test]
fn a_second_factor_more_brings_no_new_recovery_codes_and_either_signs_in() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in().enrol(app.time.wall());
    let begun = begin(&alice, "Tablet");
    let tablet = with_seed(&alice, &begun);
    let confirmed = confirm(&tablet, &begun.text_of("id"), &tablet.code(app.time.wall())).expect(200);
    assert_eq!(confirmed.body["recovery_codes"], Value::Null);
    assert_eq!(factors(&alice).1, 10);
    app.advance(STEP);
    for device in [&alice, &tablet] {
        let code = device.code(app.time.wall());
        attempt(&app.http(), &alice.login, &alice.password, Some(&code)).expect(201);
    }
    let (items, _) = factors(&alice);
    assert_eq!(items[0]["label"], "Tablet", "newest first");
}

#[test]
fn a_pending_factor_is_no_second_step() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in().enrol(app.time.wall());
    let tablet = with_seed(&alice, &begin(&alice, "Tablet"));
    app.advance(STEP);
    let code = tablet.code(app.time.wall());
    let answer = attempt(&app.http(), &alice.login, &alice.password, Some(&code));
    answer.expect_problem(401, "invalid_code");
}

#[test]
fn wrong_codes_are_limited_at_confirmation_too() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in();
    let begun = begin(&alice, "Phone");
    let (id, phone) = (begun.text_of("id"), with_seed(&alice, &begun));
    let wrong = wrong_code(&app, &phone);
    let refused = (0..20).take_while(|_| confirm(&phone, &id, &wrong).status == 401).count();
    assert!((5..20).contains(&refused), "{refused}");
    let told = confirm(&phone, &id, &phone.code(app.time.wall())).expect_problem(429, "too_many_attempts");
    let wait = told.header("retry-after").unwrap().parse().unwrap();
    app.advance(std::time::Duration::from_secs(wait));
    confirm(&phone, &id, &phone.code(app.time.wall())).expect(200);
    // What was right ends the count.
    let begun = begin(&alice, "Tablet");
    let (id, tablet) = (begun.text_of("id"), with_seed(&alice, &begun));
    let wrong = wrong_code(&app, &tablet);
    (0..4).for_each(|_| drop(confirm(&tablet, &id, &wrong).expect_problem(401, "invalid_code")));
    confirm(&tablet, &id, &tablet.code(app.time.wall())).expect(200);
}

#[test]
fn only_the_member_adds_and_confirms() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    let mut bob = home.member("bob");
    let mut boss = home.member_with("boss", "admin");
    alice.sign_in();
    bob.sign_in();
    boss.sign_in();
    let begun = begin(&alice, "Phone");
    let code = json!({"code": with_seed(&alice, &begun).code(app.time.wall())});
    let (list, one) = (alice.path("/second-factors"), format!("{}/confirm", begun.text_of("id")));
    let confirm = format!("{list}/{one}");
    for (http, status) in [(&bob.http, 404), (&boss.http, 403), (&home.operator, 403)] {
        http.post(&list, &json!({"type": "totp"})).expect(status);
        http.post(&confirm, &code).expect(status);
    }
    bob.http.get(&list).expect_problem(404, "not_found");
    // Somebody else's factor is not found among one's own.
    bob.http.post(&bob.path(&format!("/second-factors/{one}")), &code).expect_problem(404, "not_found");
    assert_eq!(factors(&alice).0[0]["state"], "pending");
}

#[test]
fn a_member_has_ten_factors_at_the_most() {
    let (_app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in();
    for n in 0..10 {
        begin(&alice, &format!("Device {n}"));
    }
    let more = alice.http.post(&alice.path("/second-factors"), &json!({"type": "totp"}));
    more.expect_problem(409, "limit_reached");
}

#[test]
fn odd_bodies_are_refused_by_field() {
    let (_app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in();
    for (body, field, code) in [
        (json!({}), "type", "missing"),
        (json!({"type": "sms"}), "type", "malformed"),
        (json!({"type": "totp", "seed": "AAAA"}), "seed", "unknown"),
        (json!({"type": "totp", "label": ""}), "label", "too_short"),
        (json!({"type": "totp", "label": "ä".repeat(65)}), "label", "too_long"),
        (json!({"type": "totp", "label": "a\nb"}), "label", "malformed"),
    ] {
        alice.http.post(&alice.path("/second-factors"), &body).expect_field(field, code);
    }
    assert_eq!(factors(&alice).0.len(), 0);
}

#[test]
fn a_label_may_have_128_bytes() {
    let (_app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in();
    begin(&alice, &"x".repeat(128));
    begin(&alice, &"ä".repeat(64));
}
