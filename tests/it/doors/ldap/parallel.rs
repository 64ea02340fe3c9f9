//! Many requests on one connection: each is answered when its answer is there, and there is a bound.

use std::collections::BTreeSet;
use std::time::Duration;

use ldap3_proto::proto::LdapOp;

use super::{SUCCESS, Scene, WRONG, options};
use crate::support::ldap::{bind, result, search};

const FLOOR: Duration = Duration::from_millis(50);

fn with_floor() -> Scene {
    let mut options = options("");
    options.config.verify.refusal_floor_ms = 50;
    Scene::with(options)
}

#[test]
fn who_is_right_does_not_wait_for_who_is_wrong() {
    let scene = with_floor();
    let alice = scene.secured("alice");
    let phone = alice.issue("Phone");
    let mut ldap = scene.connect();
    let wrong = ldap.send(bind(&alice.login, "wrong"));
    scene.wait_until_parked(FLOOR, 1);
    let right = ldap.send(bind(&alice.login, &phone.secret));
    let first = ldap.read();
    assert_eq!((first.msgid, result(&first).code.clone()), (right, SUCCESS));
    scene.app.advance(FLOOR);
    let second = ldap.read();
    assert_eq!((second.msgid, result(&second).code.clone()), (wrong, WRONG));
    // The refusal was of an earlier bind.
    assert_eq!(ldap.who_am_i(), "u:alice@example.org");
}

/// Guesses from one network would be slowed before there are so many.
fn from_a_network_of_its_own(n: u32) -> String {
    format!("uid=n{n}@example.org,service=imap,ip=10.{}.{}.1,dc=clientpass", n / 256, n % 256)
}

#[test]
fn so_many_are_on_their_way_and_no_more_and_all_are_answered() {
    let scene = with_floor();
    let mut ldap = scene.connect();
    let mut asked: BTreeSet<i32> =
        (0..300).map(|n| ldap.send(bind(&from_a_network_of_its_own(n), "wrong"))).collect();
    scene.wait_until_parked(FLOOR, 256);
    scene.app.advance(FLOOR);
    scene.wait_until_parked(FLOOR, 44);
    scene.app.advance(FLOOR);
    for _ in 0..300 {
        let answer = ldap.read();
        assert_eq!(result(&answer).code, WRONG);
        assert!(asked.remove(&answer.msgid), "{} was answered twice", answer.msgid);
    }
}

#[test]
fn a_search_that_is_abandoned_is_not_answered_and_a_bind_cannot_be() {
    let scene = with_floor();
    let mut ldap = scene.keyed();
    let unknown = search("", "(uid=nobody@example.org)");
    let abandoned = ldap.send(LdapOp::SearchRequest(unknown));
    scene.wait_until_parked(FLOOR, 1);
    ldap.send(LdapOp::AbandonRequest(abandoned));
    let asked = ldap.send(bind("nobody@example.org", "wrong"));
    scene.wait_until_parked(FLOOR, 2);
    ldap.send(LdapOp::AbandonRequest(asked));
    assert_eq!(ldap.who_am_i(), "", "both were taken");
    scene.app.advance(FLOOR);
    let answer = ldap.read();
    assert_eq!((answer.msgid, result(&answer).code.clone()), (asked, WRONG));
    assert_eq!(ldap.who_am_i(), "", "nothing came between");
}

#[test]
fn a_stop_lets_binds_on_their_way_be_answered() {
    let mut scene = with_floor();
    let mut ldap = scene.connect();
    ldap.send(bind("nobody@example.org", "wrong"));
    scene.wait_until_parked(FLOOR, 1);
    let (time, address) = (scene.app.time.clone(), scene.app.door("ldap").to_owned());
    std::thread::scope(|scope| {
        scope.spawn(|| scene.app.stop());
        // It stops once nobody new is let in.
        while std::net::TcpStream::connect(&address).is_ok() {}
        time.advance(FLOOR);
        assert_eq!(result(&ldap.read()).code, WRONG);
        ldap.closed();
    });
}
