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
        Some(Self { dovecot, clientpass, at })
    }

    fn told(&self, client: MailClient, login: &str, password: &str) -> Told {
        client.logs_in(&self.dovecot, login, password)
    }
}

/// The shipped files with the two changes their reader makes.
fn files(door: u16, key: &str) -> [(&'static str, String); 2] {
    let conf = dovecot::shipped(
        "dovecot/oauth2-grant-2.3.conf",
        &[("args = /etc/dovecot/clientpass-oauth2.conf.ext", "args = DIR/clientpass-oauth2.conf.ext")],
    );
    // Of one user from one address Dovecot lets only ten in at once.
    let conf = conf + "mail_max_userip_connections = 1000\n";
    let ext = dovecot::shipped(
        "dovecot/oauth2-grant-2.3.conf.ext",
        &[
            ("http://127.0.0.1:8602/", &format!("http://127.0.0.1:{door}/")),
            ("#client_secret = cpk_...", &format!("client_secret = {key}")),
        ],
    );
    [("clientpass.conf", conf), ("clientpass-oauth2.conf.ext", ext)]
}

#[test]
fn dovecot_tells_right_from_wrong_and_from_later() {
    let Some(mut scene) = Scene::set() else { return };
    let ports = ["imap", "pop3"].map(|protocol| (protocol, scene.dovecot.port(protocol)));
    let log_in = move |protocol: &str, login: &str, password: &[u8]| {
        let (_, port) = ports.iter().find(|(of, _)| *of == protocol).unwrap();
        plain::log_in(protocol, *port, login, password)
    };
    let server = Server { protocols: &["imap", "pop3"], log_in: &log_in, patience: Duration::from_secs(60) };
    server.verdicts(&scene.at);
    // Dovecot itself refuses tabs and 0x01, without asking.
    server.odd_passwords(&scene.at, &["\t", "\u{1}"], 1_100);
    server.outages(&mut scene.clientpass, &scene.at);
}

#[test]
fn a_thousand_logins_through_the_grant_are_all_told_the_right_thing() {
    let Some(scene) = Scene::set() else { return };
    let log_in = |protocol: &str, login: &str, password: &[u8]| {
        plain::log_in(protocol, scene.dovecot.port(protocol), login, password)
    };
    Server { protocols: &["pop3"], log_in: &log_in, patience: Duration::from_secs(60) }
        .crowd(&scene.at, 1_000);
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
