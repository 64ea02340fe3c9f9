//! What holders see for a week in which others, and devices of their own that were not told, try what is wrong.

use std::cell::Cell;
use std::time::Duration;

use serde_json::{Value, json};

use super::{HALF_A_DAY, Heard, MINUTE, heard_by_mail_server};
use crate::rest::sessions::attempt;
use crate::support::actors::Installation;
use crate::support::{Answer, Http, Options, Person, TestApp};

/// Where the holder gets in.
pub const HOME: &str = "192.0.2.7";
/// A stranger next door: the same /24.
pub const NEIGHBOUR: &str = "192.0.2.8";
/// Somebody far away.
pub const FAR: &str = "203.0.113.9";
const HOUR: Duration = Duration::from_secs(3_600);

/// An installation behind a proxy that names its clients.
pub struct Town {
    pub app: TestApp,
    pub home: Installation,
    guesses: Cell<usize>,
}

impl Town {
    pub fn new() -> Self {
        let mut options = Options::default();
        options.config.server.trusted_proxies = vec!["127.0.0.0/8".to_owned()].try_into().unwrap();
        let (app, home) = TestApp::installed_with(options);
        Self { app, home, guesses: Cell::new(0) }
    }

    /// Whoever is at this address.
    pub fn from(&self, address: &str) -> Http {
        self.app.http().with("X-Forwarded-For", address)
    }

    /// A member who is at home.
    pub fn member(&self, name: &str) -> Person {
        let person = self.home.member(name);
        Person { http: self.from(HOME), ..person }
    }

    /// A wrong password that nobody has tried before.
    pub fn new_guess(&self) -> String {
        self.guesses.set(self.guesses.get() + 1);
        format!("guess {}", self.guesses.get())
    }

    /// What a mail server hears that passes this address, or none.
    #[track_caller]
    pub fn mail(&self, login: &str, password: &str, address: Option<&str>) -> Heard {
        let mut body = json!({"login": login, "password": password, "protocol": "imap"});
        if let Some(address) = address {
            body["client_ip"] = Value::from(address);
        }
        heard_by_mail_server(&self.home.mail_server, &body)
    }

    pub fn sign_in(&self, person: &Person, password: &str, code: Option<&str>, address: &str) -> Answer {
        attempt(&self.from(address), &person.login, password, code)
    }

    /// The right password and code.
    pub fn sign_in_right(&self, person: &Person, address: &str) -> Answer {
        let code = person.seed.is_some().then(|| person.code(self.app.time.wall()));
        self.sign_in(person, &person.password, code.as_deref(), address)
    }
}

/// Eight times a day for a week.
fn week(town: &Town, mut each: impl FnMut(usize)) {
    for time in 0..56 {
        each(time);
        town.app.advance(HOUR * 3);
    }
}

#[test]
fn a_phone_that_still_sends_the_account_password_and_a_neighbour_who_guesses_keep_nobody_out_of_secure_login()
{
    let town = Town::new();
    let alice = town.member("alice").secured(town.app.time.wall());
    let laptop = alice.issue("Laptop").secret;
    town.app.advance(MINUTE);
    week(&town, |time| {
        for second in 0..20 {
            assert_eq!(town.mail(&alice.login, &alice.password, Some(HOME)), Heard::Wrong, "{time} {second}");
            // A guess each second next door, through both ways in.
            let heard = town.mail(&alice.login, &town.new_guess(), Some(NEIGHBOUR));
            assert!(heard != Heard::LetIn);
            assert!([401, 429].contains(&town.sign_in(&alice, &town.new_guess(), None, NEIGHBOUR).status));
            assert_eq!(town.mail(&alice.login, &laptop, Some(HOME)), Heard::LetIn);
        }
        town.sign_in_right(&alice, HOME).expect(201);
    });
}

#[test]
fn a_device_with_last_years_password_leaves_the_one_with_the_right_one_alone() {
    let town = Town::new();
    let bob = town.member("bob");
    assert_eq!(town.mail(&bob.login, &bob.password, Some(HOME)), Heard::LetIn);
    week(&town, |time| {
        for _ in 0..15 {
            assert_eq!(town.mail(&bob.login, "last year's password", Some(HOME)), Heard::Wrong, "{time}");
        }
        // Everything else that a login has is spent by others.
        for network in 0..60 {
            town.mail(&bob.login, &town.new_guess(), Some(&format!("198.51.{network}.1")));
        }
        assert_eq!(town.mail(&bob.login, &bob.password, Some(HOME)), Heard::LetIn, "{time}");
        assert_eq!(town.mail(&bob.login, "last year's password", Some(HOME)), Heard::Wrong, "{time}");
        town.sign_in_right(&bob, HOME).expect(201);
    });
}

