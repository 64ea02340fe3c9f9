//! How the old one fades: protocol by protocol, with the first use of the new one there, committed before the accept.

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use serde_json::{Value, json};

use super::{HOUR, MICROSECOND, actions, rotate, rotated_away, shown, state_of};
use crate::support::actors::{ClientPassword, Installation};
use crate::support::{Person, TestApp};

const DAY: Duration = Duration::from_secs(86_400);

/// What a mail server hears over each of these protocols, with commas between.
fn over(home: &Installation, person: &Person, one: &ClientPassword, protocols: &[&str]) -> String {
    let verdict = |protocol: &&str| home.mail_server.verdict_over(&person.login, &one.secret, protocol);
    protocols.iter().map(verdict).collect::<Vec<_>>().join(",")
}

#[test]
fn the_old_one_ends_on_each_protocol_with_the_first_use_of_the_new_one_there() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let old = alice.issue("Laptop");
    let try_it = |one: &ClientPassword, protocols: &[&str]| over(&home, &alice, one, protocols);
    assert_eq!(try_it(&old, &["imap", "smtp"]), "accept,accept");
    let new = rotate(&alice, &old);
    assert_eq!(try_it(&old, &["imap", "smtp", "pop3"]), "accept,accept,accept");

    assert_eq!(try_it(&new, &["imap", "imap"]), "accept,accept");
    assert_eq!(try_it(&old, &["imap", "smtp", "pop3"]), "superseded,accept,accept");
    assert_eq!(state_of(&alice, &old), ("superseded".into(), None));
    app.advance(MICROSECOND);
    assert_eq!(try_it(&new, &["pop3"]), "accept");
    assert_eq!(try_it(&old, &["imap", "smtp", "pop3"]), "superseded,accept,superseded");
    app.advance(MICROSECOND);
    let moved = app.time.wall().to_string();
    assert_eq!(try_it(&new, &["smtp"]), "accept");

    // Now every protocol it was used on has moved.
    app.advance(MICROSECOND);
    assert_eq!(try_it(&old, &["imap", "smtp", "pop3", "caldav"]), ["superseded"; 4].join(","));
    assert_eq!(state_of(&alice, &old), rotated_away());
    let now = shown(&alice, &old);
    assert_eq!((&now["ended_at"], &now["stale_use"]["count"]), (&json!(moved), &json!(7)));
    assert_eq!(try_it(&new, &["imap", "smtp", "pop3", "caldav"]), ["accept"; 4].join(","));
}

#[test]
fn an_old_one_that_nobody_used_ends_with_the_first_use_of_the_new_one() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let old = alice.issue("Laptop");
    let new = rotate(&alice, &old);
    assert_eq!(over(&home, &alice, &new, &["caldav"]), "accept");
    assert_eq!(over(&home, &alice, &old, &["caldav", "imap"]), "superseded,superseded");
    assert_eq!(state_of(&alice, &old), rotated_away());
}

#[test]
fn a_protocol_last_used_more_than_thirty_days_ago_is_not_waited_for() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    for (days, ended) in [(29, false), (31, true)] {
        let mut alice = alice.clone();
        app.advance(HOUR);
        alice.sign_in_with_code(app.time.wall());
        let old = alice.issue("Laptop");
        assert_eq!(over(&home, &alice, &old, &["smtp"]), "accept");
        app.advance(DAY * days);
        assert_eq!(over(&home, &alice, &old, &["imap"]), "accept");
        alice.sign_in_with_code(app.time.wall());
        let new = rotate(&alice, &old);
        assert_eq!(over(&home, &alice, &new, &["imap"]), "accept");
        let smtp = if ended { "superseded" } else { "accept" };
        assert_eq!(over(&home, &alice, &old, &["smtp"]), smtp, "{days} days");
    }
}

#[test]
fn a_refused_use_of_the_new_one_moves_nothing() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let old = alice.issue_with(&json!({"label": "Laptop", "networks": ["203.0.113.0/24"]}));
    let new = rotate(&alice, &old);
    assert_eq!(over(&home, &alice, &new, &["imap"]), "network_not_allowed");
    assert_eq!(home.mail_server.verdict("bob@example.org", &new.secret), "invalid_credentials");
    let inside = |secret: &str| {
        let body = json!({
            "login": alice.login, "password": secret, "protocol": "imap", "client_ip": "203.0.113.9",
        });
        home.mail_server.post("/v1/verify", &body).expect(200).text_of("result")
    };
    assert_eq!(inside(&old.secret), "accept");
    assert_eq!((inside(&new.secret), inside(&old.secret)), ("accept".into(), "reject".into()));
}

