//! What the document does not allow in a body is refused by name, call by call; and what it allows is taken.

use serde_json::{Value, json};

use crate::support::contract::contract;
use crate::support::{Http, TestApp};

/// A call that succeeds as it stands.
struct Case {
    http: Http,
    operation: &'static str,
    path: String,
    body: Value,
}

impl Case {
    fn method(&self) -> String {
        let operations = contract().operations();
        operations.into_iter().find(|one| one.node["operationId"] == self.operation).unwrap().method
    }

    fn schema(&self) -> String {
        let operations = contract().operations();
        let operation = operations.into_iter().find(|one| one.node["operationId"] == self.operation).unwrap();
        format!("{}/requestBody/content/application~1json/schema", operation.pointer)
    }

    fn send(&self, body: &Value) -> crate::support::Answer {
        self.http.send(&self.method(), &self.path, Some(body))
    }

    /// Fails unless each of these bodies, where the document does not allow it, is refused with its field's name.
    #[track_caller]
    fn refuses(&self, wrong: Vec<(String, Value)>) {
        let schema = self.schema();
        for (field, body) in wrong {
            if contract().faults(&schema, &body).is_empty() {
                continue;
            }
            let text = body.to_string();
            let answer =
                self.http.send_raw(&self.method(), &self.path, Some(("application/json", text.as_bytes())));
            let errors = answer.body["errors"].as_array();
            let named = errors.is_some_and(|errors| errors.iter().any(|error| error["field"] == field));
            assert!(answer.status == 400 && named, "{} {text}: {}", self.operation, answer.text);
        }
    }
}

/// Changes the field of a name, in the body or in the object in it that the name leads into.
fn changed(
    body: &Value,
    name: &str,
    change: impl FnOnce(&mut serde_json::Map<String, Value>, &str),
) -> Value {
    let mut body = body.clone();
    let (inside, key) = name.rsplit_once('.').unwrap_or(("", name));
    let object = if inside.is_empty() { &mut body } else { &mut body[inside] };
    change(object.as_object_mut().unwrap(), key);
    body
}

/// The fields of a body, those of an object in it as `outer.inner`.
fn fields(body: &Value) -> Vec<String> {
    let mut names = Vec::new();
    for (name, value) in body.as_object().unwrap() {
        names.push(name.clone());
        names.extend(value.as_object().into_iter().flatten().map(|(inner, _)| format!("{name}.{inner}")));
    }
    names
}

fn of_another_type(value: &Value) -> Value {
    match value {
        Value::String(_) => json!(7),
        Value::Object(_) => json!([]),
        _ => json!("text"),
    }
}

fn with_another_type(body: &Value) -> Vec<(String, Value)> {
    let one = |name: String| {
        let wrong = changed(body, &name, |object, key| object[key] = of_another_type(&object[key]));
        (name, wrong)
    };
    fields(body).into_iter().map(one).collect()
}

fn with_null(body: &Value) -> Vec<(String, Value)> {
    let one = |name: String| {
        let wrong = changed(body, &name, |object, key| object[key] = Value::Null);
        (name, wrong)
    };
    fields(body).into_iter().map(one).collect()
}

fn with_one_less(body: &Value) -> Vec<(String, Value)> {
    let one = |name: String| {
        let wrong = changed(body, &name, |object, key| drop(object.remove(key)));
        (name, wrong)
    };
    fields(body).into_iter().map(one).collect()
}

fn with_one_more(body: &Value) -> Vec<(String, Value)> {
    let mut names = vec!["colour".to_owned()];
    let objects = body.as_object().unwrap().iter().filter(|(_, value)| value.is_object());
    names.extend(objects.map(|(name, _)| format!("{name}.colour")));
    let add = |name: &str| changed(body, name, |object, key| drop(object.insert(key.into(), json!("red"))));
    names.into_iter().map(|name| (name.clone(), add(&name))).collect()
}

