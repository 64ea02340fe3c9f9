//! Ended after the caller was recognised and allowed, before anything was written: the write decides.

use clientpass::store::engine::writes::Writes;
use clientpass::store::engine::{Reach, Statement, Step, Value};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{Call, MEMBER, ORGANIZATION, Scene, Who, calls, of_an_administrator, send};

macro_rules! change {
    ($name:ident, $sql:literal, $writes:expr) => {
        const $name: &Statement =
            &Statement { name: "change", sql: $sql, postgres: None, reach: Reach::Point, writes: $writes };
    };
}

change!(END_SESSIONS, "DELETE FROM sessions", Writes::Nothing);
change!(EXPIRE_SESSIONS, "UPDATE sessions SET expires_at = 0", Writes::Nothing);
change!(AGE_SESSIONS, "UPDATE sessions SET authenticated_at = 0", Writes::Nothing);
change!(END_KEY, "DELETE FROM service_keys WHERE id = $1", Writes::Row(1));
change!(SET_KEY_ROLE, "UPDATE service_keys SET role = $1 WHERE id = $2", Writes::Row(2));
change!(SET_STATE, "UPDATE members SET state = $1 WHERE id = $2", Writes::Row(2));
change!(SET_ROLE, "UPDATE members SET role = $1 WHERE id = $2", Writes::Row(2));

fn step(statement: &'static Statement, args: Vec<Value>) -> Step {
    Step { statement, args, unless_one: None }
}

fn role(rank: i64, id: &str) -> Step {
    step(SET_ROLE, vec![rank.into(), id.parse::<Uuid>().unwrap().into()])
}

/// Changes a role from the outside.
fn set_role(scene: &Scene, rank: i64, id: &str) {
    *scene.app.faults.overtaking.lock().unwrap() = Some((MEMBER, vec![role(rank, id)]));
    scene.home.operator.get(&scene.bob.path("")).expect(200);
}

/// What can be seen of everything that the calls change.
fn state_of(scene: &Scene) -> Vec<Json> {
    let home = &scene.home;
    let mut paths = vec![home.path(""), home.path("/members"), home.path("/client-passwords")];
    paths.extend([scene.alice.path("/second-factors"), scene.bob.path("/second-factors")]);
    paths.push(home.path("/domains"));
    let mut state: Vec<Json> = paths.iter().map(|path| home.operator.get(path).expect(200).body).collect();
    let keys = home.operator.get("/v1/service-keys").expect(200);
    state.push(keys.items().iter().map(|key| key["id"].clone()).collect());
    state
}

#[track_caller]
fn refused(scene: &Scene, call: &Call, overtaken: Step, status: u16, code: &str) {
    let before = state_of(scene);
    let answer = send(scene, call, Some(overtaken));
    let told = (answer.status, answer.body["code"].as_str());
    assert_eq!(told, (status, Some(code)), "{}: {}", call.name(), answer.text);
    assert_eq!(state_of(scene), before, "{}", call.name());
}

#[test]
fn no_change_is_written_for_a_session_that_has_ended() {
    let mut scene = Scene::new();
    for call in calls(&scene) {
        refused(&scene, &call, step(END_SESSIONS, vec![]), 401, "unauthenticated");
        scene.sign_in();
    }
}

/// The sweep may come much later.
#[test]
fn no_change_is_written_for_a_session_whose_time_has_come() {
    let mut scene = Scene::new();
    for call in calls(&scene) {
        refused(&scene, &call, step(EXPIRE_SESSIONS, vec![]), 401, "unauthenticated");
        scene.sign_in();
    }
}

/// Whoever is suspended has no session either; should one be left, it does nothing.
#[test]
fn no_change_is_written_for_a_member_who_is_not_active() {
    let mut scene = Scene::new();
    for call in calls(&scene).into_iter().filter(|call| call.who == Who::Alice) {
        let state = |state: &str| {
            let id = scene.alice.id.parse::<Uuid>().unwrap();
            step(SET_STATE, vec![state.into(), id.into()])
        };
        let answer = send(&scene, &call, Some(state("suspended")));
        // What the caller may is judged after this was read, or when it is written.
        assert!([401, 409].contains(&answer.status), "{}: {}", call.name(), answer.text);
        *scene.app.faults.overtaking.lock().unwrap() = Some((MEMBER, vec![state("active")]));
        scene.home.operator.get(&scene.bob.path("")).expect(200);
        assert_eq!(scene.home.mail_server.verdict(&scene.alice.login, &scene.phone.secret), "accept");
        scene.sign_in();
    }
}

#[test]
fn what_needs_a_fresh_sign_in_needs_it_when_it_is_written() {
    let mut scene = Scene::new();
    for call in calls(&scene).into_iter().filter(|call| call.fresh) {
        refused(&scene, &call, step(AGE_SESSIONS, vec![]), 401, "step_up_required");
        scene.sign_in();
    }
}

