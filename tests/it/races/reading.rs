//! Checks while others write: no check that begins after an acknowledgement sees less than it.
//!
//! The checks are calls of the service, without sockets, so that there are many. The negative control renews a held
//! snapshot in the wrong order and is caught.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};

use clientpass::domain::ids::RequestId;
use clientpass::domain::network::ClientAddress;
use clientpass::domain::place::Requester;
use clientpass::domain::protocol::Protocol;
use clientpass::domain::secret::Secret;
use clientpass::service::Services;
use clientpass::service::credential_checks::{CheckOutcome, CredentialCheck};
use clientpass::store::Unmet;
use clientpass::store::engine::writes::Writes;
use clientpass::store::engine::{Reach, Statement, Step};
use rusqlite::Connection;
use uuid::Uuid;

use super::secured;
use crate::support::database::on_postgres;
use crate::support::{Options, TestApp};

/// A client password, and whether its end has been acknowledged.
struct Issued {
    secret: Secret,
    ending: AtomicBool,
    ended: AtomicBool,
}

async fn accepts(services: &Services, login: &str, password: &Secret) -> bool {
    let check = CredentialCheck {
        login: login.as_bytes(),
        password: password.expose().as_bytes(),
        protocol: Protocol::Imap,
        client_address: ClientAddress::NotGiven,
        client: None,
        within: None,
        next_source: true,
    };
    let id = RequestId::from(Uuid::nil());
    matches!(
        services.credential_checks.check(&check, Requester::Door("test"), id).await,
        CheckOutcome::Accept(_)
    )
}

#[test]
fn no_check_sees_less_than_was_acknowledged_before_it_began() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let wanted: usize = if on_postgres() { 5_000 } else { 1_000_000 };
    let (services, issued) = (app.services(), RwLock::new(Vec::new()));
    let (checks, ends) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let over = || checks.load(Ordering::Relaxed) >= wanted && ends.load(Ordering::Relaxed) >= 50;
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (services, issued, checks, alice) = (&services, &issued, &checks, &alice);
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                let mut turn = thread;
                while !over() {
                    turn += 1;
                    let one: std::sync::Arc<Issued> = {
                        let issued = issued.read().unwrap();
                        let Some(newest) = usize::checked_sub(issued.len(), 1) else { continue };
                        std::sync::Arc::clone(&issued[newest.saturating_sub(turn % 4)])
                    };
                    let ended = one.ended.load(Ordering::SeqCst);
                    let accepted = runtime.block_on(accepts(services, &alice.login, &one.secret));
                    assert!(!(ended && accepted), "accepted after its end was acknowledged");
                    let living = !one.ending.load(Ordering::SeqCst);
                    assert!(accepted || !living, "refused after it was issued, before its end was asked for");
                    checks.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let (issued, alice, ends) = (&issued, &alice, &ends);
        scope.spawn(move || {
            while !over() {
                let made = alice.issue("Phone");
                let (secret, path) = (Secret::new(made.secret.clone()), made.path(""));
                let one = Issued { secret, ending: AtomicBool::new(false), ended: AtomicBool::new(false) };
                let one = std::sync::Arc::new(one);
                issued.write().unwrap().push(std::sync::Arc::clone(&one));
                one.ending.store(true, Ordering::SeqCst);
                alice.http.delete(&path).expect(204);
                one.ended.store(true, Ordering::SeqCst);
                ends.fetch_add(1, Ordering::Relaxed);
            }
        });
    });
}

/// In which order a held snapshot is renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AdminCommand {
    /// The counter, then the snapshot: as the engine does it.
    CounterFirst,
    /// The snapshot, then the counter.
    SnapshotFirst,
}

/// A reader that holds a snapshot and remembers the writer's counter that it stands for.
struct Reader {
    connection: Connection,
    held: Option<u64>,
    order: AdminCommand,
}

impl Reader {
    fn snapshot(&self) {
        self.connection.execute_batch("BEGIN; SELECT n FROM probe").unwrap();
    }

