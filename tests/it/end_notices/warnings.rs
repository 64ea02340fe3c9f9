//! Programs that want to be are told before client passwords end by themselves, once of each threshold, and what has lain
//! unused for too long ends without a check coming.

use clientpass::clock::Timestamp;
use clientpass::config::on_end::Event;
use serde_json::{Value, json};

use super::{
    Duration, OnEnd, Receiver, Reply, SECOND, all_told, at_rest, dovecot, metric, secured, signed, telling,
    webhook,
};
use crate::support::database::on_postgres;
use crate::support::receiver::Heard;
use crate::support::time::until;
use crate::support::{ClientPassword, Installation, Person, TestApp};

pub const DAY: Duration = Duration::from_secs(86_400);

/// A webhook to this receiver that wants these events.
pub fn wanting(name: &str, receiver: &Receiver, events: &[Event]) -> OnEnd {
    let OnEnd::Webhook(mut hook) = webhook(name, receiver) else { unreachable!() };
    hook.events = events.to_vec();
    OnEnd::Webhook(hook)
}

pub fn put(home: &Installation, policy: &Value) {
    home.operator.with("If-Match", "*").send("PUT", &home.path("/policy"), Some(policy)).expect(200);
}

/// What is said of a warning: which client password, when it ends, why, and so many days before.
pub fn warning(heard: &Heard) -> (String, String, String, u64) {
    assert_eq!(heard.body["type"], "client_password.expiring", "{}", heard.body);
    let data = &heard.body["data"];
    let text = |field: &str| data[field].as_str().unwrap().to_owned();
    (text("client_password_id"), text("ends_at"), text("reason"), data["days"].as_u64().unwrap())
}

struct Scene {
    hook: Receiver,
    app: TestApp,
    home: Installation,
    alice: Person,
}

impl Scene {
    fn set() -> Self {
        Self::replying(Reply::Status(200))
    }

    fn replying(reply: Reply) -> Self {
        let hook = Receiver::start(reply);
        let (app, home) = telling(vec![wanting("hook", &hook, &[Event::Expiring])]);
        let alice = secured(&app, &home, "alice");
        Self { hook, app, home, alice }
    }

    /// A client password that ends so many days from now.
    fn dated(&self, days: u32) -> ClientPassword {
        let at = self.app.time.wall().plus(DAY * days).to_string();
        self.alice.issue_with(&json!({"label": "Phone", "expires_at": at}))
    }

    /// Moves a date; that takes a minute.
    fn move_to(&mut self, one: &ClientPassword, at: Timestamp) {
        self.app.advance(SECOND * 60);
        self.alice.sign_in_with_code(self.app.time.wall());
        self.alice.http.patch(&one.path(""), &json!({"expires_at": at.to_string()})).expect(200);
    }

    fn pass(&self, days: u32) {
        self.app.advance(DAY * days);
        self.app.look();
    }

    /// The days of all warnings so far, once there are so many; no more come.
    #[track_caller]
    fn days(&self, count: usize) -> Vec<u64> {
        let heard = self.hook.heard(count);
        self.app.look();
        all_told(&self.app, "hook", count as u64);
        assert_eq!(self.hook.count(), count, "no more");
        heard.iter().map(|one| warning(one).3).collect()
    }

    fn state(&self, one: &ClientPassword) -> Value {
        self.home.operator.get(&one.path("")).expect(200).body["state"].clone()
    }
}

#[test]
fn a_webhook_that_wants_it_is_told_before_a_date_comes() {
    let (ends, both) = (Receiver::start(Reply::Status(200)), Receiver::start(Reply::Status(200)));
    let server = Receiver::start(Reply::Done);
    let (app, home) = telling(vec![
        webhook("ends", &ends),
        wanting("both", &both, &[Event::Ended, Event::Expiring]),
        dovecot("dovecot", &server),
    ]);
    let alice = secured(&app, &home, "alice");
    let at = app.time.wall().plus(DAY * 20);
    let phone = alice.issue_with(&json!({"label": "Phone", "expires_at": at.to_string()}));
    app.advance(DAY * 6 + SECOND);
    app.look();

    let heard = both.heard(1).remove(0);
    signed(&heard);
    let expected = json!({
        "type": "client_password.expiring",
        "timestamp": app.time.wall().to_string(),
        "data": {
            "organization_id": home.organization_id, "member_id": alice.id, "login": "alice@example.org",
            "client_password_id": phone.id, "label": "Phone", "ends_at": at.to_string(), "reason": "expired",
            "days": 14,
        },
    });
    assert_eq!(heard.body, expected);
    let listed = home.operator.get(&home.path("/warnings")).expect(200);
    assert_eq!(listed.items()[0]["id"], heard.header("webhook-id"));
    assert!(!String::from_utf8(heard.bytes).unwrap().contains(&phone.secret));

    app.advance(DAY * 14);
    all_told(&app, "ends", 1);
    all_told(&app, "dovecot", 1);
    assert_eq!((ends.count(), server.count()), (1, 1), "of the end, and of nothing before");
}

