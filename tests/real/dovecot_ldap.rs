//! Dovecot asking by LDAP, with the shipped configuration, asked by mail clients that people have.

use std::time::Duration;

use serde_json::json;

use crate::support::actors::{Installation, Person};
use crate::support::clientpass::Clientpass;
use crate::support::dovecot::{Dovecot, NEXT_SOURCE};
use crate::support::mail_client::{self, CurlImap, CurlPop3, EVERY_CLIENT, PythonImap, Told};
use crate::support::server::Server;
use crate::support::{dovecot, free_port, plain, runnable};

/// A mail server in front of clientpass.
struct Scene {
    dovecot: Dovecot,
    clientpass: Clientpass,
    at: Installation,
    /// Of the door.
    url: String,
}

impl Scene {
    fn set() -> Option<Self> {
        if !runnable(dovecot::missing().or_else(dovecot::missing_ldap).or_else(mail_client::missing)) {
            return None;
        }
        let (mut clientpass, at) = Clientpass::installed();
        let port = free_port();
        clientpass.restart_with(&format!("[doors.ldap]\nlisten = \"127.0.0.1:{port}\"\n"));
        let url = format!("ldap://127.0.0.1:{port}");
        let dovecot = Dovecot::start_on_ldap(&url, &NEXT_SOURCE);
        Some(Self { dovecot, clientpass, at, url })
    }

    fn secured(&self, name: &str) -> Person {
        self.at.member(name).secured(Clientpass::now())
    }

    /// Fails unless every mail client is told this.
    #[track_caller]
    fn all_told(&self, login: &str, password: &str, expected: Told) {
        for client in EVERY_CLIENT {
            assert_eq!(
                client.logs_in(&self.dovecot, login, password),
                expected,
                "{client:?} with {password:?}"
            );
        }
    }
}

/// Of a clientpass that hangs Dovecot gives up after a minute, which no setting of it or of libldap shortens (`TIMEOUT`,
/// `NETWORK_TIMEOUT` and `TIMELIMIT` of its ldaprc were tried), and says what it says of every fault.
#[test]
fn dovecot_tells_right_from_wrong_and_from_later() {
    let Some(mut scene) = Scene::set() else { return };
    let dovecot = &scene.dovecot;
    // A second for each of its steps, beside the minute.
    let patience = Duration::from_secs(65);
    let log_in = |protocol: &str, login: &str, password: &[u8]| {
        plain::log_in_within(patience, protocol, dovecot.port(protocol), login, password)
    };
    let server = Server::new("Dovecot, LDAP", &["imap", "pop3"], &log_in).gives_up_within(patience);
    server.holds(&mut scene.clientpass, &scene.at, 200);
}

#[test]
fn a_client_password_opens_the_mailbox_and_nothing_else_does() {
    let Some(scene) = Scene::set() else { return };
    let alice = scene.secured("alice");
    let (phone, lost) = (alice.issue("phone"), alice.issue("lost"));
    alice.http.delete(&lost.path("")).expect(204);
    scene.all_told(&alice.login, &phone.secret, Told::In);
    scene.all_told(&alice.login, &lost.secret, Told::WrongPassword);
    // The next source knows this one, and is not asked.
    scene.all_told(&alice.login, &alice.password, Told::WrongPassword);
    scene.all_told("nobody@example.org", "made up", Told::WrongPassword);
}

#[test]
fn odd_letters_arrive_as_they_were_typed() {
    let Some(scene) = Scene::set() else { return };
    let bob = scene.at.member("bob");
    let awkward = r#"quote" back\slash 100%u {ä} €+&=/,'; <#>"#;
    scene.at.operator.put(&bob.path("/password"), &json!({"password": awkward})).expect(200);
    for client in [CurlImap, CurlPop3, PythonImap] {
        let told = |password: &str| client.logs_in(&scene.dovecot, &bob.login, password);
        if client != PythonImap {
            assert_eq!(told(awkward), Told::In, "{client:?}");
            assert_eq!(told(&awkward.replace('ä', "a")), Told::WrongPassword, "{client:?}");
        }
        assert_eq!(told("plain"), Told::WrongPassword, "{client:?}");
    }
}

#[test]
fn the_shipped_files_let_a_login_with_a_plus_through() {
    let Some(scene) = Scene::set() else { return };
    dovecot::lets_a_plus_in(&dovecot::shipped_ldap(&scene.url), &scene.secured("anna+work"));
}
