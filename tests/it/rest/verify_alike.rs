//! All refusals look alike to someone who does not hold the secret: the same bytes.

use serde_json::json;

use super::administration::{Neighbours, program, secured, signed_in};
use super::raw::{exchange, post};
use crate::support::TestApp;

/// The bytes of an answer without what differs from request to request.
fn bytes(app: &TestApp, key: &str, login: &str, password: &str) -> String {
    let body = json!({"login": login, "password": password, "protocol": "imap", "client_ip": "192.0.2.7"});
    let answer = exchange(app.address, post("/v1/verify", key, &body.to_string()).as_bytes());
    let (head, body) = answer.split_once("\r\n\r\n").expect("no answer");
    let mut lines: Vec<&str> = head.split("\r\n").collect();
    lines.retain(|line| !["date:", "x-request-id:"].iter().any(|name| line.to_lowercase().starts_with(name)));
    // The HTTP library shuffles the headers of each answer.
    lines[1..].sort_unstable();
    format!("{}\r\n\r\n{body}", lines.join("\r\n"))
}

/// Logins and passwords of which a stranger must not learn why they are wrong.
fn refusals(app: &TestApp) -> (Vec<(&'static str, String, String)>, String, String) {
    let home = app.http().set_up(app.setup_token.as_deref().unwrap());
    let neighbours = Neighbours::of(&home);
    let nora = neighbours.member(&home, "nora").secured(app.time.wall());
    let (alice, bob) = (secured(app, &home, "alice"), secured(app, &home, "bob"));
    let plain = signed_in(&home, "plain", "member");
    let (live, dead) = (alice.issue("Phone").secret, alice.issue("Tablet"));
    alice.http.delete(&dead.path("")).expect(204);
    let asleep = secured(app, &home, "asleep");
    let (shut, on) = (home.external_member("shut"), home.external_member("on"));
    for sleeper in [&asleep, &shut] {
        home.operator.patch(&sleeper.path(""), &json!({"state": "suspended"})).expect(200);
    }
    home.operator.put(&on.path("/secure-login"), &json!({"enabled": true})).expect(200);
    let (gone, lost) = (home.member("gone"), secured(app, &home, "lost"));
    home.operator.delete(&gone.path("")).expect(204);
    home.operator.delete(&lost.path("/second-factors")).expect(204);
    let formed = "aaaaa-aaaaa-aaaaa-aaaaa-aaaaa-aaaab";
    let cases = [
        ("an unknown login", "nobody@example.org", "anything"),
        ("an unknown domain", "alice@elsewhere.example.test", "anything"),
        ("no address", "alice", "anything"),
        ("nothing", "", ""),
        ("a secret as login", &live, "anything"),
        ("an unknown login with what could be a client password", "nobody@example.org", formed),
        ("an unknown login with the client password of somebody", "nobody@example.org", &live),
        ("a wrong password", &alice.login, "anything"),
        ("no password", &alice.login, ""),
        ("a very long password", &alice.login, &"x".repeat(1024)),
        ("what could be a client password", &alice.login, formed),
        ("the account password", &alice.login, &alice.password),
        ("a client password of somebody else", &bob.login, &live),
        ("a dead client password of somebody else", &bob.login, &dead.secret),
        ("a wrong account password", &plain.login, "anything"),
        ("suspended", &asleep.login, "anything"),
        ("suspended, with the account password", &asleep.login, &asleep.password),
        ("suspended, external", &shut.login, "anything"),
        ("external, secure login on", &on.login, "anything"),
        ("left", &gone.login, &gone.password),
        ("factors removed, wrong password", &lost.login, "anything"),
        ("another organization, wrong password", &nora.login, "anything"),
    ];
    let cases = cases.map(|(what, login, password)| (what, login.to_owned(), password.to_owned()));
    let bound = program(&home, "mail_server", Some(&neighbours.id)).token().to_owned();
    (cases.to_vec(), home.mail_server.token().to_owned(), bound)
}

#[test]
fn every_refusal_of_a_stranger_has_the_same_bytes() {
    let app = TestApp::start();
    let (cases, key, bound) = refusals(&app);
    let expected = bytes(&app, &key, "nobody@example.org", "anything");
    assert!(expected.starts_with("HTTP/1.1 200 OK\r\n"), "{expected}");
    assert!(
        expected.ends_with("\r\n\r\n{\"result\":\"reject\",\"reason\":\"invalid_credentials\"}"),
        "{expected}"
    );
    for (what, login, password) in &cases {
        assert_eq!(bytes(&app, &key, login, password), expected, "{what}");
        assert_eq!(bytes(&app, &bound, login, password), expected, "{what}, asked by a bound key");
    }
}

#[test]
fn what_was_dissolved_looks_like_what_never_was() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    let expected = bytes(&app, home.mail_server.token(), "nobody@example.org", "anything");
    home.operator.delete(&home.path("")).expect(204);
    let after = bytes(&app, home.mail_server.token(), &alice.login, &alice.password);
    assert_eq!(after, expected);
}
