//! What is no request of ours as a whole: methods, addresses, credentials, content types, sizes. Fields are next
//! door, and so is HTTP that is none.

use clientpass::api::rest::{ENDPOINTS, Endpoint};
use serde_json::json;

use super::administration::{everything, make_key, secured};
use crate::support::{Installation, TestApp};

/// A route with ids in its path that could be.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{name}" => "example.org",
        part if part.starts_with('{') => "019bbf00-0000-7000-8000-000000000001",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

#[test]
fn an_unknown_query_parameter_is_refused_on_every_route() {
    let (_app, home) = TestApp::installed();
    let before = everything(&home);
    for Endpoint { method, path, .. } in ENDPOINTS {
        for query in ["surplus=canary", "surplus", "Limit=1", "%73urplus=canary"] {
            let answer = home.operator.send(method, &format!("{}?{query}", filled(path)), None);
            assert_eq!(answer.status, 400, "{method} {path}?{query}: {}", answer.text);
            let field = if query == "Limit=1" { "Limit" } else { "surplus" };
            assert!(!answer.expect_field(field, "unknown").text.contains("canary"));
        }
    }
    assert_eq!(everything(&home), before);
}

#[test]
fn a_method_that_a_path_does_not_know_is_answered_with_those_it_knows() {
    let (_app, home) = TestApp::installed();
    let before = everything(&home);
    for Endpoint { path, .. } in ENDPOINTS {
        let known: Vec<&str> =
            ENDPOINTS.iter().filter(|one| one.path == *path).map(|one| one.method).collect();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get"] {
            if known.contains(&method) {
                continue;
            }
            let answer = home.operator.send(method, &filled(path), None);
            assert_eq!(answer.status, 405, "{method} {path}: {}", answer.text);
            let allow = answer.expect_problem(405, "method_not_allowed").header("allow").unwrap().to_owned();
            assert!(
                known.iter().all(|method| allow.split(", ").any(|one| one == *method)),
                "{path}: {allow}"
            );
        }
    }
    assert_eq!(everything(&home), before);
}

#[test]
fn there_is_nothing_at_an_unknown_address() {
    let (_app, home) = TestApp::installed();
    let id = &home.owner.id;
    for path in [
        "/v1".to_owned(),
        "/v1/".into(),
        "/v2/me".into(),
        "/v1/me/".into(),
        "/v1//me".into(),
        "/V1/me".into(),
        "/v1/members".into(),
        "/v1/members/".into(),
        "/v1/members/x".into(),
        format!("/v1/members/{id}/"),
        format!("/v1/members/{id}/passwords"),
        format!("/v1/members/{}", id.replace('-', "")),
        format!("/v1/members/{{{id}}}"),
        format!("/v1/members/urn:uuid:{id}"),
        format!("/v1/members/{id}%00"),
        format!("/v1/organizations/{id}"),
        "/v1/client-passwords/..%2f..%2fme".into(),
        format!("/{}", "x".repeat(4000)),
    ] {
        for http in [&home.operator, &home.owner.http] {
            let status = http.get(&path).status;
            // Without credentials what needs them asks for them first.
            assert!(status == 404 || (status == 401 && http.token().is_empty()), "{path}: {status}");
        }
    }
    home.operator.get("/v1/nothing").expect_problem(404, "not_found");
}

#[test]
fn a_credential_that_is_none_is_refused() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let good = alice.http.token();
    let typo = format!("{}{}", &good[..good.len() - 1], if good.ends_with('a') { 'b' } else { 'a' });
    let nobody = app.http();
    nobody.get("/v1/me").expect_problem(401, "unauthenticated");
    let bare = nobody.get("/v1/me");
    assert_eq!(bare.header("www-authenticate"), Some("Bearer realm=\"clientpass\""));
    for header in [
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Basic YWxpY2U6c2VjcmV0",
        good,
        &format!("Bearer {typo}"),
        &format!("Bearer {good}x"),
        &format!("Bearer {good} {good}"),
        &format!("Bearer {}", phone.secret),
        &format!("Bearer {}", alice.password),
        &format!("Basic {good}"),
        "",
    ] {
        let answer =
            nobody.with("Authorization", header).get("/v1/me").expect_problem(401, "unauthenticated");
        let challenge = answer.header("www-authenticate").unwrap();
        assert_eq!(challenge, "Bearer realm=\"clientpass\", error=\"invalid_token\"", "{header}");
        assert!(!answer.text.contains(good) && !answer.text.contains(&phone.secret));
    }
    nobody.with("Authorization", &format!("bearer {good}")).get("/v1/me").expect(200);
}