/// The same address is all that a stranger behind it shares with the holder.
#[test]
fn a_stranger_at_the_holders_own_address_is_bounded_and_keeps_the_holder_out_of_nothing() {
    let town = Town::new();
    let bob = town.member("bob");
    town.sign_in_right(&bob, HOME).expect(201);
    let (mut looked_at, begun) = (0, town.app.time.wall());
    for step in (0..14).map(|_| HALF_A_DAY) {
        for _ in 0..80 {
            let heard = town.mail(&bob.login, &town.new_guess(), Some(HOME));
            looked_at += usize::from(heard == Heard::Wrong);
            assert_eq!(town.mail(&bob.login, &bob.password, Some(HOME)), Heard::LetIn);
        }
        town.sign_in_right(&bob, HOME).expect(201);
        town.app.advance(step);
    }
    let bound = 30 + 2 * super::PAIR.freed(town.app.time.wall().since(begun));
    assert!(looked_at <= bound, "{looked_at} of {bound}");
    assert!(looked_at >= 14 * super::PAIR.burst, "{looked_at}");
}

/// Somebody tries a new password every five seconds. Argon2 is asked every ten, memory always.
#[test]
fn where_no_address_is_passed_a_guess_every_five_seconds_keeps_nobody_out() {
    let town = Town::new();
    let bob = town.member("bob");
    let holder = || town.mail(&bob.login, &bob.password, None);
    assert_eq!(holder(), Heard::LetIn);
    let mut compared = 0;
    for five_seconds in 0..720 {
        compared += usize::from(town.mail(&bob.login, &town.new_guess(), None) == Heard::Wrong);
        if five_seconds % 6 == 0 {
            assert_eq!(holder(), Heard::LetIn, "{five_seconds}");
        }
        town.app.advance(Duration::from_secs(5));
    }
    assert_eq!(compared, 10 + 359, "ten at once, then one in ten seconds");
}

#[test]
fn where_no_address_is_passed_what_is_compared_in_a_day_is_bounded_and_a_second_later_the_holder_gets_in() {
    let town = Town::new();
    let bob = town.member("bob");
    let nowhere = town.app.http();
    let sign_in = |password: &str| attempt(&nowhere, &bob.login, password, None).status;
    assert_eq!(sign_in(&bob.password), 201);
    let (begun, mut compared) = (town.app.time.wall(), 0);
    for _ in 0..60 {
        while sign_in(&town.new_guess()) == 401 {
            compared += 1;
        }
        town.app.advance(Duration::from_secs(1));
        assert_eq!(sign_in(&bob.password), 201, "a look into memory a second");
        town.app.advance(Duration::from_secs(99));
    }
    let passed = town.app.time.wall().since(begun).as_secs();
    assert_eq!((compared, passed), (600, 6_000), "one in ten seconds");
}

/// A look into memory is a guess as well.
#[test]
fn where_no_address_is_passed_memory_is_asked_only_so_often() {
    let town = Town::new();
    let bob = town.member("bob");
    let nowhere = town.app.http();
    let sign_in = |password: &str| attempt(&nowhere, &bob.login, password, None).status;
    assert_eq!(sign_in(&bob.password), 201);
    assert!((0..10).all(|_| sign_in(&town.new_guess()) == 401));
    assert_eq!(sign_in(&bob.password), 429, "ten at once");
    town.app.advance(Duration::from_secs(5));
    // What comes again has been looked for already, and waits for Argon2.
    assert!((0..50).all(|_| sign_in("the same") == 429));
    assert_eq!(sign_in(&bob.password), 201, "one a second");
}

#[test]
fn a_place_is_known_to_the_login_that_got_in_from_there_and_to_no_other() {
    let mut town = Town::new();
    let (bob, eve) = (town.member("bob"), town.member("eve"));
    town.sign_in_right(&eve, FAR).expect(201);
    assert_eq!(town.mail(&eve.login, &eve.password, Some(FAR)), Heard::LetIn);
    for restarted in [false, true] {
        if restarted {
            let token = town.home.mail_server.token().to_owned();
            town.app.restart();
            town.home.mail_server = town.app.http().bearing(&token);
        }
        for person in [&bob, &eve] {
            for network in 0..60 {
                town.mail(&person.login, &town.new_guess(), Some(&format!("198.51.{network}.1")));
            }
        }
        assert_eq!(town.mail(&bob.login, &bob.password, Some(FAR)), Heard::Later);
        assert_eq!(town.mail(&eve.login, &eve.password, Some(FAR)), Heard::LetIn);
    }
}

#[test]
fn a_wrong_password_that_comes_again_is_no_guess_wherever_nobody_knows_the_login() {
    let town = Town::new();
    let bob = town.member("bob");
    for login in [bob.login.as_str(), "nobody@example.org"] {
        for address in [Some(FAR), None] {
            for _ in 0..100 {
                assert_eq!(town.mail(login, "the same", address), Heard::Wrong);
            }
            // Of ten guesses one is spent.
            for _ in 0..9 {
                assert_eq!(town.mail(login, &town.new_guess(), address), Heard::Wrong);
            }
            if address.is_some() {
                assert_eq!(town.mail(login, &town.new_guess(), address), Heard::Later);
            }
            assert_eq!(town.mail(login, "the same", address), Heard::Wrong);
        }
        for _ in 0..100 {
            attempt(&town.from(FAR), login, "the same", None).expect_problem(401, "invalid_credentials");
        }
    }
}