    /// Reads, from a snapshot renewed if the counter has moved; `meanwhile` happens in the middle of renewing.
    fn read(&mut self, counter: &AtomicU64, meanwhile: impl FnOnce()) -> i64 {
        if self.held != Some(counter.load(Ordering::Acquire)) {
            if self.held.is_some() {
                self.connection.execute_batch("COMMIT").unwrap();
            }
            self.held = Some(match self.order {
                AdminCommand::CounterFirst => {
                    let now = counter.load(Ordering::Acquire);
                    meanwhile();
                    self.snapshot();
                    now
                }
                AdminCommand::SnapshotFirst => {
                    self.snapshot();
                    meanwhile();
                    counter.load(Ordering::Acquire)
                }
            });
        }
        self.connection.query_row("SELECT n FROM probe", [], |row| row.get(0)).unwrap()
    }
}

/// How many of so many reads saw less than had been acknowledged before they began, where a write is acknowledged in
/// the middle of each renewal.
fn stale_reads(order: AdminCommand, reads: usize) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe.sqlite");
    let writing = Connection::open(&path).unwrap();
    writing
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
             CREATE TABLE probe (n INTEGER NOT NULL); INSERT INTO probe VALUES (0)",
        )
        .unwrap();
    let (counter, told) = (AtomicU64::new(0), AtomicUsize::new(0));
    // Durable commit, counter, acknowledgement: the writer's order in both cases.
    let write = || {
        writing.execute_batch("UPDATE probe SET n = n + 1").unwrap();
        counter.fetch_add(1, Ordering::Release);
        told.fetch_add(1, Ordering::SeqCst);
    };
    let mut reader = Reader { connection: Connection::open(&path).unwrap(), held: None, order };
    let mut stale = 0;
    for turn in 0..reads {
        let before = told.load(Ordering::SeqCst);
        let seen = reader.read(&counter, write);
        stale += usize::from(usize::try_from(seen).unwrap() < before);
        if turn % 3 == 2 {
            write();
        }
    }
    stale
}

#[test]
fn a_snapshot_that_is_begun_before_the_counter_is_read_is_caught() {
    assert_eq!(stale_reads(AdminCommand::CounterFirst, 1_000), 0);
    assert!(stale_reads(AdminCommand::SnapshotFirst, 1_000) > 100);
}

#[test]
fn what_was_read_while_it_was_changed_is_not_held() {
    const END: &Statement = &Statement {
        name: "end",
        sql: "UPDATE client_passwords SET ended_at = 1, ended_reason = 'revoked_by_member' WHERE id = $1",
        postgres: None,
        reach: Reach::Point,
        writes: Writes::Row(1),
    };
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let id: Uuid = phone.id.parse().unwrap();
    let end = Step { statement: END, args: vec![id.into()], unless_one: Some(Unmet::Nothing) };
    *app.faults.overtaking.lock().unwrap() = Some(("check/by_verifier", vec![end]));
    let (services, secret) = (app.services(), Secret::new(phone.secret.clone()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let check = || runtime.block_on(accepts(&services, &alice.login, &secret));
    assert!(check(), "it was read before it ended");
    assert!(!check(), "it has ended");
}

/// What is held is asked for with every check; with no memory for it, the database is.
#[test]
fn how_much_is_held_is_a_setting() {
    for (mebibytes, reads) in [(0, true), (1, false)] {
        let mut options = Options::default();
        options.config.storage.cache_mib = mebibytes;
        let (app, home) = TestApp::installed_with(options);
        let alice = secured(&app, &home, "alice");
        let phone = alice.issue("Phone");
        assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
        let read = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&read);
        let happens = move || seen.store(true, Ordering::SeqCst);
        *app.faults.meanwhile.lock().unwrap() = Some(("check/by_verifier", Box::new(happens)));
        assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
        assert_eq!(read.load(Ordering::SeqCst), reads || on_postgres(), "{mebibytes} MiB");
        alice.http.delete(&phone.path("")).expect(204);
        assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "revoked");
    }
}
