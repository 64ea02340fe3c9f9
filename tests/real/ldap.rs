//! LDAP as OpenLDAP's own client speaks it, and many binds at once.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::thread;

use ldap3_proto::proto::LdapResultCode;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CertifiedKey, DnType, IsCa, KeyPair,
    KeyUsagePurpose,
};
use serde_json::json;

use crate::support::actors::{Installation, Person};
use crate::support::clientpass::Clientpass;
use crate::support::ldap::{Ldap, certificate};
use crate::support::{find_program, free_port, runnable, signal};

/// Writes a key that only its owner may read.
fn write_key(clientpass: &Clientpass, key: &KeyPair) {
    let path = clientpass.beside("key.pem");
    fs::write(&path, key.serialize_pem()).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// A certificate as people buy them, from an authority, which GnuTLS wants; `authority.pem`, `certificate.pem` and
/// `key.pem` beside this clientpass.
pub fn write_chain(clientpass: &Clientpass) {
    let mut authority = CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.distinguished_name.push(DnType::CommonName, "an authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &authority).unwrap();
    fs::write(clientpass.beside("authority.pem"), authority.pem()).unwrap();
    fs::write(clientpass.beside("certificate.pem"), certificate.pem()).unwrap();
    write_key(clientpass, &key);
}

/// The name that a mail server makes of a login.
fn name(login: &str, service: &str) -> String {
    format!("uid={login},service={service},ip=192.0.2.7,dc=clientpass")
}

/// A clientpass with the door and a certificate.
struct Scene {
    clientpass: Clientpass,
    at: Installation,
    port: u16,
}

impl Scene {
    fn set() -> Self {
        let (mut clientpass, at) = Clientpass::installed();
        let port = free_port();
        let file = |name: &str| clientpass.beside(name).display().to_string();
        let (certificate, key) = (file("certificate.pem"), file("key.pem"));
        write(&clientpass, &self::certificate());
        clientpass.restart_with(&format!(
            "[verify]\nrefusal_floor_ms = 0\n[doors.ldap]\nlisten = \"127.0.0.1:{port}\"\n\
             tls_certificate = \"{certificate}\"\ntls_key = \"{key}\"\n"
        ));
        Self { clientpass, at, port }
    }

    fn secured(&self, name: &str) -> Person {
        self.at.member(name).secured(Clientpass::now())
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What ldapwhoami ends with, and says.
    fn who_am_i(&self, scheme: &str, more: &[&str], name: &str, password: &str) -> (Option<i32>, String) {
        let output = Command::new("ldapwhoami")
            .env("LDAPTLS_CACERT", self.clientpass.beside("authority.pem"))
            .args(["-x", "-o", "nettimeout=10", "-H", &format!("{scheme}://127.0.0.1:{}", self.port)])
            .args(more)
            .args(["-D", name, "-w", password])
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&said).into_owned())
    }
}

fn write(clientpass: &Clientpass, made: &CertifiedKey<KeyPair>) {
    fs::write(clientpass.beside("certificate.pem"), made.cert.pem()).unwrap();
    write_key(clientpass, &made.signing_key);
}

/// What is missing here, or nothing.
fn missing() -> Option<String> {
    let missing = find_program("ldapwhoami").is_none();
    missing.then(|| "the program ldapwhoami is not installed (Debian: ldap-utils)".to_owned())
}

const WAYS: [(&str, &[&str]); 3] = [("ldap", &[]), ("ldap", &["-ZZ"]), ("ldaps", &[])];

#[test]
fn openldaps_client_is_let_in_and_kept_out_in_the_clear_and_over_tls() {
    if !runnable(missing()) {
        return;
    }
    let scene = Scene::set();
    write_chain(&scene.clientpass);
    assert!(signal(scene.clientpass.pid(), "HUP"));
    scene.clientpass.says("tls_reloaded", 1);
    let alice = scene.secured("alice");
    let (phone, lost) = (alice.issue("phone"), alice.issue("lost"));
    let imap = alice.issue_with(&json!({"label": "imap", "protocols": ["imap"]}));
    alice.http.delete(&lost.path("")).expect(204);
    for (scheme, more) in WAYS {
        let told = |name: &str, password: &str| scene.who_am_i(scheme, more, name, password);
        let let_in = (Some(0), "u:alice@example.org\n".to_owned());
        assert_eq!(told(&name(&alice.login, "imap"), &phone.secret), let_in, "{scheme} {more:?}");
        for (name, password) in [
            (name(&alice.login, "imap"), "wrong"),
            (name(&alice.login, "imap"), &lost.secret),
            (name(&alice.login, "pop3"), &imap.secret),
            (name(&alice.login, "imap"), &alice.password),
            (name("nobody@example.org", "imap"), &phone.secret),
        ] {
            let (code, said) = told(&name, password);
            assert_eq!(code, Some(49), "{name} {said}");
            assert_eq!(said, "ldap_bind: Invalid credentials (49)\n");
        }
        let (code, said) = told(&alice.login, &phone.secret);
        assert_eq!(code, Some(53), "the name says no service: {said}");
        assert!(said.contains("doors.ldap.names"), "{said}");
        let (code, said) = told("cn=service-key", scene.at.mail_server.token());
        assert_eq!((code, said.as_str()), (Some(0), "dn:cn=service-key\n"));
    }
}

#[test]
fn a_plus_in_a_login_is_understood_escaped_or_not() {
    if !runnable(missing()) {
        return;
    }
    let scene = Scene::set();
    let (anna, plain) = (scene.secured("anna+work"), scene.secured("anna"));
    let (hers, other) = (anna.issue("phone"), plain.issue("phone"));
    for login in ["anna+work@example.org", "anna\\+work@example.org", "anna\\2Bwork@example.org"] {
        let told = |password: &str| scene.who_am_i("ldap", &[], &name(login, "imap"), password);
        assert_eq!(told(&hers.secret), (Some(0), "u:anna+work@example.org\n".to_owned()), "{login}");
        assert_eq!(told(&other.secret).0, Some(49), "{login}");
    }
    let (code, said) =
        scene.who_am_i("ldap", &[], &name("anna@example.org+service=imap", "imap"), &other.secret);
    assert_eq!(code, Some(49), "{said}");
}

#[test]
fn sighup_reads_the_certificate_anew_and_drops_nobody() {
    let scene = Scene::set();
    let alice = scene.secured("alice");
    let phone = alice.issue("phone");
    let mut kept = Ldap::to(&scene.address());
    assert_eq!(kept.bind("", ""), LdapResultCode::Success);
    let second = certificate();
    write(&scene.clientpass, &second);
    assert!(signal(scene.clientpass.pid(), "HUP"));
    scene.clientpass.says("tls_reloaded", 1);
    assert_eq!(kept.bind(&name(&alice.login, "imap"), &phone.secret), LdapResultCode::Success);
    for mut ldap in [kept.start_tls(&second), Ldap::to(&scene.address()).secured(&second)] {
        assert_eq!(ldap.bind(&name(&alice.login, "imap"), &phone.secret), LdapResultCode::Success);
    }
}

#[test]
fn a_thousand_binds_on_fifty_connections_are_all_told_the_right_thing() {
    let scene = Scene::set();
    let members: Vec<_> = (0..10).map(|n| scene.secured(&format!("member{n}"))).collect();
    let phones: Vec<_> = members.iter().map(|member| (member.issue("phone"), member.issue("lost"))).collect();
    for (member, (_, lost)) in members.iter().zip(&phones) {
        member.http.delete(&lost.path("")).expect(204);
    }
    thread::scope(|scope| {
        for connection in 0..50 {
            let (members, phones, address) = (&members, &phones, scene.address());
            scope.spawn(move || {
                let mut ldap = Ldap::to(&address);
                for n in 0..20 {
                    let who = (connection + n) % 10;
                    let login = &members[who].login;
                    let name = name(login, "imap").replace("192.0.2.7", &format!("192.0.2.{connection}"));
                    // Revoked ones are no guesses, so they are never put off.
                    let (password, code) = match n % 2 {
                        0 => (&phones[who].0.secret, LdapResultCode::Success),
                        _ => (&phones[who].1.secret, LdapResultCode::InvalidCredentials),
                    };
                    assert_eq!(ldap.bind(&name, password), code, "{n} of connection {connection}");
                    let known = if n % 2 == 0 { format!("u:{login}") } else { String::new() };
                    assert_eq!(ldap.who_am_i(), known);
                }
            });
        }
    });
}

#[test]
fn no_log_holds_a_password_even_of_what_was_not_understood() {
    let mut scene = Scene::set();
    scene.clientpass.stop();
    let file = scene.clientpass.beside("clientpass.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{text}[log]\nlevel = \"trace\"\n")).unwrap();
    scene.clientpass.start();
    let bob = scene.at.member("bob");
    let mut ldap = Ldap::to(&scene.address());
    assert_eq!(ldap.bind(&name(&bob.login, "imap"), "a secret of bob"), LdapResultCode::InvalidCredentials);
    // A bind whose name is said to go on beyond its end.
    let secret = b"a secret of bob";
    let mut ldap = Ldap::to(&scene.address());
    ldap.send_bytes(&[&[0x30, 27, 2, 1, 1, 0x60, 22, 2, 1, 3, 4, 0x7f], &secret[..], &[0, 0]].concat());
    assert_eq!(ldap.disconnected(), LdapResultCode::ProtocolError);
    let log = scene.clientpass.log();
    let numbers = secret.map(|byte| byte.to_string()).join(", ");
    for written in ["secret of bob", &numbers[10..]] {
        assert!(!log.contains(written), "a log holds {written}:\n{log}");
    }
}