#[test]
fn a_password_that_was_wrong_works_at_once_when_it_is_set() {
    let town = Town::new();
    let bob = town.member("bob");
    for _ in 0..3 {
        assert_eq!(town.mail(&bob.login, "a new password of bob's", Some(HOME)), Heard::Wrong);
        town.sign_in(&bob, "a new password of bob's", None, HOME).expect_problem(401, "invalid_credentials");
    }
    let set = json!({"password": "a new password of bob's"});
    town.home.operator.put(&bob.path("/password"), &set).expect(200);
    assert_eq!(town.mail(&bob.login, "a new password of bob's", Some(HOME)), Heard::LetIn);
    town.sign_in(&bob, "a new password of bob's", None, HOME).expect(201);
    assert_eq!(town.mail(&bob.login, &bob.password, Some(HOME)), Heard::Wrong);
}

/// What was right is remembered of the hash that it was right for.
#[test]
fn a_password_that_was_right_is_wrong_at_once_when_another_is_set() {
    let town = Town::new();
    let bob = town.member("bob");
    let before = |address: Option<&str>| {
        let status = town.sign_in(&bob, &bob.password, None, address.unwrap_or(HOME)).status;
        (town.mail(&bob.login, &bob.password, address), status)
    };
    for address in [Some(HOME), None] {
        assert_eq!(before(address), (Heard::LetIn, 201), "{address:?}");
    }
    town.home
        .operator
        .put(&bob.path("/password"), &json!({"password": "a new password of bob's"}))
        .expect(200);
    for address in [Some(HOME), Some(FAR), None] {
        assert_eq!(before(address), (Heard::Wrong, 401), "{address:?}");
    }
}

/// Memory must not be where guessing is free.
#[test]
fn from_elsewhere_a_candidate_is_charged_before_memory_is_asked() {
    let town = Town::new();
    let bob = town.member("bob");
    assert_eq!(town.mail(&bob.login, &bob.password, Some(HOME)), Heard::LetIn);
    for _ in 0..10 {
        assert_eq!(town.mail(&bob.login, &town.new_guess(), Some(FAR)), Heard::Wrong);
    }
    assert_eq!(town.mail(&bob.login, &bob.password, Some(FAR)), Heard::Later);
    assert_eq!(town.mail(&bob.login, &bob.password, Some(HOME)), Heard::LetIn);
}

/// More of them than a login has guesses.
#[test]
fn right_passwords_from_ever_new_places_are_no_guesses() {
    let town = Town::new();
    let bob = town.member("bob");
    for network in 0..60 {
        let address = format!("198.51.{network}.1");
        town.sign_in_right(&bob, &address).expect(201);
        assert_eq!(town.mail(&bob.login, &bob.password, Some(&address)), Heard::LetIn, "{network}");
    }
    assert_eq!(town.mail(&bob.login, &town.new_guess(), Some(FAR)), Heard::Wrong);
}

/// A client password makes the place known, too, and what is set apart for mail is not what is for sign-in.
#[test]
fn where_a_client_password_opened_mail_the_account_password_is_looked_at() {
    let mut town = Town::new();
    let alice = town.member("alice").secured(town.app.time.wall());
    let phone = alice.issue("Phone").secret;
    let there = "198.51.100.7";
    assert_eq!(town.mail(&alice.login, &phone, Some(there)), Heard::LetIn);
    let token = town.home.mail_server.token().to_owned();
    town.app.restart();
    town.home.mail_server = town.app.http().bearing(&token);
    for network in 0..60 {
        let address = format!("203.0.{network}.1");
        attempt(&town.from(&address), &alice.login, &town.new_guess(), None);
    }
    let right = |address: &str| town.sign_in(&alice, &alice.password, None, address);
    right(FAR).expect_problem(429, "too_many_attempts");
    right(there).expect_problem(401, "second_factor_required");
}

#[test]
fn the_current_password_has_a_count_of_its_own_and_a_right_one_at_home_is_always_taken() {
    let town = Town::new();
    let mut bob = town.member("bob");
    bob.sign_in();
    let change = |current: &str| {
        let body = json!({"password": "a new password of bob's", "current_password": current});
        bob.http.put(&bob.path("/password"), &body)
    };
    let refused = (0..60).take_while(|_| change(&town.new_guess()).status == 403).count();
    assert_eq!(refused, 10, "as a stranger's would be");
    change(&town.new_guess()).expect_problem(429, "too_many_attempts");
    town.sign_in(&bob, &town.new_guess(), None, HOME).expect_problem(401, "invalid_credentials");
    town.sign_in_right(&bob, FAR).expect(201);
    change(&bob.password).expect(200);
}
