//! Prosody with the shipped module: the same answers to chat as to mail.

use std::time::Duration;

use serde_json::json;

use crate::support::actors::Installation;
use crate::support::clientpass::Clientpass;
use crate::support::mail_client::Told;
use crate::support::prosody::{self, Prosody, sign_in};
use crate::support::runnable;
use crate::support::server::Server;

/// Nothing where Prosody is not installed.
fn scene() -> Option<(Prosody, Clientpass, Installation)> {
    if !runnable(prosody::missing()) {
        return None;
    }
    let (mut clientpass, at) = Clientpass::installed();
    clientpass.restart_without_floor();
    let prosody = Prosody::start(&clientpass.url(), at.mail_server.token());
    Some((prosody, clientpass, at))
}

#[test]
fn prosody_tells_right_from_wrong_and_from_later() {
    let Some((prosody, mut clientpass, at)) = scene() else { return };
    let port = prosody.port;
    let log_in = move |_: &str, login: &str, password: &[u8]| sign_in(port, login, password);
    let server =
        Server::new("Prosody, verify", &["xmpp"], &log_in).asks_again_within(Duration::from_secs(10));
    server.holds(&mut clientpass, &at, 400);
}

/// While one waits for its answer, others are let in.
#[test]
fn who_waits_holds_nobody_up() {
    let Some((prosody, _clientpass, at)) = scene() else { return };
    let bob = at.member("bob");
    let alice = at.member("alice").secured(Clientpass::now());
    let phone = alice.issue("phone");
    std::thread::scope(|scope| {
        // Each is compared by Argon2, which takes a while.
        for n in 0..4 {
            let (port, login) = (prosody.port, &bob.login);
            scope.spawn(move || sign_in(port, login, format!("guess {n}").as_bytes()));
        }
        for _ in 0..20 {
            assert_eq!(sign_in(prosody.port, &alice.login, phone.secret.as_bytes()), Told::In);
        }
    });
}

#[test]
fn the_name_is_the_members_and_the_address_goes_along() {
    let Some((prosody, _clientpass, at)) = scene() else { return };
    let anna = at.member("anna+work").secured(Clientpass::now());
    let phone = anna.issue("phone");
    let told = |login: &str| sign_in(prosody.port, login, phone.secret.as_bytes());
    assert_eq!(["anna+work", "ANNA+work"].map(told), [Told::In; 2]);
    assert_eq!(["anna", "anna\\2bwork@x", "nobody"].map(told), [Told::WrongPassword; 3]);
    let seen = anna.http.get(&phone.path("")).expect(200).body["last_used"].clone();
    assert_eq!((&seen["ip"], &seen["protocol"]), (&json!("127.0.0.1"), &json!("xmpp")));

    // A name may have what an XMPP address has not, in the writing of XEP-0106.
    let odd = at.member("o'hara").secured(Clientpass::now());
    let hers = odd.issue("phone");
    assert_eq!(sign_in(prosody.port, "o\\27hara", hers.secret.as_bytes()), Told::In);
}

#[test]
fn a_key_that_has_ended_is_no_wrong_password_and_no_log_holds_a_secret() {
    let Some((prosody, _clientpass, at)) = scene() else { return };
    let alice = at.member("alice").secured(Clientpass::now());
    let phone = alice.issue("phone");
    let told = |password: &str| sign_in(prosody.port, &alice.login, password.as_bytes());
    assert_eq!([phone.secret.as_str(), "made up"].map(told), [Told::In, Told::WrongPassword]);
    let keys = at.operator.get("/v1/service-keys").expect(200);
    let key = keys.items().iter().find(|key| key["role"] == "mail_server").expect("no key of a mail server");
    at.operator.delete(&format!("/v1/service-keys/{}", key["id"].as_str().unwrap())).expect(204);
    assert_eq!([phone.secret.as_str(), "made up"].map(told), [Told::Later; 2]);
    let log = prosody.log();
    for secret in [phone.secret.as_str(), "made up", at.mail_server.token()] {
        assert!(!log.contains(secret), "a log holds {secret}:\n{log}");
    }
}
