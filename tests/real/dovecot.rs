//! Dovecot with the shipped configuration, asked by mail clients that people have.

use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::support::actors::{Installation, Person};
use crate::support::clientpass::Clientpass;
use crate::support::dovecot::{CAROLS, Dovecot, NEXT_SOURCE};
use crate::support::mail_client::{
    self, Attempt, CurlImap, CurlPop3, EVERY_CLIENT, MailClient, PythonPop3, Told, python,
};
use crate::support::server::Server;
use crate::support::{dovecot, plain, runnable};

mod awkward;
mod services;

/// A mail server in front of clientpass.
struct Scene {
    dovecot: Dovecot,
    clientpass: Clientpass,
    at: Installation,
}

impl Scene {
    /// Nothing where a mail server or a mail client is not installed.
    fn set() -> Option<Self> {
        if !runnable(dovecot::missing().or_else(mail_client::missing)) {
            return None;
        }
        let (clientpass, at) = Clientpass::installed();
        let dovecot = Dovecot::start(&clientpass.url(), at.mail_server.token(), &NEXT_SOURCE);
        Some(Self { dovecot, clientpass, at })
    }

    /// A member who signs in here and has secure login on.
    fn secured(&self, name: &str) -> Person {
        self.at.member(name).secured(Clientpass::now())
    }

    /// What a mail client is told about a password of this member.
    fn told(&self, client: MailClient, person: &Person, password: &str) -> Told {
        client.logs_in(&self.dovecot, &person.login, password)
    }

    /// What each of [`EVERY_CLIENT`] is told, all logging in at the same time.
    fn each_told(&self, login: &str, password: &str) -> [Told; 4] {
        let dovecot = &self.dovecot;
        thread::scope(|scope| {
            EVERY_CLIENT
                .map(|client| scope.spawn(move || client.logs_in(dovecot, login, password)))
                .map(|told| told.join().unwrap())
        })
    }

    /// Fails unless every mail client is told this.
    #[track_caller]
    fn all_told(&self, person: &Person, password: &str, expected: Told) {
        assert_eq!(
            self.each_told(&person.login, password),
            [expected; 4],
            "{EVERY_CLIENT:?} with {password:?}"
        );
    }
}

#[test]
fn dovecot_tells_right_from_wrong_and_from_later() {
    let Some(mut scene) = Scene::set() else { return };
    let dovecot = &scene.dovecot;
    let log_in = |protocol: &str, login: &str, password: &[u8]| {
        plain::log_in(protocol, dovecot.port(protocol), login, password)
    };
    // The script of Dovecot gives up after three seconds, mail clients after twenty.
    let server = Server::new("Dovecot, verify by Lua", &["imap", "pop3", "smtp", "sieve"], &log_in)
        .gives_up_within(Duration::from_secs(9));
    server.holds(&mut scene.clientpass, &scene.at, 1_000);
}

#[test]
fn while_secure_login_is_on_a_client_password_opens_the_mailbox_and_the_account_password_does_not() {
    let Some(scene) = Scene::set() else { return };
    let (bob, dave) = (scene.secured("bob"), scene.secured("dave"));
    let (phone, daves) = (bob.issue("phone"), dave.issue("phone"));
    scene.all_told(&dave, &daves.secret, Told::In);
    scene.all_told(&bob, &phone.secret, Told::In);
    scene.all_told(&bob, &bob.password, Told::WrongPassword);
    scene.all_told(&bob, "made up", Told::WrongPassword);
    // Of dave: a mail server hears of no more than ten wrong ones of one login from one place.
    scene.all_told(&dave, &phone.secret, Told::WrongPassword);
    let retyped = phone.secret.replace('-', " ").to_uppercase();
    scene.all_told(&bob, &retyped, Told::In);
}

#[test]
fn a_revoked_client_password_is_out_at_the_very_next_login() {
    let Some(scene) = Scene::set() else { return };
    let bob = scene.secured("bob");
    let kept = bob.issue("kept");
    for client in EVERY_CLIENT {
        let lost = bob.issue("lost phone");
        assert_eq!(scene.told(client, &bob, &lost.secret), Told::In, "{client:?}");
        bob.http.delete(&lost.path("")).expect(204);
        assert_eq!(scene.told(client, &bob, &lost.secret), Told::WrongPassword, "{client:?}");
    }
    scene.all_told(&bob, &kept.secret, Told::In);
    // Why is for the mail server's log, not for the mail client.
    assert!(scene.dovecot.log().contains("refused bob@example.org: revoked"), "{}", scene.dovecot.log());
}

#[test]
fn a_refusal_is_final_although_the_next_source_knows_the_password() {
    let Some(scene) = Scene::set() else { return };
    let alice = scene.secured("alice");
    scene.all_told(&alice, &alice.password, Told::WrongPassword);
    assert_eq!(scene.each_told("nobody@example.org", "theirs"), [Told::WrongPassword; 4]);
}

#[test]
fn a_member_who_signs_in_elsewhere_is_left_to_the_next_source_until_secure_login_is_on() {
    let Some(scene) = Scene::set() else { return };
    let carol = scene.at.external_member("carol");
    scene.all_told(&carol, CAROLS, Told::In);
    scene.all_told(&carol, "made up", Told::WrongPassword);
    scene.at.operator.put(&carol.path("/secure-login"), &json!({"enabled": true})).expect(200);
    scene.all_told(&carol, CAROLS, Told::WrongPassword);
}

