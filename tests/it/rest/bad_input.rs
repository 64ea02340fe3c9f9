//! Fields that are unknown, missing, given twice or of another type: refused by name on every route with a body,
//! never echoed, and nothing is changed.

use std::collections::BTreeSet;

use clientpass::doors::rest::ROUTES;
use serde_json::{Map, Value, json};

use super::administration::{everything, secured};
use crate::support::{ClientPassword, Http, Installation, Person, TestApp};

const CANARY: &str = "canary-of-the-test";

#[derive(Clone, Copy)]
enum Kind {
    Text,
    List,
    Flag,
    Number,
    Object,
}

use Kind::{Flag, List, Number, Object, Text};

impl Kind {
    /// A value of this type.
    fn right(self) -> Value {
        match self {
            Text => json!("x"),
            List => json!([]),
            Flag => json!(true),
            Number => json!(1),
            Object => json!({"all": true}),
        }
    }

    /// Values of other types.
    fn wrong(self) -> Vec<Value> {
        let all = [
            (Some(Text), json!(CANARY)),
            (Some(List), json!([CANARY])),
            (Some(Object), json!({CANARY: CANARY})),
            (Some(Flag), json!(true)),
            (Some(Number), json!(4711)),
            (None, json!(-4711)),
            (None, json!(0.4711)),
            (None, json!([[CANARY]])),
        ];
        let same = |kind: Option<Kind>| kind.is_some_and(|kind| kind as u8 == self as u8);
        all.into_iter().filter(|(kind, _)| !same(*kind)).map(|(_, value)| value).collect()
    }
}

