//! Guessing account passwords is slow, is never answered "wrong password" for being too fast, and locks nobody out.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

use super::{MINUTE, attempt};
use crate::support::database::on_postgres;
use crate::support::{Answer, Http, Options, TestApp};

/// How long an answer asks to wait.
#[track_caller]
fn retry_after(answer: &Answer) -> Duration {
    Duration::from_secs(answer.header("retry-after").expect("no Retry-After").parse().unwrap())
}

/// A wrong password that nobody has tried before.
fn new_guess() -> String {
    static TRIED: AtomicUsize = AtomicUsize::new(0);
    format!("guess {}", TRIED.fetch_add(1, Ordering::Relaxed))
}

/// Tries so many wrong account passwords at sign-in; gives the last answer.
fn guess(http: &Http, login: &str, times: usize) -> Answer {
    let guess = || attempt(http, login, &new_guess(), None);
    (1..times).for_each(|_| drop(guess()));
    guess()
}

/// What a mail server hears about an account password that is tried from `ip`: a result or a status.
fn ask_from(server: &Http, login: &str, password: &str, ip: &str) -> String {
    let body = json!({"login": login, "password": password, "protocol": "imap", "client_ip": ip});
    let answer = server.post("/v1/verify", &body);
    answer.body["result"].as_str().map_or_else(|| answer.status.to_string(), str::to_owned)
}

#[test]
fn after_ten_wrong_passwords_a_sign_in_waits_as_long_as_it_is_told() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    guess(&app.http(), &alice.login, 10).expect_problem(401, "invalid_credentials");
    let told = attempt(&app.http(), &alice.login, &alice.password, None);
    let wait = retry_after(&told.expect_problem(429, "too_many_attempts"));
    app.advance(wait);
    attempt(&app.http(), &alice.login, &alice.password, None).expect(201);
}

#[test]
fn an_unknown_login_is_throttled_like_a_known_one() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    for login in [alice.login.as_str(), "nobody@example.org"] {
        guess(&app.http(), login, 10).expect_problem(401, "invalid_credentials");
        guess(&app.http(), login, 1).expect_problem(429, "too_many_attempts");
    }
}

#[test]
fn a_storm_of_wrong_passwords_is_over_soon_after_it_ends() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    let last = guess(&app.http(), &alice.login, 60).expect_problem(429, "too_many_attempts");
    assert!(retry_after(&last) <= MINUTE, "{:?}", retry_after(&last));
    app.advance(MINUTE);
    attempt(&app.http(), &alice.login, &alice.password, None).expect(201);
}

#[test]
fn a_clock_that_jumped_back_does_not_keep_the_throttle_shut() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    guess(&app.http(), &alice.login, 10).expect_problem(401, "invalid_credentials");
    app.time.jump_to(app.time.wall().minus(MINUTE * 180));
    app.advance(MINUTE * 10);
    attempt(&app.http(), &alice.login, &alice.password, None).expect(201);
}

#[test]
fn right_passwords_cost_nothing() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    for _ in 0..120 {
        attempt(&app.http(), &alice.login, &alice.password, None).expect(201);
    }
}

#[test]
fn too_many_wrong_account_passwords_are_a_temporary_failure_to_a_mail_server() {
    let (app, home) = TestApp::installed();
    let bob = home.member("bob");
    for _ in 0..10 {
        assert_eq!(home.mail_server.verdict(&bob.login, &new_guess()), "invalid_credentials");
    }
    for password in [&bob.password, &new_guess()] {
        let answer = home.mail_server.check(&bob.login, password, "imap");
        assert!(answer.expect_problem(503, "unavailable").header("retry-after").is_some());
    }
    app.advance(MINUTE * 2);
    assert_eq!(home.mail_server.verdict(&bob.login, &bob.password), "accept");
}

#[test]
fn a_client_password_is_looked_up_whatever_was_guessed_before() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let (phone, lost) = (alice.issue("Phone"), alice.issue("Lost"));
    alice.http.delete(&lost.path("")).expect(204);
    guess(&app.http(), &alice.login, 30).expect_problem(429, "too_many_attempts");
    for _ in 0..150 {
        home.mail_server.check(&alice.login, &new_guess(), "imap");
    }
    home.mail_server.check(&alice.login, &new_guess(), "imap").expect_problem(503, "unavailable");
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    assert_eq!(home.mail_server.verdict(&alice.login, &lost.secret), "revoked");
}

#[test]
fn an_old_client_password_is_no_attack() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let phone = alice.issue("Phone");
    alice.secure_login(false);
    for _ in 0..150 {
        assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "secure_login_off");
    }
    assert_eq!(home.mail_server.verdict(&alice.login, &alice.password), "accept");
}

