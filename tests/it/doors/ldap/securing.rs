//! TLS: with StartTLS or from the first byte, on the same port; needed where strangers can reach the door.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use ldap3_proto::proto::{LdapExtendedRequest, LdapMsg, LdapOp, LdapResultCode, LdapSearchScope};
use rcgen::{CertifiedKey, KeyPair};
use tempfile::TempDir;

use super::{SUCCESS, Scene, UNWILLING, WRONG, options};
use crate::support::ldap::{bind, certificate, encoded, result, search};
use crate::support::{Options, TestApp};

const NEEDS_TLS: LdapResultCode = LdapResultCode::ConfidentialityRequired;
const START_TLS: &str = "1.3.6.1.4.1.1466.20037";

/// Files of a certificate.
struct Files {
    made: CertifiedKey<KeyPair>,
    folder: TempDir,
}

impl Files {
    fn written() -> Self {
        let (made, folder) = (certificate(), tempfile::tempdir().unwrap());
        fs::write(folder.path().join("certificate.pem"), made.cert.pem()).unwrap();
        let key = folder.path().join("key.pem");
        fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        Self { made, folder }
    }

    /// A section that has them.
    fn options(&self, more: &str) -> Options {
        let mut options = options(more);
        let door = options.config.doors.ldap.as_mut().unwrap();
        door.tls_certificate = Some(self.folder.path().join("certificate.pem"));
        door.tls_key = Some(self.folder.path().join("key.pem"));
        options
    }

    /// The same where other machines reach it.
    fn remote(&self, more: &str) -> Options {
        let mut options = self.options(more);
        options.config.doors.ldap.as_mut().unwrap().socket.listen = "0.0.0.0:0".parse().unwrap();
        options
    }
}

fn start_tls() -> LdapOp {
    LdapOp::ExtendedRequest(LdapExtendedRequest { name: START_TLS.into(), value: None })
}

#[test]
fn one_port_speaks_in_the_clear_with_start_tls_and_tls_from_the_first_byte() {
    let files = Files::written();
    let scene = Scene::with(files.options(""));
    let alice = scene.secured("alice");
    let phone = alice.issue("Phone");
    for mut ldap in
        [scene.connect(), scene.connect().start_tls(&files.made), scene.connect().secured(&files.made)]
    {
        assert_eq!(ldap.bind(&alice.login, &phone.secret), SUCCESS);
        assert_eq!(ldap.bind(&alice.login, "wrong"), WRONG);
    }
}

#[test]
fn the_root_names_start_tls_where_it_is_spoken() {
    let files = Files::written();
    let scene = Scene::with(files.options(""));
    let mut root = search("", "(objectClass=*)");
    (root.scope, root.attrs) = (LdapSearchScope::Base, vec!["supportedExtension".into()]);
    let entries = scene.connect().search(root).0;
    assert!(entries[0].attributes[0].vals.contains(&Vec::from(START_TLS)));
}

#[test]
fn beyond_this_machine_nothing_is_bound_before_tls() {
    let files = Files::written();
    let scene = Scene::with(files.remote("require_key = true"));
    let alice = scene.secured("alice");
    let phone = alice.issue("Phone");
    let key = scene.home.mail_server.token();
    let mut ldap = scene.connect();
    for (name, password) in [("", ""), (alice.login.as_str(), phone.secret.as_str()), ("cn=service-key", key)]
    {
        assert_eq!(ldap.bind(name, password), NEEDS_TLS, "{name}");
    }
    let mut ldap = ldap.start_tls(&files.made);
    assert_eq!(ldap.bind("", ""), SUCCESS);
    assert_eq!(ldap.bind(&alice.login, &phone.secret), UNWILLING, "a key has to come before");
    assert_eq!(ldap.bind("cn=service-key", key), SUCCESS);
    assert_eq!(ldap.bind(&alice.login, &phone.secret), SUCCESS);
    assert_eq!(scene.connect().secured(&files.made).bind("cn=service-key", key), SUCCESS);
}

#[test]
fn told_so_it_takes_binds_from_anywhere_in_the_clear() {
    let files = Files::written();
    let scene = Scene::with(files.remote("allow_remote = true"));
    let bob = scene.home.member("bob");
    assert_eq!(scene.connect().bind(&bob.login, &bob.password), SUCCESS);
    assert_eq!(scene.connect().start_tls(&files.made).bind(&bob.login, &bob.password), SUCCESS);
}

