//! A real Dovecot that asks through the OAuth2 password grant, with the shipped files and no script.

use std::time::Duration;

use crate::support::actors::Installation;
use crate::support::clientpass::Clientpass;
use crate::support::dovecot::{self, CAROLS, Dovecot, NEXT_SOURCE};
use crate::support::mail_client::{EVERY_CLIENT, MailClient, Told};
use crate::support::server::Server;
use crate::support::{free_port, mail_client, plain, runnable};

struct Scene {
    dovecot: Dovecot,
    clientpass: Clientpass,
    at: Installation,
    /// Where the door is.
    door: u16,
}

impl Scene {
    /// Nothing where a mail server or a mail client is not installed.
    fn set() -> Option<Self> {
        if !runnable(dovecot::missing().or_else(mail_client::missing)) {
            return None;
        }
        let (mut clientpass, at) = Clientpass::installed();
        let door = free_port();
        clientpass.restart_with(&format!(
            "[verify]\nrefusal_floor_ms = 0\n[doors.oauth2]\nlisten = \"127.0.0.1:{door}\"\nrequire_key = true\n"
        ));
        let dovecot = Dovecot::start_with(&files(door, at.mail_server.token()), &NEXT_SOURCE);
        Some(Self { dovecot, clientpass, at, door })
    }

    fn told(&self, client: MailClient, login: &str, password: &str) -> Told {
        client.logs_in(&self.dovecot, login, password)
    }
}

/// The shipped files. Of one user from one address Dovecot lets only ten in at once.
fn files(door: u16, key: &str) -> Vec<(&'static str, String)> {
    let mut files = dovecot::shipped_grant(door, key);
    let (_, conf) = files.last_mut().unwrap();
    conf.push_str("mail_max_userip_connections = 1000\n");
    files
}

#[test]
fn dovecot_tells_right_from_wrong_and_from_later() {
    let Some(mut scene) = Scene::set() else { return };
    let ports = ["imap", "pop3"].map(|protocol| (protocol, scene.dovecot.port(protocol)));
    let log_in = move |protocol: &str, login: &str, password: &[u8]| {
        let (_, port) = ports.iter().find(|(of, _)| *of == protocol).unwrap();
        plain::log_in(protocol, *port, login, password)
    };
    let server = Server::new("Dovecot, OAuth2 grant", &["imap", "pop3"], &log_in);
    let server = server.asks_again_within(Duration::from_secs(60));
    server.holds(&mut scene.clientpass, &scene.at, 1_000);
    // Dovecot itself refuses tabs and 0x01, without asking.
    server.odd_passwords(&scene.at, &["\t", "\u{1}"], 1_100);
}

/// What is refused is final; only what clientpass leaves to it is asked of the next source, and in an outage nothing.
#[test]
fn only_what_clientpass_leaves_to_the_next_source_goes_there() {
    let Some(mut scene) = Scene::set() else { return };
    let alice = scene.at.member("alice").secured(Clientpass::now());
    let (phone, carol) = (alice.issue("phone"), scene.at.external_member("carol"));
    for client in EVERY_CLIENT {
        assert_eq!(scene.told(client, &alice.login, &phone.secret), Told::In, "{client:?}");
        assert_eq!(scene.told(client, &alice.login, &alice.password), Told::WrongPassword, "{client:?}");
        assert_eq!(scene.told(client, "nobody@example.org", "theirs"), Told::WrongPassword, "{client:?}");
        assert_eq!(scene.told(client, &carol.login, CAROLS), Told::In, "{client:?}");
        assert_eq!(scene.told(client, &carol.login, "made up"), Told::WrongPassword, "{client:?}");
    }
    scene.at.operator.put(&carol.path("/secure-login"), &serde_json::json!({"enabled": true})).expect(200);
    for client in EVERY_CLIENT {
        assert_eq!(scene.told(client, &carol.login, CAROLS), Told::WrongPassword, "{client:?}");
    }
    scene.clientpass.kill();
    for client in EVERY_CLIENT {
        assert_eq!(scene.told(client, &alice.login, &alice.password), Told::Later, "{client:?}");
    }
    let logs = scene.dovecot.log() + &scene.clientpass.log();
    for secret in [&phone.secret, &alice.password, CAROLS, scene.at.mail_server.token()] {
        assert!(!logs.contains(secret), "a log holds {secret}:\n{logs}");
    }
}

#[test]
fn a_mail_server_whose_key_has_been_taken_away_tells_nobody_that_a_password_is_wrong() {
    let Some(scene) = Scene::set() else { return };
    let alice = scene.at.member("alice").secured(Clientpass::now());
    let phone = alice.issue("phone");
    let keys = scene.at.operator.get("/v1/service-keys").expect(200);
    let key = keys.items().iter().find(|key| key["role"] == "mail_server").expect("no key of a mail server");
    scene.at.operator.delete(&format!("/v1/service-keys/{}", key["id"].as_str().unwrap())).expect(204);
    for client in EVERY_CLIENT {
        assert_eq!(scene.told(client, &alice.login, &phone.secret), Told::Later, "{client:?}");
        assert_eq!(scene.told(client, &alice.login, "made up"), Told::Later, "{client:?}");
    }
}

#[test]
fn the_shipped_files_let_a_login_with_a_plus_through() {
    let Some(scene) = Scene::set() else { return };
    let anna = scene.at.member("anna+work").secured(Clientpass::now());
    dovecot::lets_a_plus_in(&files(scene.door, scene.at.mail_server.token()), &anna);
}

/// What the README says of these lines.
#[test]
fn where_active_is_not_looked_at_whom_clientpass_leaves_to_the_next_source_is_refused_and_nobody_is_let_in() {
    let Some(scene) = Scene::set() else { return };
    let (alice, carol) =
        (scene.at.member("alice").secured(Clientpass::now()), scene.at.external_member("carol"));
    let phone = alice.issue("phone");
    let with = |changes: &[(&str, &str)]| {
        let mut files = files(scene.door, scene.at.mail_server.token());
        for (line, other) in changes {
            files[0].1 = crate::support::postfix::once(&files[0].1, line, other);
        }
        Dovecot::start_with(&files, &NEXT_SOURCE)
    };
    // 2.3 takes a line that is not there for the shipped one.
    let inactive = [
        ("active_attribute = active\n", "active_attribute =\n"),
        ("active_value = true\n", "active_value =\n"),
    ];
    let dovecot = with(&inactive);
    let told =
        |dovecot: &Dovecot, login: &str, password: &str| EVERY_CLIENT[0].logs_in(dovecot, login, password);
    assert_eq!(told(&dovecot, &alice.login, &phone.secret), Told::In);
    assert_eq!(told(&dovecot, &alice.login, &alice.password), Told::WrongPassword);
    assert_eq!(told(&dovecot, "nobody@example.org", "theirs"), Told::WrongPassword);
    assert_eq!(told(&dovecot, &carol.login, CAROLS), Told::WrongPassword);
    // Without the scope only 2.3 still keeps others out, by the login that no refusal has; without both, whatever is
    // answered lets in.
    let scope = ("scope = clientpass\n", "\n");
    let others = if dovecot::is_2_4() { Told::In } else { Told::WrongPassword };
    let dovecot = with(&[&inactive[..], &[scope]].concat());
    assert_eq!(told(&dovecot, &alice.login, "made up"), others);
    if !dovecot::is_2_4() {
        let dovecot =
            with(&[&inactive[..], &[scope, ("pass_attrs = user=%{oauth2:login}\n", "\n")]].concat());
        assert_eq!(told(&dovecot, &alice.login, "made up"), Told::In);
    }
}
