//! nginx's mail proxy in front of a real Dovecot (IMAP, POP3) and of a mail server that takes whatever it is given
//! (SMTP).

use std::fs;

use crate::support::actors::Installation;
use crate::support::clientpass::Clientpass;
use crate::support::dovecot::Dovecot;
use crate::support::mail_client::{CurlImap, CurlPop3, Told};
use crate::support::nginx::{self, Nginx};
use crate::support::server::Server;
use crate::support::smtp::Backend;
use crate::support::{dovecot, free_port, mail_client, plain, runnable};

/// What nginx signs in with at the mail servers behind it.
const BACKEND: &str = "backend-secret";
const EVERY_PROTOCOL: [&str; 3] = ["imap", "pop3", "smtp"];

/// Dovecot as it stands behind nginx: one password for all, and nobody is punished for what comes through a proxy.
const BEHIND: &str = "\
passdb {
  driver = static
  args = password=backend-secret
}
login_trusted_networks = 127.0.0.0/8
mail_max_userip_connections = 1000
";

/// nginx in front of mail servers, with clientpass beside it.
struct Scene {
    nginx: Nginx,
    ports: [u16; 3],
    backend: Backend,
    dovecot: Dovecot,
    clientpass: Clientpass,
    at: Installation,
}

impl Scene {
    /// Nothing where something is not installed.
    fn set() -> Option<Self> {
        if !runnable(nginx::missing().or_else(dovecot::missing).or_else(mail_client::missing)) {
            return None;
        }
        let (mut clientpass, at) = Clientpass::installed();
        let dovecot = Dovecot::start_with(&[("clientpass.conf", BEHIND.to_owned())], &[]);
        let (backend, door) = (Backend::start(), free_port());
        clientpass.restart_with(&section(&clientpass, door, &dovecot, &backend));
        let ports = [free_port(), free_port(), free_port()];
        let shipped = nginx::shipped(
            "nginx-mail/clientpass-mail.conf",
            &[("auth_http 127.0.0.1:8603/;", &format!("auth_http 127.0.0.1:{door}/;"))],
        );
        let servers = EVERY_PROTOCOL
            .iter()
            .zip(ports)
            .map(|(protocol, port)| format!("server {{ listen 127.0.0.1:{port}; protocol {protocol}; }}\n"));
        let mail = format!(
            "mail {{\nserver_name mail.example.org;\ninclude clientpass-mail.conf;\n{}}}\n",
            servers.collect::<String>()
        );
        let nginx = Nginx::start(&mail, &[("clientpass-mail.conf", shipped)], &ports);
        Some(Self { nginx, ports, backend, dovecot, clientpass, at })
    }

    fn port(&self, protocol: &str) -> u16 {
        self.ports[EVERY_PROTOCOL.iter().position(|one| *one == protocol).unwrap()]
    }
}

/// The doors, with the password of the mail servers behind in a file.
fn section(clientpass: &Clientpass, door: u16, dovecot: &Dovecot, backend: &Backend) -> String {
    let file = clientpass.beside("backend-password");
    fs::write(&file, format!("{BACKEND}\n")).unwrap();
    let route = |(protocol, port): (&str, u16)| {
        format!(
            "[[doors.nginx_mail.routes]]\nprotocol = \"{protocol}\"\nserver = \"127.0.0.1\"\nport = {port}\n\
             backend_password_file = \"{}\"\n",
            file.display()
        )
    };
    let routes = [("imap", dovecot.port("imap")), ("pop3", dovecot.port("pop3")), ("smtp", backend.port)];
    let routes = routes.map(route).concat();
    format!("[verify]\nrefusal_floor_ms = 0\n[doors.nginx_mail]\nlisten = \"127.0.0.1:{door}\"\n{routes}")
}

#[test]
fn nginx_tells_right_from_wrong_and_from_later() {
    let Some(mut scene) = Scene::set() else { return };
    let ports = scene.ports;
    let log_in = move |protocol: &str, login: &str, password: &[u8]| {
        let at = EVERY_PROTOCOL.iter().position(|one| *one == protocol).unwrap();
        plain::log_in(protocol, ports[at], login, password)
    };
    let server = Server::new("nginx, auth_http", &EVERY_PROTOCOL, &log_in);
    server.holds(&mut scene.clientpass, &scene.at, 1_000);
    // Of POP3 nginx reads no line of more than 128 bytes.
    server.odd_passwords(&scene.at, &[], 70);
}

#[test]
fn people_have_their_mail_through_nginx_and_their_passwords_stay_in_front_of_it() {
    let Some(scene) = Scene::set() else { return };
    let alice = scene.at.member("alice").secured(Clientpass::now());
    let phone = alice.issue("phone");
    for client in [CurlImap, CurlPop3] {
        let told = |password: &str| client.logs_in_at(scene.port(client.protocol()), &alice.login, password);
        assert_eq!(told(&phone.secret), Told::In, "{client:?}");
        assert_eq!(told(&alice.password), Told::WrongPassword, "{client:?}");
    }
    assert_eq!(
        plain::log_in("smtp", scene.port("smtp"), "ALICE@example.org", phone.secret.as_bytes()),
        Told::In
    );
    // Signed in there under the login in its own writing, with what nginx alone knows.
    assert_eq!(scene.backend.signed_in(), [format!("\0{}\0{BACKEND}", alice.login)]);
    let logs = scene.dovecot.log() + &scene.nginx.log() + &scene.clientpass.log();
    for secret in [&phone.secret, &alice.password, BACKEND] {
        assert!(!logs.contains(secret), "a log holds {secret}:\n{logs}");
    }
}

/// A connection may be used again after a wrong password, twice.
#[test]
fn a_mail_client_may_try_again_on_its_connection() {
    let Some(scene) = Scene::set() else { return };
    let alice = scene.at.member("alice").secured(Clientpass::now());
    let phone = alice.issue("phone");
    let wrong = "1 LOGIN alice@example.org wrong";
    let right = format!("2 LOGIN alice@example.org {}", phone.secret);
    let said = plain::converse(scene.port("imap"), &[wrong, wrong, &right, "3 LOGOUT"]);
    assert!(said.contains("1 NO [AUTHENTICATIONFAILED]") && said.contains("2 OK"), "{said}");
    let said = plain::converse(scene.port("imap"), &[wrong, wrong, wrong, &right]);
    assert!(said.matches("1 NO [AUTHENTICATIONFAILED]").count() == 3 && !said.contains("2 OK"), "{said}");
}

/// nginx says nothing of it, and is told whose the password is.
#[test]
fn who_says_that_they_act_for_somebody_else_are_themselves() {
    let Some(scene) = Scene::set() else { return };
    let alice = scene.at.member("alice").secured(Clientpass::now());
    let phone = alice.issue("phone");
    let port = scene.port("smtp");
    let told =
        |login: &str| plain::log_in_for("bob@example.org", "smtp", port, login, phone.secret.as_bytes());
    assert_eq!(told(&alice.login), Told::In);
    assert_eq!(scene.backend.signed_in(), [format!("\0{}\0{BACKEND}", alice.login)]);
    assert_eq!(told("bob@example.org"), Told::WrongPassword);
}
