//! A target that does not answer holds up nobody, and is told when it does; what cannot be told is given up.

use super::{
    Duration, Receiver, Reply, SECOND, all_told, at_rest, metric, said, secured, telling, until, webhook,
};
use crate::support::database::on_postgres;
use crate::support::{Installation, Person, TestApp};

const HALF: Duration = Duration::from_millis(500);
/// The writing of uses, the watching of dates, and one who tells.
const WAITING: usize = 3;
/// The giving up, the forgetting of answers and of set-up links, and the mark of the clock.
const EVERY_MINUTE: usize = 4;

struct Scene {
    hook: Receiver,
    app: TestApp,
    alice: Person,
    home: Installation,
}

impl Scene {
    fn set(reply: Reply) -> Self {
        let hook = Receiver::start(reply);
        let (app, home) = telling(vec![webhook("hook", &hook)]);
        let alice = secured(&app, &home, "alice");
        at_rest(&app, WAITING, SECOND);
        Self { hook, app, alice, home }
    }

    /// Ends one client password.
    fn end_one(&self) -> String {
        let one = self.alice.issue("one");
        self.alice.http.delete(&one.path("")).expect(204);
        one.id
    }

    /// Waits until the one who tells waits for so many seconds; the others wait for one at most.
    #[track_caller]
    fn pauses(&self, seconds: u32) {
        let others = if seconds > 1 { WAITING - 1 } else { 0 };
        until("the pause", || {
            let waits = self.app.time.waits();
            let within = |most: Duration| waits.iter().filter(|wait| **wait <= most).count();
            let counts = [Duration::ZERO, HALF * (2 * seconds - 1), SECOND * seconds].map(within);
            counts == [0, others, WAITING]
        });
    }

