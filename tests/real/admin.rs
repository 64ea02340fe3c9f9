//! Commands beside the process that serves, and without one: what they print, and how they end.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::support::actors::Http;
use crate::support::clientpass::{Clientpass, Ran};
use crate::support::{find_program, runnable};

#[test]
fn keys_are_listed_added_and_retired_beside_the_process_that_serves() {
    let (clientpass, at) = Clientpass::installed();
    let bob = at.member("bob").secured(Clientpass::now());
    let phone = bob.issue("phone");
    let listed = clientpass.run(&["keys", "--json"]).json();
    assert_eq!(listed["keys"][0]["use"], "pepper");
    assert_eq!(listed["keys"][0]["client_passwords"], 1);
    assert_eq!(clientpass.run(&["keys", "add", "--json"]).json(), json!({"id": 3}));
    assert_eq!(at.mail_server.verdict(&bob.login, &phone.secret), "accept");
    clientpass.run(&["keys", "add"]).refused(&["clientpass keys retire 1"]);
    clientpass.run(&["keys", "retire", "3"]).refused(&["made under pepper 3"]);
    let end = ["keys", "retire", "1", "--end"];
    clientpass.run(&end).refused(&["the last operator key", "service-keys create", "--end --force"]);
    let retired = clientpass.run(&[&end[..], &["--force", "--json"]].concat()).json();
    assert_eq!((&retired["id"], &retired["ended_client_passwords"]), (&json!(1), &json!(0)));
    assert_eq!(at.mail_server.verdict(&bob.login, &phone.secret), "accept");
    let told = clientpass.run(&["keys"]);
    assert!(told.code == Some(0) && told.printed.contains("1 client passwords"), "{told:?}");
}

#[test]
fn service_keys_are_listed_made_and_ended_with_and_without_a_process_that_serves() {
    let (mut clientpass, at) = Clientpass::installed();
    let id = at.operator.get("/v1/me").expect(200).body["service_key"]["id"].as_str().unwrap().to_owned();
    let ended = at.operator.delete(&format!("/v1/service-keys/{id}")).expect(200);
    // What the answer says is what helps.
    let command = ended.text_of("command").replace("LABEL", "another");
    let words: Vec<&str> = command.split(' ').skip(1).chain(["--json"]).collect();
    let made = clientpass.run(&words).json();
    let operator = at.operator.bearing(made["key"].as_str().unwrap());
    operator.get("/v1/organizations").expect(200);
    clientpass.stop();
    let create = ["service-keys", "create", "--role", "mail_server", "--label", "imap"];
    let told = clientpass.run(&create);
    assert!(told.code == Some(0) && told.printed.contains("shown this once"), "{told:?}");
    let key = told.printed.lines().last().unwrap().to_owned();
    let listed = clientpass.run(&["service-keys", "list", "--json"]).json();
    assert_eq!(listed["service_keys"].as_array().unwrap().len(), 3);
    assert!(!listed.to_string().contains("cpk_") && !clientpass.log().contains(&key));
    let last = made["id"].as_str().unwrap();
    let told = clientpass.run(&["service-keys", "revoke", last]);
    assert!(told.printed.contains("the last operator key; this makes another"), "{told:?}");
    clientpass.run(&["service-keys", "revoke", last]).refused(&["clientpass service-keys list"]);
    assert_eq!(clientpass.run(&["service-keys", "create", "--role", "root", "--label", "x"]).code, Some(2));
    clientpass.start();
    operator.get("/v1/me").expect_problem(401, "unauthenticated");
    at.operator.bearing(&key).get("/v1/me").expect(200);
    let told = clientpass.run(&["service-keys"]);
    assert!(told.printed.contains("mail_server") && told.printed.contains("imap"), "{told:?}");
}

/// What the service prints goes into a log where it has no terminal, and the link must not.
#[test]
fn a_setup_link_is_printed_beside_the_process_that_serves() {
    let mut clientpass = Clientpass::empty();
    let first = clientpass.setup_token();
    let link = clientpass.run(&["setup-link", "--json"]).json()["link"].as_str().unwrap().to_owned();
    let pages = format!("http://localhost:{}/setup#", clientpass.address().port());
    assert!(link.starts_with(&pages), "{link}");
    let told = clientpass.run(&["setup-link"]);
    let token = told.printed.lines().last().unwrap().strip_prefix(&pages).unwrap();
    assert!(told.code == Some(0) && told.printed.contains("within an hour"), "{told:?}");
    assert!(!clientpass.log().contains(token));

    clientpass.stop();
    clientpass.run(&["setup-link"]).refused(&["does not serve: start it"]);
    clientpass.with_environment(&[("JOURNAL_STREAM", "8:1")]);
    clientpass.start();
    clientpass.says("run, as this user: clientpass setup-link", 1);
    assert_eq!(clientpass.log().matches("/setup#").count(), 1);
    let link = clientpass.run(&["setup-link", "--json"]).json()["link"].as_str().unwrap().to_owned();
    let http = Http::to(clientpass.address());
    http.set_up(link.split('#').next_back().unwrap());
    clientpass.run(&["setup-link"]).refused(&["set up already"]);
    assert!(!first.is_empty() && !link.contains(&first));
}

