//! Issuing, against itself and against what ends everything.

use serde_json::json;

use super::{
    Action, ROUNDS, action, all, at_once, ended_by, granted, issue, made, none_opens, race, recorded_ends,
    records, rotate, secured, suspend,
};
use crate::support::{Answer, TestApp};

#[test]
fn no_more_than_the_limit_are_issued_however_many_ask_at_once() {
    let (app, home) = TestApp::installed();
    for round in 0..2 {
        let alice = secured(&app, &home, &format!("alice{round}"));
        let path = alice.path("/client-passwords");
        let ask = |n: usize| {
            let (http, path) = (&alice.http, &path);
            action(move || http.post(path, &json!({"label": format!("Client {n}")})))
        };
        let answers = at_once((0..60).map(ask).collect());
        assert_eq!(granted(&answers, 201, &[(409, "limit_reached")]), 25);
        assert_eq!(records(&home, &alice, "client_password.issued").len(), 25);
        assert_eq!(all(&alice.http, &format!("{path}?state=active")).len(), 25);
        for one in made(&answers) {
            assert_eq!(home.mail_server.verdict(&alice.login, &one.secret), "accept");
        }
    }
}

#[test]
fn what_secure_login_off_meets_is_dead_and_counted() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let (mut ended, mut secrets) = (0, Vec::new());
    for round in 0..ROUNDS {
        alice.secure_login(true);
        secrets.extend(issue(&alice, 3));
        let again = secrets[secrets.len() - 3..].to_vec();
        let asked = |n: usize| -> Action<'_, Answer> {
            let (alice, again) = (&alice, &again);
            if n.is_multiple_of(2) {
                action(move || alice.http.post(&alice.path("/client-passwords"), &json!({"label": "Late"})))
            } else {
                action(move || rotate(alice, &again[n % 3], 3600))
            }
        };
        let (off, answers) = race(
            round,
            &home.mail_server,
            || alice.secure_login(false),
            || at_once((0..4).map(asked).collect()),
        );
        granted(&answers, 201, &[(409, "secure_login_off"), (409, "not_active")]);
        ended += usize::try_from(off.body["ended_client_passwords"].as_u64().unwrap()).unwrap();
        secrets.extend(made(&answers));
        none_opens(&home, &alice, &made(&answers));
        none_opens(&home, &alice, &again);
        let offs = records(&home, &alice, "secure_login.off");
        assert_eq!(offs.len(), round + 1);
        assert_eq!(ended_by(&home, &alice, "secure_login_off"), ended);
        assert_eq!(recorded_ends(&offs), ended);
    }
    let issued = records(&home, &alice, "client_password.issued").len();
    let rotated = records(&home, &alice, "client_password.rotated").len();
    assert_eq!(issued + rotated, secrets.len(), "one record for each that was made");
    alice.secure_login(true);
    none_opens(&home, &alice, &secrets);
}

#[test]
fn many_who_turn_it_off_at_once_do_so_once() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    for round in 1..=ROUNDS {
        alice.secure_login(true);
        let phone = issue(&alice, 2);
        let off = |n: usize| {
            let (path, by) =
                (alice.path("/secure-login"), if n.is_multiple_of(2) { &alice.http } else { &home.operator });
            action(move || by.put(&path, &json!({"enabled": false})))
        };
        let answers = at_once((0..4).map(off).collect());
        granted(&answers, 200, &[(409, "conflict"), (401, "unauthenticated")]);
        let ended: u64 =
            answers.iter().filter_map(|answer| answer.body["ended_client_passwords"].as_u64()).sum();
        assert_eq!(ended, 2);
        assert_eq!(records(&home, &alice, "secure_login.off").len(), round);
        assert_eq!(home.operator.get(&alice.path("/secure-login")).body["epoch"], round);
        none_opens(&home, &alice, &phone);
        if alice.http.get("/v1/me").status == 401 {
            return;
        }
    }
}

#[test]
fn a_factor_that_is_confirmed_while_secure_login_goes_off_saves_nothing() {
    let (app, home) = TestApp::installed();
    for round in 0..ROUNDS {
        let mut alice = secured(&app, &home, &format!("alice{round}"));
        let phone = issue(&alice, 1);
        let begun = alice.http.post(&alice.path("/second-factors"), &json!({"type": "totp"})).expect(201);
        alice.seed = Some(begun.text_of("secret"));
        let code = json!({"code": alice.code(app.time.wall())});
        let path = alice.path(&format!("/second-factors/{}/confirm", begun.text_of("id")));
        let (off, confirmed) =
            race(round, &home.mail_server, || alice.secure_login(false), || alice.http.post(&path, &code));
        let done = granted(&[confirmed], 200, &[(409, "conflict"), (404, "not_found")]);
        assert_eq!(off.body["ended_client_passwords"], 1);
        none_opens(&home, &alice, &phone);
        assert_eq!(records(&home, &alice, "secure_login.off").len(), 1);
        assert_eq!(records(&home, &alice, "second_factor.confirmed").len(), 1 + done);
        assert_eq!(alice.http.get(&alice.path("/second-factors")).items().len(), 1 + done);
    }
}

#[test]
fn nothing_is_issued_past_a_suspension() {
    let (app, home) = TestApp::installed();
    for round in 0..ROUNDS {
        let alice = secured(&app, &home, &format!("alice{round}"));
        let before = issue(&alice, 2);
        let ask = |_| {
            let alice = &alice;
            action(move || alice.http.post(&alice.path("/client-passwords"), &json!({"label": "Late"})))
        };
        let (suspended, answers) =
            race(round, &home.mail_server, || suspend(&home, &alice), || at_once((0..4).map(ask).collect()));
        suspended.expect(200);
        let refusals = [(409, "secure_login_off"), (409, "not_active"), (401, "unauthenticated")];
        let issued = granted(&answers, 201, &refusals);
        none_opens(&home, &alice, &before);
        none_opens(&home, &alice, &made(&answers));
        let suspensions = records(&home, &alice, "member.suspended");
        assert_eq!((suspensions.len(), recorded_ends(&suspensions)), (1, 2 + issued));
        assert_eq!(ended_by(&home, &alice, "member_suspended"), 2 + issued);
        home.operator.patch(&alice.path(""), &json!({"state": "active"})).expect(200);
        none_opens(&home, &alice, &made(&answers));
    }
}
