//! PLAIN and LOGIN, with and without what comes at once; many at a time; given up.

use std::time::Duration;

use super::server::{MailServer, base64, plain};
use super::{installed, on_a_port, with_floor};
use crate::doors::wait_for_sleepers;

const FLOOR: Duration = Duration::from_millis(50);

#[test]
fn plain_and_login_come_at_once_or_bit_by_bit() {
    let (app, _, alice, phone) = installed(on_a_port());
    let mut server = MailServer::greeted(&app);
    let message = plain(&alice.login, &phone.secret);
    let ok = |id: u32| format!("OK\t{id}\tuser=alice@example.org");
    server.says(format!("AUTH\t1\tPLAIN\tservice=smtp\trip=192.0.2.7\tresp={message}\n"));
    assert_eq!(server.hears(), ok(1));

    server.says("AUTH\t2\tPLAIN\tservice=smtp\n");
    assert_eq!(server.hears(), "CONT\t2\t");
    server.says(format!("CONT\t2\t{message}\n"));
    assert_eq!(server.hears(), ok(2));

    server.says("AUTH\t3\tLOGIN\tservice=smtp\n");
    assert_eq!(server.hears(), "CONT\t3\tVXNlcm5hbWU6");
    server.says(format!("CONT\t3\t{}\n", base64(&alice.login)));
    assert_eq!(server.hears(), "CONT\t3\tUGFzc3dvcmQ6");
    server.says(format!("CONT\t3\t{}\n", base64(&phone.secret)));
    assert_eq!(server.hears(), ok(3));

    server.says(format!("AUTH\t4\tLOGIN\tservice=smtp\tresp={}\n", base64(&alice.login)));
    assert_eq!(server.hears(), "CONT\t4\tUGFzc3dvcmQ6");
    server.says(format!("CONT\t4\t{}\n", base64(&phone.secret)));
    assert_eq!(server.hears(), ok(4));
}

#[test]
fn an_empty_response_means_what_the_minor_version_says() {
    let (app, _, alice, phone) = installed(on_a_port());
    for minor in [0, 1, 2, 3] {
        let mut server = MailServer::of_minor(&app, minor);
        server.says("AUTH\t1\tPLAIN\tservice=smtp\tresp=\n");
        let heard = server.hears();
        if minor < 2 {
            assert_eq!(heard, "CONT\t1\t", "minor {minor}");
            server.says(format!("CONT\t1\t{}\n", plain(&alice.login, &phone.secret)));
            assert_eq!(server.hears(), "OK\t1\tuser=alice@example.org");
        } else {
            assert_eq!(heard, "FAIL\t1", "minor {minor}");
        }
        server.says("AUTH\t2\tPLAIN\tservice=smtp\tresp==\n");
        assert_eq!(server.hears(), "FAIL\t2", "minor {minor}");
        server.says("AUTH\t3\tLOGIN\tservice=smtp\tresp==\n");
        assert_eq!(server.hears(), "CONT\t3\tVXNlcm5hbWU6", "minor {minor}");
    }
}

#[test]
fn nobody_acts_in_the_name_of_somebody_else() {
    let (app, _, alice, phone) = installed(on_a_port());
    let mut server = MailServer::of_minor(&app, 1);
    let mut asks = |id: u32, other: &str| {
        let message = base64(format!("{other}\0{}\0{}", alice.login, phone.secret));
        server.says(format!("AUTH\t{id}\tPLAIN\tservice=smtp\tresp={message}\n"));
        server.hears()
    };
    assert_eq!(asks(1, ""), "OK\t1\tuser=alice@example.org");
    assert_eq!(asks(2, "alice@example.org"), "OK\t2\tuser=alice@example.org");
    assert_eq!(asks(3, "owner@example.org"), "FAIL\t3\tuser=alice@example.org");
}

#[test]
fn what_is_no_message_of_the_mechanism_is_refused() {
    let (app, ..) = installed(on_a_port());
    let mut server = MailServer::greeted(&app);
    for (id, message) in ["", "a", "a\0b", "a\0b\0c\0d"].into_iter().enumerate() {
        server.says(format!("AUTH\t{id}\tPLAIN\tservice=smtp\n"));
        assert_eq!(server.hears(), format!("CONT\t{id}\t"));
        server.says(format!("CONT\t{id}\t{}\n", base64(message)));
        assert!(server.hears().starts_with(&format!("FAIL\t{id}")));
    }
    server.says("AUTH\t9\tPLAIN\tservice=smtp\tresp=%%%\n");
    assert_eq!(server.hears(), "FAIL\t9\tcode=invalid_base64");
    server.says("AUTH\t10\tLOGIN\tservice=smtp\n");
    assert_eq!(server.hears(), "CONT\t10\tVXNlcm5hbWU6");
    server.says("CONT\t10\t%%%\n");
    assert_eq!(server.hears(), "FAIL\t10\tcode=invalid_base64");
    for mechanism in ["CRAM-MD5", "XOAUTH2", "EXTERNAL", ""] {
        server.says(format!("AUTH\t11\t{mechanism}\tservice=smtp\tresp=YQ==\n"));
        assert_eq!(server.hears(), "FAIL\t11\tcode=auth_mech_invalid");
    }
}