#[test]
fn a_backup_that_is_put_back_revives_nothing() {
    let (mut clientpass, at) = Clientpass::installed();
    let bob = at.member("bob").secured(Clientpass::now());
    let (phone, tablet) = (bob.issue("phone"), bob.issue("tablet"));
    let file = clientpass.beside("backup.sqlite");
    let name = file.to_str().unwrap();
    assert_eq!(clientpass.run(&["backup", name, "--json"]).json(), json!({"file": name}));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    clientpass.run(&["backup", name]).refused(&["name another file"]);
    bob.http.delete(&phone.path("")).expect(204);
    clientpass.run(&["restore", name]).refused(&["in use", "stop that one first"]);
    clientpass.stop();
    let restored = clientpass.run(&["restore", name, "--json"]).json();
    assert_eq!(
        restored,
        json!({
            "replayed": true, "revived": false, "ended_organizations": 0, "told_members": 0, "secure_login_off": null,
        })
    );
    clientpass.start();
    assert_eq!(at.mail_server.verdict(&bob.login, &phone.secret), "revoked");
    assert_eq!(at.mail_server.verdict(&bob.login, &tablet.secret), "accept");
    clientpass.stop();
    fs::remove_file(clientpass.data("clientpass.sqlite")).unwrap();
    let told = clientpass.run(&["restore", name]);
    assert!(told.code == Some(0) && told.printed.contains("1 organizations have ended"), "{told:?}");
    clientpass.start();
    assert_eq!(at.mail_server.verdict(&bob.login, &tablet.secret), "revoked");
}

#[test]
fn a_backup_is_made_without_a_process_that_serves() {
    let (mut clientpass, _) = Clientpass::installed();
    clientpass.stop();
    let file = clientpass.beside("backup.sqlite");
    assert_eq!(clientpass.run(&["backup", file.to_str().unwrap()]).code, Some(0));
    assert!(file.metadata().unwrap().len() > 4096);
}

#[test]
fn wrong_arguments_are_exit_code_2_and_help_has_an_example() {
    let (mut clientpass, _) = Clientpass::installed();
    clientpass.stop();
    for wrong in
        [&["keys", "retire"][..], &["keys", "retire", "one"], &["backup"], &["restore"], &["keys", "burn"]]
    {
        assert_eq!(clientpass.run(wrong).code, Some(2), "{wrong:?}");
    }
    for command in
        [&["setup-link"][..], &["keys"], &["keys", "add"], &["keys", "retire"], &["backup"], &["restore"]]
    {
        let help = clientpass.run(&[command, &["--help"]].concat());
        assert!(help.code == Some(0) && help.printed.contains("Example"), "{help:?}");
    }
}

/// The system tells who is at the other end, whatever the modes of the files are.
#[test]
fn another_user_gets_no_order_through() {
    // One that lies where everybody may run it.
    let python = "/usr/bin/python3";
    let missing = find_program("setpriv").is_none() || !Path::new(python).exists();
    if !runnable(missing.then(|| "setpriv or python3 is not installed".into())) {
        return;
    }
    let (clientpass, _) = Clientpass::installed();
    if fs::metadata(clientpass.data("lock")).map(|lock| std::os::unix::fs::MetadataExt::uid(&lock)).unwrap()
        != 0
    {
        println!("skipped: only root can be somebody else");
        return;
    }
    for (path, mode) in [
        (clientpass.beside(""), 0o755),
        (clientpass.data(""), 0o755),
        (clientpass.data("control.sock"), 0o666),
    ] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let script = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); \
                  s.sendall(b'{\"order\":\"keys\"}\\n'); print(s.makefile().read())";
    let socket = clientpass.data("control.sock");
    let asks = |user: &str| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", user, "--clear-groups", python, "-c", script]).arg(&socket);
        Ran::of(&mut command)
    };
    let stranger = asks("65534");
    assert!(stranger.printed.contains("only root and the user that clientpass runs as"), "{stranger:?}");
    assert!(asks("0").printed.contains("\"done\""));
}
