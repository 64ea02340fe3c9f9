//! Ends of single client passwords, against uses, against other ends, against rotations.

use serde_json::json;

use super::{
    ROUNDS, action, at_once, ended_by, granted, issue, made, none_opens, race, recorded_ends, records,
    rotate, secured, shown,
};
use crate::support::TestApp;

#[test]
fn writing_down_uses_never_revives_what_is_revoked() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    for round in 0..ROUNDS {
        let phone = alice.issue("Phone");
        let (path, check) =
            (phone.path(""), || home.mail_server.check(&alice.login, &phone.secret, "imap").status);
        assert_eq!(check(), 200);
        let actions = vec![
            action(check),
            action(|| alice.http.get(&path).status),
            action(|| alice.http.delete(&path).status),
            action(check),
            // Reading one writes down what was used before.
            action(|| alice.http.get(&path).status),
        ];
        assert_eq!(at_once(actions), [200, 200, 204, 200, 200], "round {round}");
        for _ in 0..2 {
            assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "revoked");
            assert_eq!(shown(&alice.http, &phone)["ended_reason"], "revoked_by_member");
        }
    }
}

#[test]
fn of_many_revocations_of_the_same_one_happens() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    for round in 1..=ROUNDS {
        let phone = alice.issue("Phone");
        let revoke = |n: usize| {
            let (by, path) = (if n.is_multiple_of(2) { &alice.http } else { &home.operator }, phone.path(""));
            action(move || by.delete(&path).status)
        };
        assert_eq!(at_once((0..6).map(revoke).collect()), [204; 6]);
        assert_eq!(records(&home, &alice, "client_password.revoked").len(), round);
    }
}

#[test]
fn of_many_who_end_all_at_once_one_does() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    for round in 1..=ROUNDS {
        let phones = issue(&alice, 3);
        let path = alice.path("/client-passwords");
        let end_all = |_| {
            let (http, path) = (&alice.http, &path);
            action(move || http.delete(path).expect(200).body["ended_client_passwords"].as_u64().unwrap())
        };
        assert_eq!(at_once((0..4).map(end_all).collect()).into_iter().sum::<u64>(), 3);
        let records = records(&home, &alice, "client_passwords.revoked");
        assert_eq!((records.len(), recorded_ends(&records)), (round, 3 * round));
        none_opens(&home, &alice, &phones);
    }
}

/// With no overlap either the rotation or the revocation has ended it, never both.
#[test]
fn a_rotation_and_a_revocation_of_the_same_do_not_both_end_it() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    for round in 1..=ROUNDS {
        let phone = alice.issue("Phone");
        let (rotated, revoked) = race(
            round,
            &home.mail_server,
            || rotate(&alice, &phone, 0),
            || alice.http.delete(&phone.path("")),
        );
        revoked.expect(204);
        granted(std::slice::from_ref(&rotated), 201, &[(409, "not_active")]);
        let revocations = records(&home, &alice, "client_password.revoked").len();
        let rotations = records(&home, &alice, "client_password.rotated").len();
        assert_eq!(revocations + rotations, round);
        let reason = if rotated.status == 201 { "rotated" } else { "revoked_by_member" };
        assert_eq!(shown(&alice.http, &phone)["ended_reason"], reason);
        none_opens(&home, &alice, &[phone]);
        for new in made(&[rotated]) {
            assert_eq!(home.mail_server.verdict(&alice.login, &new.secret), "accept");
        }
    }
}

#[test]
fn a_revocation_during_a_rotation_with_an_overlap_ends_the_old_one() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    for round in 1..=ROUNDS {
        let phone = alice.issue("Phone");
        let (revoked, rotated) = race(
            round,
            &home.mail_server,
            || alice.http.delete(&phone.path("")),
            || rotate(&alice, &phone, 3600),
        );
        revoked.expect(204);
        let answers = [rotated];
        granted(&answers, 201, &[(409, "not_active")]);
        assert_eq!(shown(&alice.http, &phone)["ended_reason"], "revoked_by_member");
        assert_eq!(records(&home, &alice, "client_password.revoked").len(), round);
        none_opens(&home, &alice, &[phone]);
        // The end of the old one is not the end of the new one.
        let new = made(&answers);
        assert!(new.iter().all(|new| home.mail_server.verdict(&alice.login, &new.secret) == "accept"));
    }
}

/// Each client password ends once, and every end is counted where it belongs.
#[test]
fn ends_that_meet_secure_login_off_are_counted_once() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let mut ended = 0;
    for round in 1..=ROUNDS {
        alice.secure_login(true);
        let phones = issue(&alice, 4);
        let revoke = |phone| {
            let http = &alice.http;
            action(move || http.delete(phone).status)
        };
        let paths: Vec<String> = phones.iter().map(|phone| phone.path("")).collect();
        let (off, revoked) = race(
            round,
            &home.mail_server,
            || alice.secure_login(false),
            || at_once(paths.iter().map(|path| revoke(path)).collect()),
        );
        assert_eq!(revoked, [204; 4]);
        ended += usize::try_from(off.body["ended_client_passwords"].as_u64().unwrap()).unwrap();
        let revocations = records(&home, &alice, "client_password.revoked").len();
        assert_eq!(ended + revocations, 4 * round);
        assert_eq!(ended_by(&home, &alice, "secure_login_off"), ended);
        assert_eq!(ended_by(&home, &alice, "revoked_by_member"), revocations);
        assert_eq!(recorded_ends(&records(&home, &alice, "secure_login.off")), ended);
    }
}

#[test]
fn what_is_changed_while_it_is_revoked_stays_revoked() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    for round in 1..=ROUNDS {
        let phone = alice.issue("Phone");
        let change = || alice.http.patch(&phone.path(""), &json!({"label": "Old phone"}));
        let (revoked, changed) =
            race(round, &home.mail_server, || alice.http.delete(&phone.path("")), change);
        revoked.expect(204);
        let refusals = [(409, "not_active"), (412, "version_mismatch")];
        granted(&[changed], 200, &refusals);
        assert_eq!(shown(&alice.http, &phone)["ended_reason"], "revoked_by_member");
        assert_eq!(records(&home, &alice, "client_password.revoked").len(), round);
        none_opens(&home, &alice, &[phone]);
    }
}
