//! Acting while one's authority ends: what is acknowledged as ended does nothing afterwards, however fast it acts.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use super::{ROUNDS, made, none_opens, secured};
use crate::support::{Answer, Http, TestApp};

/// Does it again and again until told to stop; gives the answers.
pub fn again_and_again(stop: &AtomicBool, act: impl Fn() -> Answer) -> Vec<Answer> {
    let mut answers = Vec::new();
    while !stop.load(Ordering::Acquire) {
        answers.push(act());
    }
    answers
}

#[test]
fn a_session_that_issues_while_the_password_is_changed_leaves_nothing_that_opens_mail() {
    let (app, home) = TestApp::installed();
    for round in 0..ROUNDS {
        let mut alice = secured(&app, &home, &format!("alice{round}"));
        let thief = alice.clone();
        let now = app.time.wall();
        app.advance(std::time::Duration::from_secs(30));
        alice.sign_in_with_code(now.plus(std::time::Duration::from_secs(30)));
        let stop = AtomicBool::new(false);
        let answers = std::thread::scope(|scope| {
            let stealing = scope.spawn(|| {
                again_and_again(&stop, || {
                    let issued = thief.http.post(&thief.path("/client-passwords"), &json!({"label": "mine"}));
                    // Room for the next one.
                    thief.http.delete(&thief.path("/client-passwords"));
                    issued
                })
            });
            let body = json!({"password": "another password", "current_password": alice.password});
            // Whoever changes the same row again and again makes it a conflict, which is to be repeated.
            let change = || alice.http.put(&alice.path("/password"), &body);
            let mut changed = change();
            while changed.status == 409 {
                changed = change();
            }
            stop.store(true, Ordering::Release);
            let answers = stealing.join().unwrap();
            changed.expect(200);
            answers
        });
        none_opens(&home, &alice, &made(&answers));
        let listed = alice.http.get(&alice.path("/client-passwords?state=active")).expect(200);
        assert!(listed.items().is_empty(), "round {round}: {}", listed.text);
    }
}

/// The version of a member's row, which moves with each change.
fn version(http: &Http, path: &str) -> String {
    http.get(path).expect(200).etag()
}

#[test]
fn a_key_does_nothing_after_its_revocation_was_acknowledged() {
    let (_app, home) = TestApp::installed();
    let bob = home.external_member("bob");
    for round in 0..ROUNDS {
        let body = json!({"role": "directory", "organization_id": home.organization_id, "label": "sync"});
        let key = home.operator.post("/v1/service-keys", &body).expect(201);
        let (directory, stop) = (home.operator.bearing(&key.text_of("key")), AtomicBool::new(false));
        let (acknowledged, answers) = std::thread::scope(|scope| {
            let acting = |n: usize| {
                let (directory, stop, path) = (directory.clone(), &stop, bob.path("/password"));
                scope.spawn(move || {
                    let body = json!({"password": format!("the directory's choice {n}")});
                    again_and_again(stop, || directory.put(&path, &body))
                })
            };
            let acting: Vec<_> = (0..3).map(acting).collect();
            home.operator.delete(&format!("/v1/service-keys/{}", key.text_of("id"))).expect(204);
            let acknowledged = version(&home.operator, &bob.path(""));
            stop.store(true, Ordering::Release);
            let answers: Vec<Answer> = acting.into_iter().flat_map(|one| one.join().unwrap()).collect();
            (acknowledged, answers)
        });
        assert_eq!(version(&home.operator, &bob.path("")), acknowledged, "round {round}");
        assert!(answers.iter().all(|answer| [200, 401, 409, 429].contains(&answer.status)));
    }
}

#[test]
fn a_demoted_administrator_changes_nobody_after_that_was_acknowledged() {
    let (_app, home) = TestApp::installed();
    let mut admin = home.member_with("admin", "admin");
    let bob = home.external_member("bob");
    for round in 0..ROUNDS {
        home.operator.patch(&admin.path(""), &json!({"role": "admin"})).expect(200);
        home.operator.patch(&bob.path(""), &json!({"state": "active"})).expect(200);
        admin.sign_in();
        let stop = AtomicBool::new(false);
        let etag = version(&home.operator, &bob.path(""));
        let rename = admin.http.with("If-Match", "*");
        let acknowledged = std::thread::scope(|scope| {
            let acting = scope.spawn(|| {
                again_and_again(&stop, || {
                    rename.send("PATCH", &bob.path(""), Some(&json!({"display_name": "gone"})));
                    rename.send("PATCH", &bob.path(""), Some(&json!({"display_name": "bob"})))
                })
            });
            home.operator.patch(&admin.path(""), &json!({"role": "member"})).expect(200);
            let acknowledged = version(&home.operator, &bob.path(""));
            stop.store(true, Ordering::Release);
            acting.join().unwrap();
            acknowledged
        });
        assert_eq!(version(&home.operator, &bob.path("")), acknowledged, "round {round}, from {etag}");
    }
}