#[test]
fn what_came_in_the_clear_behind_start_tls_is_not_taken_for_secured() {
    let files = Files::written();
    let scene = Scene::with(files.options(""));
    let bob = scene.home.member("bob");
    let mut ldap = scene.connect();
    let begin = encoded(LdapMsg { msgid: 1, op: start_tls(), ctrl: Vec::new() });
    let smuggled = encoded(LdapMsg { msgid: 2, op: bind(&bob.login, &bob.password), ctrl: Vec::new() });
    ldap.send_bytes(&[begin, smuggled].concat());
    ldap.closed();
}

#[test]
fn tls_makes_the_connection_anonymous_and_begins_once() {
    let files = Files::written();
    let scene = Scene::with(files.options(""));
    let mut ldap = scene.keyed().start_tls(&files.made);
    assert_eq!(ldap.who_am_i(), "");
    assert_eq!(ldap.code(start_tls()), LdapResultCode::OperationsError);
    assert_eq!(ldap.bind("cn=service-key", scene.home.mail_server.token()), SUCCESS);
}

#[test]
fn tls_does_not_begin_while_a_bind_is_on_its_way() {
    let files = Files::written();
    let mut options = files.options("");
    options.config.verify.refusal_floor_ms = 50;
    let scene = Scene::with(options);
    let mut ldap = scene.connect();
    ldap.send(bind("nobody@example.org", "wrong"));
    let floor = std::time::Duration::from_millis(50);
    scene.wait_until_parked(floor, 1);
    assert_eq!(ldap.code(start_tls()), LdapResultCode::OperationsError);
    scene.app.advance(floor);
    assert_eq!(result(&ldap.read()).code, WRONG);
}

#[test]
fn without_its_own_the_certificate_of_the_server_serves() {
    let files = Files::written();
    let mut options = files.options("");
    let door = options.config.doors.ldap.as_mut().unwrap();
    let (certificate, key) = (door.tls_certificate.take(), door.tls_key.take());
    (options.config.server.tls_certificate, options.config.server.tls_key) = (certificate, key);
    let app = TestApp::start_with(options);
    let ldap = crate::support::ldap::Ldap::to(app.door("ldap"));
    assert_eq!(ldap.start_tls(&files.made).bind("", ""), SUCCESS);
}

#[test]
fn what_strangers_could_reach_or_half_a_certificate_does_not_start() {
    let files = Files::written();
    let mut bare = files.remote("require_key = true");
    let door = bare.config.doors.ldap.as_mut().unwrap();
    (door.tls_certificate, door.tls_key) = (None, None);
    let why = TestApp::refuses(bare);
    assert!(why.contains("[doors.ldap]") && why.contains("tls_certificate"), "{why}");
    let why = TestApp::refuses(files.remote(""));
    assert!(why.contains("[doors.ldap]") && why.contains("require_key"), "{why}");
    let mut half = files.options("");
    half.config.doors.ldap.as_mut().unwrap().tls_key = None;
    let why = TestApp::refuses(half);
    assert!(why.contains("[doors.ldap]") && why.contains("tls_key"), "{why}");
    let why = TestApp::refuses(options("names = [\"uid={user},dc=x\"]"));
    assert!(why.contains("[doors.ldap]") && why.contains("{user}"), "{why}");
}

/// A client that hangs in its handshake takes nothing but its own place.
#[test]
fn a_handshake_that_does_not_end_is_given_up() {
    let files = Files::written();
    let scene = Scene::with(files.options(""));
    let mut ldap = scene.connect();
    // The beginning of a handshake, and no more.
    ldap.send_bytes(&[0x16, 3, 1, 0, 100]);
    assert_eq!(scene.connect().bind("", ""), SUCCESS);
    scene.wait_until_waiting(std::time::Duration::from_secs(10));
    scene.app.advance(std::time::Duration::from_secs(10));
    ldap.closed();
}

impl Scene {
    /// Waits until somebody waits for that long.
    #[track_caller]
    fn wait_until_waiting(&self, time: std::time::Duration) {
        let (_silent, silence) = std::sync::mpsc::channel::<()>();
        let just_less = time.saturating_sub(std::time::Duration::from_millis(1));
        for _ in 0..100_000 {
            if self.app.time.waits().iter().any(|wait| (just_less..=time).contains(wait)) {
                return;
            }
            assert!(silence.recv_timeout(std::time::Duration::from_micros(200)).is_err());
        }
        panic!("nobody waits");
    }
}
