//! Binds: who is let in by which name, and what a connection is afterwards.

use std::time::Duration;

use serde_json::json;

use super::{NO_RIGHT, SUCCESS, Scene, UNWILLING, WRONG, name, options};
use crate::support::ldap::{bind, search};
use crate::support::time::until;

#[test]
fn a_client_password_opens_by_every_form_of_name() {
    let scene = Scene::set();
    let alice = scene.secured("alice");
    let phone = alice.issue("Phone");
    let mut ldap = scene.connect();
    for name in [
        "uid=alice@example.org,service=imap,ip=192.0.2.7,dc=clientpass",
        "UID=alice@example.org, service=IMAP, ip=2001:db8::7, DC=ClientPass",
        "uid=alice@example.org,service=submission,ip=,dc=clientpass",
        "uid=alice@example.org,service=smtp,dc=clientpass",
        "uid=alice@example.org,dc=clientpass",
        "uid=\\61lice\\40example.org,dc=clientpass",
        "uid=ALICE@Example.ORG,dc=clientpass",
        "alice@example.org",
    ] {
        assert_eq!(ldap.bind(name, &phone.secret), SUCCESS, "{name}");
        assert_eq!(ldap.who_am_i(), "u:alice@example.org");
    }
}

/// Saslauthd's fastbind and printers put it into a name as it was typed.
#[test]
fn a_login_with_a_plus_is_let_in_however_the_name_writes_it() {
    let scene = Scene::set();
    let (anna, plain) = (scene.secured("anna+work"), scene.secured("anna"));
    let (hers, other) = (anna.issue("Phone"), plain.issue("Phone"));
    let mut ldap = scene.connect();
    for first in ["uid=anna+work@example.org", "uid=anna\\+work@example.org", "uid=anna\\2bwork@example.org"]
    {
        let name = format!("{first},service=imap,ip=192.0.2.7,dc=clientpass");
        assert_eq!(ldap.bind(&name, &hers.secret), SUCCESS, "{name}");
        assert_eq!(ldap.who_am_i(), "u:anna+work@example.org");
        assert_eq!(ldap.bind(&name, &other.secret), WRONG, "{name}");
    }
    // An RDN of two attributes is nobody's name: it does not become anna's.
    let two = "uid=anna@example.org+service=imap,service=imap,ip=192.0.2.7,dc=clientpass";
    assert_eq!(ldap.bind(two, &other.secret), WRONG);
}

#[test]
fn the_name_says_protocol_and_address_and_the_member_sees_them() {
    let scene = Scene::set();
    let alice = scene.secured("alice");
    let phone = alice.issue("Phone");
    let used = |field: &str| alice.http.get(&phone.path("")).expect(200).body["last_used"][field].clone();
    assert_eq!(scene.connect().bind(&name(&alice.login, "submission"), &phone.secret), SUCCESS);
    assert_eq!((used("protocol"), used("ip")), (json!("smtp"), json!("192.0.2.7")));
    // Which of two is the last is told by their times.
    scene.app.advance(std::time::Duration::from_micros(1));
    assert_eq!(scene.connect().bind(&alice.login, &phone.secret), SUCCESS);
    assert_eq!((used("protocol"), used("ip")), (json!("imap"), json!(null)));
}

#[test]
fn scopes_hold() {
    let scene = Scene::set();
    let alice = scene.secured("alice");
    let imap = alice.issue_with(&json!({"label": "imap", "protocols": ["imap"]}));
    let near = alice.issue_with(&json!({"label": "near", "networks": ["192.0.2.0/24"]}));
    let mut ldap = scene.connect();
    assert_eq!(ldap.bind(&name(&alice.login, "imap"), &imap.secret), SUCCESS);
    assert_eq!(ldap.bind(&name(&alice.login, "pop3"), &imap.secret), WRONG);
    assert_eq!(ldap.bind(&name(&alice.login, "imap"), &near.secret), SUCCESS);
    let far = name(&alice.login, "imap").replace("192.0.2.7", "198.51.100.7");
    assert_eq!(ldap.bind(&far, &near.secret), WRONG);
    assert_eq!(ldap.bind(&alice.login, &near.secret), WRONG, "no address is said");
}

#[test]
fn the_section_says_protocol_and_names() {
    let more = "protocol = \"smtp\"\nnames = [\"mail={login},ou={protocol},o=example\", \"cn={login}\"]";
    let scene = Scene::with(options(more));
    let alice = scene.secured("alice");
    let smtp = alice.issue_with(&json!({"label": "smtp", "protocols": ["smtp"]}));
    let mut ldap = scene.connect();
    for (name, code) in [
        ("cn=alice@example.org", SUCCESS),
        ("mail=alice@example.org,ou=submission,o=example", SUCCESS),
        ("mail=alice@example.org,ou=imap,o=example", WRONG),
        ("alice@example.org", UNWILLING),
        ("uid=alice@example.org,dc=clientpass", UNWILLING),
    ] {
        assert_eq!(ldap.bind(name, &smtp.secret), code, "{name}");
    }
}

