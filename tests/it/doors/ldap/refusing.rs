//! Refusals: each the same bytes as every other, and no sooner.

use std::time::Duration;

use clientpass::config::Unknown;
use serde_json::json;

use super::{Scene, name, options};
use crate::support::ldap::{Ldap, bind};

/// What a connection is answered to its first request, byte for byte.
fn answered(ldap: &mut Ldap, name: &str, password: &str) -> Vec<u8> {
    ldap.send(bind(name, password));
    ldap.read_bytes().expect("the connection was closed")
}

/// Number 1, bind response, 49, no name, no text.
const REFUSED: [u8; 14] = [0x30, 12, 2, 1, 1, 0x61, 7, 10, 1, 49, 4, 0, 4, 0];

/// Names and passwords that are refused, each for another reason.
fn causes(scene: &Scene) -> Vec<(&'static str, String, String)> {
    let (alice, bob) = (scene.secured("alice"), scene.secured("bob"));
    let (asleep, gone) = (scene.home.member("asleep"), scene.home.member("gone"));
    scene.home.operator.patch(&asleep.path(""), &json!({"state": "suspended"})).expect(200);
    scene.home.operator.delete(&gone.path("")).expect(204);
    let (dead, imap) = (alice.issue("dead"), alice.issue_with(&json!({"label": "i", "protocols": ["imap"]})));
    alice.http.delete(&dead.path("")).expect(204);
    let guest = scene.home.external_member("guest");
    let operator = scene.home.operator.token().to_owned();
    let of = |login: &str| name(login, "imap");
    vec![
        ("a wrong one", of(&alice.login), "wrong".into()),
        ("no login", of("nobody@example.org"), "wrong".into()),
        ("no domain", of("nobody@example.test"), "wrong".into()),
        ("no address", "nonsense".into(), "wrong".into()),
        ("a name of another form", "uid=alice@example.org,dc=org".into(), dead.secret.clone()),
        ("no name", String::new(), "wrong".into()),
        ("revoked", of(&alice.login), dead.secret),
        ("another protocol", name(&alice.login, "pop3"), imap.secret.clone()),
        ("somebody else's", of(&bob.login), imap.secret),
        ("the account password", of(&alice.login), alice.password),
        ("suspended", of(&asleep.login), asleep.password),
        ("left", of(&gone.login), gone.password),
        ("who signs in elsewhere", of(&guest.login), "theirs".into()),
        ("empty", of(&alice.login), String::new()),
        ("too long", of(&alice.login), "x".repeat(1025)),
        ("a login too long", of(&"x".repeat(400)), "wrong".into()),
        ("no key", "cn=service-key".into(), "wrong".into()),
        ("an operator's key", "cn=service-key".into(), operator),
    ]
}

#[test]
fn all_refusals_are_the_same_bytes() {
    let scene = Scene::set();
    for (cause, name, password) in causes(&scene) {
        assert_eq!(answered(&mut scene.connect(), &name, &password), REFUSED, "{cause}");
    }
}

#[test]
fn a_login_that_another_source_may_know_is_refused_alike() {
    let mut options = options("");
    options.config.verify.unknown_login = Unknown::Defer;
    let scene = Scene::with(options);
    let name = name("nobody@example.org", "imap");
    assert_eq!(answered(&mut scene.connect(), &name, "wrong"), REFUSED);
}

/// What can be known without asking, that a password is empty or a key is none, is said at once.
#[test]
fn refusals_of_passwords_wait_whatever_their_cause() {
    const FLOOR: Duration = Duration::from_millis(50);
    let mut options = options("");
    options.config.verify.refusal_floor_ms = 50;
    let scene = Scene::with(options);
    let causes = causes(&scene);
    let waiting =
        causes.iter().filter(|(cause, ..)| !["empty", "no key", "an operator's key"].contains(cause));
    let mut lines = Vec::new();
    for (cause, name, password) in waiting {
        let mut ldap = scene.connect();
        ldap.send(bind(name, password));
        lines.push((cause, ldap));
        scene.wait_until_parked(FLOOR, lines.len());
    }
    scene.app.advance(Duration::from_millis(49));
    scene.wait_until_parked(FLOOR, lines.len());
    scene.app.advance(Duration::from_millis(1));
    for (cause, mut ldap) in lines {
        assert_eq!(ldap.read_bytes().as_deref(), Some(&REFUSED[..]), "{cause}");
    }
}

impl Scene {
    /// Waits until so many refusals wait, no more and no fewer.
    #[track_caller]
    pub fn wait_until_parked(&self, floor: Duration, count: usize) {
        let (_silent, silence) = std::sync::mpsc::channel::<()>();
        for _ in 0..100_000 {
            if self.app.time.sleepers_within(floor) == count {
                return;
            }
            // Leaves the processor to those who answer; nothing ever comes on this channel.
            assert!(silence.recv_timeout(Duration::from_micros(200)).is_err());
        }
        panic!("{} of {count} are waiting", self.app.time.sleepers_within(floor));
    }
}
