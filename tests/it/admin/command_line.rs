//! `clientpass admin` as it is typed, beside a service that runs.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::TestApp;

/// Runs `clientpass admin` with these words, and this on its standard input.
fn run(app: &TestApp, words: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clientpass"));
    command.env_clear().arg("--data-dir").arg(app.data_dir()).arg("admin").args(words);
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    // Whoever does not read it hangs up.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child.wait_with_output().unwrap()
}

#[track_caller]
pub fn says(app: &TestApp, words: &[&str], input: &str) -> String {
    let done = run(app, words, input);
    assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

#[track_caller]
pub fn fails(app: &TestApp, words: &[&str], input: &str, code: i32) -> String {
    let done = run(app, words, input);
    let why = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(code), "{words:?}: {why}");
    assert!(done.stdout.is_empty());
    why
}

#[test]
fn what_ends_soon_is_listed_for_people_and_for_programs() {
    let (app, home) = TestApp::installed();
    assert_eq!(says(&app, &["expiring"], ""), "no client password ends within the next days\n");
    let alice = home.member("alice").secured(app.time.wall());
    let at = app.time.wall().plus(Duration::from_secs(16 * 86_400)).to_string();
    let phone = alice.issue_with(&json!({"label": "Phone", "expires_at": at}));
    app.advance(Duration::from_secs(3 * 86_400));
    app.look();
    assert_eq!(says(&app, &["expiring"], ""), format!("{at}  {}  Phone (its date)\n", alice.login));
    let listed: Value = serde_json::from_str(&says(&app, &["expiring", "--json"], "")).unwrap();
    let one = &listed["warnings"][0];
    assert_eq!((&one["client_password_id"], &one["days"]), (&json!(phone.id), &json!(14)));
}

#[test]
fn departments_are_administered_for_people_and_for_programs() {
    let (app, home) = TestApp::installed();
    let [ann, ben] = ["ann", "ben"].map(|name| home.member(name));
    assert!(says(&app, &["departments", "create", "Sales"], "").ends_with(" is Sales\n"));
    let made = says(&app, &["departments", "create", "North", "--below", "Sales", "--json"], "");
    let north: Value = serde_json::from_str(&made).unwrap();
    assert_eq!((made.lines().count(), &north["path"]), (1, &json!("Sales/North")));
    let both = format!("{}\n\n  {}  \n", ann.login, ben.login);
    let told = says(&app, &["departments", "add", "Sales/North", "-"], &both);
    assert_eq!(told, "Sales/North: 2 came in, 0 went out; the others were so already\n");
    let told = says(&app, &["departments", "remove", "Sales/North", &ann.login, &ben.login, "--json"], "");
    assert_eq!(serde_json::from_str::<Value>(&told).unwrap()["removed"], 2);
    assert!(says(&app, &["departments", "rename", "Sales/North", "East"], "").ends_with(" is Sales/East\n"));
    assert!(says(&app, &["departments", "move", "Sales/East", "--to-top"], "").ends_with(" is East\n"));
    let listed: Value = serde_json::from_str(&says(&app, &["departments", "list", "--json"], "")).unwrap();
    assert_eq!(listed["departments"].as_array().unwrap().len(), 2);
    assert!(says(&app, &["departments", "list"], "").contains(north["id"].as_str().unwrap()));
    assert_eq!(says(&app, &["departments", "delete", "East"], ""), "department East is deleted\n");

    let why = fails(&app, &["departments", "add", "Sales", "-"], "\n", 1);
    assert!(why.contains("one in a line"), "{why}");
    fails(&app, &["departments", "add", "Sales"], "", 2);
    fails(&app, &["departments", "move", "Sales"], "", 2);
    fails(&app, &["departments", "move", "Sales", "--to-top", "--below", "x"], "", 2);
}

#[test]
fn roles_and_ownership_are_shown_and_given() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    says(&app, &["departments", "create", "Sales"], "");
    let words = ["members", "role", &alice.login, "department_admin", "--department", "Sales"];
    let told = says(&app, &words, "");
    assert_eq!(told, format!("{} has the role department_admin\n  administers Sales\n", alice.login));
    fails(&app, &["members", "role", &alice.login, "owner"], "", 2);
    assert!(says(&app, &["ownership", "show"], "").starts_with(&format!("{} owns ", home.owner.login)));
    let told = says(&app, &["ownership", "hand-over", &alice.login, "--json"], "");
    assert_eq!(serde_json::from_str::<Value>(&told).unwrap()["owner"], alice.login);
    let why = fails(&app, &["ownership", "show", "--organization", "Nobody"], "", 1);
    assert!(why.contains("Nobody"), "{why}");
}

