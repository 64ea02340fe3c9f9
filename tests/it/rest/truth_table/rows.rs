//! The table: what is asked for, and who may.

use super::rule::{Expected, KEYS, Rule};
use super::scene::{Caller, Target};
use Rule::{
    Above, AboveOf, AboveOfOrOwnOf, Known, Only, Organization, Own, OwnOrAbove, OwnOrAboveOf, Public, Sees,
    Thing,
};

/// A request, and who may make it.
#[derive(Clone, Copy)]
pub struct Row {
    pub method: &'static str,
    /// The path in the table of routes.
    pub path: &'static str,
    pub query: &'static str,
    /// As JSON; empty for none.
    pub body: &'static str,
    /// What else comes of it where it is allowed: refused for what it is about, not for who asks.
    pub also: &'static [u16],
    rule: Rule,
    is_fresh: bool,
    /// Only about targets of these roles.
    roles: &'static [&'static str],
    /// Only about targets of the first organization.
    is_ours: bool,
    /// The department in the path.
    department: &'static str,
}

const fn row(method: &'static str, path: &'static str, rule: Rule) -> Row {
    Row {
        method,
        path,
        query: "",
        body: "",
        also: &[],
        rule,
        is_fresh: false,
        roles: &[],
        is_ours: false,
        department: "{press}",
    }
}

impl Row {
    const fn body(self, body: &'static str) -> Self {
        Self { body, ..self }
    }

    const fn query(self, query: &'static str) -> Self {
        Self { query, ..self }
    }

    /// It needs a sign-in of the last five minutes.
    const fn fresh(self) -> Self {
        Self { is_fresh: true, ..self }
    }

    const fn also(self, also: &'static [u16]) -> Self {
        Self { also, ..self }
    }

    const fn ours(self) -> Self {
        Self { is_ours: true, ..self }
    }

    const fn about(self, roles: &'static [&'static str]) -> Self {
        Self { roles, ..self }
    }

    /// About the department that `d` administers, and not about Press.
    const fn in_sales(self) -> Self {
        Self { department: "{sales}", ..self }
    }

    /// The path and the query, with placeholders.
    pub fn target(&self) -> String {
        format!("{}{}", self.path.replace("{department_id}", self.department), self.query)
    }

    /// Whether the target is one of this row: what is about no member is asked once for each organization, and what is
    /// about one thing once.
    pub fn is_about(&self, target: &Target) -> bool {
        let one_each = ["owner", "stranger"].contains(&target.name);
        match self.rule {
            Public | Only(_) | Known(_) | Thing(..) => target.name == "owner",
            Organization(_) => one_each,
            _ => {
                let is_of_role = self.roles.is_empty() || self.roles.contains(&target.role);
                is_of_role && (target.is_ours || !self.is_ours)
            }
        }
    }

    /// What is to come of it, with a sign-in that is fresh or not.
    pub fn expected(&self, caller: &Caller, target: &Target, is_fresh: bool) -> Expected {
        let has_sign_in = caller.letter != '-' && !KEYS.contains(caller.letter);
        let is_stale = self.is_fresh && !is_fresh && has_sign_in;
        match self.rule.expected(caller, target) {
            Expected::Done if is_stale => Expected::StepUp,
            // Whether anything is offered is not said before the caller has signed in again.
            Expected::Hidden if is_stale && self.path.ends_with("/accept") => Expected::StepUp,
            other => other,
        }
    }
}

const ANYBODY: &str = "oadumOPDUVSN";
const BELOW_ADMIN: &[&str] = &["member", "auditor", "department_admin"];

