//! `/v1/service-keys`: made, shown once, used, ended; and who may make which.

use std::time::Duration;

use serde_json::{Value, json};

use super::administration::{Neighbours, all_pages, each, make_key, one_record, program, secured, signed_in};
use crate::support::TestApp;
use crate::support::actors::{Http, Installation};

fn key_on_the_list(home: &Installation, id: &str) -> Value {
    let all = all_pages(&home.operator, "/v1/service-keys", 200);
    all.into_iter().find(|key| key["id"] == id).expect("not on the list")
}

fn owner(home: &Installation) -> Http {
    let mut owner = home.owner.clone();
    owner.sign_in();
    owner.http
}

#[test]
fn a_key_is_shown_once() {
    let (_app, home) = TestApp::installed();
    let body = json!({
        "role": "directory", "organization_id": home.organization_id, "label": " HR system ",
    });
    let made = home.operator.post("/v1/service-keys", &body).expect(201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let key = made.text_of("key");
    assert!(key.starts_with("cpk_") && key.len() == 40);
    let listed = home.operator.get("/v1/service-keys").expect(200);
    assert!(!listed.text.contains(&key) && !listed.text.contains("cpk_"));
    let mut shown = made.body.clone();
    shown.as_object_mut().unwrap().remove("key");
    assert_eq!(shown, listed.items()[0], "newest first");
    assert_eq!(shown["label"], "HR system");
    assert_eq!(shown["last_used_at"], Value::Null);

    let me = home.operator.bearing(&key).get("/v1/me").expect(200);
    assert_eq!(me.body["service_key"]["id"], shown["id"]);
    assert_eq!(me.body["actor"], json!({"kind": "service_key", "id": shown["id"]}));
    assert!(!me.text.contains("cpk_"));
}

#[test]
fn an_ended_key_is_dead_at_once() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let made = make_key(&home.operator, "mail_server", None).expect(201);
    let (key, path) =
        (home.operator.bearing(&made.text_of("key")), format!("/v1/service-keys/{}", made.text_of("id")));
    assert_eq!(key.verdict(&alice.login, &phone.secret), "accept");
    home.operator.delete(&path).expect(204);
    let refused = key.check(&alice.login, &phone.secret, "imap").expect_problem(401, "unauthenticated");
    assert_eq!(
        refused.header("www-authenticate"),
        Some("Bearer realm=\"clientpass\", error=\"invalid_token\"")
    );
    key.get("/v1/me").expect_problem(401, "unauthenticated");
    home.operator.delete(&path).expect_problem(404, "not_found");
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept", "another key lives on");
    let ids = each(&all_pages(&home.operator, "/v1/service-keys", 50), "id");
    assert!(!ids.contains(&made.text_of("id")));
}

#[test]
fn a_key_may_end_itself() {
    let (_app, home) = TestApp::installed();
    let made = make_key(&home.operator, "operator", None).expect(201);
    let key = home.operator.bearing(&made.text_of("key"));
    key.delete(&format!("/v1/service-keys/{}", made.text_of("id"))).expect(204);
    key.get("/v1/me").expect_problem(401, "unauthenticated");
}

#[test]
fn the_list_says_when_a_key_was_used_last() {
    let (app, home) = TestApp::installed();
    let made = make_key(&home.operator, "mail_server", None).expect(201);
    let key = home.operator.bearing(&made.text_of("key"));
    let last = || key_on_the_list(&home, &made.text_of("id"))["last_used_at"].clone();
    app.advance(Duration::from_secs(10));
    assert_eq!(last(), Value::Null);
    assert_eq!(key.verdict("nobody@example.org", "anything"), "invalid_credentials");
    assert_eq!(last(), "2026-11-22T08:00:10Z");
    app.advance(Duration::from_secs(10));
    assert_eq!(last(), "2026-11-22T08:00:10Z");
    // A clock that jumped back makes nothing look older.
    app.time.jump_to(clientpass::clock::Timestamp::parse("2026-11-22T07:00:00Z").unwrap());
    key.get("/v1/me").expect(200);
    assert_eq!(last(), "2026-11-22T08:00:20Z");
}

