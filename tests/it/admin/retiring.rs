//! The end of the older pepper: not while anything lives under it, unless that ends with it.

use std::time::Duration;

use serde_json::json;

use super::keys::Scene;

const A_DAY: Duration = Duration::from_secs(86_400);

#[test]
fn a_pepper_is_not_retired_while_anything_lives_under_it() {
    let Some(scene) = Scene::serving() else { return };
    let (phone, tablet) = (scene.alice.issue("phone"), scene.alice.issue("tablet"));
    let ended = scene.alice.issue("ended");
    scene.alice.http.delete(&ended.path("")).expect(204);
    scene.add();
    scene.app.advance(A_DAY);
    assert_eq!(scene.verdict(&phone), "accept");
    let refused = scene.retire(1, false).unwrap_err();
    assert!(refused.contains("1 client passwords and 1 service keys are still under pepper 1"), "{refused}");
    assert!(refused.contains("retire 1 --end (2 ended client passwords would no longer"), "{refused}");
    assert_eq!((scene.verdict(&tablet), scene.keys_in_file()), ("accept".into(), vec![1, 2, 3]));
    // The operator's key is the last.
    assert!(scene.retire(1, false).unwrap_err().contains("0 client passwords and 1 service keys"));
    scene.use_keys();
    let retired = scene.retire(1, false).unwrap();
    let expected = json!({
        "id": 1, "ended_client_passwords": 0, "ended_service_keys": 0, "blind_tombstones": 1,
    });
    assert_eq!((retired, scene.keys_in_file()), (expected, vec![2, 3]));
    assert_eq!((scene.verdict(&phone), scene.verdict(&tablet)), ("accept".into(), "accept".into()));
}

#[test]
fn a_retired_pepper_stays_so_and_what_moved_stays_good_after_a_restart() {
    let Some(mut scene) = Scene::serving() else { return };
    let phone = scene.alice.issue("phone");
    scene.add();
    assert_eq!(scene.verdict(&phone), "accept");
    scene.retire(1, true).unwrap();
    scene.app.restart();
    let server = scene.app.http().bearing(scene.home.mail_server.token());
    assert_eq!(server.verdict(&scene.alice.login, &phone.secret), "accept");
    // The number of a retired pepper is not used again.
    let added = scene.app.order(&json!({"order": "add_pepper"})).unwrap();
    assert_eq!(added["added"]["id"], 4);
}

#[test]
fn dates_that_have_come_hold_nothing_back() {
    let Some(scene) = Scene::serving() else { return };
    let expires = scene.app.time.wall().plus(Duration::from_secs(3600)).to_string();
    scene.alice.issue_with(&json!({"label": "guest", "expires_at": expires}));
    scene.add();
    scene.use_keys();
    scene.app.advance(A_DAY);
    assert_eq!(scene.retire(1, false).unwrap()["blind_tombstones"], 1);
}

/// Sessions last half a day, and an idempotency key counts for a day.
#[test]
fn a_pepper_is_not_retired_while_a_session_or_an_idempotency_key_may_be_under_it() {
    let Some(scene) = Scene::serving() else { return };
    scene.add();
    scene.use_keys();
    scene.app.advance(A_DAY.saturating_sub(Duration::from_secs(1)));
    scene.use_keys();
    let refused = scene.retire(1, false).unwrap_err();
    assert!(refused.contains("come back after 2026-11-23T08:00:00"), "{refused}");
    scene.app.advance(Duration::from_secs(1));
    scene.retire(1, false).unwrap();
}

#[test]
fn only_the_older_of_two_can_be_retired() {
    let Some(scene) = Scene::serving() else { return };
    assert!(scene.retire(1, true).unwrap_err().contains("clientpass keys add"));
    assert!(scene.retire(2, true).unwrap_err().contains("no pepper 2"), "a sealing key is no pepper");
    scene.add();
    assert!(scene.retire(3, true).unwrap_err().contains("made under pepper 3"));
    assert!(scene.retire(7, true).unwrap_err().contains("no pepper 7"));
    assert_eq!(scene.keys_in_file(), [1, 2, 3]);
}

