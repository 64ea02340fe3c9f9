//! `openapi.yaml` itself: valid, true to the routes, and with examples that are.

use std::collections::BTreeSet;

use clientpass::api::rest::{ENDPOINTS, Endpoint, Needs};
use serde_json::{Map, Value};

use crate::support::contract::{Operation, contract, escaped, objects};

mod judged;
mod seen;
mod strict;
mod swept;

fn all_objects() -> Vec<(String, &'static Map<String, Value>)> {
    let mut found = Vec::new();
    objects("", &contract().document, &mut found);
    found
}

/// Everything that stands in the document as a schema, by its place.
fn schemas() -> Vec<String> {
    let named = contract().document["components"]["schemas"].as_object().unwrap();
    let mut places: Vec<String> = named.keys().map(|name| format!("/components/schemas/{name}")).collect();
    let inline = all_objects().into_iter().filter(|(_, object)| object.contains_key("schema"));
    places.extend(inline.map(|(place, _)| format!("{place}/schema")));
    places
}

#[test]
fn the_routes_are_those_of_the_document_no_more_and_no_less() {
    let described: BTreeSet<_> =
        contract().operations().iter().map(|one| (one.method.clone(), one.path.to_owned())).collect();
    let routed: BTreeSet<_> =
        ENDPOINTS.iter().map(|one| (one.method.to_owned(), one.path.to_owned())).collect();
    assert_eq!(described, routed);
    assert_eq!(routed.len(), ENDPOINTS.len(), "a route is listed twice");
}

#[test]
fn the_document_says_of_each_route_whether_it_takes_credentials_and_an_idempotency_key() {
    for operation in contract().operations() {
        let is = |one: &&Endpoint| (one.method, one.path) == (operation.method.as_str(), operation.path);
        let endpoint = ENDPOINTS.iter().find(is).unwrap();
        let without = operation.node["security"].as_array().is_some_and(Vec::is_empty);
        assert_eq!(without, endpoint.needs == Needs::Nothing, "{}", operation.pointer);
        let parameters = contract().parameters(&operation);
        let takes_key = parameters.iter().any(|(_, parameter)| parameter["name"] == "Idempotency-Key");
        assert_eq!(takes_key, endpoint.idempotent, "{}", operation.pointer);
    }
}

#[test]
fn every_reference_leads_somewhere() {
    for (place, object) in all_objects() {
        if let Some(reference) = object.get("$ref") {
            let target = reference.as_str().unwrap().strip_prefix('#').unwrap();
            assert!(contract().at(target).is_some(), "{place} -> {target}");
        }
    }
}