#[test]
fn if_match_takes_versions_of_ours() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let before = everything(&home);
    for (http, path, body) in [
        (&home.operator, home.path(""), json!({"name": "New"})),
        (&home.operator, alice.path(""), json!({"display_name": "New"})),
        (&alice.http, phone.path(""), json!({"label": "New"})),
    ] {
        http.send("PATCH", &path, Some(&body)).expect_problem(428, "version_required");
        for wrong in [
            "x",
            "\"\"",
            "\"x\"",
            "W/\"77\"",
            "\"-1\"",
            "\"99999999999999999999\"",
            "\"1",
            "\"1\" \"2\"",
            ",",
        ] {
            let answer = http.with("If-Match", wrong).send("PATCH", &path, Some(&body));
            answer.expect_problem(412, "version_mismatch");
        }
    }
    let stale = alice.http.with("If-Match", "\"999\"");
    let off = stale.put(&alice.path("/secure-login"), &json!({"enabled": false}));
    off.expect_problem(412, "version_mismatch");
    let password = json!({"password": "a new password", "current_password": alice.password});
    stale.put(&alice.path("/password"), &password).expect_problem(412, "version_mismatch");
    assert_eq!(everything(&home), before);
    stale.delete(&phone.path("")).expect(204);
}

/// Routes of a method that has a body elsewhere.
pub const WITHOUT_BODY: [&str; 5] = [
    "/v1/members/{member_id}/notices/{notice_id}/acknowledge",
    "/v1/members/{member_id}/invitations",
    "/v1/members/{member_id}/recovery-codes",
    "/v1/organizations/{organization_id}/ownership/accept",
    "/v1/organizations/{organization_id}/revocations/{revocation_id}/stop",
];

/// Every route that takes a body, with somebody who may call it.
fn with_bodies(home: &Installation) -> Vec<(&'static str, String, String)> {
    let takes = |path: &str| !WITHOUT_BODY.contains(&path);
    let has_body = |one: &&Endpoint| matches!(one.method, "POST" | "PUT" | "PATCH") && takes(one.path);
    let routes = ENDPOINTS.iter().filter(has_body);
    let token = |path: &str| match path {
        "/v1/verify" => home.mail_server.token().to_owned(),
        _ => home.operator.token().to_owned(),
    };
    routes.map(|one| (one.method, filled(one.path), token(one.path))).collect()
}

#[test]
fn what_is_no_json_is_refused() {
    let (_app, home) = TestApp::installed();
    let before = everything(&home);
    let deep = "[".repeat(30_000);
    let bodies: [&[u8]; 10] = [
        b"{",
        b"canary",
        b"{\"surplus\" canary}",
        b"{} {}",
        b"{}canary",
        b"{'a': 1}",
        b"{\"a\": \"\xff\xfe\"}",
        b"{\"a\": \"\\ud800\"}",
        b"\xef\xbb\xbf{}",
        deep.as_bytes(),
    ];
    for (method, path, token) in with_bodies(&home) {
        for body in bodies {
            let http = home.operator.bearing(&token);
            let answer = http.send_raw(method, &path, Some(("application/json", body)));
            let answer = answer.expect_problem(400, "invalid_request");
            assert!(!answer.text.contains("canary"), "{method} {path}: {}", answer.text);
        }
        for top in [json!([]), json!("canary"), json!(4711), json!(true), json!(null), json!(["canary"])] {
            let answer = home.operator.bearing(&token).send(method, &path, Some(&top));
            assert_eq!(answer.status, 400, "{method} {path} {top}: {}", answer.text);
            assert!(!answer.text.contains("canary") && !answer.text.contains("4711"), "{}", answer.text);
        }
    }
    assert_eq!(everything(&home), before);
}