#[test]
fn told_so_everything_under_it_ends_with_it_for_good() {
    let Some(scene) = Scene::serving() else { return };
    let (phone, tablet) = (scene.alice.issue("phone"), scene.alice.issue("tablet"));
    scene.add();
    assert_eq!(scene.verdict(&phone), "accept");
    let retired = scene.retire(1, true).unwrap();
    let expected = json!({
        "id": 1, "ended_client_passwords": 1, "ended_service_keys": 1, "blind_tombstones": 1,
    });
    assert_eq!(retired, expected);
    assert_eq!(
        (scene.verdict(&phone), scene.verdict(&tablet)),
        ("accept".into(), "invalid_credentials".into())
    );
    // The operator's key was not used, and the session was begun before.
    scene.home.operator.get("/v1/me").expect_problem(401, "unauthenticated");
    scene.alice.http.get("/v1/me").expect_problem(401, "unauthenticated");
    let mut owner = scene.home.owner.clone();
    owner.sign_in();
    let found = owner.http.get(&scene.home.path("/client-passwords")).expect(200);
    let of = |label: &str| found.items().iter().find(|item| item["label"] == label).unwrap().clone();
    assert_eq!((&of("phone")["state"], &of("phone")["ended_reason"]), (&json!("active"), &json!(null)));
    assert_eq!(
        (&of("tablet")["state"], &of("tablet")["ended_reason"]),
        (&json!("revoked"), &json!("revoked_by_admin"))
    );
}

/// Nobody could bind a domain any more.
#[test]
fn the_last_operator_key_ends_with_a_pepper_only_by_force() {
    let Some(scene) = Scene::serving() else { return };
    let phone = scene.alice.issue("phone");
    scene.add();
    let without = || scene.app.order(&json!({"order": "retire_pepper", "id": 1, "end": true}));
    // The mail server's is under the newest.
    scene.home.mail_server.get("/v1/me").expect(200);
    let refused = without().unwrap_err();
    assert!(refused.contains("--end --force") && refused.contains("service-keys create"), "{refused}");
    assert_eq!(scene.keys_in_file(), [1, 2, 3]);
    // One that is bound to an organization is no help; another is.
    let create = |organization: Option<&str>| {
        let order = json!({
            "order": "create_service_key", "role": "operator", "label": "another", "organization": organization,
        });
        scene.app.order(&order).unwrap()["service_key_created"]["key"].as_str().unwrap().to_owned()
    };
    create(Some(&scene.home.organization_id));
    assert!(without().is_err());
    let another = create(None);
    let retired = without().unwrap();
    assert_eq!(retired["retired"]["ended_service_keys"], 1);
    scene.home.operator.get("/v1/me").expect_problem(401, "unauthenticated");
    scene.app.http().bearing(&another).get("/v1/service-keys").expect(200);
    drop(phone);
}

/// It is gone, and retiring makes nothing worse.
#[test]
fn where_there_is_no_operator_key_a_pepper_ends_without_force() {
    let Some(scene) = Scene::serving() else { return };
    scene.add();
    let listed = scene.app.order(&json!({"order": "service_keys"})).unwrap();
    let operator = listed["service_keys"].as_array().unwrap().iter().find(|key| key["role"] == "operator");
    let operator = operator.unwrap()["id"].clone();
    let ended = scene.app.order(&json!({"order": "revoke_service_key", "id": operator})).unwrap();
    assert_eq!(ended["service_key_revoked"]["last_operator"], true);
    scene.app.order(&json!({"order": "retire_pepper", "id": 1, "end": true})).unwrap();
}

#[test]
fn what_ends_with_a_pepper_has_one_record_in_each_organization() {
    let Some(scene) = Scene::serving() else { return };
    scene.alice.issue("phone");
    scene.add();
    scene.use_keys();
    scene.retire(1, true).unwrap();
    let path = scene.home.path("/audit-events?action=pepper.retired");
    let events = scene.home.operator.get(&path).expect(200);
    assert_eq!(events.items().len(), 1, "{}", events.text);
    let event = &events.items()[0];
    assert_eq!(event["targets"], json!([{"kind": "pepper", "id": "1"}]));
    assert_eq!(event["details"]["ended_client_passwords"], 1, "{event}");
    assert_eq!(event["actor"]["kind"], "terminal");
}

#[test]
fn an_end_that_cannot_be_recorded_does_not_happen() {
    let Some(scene) = Scene::serving() else { return };
    let phone = scene.alice.issue("phone");
    scene.add();
    for statement in ["audit/record_retirement", "audit/record"] {
        *scene.app.faults.statement.lock().unwrap() = Some(statement);
        assert!(scene.retire(1, true).is_err());
        *scene.app.faults.statement.lock().unwrap() = None;
        assert_eq!((scene.under(1)[0], scene.keys_in_file()), (1, vec![1, 2, 3]));
    }
    assert_eq!(scene.verdict(&phone), "accept");
    scene.home.operator.get("/v1/me").expect(200);
}
