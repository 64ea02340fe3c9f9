//! A refusal leaves no earlier than its time; an accept leaves at once; and not too many wait.

use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::Duration;

use serde_json::json;

use super::administration::{program, secured};
use crate::support::{Answer, Http, Options, TestApp};

const FLOOR: Duration = Duration::from_millis(50);
const ALMOST: Duration = Duration::from_millis(49);
const THE_REST: Duration = Duration::from_millis(1);

fn with_floor(max_parked: usize) -> Options {
    let mut options = Options::default();
    options.config.verify.refusal_floor_ms = 50;
    options.config.verify.max_parked = max_parked;
    options
}

/// Asks, and does not wait for the answer.
fn ask(by: &Http, login: &str, password: &str) -> Receiver<Answer> {
    let (by, login, password) = (by.clone(), login.to_owned(), password.to_owned());
    let (tell, told) = channel();
    // Whoever does not want to know any more has dropped the receiver.
    std::thread::spawn(move || drop(tell.send(by.check(&login, &password, "imap"))));
    told
}

/// Waits until so many refusals wait; fails if one of these has been answered meanwhile.
#[track_caller]
fn wait_until_parked(app: &TestApp, asked: &[Receiver<Answer>], count: usize) {
    let (_silent, silence) = channel::<()>();
    for _ in 0..100_000 {
        for one in asked {
            assert_eq!(
                one.try_recv().map(|answer| answer.text),
                Err(TryRecvError::Empty),
                "answered at once"
            );
        }
        if app.time.sleepers_within(FLOOR) >= count {
            return;
        }
        // Leaves the processor to those who answer; nothing ever comes on this channel.
        assert!(silence.recv_timeout(Duration::from_micros(200)).is_err());
    }
    panic!("{} of {count} are waiting", app.time.sleepers_within(FLOOR));
}

#[track_caller]
fn reason(of: &Receiver<Answer>) -> String {
    of.recv_timeout(Duration::from_secs(20)).expect("no answer").expect(200).text_of("reason")
}

#[test]
fn a_refusal_waits_whatever_its_reason() {
    let (app, home) = TestApp::installed_with(with_floor(100));
    let (alice, bob) = (secured(&app, &home, "alice"), home.member("bob"));
    let asleep = home.member("asleep");
    home.operator.patch(&asleep.path(""), &json!({"state": "suspended"})).expect(200);
    let dead = alice.issue("Phone");
    alice.http.delete(&dead.path("")).expect(204);
    let bound = program(&home, "mail_server", Some(&home.organization_id));
    let asked = [
        ask(&home.mail_server, "nobody@example.org", "anything"),
        ask(&home.mail_server, "no address", "anything"),
        ask(&bound, "nobody@example.test", "anything"),
        ask(&home.mail_server, &alice.login, "anything"),
        ask(&home.mail_server, &bob.login, "a wrong one"),
        ask(&home.mail_server, &asleep.login, &asleep.password),
        ask(&home.mail_server, &alice.login, &dead.secret),
    ];
    wait_until_parked(&app, &asked, asked.len());
    app.advance(ALMOST);
    wait_until_parked(&app, &asked, asked.len());
    app.advance(THE_REST);
    let expected = ["invalid_credentials"; 5].into_iter().chain(["member_suspended", "revoked"]);
    for (one, expected) in asked.iter().zip(expected) {
        assert_eq!(reason(one), expected);
    }
}

#[test]
fn an_accept_and_a_defer_leave_at_once() {
    let (app, home) = TestApp::installed_with(with_floor(100));
    let (alice, bob) = (secured(&app, &home, "alice"), home.member("bob"));
    let (guest, phone) = (home.external_member("guest"), alice.issue("Phone"));
    let before = app.time.wall();
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    assert_eq!(home.mail_server.verdict(&bob.login, &bob.password), "accept");
    assert_eq!(home.mail_server.verdict(&guest.login, "anything"), "defer");
    assert_eq!(app.time.wall(), before, "no time has passed");
}

#[test]
fn what_cannot_be_answered_is_said_at_once() {
    let (app, home) = TestApp::installed_with(with_floor(100));
    app.faults.reads.store(true, std::sync::atomic::Ordering::SeqCst);
    home.mail_server.check("alice@example.org", "anything", "imap").expect_problem(503, "unavailable");
    app.faults.set_all(false);
    home.mail_server.check("alice@example.org", "anything", "ftp").expect_field("protocol", "malformed");
    home.operator.check("alice@example.org", "anything", "imap").expect_problem(403, "forbidden");
}

#[test]
fn beyond_so_many_waiting_refusals_the_answer_is_a_temporary_failure() {
    let (app, home) = TestApp::installed_with(with_floor(2));
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let asked = ["a@example.org", "b@example.org"].map(|login| ask(&home.mail_server, login, "anything"));
    wait_until_parked(&app, &asked, 2);
    for login in ["c@example.org", alice.login.as_str()] {
        let full = home.mail_server.check(login, "anything", "imap").expect_problem(503, "unavailable");
        assert_eq!(full.header("retry-after"), Some("1"));
    }
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept", "who is right never waits");
    let metrics = app.metrics();
    assert!(metrics.contains("\nclientpass_parked_refusals 2\n"), "{metrics}");

    app.advance(FLOOR);
    for one in &asked {
        assert_eq!(reason(one), "invalid_credentials");
    }
    let again = [ask(&home.mail_server, "d@example.org", "anything")];
    wait_until_parked(&app, &again, 1);
    app.advance(FLOOR);
    assert_eq!(reason(&again[0]), "invalid_credentials");
    let metrics = app.metrics();
    assert!(metrics.contains("\nclientpass_parked_refusals 0\n"), "{metrics}");
}
