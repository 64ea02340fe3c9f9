//! The doors of mail servers, over real sockets.

mod dovecot;
mod forward_auth;
mod http;
mod ldap;
mod nginx_mail;
mod oauth2;
mod opening;
mod over_http;
mod stream;
mod typed;

use std::sync::atomic::Ordering;
use std::time::Duration;

use clientpass::config::doors::Doors;

use crate::support::{Options, TestApp};

/// Options with these sections below `[doors]`.
pub fn doors(sections: &str) -> Options {
    let mut options = Options::default();
    options.config.doors = toml::from_str::<Doors>(sections).unwrap();
    options
}

/// Waits until so many wait for a time that is at most `within` away.
#[track_caller]
pub fn wait_for_sleepers(app: &TestApp, within: Duration, count: usize) {
    wait_until(|| app.time.sleepers_within(within), count);
}

/// Waits until so many questions hang in the store.
#[track_caller]
pub fn wait_until_hanging(app: &TestApp, count: usize) {
    wait_until(|| app.faults.hanging.load(Ordering::SeqCst), count);
}

#[track_caller]
fn wait_until(there: impl Fn() -> usize, count: usize) {
    let (_silent, silence) = std::sync::mpsc::channel::<()>();
    for _ in 0..100_000 {
        if there() >= count {
            return;
        }
        // Leaves the processor to those who answer; nothing ever comes on this channel.
        assert!(silence.recv_timeout(Duration::from_micros(200)).is_err());
    }
    panic!("{} of {count} are waiting", there());
}
