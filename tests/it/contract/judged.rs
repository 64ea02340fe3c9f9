//! The check itself: an answer that is not as described does not pass.

use serde_json::{Value, json};

use crate::support::contract::contract;
use crate::support::{Answer, TestApp};

const ID: &str = "019bbf00-0000-7000-8000-0000000000f1";

fn answer(status: u16, kind: &str, body: &Value) -> Answer {
    let headers = [("content-type", kind), ("x-request-id", ID)];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    Answer { status, headers, text: body.to_string(), body: body.clone() }
}

fn json_answer(status: u16, body: &Value) -> Answer {
    answer(status, "application/json", body)
}

fn problem(status: u16, code: &str) -> Value {
    json!({
        "type": format!("urn:clientpass:problem:{code}"), "title": "Title", "status": status, "code": code,
        "detail": "Detail.", "instance": format!("urn:uuid:{ID}"),
    })
}

fn problem_answer(status: u16, code: &str) -> Answer {
    answer(status, "application/problem+json", &problem(status, code))
}

#[track_caller]
fn passes(method: &str, path: &str, answer: &Answer, sent: Option<&Value>) {
    contract().judge(method, path, answer, sent).unwrap();
}

/// Fails unless the check complains, and says this.
#[track_caller]
fn complains(about: &str, method: &str, path: &str, answer: &Answer, sent: Option<&Value>) {
    let complaint = contract().judge(method, path, answer, sent).expect_err("it passed");
    assert!(complaint.contains(about), "{complaint}");
}

#[test]
fn only_described_statuses_pass_and_those_of_http_itself() {
    passes("GET", "/healthz", &json_answer(200, &json!({"status": "ok"})), None);
    complains("no such status", "GET", "/healthz", &json_answer(201, &json!({"status": "ok"})), None);
    complains("no such status", "GET", "/healthz", &problem_answer(404, "not_found"), None);
    passes("GET", "/healthz", &problem_answer(431, "headers_too_large"), None);
    complains("not sent as", "GET", "/healthz", &json_answer(431, &problem(431, "headers_too_large")), None);
}

#[test]
fn an_unknown_method_must_be_405_and_an_unknown_path_is_nobodys_matter() {
    passes("PUT", "/healthz", &problem_answer(405, "method_not_allowed"), None);
    complains("no such method", "PUT", "/healthz", &json_answer(200, &json!({"status": "ok"})), None);
    passes("GET", "/setup", &answer(200, "text/html", &json!("page")), None);
}

#[test]
fn a_body_has_all_of_its_fields_and_no_others() {
    complains("required", "GET", "/healthz", &json_answer(200, &json!({})), None);
    let more = json_answer(200, &json!({"status": "ok", "extra": 1}));
    complains("extra", "GET", "/healthz", &more, None);
    complains("expected", "GET", "/healthz", &json_answer(200, &json!({"status": "ill"})), None);
    let text = answer(200, "text/plain", &json!({"status": "ok"}));
    complains("Content-Type", "GET", "/healthz", &text, None);
    let none = json_answer(204, &json!({"status": "ok"}));
    complains("a body", "DELETE", "/v1/sessions/current", &none, None);
}

#[test]
fn formats_are_asserted() {
    let domain = |created_at| json!({"name": "example.org", "created_at": created_at});
    let list = |created_at| json!({"items": [domain(created_at)], "next_cursor": null});
    let path = format!("/v1/organizations/{ID}/domains");
    passes("GET", &path, &json_answer(200, &list("2026-01-09T09:00:00Z")), None);
    complains("created_at", "GET", &path, &json_answer(200, &list("2026-02-30T09:00:00Z")), None);
}

#[test]
fn required_headers_are_there_and_well_formed() {
    let mut nameless = json_answer(200, &json!({"status": "ok"}));
    nameless.headers.pop();
    complains("no X-Request-Id", "GET", "/healthz", &nameless, None);
    complains("no WWW-Authenticate", "GET", "/v1/me", &problem_answer(401, "unauthenticated"), None);
    let mut soon = problem_answer(503, "unavailable");
    soon.headers.push(("retry-after".into(), "soon".into()));
    complains("Retry-After", "GET", "/v1/me", &soon, None);
}

#[test]
fn a_problem_agrees_with_its_status_its_code_and_its_request() {
    passes("GET", "/healthz", &problem_answer(413, "body_too_large"), None);
    complains("code", "GET", "/healthz", &problem_answer(413, "too_bad"), None);
    let other = answer(413, "application/problem+json", &problem(415, "body_too_large"));
    complains("status", "GET", "/healthz", &other, None);
    let mut foreign = problem_answer(413, "body_too_large");
    foreign.headers[1].1 = "019bbf00-0000-7000-8000-0000000000f2".into();
    complains("instance", "GET", "/healthz", &foreign, None);
}

#[test]
fn what_was_sent_and_accepted_must_be_valid_too() {
    let defer = json_answer(200, &json!({"result": "defer"}));
    let asked = json!({"login": "a@example.org", "password": "x", "protocol": "imap"});
    passes("POST", "/v1/verify", &defer, Some(&asked));
    complains("without a body", "POST", "/v1/verify", &defer, None);
    let odd = json!({"login": "a@example.org", "password": "x", "protocol": "IMAP"});
    complains("sent and accepted", "POST", "/v1/verify", &defer, Some(&odd));
    let list = json_answer(200, &json!({"items": [], "next_cursor": null}));
    passes("GET", "/v1/organizations?limit=5", &list, None);
    complains("limit", "GET", "/v1/organizations?limit=500", &list, None);
    complains("colour", "GET", "/v1/organizations?colour=red", &list, None);
}

/// The check hangs on every request that a test makes.
#[test]
fn what_an_actor_sees_is_recorded() {
    let app = TestApp::start();
    app.http().send("GET", "/v1/members/nobody", None).expect(401);
    assert!(contract().seen().contains(&("getMember".into(), 401)));
}
