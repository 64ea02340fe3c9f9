//! Which client used which password when, exactly; and what a broken database makes of it.

use std::sync::atomic::Ordering::SeqCst;

use serde_json::{Value, json};

use super::{MICROSECOND, MINUTE, secured, shown};
use crate::support::{Http, TestApp};

/// A check with everything that a mail server can say.
fn check(server: &Http, login: &str, password: &str, protocol: &str, ip: &str, client: Option<&str>) {
    let mut body = json!({"login": login, "password": password, "protocol": protocol, "client_ip": ip});
    if let Some(client) = client {
        body["client"] = json!(client);
    }
    server.post("/v1/verify", &body).expect(200);
}

#[test]
fn the_last_use_is_shown_as_it_was_at_once() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let (phone, other) = (alice.issue("Phone"), alice.issue("Other"));
    let used = |protocol, ip, client| {
        app.advance(MICROSECOND);
        check(&home.mail_server, &alice.login, &phone.secret, protocol, ip, client);
        let at = app.time.wall().to_string();
        json!({"at": at, "protocol": protocol, "ip": ip, "client": client})
    };
    for use_of in [
        used("imap", "192.0.2.7", Some("Example Mail 1.0")),
        used("smtp", "2001:db8::7", None),
        used("imap", "198.51.100.1", Some("ä")),
    ] {
        assert_eq!(use_of["client"].is_null(), use_of["protocol"] == "smtp");
    }
    let last = used("pop3", "203.0.113.9", Some("Example Mail 2.0"));
    app.advance(MINUTE);
    assert_eq!(shown(&alice, &phone)["last_used"], last);
    let listed = alice.http.get(&alice.path("/client-passwords")).expect(200);
    assert_eq!((&listed.items()[0]["last_used"], &listed.items()[1]["last_used"]), (&Value::Null, &last));
    assert_eq!(shown(&alice, &other)["last_used"], Value::Null);
}

/// More than one statement writes at once, with some left over.
#[test]
fn each_of_many_uses_is_shown_as_it_was() {
    let (app, home) = TestApp::installed();
    let members = ["alice", "bob", "carol"].map(|name| secured(&app, home.member(name)));
    let issued: Vec<_> = members
        .iter()
        .flat_map(|member| (0..25).map(move |number| (member, member.issue(&format!("Phone {number}")))))
        .collect();
    let uses: Vec<Value> = issued
        .iter()
        .enumerate()
        .map(|(number, (member, phone))| {
            app.advance(MICROSECOND);
            let (protocol, ip) = (["imap", "smtp"][number % 2], format!("192.0.2.{number}"));
            check(&home.mail_server, &member.login, &phone.secret, protocol, &ip, None);
            json!({"at": app.time.wall().to_string(), "protocol": protocol, "ip": ip, "client": null})
        })
        .collect();
    for ((member, phone), used) in issued.iter().zip(&uses) {
        member.http.delete(&phone.path("")).expect(204);
        check(&home.mail_server, &member.login, &phone.secret, "pop3", "203.0.113.9", None);
        check(&home.mail_server, &member.login, &phone.secret, "pop3", "203.0.113.9", None);
        assert_eq!(shown(member, phone)["last_used"], *used);
    }
    for (member, phone) in &issued {
        assert_eq!(shown(member, phone)["stale_use"]["count"], 2);
    }
}

#[test]
fn a_use_whose_address_is_not_known_is_shown_without_one() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let phone = alice.issue("Phone");
    let body = json!({"login": alice.login, "password": phone.secret, "protocol": "jmap"});
    home.mail_server.post("/v1/verify", &body).expect(200);
    let expected = json!({
        "at": app.time.wall().to_string(), "protocol": "jmap", "ip": null, "client": null,
    });
    assert_eq!(shown(&alice, &phone)["last_used"], expected);
}