#[test]
fn each_move_is_one_record_and_more_uses_are_none() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let old = alice.issue("Laptop");
    over(&home, &alice, &old, &["imap", "smtp"]);
    let new = rotate(&alice, &old);
    let before = actions(&home, &alice);
    over(&home, &alice, &new, &["imap", "imap", "smtp", "imap", "smtp", "jmap", "jmap"]);
    assert_eq!(actions(&home, &alice)[before.len()..], ["client_password.moved", "client_password.moved"]);
    let path = home.path(&format!("/audit-events?limit=1&member_id={}", alice.id));
    let event = &home.operator.get(&path).expect(200).items()[0].clone();
    assert_eq!((&event["actor"]["kind"], &event["details"]["protocol"]), (&json!("system"), &json!("smtp")));
}

#[test]
fn of_many_first_uses_at_once_all_get_in_and_one_moves() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let old = alice.issue("Laptop");
    over(&home, &alice, &old, &["imap", "smtp"]);
    let new = rotate(&alice, &old);
    let records = actions(&home, &alice).len();
    std::thread::scope(|scope| {
        let tries: Vec<_> = (0..8).map(|_| scope.spawn(|| over(&home, &alice, &new, &["imap"]))).collect();
        assert!(tries.into_iter().all(|tried| tried.join().unwrap() == "accept"));
    });
    assert_eq!(actions(&home, &alice)[records..], ["client_password.moved"]);
    assert_eq!(over(&home, &alice, &old, &["imap", "smtp"]), "superseded,accept");
}

#[test]
fn a_first_use_that_cannot_be_committed_is_no_accept() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let old = alice.issue("Laptop");
    assert_eq!(over(&home, &alice, &old, &["imap", "smtp"]), "accept,accept");
    let new = rotate(&alice, &old);
    app.faults.writes.store(true, SeqCst);
    for _ in 0..2 {
        home.mail_server.check(&alice.login, &new.secret, "imap").expect_problem(503, "unavailable");
        assert_eq!(over(&home, &alice, &old, &["imap", "smtp"]), "accept,accept");
    }
    app.faults.writes.store(false, SeqCst);
    assert_eq!(shown(&alice, &new)["last_used"], Value::Null);
    assert_eq!(over(&home, &alice, &new, &["imap"]), "accept");
    assert_eq!(over(&home, &alice, &old, &["imap", "smtp"]), "superseded,accept");

    // Once it is on disk there is nothing left to write.
    app.faults.writes.store(true, SeqCst);
    assert_eq!(over(&home, &alice, &new, &["imap"]), "accept");
    home.mail_server.check(&alice.login, &new.secret, "smtp").expect_problem(503, "unavailable");
}

#[test]
fn a_successor_of_one_that_has_ended_needs_no_writing() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let (unused, at_once) = (alice.issue("a"), alice.issue("b"));
    let first = rotate(&alice, &unused);
    over(&home, &alice, &first, &["imap"]);
    let body = json!({"overlap_seconds": 0});
    let second = ClientPassword::of(&alice.http.post(&at_once.path("/rotate"), &body).expect(201));
    app.faults.writes.store(true, SeqCst);
    for one in [&first, &second] {
        assert_eq!(over(&home, &alice, one, &["imap", "smtp"]), "accept,accept");
    }
}

#[test]
fn what_has_moved_stays_moved_over_a_restart() {
    let (mut app, mut home) = TestApp::installed();
    let mut alice = home.member("alice").secured(app.time.wall());
    let old = alice.issue("Laptop");
    over(&home, &alice, &old, &["imap", "smtp"]);
    let new = rotate(&alice, &old);
    over(&home, &alice, &new, &["imap"]);
    app.restart();
    for http in [&mut home.mail_server, &mut alice.http] {
        *http = app.http().bearing(http.token());
    }
    assert_eq!(over(&home, &alice, &old, &["imap", "smtp"]), "superseded,accept");
    assert_eq!(over(&home, &alice, &new, &["smtp"]), "accept");
    assert_eq!(state_of(&alice, &old), rotated_away());
}

#[test]
fn uses_before_the_rotation_count_also_after_a_restart() {
    let (mut app, mut home) = TestApp::installed();
    let mut alice = home.member("alice").secured(app.time.wall());
    let old = alice.issue("Laptop");
    over(&home, &alice, &old, &["imap", "smtp"]);
    app.restart();
    for http in [&mut home.mail_server, &mut alice.http] {
        *http = app.http().bearing(http.token());
    }
    let new = rotate(&alice, &old);
    over(&home, &alice, &new, &["imap"]);
    assert_eq!(over(&home, &alice, &old, &["smtp"]), "accept");
}

#[test]
fn a_successor_of_one_that_is_long_forgotten_needs_no_writing() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let old = alice.issue("Laptop");
    over(&home, &alice, &old, &["imap", "smtp"]);
    let new = rotate(&alice, &old);
    over(&home, &alice, &new, &["imap"]);
    app.advance(DAY * 200);
    let swept = |_| {
        app.advance(HOUR / 6);
        home.operator.get(&old.path("")).status == 404
    };
    assert!((0..5_000).any(swept), "never swept");
    assert_eq!(over(&home, &alice, &new, &["smtp"]), "accept");
    app.faults.writes.store(true, SeqCst);
    assert_eq!(over(&home, &alice, &new, &["smtp"]), "accept");
}