/// All of it.
pub fn rows() -> Vec<Row> {
    [ROWS, IN_ORGANIZATIONS, OF_MEMBERS, OF_PASSWORDS].concat()
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("GET", "/healthz", Public),
    row("GET", "/readyz", Public),
    row("GET", "/openapi.yaml", Public),
    row("POST", "/v1/setup", Public).body(r#"{"token": "cpt_x", "organization": "x", "domain": "x.test", "owner": "o@x.test", "password": "a long password"}"#).also(&[400, 403, 409]),
    row("POST", "/v1/sessions", Public).body(r#"{"login": "nobody@example.org", "password": "wrong"}"#).also(&[401]),
    row("POST", "/v1/invitations/redeem", Public).body(r#"{"token": "cpt_x", "password": "a long password"}"#).also(&[400, 403]),
    row("GET", "/metrics", Known("OU")),
    row("POST", "/v1/verify", Only("S")).body(r#"{"login": "x@example.org", "password": "x", "protocol": "imap"}"#),
    row("GET", "/v1/me", Only(ANYBODY)),
    row("POST", "/v1/leaks", Only("oadumOPDUVN")).body(r#"{"secrets": ["x"]}"#),
    // A key ends at its own place.
    row("DELETE", "/v1/sessions/current", Only("oadum")),
    row("GET", "/v1/organizations", Only("oadumOPDVN")),
    row("POST", "/v1/organizations", Only("O")).body(r#"{"name": "New", "domains": ["new.test"]}"#),
    row("GET", "/v1/service-keys", Only("oauOPUVN")),
    // Of the own organization, if none is named.
    row("POST", "/v1/service-keys", Only("oaOPN")).fresh().body(r#"{"role": "auditor", "label": "x"}"#),
    row("DELETE", "/v1/service-keys/{service_key_id}", Thing("oaOP", "N")),
];

#[rustfmt::skip]
const IN_ORGANIZATIONS: &[Row] = &[
    row("GET", "/v1/organizations/{organization_id}", Organization("oadumOPDUV")),
    row("PATCH", "/v1/organizations/{organization_id}", Organization("oaOP")).body(r#"{"name": "New"}"#),
    row("DELETE", "/v1/organizations/{organization_id}", Organization("oOP")).fresh(),
    row("GET", "/v1/organizations/{organization_id}/ownership", Organization("oadumOPDUV")),
    row("POST", "/v1/organizations/{organization_id}/ownership", Organization("oOP")).fresh().body(r#"{"member_id": "{member_id}"}"#).also(&[400]),
    // It is offered to m: o made the offer, O and P may.
    row("DELETE", "/v1/organizations/{organization_id}/ownership", Thing("omOP", "aduN")),
    row("POST", "/v1/organizations/{organization_id}/ownership/accept", Thing("m", "oaduN")).fresh(),
    row("GET", "/v1/organizations/{organization_id}/domains", Organization("oauOPDUV")),
    row("POST", "/v1/organizations/{organization_id}/domains", Organization("OP")).body(r#"{"name": "new.test"}"#),
    row("DELETE", "/v1/organizations/{organization_id}/domains/{name}", Thing("oOP", "N")).fresh(),
    row("GET", "/v1/organizations/{organization_id}/policy", Organization("oauOPDUV")),
    row("PUT", "/v1/organizations/{organization_id}/policy", Organization("oaOP")).fresh().body(r#"{"idle_days": 9}"#),
    row("POST", "/v1/organizations/{organization_id}/policy/what-if", Organization("oaOP")).body(r#"{"idle_days": 9}"#),
    row("GET", "/v1/organizations/{organization_id}/departments", Organization("oaduOPDUV")),
    row("POST", "/v1/organizations/{organization_id}/departments", Organization("oaOPD")).body(r#"{"name": "New"}"#),
    row("GET", "/v1/organizations/{organization_id}/members", Organization("oaduOPDUV")),
    row("POST", "/v1/organizations/{organization_id}/members", Organization("oadOPD")).body(r#"{"login": "new@example.org", "display_name": "New", "department_ids": ["{sales}"]}"#).also(&[400]),
    row("POST", "/v1/organizations/{organization_id}/members", Organization("oaOPD")).fresh().body(r#"{"login": "new@example.org", "display_name": "New", "role": "auditor"}"#).also(&[400]),
    row("POST", "/v1/organizations/{organization_id}/members", Organization("oOP")).fresh().body(r#"{"login": "new@example.org", "display_name": "New", "role": "admin"}"#).also(&[400]),
    row("GET", "/v1/organizations/{organization_id}/totals", Organization("oaduOPDUV")),
    row("GET", "/v1/organizations/{organization_id}/client-passwords", Organization("oauOPDUV")),
    row("GET", "/v1/organizations/{organization_id}/warnings", Organization("oauOPDUV")),
    row("GET", "/v1/organizations/{organization_id}/revocations", Organization("oauOPDUV")),
    row("POST", "/v1/organizations/{organization_id}/revocations", Organization("oaOP")).body(r#"{"filter": {"all": true}, "reason": "x"}"#),
    row("GET", "/v1/organizations/{organization_id}/revocations/{revocation_id}", Thing("oauOPDUV", "N")),
    row("POST", "/v1/organizations/{organization_id}/revocations/{revocation_id}/stop", Thing("oaOP", "N")).also(&[409]),
    row("GET", "/v1/organizations/{organization_id}/audit-events", Organization("oauOPUV")),
    row("POST", "/v1/service-keys", Thing("oaOP", "")).fresh().body(r#"{"role": "auditor", "label": "x", "organization_id": "{ours}"}"#),
    row("POST", "/v1/service-keys", Thing("OP", "")).body(r#"{"role": "operator", "label": "x", "organization_id": "{ours}"}"#),
    row("GET", "/v1/departments/{department_id}", Thing("oauOPDUV", "dmSN")),
    row("GET", "/v1/departments/{department_id}", Thing("oaduOPDUV", "mSN")).in_sales(),
    row("PATCH", "/v1/departments/{department_id}", Thing("oaOPD", "dmSN")).body(r#"{"name": "New"}"#),
    row("PATCH", "/v1/departments/{department_id}", Thing("oaOPD", "mSN")).body(r#"{"name": "New"}"#).in_sales(),
    row("DELETE", "/v1/departments/{department_id}", Thing("oaOPD", "dmSN")),
    row("POST", "/v1/organizations/{organization_id}/departments/{department_id}/members", Thing("oaOPD", "dmSN")).body(r#"{"add": ["{reached}"]}"#),
    row("POST", "/v1/organizations/{organization_id}/departments/{department_id}/members", Thing("oadOPD", "mSN")).body(r#"{"remove": ["{reached}"]}"#).in_sales(),
];

#[rustfmt::skip]
const OF_MEMBERS: &[Row] = &[
    row("GET", "/v1/members/{member_id}", Sees),
    row("GET", "/v1/organizations/{organization_id}/policy", Sees).query("?explain={member_id}"),
    row("PATCH", "/v1/members/{member_id}", OwnOrAbove).body(r#"{"display_name": "New"}"#),
    row("PATCH", "/v1/members/{member_id}", AboveOf("oaOPD")).fresh().body(r#"{"role": "auditor"}"#).about(&["member", "department_admin", "admin"]),
    row("PATCH", "/v1/members/{member_id}", AboveOf("oOP")).fresh().body(r#"{"role": "admin"}"#).about(BELOW_ADMIN),
    row("PATCH", "/v1/members/{member_id}", AboveOf("oaOP")).fresh().body(r#"{"admin_department_ids": ["{press}"]}"#).about(&["department_admin"]),
    row("PATCH", "/v1/members/{member_id}", AboveOfOrOwnOf("oaOPD", "oa")).body(r#"{"department_ids": ["{press}"]}"#).ours(),
    row("PATCH", "/v1/members/{member_id}", Above).body(r#"{"state": "suspended"}"#).also(&[409]),
    row("PATCH", "/v1/members/{member_id}", Above).fresh().body(r#"{"state": "active"}"#),
    row("DELETE", "/v1/members/{member_id}", Above).also(&[409]),
    row("PUT", "/v1/members/{member_id}/password", OwnOrAboveOf("OPD")).fresh().body(r#"{"password": "another long password"}"#).also(&[400]),
    row("POST", "/v1/members/{member_id}/invitations", Above).fresh(),
    row("GET", "/v1/members/{member_id}/invitations", Above),
    row("DELETE", "/v1/members/{member_id}/invitations", Above),
    row("GET", "/v1/members/{member_id}/second-factors", Sees),
    row("POST", "/v1/members/{member_id}/second-factors", Own).fresh().body(r#"{"type": "totp"}"#),
    row("DELETE", "/v1/members/{member_id}/second-factors", OwnOrAbove).fresh(),
    row("DELETE", "/v1/members/{member_id}/second-factors/{second_factor_id}", OwnOrAbove).fresh(),
    row("POST", "/v1/members/{member_id}/second-factors/{second_factor_id}/confirm", Own).fresh().body(r#"{"code": "000000"}"#).also(&[409]),
    row("POST", "/v1/members/{member_id}/recovery-codes", Own).fresh(),
    row("DELETE", "/v1/members/{member_id}/code-block", AboveOf("oadOP")).fresh(),
    row("GET", "/v1/members/{member_id}/secure-login", Sees),
    row("PUT", "/v1/members/{member_id}/secure-login", OwnOrAbove).fresh().body(r#"{"enabled": false}"#),
    row("PUT", "/v1/members/{member_id}/secure-login", OwnOrAboveOf("OPD")).fresh().body(r#"{"enabled": true}"#),
    row("GET", "/v1/members/{member_id}/notices", Own),
    row("POST", "/v1/members/{member_id}/notices/{notice_id}/acknowledge", Own),
    row("GET", "/v1/members/{member_id}/sessions", Own),
    row("DELETE", "/v1/members/{member_id}/sessions", Own),
    row("DELETE", "/v1/members/{member_id}/sessions/{session_id}", Own),
];

#[rustfmt::skip]
const OF_PASSWORDS: &[Row] = &[
    row("GET", "/v1/members/{member_id}/client-passwords", Sees),
    row("POST", "/v1/members/{member_id}/client-passwords", Own).fresh().body(r#"{"label": "New"}"#),
    row("DELETE", "/v1/members/{member_id}/client-passwords", OwnOrAbove),
    row("GET", "/v1/members/{member_id}/log-ins", Sees),
    row("GET", "/v1/client-passwords/{client_password_id}", Sees),
    row("PATCH", "/v1/client-passwords/{client_password_id}", Own).body(r#"{"label": "New"}"#),
    row("DELETE", "/v1/client-passwords/{client_password_id}", OwnOrAbove),
    row("POST", "/v1/client-passwords/{client_password_id}/rotate", Own).fresh(),
];
