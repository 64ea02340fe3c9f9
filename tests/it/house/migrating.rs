//! What a migration makes of what is there.

use rusqlite::Connection;
use tokio_postgres::{NoTls, SimpleQueryMessage};

use super::engine::now;
use super::source::files;
use crate::support::database::Database;

/// A member, and the networks that were kept of it: of IPv4, of IPv6, and what came without an address.
const BEFORE: &str = "
    INSERT INTO organizations (id, name, state, created_at) VALUES (ID, 'n', 'active', 1);
    INSERT INTO members (id, organization_id, login, domain, display_name, role, state, created_at)
    VALUES (ID, ID, 'a@example.org', 'example.org', 'a', 0, 'active', 1);
    INSERT INTO home_networks (member_id, network, at)
    VALUES (ID, '192.0.2.0', 5), (ID, '2001:db8:1:200::', 6), (ID, '', 7);";
const AFTER: &str = "SELECT purpose || ' ' || place || ' ' || at FROM known_places ORDER BY at";
const EXPECTED: [&str; 2] = ["password 192.0.2.0/24 5", "password 2001:db8:1:200::/56 6"];

/// The schema of an engine up to and with this version, and the one after it.
fn schema(engine: &str, version: usize) -> (String, String) {
    let mut all = files(&format!("sql/schema/{engine}"), "sql");
    all.sort();
    let texts: Vec<String> = all.into_iter().map(|(_, text)| text).collect();
    (texts[..version].join("\n"), texts[version].clone())
}

#[test]
fn networks_that_were_kept_go_on_as_networks_for_passwords() {
    let (before, migration) = schema("sqlite", 6);
    let database = Connection::open_in_memory().unwrap();
    database.execute_batch(&before).unwrap();
    database.execute_batch(&BEFORE.replace("ID", "x'01'")).unwrap();
    database.execute_batch(&migration).unwrap();
    let mut found = database.prepare(AFTER).unwrap();
    let found: Vec<String> = found.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(found, EXPECTED);
}

/// Codes of members who have confirmed two factors, none, and codes alone.
const CODES: &str = "
    INSERT INTO organizations (id, name, state, created_at) VALUES (x'01', 'n', 'active', 1);
    INSERT INTO members (id, organization_id, login, domain, display_name, role, state, created_at)
    VALUES (x'01', x'01', 'a@example.org', 'example.org', 'a', 0, 'active', 1),
           (x'02', x'01', 'b@example.org', 'example.org', 'b', 0, 'active', 1);
    INSERT INTO second_factors (id, member_id, label, sealed_seed, created_at, confirmed_at)
    VALUES (x'01', x'01', 'one', x'00', 1, 7), (x'02', x'01', 'two', x'00', 2, 5), (x'03', x'01', 'no', x'00', 3, NULL),
           (x'04', x'02', 'no', x'00', 3, NULL);
    INSERT INTO recovery_codes (verifier, member_id) VALUES (x'01', x'01'), (x'02', x'01'), (x'03', x'02');";

/// Of codes from before it was kept when they were made.
#[test]
fn recovery_codes_are_as_old_as_the_first_factor_and_else_of_no_age() {
    let (before, migration) = schema("sqlite", 8);
    let database = Connection::open_in_memory().unwrap();
    database.execute_batch(&before).unwrap();
    database.execute_batch(CODES).unwrap();
    database.execute_batch(&migration).unwrap();
    let mut found = database.prepare("SELECT created_at FROM recovery_codes ORDER BY verifier").unwrap();
    let found: Vec<Option<i64>> =
        found.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(found, [Some(5), Some(5), None]);
}

#[test]
fn and_so_they_do_on_postgres() {
    let Some(database) = Database::fresh() else { return };
    let (before, migration) = schema("postgres", 6);
    let (client, connection) = now(tokio_postgres::connect(&database.url, NoTls)).unwrap();
    now(async { drop(tokio::spawn(connection)) });
    now(client.batch_execute(&before)).unwrap();
    now(client.batch_execute(&BEFORE.replace("ID", "'\\x01'"))).unwrap();
    now(client.batch_execute(&migration)).unwrap();
    let found = now(client.simple_query(AFTER)).unwrap();
    let found: Vec<String> = found
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        })
        .collect();
    assert_eq!(found, EXPECTED);
}