#[test]
fn what_others_guess_does_not_slow_down_where_the_member_signed_in_before() {
    let (_app, home) = TestApp::installed();
    let bob = home.member("bob");
    let ask = |password: &str, ip: &str| ask_from(&home.mail_server, &bob.login, password, ip);
    assert_eq!(ask(&bob.password, "192.0.2.7"), "accept");
    for network in 0..60 {
        ask("not the password", &format!("198.51.{network}.1"));
    }
    assert_eq!(ask(&bob.password, "203.0.113.1"), "503");
    assert_eq!(ask(&bob.password, "192.0.2.7"), "accept");
    // Its neighbour is somebody else.
    assert_eq!(ask(&bob.password, "192.0.2.99"), "503");
}

#[test]
fn and_it_is_remembered_over_a_restart_and_by_every_node() {
    let (mut app, home) = TestApp::installed();
    let bob = home.member("bob");
    assert_eq!(ask_from(&home.mail_server, &bob.login, &bob.password, "192.0.2.7"), "accept");
    let token = home.mail_server.token().to_owned();
    app.restart();
    let second = app.second_node();
    for app in [Some(&app), second.as_ref()].into_iter().flatten() {
        let server = app.http().bearing(&token);
        let ask = |password: &str, ip: &str| ask_from(&server, &bob.login, password, ip);
        for network in 0..60 {
            ask("not the password", &format!("198.51.{network}.1"));
        }
        assert_eq!(ask(&bob.password, "203.0.113.1"), "503");
        assert_eq!(ask(&bob.password, "192.0.2.7"), "accept");
    }
}

