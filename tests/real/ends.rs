//! A real Dovecot closes the sessions of client passwords that have ended, at once, or when it is back.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use clientpass::clock::{SystemTimeSource, TimeSource as _};

use crate::support::actors::{Installation, Person};
use crate::support::clientpass::Clientpass;
use crate::support::dovecot::{DOVEADM_KEY, Dovecot};
use crate::support::mail_client::{self, CurlImap, PythonImap, Told};
use crate::support::{dovecot, poll, runnable};

/// What the contract allows from the revocation to the end of the session.
const AT_ONCE: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(40);

/// A clientpass that tells the Dovecot in front of it.
struct Scene {
    dovecot: Dovecot,
    clientpass: Clientpass,
    at: Installation,
}

impl Scene {
    /// Nothing where a mail server or a mail client is not installed.
    fn set() -> Option<Self> {
        if !runnable(dovecot::missing().or_else(mail_client::missing)) {
            return None;
        }
        let (mut clientpass, at) = Clientpass::installed();
        let dovecot = Dovecot::start(&clientpass.url(), at.mail_server.token(), &[]);
        let key = clientpass.beside("doveadm.key");
        fs::write(&key, format!("{DOVEADM_KEY}\n")).unwrap();
        // As the README has it for 2.4.
        let field = if dovecot::is_2_4() { "client_password_field = \"user_client_password\"\n" } else { "" };
        clientpass.restart_with(&format!(
            "[[on_end]]\ntype = \"doveadm\"\nname = \"dovecot\"\nurl = \"{}\"\napi_key_file = \"{}\"\n{field}",
            dovecot.doveadm_url(),
            key.display()
        ));
        Some(Self { dovecot, clientpass, at })
    }

    fn secured(&self, name: &str) -> Person {
        self.at.member(name).secured(Clientpass::now())
    }

    /// A number of clientpass's metrics.
    fn metric(&self, line: &str) -> u64 {
        let text = self.at.operator.get("/metrics").text;
        let found = text.lines().find_map(|known| known.strip_prefix(line)?.strip_prefix(' '));
        found.map_or(0, |number| number.parse().unwrap())
    }

    fn told(&self) -> u64 {
        self.metric(r#"clientpass_end_notices_total{target="dovecot",result="delivered"}"#)
    }

    fn untold(&self) -> u64 {
        self.metric(r#"clientpass_end_notices_pending{target="dovecot"}"#)
    }
}

/// An IMAP session that idles in its inbox.
struct Idle {
    reader: BufReader<TcpStream>,
}

impl Idle {
    #[track_caller]
    fn begin(dovecot: &Dovecot, login: &str, password: &str) -> Self {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, dovecot.port("imap"))).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut idle = Self { reader: BufReader::new(stream) };
        idle.until("* OK");
        idle.say(&format!("a LOGIN {login} {password}"), "a OK");
        idle.say("b SELECT INBOX", "b OK");
        idle.say("c IDLE", "+ ");
        idle
    }

    #[track_caller]
    fn say(&mut self, line: &str, answer: &str) {
        self.reader.get_mut().write_all(format!("{line}\r\n").as_bytes()).unwrap();
        self.until(answer);
    }

    #[track_caller]
    fn until(&mut self, answer: &str) {
        let mut heard = String::new();
        while !heard.starts_with(answer) {
            heard.clear();
            assert_ne!(self.reader.read_line(&mut heard).unwrap(), 0, "closed before {answer}");
        }
    }

    /// What it is told until the connection is closed.
    fn farewell(&mut self) -> String {
        let mut heard = String::new();
        while self.reader.read_line(&mut heard).unwrap() > 0 {}
        heard
    }

    /// Fails unless it goes on.
    #[track_caller]
    fn goes_on(&mut self) {
        self.say("DONE", "c OK");
        self.say("d NOOP", "d OK");
    }
}

