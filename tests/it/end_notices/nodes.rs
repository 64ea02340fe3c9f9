//! Several nodes on one database: one of them tells, and any of them can.

use super::{Receiver, Reply, SECOND, all_told, at_rest, metric, secured, telling, until, webhook};

#[test]
fn of_two_nodes_one_tells() {
    let hook = Receiver::start(Reply::Status(200));
    let (app, home) = telling(vec![webhook("hook", &hook)]);
    let Some(other) = app.second_node() else { return };
    let alice = secured(&app, &home, "alice");
    let there = other.http().bearing(alice.http.token());
    for n in 0..30 {
        let one = alice.issue("one");
        let http = if n % 2 == 0 { &alice.http } else { &there };
        http.delete(&one.path("")).expect(204);
    }
    let told = r#"clientpass_end_notices_total{target="hook",result="delivered"}"#;
    until("all being told", || metric(&app, told) + metric(&other, told) == 30);
    let mut ids: Vec<String> = hook.heard(30).iter().map(|one| one.header("webhook-id").to_owned()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), hook.count()), (30, 30));
}

#[test]
fn what_ends_on_one_node_is_told_by_another_within_a_second() {
    let hook = Receiver::start(Reply::Status(200));
    let (mut app, home) = telling(vec![webhook("hook", &hook)]);
    let Some(other) = app.second_node() else { return };
    let alice = secured(&app, &home, "alice");
    hook.replies(Reply::Silence);
    alice.secure_login(false);
    hook.heard(1);
    app.stop();
    hook.replies(Reply::Status(200));
    at_rest(&other, 3, SECOND);
    other.advance(SECOND);
    at_rest(&other, 3, SECOND);
    assert_eq!(hook.count(), 1, "the first may still be telling");
    other.advance(SECOND * 15);
    hook.heard(2);
    all_told(&other, "hook", 1);
}

#[test]
fn a_date_is_told_by_one_node() {
    let hook = Receiver::start(Reply::Status(200));
    let (app, home) = telling(vec![webhook("hook", &hook)]);
    let Some(other) = app.second_node() else { return };
    let alice = secured(&app, &home, "alice");
    let at = app.time.wall().plus(SECOND * 60).to_string();
    for _ in 0..5 {
        alice.issue_with(&serde_json::json!({"label": "guest", "expires_at": at}));
    }
    at_rest(&app, 6, SECOND);
    app.advance(SECOND * 60);
    hook.heard(5);
    at_rest(&app, 6, SECOND);
    app.advance(SECOND * 60);
    at_rest(&app, 6, SECOND);
    assert_eq!(hook.count(), 5);
    drop(other);
}
