//! Under attack: what others guess, and what a client that was not told tries for ever, costs the member nothing; and
//! guessing account passwords stays as slow as the budgets in `domain::throttle` say, for a week, from one address and
//! from ten thousand.

use std::cell::Cell;
use std::net::Ipv4Addr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpSocket;

use super::raw;
use crate::support::actors::Installation;
use crate::support::{ClientPassword, Http, Person, TestApp};

mod codes;
mod oracle;
mod scenes;

const MINUTE: Duration = Duration::from_secs(60);
const HALF_A_DAY: Duration = Duration::from_secs(12 * 3_600);

/// What `domain::throttle` grants: so many tries at once, then one each interval.
#[derive(Clone, Copy)]
struct QuotaKind {
    burst: usize,
    interval: Duration,
}

/// One network tries one login: ten at once, then two a minute; 20,170 in a week.
const PAIR: QuotaKind = QuotaKind { burst: 10, interval: Duration::from_secs(30) };
/// One network tries any logins: a hundred at once, then one a second.
const NETWORK: QuotaKind = QuotaKind { burst: 100, interval: Duration::from_secs(1) };
/// All places that the login has not got in from try one login: fifty at once, then six a minute; 60,530 in a week.
const LOGIN: QuotaKind = QuotaKind { burst: 50, interval: Duration::from_secs(10) };

impl QuotaKind {
    /// Tries that have become free in this time.
    fn freed(self, in_time: Duration) -> usize {
        usize::try_from(in_time.as_micros() / self.interval.as_micros()).unwrap()
    }
}

#[test]
fn what_is_dead_and_what_is_guessed_leaves_the_members_other_clients_alone() {
    const RETRIES: usize = 500;
    let (mut app, home) = TestApp::installed();
    let (alice, bob) = (home.member("alice").secured(app.time.wall()), home.member("bob"));
    let live = [alice.issue("Laptop"), alice.issue("Tablet")];
    let dead = dead_ones(&app, &alice);
    let mut compared = 0;
    for round in 0..RETRIES {
        for (reason, one) in &dead {
            assert_eq!(home.mail_server.verdict(&alice.login, &one.secret), *reason);
        }
        if round % 5 == 0 {
            compared += guess_from_elsewhere(&home, &alice, round / 5);
            expect_live(&home.mail_server, &alice, &live);
        }
        match round {
            // Part of what was tried is written, …
            250 => app.advance(Duration::from_secs(2)),
            // … and part could not be at first: it is neither lost nor counted twice.
            400 => {
                app.faults.writes.store(true, Ordering::SeqCst);
                alice.http.get(&dead[0].1.path("")).expect(200);
                app.faults.writes.store(false, Ordering::SeqCst);
            }
            _ => {}
        }
    }
    // Had the dead secrets been counted, no guess would have been compared: of the login's budget nothing is missing.
    assert_eq!(compared, LOGIN.burst);
    // Nor has the network of the dead ones lost anything.
    for n in 0..PAIR.burst {
        assert_eq!(home.mail_server.verdict(&bob.login, &format!("guess {n}")), "invalid_credentials");
    }
    let last = app.time.wall().to_string();
    app.restart();
    let (me, server) = (app.http().bearing(alice.http.token()), app.http().bearing(home.mail_server.token()));
    for (reason, one) in &dead {
        let stale = me.get(&one.path("")).expect(200).body["stale_use"].take();
        let expected = json!({"at": last, "protocol": "imap", "ip": "192.0.2.7", "count": RETRIES});
        assert_eq!(stale, expected, "{reason}");
    }
    expect_live(&server, &alice, &live);
}

