//! `openapi.yaml`, compared with every answer that any test sees.

use std::collections::{BTreeSet, HashMap};
use std::io::Write as _;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::{Registry, Validator};
use serde_json::{Map, Value, json};

use super::actors::Answer;

/// Problems that any call may bring, because they are HTTP's own; described once, in the preface.
const ANYWHERE: [u16; 6] = [405, 408, 411, 413, 415, 431];
/// By what name the document refers to itself.
const BASE: &str = "https://example.org/openapi.yaml";

static CONTRACT: LazyLock<Contract> = LazyLock::new(Contract::load);

/// The document, and what the tests of this process have seen of it.
pub struct Contract {
    /// The document as it was read.
    pub document: Value,
    registry: Registry<'static>,
    /// By the place of their schema, so that each is compiled once.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
    seen: Mutex<BTreeSet<(String, u16)>>,
}

/// One method of one path.
#[derive(Clone, Debug)]
pub struct Operation<'a> {
    /// The method in capitals.
    pub method: String,
    /// The path with its `{…}`.
    pub path: &'a str,
    /// What the document says about it.
    pub node: &'a Value,
    /// Where it stands in the document, as a JSON pointer.
    pub pointer: String,
}

/// Fails unless the answer is one that the document describes, and what was sent if it was accepted.
/// Paths of which the document says nothing are not its matter.
#[track_caller]
pub fn check(method: &str, path: &str, answer: &Answer, request_body: Option<&Value>) {
    if let Err(why) = CONTRACT.judge(method, path, answer, request_body) {
        panic!("{method} {path} -> {} is not as openapi.yaml says: {why}\n{}", answer.status, answer.text);
    }
}

/// The document and what was seen of it.
pub fn contract() -> &'static Contract {
    &CONTRACT
}

impl Contract {
    fn load() -> Self {
        let text = include_str!("../../../openapi.yaml");
        let document: Value = serde_saphyr::from_str(text).expect("openapi.yaml is YAML");
        let registry =
            Registry::new().add(BASE, document.clone()).and_then(jsonschema::RegistryBuilder::prepare);
        let registry = registry.expect("openapi.yaml can be referred to");
        Self { document, registry, validators: Mutex::default(), seen: Mutex::default() }
    }

    /// Every operation, in the order of the document.
    pub fn operations(&self) -> Vec<Operation<'_>> {
        let paths = self.document["paths"].as_object().expect("paths");
        let mut found = Vec::new();
        for (path, item) in paths {
            for (method, node) in item.as_object().expect("a path item") {
                if method != "parameters" {
                    let pointer = format!("/paths/{}/{method}", escaped(path));
                    found.push(Operation { method: method.to_uppercase(), path, node, pointer });
                }
            }
        }

