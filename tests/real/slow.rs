//! A PostgreSQL that is slow, or says nothing any more: a mail server is told within two seconds that there is no
//! answer, and is answered again soon after the database is.

use std::time::Duration;

use clientpass::clock::{SystemTimeSource as Stopwatch, TimeSource as _};

use crate::support::actors::Http;
use crate::support::clientpass::Clientpass;
use crate::support::postgres::{self, Server};
use crate::support::proxy::{Proxy, Wire};
use crate::support::{poll, runnable};

/// A mail client is answered by then, or was told to come back.
const PATIENCE: Duration = Duration::from_secs(2);
/// What any answer takes at most, even on a machine that is busy with something else.
const LONGEST: Duration = Duration::from_secs(5);
/// What was broken is used again by then.
const RECOVERY: Duration = Duration::from_secs(5);

/// Asks; `accept`, the reason of a reject, or `unavailable`, in time. What comes late once is asked again: a deadline that
/// is too long is so each time, a machine that was busy is not.
#[track_caller]
fn ask(mail_server: &Http, login: &str, secret: &str, right: &str) -> String {
    let mut times = Vec::new();
    while times.len() < 3 {
        let asked = Stopwatch::new();
        let answer = mail_server.check(login, secret, "imap");
        let took = asked.monotonic();
        let told = match answer.status {
            503 => "unavailable",
            _ => answer.body["reason"].as_str().unwrap_or(answer.body["result"].as_str().unwrap()),
        };
        assert!(told == right || told == "unavailable", "{told}, not {right}");
        assert!(took < LONGEST, "{took:?}: {}", answer.text);
        if took < PATIENCE {
            return told.to_owned();
        }
        times.push(took);
    }
    panic!("late each time: {times:?}");
}

#[test]
fn a_check_says_within_two_seconds_that_the_database_is_too_slow() {
    if !runnable(postgres::missing()) {
        return;
    }
    let server = Server::start("");
    server.sql("postgres", "CREATE DATABASE clientpass TEMPLATE template0 ENCODING 'UTF8'");
    let url = server.url("clientpass");
    let proxy = Proxy::before(&url);
    let (_clientpass, home) = Clientpass::installed_on(&proxy.url(&url));
    let alice = home.member("alice").secured(Clientpass::now());
    let (phone, old) = (alice.issue("Phone"), alice.issue("Old phone"));
    let new = alice.http.post(&old.path("/rotate"), &serde_json::json!({})).expect(201).text_of("secret");
    // Who asks, whether it is a client password, whose login it is: three reads. The first use of a successor writes.
    let wrong = "aaaaa-aaaaa-aaaaa-aaaaa-aaaaa-aaaab".to_owned();
    let asked = [(&phone.secret, "accept"), (&wrong, "invalid_credentials"), (&new, "accept")];
    let tell = |(secret, right): (&String, &str)| ask(&home.mail_server, &alice.login, secret, right);
    let delay = |millis| Wire::Slow(Duration::from_millis(millis));
    for wire in [delay(250), delay(500), delay(700), delay(1_400), Wire::Held, Wire::Cut] {
        proxy.set(wire);
        let told: Vec<_> = (0..2).flat_map(|_| asked.map(tell)).collect();
        let unavailable = told.iter().filter(|told| *told == "unavailable").count();
        assert!(wire == delay(250) || unavailable > 0, "{wire:?}: {told:?}");
        proxy.set(Wire::Whole);
        let back = Stopwatch::new();
        assert!(poll(RECOVERY, || asked.iter().all(|one| tell(*one) == one.1)), "{wire:?}");
        assert!(back.monotonic() < RECOVERY, "{wire:?}: {:?}", back.monotonic());
    }
}
