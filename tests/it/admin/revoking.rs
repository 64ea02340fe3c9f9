//! Bulk revocations at the command line: beside a service, which carries them out, and without one, where the command does.

use std::process::{Command, Output};

use clientpass::service::admin::{AdminCommand, AdminReply};
use clientpass::service::administration::{Outcome, RevocationListing, Task};
use serde_json::{Value, json};

use crate::rest::administration::{each, recorded, secured};
use crate::rest::revocation_jobs::{by_jobs, over};
use crate::support::TestApp;

fn run(app: &TestApp, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clientpass"));
    command.env_clear().arg("--data-dir").arg(app.data_dir()).args(["admin", "revocations"]).args(words);
    command.output().unwrap()
}

#[track_caller]
fn says(app: &TestApp, words: &[&str]) -> String {
    let done = run(app, words);
    assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

#[track_caller]
fn json_of(app: &TestApp, words: &[&str]) -> Value {
    serde_json::from_str(&says(app, &[words, &["--json"][..]].concat())).unwrap()
}

#[track_caller]
fn fails(app: &TestApp, words: &[&str], says: &str) {
    let done = run(app, words);
    let why = String::from_utf8(done.stderr).unwrap();
    assert!(!done.status.success() && why.contains(says), "{words:?}: {why}");
}

#[test]
fn what_would_end_is_seen_and_ended_beside_a_service() {
    let (app, home) = TestApp::installed();
    home.operator.post(&home.path("/departments"), &json!({"name": "Sales"})).expect(201);
    let (alice, bob) = (secured(&app, &home, "alice"), secured(&app, &home, "bob"));
    let (phone, bobs) = (alice.issue("Phone"), bob.issue("Phone"));

    let preview = json_of(&app, &["preview", "--label", "Phone", "--member", "alice@example.org"]);
    assert_eq!((&preview["state"], &preview["matched"]["client_passwords"]), (&json!("done"), &json!(1)));
    let id = preview["id"].as_str().unwrap();
    assert!(says(&app, &["show", id]).contains(&format!("create --preview {id} --reason WHY")));
    let (events, ended) = recorded(&home, || json_of(&app, &["create", "--preview", id, "--reason", "lost"]));
    assert_eq!(ended["ended"], json!({"members": 1, "client_passwords": 1}));
    assert_eq!(
        (each(&events, "action"), &events[0]["actor"]["kind"]),
        (vec!["revocation.done".to_owned()], &json!("terminal"))
    );
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "revoked");
    assert_eq!(home.mail_server.verdict(&bob.login, &bobs.secret), "accept");
    let none = says(&app, &["create", "--department", "Sales", "--reason", "a test"]);
    assert!(none.contains("0 client passwords of 0 members"), "{none}");
    assert_eq!(json_of(&app, &["list"])["revocations"].as_array().unwrap().len(), 3);
    assert!(says(&app, &["list"]).contains("(preview)"));

    for (words, why) in [
        (vec!["preview"], "--all"),
        (vec!["create", "--label", "Phnoe", "--reason", "x"], "--label: "),
        (vec!["create", "--member", "nobody@example.org", "--reason", "x"], "nobody@example.org"),
        (vec!["create", "--department", "Nowhere", "--reason", "x"], "there is no department \"Nowhere\""),
        (vec!["create", "--network", "here", "--reason", "x"], "--network: "),
        (vec!["create", "--protocol", "ftp", "--reason", "x"], "--protocol"),
        (vec!["create", "--all", "--reason", " "], "--reason: "),
        (vec!["create", "--preview", id, "--reason", "x"], "was carried out already"),
        (vec!["show", "x"], "is no id of a revocation"),
        (vec!["stop", "019bbf00-0000-7000-8000-000000000001"], "there is no such revocation"),
        (vec!["stop", id], "the revocation is over"),
        (vec!["create", "--all"], "--reason"),
        (vec!["create", "--all", "--preview", id, "--reason", "x"], "cannot be used with"),
    ] {
        fails(&app, &words, why);
    }
    assert_eq!(home.mail_server.verdict(&bob.login, &bobs.secret), "accept");
}

#[test]
fn a_job_is_begun_and_stopped_beside_a_service() {
    let (app, home) = by_jobs();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    *app.faults.statement.lock().unwrap() = Some("revocations/pass");
    let begun = says(&app, &["create", "--all", "--reason", "lost", "--no-wait"]);
    let id = begun.split([' ', ':']).nth(1).unwrap().to_owned();
    assert!(begun.contains("running") && begun.contains("look again"), "{begun}");
    assert!(says(&app, &["stop", &id]).contains("stopped"));
    *app.faults.statement.lock().unwrap() = None;
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");

    let begun = json_of(&app, &["create", "--all", "--reason", "lost", "--no-wait"]);
    let seen = over(&home, begun["id"].as_str().unwrap());
    assert_eq!(seen["ended"], json!({"members": 1, "client_passwords": 1}));
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "revoked");
}

fn revocation(reply: Result<AdminReply, String>) -> RevocationListing {
    match reply.unwrap() {
        AdminReply::Administered(Outcome::Revocation(one)) => *one,
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_a_service_the_command_carries_it_out() {
    let (mut app, home) = by_jobs();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    app.stop();
    let administer = |task: Task| AdminCommand::Administer { organization: None, task };
    let create = json!({
        "task": "create_revocation", "filter": {"members": [], "departments": [], "filter": {"all": true}}, "reason": "lost",
    });
    let begun = revocation(app.execute(&administer(serde_json::from_value(create).unwrap())));
    assert_eq!((begun.state.as_str(), begun.ended.client_passwords), ("running", 0));
    let over = revocation(app.execute(&administer(Task::FollowRevocation { id: begun.id.clone() })));
    assert_eq!((over.state.as_str(), over.ended.client_passwords), ("done", 1));
    let again = revocation(app.execute(&administer(Task::FollowRevocation { id: begun.id })));
    assert_eq!(again, over);
    app.serve();
    let mail_server = app.http().bearing(home.mail_server.token());
    assert_eq!(mail_server.verdict(&alice.login, &phone.secret), "revoked");
}
