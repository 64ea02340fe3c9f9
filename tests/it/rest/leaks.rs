//! `/v1/leaks`: what was found somewhere ends, whoever's it is and whoever reports it; whoever reports learns nothing.

use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::Duration;

use clientpass::config::Limits;
use clientpass::service::admin::{AdminCommand, AdminReply};
use serde_json::{Value, json};

use super::administration::{Neighbours, each, make_key, one_record, program, recorded, secured, signed_in};
use crate::pages::set_up;
use crate::probe;
use crate::support::actors::{Answer, Http, Installation};
use crate::support::{ClientPassword, Options, Person, TestApp};

mod telling;

/// Of the form of ours, and nobody's.
const NOBODYS: &str = "qwert-yuiop-asdfg-hjklz-xcvbn-mqwxm";

fn report(by: &Http, secrets: &[&str]) -> Answer {
    by.post("/v1/leaks", &json!({"secrets": secrets}))
}

fn letters(of: &ClientPassword) -> String {
    of.secret.replace('-', "")
}

/// The id of who holds a key, and its token.
fn key(by: &Http, role: &str, organization: Option<&str>) -> (String, String) {
    let made = make_key(by, role, organization).expect(201);
    (made.text_of("id"), made.text_of("key"))
}

/// A member of the neighbours with secure login.
fn neighbour(app: &TestApp, home: &Installation, neighbours: &Neighbours) -> Person {
    neighbours.member(home, "ned").secured(app.time.wall())
}

#[test]
fn client_passwords_end_in_every_organization_however_they_are_written() {
    let (app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let (alice, ned) = (secured(&app, &home, "alice"), neighbour(&app, &home, &neighbours));
    let [plain, shown, typed, kept] = ["a", "b", "c", "d"].map(|label| alice.issue(label));
    let other = ned.issue("other");
    let bob = signed_in(&home, "bob", "member");
    let typed_as = typed.secret.to_uppercase().replace('-', " \u{2014} ").replace('L', "1");
    report(&bob.http, &[&letters(&plain), &shown.secret, &typed_as, &other.secret, "x", ""]).expect(202);

    for ended in [&plain, &shown, &typed] {
        for protocol in ["imap", "smtp"] {
            let verdict = home.mail_server.verdict_over(&alice.login, &ended.secret, protocol);
            assert_eq!(verdict, "revoked");
        }
        let seen = alice.http.get(&ended.path("")).expect(200);
        assert_eq!(
            (seen.text_of("state"), seen.text_of("ended_reason")),
            ("revoked".into(), "leaked".into())
        );
        assert_eq!(seen.text_of("ended_at"), app.time.wall().to_string());
    }
    assert_eq!(home.mail_server.verdict(&ned.login, &other.secret), "revoked");
    assert_eq!(home.mail_server.verdict(&alice.login, &kept.secret), "accept");
}

#[test]
fn of_a_rotated_one_the_string_that_was_found_ends() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let rotated = |label: &str| {
        let old = alice.issue(label);
        let new = alice.http.post(&old.path("/rotate"), &json!({})).expect(201);
        (old, ClientPassword::of(&new))
    };
    let verdict = |one: &ClientPassword| home.mail_server.verdict(&alice.login, &one.secret);

    let (old, new) = rotated("the old one was found");
    report(&home.operator, &[&old.secret]).expect(202);
    assert_eq!([verdict(&old), verdict(&new)], ["revoked", "accept"]);

    // As with every end of a successor, the one that it was to replace ends as well.
    let (old, new) = rotated("the new one was found");
    report(&home.operator, &[&new.secret]).expect(202);
    assert_eq!([verdict(&new), verdict(&old)], ["revoked", "revoked"]);

    let (old, new) = rotated("both were found");
    let events = recorded(&home, || report(&home.operator, &[&new.secret, &old.secret]).expect(202)).0;
    assert_eq!(each(&events, "action"), ["client_password.leaked", "client_password.leaked"]);
    assert_eq!([verdict(&new), verdict(&old)], ["revoked", "revoked"]);
}

