//! Cyrus saslauthd with the shipped configuration, asked as Cyrus IMAP asks it.

use std::fs;

use serde_json::json;

use crate::doctor::found;
use crate::support::actors::{Installation, Person};
use crate::support::clientpass::Clientpass;
use crate::support::mail_client::Told;
use crate::support::saslauthd::{self, Saslauthd};
use crate::support::server::Server;
use crate::support::{free_port, runnable};

/// Binds at once as the name that it makes, without a search before. Nobody should, and some do.
const FASTBIND: &str = "ldap_auth_method: fastbind\nldap_filter: uid=%u,service=%s,dc=clientpass\n";

/// A saslauthd in front of clientpass.
struct Scene {
    saslauthd: Saslauthd,
    clientpass: Clientpass,
    at: Installation,
}

impl Scene {
    fn set(changed: &str) -> Option<Self> {
        Self::set_with(changed, &[])
    }

    /// With options of saslauthd.
    fn set_with(changed: &str, options: &[&str]) -> Option<Self> {
        if !runnable(saslauthd::missing()) {
            return None;
        }
        let (mut clientpass, at) = Clientpass::installed();
        let port = free_port();
        clientpass.restart_with(&format!("[doors.ldap]\nlisten = \"127.0.0.1:{port}\"\n"));
        let url = format!("ldap://127.0.0.1:{port}");
        let saslauthd = Saslauthd::start_with(&url, at.mail_server.token(), changed, options);
        Some(Self { saslauthd, clientpass, at })
    }

    fn secured(&self, name: &str) -> Person {
        self.at.member(name).secured(Clientpass::now())
    }
}

#[test]
fn saslauthd_tells_right_from_wrong() {
    let Some(mut scene) = Scene::set("") else { return };
    let saslauthd = &scene.saslauthd;
    let log_in = |protocol: &str, login: &str, password: &[u8]| {
        let service = if protocol == "pop3" { "pop" } else { protocol };
        let lets_in = saslauthd.lets_in(login, str::from_utf8(password).unwrap(), service);
        if lets_in { Told::In } else { Told::WrongPassword }
    };
    // Which is why the README warns.
    let server =
        |protocols| Server::new("saslauthd, LDAP", protocols, &log_in).has_no_later().knows_no_address();
    server(&["imap", "pop3", "sieve", "smtp"]).verdicts(&scene.at);
    // Each of its five processes waits for one answer: more questions than that would wait for one another.
    server(&["imap", "smtp"]).outages(&mut scene.clientpass, &scene.at);
    server(&["imap", "pop3", "sieve", "smtp"]).crowd(&scene.at, 200);
}

/// With fastbind a process of saslauthd does not bind again whom it has bound last, and with `-c`, which is what Debian
/// starts it with, none asks again for hours: this is why the README warns, and what the doctor finds.
#[test]
fn a_revoked_password_lives_on_with_fastbind_or_a_cache_and_the_doctor_finds_why() {
    for (changed, option, expected) in [
        ("", "-r", &[][..]),
        (FASTBIND, "-r", &["error saslauthd_fastbind".to_owned()]),
        ("", "-c", &["error saslauthd_cache".to_owned()]),
    ] {
        let Some(scene) = Scene::set_with(changed, &[option]) else { return };
        let lives_on = !expected.is_empty();
        let start = scene.clientpass.beside("saslauthd.start");
        fs::write(&start, format!("MECHANISMS=\"ldap\"\nOPTIONS=\"-r {option}\"\n")).unwrap();
        let [file, start] = [scene.saslauthd.file(), start].map(|path| path.display().to_string());
        let listen = scene.clientpass.address().to_string();
        let config = scene.clientpass.beside("clientpass.toml").display().to_string();
        let doctor = ["--config", &config, "--listen", &listen, "doctor", "--json", "--saslauthd", &file];
        let doctor = [&doctor[..], &["--saslauthd-start", &start]].concat();
        assert_eq!(found(&scene.clientpass.run(&doctor), "saslauthd").0, expected);

        let alice = scene.secured("alice");
        let phone = alice.issue("phone");
        let lets_in = |_| scene.saslauthd.lets_in(&alice.login, &phone.secret, "imap");
        // Often enough for more than one of its processes.
        assert!((0..20).all(lets_in), "{changed:?}");
        alice.http.delete(&phone.path("")).expect(204);
        assert_eq!((0..20).any(lets_in), lives_on, "{changed:?} {option}");
    }
}

