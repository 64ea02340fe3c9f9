//! Lists, files and totals as they are asked for at the terminal.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::command_line::{fails, says};
use crate::rest::administration::{all_pages, each, secured};
use crate::support::TestApp;
use crate::support::actors::Installation;

fn inhabited() -> (TestApp, Installation) {
    let (app, home) = TestApp::installed();
    let [alice, bob] = ["alice", "bob"].map(|name| secured(&app, &home, name));
    let phone = alice.issue("Phone");
    alice.issue("=SUM(1)");
    let tablet = bob.issue("Tablet");
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    bob.http.delete(&tablet.path("")).expect(204);
    (app, home)
}

fn items(app: &TestApp, words: &[&str]) -> Vec<Value> {
    let shown: Value = serde_json::from_str(&says(app, words, "")).unwrap();
    shown["items"].as_array().unwrap().clone()
}

#[test]
fn a_list_shows_what_its_filters_find() {
    let (app, home) = inhabited();
    let labels = |words: &[&str]| {
        let words = [&["client-passwords", "list", "--json"], words].concat();
        each(&items(&app, &words), "label")
    };
    assert_eq!(labels(&[]), ["Tablet", "=SUM(1)", "Phone"]);
    assert_eq!(labels(&["--limit", "1"]), ["Tablet"]);
    assert_eq!(labels(&["--member", "alice@example.org"]), ["=SUM(1)", "Phone"]);
    assert_eq!(labels(&["--state", "revoked"]), ["Tablet"]);
    assert_eq!(labels(&["--label", "Phone", "--protocol", "imap"]), ["Phone"]);
    assert_eq!(labels(&["--used"]), ["Phone"]);
    assert_eq!(labels(&["--never-used", "--created-before", "2026-11-22"]), [""; 0]);
    assert_eq!(
        labels(&["--ended-reason", "revoked_by_admin"]).len()
            + labels(&["--ended-reason", "revoked_by_member"]).len(),
        1
    );
    assert_eq!(labels(&["--secure-login", "off"]), [""; 0]);
    let why = fails(&app, &["client-passwords", "list", "--ended-reason", "boredom"], "", 1);
    assert!(why.contains("boredom"), "{why}");
    let shown = says(&app, &["client-passwords", "list", "--label", "Phone"], "");
    assert!(shown.starts_with("id ") && shown.contains("alice@example.org") && shown.lines().count() == 2);

    home.operator
        .patch(&format!("/v1/members/{}", id_of(&home, "bob")), &json!({"state": "suspended"}))
        .expect(200);
    let found = items(&app, &["members", "list", "--state", "suspended", "--secure-login", "on", "--json"]);
    assert_eq!(each(&found, "login"), ["bob@example.org"]);
    assert_eq!(each(&items(&app, &["members", "list", "--role", "owner", "--json"]), "role"), ["owner"]);
    let found =
        items(&app, &["audit", "list", "--action", "client_password.issued", "--limit", "2", "--json"]);
    assert_eq!(found.len(), 2);

    let why = fails(&app, &["client-passwords", "list", "--created-before", "yesterday"], "", 2);
    assert!(why.contains("--created-before") && why.contains("2026-11-22"), "{why}");
    let why = fails(&app, &["client-passwords", "list", "--member", "nobody@example.org"], "", 1);
    assert!(why.contains("nobody@example.org"), "{why}");
    fails(&app, &["client-passwords", "list", "--never-used", "--used"], "", 2);
    fails(&app, &["members", "list", "--limit", "0"], "", 2);
}

fn id_of(home: &Installation, name: &str) -> String {
    let found = home.operator.get(&home.path(&format!("/members?login={name}@example.org"))).expect(200);
    found.items()[0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn an_export_is_a_file_of_its_own_and_whole() {
    let (app, home) = inhabited();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("client-passwords.csv");
    let name = file.to_str().unwrap();
    assert_eq!(says(&app, &["client-passwords", "export", "--output", name], ""), "");
    let table = fs::read_to_string(&file).unwrap();
    assert_eq!(table, home.operator.with("Accept", "text/csv").get(&home.path("/client-passwords")).text);
    assert!(table.contains("\"'=SUM(1)\""), "{table}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    let why = fails(&app, &["client-passwords", "export", "--output", name], "", 1);
    assert!(why.contains("is there already"), "{why}");

    let lines = says(&app, &["members", "export", "--format", "ndjson", "--output", "-"], "");
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, all_pages(&home.operator, &home.path("/members"), 200));
    let audit = folder.path().join("audit.csv");
    let words = ["audit", "export", "--output", audit.to_str().unwrap(), "--json"];
    let said: Value = serde_json::from_str(&says(&app, &words, "")).unwrap();
    let all = all_pages(&home.operator, &home.path("/audit-events"), 200);
    assert_eq!(said, json!({"file": audit.to_str().unwrap(), "items": all.len()}));
}

#[test]
fn totals_are_shown_for_people_and_for_programs() {
    let (app, home) = inhabited();
    says(&app, &["departments", "create", "Sales"], "");
    says(&app, &["departments", "add", "Sales", "alice@example.org"], "");
    let shown: Value = serde_json::from_str(&says(&app, &["totals", "--json"], "")).unwrap();
    let totals = home.operator.get(&home.path("/totals")).expect(200).body;
    assert_eq!(
        (&shown["organization"], &shown["departments"]),
        (&totals["organization"], &totals["departments"])
    );
    assert_eq!(shown["paths"], json!(["Sales"]));
    let told = says(&app, &["totals"], "");
    assert!(told.starts_with("as of 2026-11-22") && told.ends_with("  Sales\n"), "{told}");
    assert_eq!(told.lines().count(), 4);
}
