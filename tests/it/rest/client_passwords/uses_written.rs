//! When uses are written down: few within a second, many within ten, all when the service stops, and those of a client
//! password before a rotation is decided by them. Log-ins of the history wait longer.

use std::sync::mpsc::channel;
use std::time::Duration;

use clientpass::domain::ids::RequestId;
use clientpass::domain::network::ClientAddress;
use clientpass::domain::place::Requester;
use clientpass::domain::protocol::Protocol;
use clientpass::domain::warnings::LOOK_EVERY;
use clientpass::service::credential_checks::{CheckOutcome, CredentialCheck};
use serde_json::json;
use uuid::Uuid;

use super::{secured, shown};
use crate::support::actors::Installation;
use crate::support::database::on_postgres;
use crate::support::faulty::Meanwhile;
use crate::support::time::{PATIENCE, until};
use crate::support::{ClientPassword, Person, TestApp};

const SECOND: Duration = Duration::from_secs(1);
/// More places than are written in one transaction, and far more uses than are few.
const MANY: u32 = 5_000;

/// The client password opens mail at so many places, without a socket.
fn use_at_many_places(app: &TestApp, person: &Person, phone: &ClientPassword, places: u32) {
    let (services, id) = (app.services(), RequestId::from(Uuid::nil()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for place in 0..places {
        let check = CredentialCheck {
            login: person.login.as_bytes(),
            password: phone.secret.as_bytes(),
            protocol: Protocol::Imap,
            client_address: ClientAddress::Known(std::net::Ipv4Addr::from_bits(0x0a00_0000 + place).into()),
            client: None,
            within: None,
            next_source: true,
        };
        let checked = services.credential_checks.check(&check, Requester::Door("test"), id);
        assert!(matches!(runtime.block_on(checked), CheckOutcome::Accept(_)));
    }
}

const PLACES: &str = "known_places/forget_oldest";

/// How many uses are in the file.
fn written(app: &TestApp) -> i64 {
    app.number("SELECT count(*) FROM uses")
}

/// How many log-ins the history in the file has counted.
fn log_ins(app: &TestApp) -> i64 {
    app.number("SELECT coalesce(sum(count), 0) FROM log_ins")
}

/// Waits until neither the job that writes, which runs every second, nor that of warnings, which has it written what it
/// decides by, is at work: what is used now waits for the next second.
fn rest(app: &TestApp) {
    let both = || (app.time.waiting_for(SECOND), app.time.waiting_for(LOOK_EVERY));
    until("what is being written being over", || both() == (1, 1));
}

/// Lets a second pass, and what is due then be written.
fn tick(app: &TestApp) {
    rest(app);
    app.advance(SECOND);
    rest(app);
}

#[test]
fn few_are_written_within_a_second() {
    if on_postgres() {
        return;
    }
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let phone = alice.issue("Phone");
    for round in 1..=3 {
        rest(&app);
        let protocol = ["imap", "smtp", "pop3"][round - 1];
        assert_eq!(home.mail_server.verdict_over(&alice.login, &phone.secret, protocol), "accept");
        tick(&app);
        let all = i64::try_from(round).unwrap();
        assert_eq!((written(&app), log_ins(&app)), (all, all));
    }
}

/// Somebody has used a client password, and all that is known of it has just been written: what comes now waits.
fn everything_just_written(app: &TestApp, home: &Installation, person: &Person, phone: &ClientPassword) {
    // Until it has been looked at what there is to warn of, which is done once with a new one.
    for _ in 0..=LOOK_EVERY.as_secs() {
        tick(app);
    }
    assert_eq!(home.mail_server.verdict_over(&person.login, &phone.secret, "smtp"), "accept");
    tick(app);
    assert_eq!((written(app), log_ins(app)), (1, 1));
}

#[test]
fn many_are_written_together_within_ten_seconds() {
    if on_postgres() {
        return;
    }
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let phone = alice.issue("Phone");
    everything_just_written(&app, &home, &alice, &phone);
    use_at_many_places(&app, &alice, &phone, MANY);
    for _ in 1..9 {
        tick(&app);
        assert_eq!(written(&app), 1, "one by one");
    }
    tick(&app);
    assert_eq!(written(&app), 2);
}

/// Nothing is decided by the history, and those who come again within a minute are one row.
#[test]
fn many_log_ins_are_written_together_within_a_minute() {
    if on_postgres() {
        return;
    }
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let phone = alice.issue("Phone");
    everything_just_written(&app, &home, &alice, &phone);
    use_at_many_places(&app, &alice, &phone, MANY);
    for _ in 1..59 {
        tick(&app);
        assert_eq!(log_ins(&app), 1, "as often as uses");
    }
    tick(&app);
    assert_eq!(log_ins(&app), i64::from(MANY) + 1);
}

#[test]
fn whatever_waits_is_written_when_the_service_stops() {
    let (mut app, home) = TestApp::installed();
    let mut alice = secured(&app, home.member("alice"));
    let (phone, old) = (alice.issue("Phone"), alice.issue("Old"));
    alice.http.delete(&old.path("")).expect(204);
    use_at_many_places(&app, &alice, &phone, MANY);
    for _ in 0..3 {
        assert_eq!(home.mail_server.verdict(&alice.login, &old.secret), "revoked");
    }
    let at = app.time.wall().to_string();
    app.restart();
    alice.http = app.http().bearing(alice.http.token());
    let last = json!({"at": at, "protocol": "imap", "ip": "10.0.19.135", "client": null});
    assert_eq!(shown(&alice, &phone)["last_used"], last);
    assert_eq!(shown(&alice, &old)["stale_use"]["count"], 3);
    if !on_postgres() {
        let places = app.number("SELECT count(*) FROM known_places WHERE purpose = 'password'");
        assert_eq!(places, 64, "of each member the last ones");
    }
}

/// What could not be written waits on, and nothing of it is counted twice: what was written of it is not written again.
#[test]
fn what_fails_in_the_middle_is_written_once() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let (phone, old) = (alice.issue("Phone"), alice.issue("Old"));
    alice.http.delete(&old.path("")).expect(204);
    use_at_many_places(&app, &alice, &phone, MANY);
    assert_eq!(home.mail_server.verdict(&alice.login, &old.secret), "revoked");
    // The first write passes, with the stale use and most of the places; the second fails.
    let (first, second) = (app.faults.clone(), app.faults.clone());
    let breaks: Meanwhile = Box::new(move || *second.statement.lock().unwrap() = Some("known_places/"));
    let passes: Meanwhile = Box::new(move || *first.meanwhile.lock().unwrap() = Some((PLACES, breaks)));
    *app.faults.meanwhile.lock().unwrap() = Some((PLACES, passes));
    shown(&alice, &phone);
    assert_eq!(app.faults.statement.lock().unwrap().take(), Some("known_places/"));
    assert_eq!(shown(&alice, &old)["stale_use"]["count"], 1);
    assert_eq!(shown(&alice, &phone)["last_used"]["ip"], "10.0.19.135");
}

fn rotated(alice: &Person, old: &ClientPassword) -> ClientPassword {
    ClientPassword::of(&alice.http.post(&old.path("/rotate"), &json!({"overlap_seconds": 3600})).expect(201))
}

/// Used over IMAP and SMTP, the old one lives on for SMTP when the new one was used over IMAP.
#[test]
fn a_rotation_is_decided_by_uses_that_are_not_written_yet() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let old = alice.issue("Phone");
    let new = rotated(&alice, &old);
    use_at_many_places(&app, &alice, &old, MANY);
    let verdict =
        |one: &ClientPassword, protocol| home.mail_server.verdict_over(&alice.login, &one.secret, protocol);
    assert_eq!(verdict(&old, "smtp"), "accept");
    assert_eq!(verdict(&new, "imap"), "accept");
    assert_eq!((verdict(&old, "imap"), verdict(&old, "smtp")), ("superseded".into(), "accept".into()));
    assert_eq!(verdict(&new, "smtp"), "accept");
    assert_eq!(shown(&alice, &old)["state"], "revoked", "every protocol that it was used over has moved");
}

#[test]
fn a_rotation_is_decided_by_uses_that_are_being_written() {
    // The thread that is held up here also drives the connections to PostgreSQL.
    if on_postgres() {
        return;
    }
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let old = alice.issue("Phone");
    let new = rotated(&alice, &old);
    let server = home.mail_server.clone();
    for protocol in ["imap", "smtp"] {
        assert_eq!(server.verdict_over(&alice.login, &old.secret, protocol), "accept");
    }
    let (tell, told) = channel();
    let (login, secret) = (alice.login.clone(), new.secret.clone());
    let happens = move || tell.send(server.verdict_over(&login, &secret, "imap")).unwrap();
    *app.faults.meanwhile.lock().unwrap() = Some(("usage/use", Box::new(happens)));
    app.advance(SECOND);
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), "accept");
    assert_eq!(home.mail_server.verdict_over(&alice.login, &old.secret, "smtp"), "accept");
}
