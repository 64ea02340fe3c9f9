//! Writes that the database rolls back because of others: run again from the first step, three times at most, within
//! one deadline, and only where it says that nothing was written.

use std::time::Duration;

use clientpass::clock::{SystemTimeSource as Stopwatch, TimeSource as _};
use clientpass::store::engine::{Engine as _, EngineError, Row, Value, Written};
use clientpass::store::postgres::Postgres;
use futures_util::future::join;
use tokio_postgres::NoTls;

use super::database;
use crate::engine::{add, clock, now, one, place};
use crate::probe;
use crate::support::database::{Database, execute};

/// When a write is refused.
#[derive(Clone, Copy, Debug, PartialEq)]
enum When {
    /// By its step.
    Step,
    /// By its COMMIT.
    Commit,
}

/// A database whose table refuses so many inserts with this code, each of them after so many seconds.
fn refusing(times: usize, code: &str, when: When, seconds: f64) -> Option<(Database, Postgres)> {
    let database = database()?;
    let kind = match when {
        When::Step => "TRIGGER refuse",
        When::Commit => "CONSTRAINT TRIGGER refuse",
    };
    let deferred = if when == When::Commit { "DEFERRABLE INITIALLY DEFERRED" } else { "" };
    execute(
        &database.url,
        &[
            "CREATE TABLE probe (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)",
            // What a sequence has counted is not rolled back.
            "CREATE SEQUENCE runs",
            &format!(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 IF nextval('runs') <= {times} THEN PERFORM pg_sleep({seconds}); \
                 RAISE EXCEPTION USING ERRCODE = '{code}'; END IF; RETURN NULL; END $$"
            ),
            &format!("CREATE {kind} AFTER INSERT ON probe {deferred} FOR EACH ROW EXECUTE FUNCTION refuse()"),
        ],
    );
    let engine = now(Postgres::open(&place(&database.url), clock())).unwrap();
    Some((database, engine))
}

fn number(engine: &Postgres, statement: &'static clientpass::store::engine::Statement) -> i64 {
    match &now(engine.read(statement, vec![])).unwrap()[..] {
        [Row(values)] => match values[..] {
            [Value::Int(number)] => number,
            _ => panic!("{values:?}"),
        },
        rows => panic!("{rows:?}"),
    }
}

/// How often it was run, and how many rows it left.
fn outcome(engine: &Postgres) -> (i64, i64) {
    let runs = probe!("SELECT last_value FROM runs");
    (number(engine, runs), number(engine, probe!("SELECT count(*) FROM probe")))
}

#[test]
fn a_write_that_is_rolled_back_is_run_again_three_times_and_no_more() {
    for code in ["40001", "40P01"] {
        for when in [When::Step, When::Commit] {
            let Some((_database, engine)) = refusing(3, code, when, 0.0) else { return };
            let written = now(engine.write(vec![add(1, 1)]));
            assert!(matches!(written, Ok(Written::Done(_))), "{code} {when:?}: {written:?}");
            assert_eq!(outcome(&engine), (4, 1), "{code} {when:?}");

            let (_database, engine) = refusing(4, code, when, 0.0).unwrap();
            let written = now(engine.write(vec![add(1, 1)]));
            let told = matches!(&written, Err(EngineError::Unavailable(why)) if why.contains(code));
            assert!(told, "{code} {when:?}: {written:?}");
            assert_eq!(outcome(&engine), (4, 0), "{code} {when:?}");

            // Whoever asks again is served.
            let written = now(engine.write(vec![add(1, 1)]));
            assert!(matches!(written, Ok(Written::Done(_))), "{code} {when:?}: {written:?}");
        }
    }
}

#[test]
fn what_says_nothing_of_others_is_run_once() {
    // After 40003 it is looked up whether it was written, and only then said.
    for (code, when, said) in [
        ("40002", When::Step, "40002"),
        ("22012", When::Step, "22012"),
        ("40003", When::Commit, "nothing was written"),
    ] {
        let Some((_database, engine)) = refusing(1, code, when, 0.0) else { return };
        let written = now(engine.write(vec![add(1, 1)]));
        let told = matches!(&written, Err(EngineError::Unavailable(why)) if why.contains(said));
        assert!(told, "{code}: {written:?}");
        assert_eq!(outcome(&engine), (1, 0), "{code}");
    }
}

/// All runs together take no longer than one may.
#[test]
fn however_often_it_is_run_there_is_one_deadline() {
    let Some((_database, engine)) = refusing(4, "40001", When::Step, 2.0) else { return };
    let begun = Stopwatch::new();
    let written = now(engine.write(vec![add(1, 1)]));
    assert!(matches!(written, Err(EngineError::Unavailable(_))), "{written:?}");
    assert!(begun.monotonic() < Duration::from_secs(7), "{:?}", begun.monotonic());
}

/// The row goes elsewhere while a write waits for it, which the server cannot follow: it says 40001.
#[test]
fn a_write_that_cannot_follow_its_row_finds_it_where_it_is_now() {
    let Some(database) = database() else { return };
    execute(
        &database.url,
        &[
            "CREATE TABLE moved (id BIGINT, part BIGINT, n BIGINT) PARTITION BY LIST (part)",
            "CREATE TABLE moved_1 PARTITION OF moved FOR VALUES IN (1)",
            "CREATE TABLE moved_2 PARTITION OF moved FOR VALUES IN (2)",
            "INSERT INTO moved VALUES (1, 1, 0)",
        ],
    );
    let engine = now(Postgres::open(&place(&database.url), clock())).unwrap();
    let (client, connection) = now(tokio_postgres::connect(&database.url, NoTls)).unwrap();
    now(async { drop(tokio::spawn(connection)) });
    now(client.batch_execute("BEGIN; UPDATE moved SET part = 2 WHERE id = 1")).unwrap();

    let waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid";
    let let_go = async {
        while client.query(waiting, &[]).await.unwrap().is_empty() {}
        client.batch_execute("COMMIT").await.unwrap();
    };
    let count = one(probe!("UPDATE moved SET n = n + 1 WHERE id = $1"), &[1]);
    let (written, ()) = now(join(engine.write(vec![count]), let_go));
    assert!(matches!(written, Ok(Written::Done(_))), "{written:?}");
    assert_eq!(number(&engine, probe!("SELECT n FROM moved WHERE part = 2")), 1);
}