#[test]
fn each_threshold_is_told_once_and_those_before_the_issue_are_skipped() {
    let scene = Scene::set();
    let (long, short) = (scene.dated(30), scene.dated(10));
    scene.dated(1);
    for half in 1..=60 {
        scene.app.advance(DAY / 2);
        scene.app.look();
        // What is on its way when time passes is sent again.
        let due = [14, 18, 32, 54, 58].into_iter().filter(|due| *due <= half).count();
        all_told(&scene.app, "hook", due as u64);
    }
    let heard = scene.hook.heard(5);
    assert_eq!(scene.days(5).len(), 5);
    let of = |one: &ClientPassword| {
        let of = heard.iter().map(warning).filter(|said| said.0 == one.id);
        of.map(|said| said.3).collect::<Vec<_>>()
    };
    assert_eq!((of(&long), of(&short)), (vec![14, 3, 1], vec![3, 1]));
}

#[test]
fn after_a_pause_only_the_latest_is_told() {
    let mut scene = Scene::set();
    scene.dated(30);
    scene.app.stop();
    scene.app.advance(DAY * 28);
    scene.app.serve();
    scene.app.look();
    assert_eq!(scene.days(1), [3]);
    scene.pass(3);
    assert_eq!(scene.days(1), [3], "it has ended");
}

#[test]
fn a_date_that_is_moved_counts_anew_and_one_that_is_moved_back_does_not() {
    let mut scene = Scene::set();
    let one = scene.dated(20);
    let begun = scene.app.time.wall();
    scene.pass(7);
    assert_eq!(scene.days(1), [14]);
    scene.move_to(&one, begun.plus(DAY * 67));
    scene.pass(1);
    assert_eq!(scene.days(1), [14]);
    scene.move_to(&one, begun.plus(DAY * 20));
    assert_eq!(scene.days(1), [14], "as it was before");
    scene.move_to(&one, begun.plus(DAY * 10));
    scene.app.look();
    assert_eq!(scene.days(2), [14, 3]);
}

#[test]
fn of_what_was_rotated_or_has_ended_nobody_is_warned() {
    let mut scene = Scene::set();
    let (rotated, revoked) = (scene.dated(16), scene.dated(16));
    scene.alice.http.post(&rotated.path("/rotate"), &json!({"overlap_seconds": 604_800})).expect(201);
    scene.alice.http.delete(&revoked.path("")).expect(204);
    let bob = secured(&scene.app, &scene.home, "bob");
    let at = scene.app.time.wall().plus(DAY * 16).to_string();
    bob.issue_with(&json!({"label": "Phone", "expires_at": at}));
    bob.secure_login(false);
    scene.pass(3);
    assert_eq!(scene.days(0), Vec::<u64>::new());
    scene.alice.sign_in_with_code(scene.app.time.wall());
    scene.dated(16);
    scene.pass(3);
    assert_eq!(scene.days(1), [14]);
}

