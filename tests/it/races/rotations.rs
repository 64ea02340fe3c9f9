//! Rotations, against each other, and first uses of a successor.

use serde_json::json;

use super::{
    ROUNDS, action, all, at_once, ended_by, granted, made, none_opens, race, recorded_ends, records, rotate,
    secured, shown,
};
use crate::support::{ClientPassword, TestApp};

#[test]
fn of_many_rotations_of_the_same_one_wins() {
    let (app, home) = TestApp::installed();
    for round in 0..ROUNDS {
        let alice = secured(&app, &home, &format!("alice{round}"));
        let old = alice.issue("Laptop");
        let answers = at_once((0..6).map(|_| action(|| rotate(&alice, &old, 3600))).collect());
        assert_eq!(granted(&answers, 201, &[(409, "not_active")]), 1);
        assert_eq!(records(&home, &alice, "client_password.rotated").len(), 1);
        let new = made(&answers).remove(0);
        assert_eq!(shown(&alice.http, &old)["replaced_by"], new.id);
        assert_eq!(all(&alice.http, &alice.path("/client-passwords")).len(), 2);
    }
}

#[test]
fn first_uses_on_one_protocol_are_one_move() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    for round in 1..=ROUNDS {
        let old = alice.issue("Laptop");
        assert_eq!(home.mail_server.verdict_over(&alice.login, &old.secret, "imap"), "accept");
        assert_eq!(home.mail_server.verdict_over(&alice.login, &old.secret, "smtp"), "accept");
        let new = ClientPassword::of(&rotate(&alice, &old, 3600).expect(201));
        let check = |_| action(|| home.mail_server.verdict_over(&alice.login, &new.secret, "imap"));
        assert_eq!(at_once((0..6).map(check).collect()), ["accept"; 6]);
        assert_eq!(records(&home, &alice, "client_password.moved").len(), round);
        assert_eq!(home.mail_server.verdict_over(&alice.login, &old.secret, "imap"), "superseded");
        assert_eq!(home.mail_server.verdict_over(&alice.login, &old.secret, "smtp"), "accept");
        alice.http.delete(&alice.path("/client-passwords")).expect(200);
    }
}

#[test]
fn first_uses_on_two_protocols_are_two_moves_and_the_end() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    for round in 1..=ROUNDS {
        let old = alice.issue("Laptop");
        for protocol in ["imap", "smtp"] {
            assert_eq!(home.mail_server.verdict_over(&alice.login, &old.secret, protocol), "accept");
        }
        let new = ClientPassword::of(&rotate(&alice, &old, 3600).expect(201));
        let check = |n: usize| {
            let (home, alice, new) = (&home, &alice, &new);
            action(move || home.mail_server.verdict_over(&alice.login, &new.secret, ["imap", "smtp"][n % 2]))
        };
        assert_eq!(at_once((0..6).map(check).collect()), ["accept"; 6]);
        assert_eq!(records(&home, &alice, "client_password.moved").len(), 2 * round);
        assert_eq!(shown(&alice.http, &old)["ended_reason"], "rotated");
        for protocol in ["imap", "smtp", "pop3"] {
            assert_eq!(home.mail_server.verdict_over(&alice.login, &old.secret, protocol), "superseded");
        }
        alice.http.delete(&alice.path("/client-passwords")).expect(200);
    }
}

#[test]
fn a_first_use_that_meets_an_end_is_counted_once() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let mut ended = 0;
    for round in 1..=ROUNDS {
        alice.secure_login(true);
        let old = alice.issue("Laptop");
        assert_eq!(home.mail_server.verdict(&alice.login, &old.secret), "accept");
        let new = ClientPassword::of(&rotate(&alice, &old, 3600).expect(201));
        let first_use = || home.mail_server.verdict(&alice.login, &new.secret);
        let (off, used) = race(round, &home.mail_server, || alice.secure_login(false), first_use);
        assert!(["accept", "secure_login_off"].contains(&used.as_str()), "{used}");
        ended += usize::try_from(off.body["ended_client_passwords"].as_u64().unwrap()).unwrap();
        assert_eq!(ended_by(&home, &alice, "secure_login_off"), ended);
        let offs = records(&home, &alice, "secure_login.off");
        assert_eq!((offs.len(), recorded_ends(&offs)), (round, ended));
        assert_eq!(ended + ended_by(&home, &alice, "rotated"), 2 * round);
        none_opens(&home, &alice, &[old, new]);
    }
}

#[test]
fn a_first_use_and_a_revocation_of_the_old_one_end_it_once() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    for round in 1..=ROUNDS {
        let old = alice.issue("Laptop");
        assert_eq!(home.mail_server.verdict(&alice.login, &old.secret), "accept");
        let new = ClientPassword::of(&rotate(&alice, &old, 3600).expect(201));
        let (revoked, used) = race(
            round,
            &home.mail_server,
            || alice.http.delete(&old.path("")),
            || home.mail_server.verdict(&alice.login, &new.secret),
        );
        revoked.expect(204);
        assert_eq!(used, "accept");
        let (moved, revoked) =
            (ended_by(&home, &alice, "rotated"), records(&home, &alice, "client_password.revoked").len());
        assert_eq!(moved + revoked, round);
        assert_eq!(ended_by(&home, &alice, "revoked_by_member"), revoked);
        assert_eq!(records(&home, &alice, "client_password.moved").len(), moved);
        none_opens(&home, &alice, &[old]);
        let label = json!({"label": "Still alive"});
        alice.http.patch(&new.path(""), &label).expect(200);
    }
}
