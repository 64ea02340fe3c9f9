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

    /// How many wait until each step.
    fn waiting(&self) -> [usize; STEPS.len()] {
        let waits = self.app.time.waits();
        STEPS.map(|step| waits.iter().filter(|wait| **wait == step).count())
    }

    /// Compares an account password, for so long. The machine decides whether the comparison is over before the time has
    /// passed; then it is done again.
    #[track_caller]
    fn compares_for(&self, time: Duration, login: &str) -> Receiver<Answer> {
        for network in 1..10 {
            let before = self.waiting();
            let asked = self.ask(login, network);
            until("a comparison", || self.compared() == 1 || self.waiting() != before);
            self.app.advance(time);
            if self.compared() == 1 {
                return asked;
            }
            // What this one took is remembered for a minute.
            self.app.advance(Duration::from_secs(61));
        }
        panic!("no comparison takes long enough");
    }

    /// Asks for somebody whom nobody knows; gives after which time the refusal comes.
    #[track_caller]
    fn refused_after(&self, network: usize) -> Duration {
        let before = self.waiting();
        let asked = self.ask("nobody@example.org", network);
        let mut found = None;
        until("a refusal that waits", || {
            found = (0..STEPS.len()).find(|at| self.waiting()[*at] > before[*at]);
            found.is_some()
        });
        let step = STEPS[found.unwrap()];
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

    let asked = scene.compares_for(ms(157), &alice.login);
    until("its end", || scene.compared() == 0);
    assert_eq!(scene.refused_after(101), ms(200));
    assert_eq!(reason(&asked), "invalid_credentials");

    scene.app.advance(Duration::from_secs(61));
    assert_eq!(scene.refused_after(102), ms(50));
}
