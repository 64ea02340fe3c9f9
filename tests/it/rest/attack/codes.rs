//! Whoever knows the account password tries one-time codes: fifty in a row, and the holder gets in all the while.

use serde_json::json;

use super::scenes::{FAR, HOME, Town};
use super::{HALF_A_DAY, Heard, MINUTE};
use crate::rest::sessions::attempt;
use crate::support::{Answer, Http, Person};

/// A member with a second factor, known at home, some minutes later.
fn enrolled(town: &Town, name: &str) -> Person {
    let mut person = town.member(name);
    person.sign_in().enrol(town.app.time.wall());
    town.app.advance(MINUTE * 5);
    person
}

/// A code that is none of those around now.
fn wrong_code(town: &Town, person: &Person) -> String {
    let now = town.app.time.wall();
    let near = [now.minus(MINUTE), now.minus(MINUTE / 2), now, now.plus(MINUTE / 2)];
    let near = near.map(|at| person.code(at));
    (0..5).map(|n| format!("00000{n}")).find(|code| !near.contains(code)).unwrap()
}

fn try_wrong(town: &Town, person: &Person, address: &str) -> Answer {
    town.sign_in(person, &person.password, Some(&wrong_code(town, person)), address)
}

/// Tries wrong codes from everywhere for half a day; how many were compared.
fn storm(town: &Town, person: &Person, steps: usize) -> usize {
    let mut compared = 0;
    for step in 0..steps {
        for place in 0..3 {
            let answer = try_wrong(town, person, &format!("198.51.{}.{}", step % 200, place + 1));
            compared += usize::from(answer.status == 401);
            assert!([401, 429].contains(&answer.status), "{}", answer.text);
        }
        town.app.advance(MINUTE * 2);
    }
    compared
}

fn are_blocked(person: &Person, by: &Http) -> bool {
    by.get(&person.path("/second-factors")).expect(200).body["codes_blocked"] == true
}

#[test]
fn a_week_of_wrong_codes_from_everywhere_is_fifty_guesses_and_the_holder_is_refused_none() {
    let town = Town::new();
    let alice = enrolled(&town, "alice");
    assert_eq!(storm(&town, &alice, 100), 50);
    for day in 0..14 {
        town.app.advance(HALF_A_DAY);
        assert_eq!(storm(&town, &alice, 3), 0, "day {day}");
        let elsewhere = format!("203.0.{day}.1");
        // A right code from a new place is not taken, a recovery code is.
        let told = town.sign_in_right(&alice, &elsewhere).expect_problem(429, "too_many_attempts");
        assert!(told.header("retry-after").is_some());
        if let Some(code) = alice.recovery_codes.get(day) {
            town.sign_in(&alice, &alice.password, Some(code), &elsewhere).expect(201);
        }
        assert!(are_blocked(&alice, &town.home.operator), "day {day}");
    }
    // At home a wrong one hears what a stranger's does, a right one gets in and ends the block.
    try_wrong(&town, &alice, HOME).expect_problem(429, "too_many_attempts");
    town.sign_in_right(&alice, HOME).expect(201);
    assert!(!are_blocked(&alice, &town.home.operator));
    town.app.advance(MINUTE * 10);
    town.sign_in_right(&alice, FAR).expect(201);
}

#[test]
fn five_wrong_codes_and_then_one_a_minute_keep_the_holder_out_of_nothing() {
    let town = Town::new();
    let alice = enrolled(&town, "alice");
    for minute in 0..120 {
        let tries = if minute == 0 { 6 } else { 1 };
        for _ in 0..tries {
            try_wrong(&town, &alice, FAR);
        }
        if minute % 5 == 0 {
            town.sign_in_right(&alice, HOME).expect(201);
        }
        if minute % 20 == 0 {
            let code = &alice.recovery_codes[minute / 20];
            town.sign_in(&alice, &alice.password, Some(code), "198.51.100.200").expect(201);
        }
        town.app.advance(MINUTE);
    }
}

