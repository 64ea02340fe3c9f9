//! What `clientpass scan` and `clientpass admin leaks` report ends.

use std::fs;

use super::{Command, Output, Path, TestApp, folder, password, printed, scan, secured};
use crate::rest::administration::{make_key, one_record};
use crate::support::{ClientPassword, Installation};

/// A folder with a file in which these are.
fn found(secrets: &[&ClientPassword]) -> tempfile::TempDir {
    let lines: Vec<_> = secrets.iter().map(|one| format!("password: {}\n", one.secret)).collect();
    let text = lines.concat();
    folder(&[("found.log", text.as_bytes()), ("other", password(8).as_bytes())])
}

fn admin(app: &TestApp, folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clientpass"));
    command.env_clear().current_dir(folder).arg("--data-dir").arg(app.data_dir());
    command.args(["admin", "leaks", "report"]).args(words).output().unwrap()
}

fn verdict(home: &Installation, login: &str, one: &ClientPassword) -> String {
    home.mail_server.verdict(login, &one.secret)
}

#[test]
fn to_a_service_elsewhere_over_rest() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let (phone, tablet) = (alice.issue("Phone"), alice.issue("Tablet"));
    let here = found(&[&phone]);
    let key = make_key(&home.operator, "auditor", None).expect(201).text_of("key");
    fs::write(here.path().join("key"), format!("{key}\n")).unwrap();
    let url = format!("http://{}/", app.address);

    let words = ["found.log", "other", "--report", &url, "--key-file", "key"];
    let done = scan(here.path(), &words, b"");
    assert!(printed(&done, 1).ends_with("reported; whatever of it was one of ours has ended\n"));
    assert_eq!(verdict(&home, &alice.login, &phone), "revoked");
    assert_eq!(verdict(&home, &alice.login, &tablet), "accept");

    // The own key is found, and has ended after that.
    let done = scan(here.path(), &["key", "--report", &url, "--key-file", "key"], b"");
    printed(&done, 1);
    let done = scan(here.path(), &words, b"");
    assert!(printed(&done, 2).contains("client password"));
    assert!(String::from_utf8_lossy(&done.stderr).contains("the key is none, or has ended"));

    for (words, says) in [
        (&["other", "--report", url.as_str()][..], "it takes a key"),
        (&["other", "--report", "http://clientpass.example.org", "--key-file", "key"], "over https:// only"),
        (&["other", "--report", "http://127.0.0.1:9", "--key-file", "key"], "could not be reached"),
    ] {
        let done = scan(here.path(), words, b"");
        printed(&done, 2);
        let complained = String::from_utf8_lossy(&done.stderr);
        assert!(complained.contains(says), "{complained}");
    }
    // Where nothing was found nothing is reported.
    printed(&scan(here.path(), &["/dev/null", "--report", "http://clientpass.example.org"], b""), 0);
}

#[test]
fn to_the_service_on_this_machine() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let [one, two, three] = ["one", "two", "three"].map(|label| alice.issue(label));
    let here = found(&[&one]);
    let data = app.data_dir().to_str().unwrap().to_owned();
    printed(&scan(here.path(), &["found.log", "--report", "--data-dir", &data], b""), 1);
    assert_eq!(verdict(&home, &alice.login, &one), "revoked");

    let here = found(&[&two, &three]);
    let done = admin(&app, here.path(), &["found.log"]);
    let text = printed(&done, 0);
    assert!(text.starts_with("reported: 2 strings"), "{text}");
    for ended in [&two, &three] {
        assert_eq!(verdict(&home, &alice.login, ended), "revoked");
        assert!(!text.contains(&ended.secret));
    }
    assert_eq!(printed(&admin(&app, here.path(), &["found.log", "--json"]), 0), "{\"strings\":2}\n");
    fs::write(here.path().join("nothing"), "of interest").unwrap();
    assert!(printed(&admin(&app, here.path(), &["nothing"]), 0).contains("nothing to report"));
    assert_eq!(admin(&app, here.path(), &["not-there"]).status.code(), Some(1));

    let four = alice.issue("four");
    let here = found(&[&four]);
    let event = one_record(&home, || printed(&admin(&app, here.path(), &["found.log"]), 0));
    assert_eq!(
        (&event["action"], &event["actor"]["kind"]),
        (&"client_password.leaked".into(), &"terminal".into())
    );
}