/// A client password that was revoked, one that was rotated away, and one whose date has come.
fn dead_ones(app: &TestApp, alice: &Person) -> [(&'static str, ClientPassword); 3] {
    let (lost, old) = (alice.issue("Lost"), alice.issue("Old"));
    let soon = app.time.wall().plus(MINUTE).to_string();
    let guest = alice.issue_with(&json!({"label": "Guest", "expires_at": soon}));
    alice.http.delete(&lost.path("")).expect(204);
    alice.http.post(&old.path("/rotate"), &json!({"overlap_seconds": 0})).expect(201);
    app.advance(MINUTE);
    [("revoked", lost), ("superseded", old), ("expired", guest)]
}

/// Two wrong guesses, each from a network of its own; how many were compared.
fn guess_from_elsewhere(home: &Installation, alice: &Person, round: usize) -> usize {
    let formed = "aaaaa-aaaaa-aaaaa-aaaaa-aaaaa-aaaab";
    let guesses = [("not the password", format!("198.51.{round}.1")), (formed, format!("203.0.{round}.1"))];
    let compared = guesses.iter().filter(|(password, ip)| {
        let body = json!({"login": alice.login, "password": password, "protocol": "imap", "client_ip": ip});
        heard_by_mail_server(&home.mail_server, &body) == Heard::Wrong
    });
    compared.count()
}

/// Every check of a live secret is an accept, whatever else goes on.
#[track_caller]
fn expect_live(server: &Http, alice: &Person, live: &[ClientPassword]) {
    for one in live {
        for protocol in ["imap", "smtp"] {
            assert_eq!(server.verdict_over(&alice.login, &one.secret, protocol), "accept");
        }
    }
}

/// What whoever tries an account password hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    LetIn,
    /// It was compared, and was wrong.
    Wrong,
    /// Nothing was compared: come back later.
    Later,
}

#[track_caller]
fn heard_by_mail_server(server: &Http, body: &serde_json::Value) -> Heard {
    let answer = server.post("/v1/verify", body);
    if answer.status == 503 {
        assert!(answer.header("retry-after").is_some(), "{}", answer.text);
        return Heard::Later;
    }
    match answer.expect(200).text_of("result").as_str() {
        "accept" => Heard::LetIn,
        "reject" => Heard::Wrong,
        other => panic!("{other}"),
    }
}

/// Through which door the passwords are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Verify,
    Sessions,
}

/// A member with secure login off, whose account password is guessed.
struct Siege {
    app: TestApp,
    home: Installation,
    bob: Person,
    door: Door,
    /// Opens connections that come from an address of our choice.
    runtime: tokio::runtime::Runtime,
    guesses: Cell<usize>,
}

/// Where the holder has signed in before the attack.
const HOME: Ipv4Addr = Ipv4Addr::new(127, 200, 0, 1);

/// One of ten thousand attackers, each in a network of its own.
fn attacker(number: usize) -> Ipv4Addr {
    let number = number % 10_000;
    let part = |value: usize| u8::try_from(value).unwrap();
    Ipv4Addr::new(127, part(1 + number / 250), part(number % 250), 9)
}

/// A network that nobody has come from yet.
fn new_network(number: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 201, u8::try_from(number).unwrap(), 1)
}

impl Siege {
    fn of(door: Door) -> Self {
        let (app, home) = TestApp::installed();
        let bob = home.member("bob");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let siege = Self { app, home, bob, door, runtime, guesses: Cell::new(0) };
        assert_eq!(siege.holder(HOME), Heard::LetIn);
        siege
    }

    /// A wrong password for the holder that nobody has tried before.
    #[track_caller]
    fn guess(&self, from: Ipv4Addr) -> Heard {
        self.guesses.set(self.guesses.get() + 1);
        self.tries(&self.bob.login, &format!("guess {}", self.guesses.get()), from)
    }

    /// The holder, with the right password.
    #[track_caller]
    fn holder(&self, from: Ipv4Addr) -> Heard {
        self.tries(&self.bob.login, &self.bob.password, from)
    }

    #[track_caller]
    fn tries(&self, login: &str, password: &str, from: Ipv4Addr) -> Heard {
        if self.door == Door::Verify {
            let body = json!({"login": login, "password": password, "protocol": "imap", "client_ip": from});
            return heard_by_mail_server(&self.home.mail_server, &body);
        }
        let body = json!({"login": login, "password": password}).to_string();
        let answer = self.exchange(from, raw::post("/v1/sessions", "", &body).as_bytes());
        match raw::status(&answer) {
            201 => Heard::LetIn,
            401 => Heard::Wrong,
            429 => Heard::Later,
            _ => panic!("{answer}"),
        }
    }

    /// Sends this from an address of the loopback network; gives everything that comes.
    fn exchange(&self, from: Ipv4Addr, request: &[u8]) -> String {
        let socket = self.runtime.block_on(async {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind((from, 0).into()).unwrap();
            socket.connect(self.app.address).await.unwrap().into_std().unwrap()
        });
        socket.set_nonblocking(false).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        std::io::Write::write_all(&mut &socket, request).unwrap();
        raw::rest(socket)
    }