/// Saslauthd escapes what a filter wants escaped, and nothing for a name.
#[test]
fn a_login_with_a_plus_is_let_in_both_ways() {
    for changed in ["", FASTBIND] {
        let Some(scene) = Scene::set(changed) else { return };
        let (anna, plain) = (scene.secured("anna+work"), scene.secured("anna"));
        let (hers, other) = (anna.issue("phone"), plain.issue("phone"));
        assert!(scene.saslauthd.lets_in(&anna.login, &hers.secret, "imap"), "{changed:?}");
        assert!(!scene.saslauthd.lets_in(&anna.login, &other.secret, "imap"), "{changed:?}");
        assert!(!scene.saslauthd.lets_in(&plain.login, &hers.secret, "imap"), "{changed:?}");
        let typed = "anna@example.org+service=imap";
        assert!(!scene.saslauthd.lets_in(typed, &other.secret, "smtp"), "{changed:?}");
    }
}

#[test]
fn over_start_tls_and_ldaps_it_is_the_same() {
    let Some(mut scene) = Scene::set("") else { return };
    let alice = scene.secured("alice");
    let phone = alice.issue("phone");
    crate::ldap::write_chain(&scene.clientpass);
    let port = free_port();
    let at = |name: &str| scene.clientpass.beside(name).display().to_string();
    let door = format!(
        "[doors.ldap]\nlisten = \"0.0.0.0:{port}\"\nrequire_key = true\ntls_certificate = \"{}\"\ntls_key = \"{}\"\n",
        at("certificate.pem"),
        at("key.pem")
    );
    let authority = at("authority.pem");
    scene.clientpass.restart_with(&door);
    let tls = format!("ldap_tls_check_peer: yes\nldap_tls_cacert_file: {authority}\n");
    for (url, more) in [
        (format!("ldap://127.0.0.1:{port}"), format!("ldap_start_tls: yes\n{tls}")),
        (format!("ldaps://127.0.0.1:{port}"), tls.clone()),
    ] {
        let saslauthd = Saslauthd::start(&url, scene.at.mail_server.token(), &more);
        assert!(saslauthd.lets_in(&alice.login, &phone.secret, "imap"), "{url}: {}", saslauthd.log());
        assert!(!saslauthd.lets_in(&alice.login, "wrong", "imap"));
    }
    let bare = Saslauthd::start(&format!("ldap://127.0.0.1:{port}"), scene.at.mail_server.token(), "");
    assert!(!bare.lets_in(&alice.login, &phone.secret, "imap"), "in the clear");
}

#[test]
fn odd_letters_arrive_as_they_were_typed() {
    for changed in ["", FASTBIND] {
        let Some(scene) = Scene::set(changed) else { return };
        let bob = scene.at.member("bob");
        for password in [
            "a space, a comma; + \" \\ * ( ) = #",
            "\u{e4}\u{20ac}, and more",
            "a\tb\u{1}c, and more",
            "100%u %s {}",
        ] {
            scene.at.operator.put(&bob.path("/password"), &json!({"password": password})).expect(200);
            assert!(scene.saslauthd.lets_in(&bob.login, password, "imap"), "{password:?}");
            assert!(!scene.saslauthd.lets_in(&bob.login, &password[2..], "imap"), "{password:?}");
        }
        for login in [
            "*@example.org",
            "b*@example.org",
            "bob,x@example.org",
            "b\\6fb@example.org",
            "\u{e4}@example.org",
        ] {
            assert!(!scene.saslauthd.lets_in(login, "100%u %s {}", "imap"), "{login}");
        }
    }
}
