//! Members and how they sign in.

use serde_json::json;

use super::{ROUNDS, action, at_once, granted, race, records, secured, suspend};
use crate::support::{Answer, Http, Person, TestApp};

fn sign_in(person: &Person) -> Answer {
    person.http.post("/v1/sessions", &json!({"login": person.login, "password": person.password}))
}

/// None of the sessions that were begun works.
#[track_caller]
fn none_signed_in(http: &Http, sessions: &[Answer]) {
    for session in sessions.iter().filter(|answer| answer.status == 201) {
        http.bearing(&session.text_of("token")).get("/v1/me").expect_problem(401, "unauthenticated");
    }
}

#[test]
fn no_session_outlives_a_suspension_or_a_leaving() {
    let (app, home) = TestApp::installed();
    for round in 0..2 * ROUNDS {
        let mut alice = home.member(&format!("alice{round}"));
        let before = sign_in(&alice);
        alice.http = alice.http.bearing(&before.text_of("token"));
        let end = || {
            if round % 2 == 0 {
                suspend(&home, &alice).expect(200)
            } else {
                home.operator.delete(&alice.path("")).expect(204)
            }
        };
        let tries = || at_once((0..4).map(|_| action(|| sign_in(&alice))).collect());
        let (_, sessions) = race(round / 2, &home.mail_server, end, tries);
        granted(&sessions, 201, &[(401, "invalid_credentials")]);
        none_signed_in(&app.http(), &sessions);
        none_signed_in(&app.http(), &[before]);
        if round % 2 == 0 {
            home.operator.patch(&alice.path(""), &json!({"state": "active"})).expect(200);
            none_signed_in(&app.http(), &sessions);
        }
    }
}

#[test]
fn of_many_members_with_one_login_one_is_made() {
    let (_app, home) = TestApp::installed();
    for round in 0..ROUNDS {
        let body = json!({"login": format!("alice{round}@example.org"), "display_name": "Alice"});
        let make = |_| action(|| home.operator.post(&home.path("/members"), &body));
        let answers = at_once((0..4).map(make).collect());
        assert_eq!(granted(&answers, 201, &[(409, "login_taken")]), 1);
        let login = body["login"].as_str().unwrap();
        assert_eq!(home.operator.get(&home.path(&format!("/members?login={login}"))).items().len(), 1);
    }
}

fn begin_factor(person: &mut Person, app: &TestApp) -> (String, serde_json::Value) {
    let begun = person.http.post(&person.path("/second-factors"), &json!({"type": "totp"})).expect(201);
    person.seed = Some(begun.text_of("secret"));
    (
        person.path(&format!("/second-factors/{}", begun.text_of("id"))),
        json!({"code": person.code(app.time.wall())}),
    )
}

#[test]
fn recovery_codes_are_given_once_however_many_factors_are_confirmed_at_once() {
    let (app, home) = TestApp::installed();
    for round in 0..ROUNDS {
        let mut alice = home.member(&format!("alice{round}"));
        alice.sign_in();
        let factors: Vec<_> = (0..3).map(|_| begin_factor(&mut alice, &app)).collect();
        let confirm = |(path, code): &(String, serde_json::Value)| {
            let (http, path, code) = (&alice.http, format!("{path}/confirm"), code.clone());
            action(move || http.post(&path, &code))
        };
        let answers = at_once(factors.iter().map(confirm).collect());
        let done = granted(&answers, 200, &[(409, "conflict")]);
        let with_codes = answers.iter().filter(|answer| answer.body["recovery_codes"].is_array());
        assert_eq!(with_codes.count(), 1);
        let listed = alice.http.get(&alice.path("/second-factors")).expect(200);
        assert_eq!(listed.body["recovery_codes_left"], 10, "{}", listed.text);
        assert_eq!(records(&home, &alice, "second_factor.confirmed").len(), done);
    }
}

/// Whoever takes the last factor away turns secure login off, also if two are taken away at once.
#[test]
fn secure_login_is_never_on_without_a_factor() {
    let (app, home) = TestApp::installed();
    for round in 0..ROUNDS {
        let mut alice = secured(&app, &home, &format!("alice{round}"));
        let first = alice.http.get(&alice.path("/second-factors")).expect(200).items()[0]["id"].clone();
        let first = alice.path(&format!("/second-factors/{}", first.as_str().unwrap()));
        let (second, code) = begin_factor(&mut alice, &app);
        alice.http.post(&format!("{second}/confirm"), &code).expect(200);
        let remove = |path: String| {
            let http = &alice.http;
            action(move || http.delete(&path))
        };
        let answers = at_once(vec![remove(first), remove(second)]);
        granted(&answers, 204, &[(409, "conflict"), (404, "not_found")]);
        never_on_without(&alice);
    }
}