/// One call of each kind that has a body, with every field it knows.
fn cases(app: &TestApp, home: &crate::support::actors::Installation) -> Vec<Case> {
    let (bob, alice) = (home.member("bob"), home.member("alice").secured(app.time.wall()));
    let (phone, tablet) = (alice.issue("Phone"), alice.issue("Tablet"));
    let any = |http: &Http| http.with("If-Match", "*");
    let (operator, own) = (&home.operator, &alice.http);
    let case =
        |operation, http: &Http, path: String, body| Case { http: http.clone(), operation, path, body };
    let networks = json!(["192.0.2.0/24"]);
    let scope = json!({
        "label": "Phone", "protocols": ["imap"], "networks": networks, "expires_at": "2027-01-01T00:00:00Z",
    });
    let member = json!({
        "login": "new@example.org", "display_name": "New", "role": "member", "department_ids": [],
        "admin_department_ids": [], "password": "an account password",
    });
    let filter = json!({
        "all": true, "member_ids": [alice.id], "label": "Phone", "protocols": ["imap"], "never_used": true,
        "created_before": "2027-01-01T00:00:00Z", "last_used_before": "2027-01-01T00:00:00Z",
    });
    let organization = json!({"name": "Other", "domains": ["example.test"], "owner": "owner@example.test"});
    let key = json!({"role": "auditor", "organization_id": home.organization_id, "label": "reports"});
    let check = json!({
        "login": alice.login, "password": "x", "protocol": "imap", "client_ip": "192.0.2.7", "client": "Mail",
    });
    let password = json!({"password": "another password", "current_password": alice.password});
    vec![
        case("createOrganization", operator, "/v1/organizations".into(), organization),
        case("updateOrganization", &any(operator), home.path(""), json!({"name": "Home"})),
        case("addDomain", operator, home.path("/domains"), json!({"name": "mail.example.org"})),
        case("createMember", operator, home.path("/members"), member),
        case("updateMember", &any(operator), bob.path(""), json!({"display_name": "Bob", "role": "auditor"})),
        case("updateMember", &any(operator), bob.path(""), json!({"state": "active"})),
        case(
            "signIn",
            &app.http(),
            "/v1/sessions".into(),
            json!({"login": bob.login, "password": bob.password, "code": "1"}),
        ),
        case(
            "addSecondFactor",
            own,
            alice.path("/second-factors"),
            json!({"type": "totp", "label": "tablet"}),
        ),
        case("setSecureLogin", own, alice.path("/secure-login"), json!({"enabled": true})),
        case("issueClientPassword", own, alice.path("/client-passwords"), scope.clone()),
        case("updateClientPassword", &any(own), phone.path(""), scope),
        case("rotateClientPassword", own, tablet.path("/rotate"), json!({"overlap_seconds": 60})),
        case(
            "revoke",
            operator,
            home.path("/revocations"),
            json!({"filter": filter, "reason": "lost", "dry_run": true}),
        ),
        case("createServiceKey", operator, "/v1/service-keys".into(), key),
        case("verify", &home.mail_server, "/v1/verify".into(), check),
        case("setAccountPassword", own, alice.path("/password"), password),
    ]
}

#[test]
fn a_field_too_much_too_little_or_of_another_type_is_refused_by_name() {
    let (app, home) = TestApp::installed();
    for case in cases(&app, &home) {
        case.refuses(with_one_more(&case.body));
        case.refuses(with_one_less(&case.body));
        case.refuses(with_another_type(&case.body));
        let taken = case.send(&case.body);
        assert!((200..300).contains(&taken.status), "{}: {}", case.operation, taken.text);
    }
}

#[test]
fn null_is_refused_where_the_document_knows_none() {
    let (app, home) = TestApp::installed();
    for case in cases(&app, &home) {
        case.refuses(with_null(&case.body));
    }
}

#[test]
fn the_setup_link_is_not_used_up_by_a_malformed_request() {
    let app = TestApp::start();
    let body = json!({
        "token": app.setup_token, "organization": "Example", "domain": "example.org",
        "owner": "owner@example.org", "password": "owner's password",
    });
    let case = Case { http: app.http(), operation: "setUp", path: "/v1/setup".into(), body: body.clone() };
    for wrong in [with_one_more(&body), with_one_less(&body), with_another_type(&body), with_null(&body)] {
        case.refuses(wrong);
    }
    case.send(&body).expect(201);
}

/// RFC 3339 knows no times without seconds or without an offset; the document promises it.
#[test]
fn a_time_that_is_none_of_rfc_3339_is_refused() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    for time in [
        "2027-01-01T00:00Z",
        "2027-01-01T00:00:00",
        "2027-01-01",
        "2027-01-01T00:00:00+01",
        "20270101T000000Z",
    ] {
        let body = json!({"label": "Phone", "expires_at": time});
        alice.http.post(&alice.path("/client-passwords"), &body).expect_field("expires_at", "malformed");
    }
}

#[test]
fn a_network_named_twice_is_shown_once() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let body = json!({"label": "Phone", "networks": ["192.0.2.0/24", "192.0.2.77/24", "2001:db8::1"]});
    let made = alice.http.post(&alice.path("/client-passwords"), &body).expect(201);
    assert_eq!(made.body["networks"], json!(["192.0.2.0/24", "2001:db8::1/128"]));
}

#[test]
fn a_mail_server_may_send_null_for_what_it_does_not_know() {
    let (_app, home) = TestApp::installed();
    let asked = json!({
        "login": "nobody@example.org", "password": "x", "protocol": "imap", "client_ip": null, "client": null,
    });
    assert_eq!(home.mail_server.post("/v1/verify", &asked).expect(200).text_of("result"), "reject");
}