#[test]
fn what_a_policy_shows_is_what_is_put() {
    let (app, home) = TestApp::installed();
    let shown = run(&app, &["policy", "show"], "");
    assert!(String::from_utf8(shown.stderr).unwrap().contains("--if-match 0"));
    let text = String::from_utf8(shown.stdout).unwrap();
    let file = app.data_dir().join("policy.json");
    std::fs::write(&file, text.replace("\"max_active_per_member\": 25", "\"max_active_per_member\": 3"))
        .unwrap();
    let put = ["policy", "put", file.to_str().unwrap(), "--if-match", "0"];
    assert!(says(&app, &put, "").contains("\"max_active_per_member\": 3"));
    let read = home.operator.get(&home.path("/policy")).expect(200).body;
    assert_eq!(read["max_active_per_member"], 3);
    let why = fails(&app, &put, "", 1);
    assert!(why.contains("clientpass admin policy show"), "{why}");

    let told = says(
        &app,
        &["policy", "put", "-", "--force", "--json"],
        r#"{"protocols": {"default": {"pop3": false}}}"#,
    );
    assert_eq!(serde_json::from_str::<Value>(&told).unwrap()["version"], 2);
    let told = says(&app, &["policy", "explain", &home.owner.login], "");
    let line = told.lines().find(|line| line.contains("protocols pop3")).unwrap();
    assert!(line.contains("  no  ") && line.ends_with("said for everyone"), "{line}");
    let line = told.lines().find(|line| line.contains("secure_login")).unwrap();
    assert!(line.contains("optional") && line.ends_with("by default"), "{line}");

    let told = says(&app, &["policy", "what-if", "-"], "{\"availability\": {}}");
    assert!(told.starts_with("of 0 log-ins of 0 members in the last 30 days\n"), "{told}");
    let told = says(&app, &["members", "log-ins", &home.owner.login], "");
    assert_eq!(told, format!("nobody opened mail of {} in the last 30 days\n", home.owner.login));

    fails(&app, &["policy", "put", "-"], "{}", 2);
    fails(&app, &["policy", "put", "-", "--force", "--if-match", "2"], "{}", 2);
    for (input, says) in
        [("", "no policy"), ("{\"no_such\": 1}", "no_such"), ("{\"idle_days\": null}", "null")]
    {
        let why = fails(&app, &["policy", "put", "-", "--force"], input, 1);
        assert!(why.contains("standard input") && why.contains(says), "{why}");
    }
    let why = fails(&app, &["policy", "put", "no/such/file", "--force"], "", 1);
    assert!(why.contains("no/such/file"), "{why}");
}

#[test]
fn a_policy_says_whom_it_would_cut_off_before_it_is_put() {
    let (app, home) = TestApp::installed();
    home.member("alice").secured(app.time.wall()).issue("Phone");
    let tried = |policy: &str, more: &[&str]| {
        says(&app, &[&["policy", "put", "-", "--if-match", "0", "--dry-run"], more].concat(), policy)
    };
    assert!(tried("{}", &[]).starts_with("nobody would lose anything"));
    let nobody = r#"{"availability": {}}"#;
    let told = tried(nobody, &[]);
    assert!(told.starts_with("1 member and 1 client password would lose something"), "{told}");
    assert!(told.contains("availability") && told.contains("alice@example.org"), "{told}");
    let told: Value = serde_json::from_str(&tried(nobody, &["--json"])).unwrap();
    assert_eq!(told["first"][0]["by"], json!(["availability"]));
    // Nothing was put.
    let why = fails(&app, &["policy", "put", "-", "--if-match", "1", "--dry-run"], nobody, 1);
    assert!(why.contains("clientpass admin policy show"), "{why}");
}

#[test]
fn a_service_that_does_not_answer_is_told() {
    let (app, home) = TestApp::installed();
    std::fs::remove_file(app.data_dir().join("control.sock")).unwrap();
    let why = fails(&app, &["departments", "create", "Sales"], "", 1);
    assert!(why.contains("does not answer") && why.contains("try again"), "{why}");
    assert!(home.operator.get(&home.path("/departments")).expect(200).items().is_empty());
}
