//! What a webhook says, and what it never says.

use super::{Receiver, Reply, all_told, json, secured, signed, telling, webhook};

#[test]
fn a_webhook_is_a_standard_webhook() {
    let hook = Receiver::start(Reply::Status(204));
    let (app, home) = telling(vec![webhook("hook", &hook)]);
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("phone");
    alice.http.delete(&phone.path("")).expect(204);
    let heard = hook.heard(1).remove(0);
    signed(&heard);
    let now = app.time.wall();
    assert_eq!(heard.header("content-type"), "application/json");
    assert_eq!(heard.header("webhook-timestamp"), now.seconds().to_string());
    let expected = json!({
        "type": "client_passwords.ended",
        "timestamp": now.to_string(),
        "data": {
            "organization_id": home.organization_id, "member_id": alice.id, "login": "alice@example.org",
            "client_password_ids": [phone.id], "reason": "revoked_by_member",
        },
    });
    assert_eq!(heard.body, expected);
    let text = String::from_utf8(heard.bytes).unwrap();
    for secret in [&phone.secret, &phone.secret.replace('-', ""), &alice.password] {
        assert!(!text.contains(secret));
    }
}

#[test]
fn what_all_of_a_member_is_told_under_is_its_audit_event() {
    let hook = Receiver::start(Reply::Status(204));
    let (app, home) = telling(vec![webhook("hook", &hook)]);
    let alice = secured(&app, &home, "alice");
    alice.secure_login(false);
    let events = home.operator.get(&home.path("/audit-events?action=secure_login.off")).expect(200);
    assert_eq!(hook.heard(1)[0].header("webhook-id"), events.items()[0]["id"].as_str().unwrap());
}

#[test]
fn each_target_is_told_everything_once() {
    let hooks = [(); 3].map(|()| Receiver::start(Reply::Status(200)));
    let named = ["a", "b", "c"].iter().zip(&hooks).map(|(name, hook)| webhook(name, hook)).collect();
    let (app, home) = telling(named);
    let alice = secured(&app, &home, "alice");
    for _ in 0..10 {
        let one = alice.issue("one");
        alice.http.delete(&one.path("")).expect(204);
    }
    for (name, hook) in ["a", "b", "c"].iter().zip(&hooks) {
        let heard = hook.heard(10);
        all_told(&app, name, 10);
        let mut ids: Vec<&str> = heard.iter().map(|one| one.header("webhook-id")).collect();
        assert!(ids.is_sorted(), "in order: {ids:?}");
        ids.dedup();
        assert_eq!((ids.len(), hook.count()), (10, 10), "once");
    }
}
