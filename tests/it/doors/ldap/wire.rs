//! What comes over the wire: in pieces, in heaps, broken, too long, unknown.

use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::{
    LdapAddRequest, LdapBindCred, LdapBindRequest, LdapCompareRequest, LdapModifyDNRequest,
    LdapModifyRequest, LdapMsg, LdapOp, LdapResultCode, SaslCredentials,
};

use super::{SUCCESS, Scene, UNWILLING, WRONG, name};
use crate::support::ldap::{Ldap, bind, encoded, result, search};

const PROTOCOL: LdapResultCode = LdapResultCode::ProtocolError;

fn message(id: i32, op: LdapOp) -> Vec<u8> {
    encoded(LdapMsg { msgid: id, op, ctrl: Vec::new() })
}

/// Fails unless these bytes end the connection with a notice.
#[track_caller]
fn ended_by(scene: &Scene, bytes: &[u8]) {
    let mut ldap: Ldap = scene.connect();
    ldap.send_bytes(bytes);
    assert_eq!(ldap.disconnected(), PROTOCOL, "{bytes:x?}");
}

#[test]
fn a_request_may_come_in_pieces_and_many_at_once() {
    let scene = Scene::set();
    let alice = scene.secured("alice");
    let phone = alice.issue("Phone");
    let mut ldap = scene.connect();
    for byte in message(1, bind(&name(&alice.login, "imap"), &phone.secret)) {
        ldap.send_bytes(&[byte]);
    }
    assert_eq!(result(&ldap.read()).code, SUCCESS);
    let heap: Vec<u8> = (2..40).flat_map(|id| message(id, bind("", ""))).collect();
    ldap.send_bytes(&heap);
    for id in 2..40 {
        assert_eq!(ldap.read().msgid, id);
    }
}

#[test]
fn what_is_no_request_ends_the_connection_with_a_notice() {
    let scene = Scene::set();
    let answer = LdapOp::DelResponse(result_of(SUCCESS));
    for bytes in [
        &b"GET / HTTP/1.1\r\n"[..],
        &[0x30, 0x80],
        &[0x30, 3, 2, 1, 7],
        &[0x30, 5, 2, 1, 7, 0x5e, 0],
        &[0x30, 5, 2, 1, 0, 0x42, 0],
        &message(1, answer),
        // Longer than any request: ended before it has come.
        &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
        &[0x30, 0x82, 0x40, 0],
    ] {
        ended_by(&scene, bytes);
    }
    let nested = |inner: Vec<u8>, tag: u8| [&[tag, u8::try_from(inner.len()).unwrap()], &inner[..]].concat();
    let deep = (0..60).fold(vec![0x87, 1, b'a'], |inner, _| nested(inner, 0xa2));
    ended_by(&scene, &nested(deep, 0x30));
    assert_eq!(scene.connect().bind("", ""), SUCCESS, "others are served");
}

fn result_of(code: LdapResultCode) -> ldap3_proto::proto::LdapResult {
    ldap3_proto::proto::LdapResult {
        code,
        matcheddn: String::new(),
        message: String::new(),
        referral: Vec::new(),
    }
}

#[test]
fn the_longest_name_and_password_fit() {
    let scene = Scene::set();
    let mut ldap = scene.connect();
    let longest = name(&"\\41".repeat(320), "imap");
    assert_eq!(ldap.bind(&longest, &"x".repeat(1024)), WRONG);
    assert_eq!(ldap.bind(&longest, &"x".repeat(10_000)), WRONG);
}

#[test]
fn a_number_that_is_in_use_ends_the_connection() {
    let mut options = super::options("");
    options.config.verify.refusal_floor_ms = 50;
    let scene = Scene::with(options);
    let mut ldap = scene.connect();
    ldap.send_bytes(
        &[message(1, bind("a@example.org", "x")), message(1, bind("a@example.org", "x"))].concat(),
    );
    assert_eq!(ldap.disconnected(), PROTOCOL);
}

#[test]
fn an_unbind_closes_the_connection_without_a_word() {
    let scene = Scene::set();
    let mut ldap = scene.connect();
    assert_eq!(ldap.bind("", ""), SUCCESS);
    ldap.send(LdapOp::UnbindRequest);
    ldap.closed();
}

#[test]
fn nothing_can_be_changed_or_compared() {
    let scene = Scene::set();
    let mut ldap = scene.keyed();
    let dn = || "uid=owner@example.org,dc=clientpass".to_owned();
    for op in [
        LdapOp::AddRequest(LdapAddRequest { dn: dn(), attributes: Vec::new() }),
        LdapOp::DelRequest(dn()),
        LdapOp::ModifyRequest(LdapModifyRequest { dn: dn(), changes: Vec::new() }),
        LdapOp::ModifyDNRequest(LdapModifyDNRequest {
            dn: dn(),
            newrdn: "uid=x".into(),
            deleteoldrdn: true,
            new_superior: None,
        }),
        LdapOp::CompareRequest(LdapCompareRequest { dn: dn(), atype: "uid".into(), val: "owner".into() }),
    ] {
        assert_eq!(ldap.code(op), UNWILLING);
    }
    assert_eq!(ldap.who_am_i(), "dn:cn=service-key");
}

#[test]
fn what_is_not_spoken_is_said_as_the_rfc_has_it() {
    let scene = Scene::set();
    let mut ldap = scene.connect();
    // Password modify, and StartTLS without a certificate.
    assert_eq!(ldap.extended("1.3.6.1.4.1.4203.1.11.1"), PROTOCOL);
    assert_eq!(ldap.extended("1.3.6.1.4.1.1466.20037"), PROTOCOL);
    let cred =
        LdapBindCred::SASL(SaslCredentials { mechanism: "PLAIN".into(), credentials: b"\0a\0b".to_vec() });
    let sasl = LdapOp::BindRequest(LdapBindRequest { version: 3, dn: String::new(), cred });
    assert_eq!(ldap.code(sasl), LdapResultCode::AuthMethodNotSupported);
    let cred = LdapBindCred::Simple("x".into());
    let old = LdapOp::BindRequest(LdapBindRequest { version: 2, dn: "a@example.org".into(), cred });
    assert_eq!(ldap.code(old), PROTOCOL);
}

#[test]
fn a_control_counts_only_if_it_must_be_obeyed() {
    let scene = Scene::set();
    let bob = scene.home.member("bob");
    let mut ldap = scene.keyed();
    let mut asked = |id: i32, op: LdapOp, criticality: bool| {
        let oid = "1.2.840.113556.1.4.319".to_owned();
        let ctrl = vec![LdapControl::Unknown { oid, criticality, value: None }];
        ldap.send_bytes(&encoded(LdapMsg { msgid: id, op, ctrl }));
        loop {
            let message = ldap.read();
            if !matches!(message.op, LdapOp::SearchResultEntry(_)) {
                return result(&message).code.clone();
            }
        }
    };
    let look = || LdapOp::SearchRequest(search("", "(uid=owner@example.org)"));
    assert_eq!(asked(11, look(), false), SUCCESS);
    assert_eq!(asked(12, look(), true), LdapResultCode::UnavailableCriticalExtension);
    let dn = bob.login.as_str();
    assert_eq!(asked(13, bind(dn, &bob.password), true), LdapResultCode::UnavailableCriticalExtension);
    assert_eq!(asked(14, bind(dn, &bob.password), false), SUCCESS);
}
