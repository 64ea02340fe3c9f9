//! Dovecot asking by LDAP, with the shipped configuration, asked by mail clients that people have.

use std::net::{Ipv4Addr, TcpListener};

use serde_json::json;

use crate::support::actors::{Installation, Person};
use crate::support::clientpass::Clientpass;
use crate::support::dovecot::Dovecot;
use crate::support::mail_client::{
    self, Attempt, CurlImap, CurlPop3, EVERY_CLIENT, PythonImap, Told, python, python_within,
};
use crate::support::{dovecot, free_port, runnable, signal};

/// What Dovecot's next source of passwords knows: alice's account password as clientpass has it.
const NEXT_SOURCE: [(&str, &str); 1] = [("alice@example.org", "alice's password")];

/// A mail server in front of clientpass.
struct Scene {
    dovecot: Dovecot,
    clientpass: Clientpass,
    at: Installation,
}

impl Scene {
    fn set() -> Option<Self> {
        if !runnable(dovecot::missing().or_else(dovecot::missing_ldap).or_else(mail_client::missing)) {
            return None;
        }
        let (mut clientpass, at) = Clientpass::installed();
        let port = free_port();
        clientpass.restart_with(&format!("[doors.ldap]\nlisten = \"127.0.0.1:{port}\"\n"));
        let dovecot = Dovecot::start_on_ldap(&format!("ldap://127.0.0.1:{port}"), &NEXT_SOURCE);
        Some(Self { dovecot, clientpass, at })
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

#[test]
fn a_client_password_opens_the_mailbox_and_nothing_else_does() {
    let Some(scene) = Scene::set() else { return };
    let alice = scene.secured("alice");
    let (phone, lost) = (alice.issue("phone"), alice.issue("lost"));
    let imap = alice.issue_with(&json!({"label": "imap", "protocols": ["imap"]}));
    let here = alice.issue_with(&json!({"label": "here", "networks": ["127.0.0.0/8"]}));
    let there = alice.issue_with(&json!({"label": "there", "networks": ["192.0.2.0/24"]}));
    alice.http.delete(&lost.path("")).expect(204);
    scene.all_told(&alice.login, &phone.secret, Told::In);
    scene.all_told(&alice.login, &here.secret, Told::In);
    scene.all_told(&alice.login, &there.secret, Told::WrongPassword);
    scene.all_told(&alice.login, &lost.secret, Told::WrongPassword);
    // The next source knows this one, and is not asked.
    scene.all_told(&alice.login, &alice.password, Told::WrongPassword);
    scene.all_told("nobody@example.org", "made up", Told::WrongPassword);
    assert_eq!(CurlImap.logs_in(&scene.dovecot, &alice.login, &imap.secret), Told::In);
    assert_eq!(CurlPop3.logs_in(&scene.dovecot, &alice.login, &imap.secret), Told::WrongPassword);
}

#[test]
fn while_clientpass_is_gone_nobody_is_told_that_a_password_is_wrong() {
    let Some(mut scene) = Scene::set() else { return };
    let alice = scene.secured("alice");
    let phone = alice.issue("phone");
    scene.all_told(&alice.login, &phone.secret, Told::In);
    scene.clientpass.kill();
    scene.all_told(&alice.login, &phone.secret, Told::Later);
    scene.all_told(&alice.login, "made up", Told::Later);
    scene.all_told(&alice.login, &alice.password, Told::Later);
    scene.clientpass.start();
    scene.all_told(&alice.login, &phone.secret, Told::In);
    scene.all_told(&alice.login, "made up", Told::WrongPassword);
}

/// Dovecot gives up after a minute, which no setting of it or of libldap shortens (`TIMEOUT`, `NETWORK_TIMEOUT` and `TIMELIMIT`
/// of its ldaprc were tried), and says what it says of every fault.
#[test]
fn somebody_who_listens_and_says_nothing_is_waited_for_a_minute_and_is_no_wrong_password() {
    if !runnable(dovecot::missing().or_else(dovecot::missing_ldap).or_else(mail_client::missing)) {
        return;
    }
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("ldap://{}", silent.local_addr().unwrap());
    let mut kept = Vec::new();
    std::thread::spawn(move || kept.extend(silent.incoming()));
    let dovecot = Dovecot::start_on_ldap(&url, &NEXT_SOURCE);
    let [(login, password)] = NEXT_SOURCE;
    let one = Attempt { protocol: "imap", login, password, id: None };
    // A second for each of its steps, beside the minute.
    assert_eq!(python_within(&dovecot, 65, 1, &[one]), [Told::Later]);
}

/// Dovecot waits, and the mail client with it.
#[test]
fn who_asks_while_clientpass_stands_still_is_in_once_it_goes_on() {
    let Some(scene) = Scene::set() else { return };
    let alice = scene.secured("alice");
    let phone = alice.issue("phone");
    let pid = scene.clientpass.pid();
    assert!(signal(pid, "STOP"));
    let one = Attempt { protocol: "imap", login: &alice.login, password: &phone.secret, id: None };
    let told = std::thread::scope(|scope| {
        let told = scope.spawn(|| python(&scene.dovecot, 4, &[one; 4]));
        let early = crate::support::poll(std::time::Duration::from_secs(2), || told.is_finished());
        assert!(signal(pid, "CONT"));
        assert!(!early, "answered by whom?");
        told.join().unwrap()
    });
    assert_eq!(told, [Told::In; 4]);
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
