//! Two nodes on one PostgreSQL database: what one has acknowledged the other refuses at once, whatever ended it.

use serde_json::json;

use super::{action, all, at_once, issue, rotate, secured, shown};
use crate::support::{ClientPassword, Http, Installation, Person, TestApp};

/// A node, as everyone sees it.
struct Node {
    anyone: Http,
}

impl Node {
    /// Somebody of the first node, at this one.
    fn at(&self, who: &Http) -> Http {
        self.anyone.bearing(who.token())
    }

    fn member(&self, person: &Person) -> Person {
        Person { http: self.at(&person.http), ..person.clone() }
    }

    fn verdict(&self, home: &Installation, person: &Person, one: &ClientPassword) -> String {
        self.at(&home.mail_server).verdict(&person.login, &one.secret)
    }
}

/// One way in which a client password ends, by the member or by the operator, at the first node.
type End = fn(&Installation, &Person, &ClientPassword);

const ENDS: [(&str, End); 12] = [
    ("revoked by the member", |_, alice, phone| drop(alice.http.delete(&phone.path("")).expect(204))),
    ("revoked by the operator", |home, _, phone| drop(home.operator.delete(&phone.path("")).expect(204))),
    ("all ended", |_, alice, _| drop(alice.http.delete(&alice.path("/client-passwords")).expect(200))),
    ("rotated", |_, alice, phone| drop(rotate(alice, phone, 0).expect(201))),
    ("successor used", |home, alice, phone| {
        let new = ClientPassword::of(&rotate(alice, phone, 3600).expect(201));
        assert_eq!(home.mail_server.verdict(&alice.login, &new.secret), "accept");
    }),
    ("narrowed", |_, alice, phone| {
        alice.http.patch(&phone.path(""), &json!({"protocols": ["smtp"]})).expect(200);
    }),
    ("secure login off", |_, alice, _| drop(alice.secure_login(false))),
    ("factors removed", |home, alice, _| {
        let factors = home.operator.get(&alice.path("/second-factors")).expect(200);
        let id = factors.items()[0]["id"].as_str().unwrap().to_owned();
        home.operator.delete(&alice.path(&format!("/second-factors/{id}"))).expect(204);
    }),
    ("account password set", |home, alice, _| {
        let body = json!({"password": "another password"});
        home.operator.put(&alice.path("/password"), &body).expect(200);
    }),
    ("suspended", |home, alice, _| drop(super::suspend(home, alice).expect(200))),
    ("left", |home, alice, _| drop(home.operator.delete(&alice.path("")).expect(204))),
    ("revoked in bulk", |home, _, _| {
        let body = json!({"filter": {"all": true}, "reason": "a leak"});
        home.operator.post(&home.path("/revocations"), &body).expect(201);
    }),
];

#[test]
fn what_one_node_has_ended_the_other_refuses_at_once() {
    let (app, mut home) = TestApp::installed();
    let Some(second) = app.second_node() else { return };
    let nodes = [&app, &second].map(|app| Node { anyone: app.http() });
    let here = (home.operator.clone(), home.mail_server.clone());
    for (n, (how, end)) in ENDS.iter().enumerate() {
        for round in 0..4 {
            let (near, far) = (&nodes[round % 2], &nodes[1 - round % 2]);
            let alice = near.member(&secured(&app, &home, &format!("alice{n}-{round}")));
            let phone = alice.issue("Phone");
            // Both have just used it, on connections of their own.
            for node in &nodes {
                assert_eq!(node.verdict(&home, &alice, &phone), "accept");
            }
            (home.operator, home.mail_server) = (near.at(&here.0), near.at(&here.1));
            end(&home, &alice, &phone);
            assert_ne!(far.verdict(&home, &alice, &phone), "accept", "{how}");
            assert_ne!(near.verdict(&home, &alice, &phone), "accept", "{how}");
            (home.operator, home.mail_server) = here.clone();
        }
    }
    let (phone, bob) = {
        let bob = secured(&app, &home, "bob");
        (bob.issue("Phone"), bob)
    };
    assert_eq!(nodes[1].verdict(&home, &bob, &phone), "accept");
    home.operator.delete(&home.path("")).expect(204);
    assert_ne!(nodes[1].verdict(&home, &bob, &phone), "accept");
    nodes[1].at(&bob.http).get("/v1/me").expect_problem(401, "unauthenticated");
}

