//! Changes whose COMMIT is written and whose answer is lost: each is told as done, and was done once.

use super::{Scene, calls, send};
use crate::support::TestApp;
use crate::support::proxy::Wire;

/// How many records the organization has.
fn records(scene: &Scene) -> usize {
    let path = scene.home.path("/audit-events?limit=200");
    scene.home.operator.get(&path).expect(200).items().len()
}

#[test]
fn every_change_whose_answer_to_commit_is_lost_is_told_as_done_and_was_done_once() {
    let Some((app, home, wire)) = TestApp::installed_behind_a_wire() else { return };
    let number = calls(&Scene::of(app, home)).len();
    drop(wire);
    for at in 0..number {
        let (app, home, wire) = TestApp::installed_behind_a_wire().unwrap();
        let scene = Scene::of(app, home);
        let call = calls(&scene).swap_remove(at);
        let before = records(&scene);
        // What was used is written apart, and before a set is found: that is not what is to be lost.
        let before_it = usize::from(call.path.ends_with("/revocations"));
        wire.set(Wire::CutAfterOneCommit(before_it));
        let answer = send(&scene, &call, None);
        assert!(wire.has_cut(), "{}", call.name());
        assert!((200..300).contains(&answer.status), "{}: {}", call.name(), answer.text);
        // A leak report has a record, and what it ends another.
        let more = if call.path == "/v1/leaks" { 2 } else { 1 };
        assert_eq!(records(&scene), before + more, "{}", call.name());
    }
}
