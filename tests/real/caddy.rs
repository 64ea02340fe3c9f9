//! Caddy's `forward_auth` in front of an application, with the shipped file, over a unix socket of clientpass.

use serde_json::json;
use tempfile::TempDir;

use crate::support::actors::Installation;
use crate::support::caddy::{self, Caddy};
use crate::support::clientpass::Clientpass;
use crate::support::mail_client::Told;
use crate::support::web::{self, Application, Asked, Got, get, told};
use crate::support::{free_port, runnable};

struct Scene {
    caddy: Caddy,
    front: u16,
    application: Application,
    clientpass: Clientpass,
    at: Installation,
    /// Of the unix socket.
    _folder: TempDir,
}

impl Scene {
    /// Nothing where Caddy is not installed.
    fn set() -> Option<Self> {
        if !runnable(caddy::missing()) {
            return None;
        }
        let (mut clientpass, at) = Clientpass::installed();
        let folder = TempDir::with_prefix("clientpass-socket-").unwrap();
        let socket = folder.path().join("door").display().to_string();
        clientpass.restart_with(&format!(
            "[verify]\nrefusal_floor_ms = 0\n[doors.forward_auth]\nlisten = \"unix:{socket}\"\nrequire_key = true\n"
        ));
        let (front, application) = (free_port(), Application::start());
        let behind = format!("reverse_proxy 127.0.0.1:{}", application.port);
        // An error of another kind, which stays what it is.
        let behind = format!("error /dav/gone 410\n\t\t{behind}");
        let changes = [("reverse_proxy 127.0.0.1:5232", behind.as_str())];
        let file = caddy::shipped(&format!("unix/{socket}"), at.mail_server.token(), front, &changes);
        let caddy = Caddy::start(&file, front);
        Some(Self { caddy, front, application, clientpass, at, _folder: folder })
    }

    fn get(&self, path: &str, login: &str, password: &[u8], headers: &[(&str, &str)]) -> Got {
        get(self.front, "GET", path, Some((login, password)), headers, "")
    }

    /// What the application was asked last.
    fn asked(&self) -> Asked {
        self.application.asked().pop().expect("nothing came to the application")
    }
}

#[test]
fn caddy_tells_right_from_wrong_and_from_later() {
    let Some(mut scene) = Scene::set() else { return };
    web::tells_right_from_wrong_and_from_later(
        "Caddy, forward_auth",
        scene.front,
        &mut scene.clientpass,
        &scene.at,
    );
}

#[test]
fn the_application_is_told_who_it_is_and_never_a_password() {
    let Some(scene) = Scene::set() else { return };
    let alice = scene.at.member("alice").secured(Clientpass::now());
    let phone = alice.issue("phone");
    let without = get(scene.front, "GET", "/dav/page", None, &[], "");
    assert_eq!(told(&without), Told::WrongPassword);
    assert!(scene.application.asked().is_empty(), "who says nothing is not let through");
    // The body is for the application, not for clientpass.
    let by = Some((alice.login.as_str(), phone.secret.as_bytes()));
    let written = get(scene.front, "PUT", "/dav/new", by, &[], &"long ".repeat(500_000));
    assert_eq!((told(&written), scene.asked().length), (Told::In, 2_500_000));
    assert!(scene.asked().head.starts_with("put /dav/new "), "{}", scene.asked().head);
    // What is no outage stays what it is.
    assert_eq!(scene.get("/dav/gone", &alice.login, phone.secret.as_bytes(), &[]).status, 410);
    let logs = scene.caddy.log() + &scene.clientpass.log();
    assert!(!logs.contains(&phone.secret), "{logs}");
}

#[test]
fn a_client_cannot_say_what_only_the_proxy_may() {
    let Some(scene) = Scene::set() else { return };
    let alice = scene.at.member("alice").secured(Clientpass::now());
    let phone = alice.issue("phone");
    let there = alice.issue_with(&json!({"label": "there", "networks": ["192.0.2.0/24"]}));
    let calendar = alice.issue_with(&json!({"label": "calendar", "protocols": ["caldav"]}));
    let forged = [
        ("X-Remote-User", "bob@example.org"),
        ("X_Remote_User", "bob@example.org"),
        ("X-Remote_User", "bob@example.org"),
        ("X-Real-IP", "192.0.2.7"),
        ("X-Forwarded-For", "192.0.2.7"),
        ("X-Clientpass-Protocol", "caldav"),
        ("X-Clientpass-Login", "bob@example.org"),
        ("X-Clientpass-Key", "cpk_wrong"),
        // What is named here a proxy drops before it asks.
        ("Connection", "close, X-Real-IP, X-Clientpass-Protocol, X-Remote-User, Authorization"),
    ];
    let status = |password: &str| scene.get("/dav/page", &alice.login, password.as_bytes(), &forged).status;
    assert_eq!([there.secret.as_str(), &calendar.secret, "wrong"].map(status), [401; 3]);
    assert!(scene.application.asked().is_empty());

    let got = scene.get("/dav/page", "ALICE@example.org", phone.secret.as_bytes(), &forged);
    assert_eq!(told(&got), Told::In);
    let asked = scene.asked();
    assert_eq!(asked.header("x-remote-user"), ["alice@example.org"]);
    assert!(!asked.head.contains("bob") && !asked.head.contains("authorization"), "{}", asked.head);
    assert!(!asked.head.contains("cpk_") && !asked.head.contains(&phone.secret), "{}", asked.head);
    let seen = alice.http.get(&phone.path("")).expect(200).body["last_used"].clone();
    assert_eq!((&seen["ip"], &seen["protocol"]), (&json!("127.0.0.1"), &json!("webdav")));
}

/// The question has no protocol, which is the operator's fault.
#[test]
fn a_path_that_has_no_protocol_is_closed() {
    let Some(scene) = Scene::set() else { return };
    let alice = scene.at.member("alice").secured(Clientpass::now());
    let phone = alice.issue("phone");
    let got = scene.get(
        "/other/page",
        &alice.login,
        phone.secret.as_bytes(),
        &[("X-Clientpass-Protocol", "webdav")],
    );
    assert_eq!(got.status, 503, "{}", got.body);
    assert!(scene.application.asked().is_empty());
}

#[test]
fn nothing_is_remembered_of_an_answer() {
    let Some(scene) = Scene::set() else { return };
    let (alice, bob) = (scene.at.member("alice"), scene.at.member("bob").secured(Clientpass::now()));
    let alice = alice.secured(Clientpass::now());
    let (phone, bobs) = (alice.issue("phone"), bob.issue("phone"));
    let page = |login: &str, secret: &str| told(&scene.get("/dav/page", login, secret.as_bytes(), &[]));
    for _ in 0..3 {
        assert_eq!(page(&alice.login, &phone.secret), Told::In);
    }
    alice.http.delete(&phone.path("")).expect(204);
    assert_eq!(page(&alice.login, &phone.secret), Told::WrongPassword);
    assert_eq!(page(&bob.login, &bobs.secret), Told::In);
    assert_eq!(scene.asked().header("x-remote-user"), ["bob@example.org"]);
}
