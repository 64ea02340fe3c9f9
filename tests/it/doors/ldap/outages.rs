//! A fault is never a wrong password, and is said in less than five seconds.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::super::wait_until_hanging;
use super::{SUCCESS, Scene, UNAVAILABLE, WRONG, name};
use crate::support::ldap::{bind, result, search};

#[test]
fn while_the_store_is_broken_nobody_is_told_that_a_password_is_wrong() {
    let scene = Scene::set();
    let alice = scene.secured("alice");
    let (phone, dead) = (alice.issue("Phone"), alice.issue("dead"));
    alice.http.delete(&dead.path("")).expect(204);
    let key = scene.home.mail_server.token().to_owned();
    let name = name(&alice.login, "imap");
    let mut ldap = scene.connect();
    scene.app.faults.set_all(true);
    for (name, password) in [
        (name.as_str(), phone.secret.as_str()),
        (&name, &dead.secret),
        (&name, "wrong"),
        ("nobody@example.org", "wrong"),
        ("nonsense", "wrong"),
        ("cn=service-key", &key),
    ] {
        assert_eq!(ldap.bind(name, password), UNAVAILABLE, "{name}");
        assert_eq!(ldap.who_am_i(), "");
    }
    assert_eq!(ldap.bind("", ""), SUCCESS, "there is nothing to be asked about");
    scene.app.faults.set_all(false);
    assert_eq!(ldap.bind(&name, &phone.secret), SUCCESS);
    assert_eq!(ldap.bind(&name, &dead.secret), WRONG);
}

#[test]
fn a_store_that_is_full_goes_on_telling_right_from_wrong() {
    let scene = Scene::set();
    let alice = scene.secured("alice");
    let phone = alice.issue("Phone");
    scene.app.faults.writes.store(true, Ordering::SeqCst);
    let mut ldap = scene.keyed();
    assert_eq!(ldap.search(search("", "(uid=alice@example.org)")).0.len(), 1);
    assert_eq!(ldap.bind(&alice.login, &phone.secret), SUCCESS);
    assert_eq!(ldap.bind(&alice.login, &alice.password), WRONG);
}

#[test]
fn a_store_that_does_not_answer_is_given_up_before_five_seconds_are_over() {
    let scene = Scene::set();
    let alice = scene.secured("alice");
    let phone = alice.issue("Phone");
    let mut asked = Vec::new();
    for (mut ldap, password) in [
        (scene.connect(), phone.secret.as_str()),
        (scene.connect(), "wrong"),
        (scene.keyed(), phone.secret.as_str()),
        (scene.keyed(), "wrong"),
    ] {
        scene.app.faults.hang.store(true, Ordering::SeqCst);
        ldap.send(bind(&alice.login, password));
        asked.push(ldap);
        wait_until_hanging(&scene.app, asked.len());
        scene.app.faults.hang.store(false, Ordering::SeqCst);
    }
    scene.app.advance(Duration::from_millis(4_900));
    for ldap in &mut asked {
        assert_eq!(result(&ldap.read()).code, UNAVAILABLE);
        assert_eq!(ldap.bind(&alice.login, &phone.secret), SUCCESS, "the connection goes on");
    }
}

#[test]
fn too_many_tries_are_no_wrong_password() {
    let scene = Scene::set();
    let bob = scene.home.member("bob");
    let mut ldap = scene.connect();
    let here = name(&bob.login, "imap");
    // Ten from one place are free.
    for n in 0..15 {
        assert_eq!(ldap.bind(&here, &format!("wrong {n}")), if n < 10 { WRONG } else { UNAVAILABLE }, "{n}");
    }
    let elsewhere = here.replace("192.0.2.7", "198.51.100.7");
    assert_eq!(ldap.bind(&elsewhere, &bob.password), SUCCESS);
}
