//! Several processes on one PostgreSQL: what is done once in an installation is done by one of them, whatever becomes of
//! the one that did it.

use std::time::Duration;

use crate::support::clientpass::Clientpass;
use crate::support::postgres::{self, Server};
use crate::support::{poll, runnable, signal};

/// Ten seconds without a beat, the time between two looks, and a slow machine.
const TAKEN_OVER: Duration = Duration::from_secs(40);

#[track_caller]
fn says(node: &Clientpass, text: &str) {
    assert!(poll(TAKEN_OVER, || node.log().contains(text)), "{text:?} is not said:\n{}", node.log());
}

#[test]
fn another_node_takes_over_from_one_that_hangs_and_from_one_that_was_killed() {
    if !runnable(postgres::missing()) {
        return;
    }
    let server = Server::start("");
    server.sql("postgres", "CREATE DATABASE clientpass TEMPLATE template0 ENCODING 'UTF8'");
    let (mut first, _home) = Clientpass::installed_on(&server.url("clientpass"));
    says(&first, "event=lease_taken term=1");
    let mut second = first.another_node();
    second.start();

    assert!(signal(first.pid(), "STOP"));
    says(&second, "event=lease_taken term=2");
    assert!(signal(first.pid(), "CONT"));
    says(&first, "event=lease_lost term=1");

    second.kill();
    says(&first, "event=lease_taken term=3");

    // Whoever is stopped in order keeps nobody waiting.
    second.start();
    first.stop();
    says(&second, "event=lease_taken term=4");
    assert_eq!(server.sql("clientpass", "SELECT term, held FROM lease"), "4|1\n");
    second.stop();
    assert_eq!(server.sql("clientpass", "SELECT term, held FROM lease"), "4|0\n");
}