#[test]
fn of_each_member_sixty_four_places_are_kept_for_half_a_year() {
    if on_postgres() {
        return;
    }
    let (mut app, home) = TestApp::installed();
    let bob = home.member("bob");
    let kept = |app: &TestApp| -> Vec<String> {
        let database = rusqlite::Connection::open(app.config().storage.database_path()).unwrap();
        let mut kept = database.prepare("SELECT place FROM known_places ORDER BY at").unwrap();
        kept.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    for network in 0..70 {
        app.advance(MINUTE);
        let ip = format!("192.0.{network}.7");
        assert_eq!(ask_from(&home.mail_server, &bob.login, &bob.password, &ip), "accept");
    }
    app.restart();
    assert_eq!(kept(&app), (6..70).map(|network| format!("192.0.{network}.7")).collect::<Vec<_>>());
    app.advance(MINUTE * 60 * 24 * 181);
    app.sweep(async |expiry, lease| expiry.sweep_places(lease).await);
    assert_eq!(kept(&app), [""; 0]);
}

#[test]
fn a_place_that_is_used_again_is_kept_for_as_long_from_then_on() {
    if on_postgres() {
        return;
    }
    let (mut app, home) = TestApp::installed();
    let bob = home.member("bob");
    let months = |app: &TestApp, count: u32| app.advance(MINUTE * 60 * 24 * 30 * count);
    let token = home.mail_server.token().to_owned();
    for _ in 0..2 {
        let server = app.http().bearing(&token);
        assert_eq!(ask_from(&server, &bob.login, &bob.password, "192.0.2.7"), "accept");
        app.restart();
        months(&app, 4);
    }
    let left = |app: &TestApp| {
        app.sweep(async |expiry, lease| expiry.sweep_places(lease).await);
        app.number("SELECT count(*) FROM known_places")
    };
    assert_eq!(left(&app), 1);
    months(&app, 3);
    assert_eq!(left(&app), 0);
}

/// Of networks that were kept before places were: a budget of their own, and no more.
#[test]
fn a_network_that_was_kept_before_places_were_is_spared_what_others_do() {
    if on_postgres() {
        return;
    }
    let (mut app, home) = TestApp::installed();
    let bob = home.member("bob");
    let database = rusqlite::Connection::open(app.config().storage.database_path()).unwrap();
    let old = "INSERT INTO known_places SELECT id, 'password', '192.0.2.0/24', created_at FROM members \
               WHERE login = 'bob@example.org'";
    assert_eq!(database.execute(old, []).unwrap(), 1);
    drop(database);
    let token = home.mail_server.token().to_owned();
    app.restart();
    let server = app.http().bearing(&token);
    let ask = |password: &str, ip: &str| ask_from(&server, &bob.login, password, ip);
    for network in 0..60 {
        ask(&new_guess(), &format!("198.51.{network}.1"));
    }
    assert_eq!(ask(&bob.password, "203.0.113.1"), "503");
    assert_eq!(ask(&bob.password, "192.0.2.99"), "accept");
    for _ in 0..20 {
        assert_eq!(ask(&new_guess(), "192.0.2.77"), "503", "it is looked at, and answered as a stranger's");
    }
    // Their budget is spent, by all of them together; but not that of whom is known exactly.
    assert_eq!(ask(&bob.password, "192.0.2.100"), "503");
    assert_eq!(ask(&bob.password, "192.0.2.99"), "accept");
}

/// A member who signs in from this address, as the header says.
fn sign_in_from(app: &TestApp, header: &str, login: &str, password: &str) -> Answer {
    attempt(&app.http().with("X-Forwarded-For", header), login, password, None)
}

#[test]
fn behind_a_trusted_proxy_each_client_is_throttled_by_itself() {
    let mut options = Options::default();
    options.config.server.trusted_proxies = vec!["127.0.0.0/8".to_owned()].try_into().unwrap();
    let (app, home) = TestApp::installed_with(options);
    let bob = home.member("bob");
    let from = |header: &str, password: &str| sign_in_from(&app, header, &bob.login, password);
    for n in 0..10 {
        // What stands before the last address the client has made up.
        from(&format!("203.0.113.{n}, 192.0.2.1"), &new_guess()).expect_problem(401, "invalid_credentials");
    }
    from("203.0.113.77, 192.0.2.1", &bob.password).expect_problem(429, "too_many_attempts");
    from("192.0.2.1, 127.0.0.1", &bob.password).expect_problem(429, "too_many_attempts");
    from("192.0.2.1, 198.51.100.7", &bob.password).expect(201);
    let record = home.operator.get(&home.path("/audit-events?limit=1")).expect(200);
    assert_eq!(record.items()[0]["details"]["ip"], "198.51.100.7");
}

/// Whoever is behind it has no address, so that nobody there can lock out all who are.
#[test]
fn behind_a_proxy_that_is_not_trusted_ten_wrong_ones_keep_nobody_out() {
    let (app, home) = TestApp::installed();
    let (bob, eve) = (home.member("bob"), home.member("eve"));
    sign_in_from(&app, "192.0.2.1", &bob.login, &bob.password).expect(201);
    for person in [&bob, &eve] {
        for n in 0..10 {
            // What the header says is not believed: they are all at one place.
            let guess = sign_in_from(&app, &format!("203.0.{n}.1"), &person.login, &new_guess());
            guess.expect_problem(401, "invalid_credentials");
        }
    }
    // Bob's password is in memory, Eve's has to be compared.
    for (person, wait) in [(&bob, 1), (&eve, 10)] {
        let told = sign_in_from(&app, "192.0.2.1", &person.login, &new_guess());
        assert!(retry_after(&told.expect_problem(429, "too_many_attempts")) <= Duration::from_secs(10));
        app.advance(Duration::from_secs(wait));
        sign_in_from(&app, "192.0.2.1", &person.login, &person.password).expect(201);
    }
    let record = home.operator.get(&home.path("/audit-events?limit=1")).expect(200);
    assert_eq!(record.items()[0]["details"]["ip"], "127.0.0.1", "what is written down is the peer");
    // Without the header it is one address like any other.
    attempt(&app.http(), &bob.login, &bob.password, None).expect(201);
}

#[test]
fn who_names_no_client_and_is_a_trusted_proxy_is_none() {
    let mut options = Options::default();
    options.config.server.trusted_proxies = vec!["127.0.0.0/8".to_owned()].try_into().unwrap();
    let (app, home) = TestApp::installed_with(options);
    let bob = home.member("bob");
    guess(&app.http(), &bob.login, 10).expect_problem(401, "invalid_credentials");
    app.advance(Duration::from_secs(10));
    attempt(&app.http(), &bob.login, &bob.password, None).expect(201);
}

#[test]
fn an_attack_on_a_login_from_everywhere_is_over_soon_after_it_ends() {
    let (app, home) = TestApp::installed();
    let bob = home.member("bob");
    let ask = |password: &str, ip: &str| ask_from(&home.mail_server, &bob.login, password, ip);
    for network in 0..200 {
        ask("not the password", &format!("198.51.{network}.1"));
    }
    app.advance(MINUTE * 2);
    assert_eq!(ask(&bob.password, "203.0.113.1"), "accept");
}

#[test]
fn a_right_password_whose_code_is_still_missing_costs_nothing() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in().enrol(app.time.wall());
    for _ in 0..15 {
        let asked = attempt(&app.http(), &alice.login, &alice.password, None);
        asked.expect_problem(401, "second_factor_required");
    }
}
