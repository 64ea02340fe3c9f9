//! The table of bodies: every route that takes one, with its fields and what is wrong for them.

use serde_json::{Value, json};

/// What must never come back.
pub const CANARY: &str = "canary-of-the-test";

/// The type of a field.
#[derive(Clone, Copy)]
pub enum Kind {
    Text,
    List,
    Flag,
    Number,
    Object,
}

use Kind::{Flag, List, Number, Object, Text};

impl Kind {
    /// A value of this type.
    pub fn right(self) -> Value {
        match self {
            Text => json!("x"),
            List => json!([]),
            Flag => json!(true),
            Number => json!(1),
            Object => json!({"all": true}),
        }
    }

    /// Values of other types.
    pub fn wrong(self) -> Vec<Value> {
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
pub type Field = (&'static str, Kind, bool);

/// The fields of a policy.
const POLICY: &[Field] = &[
    ("max_active_per_member", Number, false),
    ("max_lifetime_days", Number, false),
    ("default_lifetime_days", Number, false),
    ("idle_days", Number, false),
    ("max_overlap_seconds", Number, false),
    ("allowed_networks", List, false),
    ("end_on_account_password_change", Flag, false),
    ("tombstone_days", Number, false),
    ("history_days", Number, false),
    ("counts_as_secure_login", Flag, false),
];

/// Every route that takes a body, with its fields.
pub const BODIES: &[(&str, &str, &[Field])] = &[
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
    ("POST", "/v1/invitations/redeem", &[("token", Text, true), ("password", Text, true)]),
    ("POST", "/v1/organizations", &[("name", Text, true), ("domains", List, true), ("owner", Text, false)]),
    ("PATCH", "/v1/organizations/{organization_id}", &[("name", Text, false)]),
    ("PUT", "/v1/organizations/{organization_id}/policy", POLICY),
    ("POST", "/v1/organizations/{organization_id}/policy/what-if", POLICY),
    ("POST", "/v1/organizations/{organization_id}/ownership", &[("member_id", Text, true)]),
    ("POST", "/v1/organizations/{organization_id}/domains", &[("name", Text, true)]),
    (
        "POST",
        "/v1/organizations/{organization_id}/departments",
        &[("name", Text, true), ("parent_id", Text, false)],
    ),
    (
        "POST",
        "/v1/organizations/{organization_id}/departments/{department_id}/members",
        &[("add", List, false), ("remove", List, false)],
    ),
    ("PATCH", "/v1/departments/{department_id}", &[("name", Text, false), ("parent_id", Text, false)]),
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
        &[
            ("display_name", Text, false),
            ("role", Text, false),
            ("state", Text, false),
            ("department_ids", List, false),
            ("admin_department_ids", List, false),
        ],
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
    ("POST", "/v1/leaks", &[("secrets", List, true)]),
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

/// Values of the right type that cannot be understood.
pub const MALFORMED: &[(&str, &str, &str, &str)] = &[
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
        "filter.department_ids",
        r#"{"reason": "x", "filter": {"department_ids": ["CANARY"]}}"#,
    ),
    (
        "POST",
        "/v1/organizations/{organization_id}/revocations",
        "filter.networks",
        r#"{"reason": "x", "filter": {"networks": ["CANARY"]}}"#,
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
