//! On which step a refusal leaves while account passwords are compared, and after: seen from outside, by its time alone.

use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::Duration;

use clientpass::service::Argon2Params;
use serde_json::json;

use crate::support::time::until;
use crate::support::{Answer, Installation, Options, TestApp};

const STEPS: [Duration; 6] = [ms(50), ms(100), ms(200), ms(400), ms(800), ms(1_600)];

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Where account passwords take long enough to be seen at it, one at a time.
struct Scene {
    app: TestApp,
    home: Installation,
}

impl Scene {
    fn new() -> Self {
        let mut options = Options::default();
        options.config.verify.refusal_floor_ms = 50;
        options.argon2 = Argon2Params { memory_kib: 24 * 1024, passes: 8, at_once: 1 };
        let (app, home) = TestApp::installed_with(options);
        Self { app, home }
    }

    /// A check from a network of its own, whose answer is not waited for.
    fn ask(&self, login: &str, network: usize) -> Receiver<Answer> {
        let ip = format!("198.51.{network}.7");
        let body = json!({"login": login, "password": "a wrong one", "protocol": "imap", "client_ip": ip});
        let (http, (tell, told)) = (self.home.mail_server.clone(), channel());
        // Whoever does not want to know any more has dropped the receiver, or has stopped the service.
        std::thread::spawn(move || drop(tell.send(http.post("/v1/verify", &body))));
        told
    }

    /// How many account passwords are being compared, or wait for it.
    fn compared(&self) -> usize {
        let shown = self.home.operator.get("/readyz?verbose").expect(200);
        usize::try_from(shown.body["comparisons"].as_u64().unwrap()).unwrap()
    }

    /// Asks for somebody whom nobody knows; gives after which time the refusal comes.
    #[track_caller]
    fn refused_after(&self, network: usize) -> Duration {
        let waiting = |step: Duration| self.app.time.waits().iter().filter(|wait| **wait == step).count();
        let before = STEPS.map(waiting);
        let asked = self.ask("nobody@example.org", network);
        let mut found = None;
        until("a refusal that waits", || {
            found = STEPS.into_iter().zip(before).find(|(step, before)| waiting(*step) > *before);
            found.is_some()
        });
        let (step, _) = found.unwrap();
        self.app.advance(step.checked_sub(ms(1)).unwrap());
        assert_eq!(asked.try_recv().map(|answer| answer.text), Err(TryRecvError::Empty));
        self.app.advance(ms(1));
        assert_eq!(reason(&asked), "invalid_credentials");
        step
    }
}

#[track_caller]
fn reason(of: &Receiver<Answer>) -> String {
    of.recv_timeout(Duration::from_secs(20)).expect("no answer").expect(200).text_of("reason")
}

#[test]
fn refusals_leave_later_for_a_minute_after_an_account_password_took_longer() {
    let scene = Scene::new();
    let alice = scene.home.member("alice");
    assert_eq!(scene.refused_after(100), ms(50), "nobody has compared anything");

    // No round number, so that nobody else waits for as long as one who has just come.
    let asked = scene.ask(&alice.login, 1);
    until("a comparison", || scene.compared() == 1);
    scene.app.advance(ms(157));
    until("its end", || scene.compared() == 0);
    assert_eq!(scene.refused_after(101), ms(200));
    assert_eq!(reason(&asked), "invalid_credentials");

    scene.app.advance(Duration::from_secs(61));
    assert_eq!(scene.refused_after(102), ms(50));
}