#[track_caller]
fn never_on_without(alice: &Person) {
    let factors = alice.http.get(&alice.path("/second-factors")).expect(200).items().len();
    let enabled = alice.http.get(&alice.path("/secure-login")).expect(200).body["enabled"] == true;
    assert!(factors > 0 || !enabled, "on without a factor");
}

#[test]
fn secure_login_is_not_turned_on_with_a_factor_that_goes() {
    let (app, home) = TestApp::installed();
    for round in 0..2 * ROUNDS {
        let mut alice = home.member(&format!("alice{round}"));
        alice.sign_in();
        let (path, code) = begin_factor(&mut alice, &app);
        alice.http.post(&format!("{path}/confirm"), &code).expect(200);
        let switch = || alice.http.put(&alice.path("/secure-login"), &json!({"enabled": true}));
        let (removed, on) = race(round, &home.mail_server, || alice.http.delete(&path), switch);
        granted(&[removed], 204, &[(409, "conflict")]);
        granted(&[on], 200, &[(409, "conflict"), (409, "second_factor_missing")]);
        never_on_without(&alice);
    }
}

/// A sign-in that began before the second step was asked for does not end after it is.
#[test]
fn no_session_without_a_second_step_outlives_turning_secure_login_on() {
    let (app, home) = TestApp::installed();
    for round in 0..ROUNDS {
        let mut alice = home.member(&format!("alice{round}"));
        alice.sign_in();
        let (path, code) = begin_factor(&mut alice, &app);
        let enrol = || {
            alice.http.post(&format!("{path}/confirm"), &code).expect(200);
            alice.secure_login(true);
        };
        let tries = || at_once((0..6).map(|_| action(|| sign_in(&alice))).collect());
        let (sessions, ()) = race(round, &home.mail_server, tries, enrol);
        granted(&sessions, 201, &[(401, "second_factor_required"), (401, "invalid_credentials")]);
        none_signed_in(&app.http(), &sessions);
    }
}

#[test]
fn no_session_outlives_the_factors_that_it_was_proven_with() {
    let (app, home) = TestApp::installed();
    for round in 0..2 * ROUNDS {
        let mut alice = home.member(&format!("alice{round}"));
        alice.sign_in().enrol(app.time.wall());
        app.advance(std::time::Duration::from_secs(60));
        let codes = [alice.code(app.time.wall()), alice.recovery_codes[0].clone()];
        let prove = |code: &String| {
            let body = json!({"login": alice.login, "password": alice.password, "code": code});
            let http = &alice.http;
            action(move || http.post("/v1/sessions", &body))
        };
        let try_both = || at_once(codes.iter().map(prove).collect());
        let remove = || home.operator.delete(&alice.path("/second-factors")).expect(204);
        let (_, sessions) = race(round, &home.mail_server, remove, try_both);
        granted(&sessions, 201, &[(401, "invalid_credentials"), (401, "invalid_code")]);
        let begun = records(&home, &alice, "session.created");
        for session in sessions.iter().filter(|answer| answer.status == 201) {
            let me = app.http().bearing(&session.text_of("token")).get("/v1/me");
            // Whose factors were gone when they were looked for has signed in with the password alone.
            let of_it = |record: &&serde_json::Value| record["targets"][0]["id"] == me.body["session"]["id"];
            let proof = begun.iter().find(of_it).map(|record| &record["details"]["second_factor"]);
            assert!(me.status == 401 || proof == Some(&serde_json::Value::Null), "{me:?}");
        }
    }
}

#[test]
fn a_notice_that_two_sessions_acknowledge_at_once_is_acknowledged_once() {
    let (app, home) = TestApp::installed();
    for round in 0..ROUNDS {
        let mut alice = secured(&app, &home, &format!("alice{round}"));
        app.advance(std::time::Duration::from_secs(30));
        home.operator.put(&alice.path("/password"), &json!({"password": "chosen by a program"})).expect(200);
        "chosen by a program".clone_into(&mut alice.password);
        let mut sessions = Vec::new();
        for _ in 0..3 {
            app.advance(std::time::Duration::from_secs(30));
            sessions.push(alice.clone().sign_in_with_code(app.time.wall()).http.clone());
        }
        let notices = sessions[0].get(&alice.path("/notices")).expect(200);
        let id = notices.items()[0]["id"].as_str().unwrap();
        let path = alice.path(&format!("/notices/{id}/acknowledge"));
        let acknowledge = |http: &Http| {
            let (http, path) = (http.clone(), path.clone());
            action(move || http.send("POST", &path, None))
        };
        let answers = at_once(sessions.iter().map(acknowledge).collect());
        assert_eq!(granted(&answers, 204, &[]), sessions.len());
        assert_eq!(records(&home, &alice, "notice.acknowledged").len(), 1);
        assert!(sessions[0].get(&alice.path("/notices")).expect(200).items().is_empty());
    }
}
