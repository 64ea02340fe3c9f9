//! Both schemas are one, and every statement is understood.

use std::collections::BTreeSet;

use clientpass::store::engine::EngineError;
use clientpass::store::postgres::Postgres;
use rusqlite::Connection;
use tokio_postgres::{Client, NoTls};

use super::database;
use crate::architecture::plans;
use crate::architecture::statements::statements;
use crate::engine::{clock, now, place};
use crate::support::database::{Database, execute, server};

pub fn opened(database: &Database) -> Client {
    drop(now(Postgres::open(&place(&database.url), clock())).unwrap());
    let (client, connection) = now(tokio_postgres::connect(&database.url, NoTls)).unwrap();
    now(async { drop(tokio::spawn(connection)) });
    client
}

#[test]
fn every_statement_prepares_and_answers_with_the_same_columns() {
    let Some(database) = database() else { return };
    let client = opened(&database);
    let sqlite: Connection = plans::database();
    for (name, sql) in statements() {
        let here = now(client.prepare(&sql)).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let there = sqlite.prepare(&sql).unwrap();
        assert_eq!(here.columns().len(), there.column_count(), "{name}");
        assert_eq!(here.params().len(), there.parameter_count(), "{name}");
        for (column, kind) in here.columns().iter().map(|column| (column.name(), column.type_().name())) {
            assert!(["int8", "int4", "text", "bytea"].contains(&kind), "{name}: {column} is {kind}");
        }
    }
}

/// Table, column, whether it may be null; and every index with the table that it is on.
type Shape = (BTreeSet<(String, String, bool)>, BTreeSet<(String, String)>);

fn shape_here(client: &Client) -> Shape {
    let columns = "SELECT table_name::text, column_name::text, is_nullable = 'YES' \
                   FROM information_schema.columns WHERE table_schema = 'public' \
                   AND table_name IN (SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE')";
    let indexes = "SELECT tablename::text, indexname::text FROM pg_indexes WHERE schemaname = 'public' \
                   AND indexname NOT LIKE '%\\_pkey' AND indexname NOT LIKE '%\\_key'";
    let columns = now(client.query(columns, &[])).unwrap();
    let indexes = now(client.query(indexes, &[])).unwrap();
    (
        columns.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect(),
        indexes.iter().map(|row| (row.get(0), row.get(1))).collect(),
    )
}

fn shape_there(sqlite: &Connection) -> Shape {
    let columns = "SELECT m.name, c.name, c.\"notnull\" = 0 AND c.pk = 0 FROM sqlite_schema m, \
                   pragma_table_xinfo(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'";
    let indexes = "SELECT tbl_name, name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL";
    let mut statement = sqlite.prepare(columns).unwrap();
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    let columns = found.map(Result::unwrap).collect();
    let mut statement = sqlite.prepare(indexes).unwrap();
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    (columns, found.map(Result::unwrap).collect())
}

#[test]
fn both_engines_have_the_same_tables_columns_and_indexes() {
    let Some(database) = database() else { return };
    let (mut here, mut there) = (shape_here(&opened(&database)), shape_there(&plans::database()));
    let own = |table: &String| ["commits", "schema_migrations"].contains(&table.as_str());
    here.0.retain(|(table, ..)| !own(table));
    there.0.retain(|(table, ..)| !own(table));
    assert_eq!(here, there);
    assert!(here.0.len() > 100 && here.1.len() > 15);
}

#[test]
fn a_database_of_a_newer_program_is_refused_and_left_alone() {
    let Some(database) = database() else { return };
    let client = opened(&database);
    now(client.batch_execute("INSERT INTO schema_migrations (version) VALUES (999)")).unwrap();
    let refused = now(Postgres::open(&place(&database.url), clock())).unwrap_err();
    assert!(matches!(&refused, EngineError::Unreadable(why) if why.contains("999")), "{refused:?}");
}

#[test]
fn two_nodes_that_start_at_once_make_one_schema() {
    let Some(database) = database() else { return };
    let opened: Vec<_> = std::thread::scope(|scope| {
        let open = || scope.spawn(|| now(Postgres::open(&place(&database.url), clock())).map(drop));
        let nodes: Vec<_> = (0..6).map(|_| open()).collect();
        nodes.into_iter().map(|node| node.join().unwrap()).collect()
    });
    assert!(opened.iter().all(Result::is_ok), "{opened:?}");
}

#[test]
fn a_database_that_is_not_of_utf_8_is_refused() {
    let Some(database) = database() else { return };
    let ascii = format!("{}_ascii", database.url.rsplit('=').next().unwrap());
    let make = format!("CREATE DATABASE {ascii} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'");
    execute(&server().unwrap(), &[&make]);
    let refused =
        now(Postgres::open(&place(&format!("{} dbname={ascii}", database.url)), clock())).unwrap_err();
    execute(&server().unwrap(), &[&format!("DROP DATABASE {ascii} WITH (FORCE)")]);
    assert!(refused.to_string().contains("UTF8"), "{refused}");
}

#[test]
fn an_address_that_cannot_be_used_is_refused_without_being_repeated() {
    for url in ["postgres://u:hunter2@h/x?nonsense=1", "hunter2", "host=/tmp user=u password=hunter2 port=x"]
    {
        let refused = now(Postgres::open(&place(url), clock())).unwrap_err().to_string();
        assert!(!refused.contains("hunter2") && refused.contains("postgres://"), "{refused}");
    }
}
