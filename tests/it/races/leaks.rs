//! Leak reports, against each other, against rotations and uses: what was reported and acknowledged opens nothing.

use serde_json::json;

use super::{ROUNDS, action, at_once, granted, made, none_opens, race, records, rotate, secured, shown};
use crate::support::{Answer, Http, TestApp};

fn report(by: &Http, secrets: &[&str]) -> Answer {
    by.post("/v1/leaks", &json!({"secrets": secrets}))
}

#[test]
fn of_many_reports_of_the_same_one_ends_it() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    for round in 1..=ROUNDS {
        let phone = alice.issue("Phone");
        let reporting = |n: usize| {
            let by = if n.is_multiple_of(2) { &alice.http } else { &home.operator };
            let secret = &phone.secret;
            action(move || report(by, &[secret]).status)
        };
        assert_eq!(at_once((0..6).map(reporting).collect()), [202; 6]);
        assert_eq!(records(&home, &alice, "client_password.leaked").len(), round);
        none_opens(&home, &alice, &[phone]);
    }
}

#[test]
fn a_report_during_a_rotation_ends_what_was_reported() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    for round in 1..=ROUNDS {
        let phone = alice.issue("Phone");
        let (reported, rotated) = race(
            round,
            &home.mail_server,
            || report(&home.operator, &[&phone.secret]),
            || rotate(&alice, &phone, 3600),
        );
        reported.expect(202);
        let answers = [rotated];
        granted(&answers, 201, &[(409, "not_active")]);
        assert_eq!(shown(&alice.http, &phone)["ended_reason"], "leaked");
        assert_eq!(records(&home, &alice, "client_password.leaked").len(), round);
        none_opens(&home, &alice, &[phone]);
        // The new one was not found anywhere.
        let new = made(&answers);
        assert!(new.iter().all(|new| home.mail_server.verdict(&alice.login, &new.secret) == "accept"));
    }
}

#[test]
fn a_check_that_begins_after_the_answer_is_refused() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    for _ in 0..ROUNDS {
        let phone = alice.issue("Phone");
        let check = || home.mail_server.verdict(&alice.login, &phone.secret);
        assert_eq!(check(), "accept");
        let afterwards = || {
            report(&home.operator, &[&phone.secret]).expect(202);
            check()
        };
        let uses = action(|| {
            (0..8).for_each(|_| drop(check()));
            "revoked".to_owned()
        });
        assert_eq!(at_once(vec![action(afterwards), uses]), ["revoked", "revoked"]);
    }
}

/// Whoever locks whom first: nobody waits for ever, and nobody's report is lost.
#[test]
fn those_who_report_each_other_are_both_done() {
    let (app, home) = TestApp::installed();
    let (mut alice, mut bob) = (secured(&app, &home, "alice"), secured(&app, &home, "bob"));
    for _ in 0..ROUNDS {
        let (hers, his) = (alice.issue("Phone"), bob.issue("Phone"));
        let key = |label: &str| {
            let body = json!({"role": "auditor", "label": label});
            home.operator.post("/v1/service-keys", &body).expect(201).text_of("key")
        };
        let (one, other) = (key("one"), key("other"));
        let by = |token: &str, secrets: Vec<String>| {
            let by = home.operator.bearing(token);
            action(move || by.post("/v1/leaks", &json!({"secrets": secrets})).status)
        };
        let answers = at_once(vec![
            by(alice.http.token(), vec![his.secret.clone(), bob.http.token().to_owned()]),
            by(bob.http.token(), vec![hers.secret.clone(), alice.http.token().to_owned()]),
            by(&one, vec![hers.secret.clone(), his.secret.clone(), other.clone()]),
            by(&other, vec![his.secret.clone(), hers.secret.clone(), one.clone()]),
        ]);
        // Whose session or key was ended first is nobody any more; the other has ended it.
        assert!(answers.iter().all(|status| [202, 401].contains(status)), "{answers:?}");
        assert!(answers[..2].contains(&202) && answers[2..].contains(&202), "{answers:?}");
        none_opens(&home, &alice, &[hers]);
        none_opens(&home, &bob, &[his]);
        app.advance(std::time::Duration::from_secs(30));
        alice.sign_in_with_code(app.time.wall());
        bob.sign_in_with_code(app.time.wall());
    }
}
