//! Connections: how many, how long, and how they end.

use std::net::TcpStream;
use std::time::Duration;

use super::server::MailServer;
use super::{installed, on_a_port, with_floor};
use crate::doors::{doors, wait_for_sleepers};
use crate::support::TestApp;
use crate::support::time::until;

const FLOOR: Duration = Duration::from_millis(50);

#[test]
fn who_finds_no_room_is_greeted_when_there_is_some() {
    let section = "[dovecot]\nlisten = \"127.0.0.1:0\"\nmax_connections = 2\n";
    let (app, _, alice, phone) = installed(doors(section));
    let (mut first, _second) = (MailServer::greeted(&app), MailServer::greeted(&app));
    let mut third = MailServer::connected(&app);
    for id in 0..20 {
        // Its turn would have come.
        first.plain(id, &alice.login, &phone.secret);
        assert_eq!(first.hears(), format!("OK\t{id}\tuser=alice@example.org"));
    }
    third.hears_nothing();
    drop(first);
    third.greeting();
}

/// Whoever has proven nothing and asks for nothing has a second, then others need the place more.
#[test]
fn who_is_idle_goes_for_who_finds_no_room() {
    let section = "[dovecot]\nlisten = \"127.0.0.1:0\"\nmax_connections = 2\n";
    let (app, _, alice, phone) = installed(doors(section));
    let (mut first, mut second) = (MailServer::greeted(&app), MailServer::greeted(&app));
    first.plain(1, &alice.login, &phone.secret);
    assert_eq!(first.hears(), "OK\t1\tuser=alice@example.org");
    let second_long = || app.time.waits().iter().filter(|wait| **wait == Duration::from_secs(1)).count();
    let others = second_long();
    let mut third = MailServer::connected(&app);
    until("waiting for room", || second_long() > others);
    third.hears_nothing();
    app.advance(Duration::from_secs(1));
    second.hears_the_end();
    third.greeting();
    first.plain(2, &alice.login, &phone.secret);
    assert_eq!(first.hears(), "OK\t2\tuser=alice@example.org");
}

#[test]
fn who_says_nothing_is_given_up() {
    let app = TestApp::start_with(on_a_port());
    let mut mute = MailServer::connected(&app);
    mute.greeting();
    let mut half = MailServer::connected(&app);
    half.greeting();
    half.says("VERSION\t1");
    wait_for_sleepers(&app, Duration::from_secs(10), 2);
    app.advance(Duration::from_secs(10));
    mute.hears_the_end();
    half.hears_the_end();
}

/// A Postfix process keeps its connection for the next mail client.
#[test]
fn who_has_asked_may_be_silent_for_half_an_hour() {
    let (app, _, alice, phone) = installed(on_a_port());
    let mut server = MailServer::greeted(&app);
    assert_eq!(server.answer(&alice.login, &phone.secret), "OK\t1\tuser=alice@example.org");
    app.advance(Duration::from_secs(1_799));
    assert_eq!(server.answer(&alice.login, &phone.secret), "OK\t1\tuser=alice@example.org");
    wait_for_sleepers(&app, Duration::from_secs(1_800), 1);
    app.advance(Duration::from_secs(1_800));
    server.hears_the_end();
}

#[test]
fn who_says_no_more_is_still_answered() {
    let (app, _, alice, phone) = installed(with_floor());
    let mut server = MailServer::greeted(&app);
    server.plain(1, &alice.login, &phone.secret);
    server.plain(2, &alice.login, "a wrong one");
    server.ends();
    assert_eq!(server.hears(), "OK\t1\tuser=alice@example.org");
    wait_for_sleepers(&app, FLOOR, 1);
    app.advance(FLOOR);
    assert_eq!(server.hears(), "FAIL\t2\tuser=alice@example.org");
    server.hears_the_end();
}

#[test]
fn what_is_asked_when_the_service_stops_is_answered_and_nobody_new_let_in() {
    let (mut app, _, alice, _) = installed(with_floor());
    let address = app.door("dovecot").to_owned();
    let (mut idle, mut busy) = (MailServer::greeted(&app), MailServer::greeted(&app));
    busy.plain(1, &alice.login, "a wrong one");
    busy.says("AUTH\t2\tPLAIN\tservice=smtp\n");
    assert_eq!(busy.hears(), "CONT\t2\t");
    wait_for_sleepers(&app, FLOOR, 1);
    let time = app.time.clone();
    let stopping = std::thread::spawn(move || app.stop());
    idle.hears_the_end();
    assert!(!stopping.is_finished());
    time.advance(FLOOR);
    assert_eq!(busy.hears(), "FAIL\t1\tuser=alice@example.org");
    busy.hears_the_end();
    stopping.join().unwrap();
    assert!(TcpStream::connect(address).is_err());
}