#[test]
fn administrators_make_keys_of_their_own_organization_only() {
    let (_app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    for (who, http) in [("owner", owner(&home)), ("admin", signed_in(&home, "admin", "admin").http)] {
        for role in ["directory", "mail_server", "auditor"] {
            for organization in [None, Some(home.organization_id.as_str())] {
                let made = make_key(&http, role, organization).expect(201);
                assert_eq!(made.text_of("organization_id"), home.organization_id, "{who} {role}");
            }
            let theirs = make_key(&http, role, Some(&neighbours.id));
            theirs.expect_field("organization_id", "not_found");
        }
        make_key(&http, "operator", None).expect_problem(403, "forbidden");
        make_key(&http, "operator", Some(&home.organization_id)).expect_problem(403, "forbidden");
    }
}

#[test]
fn nobody_below_an_administrator_makes_or_ends_keys() {
    let (_app, home) = TestApp::installed();
    let bound = Some(home.organization_id.as_str());
    let old = make_key(&home.operator, "mail_server", bound).expect(201).text_of("id");
    let callers = [
        ("department admin", signed_in(&home, "head", "department_admin").http),
        ("auditor", signed_in(&home, "auditor", "auditor").http),
        ("member", signed_in(&home, "alice", "member").http),
        ("directory key", program(&home, "directory", bound)),
        ("auditor key", program(&home, "auditor", bound)),
        ("mail server", program(&home, "mail_server", bound)),
        ("directory key of all", program(&home, "directory", None)),
        ("mail server of all", home.mail_server.clone()),
    ];
    for (who, http) in callers {
        for role in ["mail_server", "auditor", "operator"] {
            for organization in [None, bound] {
                let answer = make_key(&http, role, organization);
                assert_eq!(answer.status, 403, "{who} {role}: {}", answer.text);
            }
        }
        let answer = http.delete(&format!("/v1/service-keys/{old}"));
        assert_eq!(answer.status, 403, "{who}: {}", answer.text);
    }
    key_on_the_list(&home, &old);
}

#[test]
fn auditors_see_the_keys_that_they_cannot_make() {
    let (_app, home) = TestApp::installed();
    let bound = Some(home.organization_id.as_str());
    let ours = make_key(&home.operator, "mail_server", bound).expect(201).text_of("id");
    let of_all = make_key(&home.operator, "mail_server", None).expect(201).text_of("id");
    let seen = |http: &Http| each(&all_pages(http, "/v1/service-keys", 50), "id");
    let member = seen(&signed_in(&home, "auditor", "auditor").http);
    assert!(member.contains(&ours) && !member.contains(&of_all));
    let key = seen(&program(&home, "auditor", bound));
    assert!(key.contains(&ours) && !key.contains(&of_all));
    let all = seen(&program(&home, "auditor", None));
    assert!(all.contains(&ours) && all.contains(&of_all));
    for (who, http) in [
        ("member", signed_in(&home, "alice", "member").http),
        ("directory key", program(&home, "directory", bound)),
        ("directory key of all", program(&home, "directory", None)),
        ("mail server", program(&home, "mail_server", bound)),
    ] {
        assert_eq!(http.get("/v1/service-keys").status, 403, "{who}");
    }
}

#[test]
fn administrators_see_and_end_the_keys_of_their_own_organization_only() {
    let (_app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let admin = signed_in(&home, "admin", "admin").http;
    let ours = make_key(&home.operator, "operator", Some(&home.organization_id)).expect(201).text_of("id");
    let mine = make_key(&admin, "mail_server", None).expect(201).text_of("id");
    let theirs = make_key(&neighbours.owner.http, "mail_server", None).expect(201).text_of("id");
    let of_all = make_key(&home.operator, "mail_server", None).expect(201).text_of("id");
    assert_eq!(each(&all_pages(&admin, "/v1/service-keys", 1), "id"), [mine.as_str(), &ours]);
    assert_eq!(each(&all_pages(&neighbours.owner.http, "/v1/service-keys", 50), "id"), [theirs.as_str()]);

    for hidden in [&theirs, &of_all, "019bbf00-0000-7000-8000-000000000001", "nonsense"] {
        admin.delete(&format!("/v1/service-keys/{hidden}")).expect_problem(404, "not_found");
    }
    admin.delete(&format!("/v1/service-keys/{ours}")).expect_problem(403, "forbidden");
    admin.delete(&format!("/v1/service-keys/{mine}")).expect(204);
    let left = each(&all_pages(&home.operator, "/v1/service-keys", 3), "id");
    assert_eq!(left.len(), 5, "two of the setup, and three that the administrator could not end");
}

#[test]
fn a_bound_operator_makes_bound_keys_and_sees_no_others() {
    let (_app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let bound = program(&home, "operator", Some(&home.organization_id));
    let made = make_key(&bound, "operator", None).expect(201);
    assert_eq!(made.text_of("organization_id"), home.organization_id);
    make_key(&bound, "mail_server", Some(&neighbours.id)).expect_field("organization_id", "not_found");
    assert_eq!(all_pages(&bound, "/v1/service-keys", 50).len(), 2);
    home.operator.bearing(&made.text_of("key")).get(&neighbours.path("")).expect_problem(404, "not_found");
}

#[test]
fn a_key_that_cannot_be_made_is_refused_by_field() {
    let (_app, home) = TestApp::installed();
    let wrongs = [
        (json!({"role": "king", "label": "x"}), "role", "malformed"),
        (json!({"role": "auditor", "label": ""}), "label", "too_short"),
        (json!({"role": "auditor", "label": "x".repeat(129)}), "label", "too_long"),
        (json!({"role": "auditor", "label": "x", "organization_id": "x"}), "organization_id", "malformed"),
        (
            json!({"role": "auditor", "label": "x", "organization_id": home.owner.id}),
            "organization_id",
            "not_found",
        ),
    ];
    for (body, field, code) in wrongs {
        home.operator.post("/v1/service-keys", &body).expect_field(field, code);
    }
    assert_eq!(all_pages(&home.operator, "/v1/service-keys", 50).len(), 2);
}

#[test]
fn making_and_ending_a_bound_key_is_on_record() {
    let (_app, home) = TestApp::installed();
    let admin = signed_in(&home, "admin", "admin");
    let mut made = None;
    let event = one_record(&home, || made = Some(make_key(&admin.http, "auditor", None).expect(201)));
    let made = made.unwrap();
    assert_eq!(event["action"], "service_key.created");
    assert_eq!(event["actor"], json!({"kind": "member", "id": admin.id}));
    assert_eq!(event["targets"], json!([{"kind": "service_key", "id": made.text_of("id")}]));
    assert_eq!(event["details"], json!({"role": "auditor"}));
    let path = format!("/v1/service-keys/{}", made.text_of("id"));
    let event = one_record(&home, || admin.http.delete(&path).expect(204));
    assert_eq!(event["action"], "service_key.revoked");
    assert_eq!(event["targets"], json!([{"kind": "service_key", "id": made.text_of("id")}]));
}

#[test]
fn a_key_that_cannot_be_written_is_not_made_or_ended() {
    let (app, home) = TestApp::installed();
    let made = make_key(&home.operator, "auditor", None).expect(201);
    app.faults.writes.store(true, std::sync::atomic::Ordering::SeqCst);
    make_key(&home.operator, "auditor", None).expect_problem(503, "unavailable");
    let path = format!("/v1/service-keys/{}", made.text_of("id"));
    home.operator.delete(&path).expect_problem(503, "unavailable");
    home.operator.bearing(&made.text_of("key")).get("/v1/me").expect(200);
    app.faults.set_all(false);
    assert_eq!(all_pages(&home.operator, "/v1/service-keys", 50).len(), 3);
}