#[test]
fn service_keys_end_and_a_mail_servers_is_marked() {
    let (app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let alice = secured(&app, &home, "alice");
    let ended = [
        key(&home.operator, "auditor", None),
        key(&home.operator, "directory", Some(&home.organization_id)),
        key(&home.operator, "operator", Some(&neighbours.id)),
    ];
    let (server_id, server) = key(&home.operator, "mail_server", Some(&home.organization_id));
    for (_, token) in &ended {
        report(&alice.http, &[&format!(" {token}\n")]).expect(202);
        home.operator.bearing(token).get("/v1/me").expect_problem(401, "unauthenticated");
    }

    let listed = |id: &str| {
        let keys = home.operator.get("/v1/service-keys").expect(200);
        keys.items().iter().find(|key| key["id"] == id).unwrap()["leak_reported_at"].clone()
    };
    assert_eq!(listed(&server_id), Value::Null);
    let first = app.time.wall();
    let event = one_record(&home, || report(&home.operator, &[&server]).expect(202));
    assert_eq!(event["action"], "service_key.leak_reported");
    assert_eq!(event["details"], json!({"role": "mail_server"}));
    app.advance(Duration::from_secs(60));
    assert!(recorded(&home, || report(&home.operator, &[&server]).expect(202)).0.is_empty());
    assert_eq!(listed(&server_id), json!(first.to_string()));
    let phone = alice.issue("Phone");
    assert_eq!(home.operator.bearing(&server).verdict(&alice.login, &phone.secret), "accept");
}

#[test]
fn sessions_and_links_end() {
    let (app, home) = TestApp::installed_with(set_up::with_mail());
    let (alice, bob) = (secured(&app, &home, "alice"), home.external_member("bob"));
    let found = signed_in(&home, "carol", "member");
    let link = home.operator.send("POST", &bob.path("/invitations"), None).expect(201).text_of("link");
    let invitation = link.split_once('#').unwrap().1;
    let made = set_up::make(&app, &alice);

    let strings = [found.http.token(), invitation, made.token()];
    let events = recorded(&home, || report(&alice.http, &strings).expect(202)).0;
    let mut actions = each(&events, "action");
    actions.sort();
    let expected = ["invitation.leaked", "leaks.reported", "session.leaked", "setup_link.leaked"];
    assert_eq!(actions, expected);

    found.http.get("/v1/me").expect_problem(401, "unauthenticated");
    let body = json!({"token": invitation, "password": "a chosen password"});
    app.http().post("/v1/invitations/redeem", &body).expect_problem(403, "invalid_invitation");
    set_up::fetch(&app, made.link()).expect(410);
    // Nobody had the secret behind the link yet.
    assert_eq!(home.mail_server.verdict(&alice.login, &made.letters), "accept");
}

#[test]
fn whoever_reports_may_report_the_own_session_or_key() {
    let (_app, home) = TestApp::installed();
    let alice = signed_in(&home, "alice", "member");
    let auditor = program(&home, "auditor", None);
    for http in [&alice.http, &auditor, &home.operator] {
        report(http, &[http.token()]).expect(202);
        report(http, &[http.token()]).expect_problem(401, "unauthenticated");
    }
}

#[test]
fn an_invitation_and_the_key_that_made_it_end_in_one_report() {
    let (app, home) = TestApp::installed();
    let bob = home.external_member("bob");
    let directory = program(&home, "directory", Some(&home.organization_id));
    let made = directory.send("POST", &bob.path("/invitations"), None).expect(201).text_of("link");
    let invitation = made.split_once('#').unwrap().1;
    report(&home.operator, &[directory.token(), invitation]).expect(202);
    directory.get("/v1/me").expect_problem(401, "unauthenticated");
    let body = json!({"token": invitation, "password": "a chosen password"});
    app.http().post("/v1/invitations/redeem", &body).expect_problem(403, "invalid_invitation");
}

#[test]
fn the_link_by_which_an_installation_is_set_up_ends() {
    let app = TestApp::start();
    let wanted =
        AdminCommand::CreateServiceKey { role: "operator".into(), organization: None, label: "x".into() };
    let made = app.execute(&wanted).unwrap();
    let AdminReply::ServiceKeyCreated(made) = made else { panic!("{made:?}") };
    let token = app.setup_token.clone().unwrap();
    report(&app.http().bearing(made.key.expose()), &[&token]).expect(202);
    let body = json!({
        "token": token, "organization": "x", "domain": "example.org", "owner": "o@example.org",
        "password": "a long password",
    });
    app.http().post("/v1/setup", &body).expect_problem(403, "invalid_setup_token");
}

#[test]
fn everybody_reports_but_mail_servers() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let bound = Some(home.organization_id.as_str());
    for server in [home.mail_server.clone(), program(&home, "mail_server", bound)] {
        report(&server, &[&phone.secret]).expect_problem(403, "forbidden");
    }
    report(&app.http(), &[&phone.secret]).expect_problem(401, "unauthenticated");
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");

    // An old sign-in will do: to end something never needs a fresh one.
    app.advance(Duration::from_secs(1_200));
    report(&alice.http, &[NOBODYS]).expect(202);
    for role in ["auditor", "directory", "operator"] {
        for organization in [None, bound] {
            report(&program(&home, role, organization), &[NOBODYS]).expect(202);
        }
    }
}

