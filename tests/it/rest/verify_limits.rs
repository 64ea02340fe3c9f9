//! `POST /v1/verify` at its edges: sizes, addresses, odd strings, and a database that does not answer.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::administration::secured;
use crate::support::actors::ClientPassword;
use crate::support::{Answer, Http, TestApp};

fn ask(by: &Http, changes: &[(&str, Value)]) -> Answer {
    let mut body = json!({"login": "alice@example.org", "password": "anything", "protocol": "imap"});
    for (name, value) in changes {
        body[name] = value.clone();
    }
    by.post("/v1/verify", &body)
}

#[test]
fn login_password_and_client_have_limits_in_bytes() {
    let (_app, home) = TestApp::installed();
    for (field, most) in [("login", 320), ("password", 1024), ("client", 256)] {
        for (text, fits) in [
            ("x".repeat(most), true),
            ("ä".repeat(most / 2), true),
            ("x".repeat(most + 1), false),
            (format!("{}x", "ä".repeat(most / 2)), false),
        ] {
            let answer = ask(&home.mail_server, &[(field, json!(text))]);
            if fits {
                assert_eq!(answer.expect(200).text_of("reason"), "invalid_credentials", "{field}");
            } else {
                assert!(!answer.expect_field(field, "too_long").text.contains(&text[..40]));
            }
        }
    }
}

#[test]
fn a_login_and_a_password_are_never_malformed() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone").secret;
    for odd in ["", " ", "\u{0}", "a\r\nb", "%00", "'; --", "\u{202e}", "😀", "null", "{}", "\u{fffd}"] {
        app.advance(std::time::Duration::from_secs(600));
        for field in ["login", "password", "client"] {
            let answer = ask(&home.mail_server, &[(field, json!(odd))]).expect(200);
            assert_eq!(answer.text_of("reason"), "invalid_credentials", "{field} {odd:?}");
        }
    }
    let typed =
        [phone.to_uppercase(), phone.replace('-', ""), phone.replace('-', " "), format!(" {phone}\t")];
    for typed in typed {
        assert_eq!(home.mail_server.verdict(&alice.login, &typed), "accept", "{typed}");
    }
}

#[test]
fn networks_ask_for_an_address() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let office = alice.issue_with(&json!({"label": "Office", "networks": ["192.0.2.0/24", "2001:db8::/32"]}));
    let from = |ip: Option<&str>| {
        let mut changes = vec![("password", json!(office.secret))];
        changes.extend(ip.map(|ip| ("client_ip", json!(ip))));
        ask(&home.mail_server, &changes)
    };
    for inside in ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1"] {
        assert_eq!(from(Some(inside)).expect(200).text_of("result"), "accept", "{inside}");
    }
    for outside in [Some("192.0.3.1"), Some("2001:db9::1"), Some("::ffff:192.0.3.1"), None] {
        assert_eq!(from(outside).expect(200).text_of("reason"), "network_not_allowed", "{outside:?}");
    }
    for wrong in ["", "192.0.2", "192.0.2.1:25", "localhost", "[2001:db8::1]", "192.0.2.0/24"] {
        from(Some(wrong)).expect_field("client_ip", "malformed");
    }
}

#[test]
fn a_database_that_does_not_answer_is_never_a_wrong_password() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (secured(&app, &home, "alice"), home.member("bob"));
    let phone = alice.issue("Phone");
    home.external_member("guest");
    let cases = [
        (alice.login.as_str(), phone.secret.as_str(), "accept"),
        (&alice.login, "wrong", "invalid_credentials"),
        (&bob.login, &bob.password, "accept"),
        (&bob.login, "wrong", "invalid_credentials"),
        ("guest@example.org", "anything", "defer"),
        ("nobody@example.org", "anything", "invalid_credentials"),
    ];
    app.faults.reads.store(true, Ordering::SeqCst);
    for (login, password, _) in cases {
        let answer = home.mail_server.check(login, password, "imap").expect_problem(503, "unavailable");
        assert!(answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().unwrap() >= 1));
        assert!(!answer.text.contains("broken by the test"), "why is for the log: {}", answer.text);
    }
    app.faults.set_all(false);
    for (login, password, verdict) in cases {
        assert_eq!(home.mail_server.verdict(login, password), verdict);
    }
}

#[test]
fn a_database_that_cannot_be_written_still_lets_mail_in() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (secured(&app, &home, "alice"), home.member("bob"));
    let phone = alice.issue("Phone");
    app.faults.writes.store(true, Ordering::SeqCst);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    assert_eq!(home.mail_server.verdict(&bob.login, &bob.password), "accept");
    app.faults.set_all(false);
    let shown = alice.http.get(&phone.path("")).expect(200);
    assert_eq!(shown.body["last_used"]["at"], "2026-11-22T08:00:00Z", "the use is written once it can be");
}

#[test]
fn an_accept_that_must_end_a_predecessor_first_waits_for_the_disk() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let old = alice.issue("Phone");
    let new = ClientPassword::of(&alice.http.post(&old.path("/rotate"), &json!({})).expect(201));
    app.faults.writes.store(true, Ordering::SeqCst);
    home.mail_server.check(&alice.login, &new.secret, "imap").expect_problem(503, "unavailable");
    assert_eq!(home.mail_server.verdict(&alice.login, &old.secret), "accept");
    app.faults.set_all(false);
    assert_eq!(home.mail_server.verdict(&alice.login, &new.secret), "accept");
    assert_eq!(home.mail_server.verdict(&alice.login, &old.secret), "superseded");
}