        found
    }

    /// Operations and statuses that tests of this process have seen.
    pub fn seen(&self) -> BTreeSet<(String, u16)> {
        self.seen.lock().unwrap().clone()
    }

    /// What is at a place, and where that really stands, references followed.
    pub fn at(&self, pointer: &str) -> Option<(String, &Value)> {
        let node = self.document.pointer(pointer)?;
        match node["$ref"].as_str() {
            Some(reference) => self.at(reference.strip_prefix('#')?),
            None => Some((pointer.to_owned(), node)),
        }
    }

    /// What is wrong with a value by the schema at a place.
    pub fn faults(&self, pointer: &str, value: &Value) -> Vec<String> {
        let validator = self.validator(pointer);
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    fn validator(&self, pointer: &str) -> Arc<Validator> {
        let mut all = self.validators.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let known = all.entry(pointer.to_owned()).or_insert_with(|| {
            let place = pointer.replace('{', "%7B").replace('}', "%7D").replace(' ', "%20");
            let options = jsonschema::options().with_registry(&self.registry).should_validate_formats(true);
            let built = options.build(&json!({"$ref": format!("{BASE}#{place}")}));
            Arc::new(built.unwrap_or_else(|error| panic!("the schema at {pointer}: {error}")))
        });

        Arc::clone(known)
    }

    /// The path of the document that a concrete path is of; `/current` goes before `/{id}`.
    fn template(&self, path: &str) -> Option<&str> {
        let fitting = self.document["paths"].as_object()?.keys().filter(|template| fits(template, path));
        fitting.min_by_key(|template| template.matches('{').count()).map(String::as_str)
    }

    /// What [`check`] fails with.
    pub fn judge(
        &self,
        method: &str,
        target: &str,
        answer: &Answer,
        request_body: Option<&Value>,
    ) -> Result<(), String> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let Some(template) = self.template(path) else { return Ok(()) };
        if method == "OPTIONS" && answer.status == 204 && answer.header("allow").is_some() {
            return Ok(());
        }

        // HEAD is answered as GET is, without the body.
        let as_described = if method == "HEAD" { "GET" } else { method };
        let is = |one: &Operation<'_>| one.path == template && one.method == as_described;
        let Some(operation) = self.operations().into_iter().find(is) else {
            return self.only_from_http(method, answer, "it knows no such method there");
        };

        let response = format!("{}/responses/{}", operation.pointer, answer.status);
        let Some((response, node)) = self.at(&response) else {
            return self.only_from_http(method, answer, "it knows no such status there");
        };

        self.headers(&response, node, answer)?;
        if method != "HEAD" {
            self.body(&response, node, answer)?;
        }
        if (200..300).contains(&answer.status) {
            self.accepted_body(&operation, request_body)?;
            self.accepted_query(&operation, query)?;
        }

        self.record(&operation, answer.status);
        Ok(())
    }

    /// An answer that HTTP itself brings, or none that may be.
    fn only_from_http(&self, method: &str, answer: &Answer, otherwise: &str) -> Result<(), String> {
        if !ANYWHERE.contains(&answer.status) {
            return Err(otherwise.to_owned());
        }
        let described = json!({"headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}});
        self.headers("", &described, answer)?;
        if method == "HEAD" { Ok(()) } else { self.problem("/components/schemas/Problem", answer) }
    }

    fn headers(&self, response: &str, node: &Value, answer: &Answer) -> Result<(), String> {
        for (name, header) in node["headers"].as_object().into_iter().flatten() {
            let place = header["$ref"].as_str().map_or_else(
                || format!("{response}/headers/{}", escaped(name)),
                |reference| reference.trim_start_matches('#').to_owned(),
            );
            let (place, header) = self.at(&place).ok_or_else(|| format!("{place} is nowhere"))?;

            match answer.header(&name.to_ascii_lowercase()) {
                None if header["required"] == true => return Err(format!("no {name}")),
                None => {}
                Some(text) => self.fits(&format!("{place}/schema"), &self.typed(&place, text), name)?,
            }
        }
        Ok(())
    }

    fn body(&self, response: &str, node: &Value, answer: &Answer) -> Result<(), String> {
        let Some(kinds) = node["content"].as_object() else {
            return if answer.text.is_empty() { Ok(()) } else { Err("a body, and none is described".into()) };
        };
        let kind = answer.header("content-type").ok_or("no Content-Type")?;
        if !kinds.contains_key(kind) {
            return Err(format!("Content-Type {kind} is not described"));
        }

        let schema = format!("{response}/content/{}/schema", escaped(kind));
        match kind {
            "application/problem+json" => self.problem(&schema, answer),
            "application/json" => self.fits(&schema, &parsed(answer)?, "the body"),
            _ => self.fits(&schema, &Value::from(answer.text.as_str()), "the body"),
        }
    }

    fn problem(&self, schema: &str, answer: &Answer) -> Result<(), String> {
        if answer.header("content-type") != Some("application/problem+json") {
            return Err("not sent as application/problem+json".into());
        }
        let body = parsed(answer)?;
        self.fits(schema, &body, "the problem")?;

        let (kind, code) = (body["type"].as_str(), body["code"].as_str());
        if kind.and_then(|kind| kind.rsplit(':').next()) != code {
            return Err("type and code differ".into());
        }
        if body["status"] != answer.status {
            return Err("the status in the body is another".into());
        }

        let instance = body["instance"].as_str().and_then(|urn| urn.strip_prefix("urn:uuid:"));
        if instance != answer.header("x-request-id") {
            return Err("instance does not name the request".into());
        }
        Ok(())
    }

    fn accepted_body(&self, operation: &Operation<'_>, sent: Option<&Value>) -> Result<(), String> {
        let described = &operation.node["requestBody"];
        match sent {
            None if described["required"] == true => Err("it was accepted without a body".into()),
            Some(sent) if described.is_object() => {
                let schema = format!("{}/requestBody/content/application~1json/schema", operation.pointer);
                self.fits(&schema, sent, "what was sent and accepted")
            }
            _ => Ok(()),
        }
    }

    fn accepted_query(&self, operation: &Operation<'_>, query: &str) -> Result<(), String> {
        let parameters = self.parameters(operation);
        for (name, text) in form_urlencoded::parse(query.as_bytes()) {
            let known = parameters.iter().find(|(_, node)| node["in"] == "query" && node["name"] == *name);
            let (place, _) = known.ok_or_else(|| format!("the query parameter {name} was accepted"))?;
            self.fits(&format!("{place}/schema"), &self.typed(place, &text), &name)?;
        }
        Ok(())
    }

    /// The parameters of an operation and of its path, each with its place.
    pub fn parameters(&self, operation: &Operation<'_>) -> Vec<(String, &Value)> {
        let shared = format!("/paths/{}", escaped(operation.path));
        let of = |owner: &str| -> Vec<(String, &Value)> {
            let list = format!("{owner}/parameters");
            let count = self.document.pointer(&list).and_then(Value::as_array).map_or(0, Vec::len);
            (0..count).filter_map(|at| self.at(&format!("{list}/{at}"))).collect()
        };
        [of(&shared), of(&operation.pointer)].concat()
    }

    /// The text of a header or query parameter, as its schema means it.
    fn typed(&self, place: &str, text: &str) -> Value {
        let schema = self.at(&format!("{place}/schema")).map_or(&Value::Null, |(_, schema)| schema);
        match schema["type"].as_str() {
            Some("integer") => text.parse::<i64>().map_or(Value::from(text), Value::from),
            Some("boolean") => text.parse::<bool>().map_or(Value::from(text), Value::from),
            Some("array") => text.split(',').collect::<Vec<_>>().into(),
            _ => Value::from(text),
        }
    }

    fn fits(&self, pointer: &str, value: &Value, what: &str) -> Result<(), String> {
        let faults = self.faults(pointer, value);
        if faults.is_empty() { Ok(()) } else { Err(format!("{what} {}", faults.join("; "))) }
    }

    /// Remembers it; also in the file that `CONTRACT_SEEN` names, for whoever wants to know what no test sees.
    fn record(&self, operation: &Operation<'_>, status: u16) {
        let id = operation.node["operationId"].as_str().unwrap_or_default().to_owned();
        let line = format!("{id} {status}\n");

        if self.seen.lock().unwrap().insert((id, status))
            && let Some(file) = std::env::var_os("CONTRACT_SEEN")
        {
            let file = std::fs::File::options().create(true).append(true).open(file);
            file.and_then(|mut file| file.write_all(line.as_bytes())).expect("CONTRACT_SEEN can be written");
        }
    }
}

fn parsed(answer: &Answer) -> Result<Value, String> {
    serde_json::from_str(&answer.text).map_err(|error| format!("no JSON: {error}"))
}

/// A name as a JSON pointer has it (RFC 6901).
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Whether a path is one of a template.
fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template
            .iter()
            .zip(&path)
            .all(|(part, given)| if part.starts_with('{') { !given.is_empty() } else { part == given })
}

/// Every object of a JSON value with its place.
pub fn objects<'a>(pointer: &str, value: &'a Value, found: &mut Vec<(String, &'a Map<String, Value>)>) {
    match value {
        Value::Object(object) => {
            found.push((pointer.to_owned(), object));
            object
                .iter()
                .for_each(|(name, inner)| objects(&format!("{pointer}/{}", escaped(name)), inner, found));
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(at, inner)| objects(&format!("{pointer}/{at}"), inner, found));
        }
        _ => {}
    }
}