#[test]
fn what_has_no_six_digits_is_no_guess() {
    let town = Town::new();
    let alice = enrolled(&town, "alice");
    for typed in ["12345", "1234567", "not a code", "aaaaa-aaaaa-aaaaa-aaaaa-aaaaa"] {
        for _ in 0..30 {
            let answer = town.sign_in(&alice, &alice.password, Some(typed), FAR);
            answer.expect_problem(401, "invalid_code");
        }
    }
    town.sign_in_right(&alice, FAR).expect(201);
    assert!(!are_blocked(&alice, &town.home.operator));
}

#[test]
fn the_block_outlives_a_restart() {
    let mut town = Town::new();
    let alice = enrolled(&town, "alice");
    assert_eq!(storm(&town, &alice, 60), 50);
    town.app.restart();
    try_wrong(&town, &alice, FAR).expect_problem(429, "too_many_attempts");
    town.sign_in_right(&alice, HOME).expect(201);
}

/// Whoever has a client password need not have the second factor.
#[test]
fn where_only_mail_was_read_no_code_is_taken_after_too_many() {
    let mut town = Town::new();
    let alice = enrolled(&town, "alice");
    alice.secure_login(true);
    let (phone, there) = (alice.issue("Phone").secret, "198.51.201.7");
    assert_eq!(town.mail(&alice.login, &phone, Some(there)), Heard::LetIn);
    assert_eq!(storm(&town, &alice, 60), 50);
    town.app.restart();
    town.sign_in_right(&alice, there).expect_problem(429, "too_many_attempts");
    town.sign_in_right(&alice, HOME).expect(201);
}

#[test]
fn codes_are_taken_where_a_sign_in_was_complete_and_not_where_it_had_no_second_step() {
    let town = Town::new();
    let mut alice = town.member("alice");
    town.sign_in_right(&alice, FAR).expect(201);
    alice.sign_in().enrol(town.app.time.wall());
    town.app.advance(MINUTE * 5);
    let there = "198.51.201.8";
    town.sign_in_right(&alice, there).expect(201);
    town.app.advance(MINUTE);
    assert_eq!(storm(&town, &alice, 60), 50);
    town.sign_in_right(&alice, FAR).expect_problem(429, "too_many_attempts");
    town.sign_in_right(&alice, there).expect(201);
}

#[test]
fn what_was_tried_at_sign_in_does_not_count_where_a_factor_is_confirmed() {
    let town = Town::new();
    let mut alice = enrolled(&town, "alice");
    (0..10).for_each(|_| drop(try_wrong(&town, &alice, HOME)));
    try_wrong(&town, &alice, HOME).expect_problem(429, "too_many_attempts");
    // Nor where a password is tried.
    town.sign_in(&alice, &town.new_guess(), None, HOME).expect_problem(401, "invalid_credentials");
    alice.enrol(town.app.time.wall());
}

#[test]
fn right_codes_are_no_guesses_and_end_the_count_of_wrong_ones() {
    let town = Town::new();
    let alice = enrolled(&town, "alice");
    // More of them than a login has guesses.
    for network in 0..40 {
        town.sign_in_right(&alice, &format!("198.51.{network}.1")).expect(201);
        town.app.advance(MINUTE / 2);
    }
    for _ in 0..2 {
        (0..4).for_each(|_| drop(try_wrong(&town, &alice, FAR).expect_problem(401, "invalid_code")));
        town.sign_in_right(&alice, FAR).expect(201);
        town.app.advance(MINUTE / 2);
    }
}

/// Ten of its own, where others have spent all that the login has; then one in two minutes.
#[test]
fn at_home_codes_are_taken_beside_an_attack_and_not_without_end() {
    let town = Town::new();
    let alice = enrolled(&town, "alice");
    let others = || {
        (0..12).for_each(|place| drop(try_wrong(&town, &alice, &format!("198.51.{place}.1"))));
        try_wrong(&town, &alice, FAR).expect_problem(429, "too_many_attempts");
    };
    others();
    town.sign_in_right(&alice, HOME).expect(201);
    town.app.advance(MINUTE / 2);
    (0..10).for_each(|_| drop(try_wrong(&town, &alice, HOME).expect_problem(429, "too_many_attempts")));
    town.sign_in_right(&alice, HOME).expect_problem(429, "too_many_attempts");
    town.app.advance(MINUTE * 2);
    others();
    town.sign_in_right(&alice, HOME).expect(201);
}

