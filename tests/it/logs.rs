//! Logs: one canonical line per check and per change, and never a secret, at any level.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use clientpass::store::engine::Step;
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use crate::probe;
use crate::support::database::on_postgres;
use crate::support::{ClientPassword, Installation, Person, TestApp};

/// Everything that this process has logged.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The log of this process at the finest level; the subscriber is the process's, so it is set once.
fn log() -> &'static Captured {
    static LOG: OnceLock<Captured> = OnceLock::new();
    LOG.get_or_init(|| {
        let captured = Captured::default();
        let lines =
            tracing_subscriber::fmt().json().flatten_event(true).with_max_level(tracing::Level::TRACE);
        lines.with_writer(captured.clone()).try_init().unwrap();
        captured
    })
}

/// What this process has logged since it was first asked.
pub fn text() -> String {
    String::from_utf8(log().0.lock().unwrap().clone()).unwrap()
}

fn line_of(request_id: &str, event: &str) -> Value {
    let text = text();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut found = lines.filter(|line| line["request_id"] == request_id && line["event"] == event);
    let line = found.next().unwrap_or_else(|| panic!("no {event} of {request_id}"));
    assert_eq!(found.next(), None, "a second {event} of {request_id}");
    line
}

struct Told {
    app: TestApp,
    home: Installation,
    alice: Person,
    phone: ClientPassword,
    rotated: ClientPassword,
}

/// Uses every kind of secret once.
fn story() -> Told {
    log();
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let phone = alice.issue("Phone");
    home.mail_server.verdict(&alice.login, &phone.secret);
    let rotated = ClientPassword::of(&alice.http.send("POST", &phone.path("/rotate"), None).expect(201));
    home.mail_server.verdict(&alice.login, &rotated.secret);
    home.mail_server.verdict(&alice.login, &phone.secret);
    home.mail_server.verdict(&alice.login, &alice.password);
    for typed in [&phone.secret, &alice.password, &alice.recovery_codes[0], alice.seed.as_ref().unwrap()] {
        home.mail_server.verdict(typed, "a secret typed as a login");
    }
    home.mail_server.verdict(&format!("{}@example.org", phone.secret), "x");
    Told { app, home, alice, phone, rotated }
}

impl Told {
    /// Every secret of the story, in the forms that it may be written in.
    fn secrets(&self) -> Vec<String> {
        let mut secrets = vec![self.alice.password.clone(), self.alice.seed.clone().unwrap()];
        secrets.push(self.home.operator.token().into());
        secrets.push(self.home.mail_server.token().into());
        secrets.push(self.alice.http.token().into());
        secrets.push(self.app.setup_token.clone().unwrap());
        let codes = self.alice.recovery_codes.iter();
        for grouped in codes.chain([&self.phone.secret, &self.rotated.secret]) {
            secrets.push(grouped.clone());
            secrets.push(grouped.replace('-', ""));
        }
        secrets
    }
}

#[test]
fn a_check_has_one_line_with_its_verdict_and_ids() {
    let told = story();
    let accepted = told.home.mail_server.check(&told.alice.login, &told.rotated.secret, "imap");
    let line = line_of(accepted.header("x-request-id").unwrap(), "check");
    assert_eq!(line["result"], "accept");
    assert_eq!(line["login"], told.alice.login.as_str());
    assert_eq!(line["client_password_id"], told.rotated.id.as_str());
    assert_eq!(line["client_ip"], "192.0.2.7");
    assert!(line["micros"].is_u64());

    // A login that nobody has is logged too, so that a slip of the pen is found.
    let slipped = told.home.mail_server.check("alcie@example.org", "x", "imap");
    assert_eq!(line_of(slipped.header("x-request-id").unwrap(), "check")["login"], "alcie@example.org");

    let refused = told.home.mail_server.check(&told.alice.login, &told.phone.secret, "imap");
    let line = line_of(refused.header("x-request-id").unwrap(), "check");
    assert_eq!((line["result"].as_str(), line["reason"].as_str()), (Some("reject"), Some("superseded")));
}

#[test]
fn a_change_has_one_line_with_its_actor() {
    let told = story();
    let body = json!({"enabled": false});
    let off = told.alice.http.put(&told.alice.path("/secure-login"), &body).expect(200);
    let line = line_of(off.header("x-request-id").unwrap(), "change");
    assert_eq!(line["action"], "secure_login.off");
    assert_eq!(line["actor_id"], told.alice.id.as_str());
    assert_eq!(line["member_id"], told.alice.id.as_str());
}

/// What was typed was right when it was compared.
#[test]
fn a_sign_in_that_was_overtaken_has_a_line_that_says_so() {
    log();
    let (app, home) = TestApp::installed();
    let bob = home.member("bob");
    let change = probe!("UPDATE members SET password_hash = 'another' WHERE login = $1");
    let change = Step { statement: change, args: vec![bob.login.as_str().into()], unless_one: None };
    *app.faults.overtaking.lock().unwrap() = Some(("second_factors/of_member", vec![change]));
    let body = json!({"login": bob.login, "password": bob.password});
    let refused = app.http().post("/v1/sessions", &body).expect_problem(401, "invalid_credentials");
    let line = line_of(refused.header("x-request-id").unwrap(), "sign_in_failed");
    assert_eq!((&line["reason"], &line["login"]), (&json!("overtaken"), &json!(bob.login)));
}

#[test]
fn who_passes_no_address_and_who_is_no_trusted_proxy_is_said() {
    log();
    let (app, home) = TestApp::installed();
    let body = json!({"login": home.member("bob").login, "password": "not the password"});
    app.http().with("X-Forwarded-For", "192.0.2.1").post("/v1/sessions", &body).expect(401);
    let text = text();
    let said: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let is_said = |event: &str, field: &str, of: &str| {
        said.iter().any(|line| line["level"] == "WARN" && line["event"] == event && line[field] == of)
    };
    assert!(is_said("no_client_address", "requester", "door api"));
    assert!(is_said("proxy_not_trusted", "peer", "127.0.0.1"));
}

#[test]
fn no_secret_is_logged_or_counted() {
    let told = story();
    let (log, metrics) = (text(), told.app.metrics());
    assert!(log.contains("[looks like a secret]") && log.contains("[no mail address]"));
    for secret in told.secrets() {
        assert!(!log.contains(&secret), "{secret} in the log");
        assert!(!metrics.contains(&secret), "{secret} in the metrics");
    }
}

#[test]
fn no_secret_lies_in_the_data_directory() {
    let mut told = story();
    told.app.stop();
    let mut read = 0;
    for entry in std::fs::read_dir(told.app.data_dir()).unwrap() {
        // The log of the database goes with its last connection, perhaps just now.
        let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default();
        read += bytes.len();
        for secret in told.secrets() {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} on disk");
        }
    }
    let least = if on_postgres() { 100 } else { 100_000 };
    assert!(read > least, "only {read} bytes were looked at");
}
