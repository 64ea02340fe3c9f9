//! Cyrus saslauthd with the shipped configuration, asked as Cyrus IMAP asks it.

use serde_json::json;

use crate::support::actors::{Installation, Person};
use crate::support::clientpass::Clientpass;
use crate::support::saslauthd::{self, Saslauthd};
use crate::support::{free_port, runnable};

/// Binds at once as the name that it makes, without a search before.
const FASTBIND: &str = "ldap_auth_method: fastbind\nldap_filter: uid=%u,service=%s,dc=clientpass\n";

/// A saslauthd in front of clientpass.
struct Scene {
    saslauthd: Saslauthd,
    clientpass: Clientpass,
    at: Installation,
}

impl Scene {
    fn set(changed: &str) -> Option<Self> {
        if !runnable(saslauthd::missing()) {
            return None;
        }
        let (mut clientpass, at) = Clientpass::installed();
        let port = free_port();
        clientpass.restart_with(&format!("[doors.ldap]\nlisten = \"127.0.0.1:{port}\"\n"));
        let url = format!("ldap://127.0.0.1:{port}");
        let saslauthd = Saslauthd::start(&url, at.mail_server.token(), changed);
        Some(Self { saslauthd, clientpass, at })
    }

    fn secured(&self, name: &str) -> Person {
        self.at.member(name).secured(Clientpass::now())
    }
}

fn the_main_job(changed: &str) {
    let Some(mut scene) = Scene::set(changed) else { return };
    let alice = scene.secured("alice");
    let (phone, lost) = (alice.issue("phone"), alice.issue("lost phone"));
    let imap = alice.issue_with(&json!({"label": "imap", "protocols": ["imap"]}));
    alice.http.delete(&lost.path("")).expect(204);
    let lets_in = |password: &str, service| scene.saslauthd.lets_in(&alice.login, password, service);
    for service in ["imap", "pop", "sieve", "smtp"] {
        assert!(lets_in(&phone.secret, service), "{service}");
        assert_eq!(lets_in(&imap.secret, service), service == "imap", "{service}");
        assert!(!lets_in(&lost.secret, service) && !lets_in(&alice.password, service), "{service}");
    }
    assert!(!lets_in("wrong", "imap"));
    assert!(!scene.saslauthd.lets_in("nobody@example.org", &phone.secret, "imap"));
    // It knows no "later": this is why the README warns.
    scene.clientpass.kill();
    assert!(!scene.saslauthd.lets_in(&alice.login, &phone.secret, "imap"));
    scene.clientpass.start();
    assert!(scene.saslauthd.lets_in(&alice.login, &phone.secret, "imap"));
}

#[test]
fn a_login_is_looked_up_and_then_bound() {
    the_main_job("");
}

#[test]
fn a_login_is_bound_at_once() {
    the_main_job(FASTBIND);
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
