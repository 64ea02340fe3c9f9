//! Odd bytes in names and passwords arrive exactly, or are refused like any other wrong one.

use ldap3_proto::proto::{LdapMsg, LdapOp};
use serde_json::json;

use super::{SUCCESS, Scene, WRONG};
use crate::support::ldap::{Ldap, bind, encoded, result};

#[test]
fn a_password_arrives_byte_for_byte() {
    let scene = Scene::set();
    let bob = scene.home.member("bob");
    let mut ldap = scene.connect();
    for password in [
        "a space, a comma; a + and = and #",
        "\"quotes\" 'and' \\backslash\\2C",
        "ä € 😀 \u{202e} 8",
        "100%u {login} %s (uid=*) *",
        "a\tb, and more",
        "a\u{1}b\u{7f}c, and more",
        " begins and ends with a space ",
    ] {
        scene.home.operator.put(&bob.path("/password"), &json!({"password": password})).expect(200);
        assert_eq!(ldap.bind(&bob.login, password), SUCCESS, "{password:?}");
        let shorter: String = password.chars().skip(1).collect();
        for other in [password.trim(), &shorter, &password.replace('\\', "")] {
            let code = if other == password { SUCCESS } else { WRONG };
            assert_eq!(ldap.bind(&bob.login, other), code, "{other:?} for {password:?}");
        }
    }
}

#[test]
fn a_login_in_a_name_arrives_as_it_was_meant() {
    let scene = Scene::set();
    // What a login may hold (RFC 5321), and how programs write it in a name.
    for (login, written) in [
        ("o'neil+x@example.org", "o'neil\\+x@example.org"),
        ("a=b@example.org", "a=b@example.org"),
        ("c=d@example.org", "c\\3Dd@example.org"),
        ("#e@example.org", "\\#e@example.org"),
        ("f*{}|~@example.org", "f\\2a{}|~@example.org"),
    ] {
        let body = json!({"login": login, "display_name": "x", "password": "one of theirs"});
        scene.home.operator.post(&scene.home.path("/members"), &body).expect(201);
        let mut ldap = scene.connect();
        let name = format!("uid={written},service=imap,ip=192.0.2.7,dc=clientpass");
        assert_eq!(ldap.bind(&name, "one of theirs"), SUCCESS, "{login}");
        assert_eq!(ldap.bind(login, "one of theirs"), SUCCESS, "{login} as it stands");
        let mut ldap = scene.keyed();
        let mut named = crate::support::ldap::search("dc=clientpass", "(uid=x)");
        named.filter = ldap3_proto::proto::LdapFilter::Equality("uid".into(), login.into());
        let found = ldap.search(named).0;
        assert_eq!(ldap.bind(&found[0].dn, "one of theirs"), SUCCESS, "{}", found[0].dn);
    }
}

#[test]
fn a_login_that_nobody_can_have_is_a_wrong_password() {
    let scene = Scene::set();
    let mut ldap = scene.connect();
    for login in [
        "a b@example.org",
        "a\\,b@example.org",
        "a\\2Cservice=smtp@example.org",
        "a,service=smtp@example.org",
        "\\01\\09\\0a\\00",
        "\\e4@example.org",
        "ä@example.org",
        "\\",
        "\"a\"@example.org",
        "#0401",
        "*",
        "",
    ] {
        let name = format!("uid={login},service=imap,ip=192.0.2.7,dc=clientpass");
        assert_eq!(ldap.bind(&name, "wrong"), WRONG, "{login}");
        assert_eq!(ldap.bind(login, "wrong"), WRONG, "{login} as it stands");
    }
}

/// A login that a client did not escape says nothing about protocol and address.
#[test]
fn a_login_cannot_become_another_part_of_the_name() {
    let scene = Scene::set();
    let alice = scene.secured("alice");
    let smtp = alice.issue_with(&json!({"label": "smtp", "protocols": ["smtp"]}));
    let login = "alice@example.org,service=smtp,ip=192.0.2.7,dc=clientpass";
    let name = format!("uid={login},service=imap,ip=198.51.100.7,dc=clientpass");
    assert_eq!(scene.connect().bind(&name, &smtp.secret), WRONG);
}

#[test]
fn bytes_that_are_no_text_are_a_wrong_password() {
    let scene = Scene::set();
    let bob = scene.home.member("bob");
    for (name, password) in [(bob.login.as_str(), "\u{e4}"), ("uid=\u{e4},dc=clientpass", "wrong")] {
        let mut bytes = encoded(LdapMsg { msgid: 1, op: bind(name, password), ctrl: Vec::new() });
        // U+00E4 is C3 A4; that it is cut in two is what no text has.
        let at = bytes.windows(2).position(|pair| pair == [0xc3, 0xa4]).unwrap();
        bytes[at] = 0xe4;
        bytes[at + 1] = 0xe4;
        let mut ldap: Ldap = scene.connect();
        ldap.send_bytes(&bytes);
        let answer = ldap.read();
        assert!(matches!(answer.op, LdapOp::BindResponse(_)));
        assert_eq!(result(&answer).code, WRONG);
        assert_eq!(ldap.bind(&bob.login, &bob.password), SUCCESS, "the connection goes on");
    }
}
