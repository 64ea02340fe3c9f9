//! Service keys at the terminal: whoever owns the data directory makes another operator key when the last is gone.

use std::time::Duration;

use clientpass::service::admin::{AdminCommand, AdminReply};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::actors::{Answer, Http, Installation};

fn create(app: &TestApp, role: &str, organization: Option<&str>, label: &str) -> Result<Value, String> {
    let order =
        json!({"order": "create_service_key", "role": role, "organization": organization, "label": label});
    app.order(&order).map(|mut done| done["service_key_created"].take())
}

fn listed(app: &TestApp) -> Vec<Value> {
    app.order(&json!({"order": "service_keys"})).unwrap()["service_keys"].as_array().unwrap().clone()
}

/// Ends the key of the caller itself.
fn end_own(http: &Http) -> Answer {
    let id = http.get("/v1/me").expect(200).body["service_key"]["id"].as_str().unwrap().to_owned();
    http.delete(&format!("/v1/service-keys/{id}"))
}

/// It may have leaked, so it ends; and the answer says what to do then.
#[test]
fn the_last_operator_key_ends_over_rest_and_another_is_made_beside_the_service() {
    let (app, home) = TestApp::installed();
    let body = json!({"role": "operator", "label": "second"});
    let second = home.operator.post("/v1/service-keys", &body).expect(201).text_of("key");
    // Bound ones do not count.
    let body = json!({"role": "operator", "label": "bound", "organization_id": home.organization_id});
    let bound = home.operator.post("/v1/service-keys", &body).expect(201).text_of("key");
    end_own(&home.operator).expect(204);
    let last = end_own(&app.http().bearing(&second)).expect(200);
    let command = "clientpass service-keys create --role operator --label LABEL";
    assert_eq!(last.body, json!({"last_operator_key": true, "command": command}));
    end_own(&app.http().bearing(&bound)).expect(204);
    // Nor are those of another role the last one, where there is none any more.
    let id = home.mail_server.get("/v1/me").expect(200).body["service_key"]["id"].clone();
    let ended = app.order(&json!({"order": "revoke_service_key", "id": id})).unwrap();
    assert_eq!(ended["service_key_revoked"]["last_operator"], false);
    let made = create(&app, "operator", None, "another").unwrap();
    let another = app.http().bearing(made["key"].as_str().unwrap());
    another.post("/v1/organizations", &json!({"name": "Other", "domains": ["example.test"]})).expect(201);
}

#[test]
fn keys_are_made_listed_and_ended_without_a_process_that_serves() {
    let (mut app, home) = TestApp::installed();
    // Of two processes in one moment either may make the larger id.
    app.advance(Duration::from_secs(1));
    let order = AdminCommand::CreateServiceKey {
        role: "mail_server".into(),
        organization: Some(home.organization_id.clone()),
        label: "imap".into(),
    };
    let Ok(AdminReply::ServiceKeyCreated(made)) = app.order_at_rest(&order) else { panic!("it is not made") };
    assert!(!format!("{made:?}").contains(made.key.expose()));
    let server = app.http().bearing(made.key.expose());
    assert_eq!(server.verdict("nobody@example.org", "x"), "invalid_credentials");
    let Ok(AdminReply::ServiceKeys(keys)) = app.order_at_rest(&AdminCommand::ServiceKeys) else {
        panic!("no list")
    };
    assert_eq!((keys.len(), &keys[0].id, keys[0].label.as_str()), (3, &made.listing.id, "imap"));
    assert_eq!(keys[0].organization_id.as_deref(), Some(home.organization_id.as_str()));
    assert!(keys[0].last_used_at.is_some());
    let ended = app.order_at_rest(&AdminCommand::RevokeServiceKey { id: made.listing.id.clone() }).unwrap();
    assert_eq!(ended, AdminReply::ServiceKeyRevoked { id: made.listing.id, last_operator: false });
    app.http().bearing(made.key.expose()).get("/v1/me").expect_problem(401, "unauthenticated");
}

#[test]
fn each_change_of_a_key_is_recorded_once() {
    let (app, home) = TestApp::installed();
    let made = create(&app, "auditor", Some(&home.organization_id), "reports").unwrap();
    let id = made["id"].as_str().unwrap();
    assert_eq!(listed(&app).len(), 3);
    app.order(&json!({"order": "revoke_service_key", "id": id})).unwrap();
    for action in ["service_key.created", "service_key.revoked"] {
        let found = recorded(&home, action);
        assert_eq!(found.len(), 1, "{action}");
        assert_eq!(found[0]["actor"]["kind"], "terminal");
        assert_eq!(found[0]["targets"], json!([{"kind": "service_key", "id": id}]));
    }
    assert_eq!(listed(&app).len(), 2);
}

fn recorded(home: &Installation, action: &str) -> Vec<Value> {
    let path = home.path(&format!("/audit-events?action={action}"));
    home.operator.get(&path).expect(200).items().clone()
}

#[test]
fn what_cannot_be_made_or_ended_is_refused_with_what_to_do() {
    let (app, home) = TestApp::installed();
    let unknown = "019bbf00-0000-7000-8000-000000000001";
    let dissolved = json!({"name": "Other", "domains": ["example.test"]});
    let dissolved = home.operator.post("/v1/organizations", &dissolved).expect(201).text_of("id");
    home.operator.delete(&format!("/v1/organizations/{dissolved}")).expect(204);
    for (role, organization, label, says) in [
        ("root", None, "x", "operator, directory, mail_server and auditor"),
        ("operator", Some("no id"), "x", "no active organization no id"),
        ("operator", Some(unknown), "x", "no active organization"),
        ("operator", Some(dissolved.as_str()), "x", "no active organization"),
        ("operator", None, "", "label"),
    ] {
        let refused = create(&app, role, organization, label).unwrap_err();
        assert!(refused.contains(says), "{refused}");
    }
    for id in ["no id", unknown] {
        let refused = app.order(&json!({"order": "revoke_service_key", "id": id})).unwrap_err();
        assert!(refused.contains("clientpass service-keys list"), "{refused}");
    }
    assert_eq!(listed(&app).len(), 2);
    // What cannot be recorded does not happen.
    *app.faults.statement.lock().unwrap() = Some("audit/record");
    assert!(create(&app, "operator", None, "x").is_err());
    *app.faults.statement.lock().unwrap() = None;
    assert_eq!(listed(&app).len(), 2);
}