#[test]
fn while_clientpass_is_stopped_nobody_is_told_that_a_password_is_wrong() {
    let Some(mut scene) = Scene::set() else { return };
    let alice = scene.secured("alice");
    let (phone, lost) = (alice.issue("phone"), alice.issue("lost phone"));
    alice.http.delete(&lost.path("")).expect(204);
    scene.all_told(&alice, &phone.secret, Told::In);
    scene.clientpass.stop();
    scene.all_told(&alice, &phone.secret, Told::Later);
    scene.all_told(&alice, "made up", Told::Later);
    // Nor does the next source decide, which knows this one.
    scene.all_told(&alice, &alice.password, Told::Later);
    scene.clientpass.start();
    scene.all_told(&alice, &phone.secret, Told::In);
    scene.all_told(&alice, &lost.secret, Told::WrongPassword);
}

#[test]
fn after_a_long_outage_everybody_is_in_at_once_without_touching_dovecot() {
    let Some(mut scene) = Scene::set() else { return };
    let bob = scene.secured("bob");
    let phone = bob.issue("phone");
    scene.clientpass.stop();
    // So many that Dovecot's HTTP client, left to itself, would not connect again for most of a minute.
    let one = Attempt { protocol: "imap", login: &bob.login, password: &phone.secret, id: None };
    assert_eq!(python(&scene.dovecot, 4, &[one; 48]), [Told::Later; 48]);
    scene.clientpass.start();
    assert_eq!(python(&scene.dovecot, 4, &[one; 8]), [Told::In; 8]);
}

#[test]
fn a_mail_server_whose_key_has_been_taken_away_tells_nobody_that_a_password_is_wrong() {
    let Some(scene) = Scene::set() else { return };
    let bob = scene.secured("bob");
    let phone = bob.issue("phone");
    let keys = scene.at.operator.get("/v1/service-keys").expect(200);
    let key = keys.items().iter().find(|key| key["role"] == "mail_server").expect("no key of a mail server");
    scene.at.operator.delete(&format!("/v1/service-keys/{}", key["id"].as_str().unwrap())).expect(204);
    scene.all_told(&bob, &phone.secret, Told::Later);
    scene.all_told(&bob, "made up", Told::Later);
}

#[test]
fn a_member_sees_which_mail_client_used_a_client_password() {
    let Some(scene) = Scene::set() else { return };
    let bob = scene.secured("bob");
    let phone = bob.issue("phone");
    let used = || bob.http.get(&phone.path("")).expect(200).body["last_used"].clone();
    assert_eq!(used(), json!(null));
    let id = Some(r#"("name" "TestMail" "version" "9.1")"#);
    let one = Attempt { protocol: "imap", login: &bob.login, password: &phone.secret, id };
    assert_eq!(python(&scene.dovecot, 1, &[one]), [Told::In]);
    let seen = used();
    assert_eq!(
        (&seen["protocol"], &seen["ip"], &seen["client"]),
        (&json!("imap"), &json!("127.0.0.1"), &json!("TestMail 9.1"))
    );
    assert_eq!(scene.told(CurlPop3, &bob, &phone.secret), Told::In);
    let seen = used();
    assert_eq!((&seen["protocol"], &seen["client"]), (&json!("pop3"), &json!(null)));
}

#[test]
fn an_account_password_with_awkward_letters_arrives_as_it_was_typed() {
    let Some(scene) = Scene::set() else { return };
    let bob = scene.at.member("bob");
    let awkward = r#"quote" back\slash 100%u {ä} €+&=/,'"#;
    scene.at.operator.put(&bob.path("/password"), &json!({"password": awkward})).expect(200);
    for client in [CurlImap, CurlPop3] {
        assert_eq!(scene.told(client, &bob, awkward), Told::In, "{client:?}");
        assert_eq!(scene.told(client, &bob, &awkward.replace('ä', "a")), Told::WrongPassword, "{client:?}");
    }
}

#[test]
fn no_log_holds_a_password() {
    let Some(mut scene) = Scene::set() else { return };
    let bob = scene.secured("bob");
    let (phone, lost) = (bob.issue("phone"), bob.issue("lost phone"));
    bob.http.delete(&lost.path("")).expect(204);
    let passwords = [&phone.secret, &lost.secret, &bob.password, &"guessed at".to_owned()];
    let told = passwords.map(|password| scene.told(CurlImap, &bob, password));
    assert_eq!(told, [Told::In, Told::WrongPassword, Told::WrongPassword, Told::WrongPassword]);
    scene.clientpass.stop();
    assert_eq!(passwords.map(|password| scene.told(PythonPop3, &bob, password)), [Told::Later; 4]);
    let logs = scene.dovecot.log() + &scene.clientpass.log();
    assert!(logs.contains("refused bob@example.org: revoked") && logs.contains("no answer from"), "{logs}");
    for password in passwords {
        for written in [password.clone(), password.replace('-', "")] {
            assert!(!logs.contains(&written), "a log holds {written}:\n{logs}");
        }
    }
}
