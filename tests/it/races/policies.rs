//! A policy that is put, a member who is moved and a department that is moved, each against checks: none that starts
//! after that was acknowledged, at any node, accepts what it forbids.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{issue, secured};
use crate::support::{Http, Installation, Person, TestApp};

/// So often each change is made.
const ROUNDS: usize = 4;
/// Checks of each kind of client after a change was acknowledged.
const AFTERWARDS: usize = 4;

/// A tree with an upper and a lower department, another beside them, and a member of the lower one.
struct Scene {
    home: Installation,
    /// The operator, at the node where changes are made.
    operator: Http,
    alice: Person,
    upper: String,
    lower: String,
    other: String,
}

impl Scene {
    fn of(app: &TestApp, home: Installation) -> Self {
        let department = |parent: Option<&str>| {
            let body = json!({"name": "Department", "parent_id": parent});
            home.operator.post(&home.path("/departments"), &body).expect(201).text_of("id")
        };
        let (upper, other) = (department(None), department(None));
        let lower = department(Some(&upper));
        let alice = secured(app, &home, "alice");
        let scene = Self { operator: home.operator.clone(), home, alice, upper, lower, other };
        scene.change_members(&scene.lower, "add");
        scene
    }

    fn put(&self, policy: &Value) {
        let any = self.operator.with("If-Match", "*");
        any.send("PUT", &self.home.path("/policy"), Some(policy)).expect(200);
    }

    fn change_members(&self, department: &str, how: &str) {
        let path = self.home.path(&format!("/departments/{department}/members"));
        self.operator.post(&path, &json!({how: [self.alice.id]})).expect(200);
    }

    fn put_below(&self, parent: &str) {
        let any = self.operator.with("If-Match", "*");
        let path = format!("/v1/departments/{}", self.lower);
        any.send("PATCH", &path, Some(&json!({"parent_id": parent}))).expect(200);
    }
}

/// What makes ready, what forbids, and what takes that back.
type Change = (&'static str, fn(&Scene), fn(&Scene), fn(&Scene));

const CHANGES: [Change; 8] = [
    (
        "a protocol switched off for everyone",
        |_| {},
        |of| of.put(&json!({"protocols": {"default": {"imap": false}}})),
        |of| of.put(&json!({})),
    ),
    (
        "a protocol switched off for a department",
        |_| {},
        |of| of.put(&json!({"protocols": {"departments": {(of.upper.clone()): {"imap": false}}}})),
        |of| of.put(&json!({})),
    ),
    (
        "a member excepted",
        |_| {},
        |of| {
            let lists = json!({"departments": [of.upper], "except_members": [of.alice.id]});
            of.put(&json!({"availability": lists}));
        },
        |of| of.put(&json!({"availability": {"departments": [of.upper]}})),
    ),
    (
        "networks",
        |of| of.put(&json!({})),
        |of| of.put(&json!({"allowed_networks": ["203.0.113.0/24"]})),
        |of| of.put(&json!({})),
    ),
    (
        "a member put into a department",
        |of| of.put(&json!({"protocols": {"departments": {(of.other.clone()): {"imap": false}}}})),
        |of| of.change_members(&of.other, "add"),
        |of| of.change_members(&of.other, "remove"),
    ),
    (
        "a member taken out of a department",
        |of| of.put(&json!({"availability": {"departments": [of.upper]}})),
        |of| of.change_members(&of.lower, "remove"),
        |of| of.change_members(&of.lower, "add"),
    ),
    (
        "a department put below another",
        |of| of.put(&json!({"protocols": {"departments": {(of.other.clone()): {"imap": false}}}})),
        |of| of.put_below(&of.other),
        |of| of.put_below(&of.upper),
    ),
    (
        "a department taken out of another",
        |of| of.put(&json!({"availability": {"departments": [of.upper]}})),
        |of| of.put_below(&of.other),
        |of| of.put_below(&of.upper),
    ),
];

/// Checks at each of these again and again while the change is made.
#[track_caller]
fn none_accepts_afterwards(
    name: &str,
    mail_servers: &[Http],
    person: &Person,
    secret: &str,
    change: impl FnOnce(),
) {
    let acknowledged = AtomicBool::new(false);
    let before = AtomicUsize::new(0);
    let checks = |http: &Http| {
        let mut after = 0;
        while after < AFTERWARDS {
            let is_after = acknowledged.load(Ordering::Acquire);
            let verdict = http.verdict(&person.login, secret);
            assert!(!is_after || verdict != "accept", "{name}: accepted afterwards");
            before.fetch_add(1, Ordering::Release);
            after += usize::from(is_after);
        }
    };
    std::thread::scope(|scope| {
        let checks = &checks;
        let twice = mail_servers.iter().chain(mail_servers);
        let checking: Vec<_> = twice.map(|http| scope.spawn(move || checks(http))).collect();
        // Each has what it checks in memory by then.
        while before.load(Ordering::Acquire) < 3 * checking.len()
            && !checking.iter().any(std::thread::ScopedJoinHandle::is_finished)
        {
            std::thread::yield_now();
        }
        change();
        acknowledged.store(true, Ordering::Release);
    });
}

#[test]
fn no_check_that_starts_after_a_change_of_what_holds_accepts_what_it_forbids() {
    let (app, home) = TestApp::installed();
    let second = app.second_node();
    let nodes: Vec<Http> = std::iter::once(app.http()).chain(second.iter().map(TestApp::http)).collect();
    let mut scene = Scene::of(&app, home);
    let (operator, mail_server) = (scene.operator.clone(), scene.home.mail_server.clone());
    let mail_servers: Vec<Http> = nodes.iter().map(|node| node.bearing(mail_server.token())).collect();
    let phone = issue(&scene.alice, 1).remove(0);
    for (name, ready, forbid, allow) in CHANGES {
        ready(&scene);
        for round in 0..ROUNDS {
            scene.operator = nodes[round % nodes.len()].bearing(operator.token());
            for http in &mail_servers {
                assert_eq!(http.verdict(&scene.alice.login, &phone.secret), "accept", "{name}");
            }
            none_accepts_afterwards(name, &mail_servers, &scene.alice, &phone.secret, || forbid(&scene));
            allow(&scene);
        }
    }
}
