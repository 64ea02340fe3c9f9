//! Every call of the document, asked the same question.

use std::collections::BTreeMap;

use serde_json::json;

use crate::support::contract::{Operation, contract};
use crate::support::{Http, TestApp};

/// An id that names nothing.
const NOBODY: &str = "019bbf00-0000-7000-8000-00000000ffff";

/// A path of the operation, with ids that name nothing.
fn concrete(operation: &Operation<'_>) -> String {
    let part = |part: &str| if part.starts_with('{') { NOBODY.to_owned() } else { part.to_owned() };
    operation.path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn send(http: &Http, operation: &Operation<'_>, query: &str) -> crate::support::Answer {
    let body = operation.node["requestBody"].is_object().then(|| json!({}));
    http.send(&operation.method, &format!("{}{query}", concrete(operation)), body.as_ref())
}

#[test]
fn without_credentials_only_the_open_calls_are_answered() {
    let app = TestApp::start();
    for operation in contract().operations() {
        let open = operation.node["security"].as_array().is_some_and(Vec::is_empty);
        let answer = send(&app.http(), &operation, "");
        assert_eq!(answer.body["code"] != "unauthenticated", open, "{} {}", operation.pointer, answer.text);
        if !open {
            let challenge = answer.expect(401);
            assert_eq!(challenge.header("www-authenticate"), Some("Bearer realm=\"clientpass\""));
        }
    }
}

#[test]
fn an_unknown_query_parameter_is_refused_by_every_call() {
    let (app, home) = TestApp::installed();
    for operation in contract().operations() {
        send(&home.operator, &operation, "?colour=red").expect_field("colour", "unknown");
        send(&app.http(), &operation, "?colour=red");
    }
}

#[test]
fn a_method_that_a_path_does_not_know_is_refused_with_those_it_knows() {
    let app = TestApp::start();
    let mut paths: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for operation in contract().operations() {
        paths.entry(concrete(&operation)).or_default().push(operation.method);
    }
    for (path, mut known) in paths {
        known.push("OPTIONS".into());
        if known.iter().any(|method| method == "GET") {
            known.push("HEAD".into());
        }
        known.sort();
        let asked = app.http().send("OPTIONS", &path, None).expect(204);
        assert_eq!((allowed(&asked), asked.text.as_str()), (known.clone(), ""), "{path}");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "REPORT"] {
            if known.iter().all(|known| known != method) {
                let refused = app.http().send(method, &path, None).expect_problem(405, "method_not_allowed");
                assert_eq!(allowed(&refused), known, "{method} {path}");
            }
        }
    }
}

fn allowed(answer: &crate::support::Answer) -> Vec<String> {
    let mut allowed: Vec<String> =
        answer.header("allow").expect("no Allow").split(", ").map(str::to_owned).collect();
    allowed.sort_unstable();
    allowed
}

#[test]
fn head_is_answered_as_get_is_without_the_body() {
    let (_app, home) = TestApp::installed();
    for operation in contract().operations().iter().filter(|one| one.method == "GET") {
        let path = concrete(operation);
        let (get, head) = (home.operator.get(&path), home.operator.send("HEAD", &path, None));
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
        for name in ["content-type", "etag", "cache-control"] {
            assert_eq!(head.header(name), get.header(name), "{path}: {name}");
        }
    }
}

#[test]
fn when_the_database_is_gone_every_call_says_so_and_none_that_somebody_is_wrong() {
    let (app, home) = TestApp::installed();
    app.faults.set_all(true);
    for operation in contract().operations() {
        let answer = send(&home.operator, &operation, "");
        let described = operation.node["responses"]["503"].is_object();
        // Those that read no credentials answer about the body first, or need no database.
        let open = operation.node["security"].as_array().is_some_and(Vec::is_empty);
        if open {
            assert!([200, 400, 503].contains(&answer.status), "{} {}", operation.pointer, answer.text);
        } else {
            assert!(described, "{}", operation.pointer);
            answer.expect_problem(503, "unavailable");
        }
    }
}

#[test]
fn what_does_not_exist_is_not_found_by_every_call_that_names_it() {
    let (_app, home) = TestApp::installed();
    for operation in contract().operations().iter().filter(|one| one.path.contains('{')) {
        if !operation.node["requestBody"].is_object() {
            send(&home.operator, operation, "").expect_problem(404, "not_found");
        }
    }
}