#[test]
fn no_change_is_written_for_a_role_that_its_holder_has_lost() {
    let mut scene = Scene::new();
    for call in calls(&scene).into_iter().filter(|call| call.who != Who::Alice) {
        let (holder, rank) =
            if call.who == Who::Owner { (scene.owner.id.clone(), 4) } else { (scene.admin.id.clone(), 3) };
        let answer = send(&scene, &call, Some(role(0, &holder)));
        // Who is nobody's administrator any more must not learn who else there is.
        assert!([403, 404].contains(&answer.status), "{}: {}", call.name(), answer.text);
        set_role(&scene, rank, &holder);
        scene.sign_in();
    }
    let bob = scene.home.operator.get(&scene.bob.path("")).expect(200).body;
    assert_eq!(
        (&bob["display_name"], &bob["role"], &bob["state"]),
        (&"bob".into(), &"member".into(), &"active".into())
    );
    scene.home.operator.get(&scene.home.path("/domains")).expect(200);
    assert_eq!(scene.home.mail_server.verdict(&scene.bob.login, &scene.bobs_phone.secret), "accept");
}

#[test]
fn no_change_is_written_to_a_member_who_has_risen_to_the_rank_of_the_caller() {
    let scene = Scene::new();
    for call in calls(&scene).into_iter().filter(|call| call.to.is_some()) {
        let to = call.to.clone().unwrap();
        send(&scene, &call, Some(role(3, &to))).expect_problem(403, "forbidden");
        set_role(&scene, 0, &to);
    }
    assert_eq!(scene.home.mail_server.verdict(&scene.bob.login, &scene.bobs_phone.secret), "accept");
}

#[test]
fn a_caller_whose_role_has_changed_and_who_still_may_is_not_refused() {
    let scene = Scene::new();
    let rename = &of_an_administrator(&scene)[0];
    // The administrator has become the owner, of whom there is one; the subject an auditor.
    set_role(&scene, 3, &scene.owner.id);
    send(&scene, rename, Some(role(4, &scene.admin.id))).expect(200);
    let rename = Call::of(Who::Admin, "PATCH", scene.bob.path(""), json!({"display_name": "Robert"}), MEMBER);
    send(&scene, &rename, Some(role(1, &scene.bob.id))).expect(200);
    assert_eq!(scene.home.operator.get(&scene.bob.path("")).expect(200).body["display_name"], "Robert");
}

#[test]
fn no_change_is_written_for_a_key_that_was_revoked() {
    let password = json!({"password": "the directory's choice"});
    let member = json!({"login": "new@example.org", "display_name": "new"});
    for number in 0..5 {
        let scene = Scene::new();
        let (bob, home) = (&scene.bob, &scene.home);
        let call = |method, path, body, reads| Call::of(Who::Directory, method, path, body, reads);
        let call = match number {
            0 => call("PUT", bob.path("/password"), password.clone(), MEMBER),
            1 => call("PUT", bob.path("/secure-login"), json!({"enabled": false}), MEMBER),
            2 => call("PATCH", bob.path(""), json!({"state": "suspended"}), MEMBER),
            3 => call("DELETE", bob.path(""), Json::Null, MEMBER),
            _ => call("POST", home.path("/members"), member.clone(), ORGANIZATION),
        };
        let end = step(END_KEY, vec![scene.directory_id.parse::<Uuid>().unwrap().into()]);
        let before = state_of(&scene);
        send(&scene, &call, Some(end)).expect_problem(401, "unauthenticated");
        let (before, after) = (before.split_last().unwrap().1, state_of(&scene));
        assert_eq!(after.split_last().unwrap().1, before, "{}", call.name());
        assert_eq!(home.mail_server.verdict(&bob.login, &scene.bobs_phone.secret), "accept");
    }
}

#[test]
fn nothing_ends_that_is_of_a_member_who_has_left() {
    let scene = Scene::new();
    let bob: Uuid = scene.bob.id.parse().unwrap();
    let suspend = json!({"state": "suspended"});
    let ends = |call: &Call| match call.method {
        "DELETE" => [scene.bob.path(""), scene.bob.path("/second-factors")].contains(&call.path),
        "PATCH" => call.body.as_ref() == Some(&suspend),
        method => method == "PUT",
    };
    let calls: Vec<_> = of_an_administrator(&scene).into_iter().filter(ends).collect();
    assert_eq!(calls.len(), 4);
    for call in calls {
        let answer = send(&scene, &call, Some(step(SET_STATE, vec!["left".into(), bob.into()])));
        let told = (answer.status, answer.body["code"].as_str());
        assert_eq!(told, (409, Some("not_active")), "{}: {}", call.name(), answer.text);
        let back = step(SET_STATE, vec!["active".into(), bob.into()]);
        *scene.app.faults.overtaking.lock().unwrap() = Some((MEMBER, vec![back]));
        scene.home.operator.get(&scene.bob.path("")).expect(200);
    }
    assert_eq!(scene.home.mail_server.verdict(&scene.bob.login, &scene.bobs_phone.secret), "accept");
}

/// No call changes the role of a key; whatever did, the write goes by the role of now.
#[test]
fn no_change_is_written_for_a_key_whose_role_is_another() {
    let scene = Scene::new();
    let password = json!({"password": "the directory's choice"});
    let call = Call::of(Who::Directory, "PUT", scene.bob.path("/password"), password, MEMBER);
    let id = scene.directory_id.parse::<Uuid>().unwrap();
    refused(&scene, &call, step(SET_KEY_ROLE, vec!["mail_server".into(), id.into()]), 403, "forbidden");
}
