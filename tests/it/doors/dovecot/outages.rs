//! Cannot tell is never a wrong password, and is said in time.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::server::MailServer;
use super::{installed, on_a_port};
use crate::doors::wait_until_hanging;

/// So long a check waits for the database.
const PATIENCE: Duration = Duration::from_millis(900);

#[test]
fn a_store_that_is_down_closes_on_postfix_and_is_temporary_to_others() {
    let (app, home, alice, phone) = installed(on_a_port());
    let bob = home.member("bob");
    let (mut postfix, mut prosody) = (MailServer::greeted(&app), MailServer::of_minor(&app, 1));
    app.faults.set_all(true);
    for (login, password) in [(&alice.login, &phone.secret), (&bob.login, &bob.password)] {
        prosody.plain(1, login, password);
        assert_eq!(prosody.hears(), format!("FAIL\t1\tuser={login}\tcode=temp_fail"));
        postfix.plain(1, login, password);
        postfix.hears_the_end();
        postfix = MailServer::greeted(&app);
    }
    app.faults.set_all(false);
    assert_eq!(postfix.answer(&alice.login, &phone.secret), "OK\t1\tuser=alice@example.org");
    assert_eq!(prosody.answer(&alice.login, &phone.secret), "OK\t1\tuser=alice@example.org");
}

#[test]
fn a_store_that_is_full_goes_on_telling_right_from_wrong() {
    let (app, _, alice, phone) = installed(on_a_port());
    app.faults.writes.store(true, Ordering::SeqCst);
    let (mut postfix, mut prosody) = (MailServer::greeted(&app), MailServer::of_minor(&app, 1));
    for server in [&mut postfix, &mut prosody] {
        assert_eq!(server.answer(&alice.login, &phone.secret), "OK\t1\tuser=alice@example.org");
        assert_eq!(server.answer(&alice.login, &alice.password), "FAIL\t1\tuser=alice@example.org");
    }
}

#[test]
fn a_store_that_does_not_answer_is_given_up_in_less_than_five_seconds() {
    let (app, _, alice, phone) = installed(on_a_port());
    let (mut postfix, mut prosody) = (MailServer::greeted(&app), MailServer::of_minor(&app, 1));
    app.faults.stall(true);
    postfix.plain(1, &alice.login, &phone.secret);
    prosody.plain(1, &alice.login, &phone.secret);
    wait_until_hanging(&app, 2);
    app.advance(Duration::from_millis(899));
    postfix.hears_nothing();
    prosody.hears_nothing();
    // Whoever comes meanwhile is greeted.
    let mut late = MailServer::greeted(&app);
    app.advance(PATIENCE);
    assert_eq!(prosody.hears(), "FAIL\t1\tuser=alice@example.org\tcode=temp_fail");
    postfix.hears_the_end();
    app.faults.stall(false);
    assert_eq!(late.answer(&alice.login, &phone.secret), "OK\t1\tuser=alice@example.org");
}

#[test]
fn who_tries_too_often_is_told_to_come_back_and_not_that_it_is_wrong() {
    let (app, home, alice, phone) = installed(on_a_port());
    let bob = home.member("bob");
    let mut server = MailServer::of_minor(&app, 1);
    for n in 0..10 {
        assert_eq!(server.answer(&bob.login, &format!("wrong one {n}")), "FAIL\t1\tuser=bob@example.org");
    }
    assert_eq!(server.answer(&bob.login, &bob.password), "FAIL\t1\tuser=bob@example.org\tcode=temp_fail");
    let mut postfix = MailServer::greeted(&app);
    postfix.plain(1, &bob.login, &bob.password);
    postfix.hears_the_end();
    assert_eq!(server.answer(&alice.login, &phone.secret), "OK\t1\tuser=alice@example.org");
}
