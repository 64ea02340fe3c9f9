//! Mail servers and programs are told when client passwords end: all of it, after it has happened, whatever they are
//! up to.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clientpass::config::on_end::{Doveadm, Event, OnEnd, Webhook};
use clientpass::domain::secret::Secret;
use serde_json::{Value, json};

use crate::support::receiver::{Heard, Receiver, Reply};
use crate::support::time::until;
use crate::support::{Installation, Options, Person, TestApp};

mod doveadm;
mod every_end;
mod nodes;
mod outbound;
mod patience;
mod setting_up;
mod two_years;
mod warnings;
mod webhooks;

/// What webhooks are signed with.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SECOND: Duration = Duration::from_secs(1);

/// A webhook to this receiver.
fn webhook(name: &str, receiver: &Receiver) -> OnEnd {
    OnEnd::Webhook(Webhook {
        name: Some(name.into()),
        url: receiver.url("/hook"),
        ca: None,
        secret: Some(Secret::new(SECRET.into())),
        secret_file: None,
        events: vec![Event::Ended],
    })
}

/// A Dovecot that is this receiver.
fn dovecot(name: &str, receiver: &Receiver) -> OnEnd {
    OnEnd::Doveadm(Doveadm {
        name: Some(name.into()),
        url: receiver.url("/doveadm/v1"),
        ca: None,
        api_key: Some(Secret::new("sesame".into())),
        api_key_file: None,
        password: None,
        password_file: None,
        kick: true,
        flush_cache: None,
        client_password_field: None,
    })
}

/// An application that tells these, without anything to tell yet.
fn telling(on_end: Vec<OnEnd>) -> (TestApp, Installation) {
    let mut options = Options::default();
    options.config.on_end = on_end;
    TestApp::installed_with(options)
}

/// The same, where every bulk revocation is a job.
fn telling_by_jobs(on_end: Vec<OnEnd>) -> (TestApp, Installation) {
    let mut options = Options::default();
    options.config.on_end = on_end;
    options.config.limits.revocation_at_once = 0;
    TestApp::installed_with(options)
}

/// A member with secure login on.
fn secured(app: &TestApp, home: &Installation, name: &str) -> Person {
    home.member(name).secured(app.time.wall())
}

/// What is said in a webhook.
fn said(heard: &Heard) -> (String, Value, Value) {
    let data = &heard.body["data"];
    let reason = data["reason"].as_str().unwrap().to_owned();
    (reason, data["login"].clone(), data["client_password_ids"].clone())
}

/// Fails unless it is signed as Standard Webhooks wants it.
#[track_caller]
fn signed(heard: &Heard) {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &STANDARD.decode(&SECRET[6..]).unwrap());
    let content = format!("{}.{}.", heard.header("webhook-id"), heard.header("webhook-timestamp"));
    let content = [content.as_bytes(), &heard.bytes].concat();
    let signature = heard.header("webhook-signature").strip_prefix("v1,").unwrap();
    ring::hmac::verify(&key, &content, &STANDARD.decode(signature).unwrap()).expect("not signed");
}

/// A number of the metrics; 0 if it is not there.
fn metric(app: &TestApp, line: &str) -> u64 {
    let text = app.metrics();
    let found = text.lines().find_map(|known| known.strip_prefix(line)?.strip_prefix(' '));
    found.map_or(0, |number| number.parse().unwrap())
}

/// Waits until everything has been told to this target.
#[track_caller]
fn all_told(app: &TestApp, name: &str, count: u64) {
    let told = format!(r#"clientpass_end_notices_total{{target="{name}",result="delivered"}}"#);
    let left = format!(r#"clientpass_end_notices_pending{{target="{name}"}}"#);
    until("all being told", || metric(app, &told) == count && metric(app, &left) == 0);
}

/// Waits until so many wait for at most this long: what had to be done now has been done.
#[track_caller]
fn at_rest(app: &TestApp, waiting: usize, within: Duration) {
    // Nor is there anybody whose time has come, and who has not noticed yet.
    until("rest", || {
        let waits = app.time.waits();
        waits.iter().filter(|wait| **wait <= within).count() == waiting && !waits.contains(&Duration::ZERO)
    });
}