#[test]
fn a_list_is_not_taken_for_an_object_whose_names_were_left_out() {
    let (app, home) = TestApp::installed();
    let phone = secured(&app, &home, "alice").issue("Phone");
    let before = everything(&home);
    let operator = home.operator.with("If-Match", "*");
    let filter = json!([true, null, null, null, null, null, null]);
    for (http, method, path, body) in [
        (&operator, "PATCH", home.path(""), json!(["Renamed"])),
        (&operator, "POST", home.path("/domains"), json!(["mail.example.org"])),
        (&operator, "POST", home.path("/revocations"), json!({"filter": filter, "reason": "x"})),
        (&operator, "POST", home.path("/revocations"), json!([{"all": true}, null, "x", null])),
        (
            &home.mail_server,
            "POST",
            "/v1/verify".into(),
            json!(["alice@example.org", phone.secret, "imap", null, null]),
        ),
    ] {
        let answer = http.send(method, &path, Some(&body));
        assert_eq!(answer.status, 400, "{method} {path} {body}: {}", answer.text);
    }
    assert_eq!(everything(&home), before);
}

#[test]
fn a_body_is_sent_as_json() {
    let (_app, home) = TestApp::installed();
    for (method, path, token) in with_bodies(&home) {
        let http = home.operator.bearing(&token);
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "json", ""] {
            let answer = http.send_raw(method, &path, Some((kind, b"{\"surplus\": 1}")));
            assert_eq!(answer.status, 415, "{method} {path} {kind}: {}", answer.text);
        }
        for kind in ["application/json; charset=utf-8", "Application/JSON"] {
            let answer = http.send_raw(method, &path, Some((kind, b"{\"surplus\": 1}")));
            answer.expect_field("surplus", "unknown");
        }
    }
}

#[test]
fn a_body_has_at_most_64_kib() {
    let (_app, home) = TestApp::installed();
    let fill = |length: usize| format!("{{\"surplus\": \"{}\"}}", "x".repeat(length - 15));
    // Where thousands of members or strings are named, it may have more.
    let most = |path: &str| {
        let is_large = ["/policy", "/what-if", "/leaks"].iter().any(|end| path.ends_with(end));
        if is_large || path.contains("/departments/") && path.ends_with("/members") {
            4 << 20
        } else {
            65_536
        }
    };
    for (method, path, token) in with_bodies(&home) {
        let http = home.operator.bearing(&token);
        let most = most(&path);
        let fits = http.send_raw(method, &path, Some(("application/json", fill(most).as_bytes())));
        fits.expect_field("surplus", "unknown");
        let large = http.send_raw(method, &path, Some(("application/json", fill(most + 1).as_bytes())));
        large.expect_problem(413, "body_too_large");
    }
}

#[test]
fn a_time_is_one_of_rfc_3339() {
    let (_app, home) = TestApp::installed();
    let key = make_key(&home.operator, "auditor", Some(&home.organization_id)).expect(201);
    let auditor = home.operator.bearing(&key.text_of("key"));
    for odd in
        ["0000-00-00T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-22", "now", "1763798400", "%F0%9F%95%91"]
    {
        let answer = auditor.get(&home.path(&format!("/audit-events?since={odd}")));
        answer.expect_field("since", "malformed");
    }
    for fine in ["2026-11-22T08:00:00Z", "2026-11-22T09:00:00%2B01:00", "2026-11-22T08:00:00.000000Z"] {
        let answer = auditor.get(&home.path(&format!("/audit-events?since={fine}"))).expect(200);
        assert_eq!(answer.items().len(), 2, "{fine}");
    }
}