/// What an answer says but for its id and time.
fn said(answer: &Answer) -> (u16, String, Vec<(String, String)>) {
    let differs = |name: &str| ["x-request-id", "date"].contains(&name);
    let headers = answer.headers.iter().filter(|(name, _)| !differs(name)).cloned().collect();
    (answer.status, answer.text.clone(), headers)
}

#[test]
fn the_answer_is_the_same_bytes_whatever_was_found() {
    let (app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let (alice, ned) = (secured(&app, &home, "alice"), neighbour(&app, &home, &neighbours));
    let (live, dead, elsewhere) = (alice.issue("live"), alice.issue("dead"), ned.issue("elsewhere"));
    alice.http.delete(&dead.path("")).expect(204);
    let (_, server) = key(&home.operator, "mail_server", None);
    let many = vec![NOBODYS; 1_000];
    let bob = signed_in(&home, "bob", "member");
    let nothing = said(&report(&bob.http, &["nothing of ours"]));
    assert_eq!((nothing.0, nothing.1.as_str()), (202, "{}"));
    for secrets in [
        &[NOBODYS][..],
        &[&live.secret],
        &[&live.secret],
        &[&dead.secret],
        &[&elsewhere.secret],
        &[&server],
        &["cpk_000000000000000000000000000000000000", "\u{0}", "\u{202e}"],
        &many,
    ] {
        assert_eq!(said(&report(&bob.http, secrets)), nothing);
    }
}

#[test]
fn what_has_ended_is_no_change_and_keeps_its_end() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let soon = app.time.wall().plus(Duration::from_secs(60)).to_string();
    let (revoked, leaked) = (alice.issue("revoked"), alice.issue("leaked"));
    let expired = alice.issue_with(&json!({"label": "expired", "expires_at": soon}));
    alice.http.delete(&revoked.path("")).expect(204);
    report(&alice.http, &[&leaked.secret]).expect(202);
    app.advance(Duration::from_secs(61));
    let all = [&revoked, &leaked, &expired];
    let before = all.map(|one| alice.http.get(&one.path("")).expect(200).text);
    let strings = all.map(|one| one.secret.as_str());
    let events = recorded(&home, || report(&alice.http, &strings).expect(202)).0;
    assert_eq!(each(&events, "action"), ["leaks.reported"]);
    assert_eq!(all.map(|one| alice.http.get(&one.path("")).expect(200).text), before);
}

#[test]
fn a_report_that_is_none_changes_nothing() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let long = "x".repeat(257);
    let many: Vec<&str> = std::iter::once(phone.secret.as_str()).chain(vec!["x"; 1_000]).collect();
    report(&alice.http, &[]).expect_field("secrets", "out_of_range");
    report(&alice.http, &many).expect_field("secrets", "out_of_range");
    let answer = report(&alice.http, &[&phone.secret, &long]).expect_field("secrets[1]", "too_long");
    assert!(!answer.text.contains(&long));
    alice
        .http
        .post("/v1/leaks", &json!({"secrets": [phone.secret, 1]}))
        .expect_field("secrets[1]", "malformed");
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    let widest = "\u{1f600}".repeat(256);
    report(&alice.http, &[&widest, &phone.secret]).expect(202);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "revoked");
}