    fn count(&self, result: &str) -> u64 {
        metric(&self.app, &format!(r#"clientpass_end_notices_total{{target="hook",result="{result}"}}"#))
    }
}

#[test]
fn a_target_that_does_not_answer_is_tried_again_after_a_second_then_after_twice_as_long_each_time() {
    for reply in [Reply::Status(503), Reply::Status(429), Reply::Nothing] {
        let scene = Scene::set(reply);
        scene.end_one();
        let mut tries = 1;
        for pause in [1, 2, 4, 8, 16] {
            scene.hook.heard(tries);
            scene.pauses(pause);
            scene.app.advance(HALF * (2 * pause - 1));
            at_rest(&scene.app, WAITING, SECOND);
            assert_eq!(scene.hook.count(), tries, "before the pause of {pause} seconds was over");
            scene.app.advance(HALF);
            tries += 1;
        }
        until("the last failure", || scene.count("failed") == tries as u64);
        at_rest(&scene.app, WAITING + EVERY_MINUTE, SECOND * 30);
        scene.hook.replies(Reply::Status(200));
        scene.app.advance(SECOND * 30);
        all_told(&scene.app, "hook", 1);
        assert_eq!(scene.count("failed"), tries as u64);
    }
}

#[test]
fn everything_is_told_once_a_target_is_back_and_then_without_delay() {
    let scene = Scene::set(Reply::Status(500));
    let ended: Vec<String> = (0..5).map(|_| scene.end_one()).collect();
    scene.hook.heard(1);
    at_rest(&scene.app, WAITING, SECOND);
    scene.hook.replies(Reply::Status(200));
    scene.app.advance(SECOND);
    let heard = scene.hook.heard(6);
    let mut told: Vec<String> =
        heard[1..].iter().map(|one| said(one).2[0].as_str().unwrap().to_owned()).collect();
    told.sort();
    let mut expected = ended.clone();
    expected.sort();
    assert_eq!(told, expected);
    let ids: Vec<&str> = heard.iter().map(|one| one.header("webhook-id")).collect();
    assert_eq!(ids[0], ids[1], "another try has the same id");
    at_rest(&scene.app, WAITING, SECOND);
    scene.end_one();
    scene.hook.heard(7);
}

#[test]
fn a_target_that_hangs_holds_up_neither_the_change_nor_another_target() {
    let (slow, quick) = (Receiver::start(Reply::Silence), Receiver::start(Reply::Status(200)));
    let (app, home) = telling(vec![webhook("slow", &slow), webhook("quick", &quick)]);
    let alice = secured(&app, &home, "alice");
    for count in 1..=3 {
        let one = alice.issue("one");
        alice.http.delete(&one.path("")).expect(204);
        quick.heard(count);
    }
    assert_eq!(slow.heard(1).len(), 1, "one at a time");
    all_told(&app, "quick", 3);
    // Its time is over, and it is tried again a second later.
    slow.replies(Reply::Status(200));
    at_rest(&app, 4, SECOND * 10);
    app.advance(SECOND * 10);
    at_rest(&app, 4, SECOND);
    app.advance(SECOND);
    all_told(&app, "slow", 3);
}

#[test]
fn what_was_being_told_when_the_service_stopped_is_told_again() {
    let mut scene = Scene::set(Reply::Silence);
    scene.end_one();
    scene.hook.heard(1);
    scene.app.stop();
    scene.hook.replies(Reply::Status(200));
    scene.app.restart();
    if on_postgres() {
        at_rest(&scene.app, WAITING, SECOND);
        assert_eq!(scene.hook.count(), 1, "another node may still be telling");
        scene.app.advance(SECOND * 15);
    }
    let heard = scene.hook.heard(2);
    assert_eq!(heard[0].header("webhook-id"), heard[1].header("webhook-id"));
    all_told(&scene.app, "hook", 1);
}

#[test]
fn what_was_not_told_before_a_restart_is_told_after_it() {
    let mut scene = Scene::set(Reply::Status(503));
    scene.end_one();
    scene.hook.heard(1);
    at_rest(&scene.app, WAITING, SECOND);
    scene.hook.replies(Reply::Status(200));
    scene.app.restart();
    scene.hook.heard(2);
    all_told(&scene.app, "hook", 1);
}

#[test]
fn what_a_target_refuses_does_not_hold_up_what_it_takes() {
    let scene = Scene::set(Reply::Status(422));
    scene.end_one();
    scene.hook.heard(1);
    at_rest(&scene.app, WAITING, SECOND);
    scene.hook.replies(Reply::Status(200));
    let second = scene.end_one();
    let heard = scene.hook.heard(2);
    assert_eq!(said(&heard[1]).2[0], second);
    at_rest(&scene.app, WAITING, SECOND);
    scene.app.advance(SECOND);
    assert_eq!(scene.hook.heard(3)[2].header("webhook-id"), heard[0].header("webhook-id"));
    all_told(&scene.app, "hook", 2);
}

#[test]
fn what_a_target_refuses_is_tried_again_after_a_second_then_after_twice_as_long_each_time() {
    let scene = Scene::set(Reply::Status(422));
    scene.end_one();
    for (tries, pause) in [(1, 1), (2, 2), (3, 4), (4, 8)] {
        scene.hook.heard(tries);
        // It looks every second whether something is due.
        for _ in 0..pause {
            at_rest(&scene.app, WAITING, SECOND);
            assert_eq!(scene.hook.count(), tries, "before the pause of {pause} seconds was over");
            scene.app.advance(SECOND);
        }
    }
    scene.hook.heard(5);
}

#[test]
fn how_much_has_still_to_be_told_can_be_seen() {
    let scene = Scene::set(Reply::Status(503));
    let untold = || metric(&scene.app, r#"clientpass_end_notices_pending{target="hook"}"#);
    for left in 1..=3 {
        scene.end_one();
        at_rest(&scene.app, WAITING, SECOND * 4);
        scene.app.advance(SECOND * 4);
        until("the number", || untold() == left);
    }
}

#[test]
fn how_long_the_oldest_has_waited_can_be_seen_and_ends_when_it_is_told() {
    let scene = Scene::set(Reply::Status(503));
    let oldest = || {
        let line = r#"clientpass_outbox_oldest_seconds{kind="webhook",target="hook"} "#;
        let text = scene.app.metrics();
        text.lines().find_map(|known| known.strip_prefix(line)).map(|age| age.parse::<f64>().unwrap())
    };
    until("nothing to wait for", || oldest() == Some(0.0));
    scene.end_one();
    scene.hook.heard(1);
    at_rest(&scene.app, WAITING, SECOND * 4);
    scene.app.advance(Duration::from_secs(200));
    // Nobody has to look into the database for it to grow, and a later end makes it no younger.
    scene.end_one();
    until("its age", || oldest().is_some_and(|age| age >= 200.0));
    scene.hook.replies(Reply::Status(200));
    until("that it is told", || {
        scene.app.advance(Duration::from_secs(60));
        oldest() == Some(0.0)
    });
}

#[test]
fn a_target_that_is_gone_is_not_told_again() {
    let scene = Scene::set(Reply::Status(410));
    scene.end_one();
    scene.hook.heard(1);
    until("giving up", || scene.count("given_up") == 1);
    scene.hook.replies(Reply::Status(200));
    scene.end_one();
    scene.hook.heard(2);
    all_told(&scene.app, "hook", 1);
}

#[test]
fn what_could_not_be_told_for_three_days_is_given_up() {
    let scene = Scene::set(Reply::Status(503));
    scene.end_one();
    scene.hook.heard(1);
    at_rest(&scene.app, WAITING, SECOND);
    scene.app.advance(Duration::from_secs(3 * 86_400 - 60));
    let tries = scene.hook.heard(2).len();
    at_rest(&scene.app, WAITING + EVERY_MINUTE, SECOND * 60);
    assert_eq!(scene.count("given_up"), 0);
    scene.app.advance(Duration::from_secs(120));
    until("giving up", || scene.count("given_up") == 1);
    // Not while it is tried once more: that would succeed.
    at_rest(&scene.app, WAITING, SECOND * 4);
    scene.hook.replies(Reply::Status(200));
    scene.app.advance(SECOND * 30);
    let suspended = serde_json::json!({"state": "suspended"});
    scene.home.operator.patch(&scene.alice.path(""), &suspended).expect(200);
    all_told(&scene.app, "hook", 1);
    assert!(scene.hook.count() <= tries + 2, "{} tries", scene.hook.count());
}

#[test]
fn what_is_kept_for_a_target_that_is_configured_no_more_is_given_up() {
    let down = Receiver::start(Reply::Status(503));
    let (mut app, home) = telling(vec![webhook("old", &down)]);
    let alice = secured(&app, &home, "alice");
    alice.issue("phone");
    alice.secure_login(false);
    down.heard(1);
    app.reconfigure(|config| config.on_end.clear());
    at_rest(&app, 1 + EVERY_MINUTE, SECOND * 60);
    let given_up = r#"clientpass_end_notices_total{target="old",result="given_up"}"#;
    app.advance(Duration::from_secs(3 * 86_400 + 60));
    until("giving up", || metric(&app, given_up) == 1);
}

#[test]
fn where_nobody_is_to_be_told_nothing_is_kept() {
    let hook = Receiver::start(Reply::Status(200));
    let (mut app, home) = telling(vec![]);
    let alice = secured(&app, &home, "alice");
    alice.issue("phone");
    alice.secure_login(false);
    let hooked = webhook("hook", &hook);
    app.reconfigure(|config| config.on_end = vec![hooked]);
    at_rest(&app, WAITING, SECOND);
    app.advance(SECOND);
    at_rest(&app, WAITING, SECOND);
    assert_eq!(hook.count(), 0, "what ended before is not told");
}