#[test]
fn every_component_is_used() {
    let used: BTreeSet<&str> =
        all_objects().iter().filter_map(|(_, object)| object.get("$ref")?.as_str()).collect();
    for (kind, components) in contract().document["components"].as_object().unwrap() {
        for name in components.as_object().unwrap().keys().filter(|_| kind != "securitySchemes") {
            assert!(used.contains(format!("#/components/{kind}/{name}").as_str()), "{kind}/{name}");
        }
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_a_known_tag_and_a_summary() {
    let tags: Vec<&Value> =
        contract().document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    let mut names = BTreeSet::new();
    for Operation { node, pointer, .. } in contract().operations() {
        assert!(names.insert(node["operationId"].as_str().unwrap()), "{pointer}");
        assert!(node["summary"].is_string(), "{pointer}");
        assert!(node["tags"].as_array().unwrap().iter().all(|tag| tags.contains(&tag)), "{pointer}");
    }
}

#[test]
fn the_parameters_of_a_path_are_those_in_its_braces() {
    for operation in contract().operations() {
        let in_braces =
            operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let parameters = contract().parameters(&operation);
        let declared = parameters.iter().filter(|(_, parameter)| parameter["in"] == "path");
        let declared: BTreeSet<&str> = declared.map(|(_, node)| node["name"].as_str().unwrap()).collect();
        assert_eq!(declared, in_braces.collect(), "{}", operation.pointer);
    }
}

#[test]
fn every_answer_is_described_and_every_refusal_is_a_problem() {
    for Operation { node, pointer, .. } in contract().operations() {
        for (status, _) in node["responses"].as_object().unwrap() {
            let (place, response) = contract().at(&format!("{pointer}/responses/{status}")).unwrap();
            assert!(response["description"].is_string(), "{pointer} {status}");
            assert!(response["headers"]["X-Request-Id"].is_object(), "{pointer} {status}");
            if status.as_str() >= "400" {
                let kinds: Vec<&String> = response["content"].as_object().unwrap().keys().collect();
                assert_eq!(kinds, ["application/problem+json"], "{pointer} {status}");
                let schema = &contract().document.pointer(&place).unwrap()["content"];
                let of_status =
                    &schema["application/problem+json"]["schema"]["properties"]["status"]["const"];
                assert_eq!(of_status.to_string(), *status, "{pointer}");
            }
        }
    }
}

#[test]
fn every_schema_is_a_json_schema() {
    for place in schemas() {
        let schema = contract().document.pointer(&place).unwrap();
        if let Err(error) = jsonschema::meta::validate(schema) {
            panic!("{place}: {error}");
        }
    }
}

#[test]
fn every_object_of_the_api_says_which_fields_it_has() {
    for (place, object) in all_objects() {
        if object.get("type") == Some(&Value::from("object")) && object.contains_key("properties") {
            assert_eq!(object.get("additionalProperties"), Some(&Value::Bool(false)), "{place}");
        }
    }
}

#[test]
fn every_example_is_valid_by_its_schema() {
    let mut examples = Vec::new();
    for (place, object) in all_objects().into_iter().filter(|(_, object)| object.contains_key("schema")) {
        examples.extend(object.get("example").map(|example| (format!("{place}/schema"), example)));
        for name in object.get("examples").and_then(Value::as_object).into_iter().flat_map(Map::keys) {
            let (_, example) = contract().at(&format!("{place}/examples/{}", escaped(name))).unwrap();
            examples.push((format!("{place}/schema"), &example["value"]));
        }
    }
    for place in schemas() {
        let own = contract().document.pointer(&format!("{place}/examples")).and_then(Value::as_array);
        examples.extend(own.into_iter().flatten().map(|example| (place.clone(), example)));
    }
    assert!(examples.len() > 60, "only {} examples were found", examples.len());
    for (place, example) in examples {
        let faults = contract().faults(&place, example);
        assert!(faults.is_empty(), "{place}: {}", faults.join("; "));
    }
}

#[test]
fn every_format_is_one_that_the_check_knows() {
    let known = ["uuid", "date-time", "ipv4", "ipv6", "uri"];
    for (place, object) in all_objects() {
        if let Some(format) = object.get("format").and_then(Value::as_str) {
            assert!(known.contains(&format), "{place}: {format} would be asserted by nobody");
        }
    }
}

#[test]
fn the_codes_of_problems_are_those_of_the_service() {
    let source =
        concat!(include_str!("../../src/http/problem.rs"), include_str!("../../src/http/refusals.rs"));
    let code = source.lines().filter(|line| !line.trim_start().starts_with("#[")).collect::<String>();
    // Codes are the only literals of this shape.
    let is_code = |text: &&str| text.len() > 3 && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let spoken: BTreeSet<&str> = code.split('"').skip(1).step_by(2).filter(is_code).collect();
    let described = contract().document["components"]["schemas"]["ProblemCode"]["enum"].as_array().unwrap();
    assert_eq!(described.iter().map(|code| code.as_str().unwrap()).collect::<BTreeSet<_>>(), spoken);
}

#[test]
fn version_and_licence_are_those_of_the_crate() {
    let info = &contract().document["info"];
    assert_eq!(info["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(info["license"]["identifier"], env!("CARGO_PKG_LICENSE"));
}