#[test]
fn a_report_too_many_is_put_off_whole() {
    let mut options = Options::default();
    options.config.limits = Limits::default();
    let (app, home) = TestApp::installed_with(options);
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let bob = signed_in(&home, "bob", "member");
    let taken = (0..200).take_while(|_| report(&bob.http, &[NOBODYS]).status == 202).count();
    assert!((10..=60).contains(&taken), "{taken}");
    let put_off = report(&bob.http, &[&phone.secret]).expect_problem(429, "too_many_changes");
    assert_eq!(put_off.header("retry-after"), Some("1"));
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    app.advance(Duration::from_secs(1));
    report(&bob.http, &[&phone.secret]).expect(202);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "revoked");
}

#[test]
fn what_cannot_be_written_is_not_done_and_said() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let (phone, tablet) = (alice.issue("Phone"), alice.issue("Tablet"));
    for broken in ["audit/record", "client_passwords/revoke", "leaks/end_session"] {
        *app.faults.statement.lock().unwrap() = Some(broken);
        let bob = home.operator.bearing(alice.http.token());
        report(&bob, &[&phone.secret, &tablet.secret, alice.http.token()]).expect_problem(503, "unavailable");
    }
    *app.faults.statement.lock().unwrap() = None;
    for one in [&phone, &tablet] {
        assert_eq!(home.mail_server.verdict(&alice.login, &one.secret), "accept");
    }
    alice.http.get("/v1/me").expect(200);
}

/// Between the look-up and the write it ends, or moves under another pepper, or its session goes on with another token.
#[test]
fn what_changes_meanwhile_is_looked_up_once_more() {
    let step = |statement| clientpass::store::engine::Step { statement, args: vec![], unless_one: None };
    let ends =
        probe!("UPDATE client_passwords SET ended_at = 1, ended_reason = 'idle' WHERE ended_at IS NULL");
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    *app.faults.overtaking.lock().unwrap() = Some(("leaks/client_password", vec![step(ends)]));
    let events = recorded(&home, || report(&home.operator, &[&phone.secret]).expect(202)).0;
    assert!(events.is_empty(), "{events:?}");
    assert_eq!(alice.http.get(&phone.path("")).expect(200).text_of("ended_reason"), "idle");

    let other = probe!("UPDATE sessions SET verifier = id");
    let carol = signed_in(&home, "carol", "member");
    *app.faults.overtaking.lock().unwrap() = Some(("leaks/session", vec![step(other)]));
    let events = recorded(&home, || report(&home.operator, &[carol.http.token()]).expect(202)).0;
    assert!(events.is_empty(), "{events:?}");
}

/// Asks, and does not wait for the answer.
fn ask(by: &Http, secrets: &[&str]) -> Receiver<Answer> {
    let (by, secrets) = (by.clone(), secrets.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>());
    let (tell, told) = channel();
    std::thread::spawn(move || drop(tell.send(by.post("/v1/leaks", &json!({"secrets": secrets})))));
    told
}

#[test]
fn answers_leave_on_the_same_second_whatever_was_found() {
    let mut options = Options::default();
    options.config.verify.refusal_floor_ms = 50;
    let (app, home) = TestApp::installed_with(options);
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let asked =
        [ask(&home.operator, &["x"]), ask(&home.operator, &[NOBODYS]), ask(&home.operator, &[&phone.secret])];
    crate::support::time::until("all being parked", || {
        app.metrics().contains("\nclientpass_parked_refusals 3\n")
    });
    // It is done by then, and only the answer waits.
    assert_eq!(alice.http.get(&phone.path("")).expect(200).text_of("ended_reason"), "leaked");
    app.advance(Duration::from_millis(999));
    for one in &asked {
        assert_eq!(one.try_recv().map(|answer| answer.text), Err(TryRecvError::Empty));
    }
    app.advance(Duration::from_millis(1));
    for one in &asked {
        assert_eq!(one.recv_timeout(crate::support::time::PATIENCE).unwrap().expect(202).text, "{}");
    }
}