#[test]
fn sessions_and_keys_that_one_node_has_ended_the_other_refuses_at_once() {
    let (app, home) = TestApp::installed();
    let Some(second) = app.second_node() else { return };
    let far = Node { anyone: second.http() };
    for round in 0..4 {
        let mut alice = home.member(&format!("alice{round}"));
        alice.sign_in();
        far.at(&alice.http).get("/v1/me").expect(200);
        if round % 2 == 0 {
            super::suspend(&home, &alice).expect(200);
        } else {
            alice.http.delete("/v1/sessions/current").expect(204);
        }
        far.at(&alice.http).get("/v1/me").expect_problem(401, "unauthenticated");

        let body = json!({"role": "auditor", "label": "Reader", "organization_id": home.organization_id});
        let key = home.operator.post("/v1/service-keys", &body).expect(201);
        let holder = far.anyone.bearing(&key.text_of("key"));
        holder.get("/v1/me").expect(200);
        home.operator.delete(&format!("/v1/service-keys/{}", key.text_of("id"))).expect(204);
        holder.get("/v1/me").expect_problem(401, "unauthenticated");
    }
}

/// Both write down uses of the same client passwords, each in an order of its own.
#[test]
fn two_nodes_write_down_the_same_uses() {
    let (app, home) = TestApp::installed();
    let Some(second) = app.second_node() else { return };
    let nodes = [&app, &second].map(|app| Node { anyone: app.http() });
    let alice = secured(&app, &home, "alice");
    let phones = issue(&alice, 20);
    for _ in 0..3 {
        app.advance(std::time::Duration::from_secs(1));
        for node in &nodes {
            for phone in &phones {
                assert_eq!(node.verdict(&home, &alice, phone), "accept");
            }
        }
        let settle = |n: usize| {
            let (node, alice, phone) = (&nodes[n % 2], &alice, &phones[n]);
            action(move || shown(&node.at(&alice.http), phone)["last_used"]["at"].clone())
        };
        let seen = at_once((0..4).map(settle).collect());
        assert!(seen.iter().all(|at| *at == app.time.wall().to_string()), "{seen:?}");
    }
    assert_eq!(all(&alice.http, &alice.path("/client-passwords?state=active")).len(), 20);
}

/// One node cannot write its uses for a while, and the other comes to the idle end.
#[test]
fn a_use_near_to_the_idle_end_is_seen_by_the_other_node() {
    const HOUR: std::time::Duration = std::time::Duration::from_secs(3_600);
    let (app, home) = TestApp::installed();
    let Some(second) = app.second_node() else { return };
    let nodes = [&app, &second].map(|app| Node { anyone: app.http() });
    let policy = json!({"idle_days": 30});
    home.operator.with("If-Match", "*").send("PUT", &home.path("/policy"), Some(&policy)).expect(200);
    let alice = secured(&app, &home, "alice");
    let (phone, unused) = (alice.issue("Phone"), alice.issue("Unused"));

    // Made and never used; then used at that time before.
    for round in 0..2 {
        app.advance(HOUR * (30 * 24 - 1));
        assert_eq!(nodes[0].verdict(&home, &alice, &phone), "accept", "in round {round}");
        *app.faults.statement.lock().unwrap() = Some("usage/");
        app.advance(HOUR);
        assert_eq!(nodes[1].verdict(&home, &alice, &phone), "accept", "in round {round}");
        *app.faults.statement.lock().unwrap() = None;
        // The other one's use is on disk before the next round, as it is within seconds.
        shown(&nodes[1].at(&home.operator), &phone);
    }
    assert_eq!(nodes[1].verdict(&home, &alice, &unused), "expired");
}

/// What must be on disk before it is answered is not answered while nothing can be written; nothing else waits for it.
#[test]
fn only_a_use_near_to_the_idle_end_waits_for_the_disk() {
    const HOUR: std::time::Duration = std::time::Duration::from_secs(3_600);
    let (app, home) = TestApp::installed();
    let policy = json!({"idle_days": 30});
    home.operator.with("If-Match", "*").send("PUT", &home.path("/policy"), Some(&policy)).expect(200);
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let check = || home.mail_server.check(&alice.login, &phone.secret, "imap");

    app.advance(HOUR * 24 * 29);
    *app.faults.statement.lock().unwrap() = Some("usage/use");
    check().expect(200);
    app.advance(HOUR * 23);
    check().expect_problem(503, "unavailable");
    *app.faults.statement.lock().unwrap() = None;
    check().expect(200);
    // Written once, it is far from its idle end again.
    *app.faults.statement.lock().unwrap() = Some("usage/use");
    check().expect(200);
}
