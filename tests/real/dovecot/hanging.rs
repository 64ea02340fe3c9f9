//! A clientpass that is there and does not answer: slower than a mail server waits.

use super::Scene;
use crate::support::mail_client::{Attempt, Told, python_within};
use crate::support::signal;

/// Seconds: the script of Dovecot gives up after three, mail clients after twenty.
const PATIENCE: u32 = 9;

#[test]
fn while_clientpass_hangs_everybody_is_told_to_come_later_and_soon() {
    let Some(scene) = Scene::set() else { return };
    let bob = scene.secured("bob");
    let phone = bob.issue("phone");
    let attempts: Vec<Attempt> = ["imap", "pop3", "submission", "sieve"]
        .into_iter()
        .flat_map(|protocol| {
            let one = |password| Attempt { protocol, login: &bob.login, password, id: None };
            [one(phone.secret.as_str()), one("made up")]
        })
        .collect();
    let told = || python_within(&scene.dovecot, PATIENCE, attempts.len(), &attempts);
    assert!(signal(scene.clientpass.pid(), "STOP"));
    let while_it_hung = told();
    assert!(signal(scene.clientpass.pid(), "CONT"));
    assert_eq!(while_it_hung, [Told::Later; 8]);
    let afterwards: Vec<Told> =
        (0..8).map(|n| if n % 2 == 0 { Told::In } else { Told::WrongPassword }).collect();
    assert_eq!(told(), afterwards);
}