#[test]
fn a_refusal_waits_and_holds_nobody_up() {
    let (app, _, alice, phone) = installed(with_floor());
    let mut server = MailServer::greeted(&app);
    server.plain(1, &alice.login, "a wrong one");
    server.plain(2, "nobody@example.org", "a wrong one");
    server.says("AUTH\t3\tPLAIN\tservice=smtp\n");
    server.plain(4, &alice.login, &phone.secret);
    let mut heard = [server.hears(), server.hears()];
    heard.sort();
    assert_eq!(heard, ["CONT\t3\t", "OK\t4\tuser=alice@example.org"]);
    wait_for_sleepers(&app, FLOOR, 2);
    app.advance(Duration::from_millis(49));
    server.hears_nothing();
    app.advance(Duration::from_millis(1));
    let mut heard = [server.hears(), server.hears()];
    heard.sort();
    assert_eq!(heard, ["FAIL\t1\tuser=alice@example.org", "FAIL\t2\tuser=nobody@example.org"]);
}

#[test]
fn not_more_than_so_many_are_asked_at_once() {
    let (app, _, alice, phone) = installed(with_floor());
    let mut server = MailServer::greeted(&app);
    let wrong = |id: u32| {
        let message = plain(&format!("{id}@example.org"), "a wrong one");
        format!("AUTH\t{id}\tPLAIN\tservice=smtp\trip=2001:db8:{id:x}::1\tresp={message}\n")
    };
    server.says((0..256).map(wrong).collect::<String>());
    wait_for_sleepers(&app, FLOOR, 256);
    server.plain(1_000, &alice.login, &phone.secret);
    server.hears_nothing();
    app.advance(FLOOR);
    let heard: Vec<String> = (0..257).map(|_| server.hears()).collect();
    assert_eq!(heard.iter().filter(|line| line.starts_with("FAIL\t")).count(), 256);
    assert!(heard.contains(&"OK\t1000\tuser=alice@example.org".to_owned()));
}

#[test]
fn what_is_cancelled_is_not_answered_and_its_number_is_free() {
    let (app, _, alice, phone) = installed(with_floor());
    let mut server = MailServer::of_minor(&app, 1);
    server.says("AUTH\t1\tPLAIN\tservice=smtp\n");
    assert_eq!(server.hears(), "CONT\t1\t");
    server.says(format!("CANCEL\t1\nCONT\t1\t{}\n", plain(&alice.login, &phone.secret)));
    assert_eq!(server.hears(), "FAIL\t1\tcode=temp_fail");
    server.plain(2, &alice.login, "a wrong one");
    wait_for_sleepers(&app, FLOOR, 1);
    server.says("CANCEL\t2\nCANCEL\t77\n");
    server.plain(2, &alice.login, &phone.secret);
    assert_eq!(server.hears(), "OK\t2\tuser=alice@example.org");
    app.advance(FLOOR);
    server.plain(3, &alice.login, &phone.secret);
    assert_eq!(server.hears(), "OK\t3\tuser=alice@example.org", "nothing comes of what was cancelled");
}

#[test]
fn the_answer_to_what_was_cancelled_is_not_taken_for_that_to_a_later_question_of_the_same_number() {
    let (app, _, alice, _) = installed(with_floor());
    let mut server = MailServer::of_minor(&app, 1);
    server.plain(2, &alice.login, "a wrong one");
    wait_for_sleepers(&app, FLOOR, 1);
    server.says("CANCEL\t2\n");
    app.advance(FLOOR / 2);
    server.plain(2, "nobody@example.org", "a wrong one");
    wait_for_sleepers(&app, FLOOR, 2);
    app.advance(FLOOR / 2);
    wait_for_sleepers(&app, FLOOR, 1);
    app.advance(FLOOR / 2);
    assert_eq!(server.hears(), "FAIL\t2\tuser=nobody@example.org");
}

/// Postfix does not say when a mail client has gone in the middle.
#[test]
fn exchanges_that_nobody_goes_on_with_are_forgotten_the_oldest_first() {
    let (app, _, alice, phone) = installed(on_a_port());
    let mut server = MailServer::of_minor(&app, 1);
    for id in 0..300 {
        server.says(format!("AUTH\t{id}\tPLAIN\tservice=smtp\n"));
        assert_eq!(server.hears(), format!("CONT\t{id}\t"));
    }
    let message = plain(&alice.login, &phone.secret);
    server.says(format!("CONT\t0\t{message}\n"));
    assert_eq!(server.hears(), "FAIL\t0\tcode=temp_fail", "cannot tell, and not: wrong");
    server.says(format!("CONT\t299\t{message}\n"));
    assert_eq!(server.hears(), "OK\t299\tuser=alice@example.org");
    let mut postfix = MailServer::greeted(&app);
    postfix.says(format!("CONT\t0\t{message}\n"));
    postfix.hears_the_end();
}
