//! Every change × a sign-in that is fresh or not: what gives, widens or hands on power needs one of the last five
//! minutes, what ends or narrows does not.

use std::collections::BTreeMap;
use std::time::Duration;

use clientpass::api::rest::{ENDPOINTS, Endpoint, Needs};

use super::{Scene, calls, send};

const FRESH: Duration = Duration::from_secs(300);

#[test]
fn what_gives_power_is_refused_after_five_minutes() {
    let scene = Scene::new();
    scene.app.advance(FRESH + Duration::from_micros(1));
    let power: Vec<_> = calls(&scene).into_iter().filter(|call| call.fresh).collect();
    assert_eq!(power.len(), 21);
    for call in power {
        let answer = send(&scene, &call, None);
        assert_eq!(
            (answer.status, answer.body["code"].as_str()),
            (401, Some("step_up_required")),
            "{}",
            call.name()
        );
    }
}

/// Does each of these calls in a scene of its own, after so long.
fn each_is_done(fresh: bool, after: Duration) {
    let all = calls(&Scene::new());
    for at in (0..all.len()).filter(|at| all[*at].fresh == fresh) {
        let scene = Scene::new();
        let call = calls(&scene).swap_remove(at);
        scene.app.advance(after);
        let answer = send(&scene, &call, None);
        assert!((200..300).contains(&answer.status), "{}: {}", call.name(), answer.text);
    }
}

#[test]
fn what_gives_power_is_done_within_five_minutes() {
    each_is_done(true, FRESH);
}

#[test]
fn what_reads_narrows_or_ends_needs_no_fresh_sign_in() {
    each_is_done(false, FRESH * 5);
}

/// Whether a path is one of this route.
fn is_of(path: &str, route: &str) -> bool {
    let (path, route): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), route.split('/').collect());
    path.len() == route.len() && path.iter().zip(route).all(|(part, of)| of.starts_with('{') || *part == of)
}

/// The table of routes says what the least of a route needs; the calls say what each needs.
#[test]
fn the_table_of_routes_says_what_needs_a_fresh_sign_in() {
    let mut fresh: BTreeMap<(&str, &str), bool> = BTreeMap::new();
    for call in calls(&Scene::new()) {
        let is = |one: &&Endpoint| one.method == call.method && is_of(&call.path, one.path);
        let route = ENDPOINTS.iter().filter(is).min_by_key(|one| one.path.matches('{').count()).unwrap();
        *fresh.entry((route.method, route.path)).or_insert(true) &= call.fresh;
    }
    for Endpoint { method, path, needs, .. } in ENDPOINTS {
        if let Some(fresh) = fresh.get(&(*method, *path)) {
            assert_eq!(needs.demands_fresh(), *fresh, "{method} {path}");
        } else {
            let by_keys_only = ["/code-block", "/domains"].iter().any(|end| path.ends_with(end));
            let changes = matches!(needs, Needs::InOrganization(_) | Needs::OfMember(_)) && *method != "GET";
            let with_tests_of_their_own =
                ["/acknowledge", "/sessions", "/{session_id}", "/ownership", "/accept", "/stop", "/what-if"];
            let has_tests_of_its_own = with_tests_of_their_own.iter().any(|end| path.ends_with(end));
            assert!(by_keys_only || has_tests_of_its_own || !changes, "{method} {path} is no call");
        }
    }
}

#[test]
fn no_list_needs_a_fresh_sign_in() {
    let scene = Scene::new();
    scene.app.advance(FRESH * 5);
    let (owner, home, alice) = (&scene.owner.http, &scene.home, &scene.alice);
    for list in ["/domains", "/members", "/client-passwords", "/revocations", "/audit-events"] {
        owner.get(&home.path(list)).expect(200);
    }
    owner.get("/v1/service-keys").expect(200);
    alice.http.get(&alice.path("/notices")).expect(200);
    alice.http.get(&alice.path("/sessions")).expect(200);
}
