//! Greeting, versions, lines: what is one, what is passed over, what ends a connection.

use std::collections::BTreeSet;

use super::server::{MailServer, base64, plain};
use super::{installed, on_a_port};
use crate::support::TestApp;

#[test]
fn everything_is_said_at_once_and_mechanisms_come_before_the_process() {
    let app = TestApp::start_with(on_a_port());
    app.faults.set_all(true);
    let greetings: Vec<Vec<String>> = (0..2).map(|_| MailServer::connected(&app).greeting()).collect();
    for greeting in &greetings {
        let names: Vec<&str> = greeting.iter().map(|line| line.split('\t').next().unwrap()).collect();
        assert_eq!(names, ["VERSION", "MECH", "MECH", "SPID", "CUID", "COOKIE", "DONE"]);
        assert_eq!(greeting[..3], ["VERSION\t1\t2", "MECH\tPLAIN\tplaintext", "MECH\tLOGIN\tplaintext"]);
        assert_eq!(greeting[3], format!("SPID\t{}", std::process::id()));
        let cookie = greeting[5].strip_prefix("COOKIE\t").unwrap();
        assert!(cookie.len() == 32 && cookie.bytes().all(|byte| byte.is_ascii_hexdigit()), "{cookie}");
    }
    for line in [4, 5] {
        assert_ne!(greetings[0][line], greetings[1][line], "two connections are told apart");
    }
}

#[test]
fn the_major_version_is_ours_and_comes_first_and_once() {
    let (app, _, alice, phone) = installed(on_a_port());
    for version in ["VERSION\t2\t0\n", "VERSION\t0\t9\n", "VERSION\t1\n", "HELO\n", "GET / HTTP/1.1\r\n"] {
        let mut server = MailServer::connected(&app);
        server.greeting();
        server.says(version);
        server.hears_the_end();
    }
    let mut hasty = MailServer::connected(&app);
    hasty.greeting();
    hasty.plain(1, &alice.login, &phone.secret);
    hasty.hears_the_end();
    let mut twice = MailServer::greeted(&app);
    twice.says("VERSION\t1\t1\n");
    twice.hears_the_end();
    for minor in [0, 1, 2, 3, 99] {
        let answer = MailServer::of_minor(&app, minor).answer(&alice.login, &phone.secret);
        assert_eq!(answer, "OK\t1\tuser=alice@example.org");
    }
}

#[test]
fn what_is_not_known_is_passed_over_and_a_response_ends_its_line() {
    let (app, _, alice, phone) = installed(on_a_port());
    let mut server = MailServer::greeted(&app);
    let message = plain(&alice.login, &phone.secret);
    server.says(format!(
        "AUTH\t7\tplain\tno-penalty\tservice=smtp\tsession=\x01t\x01\x01\tnovel=x=y\t\tvalid-client-cert\tresp={message}\n"
    ));
    assert_eq!(server.hears(), "OK\t7\tuser=alice@example.org");
    // A mail client that got a tab past its server gains nothing.
    for more in ["\tservice=imap", "\trip=127.0.0.1", "\t"] {
        let mut server = MailServer::greeted(&app);
        server.says(format!("AUTH\t1\tPLAIN\tservice=smtp\tresp={message}{more}\n"));
        server.hears_the_end();
    }
}

#[test]
fn a_line_may_have_16384_bytes() {
    let (app, _, alice, phone) = installed(on_a_port());
    let end = format!("\tresp={}", plain(&alice.login, &phone.secret));
    let line = |length: usize| {
        let begin = "AUTH\t1\tPLAIN\tservice=smtp\tfiller=";
        format!("{begin}{}{end}\n", "x".repeat(length - begin.len() - end.len()))
    };
    let mut server = MailServer::greeted(&app);
    server.says(line(16_384));
    assert_eq!(server.hears(), "OK\t1\tuser=alice@example.org");
    server.says(line(16_385));
    server.hears_the_end();
    let mut endless = MailServer::greeted(&app);
    endless.says("x".repeat(16_385));
    endless.hears_the_end();
}

#[test]
fn a_line_may_come_byte_by_byte_and_many_at_once() {
    let (app, _, alice, phone) = installed(on_a_port());
    let mut server = MailServer::greeted(&app);
    let message = plain(&alice.login, &phone.secret);
    for byte in format!("AUTH\t1\tPLAIN\tservice=smtp\tresp={message}\n").bytes() {
        server.says([byte]);
    }
    assert_eq!(server.hears(), "OK\t1\tuser=alice@example.org");
    let line = |id| format!("AUTH\t{id}\tPLAIN\tservice=smtp\tresp={message}\n");
    server.says((0..1_000).map(line).collect::<Vec<_>>().concat());
    let heard: BTreeSet<String> = (0..1_000).map(|_| server.hears()).collect();
    let expected: BTreeSet<String> =
        (0..1_000).map(|id| format!("OK\t{id}\tuser=alice@example.org")).collect();
    assert_eq!(heard, expected);
}

#[test]
fn words_are_escaped_both_ways() {
    let (app, _, alice, phone) = installed(on_a_port());
    let mut server = MailServer::greeted(&app);
    let message = plain(&alice.login, &phone.secret);
    server.says(format!("AUTH\t1\tPLAIN\tservice=\x01s\x01m\x01t\x01p\tresp={message}\n"));
    server.hears_the_end();
    let mut server = MailServer::greeted(&app);
    server.says(format!("AUTH\t1\tPLAIN\tservice=\x01s\x01mtp\tresp={message}\n"));
    assert_eq!(server.hears(), "OK\t1\tuser=alice@example.org");
    server.says(format!("AUTH\t2\tPLAIN\tservice=smtp\tresp={}\n", base64("\0a\tb\n\r\x01c\0secret")));
    assert_eq!(server.hears(), "FAIL\t2\tuser=a\x01tb\x01n\x01r\x011c");
}

#[test]
fn a_number_that_is_in_use_cannot_be_taken_again() {
    let (app, ..) = installed(on_a_port());
    let mut server = MailServer::greeted(&app);
    server.says("AUTH\t1\tPLAIN\tservice=smtp\n");
    assert_eq!(server.hears(), "CONT\t1\t");
    server.says("AUTH\t1\tPLAIN\tservice=smtp\n");
    server.hears_the_end();
}
