//! Dovecot's authentication protocol: every trap that mail servers were seen in.

mod answers;
mod connections;
mod exchanges;
mod lines;
mod outages;
pub mod server;

use crate::doors::doors;
use crate::rest::administration::secured;
use crate::support::{ClientPassword, Installation, Options, Person, TestApp};

/// The door on a port.
fn on_a_port() -> Options {
    doors("[dovecot]\nlisten = \"127.0.0.1:0\"\n")
}

/// The same, with refusals that wait.
fn with_floor() -> Options {
    let mut options = on_a_port();
    options.config.verify.refusal_floor_ms = 50;
    options
}

/// Alice, whose secure login is on, and her phone.
fn installed(options: Options) -> (TestApp, Installation, Person, ClientPassword) {
    let (app, home) = TestApp::installed_with(options);
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    (app, home, alice, phone)
}