#[test]
fn an_anonymous_bind_is_answered_and_opens_nothing() {
    let scene = Scene::set();
    let mut ldap = scene.connect();
    assert_eq!(ldap.bind("", ""), SUCCESS);
    assert_eq!(ldap.who_am_i(), "");
    assert_eq!(ldap.search(search("", "(uid=owner@example.org)")), (Vec::new(), NO_RIGHT));
}

#[test]
fn a_bind_that_fails_leaves_the_connection_anonymous() {
    let scene = Scene::set();
    let alice = scene.secured("alice");
    let phone = alice.issue("Phone");
    for (name, password) in
        [(alice.login.as_str(), "wrong"), (&alice.login, ""), ("cn=service-key", "wrong"), ("", "wrong")]
    {
        let mut ldap = scene.keyed();
        assert_eq!(ldap.who_am_i(), "dn:cn=service-key");
        assert_eq!(ldap.bind(name, password), WRONG, "{name}");
        assert_eq!(ldap.who_am_i(), "", "{name}");
        assert_eq!(ldap.search(search("", "(uid=owner@example.org)")).1, NO_RIGHT);
        assert_eq!(ldap.bind(&alice.login, &phone.secret), SUCCESS);
        assert_eq!(ldap.bind(name, password), WRONG);
        assert_eq!(ldap.who_am_i(), "", "{name}");
    }
}

#[test]
fn a_member_who_got_in_may_read_nothing() {
    let scene = Scene::set();
    let alice = scene.secured("alice");
    let phone = alice.issue("Phone");
    let mut ldap = scene.keyed();
    assert_eq!(ldap.bind(&alice.login, &phone.secret), SUCCESS);
    assert_eq!(ldap.search(search("", "(uid=alice@example.org)")), (Vec::new(), NO_RIGHT));
}

#[test]
fn a_name_that_no_operator_means_is_a_fault_and_no_wrong_password() {
    let scene = Scene::set();
    let alice = scene.secured("alice");
    let phone = alice.issue("Phone");
    let mut ldap = scene.connect();
    assert_eq!(ldap.bind(&name(&alice.login, "lmtp"), &phone.secret), UNWILLING);
}

#[test]
fn where_a_key_is_required_a_bind_comes_right_behind_it() {
    let scene = Scene::with(options("require_key = true"));
    let alice = scene.secured("alice");
    let phone = alice.issue("Phone");
    let mut ldap = scene.connect();
    assert_eq!(ldap.bind("", ""), SUCCESS);
    assert_eq!(ldap.bind(&alice.login, &phone.secret), UNWILLING);
    assert_eq!(ldap.bind(&alice.login, "wrong"), UNWILLING);
    let mut ldap = scene.keyed();
    assert_eq!(ldap.bind(&alice.login, &phone.secret), SUCCESS);
    assert_eq!(ldap.bind(&alice.login, &phone.secret), UNWILLING);
}

#[test]
fn a_key_of_another_organization_lets_nobody_of_this_one_in() {
    let scene = Scene::set();
    let alice = scene.secured("alice");
    let phone = alice.issue("Phone");
    let made = json!({"name": "Other", "domains": ["example.net"]});
    let other = scene.home.operator.post("/v1/organizations", &made).expect(201).text_of("id");
    let body = json!({"role": "mail_server", "organization_id": other, "label": "theirs"});
    let key = scene.home.operator.post("/v1/service-keys", &body).expect(201).text_of("key");
    let mut ldap = scene.connect();
    assert_eq!(ldap.bind("cn=service-key", &key), SUCCESS);
    assert_eq!(ldap.search(search("", "(uid=alice@example.org)")), (Vec::new(), SUCCESS));
    assert_eq!(ldap.bind(&alice.login, &phone.secret), WRONG);
}

#[test]
fn it_listens_on_a_unix_socket_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options("");
    let listen = format!("unix:{}/ldap", folder.path().display());
    options.config.doors.ldap.as_mut().unwrap().socket.listen = listen.parse().unwrap();
    let scene = Scene::with(options);
    let alice = scene.secured("alice");
    let phone = alice.issue("Phone");
    assert_eq!(scene.connect().bind(&alice.login, &phone.secret), SUCCESS);
}

#[test]
fn who_has_proven_nothing_holds_no_place_for_long() {
    let scene = Scene::set();
    let (mut anonymous, mut keyed) = (scene.connect(), scene.keyed());
    anonymous.code(bind("", ""));
    let waiting = |seconds| {
        let wait = Duration::from_secs(seconds);
        until("a connection waiting", || scene.app.time.waits().contains(&wait));
    };
    waiting(30);
    waiting(900);
    scene.app.advance(Duration::from_secs(30));
    anonymous.closed();
    keyed.who_am_i();
    waiting(900);
    scene.app.advance(Duration::from_secs(900));
    keyed.closed();
}