#[test]
fn an_idle_session_is_closed_within_two_seconds_of_the_revocation() {
    let Some(scene) = Scene::set() else { return };
    let (bob, dave) = (scene.secured("bob"), scene.secured("dave"));
    let (phone, tablet, daves) = (bob.issue("phone"), bob.issue("tablet"), dave.issue("phone"));
    let mut others = Idle::begin(&scene.dovecot, &dave.login, &daves.secret);
    let time = SystemTimeSource::new();
    let mut times = Vec::new();
    for round in 0..5 {
        let one = bob.issue("phone");
        let mut session = Idle::begin(&scene.dovecot, &bob.login, &one.secret);
        let mut same_login = Idle::begin(&scene.dovecot, &bob.login, &tablet.secret);
        let before = time.monotonic();
        bob.http.delete(&one.path("")).expect(204);
        let answered = time.monotonic();
        assert!(session.farewell().contains("BYE"));
        let closed = time.monotonic();
        println!(
            "round {round}: revoked in {:?}, closed {:?} after it was asked for",
            answered.saturating_sub(before),
            closed.saturating_sub(before)
        );
        times.push(closed.saturating_sub(before));
        assert_eq!(CurlImap.logs_in(&scene.dovecot, &bob.login, &one.secret), Told::WrongPassword);
        // Dovecot 2.3 cannot tell them apart; whose password lives comes back.
        if dovecot::is_2_4() {
            same_login.goes_on();
        } else {
            same_login.farewell();
        }
        assert_eq!(PythonImap.logs_in(&scene.dovecot, &bob.login, &tablet.secret), Told::In);
    }
    let slowest = times.iter().max().unwrap();
    assert!(*slowest < AT_ONCE, "the slowest took {slowest:?}");
    others.goes_on();
    assert_eq!(CurlImap.logs_in(&scene.dovecot, &bob.login, &phone.secret), Told::In);
}

#[test]
fn whatever_ends_them_sessions_are_closed() {
    let Some(scene) = Scene::set() else { return };
    let bob = scene.secured("bob");
    let mut session = Idle::begin(&scene.dovecot, &bob.login, &bob.issue("phone").secret);
    bob.secure_login(false);
    session.farewell();
    // Suspended: of the account password, too, which opened mail while secure login was off.
    let mut session = Idle::begin(&scene.dovecot, &bob.login, &format!("\"{}\"", bob.password));
    let suspended = serde_json::json!({"state": "suspended"});
    scene.at.operator.patch(&bob.path(""), &suspended).expect(200);
    session.farewell();
    let (dave, erin) = (scene.secured("dave"), scene.secured("erin"));
    let sessions = [&dave, &erin].map(|one| Idle::begin(&scene.dovecot, &one.login, &one.issue("x").secret));
    let body = serde_json::json!({"filter": {"all": true}, "reason": "test"});
    scene.at.operator.post(&scene.at.path("/revocations"), &body).expect(201);
    for mut session in sessions {
        session.farewell();
    }
    assert!(poll(PATIENCE, || scene.told() == 3 && scene.untold() == 0), "{}", scene.clientpass.log());
}

#[test]
fn a_dovecot_that_is_down_holds_up_nothing_and_is_told_when_it_is_back() {
    let Some(mut scene) = Scene::set() else { return };
    let bob = scene.secured("bob");
    let phones: Vec<_> = (0..3).map(|_| bob.issue("phone")).collect();
    scene.dovecot.stop();
    let time = SystemTimeSource::new();
    for phone in &phones {
        bob.http.delete(&phone.path("")).expect(204);
    }
    let took = time.monotonic();
    assert!(took < AT_ONCE, "three revocations took {took:?}");
    assert!(poll(PATIENCE, || scene.untold() == 3), "{}", scene.clientpass.log());
    assert_eq!(scene.told(), 0);
    let kick = if dovecot::is_2_4() { "cmd kick: Executing command" } else { "Executing command 'kick'" };
    let kicks = |scene: &Scene| scene.dovecot.log().matches(kick).count();
    assert_eq!(kicks(&scene), 0);
    scene.dovecot.restart();
    assert!(poll(PATIENCE, || scene.told() == 3 && scene.untold() == 0), "{}", scene.clientpass.log());
    // What Dovecot has done is in its log a moment later.
    poll(PATIENCE, || kicks(&scene) == 3);
    assert_eq!(kicks(&scene), 3);
    // Nor does clientpass forget it while it is down itself.
    let last = bob.issue("phone");
    scene.dovecot.stop();
    bob.http.delete(&last.path("")).expect(204);
    scene.clientpass.stop();
    scene.dovecot.restart();
    scene.clientpass.start();
    assert!(poll(PATIENCE, || scene.told() == 1 && scene.untold() == 0), "{}", scene.clientpass.log());
}

#[test]
fn no_log_holds_the_key_of_doveadm() {
    let Some(mut scene) = Scene::set() else { return };
    let bob = scene.secured("bob");
    let phone = bob.issue("phone");
    scene.dovecot.stop();
    bob.http.delete(&phone.path("")).expect(204);
    assert!(
        poll(PATIENCE, || scene.clientpass.log().contains("end_notice_failed")),
        "{}",
        scene.clientpass.log()
    );
    scene.dovecot.restart();
    assert!(poll(PATIENCE, || scene.told() == 1), "{}", scene.clientpass.log());
    let log = scene.clientpass.log();
    for secret in [DOVEADM_KEY, "YS1sb25nLXJhbmRvbS13b3Jk"] {
        assert!(!log.contains(secret), "{log}");
    }
}