#[test]
fn what_is_not_blocked_is_not_lifted() {
    let town = Town::new();
    let alice = enrolled(&town, "alice");
    (0..3).for_each(|_| drop(try_wrong(&town, &alice, FAR)));
    town.home.operator.delete(&alice.path("/code-block")).expect(204);
    assert_eq!(lifts(&town), 0);
}

fn lifts(town: &Town) -> usize {
    let path = town.home.path("/audit-events?action=code_block.lifted&limit=200");
    town.home.operator.get(&path).expect(200).items().len()
}

#[test]
fn administrators_above_the_member_and_operators_lift_a_block() {
    let town = Town::new();
    let (alice, mut bob) = (enrolled(&town, "alice"), town.member("bob"));
    bob.sign_in();
    let key = json!({"role": "directory", "label": "d", "organization_id": town.home.organization_id});
    let directory = town.home.operator.post("/v1/service-keys", &key).expect(201).text_of("key");
    let path = alice.path("/code-block");
    let administrators = [town.home.member_with("admin", "admin"), town.home.owner.clone()];
    for (round, person) in administrators.into_iter().enumerate() {
        let mut person = Person { http: town.from(HOME), ..person };
        assert_eq!(storm(&town, &alice, 60), 50);
        person.sign_in().http.delete(&path).expect(204);
        assert!(!are_blocked(&alice, &town.home.operator));
        assert_eq!(lifts(&town), round + 1);
        // Nothing is blocked any more, so nothing is changed.
        person.http.delete(&path).expect(204);
        assert_eq!(lifts(&town), round + 1);
        town.app.advance(MINUTE * 6);
        person.http.delete(&path).expect_problem(401, "step_up_required");
        town.sign_in_right(&alice, FAR).expect(201);
    }
    assert_eq!(storm(&town, &alice, 60), 50);
    town.app.http().bearing(&directory).delete(&path).expect_problem(403, "forbidden");
    bob.http.delete(&path).expect_problem(401, "unauthenticated");
    bob.sign_in().http.delete(&path).expect_problem(404, "not_found");
    assert!(are_blocked(&alice, &town.home.operator));
    town.home.operator.delete(&path).expect(204);
    assert!(!are_blocked(&alice, &town.home.operator));
}

/// What was tried in vain was of factors that are no more.
#[test]
fn a_member_whose_factors_were_removed_begins_anew() {
    let town = Town::new();
    let alice = enrolled(&town, "alice");
    assert_eq!(storm(&town, &alice, 60), 50);
    town.home.operator.delete(&alice.path("/second-factors")).expect(204);
    assert!(!are_blocked(&alice, &town.home.operator));
}

/// Codes that come at the same moment are counted one by one.
#[test]
fn of_codes_that_come_at_once_none_is_compared_uncounted() {
    let town = Town::new();
    let alice = enrolled(&town, "alice");
    let (login, password) = (alice.login.clone(), alice.password.clone());
    let mut compared = 0;
    while !are_blocked(&alice, &town.home.operator) {
        let code = wrong_code(&town, &alice);
        let everywhere: Vec<Http> = (0..9).map(|place| town.from(&format!("203.0.113.{place}"))).collect();
        compared += std::thread::scope(|scope| {
            let tries = everywhere.iter().map(|http| {
                let (login, password, code) = (&login, &password, &code);
                scope.spawn(move || attempt(http, login, password, Some(code)).status)
            });
            let tries: Vec<_> = tries.collect();
            tries.into_iter().map(|tried| tried.join().unwrap()).filter(|status| *status == 401).count()
        });
        town.app.advance(MINUTE * 15);
    }
    assert_eq!(compared, 50);
}