/// A field: its name, its type, whether it is required.
type Field = (&'static str, Kind, bool);

/// Every route that takes a body, with its fields.
const BODIES: &[(&str, &str, &[Field])] = &[
    (
        "POST",
        "/v1/setup",
        &[
            ("token", Text, true),
            ("organization", Text, true),
            ("domain", Text, true),
            ("owner", Text, true),
            ("password", Text, true),
        ],
    ),
    ("POST", "/v1/sessions", &[("login", Text, true), ("password", Text, true), ("code", Text, false)]),
    ("POST", "/v1/organizations", &[("name", Text, true), ("domains", List, true), ("owner", Text, false)]),
    ("PATCH", "/v1/organizations/{organization_id}", &[("name", Text, false)]),
    ("POST", "/v1/organizations/{organization_id}/domains", &[("name", Text, true)]),
    (
        "POST",
        "/v1/organizations/{organization_id}/members",
        &[
            ("login", Text, true),
            ("display_name", Text, true),
            ("role", Text, false),
            ("department_ids", List, false),
            ("admin_department_ids", List, false),
            ("password", Text, false),
        ],
    ),
    (
        "POST",
        "/v1/organizations/{organization_id}/revocations",
        &[
            ("reason", Text, true),
            ("filter", Object, false),
            ("preview_id", Text, false),
            ("dry_run", Flag, false),
        ],
    ),
    (
        "PATCH",
        "/v1/members/{member_id}",
        &[("display_name", Text, false), ("role", Text, false), ("state", Text, false)],
    ),
    (
        "PUT",
        "/v1/members/{member_id}/password",
        &[("password", Text, true), ("current_password", Text, false)],
    ),
    ("POST", "/v1/members/{member_id}/second-factors", &[("type", Text, true), ("label", Text, false)]),
    ("POST", "/v1/members/{member_id}/second-factors/{second_factor_id}/confirm", &[("code", Text, true)]),
    ("PUT", "/v1/members/{member_id}/secure-login", &[("enabled", Flag, true)]),
    (
        "POST",
        "/v1/members/{member_id}/client-passwords",
        &[
            ("label", Text, true),
            ("protocols", List, false),
            ("networks", List, false),
            ("expires_at", Text, false),
        ],
    ),
    (
        "PATCH",
        "/v1/client-passwords/{client_password_id}",
        &[
            ("label", Text, false),
            ("protocols", List, false),
            ("networks", List, false),
            ("expires_at", Text, false),
        ],
    ),
    ("POST", "/v1/client-passwords/{client_password_id}/rotate", &[("overlap_seconds", Number, false)]),
    (
        "POST",
        "/v1/service-keys",
        &[("role", Text, true), ("organization_id", Text, false), ("label", Text, true)],
    ),
    (
        "POST",
        "/v1/verify",
        &[
            ("login", Text, true),
            ("password", Text, true),
            ("protocol", Text, true),
            ("client_ip", Text, false),
            ("client", Text, false),
        ],
    ),
];

/// An organization with somebody who has everything.
struct Scene {
    _app: TestApp,
    home: Installation,
    alice: Person,
    phone: ClientPassword,
    factor: String,
}

impl Scene {
    fn new() -> Self {
        let (app, home) = TestApp::installed();
        let alice = secured(&app, &home, "alice");
        let phone = alice.issue("Phone");
        let factors = alice.http.get(&alice.path("/second-factors")).expect(200);
        let factor = factors.items()[0]["id"].as_str().unwrap().to_owned();
        Self { _app: app, home, alice, phone, factor }
    }

    fn path(&self, template: &str) -> String {
        template
            .replace("{organization_id}", &self.home.organization_id)
            .replace("{member_id}", &self.alice.id)
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
    let routes = ROUTES.iter().filter(|(method, _)| matches!(*method, "POST" | "PUT" | "PATCH"));
    let routes: BTreeSet<_> = routes.copied().collect();
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
    for name in ["surplus", "department_ids"] {
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
    let fields: [Field; 7] = [
        ("all", Flag, false),
        ("member_ids", List, false),
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

/// Values of the right type that cannot be understood.
const MALFORMED: &[(&str, &str, &str, &str)] = &[
    ("POST", "/v1/organizations", "domains", r#"{"name": "x", "domains": ["CANARY"]}"#),
    (
        "POST",
        "/v1/organizations",
        "owner",
        r#"{"name": "x", "domains": ["example.test"], "owner": "CANARY"}"#,
    ),
    ("POST", "/v1/organizations/{organization_id}/domains", "name", r#"{"name": "CANARY"}"#),
    (
        "POST",
        "/v1/organizations/{organization_id}/members",
        "login",
        r#"{"login": "CANARY", "display_name": "x"}"#,
    ),
    (
        "POST",
        "/v1/organizations/{organization_id}/members",
        "role",
        r#"{"login": "x@example.org", "display_name": "x", "role": "CANARY"}"#,
    ),
    (
        "POST",
        "/v1/organizations/{organization_id}/revocations",
        "preview_id",
        r#"{"reason": "x", "preview_id": "CANARY"}"#,
    ),
    (
        "POST",
        "/v1/organizations/{organization_id}/revocations",
        "filter.member_ids",
        r#"{"reason": "x", "filter": {"member_ids": ["CANARY"]}}"#,
    ),
    (
        "POST",
        "/v1/organizations/{organization_id}/revocations",
        "filter.protocols",
        r#"{"reason": "x", "filter": {"protocols": ["CANARY"]}}"#,
    ),
    (
        "POST",
        "/v1/organizations/{organization_id}/revocations",
        "filter.created_before",
        r#"{"reason": "x", "filter": {"created_before": "CANARY"}}"#,
    ),
    ("PATCH", "/v1/members/{member_id}", "role", r#"{"role": "CANARY"}"#),
    ("PATCH", "/v1/members/{member_id}", "state", r#"{"state": "CANARY"}"#),
    ("POST", "/v1/members/{member_id}/second-factors", "type", r#"{"type": "CANARY"}"#),
    (
        "POST",
        "/v1/members/{member_id}/client-passwords",
        "protocols",
        r#"{"label": "x", "protocols": ["CANARY"]}"#,
    ),
    (
        "POST",
        "/v1/members/{member_id}/client-passwords",
        "networks",
        r#"{"label": "x", "networks": ["CANARY"]}"#,
    ),
    (
        "POST",
        "/v1/members/{member_id}/client-passwords",
        "expires_at",
        r#"{"label": "x", "expires_at": "CANARY"}"#,
    ),
    ("PATCH", "/v1/client-passwords/{client_password_id}", "protocols", r#"{"protocols": ["CANARY"]}"#),
    ("PATCH", "/v1/client-passwords/{client_password_id}", "expires_at", r#"{"expires_at": "CANARY"}"#),
    ("POST", "/v1/service-keys", "role", r#"{"role": "CANARY", "label": "x"}"#),
    (
        "POST",
        "/v1/service-keys",
        "organization_id",
        r#"{"role": "auditor", "label": "x", "organization_id": "CANARY"}"#,
    ),
    ("POST", "/v1/verify", "protocol", r#"{"login": "x", "password": "x", "protocol": "CANARY"}"#),
    (
        "POST",
        "/v1/verify",
        "client_ip",
        r#"{"login": "x", "password": "x", "protocol": "imap", "client_ip": "CANARY"}"#,
    ),
];

#[test]
fn a_value_that_cannot_be_understood_is_refused_by_name_and_not_echoed() {
    let scene = Scene::new();
    let before = everything(&scene.home);
    for (method, path, field, body) in MALFORMED {
        scene.refused((method, path), &body.replace("CANARY", CANARY), field, "malformed");
    }
    assert_eq!(everything(&scene.home), before);
}
