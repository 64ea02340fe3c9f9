//! A backup: made while others go on, private, and without what must be in none.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use serde_json::json;

use crate::pages::set_up;
use crate::support::TestApp;
use crate::support::database::on_postgres;

/// A file that is not there yet.
pub fn new_file(app: &TestApp) -> PathBuf {
    app.data_dir().join("backup.sqlite")
}

pub fn back_up(app: &TestApp) -> PathBuf {
    let file = new_file(app);
    let done = app.order(&json!({"order": "back_up", "file": file})).unwrap();
    assert_eq!(done["backed_up"]["file"], json!(file));
    file
}

fn opened(file: &Path) -> Connection {
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

fn count(file: &Path, table: &str) -> i64 {
    opened(file).query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

#[test]
fn a_backup_is_complete_and_nobody_elses() {
    if on_postgres() {
        return;
    }
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let phone = alice.issue("phone");
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    let file = back_up(&app);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let whole: String = opened(&file).query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(whole, "ok");
    let live = app.config().storage.database_path();
    for table in [
        "organizations",
        "domains",
        "members",
        "second_factors",
        "recovery_codes",
        "service_keys",
        "client_passwords",
        "uses",
        "audit_events",
        "keyring_checks",
        "schema_migrations",
        "clock_mark",
    ] {
        assert!(count(&file, table) > 0 && count(&file, table) == count(&live, table), "{table}");
    }
    // Whoever uses the service has noticed nothing.
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    alice.issue("laptop");
    assert_eq!(count(&file, "client_passwords"), 1);
}

#[test]
fn a_backup_holds_neither_sessions_nor_answers_nor_links() {
    if on_postgres() {
        return;
    }
    let (app, home) = TestApp::installed_with(set_up::with_mail());
    let alice = home.member("alice").secured(app.time.wall());
    set_up::make(&app, &alice);
    let once = alice.http.with("Idempotency-Key", "0123456789abcdef");
    once.post(&alice.path("/client-passwords"), &json!({"label": "phone"})).expect(201);
    home.operator.send("POST", &alice.path("/invitations"), None).expect(201);
    let live = app.config().storage.database_path();
    let secret: Vec<u8> = opened(&live)
        .query_row("SELECT answer FROM idempotency_keys WHERE answer IS NOT NULL", [], |row| row.get(0))
        .unwrap();
    for table in ["sessions", "invitations", "client_setup_links"] {
        assert!(count(&live, table) > 0, "{table}");
    }
    let file = back_up(&app);
    for table in [
        "sessions",
        "setup_tokens",
        "invitations",
        "ownership_offers",
        "client_setup_links",
        "idempotency_keys",
    ] {
        assert_eq!(count(&file, table), 0, "{table}");
    }
    let bytes = fs::read(&file).unwrap();
    assert!(!bytes.windows(32).any(|part| part == &secret[..32]), "a sealed answer is in the file");
    let keyring = fs::read_to_string(app.config().storage.keyring_path()).unwrap();
    let keyring: serde_json::Value = serde_json::from_str(&keyring).unwrap();
    for key in keyring["keys"].as_array().unwrap() {
        let key = key["key"].as_str().unwrap().as_bytes();
        assert!(!bytes.windows(key.len()).any(|part| part == key), "a key is in the file");
    }
}

#[test]
fn setup_links_are_left_out() {
    if on_postgres() {
        return;
    }
    let app = TestApp::start();
    assert_eq!(count(&app.config().storage.database_path(), "setup_tokens"), 1);
    assert_eq!(count(&back_up(&app), "setup_tokens"), 0);
}

#[test]
fn a_file_that_is_there_is_left_alone() {
    if on_postgres() {
        return;
    }
    let app = TestApp::start();
    fs::write(new_file(&app), "something else").unwrap();
    let refused = app.order(&json!({"order": "back_up", "file": new_file(&app)})).unwrap_err();
    assert!(refused.contains("is there already; name another file"), "{refused}");
    assert_eq!(fs::read(new_file(&app)).unwrap(), b"something else");
    let nowhere = app.data_dir().join("missing/backup.sqlite");
    assert!(app.order(&json!({"order": "back_up", "file": nowhere})).unwrap_err().contains("No such file"));
}

#[test]
fn a_database_elsewhere_is_backed_up_by_its_own_tools() {
    if !on_postgres() {
        return;
    }
    let app = TestApp::start();
    let refused = app.order(&json!({"order": "back_up", "file": new_file(&app)})).unwrap_err();
    assert!(refused.contains("pg_dump") && refused.contains("clientpass restore --end-all"), "{refused}");
    assert!(!new_file(&app).exists());
}
