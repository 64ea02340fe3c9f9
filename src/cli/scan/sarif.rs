//! What was found in the form that code hosts and editors read: SARIF 2.1.0 (OASIS). No part of it holds a whole secret.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::findings::{Findings, Found};
use crate::domain::leak::LeakedString;
use crate::domain::scan::rule;
use crate::domain::secret::TokenKind;

/// Each kind of string, and what to say of it.
const RULES: [(Option<TokenKind>, &str); 6] = [
    (None, "A client password of clientpass: whoever has it reads and sends mail of its member."),
    (Some(TokenKind::ServiceKey), "A service key of clientpass: whoever has it may do what its program may."),
    (
        Some(TokenKind::Session),
        "The token of a session of clientpass: whoever has it is signed in as its member.",
    ),
    (Some(TokenKind::Setup), "The token by which an installation of clientpass is set up."),
    (Some(TokenKind::Invitation), "A token of clientpass by which a member chooses the account password."),
    (Some(TokenKind::ClientSetup), "A token of clientpass behind which there is a client password."),
];
const HELP: &str = "Report it, and it ends: clientpass admin leaks report, or POST /v1/leaks. To take it out of the file does \
                    not help, because whoever has read it has it.";

/// What a path keeps of itself in an address.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');

/// The whole report.
pub fn report(findings: &Findings) -> Value {
    let rules = RULES.iter().map(|(kind, says)| {
        json!({
            "id": rule(*kind), "shortDescription": {"text": says}, "help": {"text": HELP},
            "defaultConfiguration": {"level": "error"},
        })
    });
    let rules: Vec<_> = rules.collect();
    let results: Vec<_> = findings.found.iter().map(result).collect();
    let notes = findings.unread.iter().map(|text| json!({"level": "warning", "message": {"text": text}}));

    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "clientpass", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules,
            }},
            "results": results,
            "invocations": [{
                "executionSuccessful": findings.unread.is_empty(),
                "toolExecutionNotifications": notes.collect::<Vec<_>>(),
            }],
        }],
    })
}

fn result(found: &Found) -> Value {
    let kind = found.string.token_kind();
    let index = RULES.iter().position(|(known, _)| *known == kind);
    let place = &found.place;
    let mut physical = Map::from_iter([("artifactLocation".to_owned(), json!({"uri": uri(&place.file)}))]);
    // Inside an archive a line says nothing of the file.
    if found.line > 0 && place.within.is_empty() {
        physical.insert("region".into(), json!({"startLine": found.line}));
    }
    let mut location = Map::from_iter([("physicalLocation".to_owned(), Value::Object(physical))]);
    if !place.within.is_empty() {
        let name = place.within.join("!");
        location.insert("logicalLocations".into(), json!([{"fullyQualifiedName": name}]));
    }
    json!({
        "ruleId": rule(kind), "ruleIndex": index, "level": "error",
        "message": {"text": message(found, &found.string)}, "locations": [location],
    })
}

fn message(found: &Found, string: &LeakedString) -> String {
    format!("{} {} in {}, line {}", string.name(), string.masked(), found.place.shown(), found.line)
}

/// A path as an address: whole from the root, else as it is.
fn uri(path: &str) -> String {
    let escaped = utf8_percent_encode(path, PATH).to_string();
    if path.starts_with('/') { format!("file://{escaped}") } else { escaped }
}