#[test]
fn a_client_that_still_tries_an_old_password_is_counted_exactly() {
    let (mut app, home) = TestApp::installed();
    let mut alice = secured(&app, home.member("alice"));
    let phone = alice.issue("Phone");
    check(&home.mail_server, &alice.login, &phone.secret, "imap", "192.0.2.7", None);
    let last_used = shown(&alice, &phone)["last_used"].clone();
    alice.http.delete(&phone.path("")).expect(204);
    for _ in 0..3 {
        check(&home.mail_server, &alice.login, &phone.secret, "imap", "192.0.2.7", None);
    }
    let stale = shown(&alice, &phone)["stale_use"].clone();
    let at = app.time.wall().to_string();
    assert_eq!(stale, json!({"at": at, "protocol": "imap", "ip": "192.0.2.7", "count": 3}));

    app.advance(MICROSECOND);
    let at = app.time.wall().to_string();
    check(&home.mail_server, &alice.login, &phone.secret, "imap", "192.0.2.7", None);
    check(&home.mail_server, &alice.login, &phone.secret, "smtp", "203.0.113.9", None);
    // What was not written yet is written when the service stops.
    app.restart();
    alice.http = app.http().bearing(alice.http.token());
    let expected = json!({"at": at, "protocol": "smtp", "ip": "203.0.113.9", "count": 5});
    let now = shown(&alice, &phone);
    assert_eq!((&now["stale_use"], &now["last_used"]), (&expected, &last_used));
    let server = app.http().bearing(home.mail_server.token());
    check(&server, &alice.login, &phone.secret, "smtp", "203.0.113.9", None);
    assert_eq!(shown(&alice, &phone)["stale_use"]["count"], 6);
}

#[test]
fn a_restart_loses_no_use() {
    let (mut app, home) = TestApp::installed();
    let mut alice = secured(&app, home.member("alice"));
    let phone = alice.issue("Phone");
    check(&home.mail_server, &alice.login, &phone.secret, "imap", "192.0.2.7", Some("Example Mail"));
    let at = app.time.wall().to_string();
    app.restart();
    alice.http = app.http().bearing(alice.http.token());
    let expected = json!({"at": at, "protocol": "imap", "ip": "192.0.2.7", "client": "Example Mail"});
    assert_eq!(shown(&alice, &phone)["last_used"], expected);
}

#[test]
fn every_kind_of_end_is_told_to_who_held_it() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let soon = app.time.wall().plus(MINUTE).to_string();
    let expired = alice.issue_with(&json!({"label": "a", "expires_at": soon}));
    let rotated = alice.issue("b");
    alice.http.post(&rotated.path("/rotate"), &json!({"overlap_seconds": 0})).expect(201);
    let live = alice.issue("c");
    app.advance(MINUTE);
    for one in [&expired, &rotated, &live] {
        check(&home.mail_server, &alice.login, &one.secret, "imap", "192.0.2.7", None);
    }
    assert_eq!(shown(&alice, &expired)["stale_use"]["count"], 1);
    assert_eq!(shown(&alice, &rotated)["stale_use"]["count"], 1);
    assert_eq!(shown(&alice, &live)["stale_use"], Value::Null);
    alice.secure_login(false);
    check(&home.mail_server, &alice.login, &live.secret, "imap", "192.0.2.7", None);
    assert_eq!(shown(&alice, &live)["stale_use"]["count"], 1);
}

#[test]
fn a_use_that_cannot_be_written_yet_is_kept_and_slows_nobody() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let (phone, lost) = (alice.issue("Phone"), alice.issue("Lost"));
    alice.http.delete(&lost.path("")).expect(204);
    app.faults.writes.store(true, SeqCst);
    for _ in 0..2 {
        assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
        assert_eq!(home.mail_server.verdict(&alice.login, &lost.secret), "revoked");
        // A list tries to write them, and shows what there is.
        alice.http.get(&alice.path("/client-passwords")).expect(200);
    }
    app.faults.writes.store(false, SeqCst);
    assert_eq!(shown(&alice, &phone)["last_used"]["at"], app.time.wall().to_string());
    assert_eq!(shown(&alice, &lost)["stale_use"]["count"], 2);
}

#[test]
fn a_database_that_cannot_be_read_is_no_wrong_password() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let bob = home.member("bob");
    let phone = alice.issue("Phone");
    app.faults.reads.store(true, SeqCst);
    for (login, password) in [
        (&alice.login, &phone.secret),
        (&alice.login, &alice.password),
        (&bob.login, &bob.password),
        (&bob.login, &"not the password".to_owned()),
    ] {
        let answer = home.mail_server.check(login, password, "imap").expect_problem(503, "unavailable");
        assert!(answer.header("retry-after").is_some());
        assert!(!answer.text.contains("reject") && !answer.text.contains("broken by the test"));
    }
    app.faults.reads.store(false, SeqCst);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    assert_eq!(home.mail_server.verdict(&bob.login, &bob.password), "accept");
}
