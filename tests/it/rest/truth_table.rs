//! Who may do what, to whom, with which sign-in: every route × every caller × every target × a sign-in that is fresh or
//! not, over HTTP, against a plain statement of the rule. A route that is not in the table fails the test.
//!
//! Nothing that is allowed is carried out, or the table would change what it asks about: no record can be written, and so
//! no change. What is allowed then answers 503, and what is refused is refused before.

mod rows;
mod rule;
mod scene;

use std::collections::BTreeSet;
use std::time::Duration;

use clientpass::api::rest::ENDPOINTS;

use self::rows::{Row, rows};
use self::rule::Expected;
use self::scene::Scene;
use crate::support::Answer;

/// What an answer comes to.
fn came_of(row: &Row, answer: &Answer) -> Option<Expected> {
    match (answer.status, answer.body["code"].as_str()) {
        (401, Some("step_up_required")) => Some(Expected::StepUp),
        (401, Some("unauthenticated")) => Some(Expected::Unknown),
        (403, Some("forbidden")) => Some(Expected::Forbidden),
        (404, Some("not_found")) => Some(Expected::Hidden),
        // What a field names is hidden in the same way.
        (400, _) if answer.body["errors"][0]["field"] == "organization_id" => Some(Expected::Hidden),
        (200..=299 | 503, _) => Some(Expected::Done),
        (status, _) if row.also.contains(&status) => Some(Expected::Done),
        _ => None,
    }
}

/// Asks all of it; gives what came otherwise than the rule says.
fn wrong(scene: &Scene, is_fresh: bool) -> (usize, Vec<String>) {
    let (mut asked, mut wrong) = (0, Vec::new());
    for row in rows() {
        for target in scene.targets.iter().filter(|target| row.is_about(target)) {
            for caller in &scene.callers {
                let expected = row.expected(caller, target, is_fresh);
                let http = caller.http.with("If-Match", "*");
                let path = scene.fill(&row.target(), target);
                let body = scene.body(&row, target);
                let answer = http.send(row.method, &path, body.as_ref());
                asked += 1;
                if came_of(&row, &answer) != Some(expected) {
                    let Row { method, path, query, body, .. } = row;
                    let (who, whom) = (caller.letter, target.name);
                    wrong.push(format!(
                        "{method} {path}{query} {body} by {who} to {whom}: {expected:?}, but {} {}",
                        answer.status, answer.text
                    ));
                }
            }
        }
    }
    (asked, wrong)
}

#[track_caller]
fn holds(after: Duration, is_fresh: bool) {
    let scene = Scene::new();
    scene.app.advance(after);
    *scene.app.faults.statement.lock().unwrap() = Some("audit/record");
    let (asked, wrong) = wrong(&scene, is_fresh);
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked > 3_000, "only {asked}");
}

#[test]
fn every_caller_gets_what_the_rule_says_with_a_fresh_sign_in() {
    holds(Duration::from_secs(300), true);
}

#[test]
fn every_caller_gets_what_the_rule_says_with_an_older_sign_in() {
    holds(Duration::from_micros(300_000_001), false);
}

#[test]
fn every_route_is_in_the_table_and_no_other() {
    let routes: BTreeSet<_> = ENDPOINTS.iter().map(|one| (one.method, one.path)).collect();
    let told: BTreeSet<_> = rows().iter().map(|row| (row.method, row.path)).collect();
    assert_eq!(routes, told);
}
