//! A wall clock that jumps, forwards and back, while the service runs and while it does not: what a date has ended
//! stays ended, what has no date goes on, and everything is written down in the order in which it happened.

use std::time::Duration;

use clientpass::clock::Timestamp;
use serde_json::json;

use super::administration::{all_pages, each, secured};
use super::sessions::{attempt, is_signed_in};
use crate::support::actors::Installation;
use crate::support::{Answer, ClientPassword, Person, TestApp};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const YEAR: Duration = Duration::from_secs(365 * 86_400);

/// An installation whose clock jumps.
struct Jumping {
    app: TestApp,
    home: Installation,
    alice: Person,
    /// What time it really was when alice turned secure login on.
    right: Timestamp,
}

impl Jumping {
    fn new() -> Self {
        let (app, home) = TestApp::installed();
        let (right, alice) = (app.time.wall(), secured(&app, &home, "alice"));
        Self { app, home, alice, right }
    }

    /// The clock says something else, and the service is started anew if so wished.
    fn jump(&mut self, wall: Timestamp, restart: bool) {
        if restart {
            self.app.stop();
        }
        self.app.time.jump_to(wall);
        if restart {
            self.app.restart();
            for http in [&mut self.home.operator, &mut self.home.mail_server, &mut self.alice.http] {
                *http = self.app.http().bearing(http.token());
            }
        }
    }

    #[track_caller]
    fn verdict(&self, one: &ClientPassword) -> String {
        self.home.mail_server.verdict(&self.alice.login, &one.secret)
    }

    /// Signs alice in, whose authenticator believes what it is told.
    fn sign_in(&self, code: &str) -> Answer {
        attempt(&self.app.http(), &self.alice.login, &self.alice.password, Some(code))
    }

    /// The same; a session.
    #[track_caller]
    fn signed_in(&mut self) {
        let code = self.alice.code(self.app.time.wall());
        let token = self.sign_in(&code).expect(201).text_of("token");
        self.alice.http = self.app.http().bearing(&token);
    }
}

