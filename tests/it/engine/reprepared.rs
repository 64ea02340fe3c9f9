//! Nothing on the way of a check is prepared twice.

use rusqlite::config::DbConfig;
use rusqlite::{Connection, StatementStatus, params_from_iter};

use crate::architecture::plans::{database, fill};
use crate::architecture::source::{files, root};

/// What runs at every request or check, with its number of parameters.
const HOT: [(&str, usize); 4] = [
    ("check/by_verifier", 1),
    ("check/by_login", 1),
    ("sessions/by_verifier", 1),
    ("service_keys/by_verifier", 1),
];

fn text(name: &str) -> String {
    std::fs::read_to_string(root().join(format!("sql/query/{name}.sql"))).unwrap()
}

/// How often a statement was prepared anew in 50 runs with other values, as the engine's readers run it.
fn reprepared(database: &Connection, name: &str, parameters: usize) -> i32 {
    let sql = text(name);
    for run in 0..50 {
        let mut statement = database.prepare_cached(&sql).unwrap();
        let values = (0..parameters).map(|at| format!("{run} {at}").into_bytes());
        let mut rows = statement.query(params_from_iter(values)).unwrap();
        while rows.next().unwrap().is_some() {}
    }
    database.prepare_cached(&sql).unwrap().get_status(StatementStatus::RePrepare)
}

fn opened(stable_plans: bool) -> Connection {
    let database = database();
    fill(&database);
    database.execute_batch("ANALYZE").unwrap();
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, stable_plans).unwrap();
    database
}

#[test]
fn with_stable_plans_nothing_is_prepared_twice() {
    let database = opened(true);
    for (name, parameters) in HOT {
        assert_eq!(reprepared(&database, name, parameters), 0, "{name}");
    }
}

/// The control: without them the join of a check is, so the counter counts.
#[test]
fn without_stable_plans_a_check_would_be_prepared_at_every_call() {
    let database = opened(false);
    let (name, parameters) = HOT[0];
    assert!(reprepared(&database, name, parameters) > 40);
}

/// The engine's connections cannot be asked from outside; they all come from one function.
#[test]
fn every_connection_of_the_engine_has_stable_plans_and_the_writer_waits_for_the_disk() {
    let source: String = files("src/store/sqlite", "rs").into_iter().map(|(_, text)| text).collect();
    assert_eq!(source.matches("Connection::open").count(), 1);
    let connect = source.split("fn connect(").nth(1).unwrap().split("\n}\n").next().unwrap();
    assert!(connect.contains("Connection::open"));
    assert!(connect.contains("set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)"));
    assert!(source.contains("pragma_update(None, \"synchronous\", \"FULL\")"));
}
