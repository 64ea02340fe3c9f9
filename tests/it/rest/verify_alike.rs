//! All refusals look alike to someone who does not hold the secret: the same bytes.

use serde_json::json;

use super::administration::{Neighbours, program, secured};
use super::raw::{exchange, post};
use crate::support::{Installation, Person, TestApp};

/// The bytes of an answer without what differs from request to request.
fn bytes(app: &TestApp, key: &str, login: &str, password: &str) -> String {
    bytes_from(app, key, login, password, "192.0.2.7")
}

/// The same, asked for a mail client at this address.
fn bytes_from(app: &TestApp, key: &str, login: &str, password: &str, ip: &str) -> String {
    let body = json!({"login": login, "password": password, "protocol": "imap", "client_ip": ip});
    let answer = exchange(app.address, post("/v1/verify", key, &body.to_string()).as_bytes());
    let (head, body) = answer.split_once("\r\n\r\n").expect("no answer");
    let mut lines: Vec<&str> = head.split("\r\n").collect();
    lines.retain(|line| !["date:", "x-request-id:"].iter().any(|name| line.to_lowercase().starts_with(name)));
    // The HTTP library shuffles the headers of each answer.
    lines[1..].sort_unstable();
    format!("{}\r\n\r\n{body}", lines.join("\r\n"))
}

/// Who is refused, each for another reason.
pub struct Refused {
    alice: Person,
    live: String,
    dead: String,
    bob: Person,
    plain: Person,
    nora: Person,
    asleep: Person,
    shut: Person,
    on: Person,
    gone: Person,
    lost: Person,
}

impl Refused {
    pub fn of(app: &TestApp, home: &Installation, neighbours: &Neighbours) -> Self {
        let (alice, bob) = (secured(app, home, "alice"), secured(app, home, "bob"));
        let (live, dead) = (alice.issue("Phone").secret, alice.issue("Tablet"));
        alice.http.delete(&dead.path("")).expect(204);
        let (plain, nora) = (home.member("plain"), neighbours.member(home, "nora").secured(app.time.wall()));
        let (asleep, shut) = (secured(app, home, "asleep"), home.external_member("shut"));
        for sleeper in [&asleep, &shut] {
            home.operator.patch(&sleeper.path(""), &json!({"state": "suspended"})).expect(200);
        }
        let on = home.external_member("on");
        home.operator.put(&on.path("/secure-login"), &json!({"enabled": true})).expect(200);
        let (gone, lost) = (home.member("gone"), secured(app, home, "lost"));
        home.operator.delete(&gone.path("")).expect(204);
        home.operator.delete(&lost.path("/second-factors")).expect(204);
        let dead = dead.secret;
        Self { alice, live, dead, bob, plain, nora, asleep, shut, on, gone, lost }
    }

    /// Logins and passwords of which a stranger must not learn why they are wrong.
    pub fn cases(&self) -> [(&'static str, &str, &str); 21] {
        let formed = "aaaaa-aaaaa-aaaaa-aaaaa-aaaaa-aaaab";
        [
            ("an unknown login", "nobody@example.org", "anything"),
            ("an unknown domain", "alice@elsewhere.example.test", "anything"),
            ("no address", "alice", "anything"),
            ("nothing", "", ""),
            ("a secret as login", &self.live, "anything"),
            ("an unknown login, what could be a client password", "nobody@example.org", formed),
            ("an unknown login, the client password of somebody", "nobody@example.org", &self.live),
            ("a wrong password", &self.alice.login, "anything"),
            ("no password", &self.alice.login, ""),
            ("what could be a client password", &self.alice.login, formed),
            ("the account password", &self.alice.login, &self.alice.password),
            ("a client password of somebody else", &self.bob.login, &self.live),
            ("a dead client password of somebody else", &self.bob.login, &self.dead),
            ("a wrong account password", &self.plain.login, "anything"),
            ("suspended", &self.asleep.login, "anything"),
            ("suspended, the account password", &self.asleep.login, &self.asleep.password),
            ("suspended, external", &self.shut.login, "anything"),
            ("external, secure login on", &self.on.login, "anything"),
            ("left", &self.gone.login, &self.gone.password),
            ("factors removed, a wrong password", &self.lost.login, "anything"),
            ("another organization, a wrong password", &self.nora.login, "anything"),
        ]
    }
}

#[test]
fn every_refusal_of_a_stranger_has_the_same_bytes() {
    let (app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let bound = program(&home, "mail_server", Some(&neighbours.id));
    let expected = bytes(&app, home.mail_server.token(), "nobody@example.org", "anything");
    assert!(expected.starts_with("HTTP/1.1 200 OK\r\n"), "{expected}");
    assert!(
        expected.ends_with("\r\n\r\n{\"result\":\"reject\",\"reason\":\"invalid_credentials\"}"),
        "{expected}"
    );
    for (what, login, password) in Refused::of(&app, &home, &neighbours).cases() {
        assert_eq!(bytes(&app, home.mail_server.token(), login, password), expected, "{what}");
        assert_eq!(bytes(&app, bound.token(), login, password), expected, "{what}, asked by a bound key");
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

/// Who tries on and on is told to come back later, whatever there is behind the login.
#[test]
fn the_throttle_does_not_tell_what_there_is_behind_a_login() {
    let (app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let refused = Refused::of(&app, &home, &neighbours);
    let statuses = |login: &str, password: &str, network: usize| -> Vec<String> {
        let ip = format!("198.51.{network}.7");
        // What comes again is no new guess, so that each is another, but for the first, which is what the case is about.
        let typed = |n| if n == 0 { password.to_owned() } else { format!("{password} {n}") };
        let answer = |n| bytes_from(&app, home.mail_server.token(), login, &typed(n), &ip);
        (0..14).map(|n| answer(n).lines().next().unwrap_or_default().to_owned()).collect()
    };
    let expected = statuses("somebody@example.org", "anything", 100);
    assert!(expected[0].contains("200") && expected[13].contains("503"), "{expected:?}");
    for (network, (what, login, password)) in refused.cases().into_iter().enumerate() {
        // Each login is known to the throttle by what the cases before have tried.
        app.advance(std::time::Duration::from_secs(3_600));
        assert_eq!(statuses(login, password, network), expected, "{what}");
    }
}
