//! The tree of departments, and who has a role, changed by several at the same moment.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::authority::again_and_again;
use super::{ROUNDS, action, all, at_once, granted, issue, race, secured};
use crate::support::{Answer, Http, Installation, Person, TestApp};

fn department(home: &Installation, name: &str, parent: Option<&str>) -> String {
    let body = json!({"name": name, "parent_id": parent});
    home.operator.post(&home.path("/departments"), &body).expect(201).text_of("id")
}

fn path(id: &str) -> String {
    format!("/v1/departments/{id}")
}

fn put_below(http: &Http, id: &str, parent: &str) -> Answer {
    http.with("If-Match", "*").send("PATCH", &path(id), Some(&json!({"parent_id": parent})))
}

fn change(home: &Installation, id: &str, how: &str, person: &Person) -> Answer {
    home.operator.post(&home.path(&format!("/departments/{id}/members")), &json!({how: [person.id]}))
}

/// Of three that are put below each other one stays at the top.
#[test]
fn departments_that_are_put_below_each_other_make_no_circle() {
    let (_app, home) = TestApp::installed();
    for round in 0..ROUNDS {
        let ids: Vec<_> = (0..3).map(|n| department(&home, &format!("{round}-{n}"), None)).collect();
        let turn = |n: usize| {
            let (home, ids) = (&home, &ids);
            action(move || put_below(&home.operator, &ids[n], &ids[(n + 1) % 3]))
        };
        let answers = at_once((0..3).map(turn).collect());
        assert_eq!(granted(&answers, 200, &[(409, "no_room_below")]), 2, "round {round}");
        let tops =
            ids.iter().filter(|id| home.operator.get(&path(id)).expect(200).body["parent_id"].is_null());
        assert_eq!(tops.count(), 1, "round {round}");
    }
}

/// Something that is done with a department.
type Use<'a> = &'a (dyn Fn(&str) -> Answer + Sync);

/// Whatever is done to a department that is deleted at the same moment either keeps it or comes too late.
#[test]
fn a_department_is_deleted_or_used() {
    let (_app, home) = TestApp::installed();
    let ann = home.member("ann");
    let any = home.operator.with("If-Match", "*");
    let administers = |id: &str| {
        let body = json!({"role": "department_admin", "admin_department_ids": [id]});
        any.send("PATCH", &ann.path(""), Some(&body))
    };
    let named = |id: &str| {
        any.send("PUT", &home.path("/policy"), Some(&json!({"availability": {"departments": [id]}})))
    };
    let below =
        |id: &str| home.operator.post(&home.path("/departments"), &json!({"name": "New", "parent_id": id}));
    let joined = |id: &str| change(&home, id, "add", &ann);
    let uses: [(&str, Use<'_>); 4] =
        [("joined", &joined), ("administered", &administers), ("named", &named), ("built on", &below)];
    for (name, used) in uses {
        for round in 0..ROUNDS {
            let id = department(&home, &format!("{name} {round}"), None);
            let (deleted, done) =
                race(round, &home.operator, || home.operator.delete(&path(&id)), || used(&id));
            let is_used = granted(
                &[done],
                if name == "built on" { 201 } else { 200 },
                &[(400, "invalid_request"), (404, "not_found")],
            );
            let is_deleted = granted(&[deleted], 204, &[(409, "department_in_use")]);
            assert_eq!(is_used + is_deleted, 1, "{name}, round {round}");
            let there = home.operator.get(&path(&id)).status;
            assert_eq!(there, if is_deleted == 1 { 404 } else { 200 }, "{name}, round {round}");
            // As before.
            any.send("PUT", &home.path("/policy"), Some(&json!({}))).expect(200);
            any.send("PATCH", &ann.path(""), Some(&json!({"role": "member"}))).expect(200);
            any.send("PATCH", &ann.path(""), Some(&json!({"department_ids": []}))).expect(200);
        }
    }
}

/// A member who is put into a department while that is moved is in it, wherever it is then, at every check.
#[test]
fn a_member_who_is_moved_while_the_department_is_moved_has_what_holds_there() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = issue(&alice, 1).remove(0);
    let (shut, open) = (department(&home, "Shut", None), department(&home, "Open", None));
    let team = department(&home, "Team", Some(&open));
    let policy = json!({"protocols": {"departments": {(shut.clone()): {"imap": false}}}});
    home.operator.with("If-Match", "*").send("PUT", &home.path("/policy"), Some(&policy)).expect(200);
    let verdict = || home.mail_server.verdict(&alice.login, &phone.secret);
    for round in 0..2 * ROUNDS {
        assert_eq!(verdict(), "accept", "round {round}");
        let (moved, joined) = race(
            round,
            &home.operator,
            || put_below(&home.operator, &team, &shut),
            || (change(&home, &team, "add", &alice), verdict()),
        );
        moved.expect(200);
        joined.0.expect(200);
        assert_eq!(verdict(), "protocol_not_allowed", "round {round}");
        let (back, left) = race(
            round,
            &home.operator,
            || put_below(&home.operator, &team, &open),
            || (change(&home, &team, "remove", &alice), verdict()),
        );
        back.expect(200);
        left.0.expect(200);
        assert_eq!(left.1, "accept", "round {round}: out of it, wherever it is");
    }
}

/// What an administrator ends in bulk once the role was taken away: nothing.
#[test]
fn a_demoted_administrator_ends_nothing_in_bulk_after_that_was_acknowledged() {
    let (app, home) = TestApp::installed();
    let mut admin = home.member_with("admin", "admin");
    let alice = secured(&app, &home, "alice");
    let everything = json!({"filter": {"all": true}, "reason": "a leak"});
    let revocations = home.path("/revocations");
    let done = || all(&home.operator, &home.path("/audit-events?action=revocation.done")).len();
    for round in 0..ROUNDS {
        home.operator.patch(&admin.path(""), &json!({"role": "admin"})).expect(200);
        admin.sign_in();
        let stop = AtomicBool::new(false);
        let (acknowledged, later, answers) = std::thread::scope(|scope| {
            let ending =
                scope.spawn(|| again_and_again(&stop, || admin.http.post(&revocations, &everything)));
            home.operator.patch(&admin.path(""), &json!({"role": "member"})).expect(200);
            let acknowledged = done();
            let later = alice.issue("Later");
            stop.store(true, Ordering::Release);
            (acknowledged, later, ending.join().unwrap())
        });
        granted(&answers, 201, &[(403, "forbidden")]);
        let verdict = home.mail_server.verdict(&alice.login, &later.secret);
        assert_eq!((verdict.as_str(), done()), ("accept", acknowledged), "round {round}");
        home.operator.post(&revocations, &everything).expect(201);
        let left: Vec<Value> = all(&alice.http, &alice.path("/client-passwords?state=active"));
        assert!(left.is_empty(), "round {round}: {left:?}");
    }
}
