//! What comes in through the REST API: bodies and query strings. Parsed strictly, refused by name, never echoed.

use actix_web::body::MessageBody as _;
use clientpass::domain::json;
use clientpass::domain::secret::Secret;
use clientpass::http::fields;
use clientpass::http::problem::Problem;
use clientpass::http::{body, query};
use serde::Deserialize;
use serde_json::Value;

/// A body with every kind of field that the API has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "it is only parsed")]
struct Body {
    login: String,
    password: Secret,
    count: Option<u32>,
    #[serde(default, deserialize_with = "json::non_null")]
    enabled: Option<bool>,
    #[serde(default)]
    expires_at: fields::Field<String>,
    nested: Option<json::Object<Nested>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "it is only parsed")]
struct Nested {
    protocols: Vec<String>,
}

/// What is taken is one JSON object, and a refusal holds nothing of the values.
pub fn body(input: &[u8]) {
    let parsed = body::parse::<Body>(input);
    let json = serde_json::from_slice::<Value>(input);
    match parsed {
        Ok(_) => assert!(json.is_ok_and(|json| json.is_object()), "taken, and no object"),
        Err(problem) => {
            let (mut names, mut values) = (Vec::new(), Vec::new());
            collect(&json.unwrap_or_default(), &mut names, &mut values);
            echoes_nothing(&problem, &names, &values);
        }
    }
}

fn collect(json: &Value, names: &mut Vec<String>, values: &mut Vec<String>) {
    match json {
        Value::String(text) => values.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, names, values)),
        Value::Object(members) => {
            for (name, value) in members {
                names.push(name.clone());
                collect(value, names, values);
            }
        }
        _ => {}
    }
}

/// The query of a list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "it is only parsed")]
struct Query {
    limit: Option<u32>,
    cursor: Option<String>,
    label: Option<String>,
    dry_run: Option<bool>,
}

/// Only known names are taken, each once, and a refusal holds nothing of the values.
pub fn query(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (mut names, values): (Vec<String>, Vec<String>) =
        form_urlencoded::parse(text.as_bytes()).into_owned().unzip();
    match query::parse::<Query>(&text) {
        Ok(parsed) => {
            drop(parsed.limit.map(|limit| query::limit(Some(limit))));
            drop(query::filter("label", parsed.label.as_deref(), 128));
            assert!(
                names.iter().all(|name| ["limit", "cursor", "label", "dry_run"].contains(&name.as_str()))
            );
            let count = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), count, "one was given twice");
        }
        Err(problem) => echoes_nothing(&problem, &names, &values),
    }
}

/// Names are echoed as far as they fit in a line, and a value may look like part of one, or of what is always said.
fn echoes_nothing(problem: &Problem, names: &[String], values: &[String]) {
    let said = said(problem);
    let always = query::limit(Some(0)).err().map(|problem| self::said(&problem)).unwrap_or_default();
    for text in &said {
        assert!(text.chars().count() <= 128 && !text.contains(char::is_control), "{text:?} is repeated");
        for value in values.iter().filter(|value| value.len() >= 8 && text.contains(value.as_str())) {
            let shown = |name: &String| name.replace(char::is_control, "").contains(value.as_str());
            let innocent =
                names.iter().any(shown) || always.iter().any(|always| always.contains(value.as_str()));
            assert!(innocent, "{value:?} is in {text:?}");
        }
    }
}

/// What an answer says about fields.
fn said(problem: &Problem) -> Vec<String> {
    let body = problem.answer(None).into_body().try_into_bytes().expect("an answer is whole");
    let answer: Value = serde_json::from_slice(&body).expect("an answer is JSON");
    let errors = answer["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().flat_map(|error| ["field", "code", "detail"].map(|name| text(&error[name]))).collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("it is a text").to_owned()
}
