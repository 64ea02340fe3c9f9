//! The examples that ask over REST by hand, as their readers run them.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::support::clientpass::Clientpass;
use crate::support::{find_program, runnable};

const EXAMPLES: [&str; 2] = ["verify.py", "verify.sh"];

/// What an example prints, and how it ends.
fn run(example: &str, clientpass: &Clientpass, arguments: &[&str], password: &[u8]) -> (String, i32) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/mail-servers/rest");
    let mut process = Command::new(format!("{folder}/{example}"))
        .args(arguments)
        .env("CLIENTPASS_URL", clientpass.url())
        .env("CLIENTPASS_KEY_FILE", clientpass.beside("key"))
        .env("CLIENTPASS_KEY_HEADER_FILE", clientpass.beside("header"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(password).unwrap();
    let output = process.wait_with_output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    (printed.trim_end().to_owned(), output.status.code().unwrap())
}

#[test]
fn the_examples_know_four_answers() {
    let missing = ["curl", "python3"].into_iter().find(|name| find_program(name).is_none());
    if !runnable(missing.map(|name| format!("the program {name} is not installed"))) {
        return;
    }
    let (mut clientpass, at) = Clientpass::installed();
    let key = at.mail_server.token();
    fs::write(clientpass.beside("key"), format!("{key}\n")).unwrap();
    fs::write(clientpass.beside("header"), format!("Authorization: Bearer {key}\n")).unwrap();
    let alice = at.member("alice").secured(Clientpass::now());
    let phone = alice.issue("phone");
    let (bob, carol) = (at.member("bob"), at.external_member("carol"));
    let odd = r#"quote" back\slash 100% {ä} €"#;
    at.operator.put(&bob.path("/password"), &serde_json::json!({"password": odd})).expect(200);
    let said = |text: &str, code: i32| (text.to_owned(), code);
    for example in EXAMPLES {
        let asked = |login: &str, password: &str| {
            run(example, &clientpass, &[login, "imap", "192.0.2.7"], password.as_bytes())
        };
        assert_eq!(asked(&alice.login, &phone.secret), said("accept", 0), "{example}");
        assert_eq!(
            run(example, &clientpass, &[&alice.login, "smtp"], phone.secret.as_bytes()),
            said("accept", 0)
        );
        assert_eq!(asked(&alice.login, &alice.password), said("reject", 1), "{example}");
        assert_eq!(asked(&bob.login, odd), said("accept", 0), "{example}");
        assert_eq!(asked(&carol.login, "only the next source knows"), said("defer", 2), "{example}");
        let gopher = run(example, &clientpass, &[&alice.login, "gopher"], phone.secret.as_bytes());
        assert_eq!(gopher, said("unavailable", 75), "{example}");
    }
    clientpass.stop();
    for example in EXAMPLES {
        let gone = run(example, &clientpass, &[&alice.login, "imap"], phone.secret.as_bytes());
        assert_eq!(gone, said("unavailable", 75), "{example}");
    }
}
