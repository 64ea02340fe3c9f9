//! Fields that are unknown, missing, given twice or of another type: refused by name on every route with a body,
//! never echoed, and nothing is changed.

mod bodies;

use std::collections::BTreeSet;

use clientpass::api::rest::ENDPOINTS;
use serde_json::{Map, Value, json};

use super::administration::{everything, secured};
use crate::support::{ClientPassword, Http, Installation, Person, TestApp};
use bodies::Kind::{Flag, List, Object, Text};
use bodies::{BODIES, CANARY, Field, MALFORMED};

use super::bad_requests::WITHOUT_BODY;

/// An organization with somebody who has everything.
struct Scene {
    _app: TestApp,
    home: Installation,
    alice: Person,
    phone: ClientPassword,
    factor: String,
    department: String,
}

impl Scene {
    fn new() -> Self {
        let (app, home) = TestApp::installed();
        let alice = secured(&app, &home, "alice");
        let phone = alice.issue("Phone");
        let factors = alice.http.get(&alice.path("/second-factors")).expect(200);
        let factor = factors.items()[0]["id"].as_str().unwrap().to_owned();
        let made = home.operator.post(&home.path("/departments"), &json!({"name": "Research"})).expect(201);
        Self { _app: app, department: made.text_of("id"), home, alice, phone, factor }
    }

    fn path(&self, template: &str) -> String {
        template
            .replace("{organization_id}", &self.home.organization_id)
            .replace("{member_id}", &self.alice.id)
            .replace("{department_id}", &self.department)
            .replace("{second_factor_id}", &self.factor)
            .replace("{client_password_id}", &self.phone.id)
    }

    /// Somebody who may call this.
    fn caller(&self, template: &str) -> Http {
        let own = ["/second-factors", "/client-passwords", "/secure-login"];
        let http = if template == "/v1/verify" {
            &self.home.mail_server
        } else if own.iter().any(|part| template.contains(part)) {
            &self.alice.http
        } else {
            &self.home.operator
        };
        http.with("If-Match", "*")
    }

    /// Sends a body that must be refused because of this field, and must not be echoed.
    #[track_caller]
    fn refused(&self, (method, template): (&str, &str), body: &str, field: &str, code: &str) {
        let path = self.path(template);
        let answer =
            self.caller(template).send_raw(method, &path, Some(("application/json", body.as_bytes())));
        let said = format!("{method} {template} {body}: {} {}", answer.status, answer.text);
        assert_eq!((answer.status, answer.body["code"].as_str()), (400, Some("invalid_request")), "{said}");
        let errors = answer.body["errors"].as_array().unwrap();
        let inside = |name: &str| {
            name == field || name.starts_with(&format!("{field}[")) || name.starts_with(&format!("{field}."))
        };
        let named =
            errors.iter().any(|error| inside(error["field"].as_str().unwrap()) && error["code"] == code);
        assert!(named, "{said}");
        for value in [CANARY, "4711"] {
            assert!(!answer.text.contains(value) || field == value, "{said}");
        }
    }
}

fn object(fields: &[Field]) -> Map<String, Value> {
    let required = fields.iter().filter(|(_, _, required)| *required);
    required.map(|(name, kind, _)| ((*name).to_owned(), kind.right())).collect()
}

#[test]
fn every_route_with_a_body_is_tested_here() {
    let routes = ENDPOINTS.iter().filter(|one| matches!(one.method, "POST" | "PUT" | "PATCH"));
    let routes = routes.filter(|one| !WITHOUT_BODY.contains(&one.path));
    let routes: BTreeSet<_> = routes.map(|one| (one.method, one.path)).collect();
    let tested: BTreeSet<_> = BODIES.iter().map(|(method, path, _)| (*method, *path)).collect();
    assert_eq!(tested, routes);
}

#[test]
fn an_unknown_field_is_refused_by_name() {
    let scene = Scene::new();
    let before = everything(&scene.home);
    for (method, path, fields) in BODIES {
        for name in ["surplus", "Label", "__proto__", ""] {
            let mut body = object(fields);
            body.insert(name.to_owned(), json!(CANARY));
            scene.refused((method, path), &Value::Object(body).to_string(), name, "unknown");
        }
    }
    for name in ["surplus", "department_id"] {
        let body = json!({"reason": "x", "filter": {"all": true, name: CANARY}}).to_string();
        let route = ("POST", "/v1/organizations/{organization_id}/revocations");
        scene.refused(route, &body, &format!("filter.{name}"), "unknown");
    }
    assert_eq!(everything(&scene.home), before);
}

#[test]
fn a_missing_field_is_refused_by_name() {
    let scene = Scene::new();
    let before = everything(&scene.home);
    for (method, path, fields) in BODIES {
        for (name, _, _) in fields.iter().filter(|(_, _, required)| *required) {
            let mut body = object(fields);
            body.remove(*name);
            scene.refused((method, path), &Value::Object(body).to_string(), name, "missing");
        }
    }
    assert_eq!(everything(&scene.home), before);
}

#[test]
fn a_field_given_twice_is_refused_by_name() {
    let scene = Scene::new();
    let before = everything(&scene.home);
    for (method, path, fields) in BODIES {
        for (name, kind, _) in *fields {
            let body = format!("{{\"{name}\": {value}, \"{name}\": {value}}}", value = kind.right());
            scene.refused((method, path), &body, name, "duplicate");
        }
    }
    let body = "{\"reason\": \"x\", \"filter\": {\"all\": true, \"label\": \"a\", \"label\": \"b\"}}";
    let route = ("POST", "/v1/organizations/{organization_id}/revocations");
    scene.refused(route, body, "filter.label", "duplicate");
    assert_eq!(everything(&scene.home), before);
}

#[test]
fn a_field_of_another_type_is_refused_by_name() {
    let scene = Scene::new();
    let before = everything(&scene.home);
    for (method, path, fields) in BODIES {
        for (name, kind, required) in *fields {
            let mut wrong = kind.wrong();
            if *required {
                wrong.push(Value::Null);
            }
            for value in wrong {
                let mut body = object(fields);
                body.insert((*name).to_owned(), value.clone());
                // An object of wrong fields is named by the field in it.
                let inner = matches!(kind, Object) && value.is_object();
                if !inner {
                    scene.refused((method, path), &Value::Object(body).to_string(), name, "malformed");
                }
            }
        }
    }
    assert_eq!(everything(&scene.home), before);
}

#[test]
fn a_filter_field_of_another_type_is_refused_by_name() {
    let scene = Scene::new();
    let before = everything(&scene.home);
    let fields: [Field; 10] = [
        ("all", Flag, false),
        ("member_ids", List, false),
        ("department_ids", List, false),
        ("secure_login", Flag, false),
        ("networks", List, false),
        ("label", Text, false),
        ("protocols", List, false),
        ("created_before", Text, false),
        ("last_used_before", Text, false),
        ("never_used", Flag, false),
    ];
    let route = ("POST", "/v1/organizations/{organization_id}/revocations");
    for (name, kind, _) in fields {
        for value in kind.wrong() {
            let body = json!({"reason": "x", "filter": {name: value}}).to_string();
            scene.refused(route, &body, &format!("filter.{name}"), "malformed");
        }
    }
    assert_eq!(everything(&scene.home), before);
}

#[test]
fn a_value_that_cannot_be_understood_is_refused_by_name_and_not_echoed() {
    let scene = Scene::new();
    let before = everything(&scene.home);
    for (method, path, field, body) in MALFORMED {
        scene.refused((method, path), &body.replace("CANARY", CANARY), field, "malformed");
    }
    assert_eq!(everything(&scene.home), before);
}
