//! `clientpass demo`: what it prints lets somebody sign in, and what is typed is tried by a mail client.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::support::actors::Http;
use crate::support::clientpass::Ran;
use crate::support::{free_port, poll, stop};

const PATIENCE: Duration = Duration::from_secs(30);

/// A demo that goes on; stopped with the test.
struct Demo {
    process: Child,
    folder: TempDir,
    address: SocketAddr,
}

impl Demo {
    fn start() -> Self {
        let folder = TempDir::with_prefix("clientpass-").unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let mut command = Command::new(env!("CARGO_BIN_EXE_clientpass"));
        command.env_clear().env("TMPDIR", folder.path());
        command.args(["demo", "--listen", &address.to_string()]).stdin(Stdio::piped());
        let log = File::create(folder.path().join("log")).unwrap();
        let process = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let demo = Self { process, folder, address };
        demo.says("Everything else");
        demo
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    #[track_caller]
    fn says(&self, text: &str) {
        assert!(poll(PATIENCE, || self.log().contains(text)), "{text:?} is not said:\n{}", self.log());
    }

    fn types(&mut self, line: &str) {
        writeln!(self.process.stdin.as_mut().unwrap(), "{line}").unwrap();
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        stop(&mut self.process, PATIENCE);
        drop(self.process.kill());
    }
}

#[test]
fn what_it_prints_signs_people_in_and_what_is_typed_signs_a_mail_client_in() {
    let mut demo = Demo::start();
    let log = demo.log();
    assert!(log.contains(&format!("The pages: http://localhost:{}/", demo.address.port())), "{log}");
    let http = Http::to(demo.address);
    let code = log.split("each good once:\n").nth(1).unwrap().lines().next().unwrap().trim();
    let bob = json!({"login": "bob@example.org", "password": "bob's account password", "code": code});
    let session = http.post("/v1/sessions", &bob).expect(201);
    let alice = json!({"login": "alice@example.org", "password": "alice's account password"});
    http.post("/v1/sessions", &alice).expect(201);

    let bob = http.bearing(&session.text_of("token"));
    let path = format!("/v1/members/{}/client-passwords", session.body["member"]["id"].as_str().unwrap());
    let made = bob.post(&path, &json!({"label": "Typed"})).expect(201);
    demo.types("no password");
    demo.says("bob@example.org: REJECT (invalid_credentials)");
    demo.types(&made.text_of("secret"));
    demo.says("Thunderbird 153.8 asks for mail of bob@example.org: ACCEPT");

    let typed = format!("/v1/client-passwords/{}", made.text_of("id"));
    let used = || bob.get(&typed).expect(200).body["last_used"].clone();
    assert!(poll(PATIENCE, || used()["ip"] == "192.0.2.77"), "{}", used());
    assert_eq!(used()["client"], "Thunderbird 153.8");
    // It goes on to, as a mail client does that nobody has told.
    bob.delete(&typed).expect(204);
    demo.says("Thunderbird 153.8 asks for mail of bob@example.org: REJECT (revoked)");
    // Bob's own laptop comes by itself.
    let laptop = bob.get(&format!("{path}?state=active")).expect(200).items()[0].clone();
    let at = laptop["last_used"]["at"].clone();
    let later = || bob.get(&format!("{path}?state=active")).expect(200).items()[0]["last_used"]["at"].clone();
    assert!(poll(PATIENCE, || later() != at), "{laptop}");
}

#[test]
fn it_leaves_nothing_behind() {
    let folder = TempDir::with_prefix("clientpass-").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_clientpass"));
    command.env_clear().env("TMPDIR", folder.path()).args(["demo", "--stop", "--listen", "127.0.0.1:0"]);
    let ran = Ran::of(&mut command);
    assert!(ran.code == Some(0) && ran.printed.contains("13. The laptop asks for mail: ACCEPT"), "{ran:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
