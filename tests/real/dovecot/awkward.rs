//! Bytes that something on the way could take for its own: they arrive as they were typed, or are refused cleanly.

use serde_json::json;

use super::Scene;
use crate::support::dovecot;
use crate::support::mail_client::{Attempt, Told, python};

const PROTOCOLS: [&str; 4] = ["imap", "pop3", "submission", "sieve"];

#[test]
fn every_character_of_a_password_arrives_by_every_service() {
    let Some(scene) = Scene::set() else { return };
    let bob = scene.at.member("bob");
    let ascii: String = (b' '..=b'~').map(char::from).collect();
    let awkward = format!("{ascii}\u{e4}\u{20ac}\u{1f600} %u %{{user}}");
    scene.at.operator.put(&bob.path("/password"), &json!({"password": awkward})).expect(200);
    let other = awkward.replace('\u{e4}', "a");
    let attempt = |protocol, password| Attempt { protocol, login: &bob.login, password, id: None };
    for protocol in PROTOCOLS {
        let told = python(&scene.dovecot, 1, &[attempt(protocol, &awkward), attempt(protocol, &other)]);
        assert_eq!(told, [Told::In, Told::WrongPassword], "{protocol}");
    }
}

#[test]
fn every_character_of_a_login_arrives_by_every_service() {
    let Some(scene) = Scene::set() else { return };
    // All that a mail address may have, but the slash, which Dovecot makes a folder of.
    let dave =
        scene.at.member("d.!#$%&'*+=?^_`{|}~-u").secured(crate::support::clientpass::Clientpass::now());
    let phone = dave.issue("phone");
    let attempt = |protocol, login| Attempt { protocol, login, password: &phone.secret, id: None };
    for protocol in PROTOCOLS {
        assert_eq!(python(&scene.dovecot, 1, &[attempt(protocol, &dave.login)]), [Told::In], "{protocol}");
        let strangers =
            ["q\"b\\s@example.org", "with space@example.org", "\u{e4}@example.org", "%u@example.org"];
        let told = python(&scene.dovecot, 4, &strangers.map(|login| attempt(protocol, login)));
        assert_eq!(told, [Told::WrongPassword; 4], "{protocol}");
    }
}

#[test]
fn the_shipped_files_let_a_login_with_a_plus_through() {
    let Some(scene) = Scene::set() else { return };
    let files = dovecot::shipped_lua(&scene.clientpass.url(), scene.at.mail_server.token());
    dovecot::lets_a_plus_in(&files, &scene.secured("anna+work"));
}

/// Dovecot refuses them itself: clientpass, which is stopped, is not asked.
#[test]
fn control_characters_are_refused_cleanly() {
    let Some(mut scene) = Scene::set() else { return };
    let bob = scene.secured("bob");
    scene.clientpass.stop();
    let attempt = |login, password| Attempt { protocol: "imap", login, password, id: None };
    let told = python(
        &scene.dovecot,
        4,
        &[
            attempt(&bob.login, "with\ttab and more"),
            attempt(&bob.login, "with\u{1}one and more"),
            attempt(&bob.login, "with neither"),
        ],
    );
    assert_eq!(told, [Told::WrongPassword, Told::WrongPassword, Told::Later]);
}