/// Where the clock goes, in turn.
fn jumps(right: Timestamp) -> [(&'static str, Timestamp, bool); 12] {
    [
        ("an hour ahead", right.plus(HOUR), false),
        ("right again", right, false),
        ("right again, restarted", right, true),
        ("an hour behind", right.minus(HOUR), false),
        ("an hour behind, restarted", right.minus(HOUR), true),
        ("an hour ahead, restarted", right.plus(HOUR), true),
        ("ten years behind", right.minus(YEAR * 10), false),
        ("ten years behind, restarted", right.minus(YEAR * 10), true),
        ("ten years ahead, restarted", right.plus(YEAR * 10), true),
        ("right at last", right, false),
        ("right at last, restarted", right, true),
        ("ten years behind at last, restarted", right.minus(YEAR * 10), true),
    ]
}

#[test]
fn what_its_date_has_ended_stays_ended_and_what_has_none_goes_on() {
    let mut all = Jumping::new();
    let right = all.right;
    let dated = |label: &str, at: Timestamp| json!({"label": label, "expires_at": at.to_string()});
    let phone = all.alice.issue("Phone");
    let guest = all.alice.issue_with(&dated("Guest", right.plus(HOUR / 2)));
    let printer = all.alice.issue_with(&dated("Printer", right.plus(YEAR * 5)));
    let old = all.alice.issue("Laptop");
    let overlap = json!({"overlap_seconds": 1_800});
    let new = ClientPassword::of(&all.alice.http.post(&old.path("/rotate"), &overlap).expect(201));
    for one in [&phone, &guest, &printer, &old] {
        assert_eq!(all.verdict(one), "accept");
    }
    let mut years_have_passed = false;
    for (when, wall, restart) in jumps(right) {
        all.jump(wall, restart);
        years_have_passed |= wall > right.plus(YEAR * 5);
        let printers = if years_have_passed { "expired" } else { "accept" };
        // The old one first: the new one's first use would end it too.
        for (one, verdict) in [
            (&old, "superseded"),
            (&guest, "expired"),
            (&printer, printers),
            (&phone, "accept"),
            (&new, "accept"),
        ] {
            assert_eq!(all.verdict(one), verdict, "{when}");
        }
        let shown = |one: &ClientPassword| all.home.operator.get(&one.path("")).expect(200).body;
        assert_eq!((&shown(&guest)["state"], &shown(&phone)["state"]), (&json!("expired"), &json!("active")));
        assert_eq!(shown(&guest)["ended_at"], right.plus(HOUR / 2).to_string(), "{when}");
        assert_eq!(shown(&old)["ended_reason"], "rotated", "{when}");
        assert!(!is_signed_in(&all.alice), "{when}: half an hour unused, once and for all");
    }
}

#[test]
fn a_session_outlives_a_clock_that_jumps_back_but_not_the_time_that_passes_then() {
    for restart in [false, true] {
        let mut all = Jumping::new();
        all.jump(all.right.minus(HOUR), restart);
        assert!(is_signed_in(&all.alice));
        all.app.advance(HOUR + MINUTE * 29);
        assert!(is_signed_in(&all.alice));
        all.app.advance(MINUTE * 30);
        assert!(!is_signed_in(&all.alice));
        all.jump(all.right.minus(YEAR * 10), restart);
        assert!(!is_signed_in(&all.alice));
    }
}

#[test]
fn records_and_lists_are_in_the_order_in_which_it_happened() {
    let mut all = Jumping::new();
    let (mut done, mut made) = (Vec::new(), Vec::new());
    let log = all.home.path("/audit-events");
    let before = all_pages(&all.home.operator, &log, 200).len();
    for (at, (_, wall, restart)) in jumps(all.right).into_iter().enumerate() {
        all.jump(wall, restart);
        for turn in 0..3 {
            let body = json!({"login": format!("m{at}-{turn}@example.org"), "display_name": "M"});
            let member = all.home.operator.post(&all.home.path("/members"), &body).expect(201);
            made.push(member.text_of("id"));
            let path = format!("/v1/members/{}", member.text_of("id"));
            let gone = all.home.operator.patch(&path, &json!({"state": "suspended"})).expect(200);
            done.extend([&member, &gone].map(|answer| answer.header("x-request-id").unwrap().to_owned()));
        }
    }
    let mut events = all_pages(&all.home.operator, &log, 7);
    events.reverse();
    events.drain(..before);
    assert_eq!(each(&events, "request_id"), done);
    assert!(each(&events, "id").is_sorted_by(|one, next| one < next));
    let times: Vec<_> = each(&events, "at").iter().map(|at| Timestamp::parse(at).unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    let mut members = each(&all_pages(&all.home.operator, &all.home.path("/members"), 7), "id");
    members.reverse();
    assert!(members.ends_with(&made), "{members:?} {made:?}");
}

#[test]
fn a_code_is_that_of_the_wall_clock_and_works_once_whatever_the_clock_does() {
    let mut all = Jumping::new();
    let right = all.right;
    let mut used = vec![(right, all.alice.code(right))];
    for (wall, restart) in [
        (right.plus(MINUTE), false),
        (right.plus(YEAR * 10), true),
        (right.plus(MINUTE * 2), false),
        (right.plus(HOUR), true),
        (right.minus(HOUR), false),
        (right.minus(YEAR * 10), true),
        (right.plus(YEAR), false),
        (right.plus(HOUR + MINUTE), true),
    ] {
        all.jump(wall, restart);
        let code = all.alice.code(wall);
        all.sign_in(&code).expect(201);
        all.sign_in(&code).expect_problem(401, "invalid_code");
        used.push((wall, code));
    }
    // Each of them again, at the very moment when it was good, and one that is older than it and was never used.
    for (wall, code) in used {
        all.app.advance(MINUTE * 6);
        all.jump(wall, false);
        for code in [code, all.alice.code(wall.minus(MINUTE / 2))] {
            all.sign_in(&code).expect_problem(401, "invalid_code");
        }
    }
}

#[test]
fn while_the_clock_is_wrong_a_recovery_code_works() {
    let mut all = Jumping::new();
    let next = all.alice.code(all.right.plus(MINUTE));
    for (wall, restart) in [(HOUR, false), (HOUR, true), (YEAR * 10, true)] {
        all.jump(all.right.plus(wall), restart);
        all.sign_in(&next).expect_problem(401, "invalid_code");
    }
    let recovery = all.alice.recovery_codes[0].clone();
    all.sign_in(&recovery).expect(201);
    all.sign_in(&recovery).expect_problem(401, "invalid_code");
    // And as soon as the clock is right again, a code.
    all.jump(all.right.plus(MINUTE), false);
    all.sign_in(&next).expect(201);
}

/// A member who signs in day after day is not kept out, nor is anything older taken.
#[test]
fn of_many_codes_each_works_once() {
    let mut all = Jumping::new();
    let mut walls = Vec::new();
    for _ in 0..40 {
        all.app.advance(MINUTE);
        all.signed_in();
        walls.push(all.app.time.wall());
    }
    for wall in walls.into_iter().rev().take(32) {
        all.app.advance(MINUTE * 6);
        all.jump(wall, false);
        all.sign_in(&all.alice.code(wall)).expect_problem(401, "invalid_code");
    }
}

#[test]
fn ten_years_on_members_go_on_as_ever() {
    let mut all = Jumping::new();
    let phone = all.alice.issue("Phone");
    all.jump(all.right.plus(YEAR * 10), true);
    all.signed_in();
    // Without a date it gets the default lifetime, which is none.
    let issued =
        all.alice.http.post(&all.alice.path("/client-passwords"), &json!({"label": "New"})).expect(201);
    assert_eq!(issued.body["created_at"], all.app.time.wall().to_string());
    assert!(issued.body["expires_at"].is_null());
    let new = ClientPassword::of(&issued);
    let soon = all.app.time.wall().plus(HOUR).to_string();
    let guest = all.alice.issue_with(&json!({"label": "Guest", "expires_at": soon}));
    let rotated = all.alice.http.post(&new.path("/rotate"), &json!({})).expect(201);
    let rotated = ClientPassword::of(&rotated);
    for one in [&phone, &new, &guest, &rotated] {
        assert_eq!(all.verdict(one), "accept");
    }
    all.app.advance(HOUR);
    for (back, restart) in [(all.app.time.wall(), false), (all.right, false), (all.right, true)] {
        all.jump(back, restart);
        assert_eq!(all.verdict(&guest), "expired");
        assert_eq!(all.verdict(&new), "superseded");
        assert_eq!(all.verdict(&phone), "accept");
        assert_eq!(all.verdict(&rotated), "accept");
    }
    // Time stands still until the wall clock has caught up; signing in and issuing go on.
    all.jump(all.right.plus(HOUR), false);
    all.signed_in();
    assert_eq!(all.verdict(&all.alice.issue("Newest")), "accept");
}
