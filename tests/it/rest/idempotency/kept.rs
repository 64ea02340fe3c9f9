//! What is kept of a call with an idempotency key, and for how long: looked for in the files of SQLite.

use std::fs;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde_json::json;

use super::{KEY, MINUTE, issue, make, same, with_key};
use crate::rest::administration::secured;
use crate::support::TestApp;
use crate::support::database::on_postgres;
use crate::support::time::until;

/// Whether any file of the data directory holds these bytes.
fn holds(app: &TestApp, needle: &[u8]) -> bool {
    fs::read_dir(app.data_dir()).unwrap().any(|entry| {
        // What SQLite has beside the database goes with the last connection.
        let bytes = fs::read(entry.unwrap().path()).unwrap_or_default();
        bytes.windows(needle.len()).any(|window| window == needle)
    })
}

fn reader(app: &TestApp) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    Connection::open_with_flags(app.data_dir().join("clientpass.sqlite"), flags).unwrap()
}

/// The sealed answers that are kept.
fn answers(app: &TestApp) -> Vec<Vec<u8>> {
    let database = reader(app);
    let mut found = database.prepare("SELECT answer FROM idempotency_keys WHERE answer IS NOT NULL").unwrap();
    found.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn uses(app: &TestApp) -> i64 {
    app.number("SELECT count(*) FROM idempotency_keys")
}

/// The jobs that run every minute or more often: uses, the mark of the clock, stale ends, answers, set-up links.
const JOBS: usize = 5;

/// Waits until all of them have gone to sleep, after a start or some time.
fn until_it_sleeps(app: &TestApp) {
    until("sleep", || {
        let waits = app.time.waits();
        !waits.contains(&Duration::ZERO) && waits.iter().filter(|wait| **wait <= MINUTE).count() >= JOBS
    });
}

#[test]
fn a_restart_changes_nothing() {
    let (mut app, home) = TestApp::installed();
    let first = make(&home.operator, &home).expect(201);
    app.restart();
    let operator = app.http().bearing(home.operator.token());
    same(&first, &make(&operator, &home));
}

#[test]
fn neither_key_nor_body_nor_secret_can_be_found_in_the_files() {
    if on_postgres() {
        return;
    }
    let (mut app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let secret = issue(&alice, "Phone").expect(201).text_of("secret");
    let key = make(&home.operator, &home).expect(201).text_of("key");
    let body = json!({"login": "bob@example.org", "display_name": "Bob", "password": "a canary password"});
    with_key(&home.operator, KEY).post(&home.path("/members"), &body).expect(201);
    app.stop();
    assert_eq!(answers(&app).len(), 3);
    let letters = secret.replace('-', "");
    for needle in [KEY, &secret, &letters, &key, "a canary password", "\"secret\"", "display_name\":"] {
        assert!(!holds(&app, needle.as_bytes()), "{needle}");
    }
    // A guard of the guard.
    assert!(holds(&app, b"alice@example.org"));
}

#[test]
fn after_ten_minutes_the_sealed_answer_is_deleted_and_after_a_day_the_use_is_forgotten() {
    if on_postgres() {
        return;
    }
    let (mut app, home) = TestApp::installed();
    make(&home.operator, &home).expect(201);
    app.stop();
    let sealed = answers(&app).pop().expect("no answer is kept");
    assert!(holds(&app, &sealed[..64]));
    app.restart();
    until_it_sleeps(&app);
    app.advance(MINUTE * 10);
    until("the answer's end", || answers(&app).is_empty());
    // Whoever reads beside the service, and closes after it, keeps nothing in the files.
    let reader = reader(&app);
    reader.query_row("SELECT count(*) FROM idempotency_keys", [], |_| Ok(())).unwrap();
    app.stop();
    for part in sealed.chunks_exact(32) {
        assert!(!holds(&app, part), "a part of the sealed answer is still there");
    }
    drop(reader);
    assert_eq!(uses(&app), 1);
    app.restart();
    until_it_sleeps(&app);
    app.advance(Duration::from_secs(86_399 - 600));
    until_it_sleeps(&app);
    app.sweep(async |expiry, lease| expiry.sweep_answers(lease).await);
    assert_eq!(uses(&app), 1);
    app.advance(MINUTE);
    until("the use's end", || uses(&app) == 0);
}

#[test]
fn whoever_leaves_and_an_organization_that_is_dissolved_leave_no_answer_behind() {
    if on_postgres() {
        return;
    }
    let (app, home) = TestApp::installed();
    let (mut admin, mut other) = (home.member_with("admin", "admin"), home.member_with("other", "admin"));
    make(&admin.sign_in().http, &home).expect(201);
    make(&other.sign_in().http, &home).expect(201);
    assert_eq!(answers(&app).len(), 2);
    home.operator.delete(&admin.path("")).expect(204);
    assert_eq!(answers(&app).len(), 1);
    home.operator.delete(&home.path("")).expect(204);
    assert_eq!(answers(&app).len(), 0);
}