#[test]
fn of_what_ends_before_it_could_be_told_nothing_is_told() {
    let mut scene = Scene::replying(Reply::Status(503));
    let (moved, ended, late) = (scene.dated(16), scene.dated(16), scene.dated(16));
    scene.pass(3);
    scene.hook.heard(1);
    scene.move_to(&moved, scene.app.time.wall().plus(DAY * 100));
    scene.alice.http.delete(&ended.path("")).expect(204);
    // Not while what was claimed before is told. The writing of uses waits, and one who tells.
    at_rest(&scene.app, 2, SECOND * 4);
    scene.hook.replies(Reply::Status(200));
    scene.app.advance(SECOND * 40);
    until("what still holds being told", || {
        metric(&scene.app, r#"clientpass_end_notices_total{target="hook",result="delivered"}"#) == 1
    });
    let told = scene.hook.heard(2);
    assert_eq!(warning(told.last().unwrap()).0, late.id);
    let pending = || metric(&scene.app, r#"clientpass_end_notices_pending{target="hook"}"#);
    until("the rest being dropped", || pending() == 0);
}

#[test]
fn nobody_is_warned_of_an_end_that_has_come() {
    let scene = Scene::replying(Reply::Status(503));
    scene.dated(16);
    scene.pass(15);
    scene.hook.heard(1);
    scene.app.advance(DAY);
    scene.hook.replies(Reply::Status(200));
    let given_up = || metric(&scene.app, r#"clientpass_end_notices_total{target="hook",result="given_up"}"#);
    until("giving up", || {
        scene.app.advance(SECOND);
        given_up() == 1
    });
    assert_eq!(metric(&scene.app, r#"clientpass_end_notices_total{target="hook",result="delivered"}"#), 0);
}

#[test]
fn a_shorter_longest_life_is_warned_of_by_its_new_dates() {
    let scene = Scene::set();
    let one = scene.alice.issue("Phone");
    scene.pass(30);
    assert_eq!(scene.days(0), Vec::<u64>::new());
    put(&scene.home, &json!({"max_lifetime_days": 40}));
    scene.app.look();
    assert_eq!(scene.days(1), [14]);
    let made = scene.app.time.wall().minus(DAY * 30);
    let heard = scene.hook.heard(1);
    assert_eq!(warning(&heard[0]).1, made.plus(DAY * 40).to_string());
    scene.pass(10);
    assert_eq!(scene.state(&one), "expired");
}

#[test]
fn disuse_is_warned_of_once_and_a_use_begins_anew() {
    let scene = Scene::set();
    put(&scene.home, &json!({"idle_days": 30}));
    let one = scene.alice.issue("Phone");
    let made = scene.app.time.wall();
    for _ in 0..16 {
        scene.pass(1);
    }
    // It is delivered before more time passes, or the delivery would be late and tried again.
    assert_eq!(scene.days(1), [14]);
    for _ in 16..20 {
        scene.pass(1);
    }
    assert_eq!(scene.days(1), [14]);
    let said = warning(&scene.hook.heard(1)[0]);
    assert_eq!((said.1, said.2), (made.plus(DAY * 30).to_string(), "idle".into()));
    assert_eq!(scene.home.mail_server.verdict(&scene.alice.login, &one.secret), "accept");
    assert!(scene.home.operator.get(&scene.home.path("/warnings")).expect(200).items().is_empty());
    scene.pass(15);
    assert_eq!(scene.days(1), [14]);
    scene.pass(1);
    assert_eq!(scene.days(2), [14, 14]);
    scene.pass(13);
    assert_eq!(scene.state(&one), "active");
    scene.pass(1);
    // Without a check.
    assert_eq!(scene.state(&one), "expired");
    let event = scene.home.path("/audit-events?action=client_password.idle");
    assert_eq!(scene.home.operator.get(&event).expect(200).items().len(), 1);
    assert_eq!(scene.home.mail_server.verdict(&scene.alice.login, &one.secret), "expired");
}

#[test]
fn another_idle_end_is_another_date() {
    let scene = Scene::set();
    let one = scene.alice.issue("Phone");
    scene.pass(50);
    put(&scene.home, &json!({"idle_days": 60}));
    scene.app.look();
    assert_eq!(scene.days(1), [14]);
    put(&scene.home, &json!({"idle_days": 90}));
    scene.pass(25);
    assert_eq!(scene.days(1), [14]);
    scene.pass(1);
    assert_eq!(scene.days(2), [14, 14]);
    // Taken away, it ends nothing; and one that comes so soon is not warned of.
    put(&scene.home, &json!({}));
    scene.pass(100);
    assert_eq!((scene.days(2).len(), scene.state(&one)), (2, json!("active")));
    put(&scene.home, &json!({"idle_days": 14}));
    scene.app.look();
    assert_eq!((scene.days(2).len(), scene.state(&one)), (2, json!("expired")));
}

#[test]
fn whoever_may_not_use_client_passwords_is_not_warned_until_they_may_again() {
    let scene = Scene::set();
    scene.dated(16);
    put(&scene.home, &json!({"availability": {"except_members": [scene.alice.id]}}));
    scene.pass(3);
    assert_eq!(scene.days(0), Vec::<u64>::new());
    put(&scene.home, &json!({}));
    scene.pass(11);
    assert_eq!(scene.days(1), [3]);
}

#[test]
fn a_clock_that_jumps_back_warns_of_nothing_twice_and_revives_nothing() {
    for restart in [false, true] {
        let mut scene = Scene::set();
        put(&scene.home, &json!({"idle_days": 40}));
        let (soon, idle) = (scene.dated(16), scene.alice.issue("Printer"));
        scene.pass(3);
        assert_eq!(scene.days(1), [14]);
        let right = scene.app.time.wall();
        for back in [DAY * 2, DAY * 400] {
            if restart {
                scene.app.stop();
            }
            scene.app.time.jump_to(right.minus(back));
            if restart {
                scene.app.serve();
                scene.home.operator = scene.app.http().bearing(scene.home.operator.token());
            }
            scene.app.look();
            let count = u64::from(!restart);
            until("all being told", || scene.hook.count() == 1);
            all_told(&scene.app, "hook", count);
        }
        scene.app.time.jump_to(right.plus(DAY * 40));
        scene.app.look();
        scene.app.time.jump_to(right);
        scene.app.look();
        assert_eq!((scene.state(&soon), scene.state(&idle)), (json!("expired"), json!("expired")));
        assert_eq!(scene.hook.count(), 1);
    }
}

/// What is written rests on the date as it is when it is written.
#[test]
fn a_date_that_is_moved_while_its_warning_is_written_is_not_warned_of() {
    let mut scene = Scene::set();
    let one = scene.dated(16);
    scene.app.look();
    scene.app.time.jump_to(scene.app.time.wall().plus(DAY * 3));
    scene.alice.sign_in_with_code(scene.app.time.wall());
    let (http, path) = (scene.alice.http.clone(), one.path(""));
    let at = scene.app.time.wall().plus(DAY * 50).to_string();
    let moves = move || {
        http.patch(&path, &json!({"expires_at": at})).expect(200);
    };
    *scene.app.faults.meanwhile.lock().unwrap() = Some(("warnings/look", Box::new(moves)));
    scene.app.look();
    assert!(scene.app.faults.meanwhile.lock().unwrap().is_none(), "nobody came between");
    assert!(on_postgres() || scene.app.number("SELECT count(*) FROM warnings") == 0);
    assert_eq!(scene.days(0), Vec::<u64>::new());
    assert!(scene.home.operator.get(&scene.home.path("/warnings")).expect(200).items().is_empty());
}

/// One that ends while its warning is written, by what touches the member's row and not its own.
#[test]
fn what_ends_while_its_warning_is_written_is_not_warned_of() {
    let mut scene = Scene::set();
    scene.dated(16);
    scene.app.look();
    scene.app.time.jump_to(scene.app.time.wall().plus(DAY * 3));
    scene.alice.sign_in_with_code(scene.app.time.wall());
    let alice = scene.alice.clone();
    let ends = move || drop(alice.secure_login(false));
    *scene.app.faults.meanwhile.lock().unwrap() = Some(("warnings/look", Box::new(ends)));
    scene.app.look();
    assert!(scene.app.faults.meanwhile.lock().unwrap().is_none(), "nobody came between");
    assert!(on_postgres() || scene.app.number("SELECT count(*) FROM warnings") == 0);
    assert_eq!(scene.days(0), Vec::<u64>::new());
}

#[test]
fn a_use_while_disuse_is_written_down_keeps_it_alive() {
    let scene = Scene::set();
    put(&scene.home, &json!({"idle_days": 10}));
    let one = scene.alice.issue("Phone");
    scene.app.look();
    // An hour and more before its end, a use is not on disk at once.
    scene.app.time.jump_to(scene.app.time.wall().plus(DAY * 9));
    assert_eq!(scene.home.mail_server.verdict(&scene.alice.login, &one.secret), "accept");
    scene.app.time.jump_to(scene.app.time.wall().plus(DAY));
    scene.app.look();
    assert_eq!(scene.state(&one), "active");
}

#[test]
fn what_was_written_is_told_once_though_nobody_could_say_so() {
    let scene = Scene::set();
    for _ in 0..20 {
        scene.dated(16);
    }
    *scene.app.faults.unknown.lock().unwrap() = Some("warnings/look");
    scene.app.time.jump_to(scene.app.time.wall().plus(DAY * 3));
    let services = scene.app.services();
    let failed = actix_web::rt::System::new().block_on(async {
        let lease = services.leases.current().await.unwrap().unwrap();
        services.warnings.look(lease).await
    });
    assert!(failed.is_err());
    scene.app.look();
    // Nobody was woken; it is seen by and by.
    scene.app.advance(SECOND);
    assert_eq!(scene.days(20).len(), 20);
}