    /// Guesses until it is told to come back later; how many guesses were compared.
    #[track_caller]
    fn storm(&self, mut guess: impl FnMut(&Self) -> Heard) -> usize {
        let mut compared = 0;
        loop {
            match guess(self) {
                Heard::Wrong => compared += 1,
                Heard::Later => return compared,
                Heard::LetIn => panic!("guessed"),
            }
        }
    }

    /// Storms again and again for a week: each minute of its first and last half hour, twice a day between. What is
    /// compared is what the budget grants and no more, however long the pause was.
    #[track_caller]
    fn week(
        &self,
        budget: QuotaKind,
        mut guess: impl FnMut(&Self) -> Heard,
        mut meanwhile: impl FnMut(&Self, usize),
    ) {
        let steps = [(MINUTE, 30), (HALF_A_DAY, 14), (MINUTE, 30)];
        let steps = steps.into_iter().flat_map(|(step, times)| std::iter::repeat_n(step, times));
        let (begun, mut granted, mut compared) = (self.app.time.wall(), budget.burst, 0);
        for (at, step) in steps.enumerate() {
            let now = self.storm(&mut guess);
            assert_eq!(now, granted, "compared in storm {at}");
            compared += now;
            let passed = self.app.time.wall().since(begun);
            let bound = budget.burst + budget.freed(passed);
            assert!(compared <= bound, "{compared} compared in {passed:?}, and {bound} are granted");
            meanwhile(self, at);
            self.app.advance(step);
            granted = budget.freed(step).min(budget.burst);
        }
    }
}

fn guessed_from_one_address(door: Door) {
    let siege = Siege::of(door);
    let one = attacker(0);
    let guess = |siege: &Siege| siege.guess(one);
    siege.week(PAIR, guess, |siege, at| {
        assert_eq!(siege.holder(HOME), Heard::LetIn, "at home, storm {at}");
        assert_eq!(siege.holder(new_network(at)), Heard::LetIn, "somewhere new, storm {at}");
        assert_eq!(siege.holder(one), Heard::Later, "beside the attacker, storm {at}");
    });
    // It is over when it is over, even there.
    assert_eq!(siege.holder(one), Heard::LetIn);
}

fn guessed_from_ten_thousand_addresses(door: Door) {
    let siege = Siege::of(door);
    let mut number = 0;
    let guess = |siege: &Siege| {
        // A prime, so that the addresses are spread and none comes soon again.
        number += 4_099;
        siege.guess(attacker(number))
    };
    siege.week(LOGIN, guess, |siege, at| {
        assert_eq!(siege.holder(HOME), Heard::LetIn, "at home, storm {at}");
        assert_eq!(siege.holder(new_network(at)), Heard::Later, "somewhere new, storm {at}");
    });
    assert_eq!(siege.holder(new_network(200)), Heard::LetIn);
}

#[test]
fn a_week_of_guessing_from_one_address_at_the_check() {
    guessed_from_one_address(Door::Verify);
}

#[test]
fn a_week_of_guessing_from_one_address_at_the_sign_in() {
    guessed_from_one_address(Door::Sessions);
}

#[test]
fn a_week_of_guessing_from_ten_thousand_addresses_at_the_check() {
    guessed_from_ten_thousand_addresses(Door::Verify);
}

#[test]
fn a_week_of_guessing_from_ten_thousand_addresses_at_the_sign_in() {
    guessed_from_ten_thousand_addresses(Door::Sessions);
}

/// One password tried on many logins: the network is what runs out, and nobody else notices.
#[test]
fn one_network_that_tries_every_login_is_slowed_down_and_no_other() {
    let siege = Siege::of(Door::Sessions);
    let (mut number, mut granted) = (0, NETWORK.burst);
    for _ in 0..6 {
        let compared = siege.storm(|siege| {
            number += 1;
            if number % 50 == 0 {
                return siege.guess(attacker(0));
            }
            siege.tries(&format!("m{number}@example.org"), "Spring2026!", attacker(0))
        });
        assert_eq!(compared, granted);
        assert_eq!(siege.holder(HOME), Heard::LetIn);
        assert_eq!(siege.holder(attacker(0)), Heard::Later);
        siege.app.advance(MINUTE);
        granted = NETWORK.freed(MINUTE);
    }
    assert_eq!(siege.holder(attacker(0)), Heard::LetIn);
}
