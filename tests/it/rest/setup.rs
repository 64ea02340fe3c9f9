//! `POST /v1/setup`: the one-time link, and what it makes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Answer, Http, TestApp};

fn body_of(token: &str) -> Value {
    json!({
        "token": token, "organization": "Example", "domain": "example.org",
        "owner": "owner@example.org", "password": "owner's password",
    })
}

fn redeem(http: &Http, token: &str) -> Answer {
    http.post("/v1/setup", &body_of(token))
}

fn token(app: &TestApp) -> String {
    app.setup_token.clone().expect("no setup token")
}

#[test]
fn the_link_makes_an_organization_an_owner_and_two_keys() {
    let app = TestApp::start();
    let made = redeem(&app.http(), &token(&app)).expect(201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    assert_eq!(made.text_of("owner_login"), "owner@example.org");

    let operator = app.http().bearing(&made.text_of("operator_key"));
    let key = operator.get("/v1/me").expect(200).body["service_key"].clone();
    assert_eq!((&key["role"], &key["organization_id"]), (&json!("operator"), &Value::Null));
    let mail_server = app.http().bearing(&made.text_of("mail_server_key"));
    assert_eq!(mail_server.get("/v1/me").expect(200).body["service_key"]["role"], "mail_server");

    let home = operator.get(&format!("/v1/organizations/{}", made.text_of("organization_id"))).expect(200);
    assert_eq!(home.body["domains"], json!(["example.org"]));
    assert_eq!(home.body["owner_id"], made.body["owner_id"]);
    let sign_in = json!({"login": "owner@example.org", "password": "owner's password"});
    let session = app.http().post("/v1/sessions", &sign_in).expect(201);
    assert_eq!(session.body["member"]["role"], "owner");
    assert_eq!(session.body["member"]["sign_in"], "local");
}

#[test]
fn a_link_works_once() {
    let app = TestApp::start();
    redeem(&app.http(), &token(&app)).expect(201);
    redeem(&app.http(), &token(&app)).expect_problem(409, "already_set_up");
}

#[test]
fn of_two_who_redeem_a_link_at_the_same_moment_one_gets_it() {
    let app = TestApp::start();
    let racers: Vec<_> = (0..4)
        .map(|_| {
            let (http, token) = (app.http(), token(&app));
            std::thread::spawn(move || redeem(&http, &token).status)
        })
        .collect();
    let mut statuses: Vec<u16> = racers.into_iter().map(|racer| racer.join().unwrap()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses[0], 201);
    assert!(statuses[1..].iter().all(|status| matches!(status, 403 | 409)), "{statuses:?}");
}

#[test]
fn a_wrong_token_is_refused_and_does_not_use_up_the_right_one() {
    let app = TestApp::start();
    let right = token(&app);
    let mistyped = format!("{}{}", &right[..right.len() - 1], if right.ends_with('x') { 'y' } else { 'x' });
    for wrong in ["cpt_nonsense", "", "cpk_nonsense", &mistyped, &right[1..]] {
        redeem(&app.http(), wrong).expect_problem(403, "invalid_setup_token");
    }
    redeem(&app.http(), &right).expect(201);
}

#[test]
fn a_link_is_good_for_less_than_an_hour() {
    for (seconds, good) in [(3599, true), (3600, false)] {
        let app = TestApp::start();
        app.advance(Duration::from_secs(seconds));
        let answer = redeem(&app.http(), &token(&app));
        if good {
            answer.expect(201);
        } else {
            answer.expect_problem(403, "invalid_setup_token");
        }
    }
}

#[test]
fn every_start_on_an_empty_directory_gives_a_new_link_and_ends_the_old_one() {
    let mut app = TestApp::start();
    let first = token(&app);
    app.advance(Duration::from_secs(3600));
    app.restart();
    let second = token(&app);
    assert_ne!(first, second);
    redeem(&app.http(), &first).expect_problem(403, "invalid_setup_token");
    app.restart();
    redeem(&app.http(), &second).expect_problem(403, "invalid_setup_token");
    redeem(&app.http(), &token(&app)).expect(201);
}

#[test]
fn there_is_no_link_once_there_is_an_organization_not_even_a_dissolved_one() {
    let (mut app, home) = TestApp::installed();
    app.restart();
    assert_eq!(app.setup_token, None);
    let operator = app.http().bearing(home.operator.token());
    operator.delete(&home.path("")).expect(204);
    app.restart();
    assert_eq!(app.setup_token, None);
}

#[test]
fn a_link_with_a_wrong_field_changes_nothing_and_stays_good() {
    let app = TestApp::start();
    let long = "x".repeat(1025);
    let wrongs = [
        ("organization", "", "too_short"),
        ("domain", "no domain", "malformed"),
        ("owner", "owner", "malformed"),
        ("owner", "owner@example.test", "not_allowed"),
        ("password", "short", "too_short"),
        ("password", &long, "too_long"),
        ("password", "aaaaa-aaaaa-aaaaa-aaaaa-aaaaa-aaaab", "not_allowed"),
    ];
    for (field, value, code) in wrongs {
        let mut body = body_of(&token(&app));
        body[field] = json!(value);
        let answer = app.http().post("/v1/setup", &body).expect_field(field, code);
        assert!(!answer.text.contains(&token(&app)) && !answer.text.contains(&long));
    }
    redeem(&app.http(), &token(&app)).expect(201);
}

#[test]
fn a_database_that_cannot_be_written_leaves_the_link_good() {
    let app = TestApp::start();
    app.faults.set_all(true);
    redeem(&app.http(), &token(&app)).expect_problem(503, "unavailable");
    app.faults.set_all(false);
    redeem(&app.http(), &token(&app)).expect(201);
}

#[test]
fn a_setup_token_opens_nothing_but_the_setup() {
    let app = TestApp::start();
    let holder = app.http().bearing(&token(&app));
    holder.get("/v1/me").expect_problem(401, "unauthenticated");
    holder.get("/v1/organizations").expect_problem(401, "unauthenticated");
}
