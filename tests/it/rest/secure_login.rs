//! Secure login: on needs a second factor, off ends every client password at that moment.

use serde_json::{Value, json};

use super::sessions::{attempt, is_signed_in};
use crate::support::actors::{ClientPassword, Installation};
use crate::support::{Answer, Http, Person, TestApp};

mod never_revived;
mod switching;

const PROTOCOLS: [&str; 9] = ["imap", "pop3", "smtp", "sieve", "jmap", "caldav", "carddav", "webdav", "xmpp"];

/// What a member's audit records say was done, oldest first.
#[track_caller]
pub(super) fn actions(home: &Installation, person: &Person) -> Vec<String> {
    let path = home.path(&format!("/audit-events?limit=200&member_id={}", person.id));
    let events = home.operator.get(&path).expect(200);
    events.items().iter().rev().map(|event| event["action"].as_str().unwrap().to_owned()).collect()
}

fn switch(http: &Http, person: &Person, enabled: bool) -> Answer {
    http.put(&person.path("/secure-login"), &json!({"enabled": enabled}))
}

/// A client password as its member sees it.
#[track_caller]
pub(super) fn shown(person: &Person, one: &ClientPassword) -> Value {
    person.http.get(&one.path("")).expect(200).body
}

#[test]
fn while_it_is_on_the_account_password_opens_no_mail() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    for protocol in PROTOCOLS {
        assert_eq!(home.mail_server.verdict_over(&alice.login, &alice.password, protocol), "accept");
    }
    alice.sign_in().enrol(app.time.wall());
    assert_eq!(home.mail_server.verdict(&alice.login, &alice.password), "accept", "a factor alone is not it");
    alice.secure_login(true);
    let phone = alice.issue("Phone");
    for protocol in PROTOCOLS {
        let verdict = |secret| home.mail_server.verdict_over(&alice.login, secret, protocol);
        assert_eq!(verdict(&alice.password), "invalid_credentials", "{protocol}");
        assert_eq!(verdict(&phone.secret), "accept", "{protocol}");
    }
}

#[test]
fn an_accept_says_who_was_let_in_and_with_what() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (home.member("alice").secured(app.time.wall()), home.member("bob"));
    let phone = alice.issue("Phone");
    let accepted = home.mail_server.check("ALICE@Example.Org", &phone.secret, "imap").expect(200);
    let expected = json!({
        "result": "accept", "via": "client_password", "login": alice.login,
        "organization_id": home.organization_id, "member_id": alice.id, "client_password_id": phone.id,
        "label": "Phone",
    });
    assert_eq!(accepted.body, expected);
    let accepted = home.mail_server.check(&bob.login, &bob.password, "imap").expect(200);
    let expected = json!({
        "result": "accept", "via": "account_password", "login": bob.login,
        "organization_id": home.organization_id, "member_id": bob.id, "client_password_id": null, "label": null,
    });
    assert_eq!(accepted.body, expected);
}

#[test]
fn turning_it_off_ends_every_client_password_at_that_moment() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let many = [alice.issue("Phone"), alice.issue("Printer"), alice.issue("Laptop")];
    let off = alice.secure_login(false);
    assert_eq!((&off.body["enabled"], &off.body["dry_run"]), (&json!(false), &json!(false)));
    assert_eq!((&off.body["epoch"], &off.body["ended_client_passwords"]), (&json!(1), &json!(3)));
    assert_eq!(off.body["since"], app.time.wall().to_string());
    for one in &many {
        for protocol in PROTOCOLS {
            let verdict = home.mail_server.verdict_over(&alice.login, &one.secret, protocol);
            assert_eq!(verdict, "secure_login_off", "{protocol}");
        }
        let one = shown(&alice, one);
        assert_eq!((&one["state"], &one["ended_reason"]), (&json!("revoked"), &json!("secure_login_off")));
        assert_eq!(one["ended_at"], app.time.wall().to_string());
    }
    assert_eq!(home.mail_server.verdict(&alice.login, &alice.password), "accept");
    let issue = alice.http.post(&alice.path("/client-passwords"), &json!({"label": "x"}));
    issue.expect_problem(409, "secure_login_off");
}

#[test]
fn what_had_ended_before_keeps_its_own_time_and_reason() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let minute = std::time::Duration::from_secs(60);
    let soon = app.time.wall().plus(minute * 2).to_string();
    let expired = alice.issue_with(&json!({"label": "Guest", "expires_at": soon}));
    let (lost, stolen) = (alice.issue("Lost"), alice.issue("Stolen"));
    alice.issue("Live");
    alice.http.delete(&lost.path("")).expect(204);
    let lost_at = app.time.wall().to_string();
    app.advance(minute);
    home.operator.delete(&stolen.path("")).expect(204);
    let stolen_at = app.time.wall().to_string();
    app.advance(minute * 3);
    assert_eq!(alice.secure_login(false).body["ended_client_passwords"], 1);

    // Of what expired and was then ended again both reasons are true.
    for (one, at, reason, verdicts) in [
        (&lost, lost_at, "revoked_by_member", ["revoked"].as_slice()),
        (&stolen, stolen_at, "revoked_by_admin", &["revoked"]),
        (&expired, soon, "expired", &["expired", "secure_login_off"]),
    ] {
        let now = shown(&alice, one);
        assert_eq!((&now["ended_at"], &now["ended_reason"]), (&json!(at), &json!(reason)));
        let verdict = home.mail_server.verdict(&alice.login, &one.secret);
        assert!(verdicts.contains(&verdict.as_str()), "{verdict}");
    }
}

#[test]
fn switching_ends_the_other_sessions_and_what_was_never_confirmed() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in().enrol(app.time.wall());
    for enabled in [true, false] {
        app.advance(std::time::Duration::from_secs(30));
        let mut other = alice.clone();
        other.sign_in_with_code(app.time.wall());
        let pending = other.http.post(&alice.path("/second-factors"), &json!({"type": "totp"})).expect(201);
        alice.secure_login(enabled);
        assert!(is_signed_in(&alice) && !is_signed_in(&other));
        let factors = alice.http.get(&alice.path("/second-factors")).expect(200);
        assert_eq!(factors.items().len(), 1);
        let confirm = alice.path(&format!("/second-factors/{}/confirm", pending.text_of("id")));
        alice.http.post(&confirm, &json!({"code": "123456"})).expect_problem(404, "not_found");
    }
}

#[test]
fn a_switch_that_cannot_be_written_does_not_happen() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let phone = alice.issue("Phone");
    app.faults.writes.store(true, std::sync::atomic::Ordering::SeqCst);
    switch(&alice.http, &alice, false).expect_problem(503, "unavailable");
    alice.http.delete(&phone.path("")).expect_problem(503, "unavailable");
    alice.http.delete(&alice.path("/client-passwords")).expect_problem(503, "unavailable");
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    app.faults.writes.store(false, std::sync::atomic::Ordering::SeqCst);
    let now = alice.http.get(&alice.path("/secure-login")).expect(200);
    assert_eq!((&now.body["enabled"], &now.body["epoch"]), (&json!(true), &json!(0)));
    assert_eq!(shown(&alice, &phone)["state"], "active");
    assert_eq!(alice.secure_login(false).body["ended_client_passwords"], 1);
}

#[test]
fn the_account_password_still_signs_in_to_the_api_while_it_is_on() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    app.advance(std::time::Duration::from_secs(30));
    let code = alice.code(app.time.wall());
    attempt(&app.http(), &alice.login, &alice.password, Some(&code)).expect(201);
}
