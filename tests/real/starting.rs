//! A start that is not possible says in one line why, and what to do; exit code 1.

use std::fs;
use std::process::Command;

use rusqlite::Connection;

use crate::support::clientpass::{Clientpass, Ran};

/// Installed and stopped.
fn at_rest() -> Clientpass {
    let (mut clientpass, _) = Clientpass::installed();
    clientpass.stop();
    clientpass
}

fn starts(clientpass: &Clientpass) -> Ran {
    clientpass.run(&["serve", "--listen", "127.0.0.1:0"])
}

#[test]
fn a_folder_that_cannot_be_written() {
    // Root may write everywhere but here.
    let folder = "/sys/clientpass";
    let binary = env!("CARGO_BIN_EXE_clientpass");
    let ran =
        Ran::of(Command::new(binary).env_clear().args(["--data-dir", folder, "--listen", "127.0.0.1:0"]));
    ran.refused(&[folder, "write it", "--data-dir"]);
}

#[test]
fn a_damaged_database() {
    let clientpass = at_rest();
    let data = clientpass.data("clientpass.sqlite");
    let whole = fs::read(&data).unwrap();
    fs::write(&data, "no database").unwrap();
    starts(&clientpass).refused(&["not a database", "clientpass restore FILE"]);
    let torn = [&whole[..100], &vec![0x55; whole.len() - 100][..]].concat();
    fs::write(&data, torn).unwrap();
    starts(&clientpass).refused(&["malformed", "clientpass restore FILE"]);
}

#[test]
fn a_keyring_of_another_installation() {
    let (clientpass, other) = (at_rest(), at_rest());
    fs::copy(other.data("keyring.json"), clientpass.data("keyring.json")).unwrap();
    starts(&clientpass).refused(&["does not belong to this database", "--keyring"]);
}

#[test]
fn a_keyring_that_is_missing_or_older_than_the_database() {
    let clientpass = at_rest();
    let keyring = clientpass.data("keyring.json");
    let old = fs::read(&keyring).unwrap();
    assert_eq!(clientpass.run(&["keys", "add"]).code, Some(0));
    fs::write(&keyring, &old).unwrap();
    starts(&clientpass).refused(&["lacks a key", "put back its newest copy"]);
    fs::remove_file(&keyring).unwrap();
    starts(&clientpass).refused(&["keyring.json is missing", "put it back"]);
}

#[test]
fn a_database_of_a_newer_version() {
    let clientpass = at_rest();
    let newer = Connection::open(clientpass.data("clientpass.sqlite")).unwrap();
    newer.execute("INSERT INTO schema_migrations (version) VALUES (999)", []).unwrap();
    drop(newer);
    starts(&clientpass).refused(&["version 999", "start the newer clientpass"]);
}

#[test]
fn a_folder_that_another_process_has() {
    let (clientpass, _) = Clientpass::installed();
    starts(&clientpass).refused(&["in use by another clientpass"]);
}
