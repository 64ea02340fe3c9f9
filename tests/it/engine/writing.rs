//! Writes: all steps or none, each by itself although they are committed together.

use std::sync::Arc;
use std::time::Duration;

use clientpass::clock::Clock;
use clientpass::store::Unmet;
use clientpass::store::engine::{Engine as _, EngineError, Row, Step, Value, Written};
use clientpass::store::sqlite::Sqlite;
use futures_util::future::{join, join_all};
use rusqlite::Connection;

use super::fixture::{Db, LISTS, add, any, now, one, one_or};
use crate::probe;
use crate::support::time::TestTime;

const DONE: fn(Vec<Vec<Row>>) -> Written = Written::Done;

#[test]
fn all_steps_are_written_or_none() {
    let db = Db::new();
    assert!(matches!(db.write(vec![add(1, 10), add(2, 20)]), Ok(Written::Done(_))));
    // The second step violates the key that the first has taken.
    let failed = db.write(vec![add(3, 30), add(1, 11)]);
    assert!(matches!(failed, Err(EngineError::Unavailable(_))), "{failed:?}");
    assert_eq!(db.ids(), [1, 2]);
    assert_eq!(db.n(1), 10);
}

/// What depends on the time is judged when it is written, however long it has waited for its turn.
#[test]
fn the_time_of_a_write_is_that_at_which_it_is_run() {
    let (folder, time) = (tempfile::tempdir().unwrap(), TestTime::new());
    let file = folder.path().join("data.sqlite");
    let engine = Sqlite::open(&file, 1, LISTS, Clock::new(Arc::new(time.clone()))).unwrap();
    let make = probe!("CREATE TABLE probe (id INTEGER PRIMARY KEY, n INTEGER NOT NULL) STRICT");
    now(engine.write(vec![any(make, &[])])).unwrap();
    let stranger = Connection::open(&file).unwrap();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    let step = Step { args: vec![Value::Int(1), Value::Now(5)], ..add(1, 0) };
    let release = async {
        time.advance(Duration::from_secs(3_600));
        stranger.execute_batch("ROLLBACK").unwrap();
    };
    let (written, ()) = now(join(engine.write(vec![step]), release));
    assert_eq!(written, Ok(DONE(vec![vec![]])));
    let rows = now(async { engine.read(probe!("SELECT n FROM probe WHERE id = $1"), vec![1.into()]).await });
    assert_eq!(rows, Ok(vec![Row(vec![Value::Int(time.wall().micros() + 5)])]));
}

#[test]
fn a_step_that_must_touch_one_row_and_does_not_says_why_and_writes_nothing() {
    let db = Db::new();
    db.write(vec![add(1, 10), add(2, 20)]).unwrap();
    let change = probe!("UPDATE probe SET n = n + 1 WHERE id >= $1");
    let (version, gone) = (one_or(Unmet::Version, change, &[9]), one_or(Unmet::NotActive, change, &[1]));
    assert_eq!(db.write(vec![add(3, 30), version.clone()]), Ok(Written::Unmet(Unmet::Version)), "no row");
    assert_eq!(db.write(vec![gone.clone(), add(3, 30)]), Ok(Written::Unmet(Unmet::NotActive)), "two rows");
    // The first that is not met says why.
    assert_eq!(db.write(vec![gone, version]), Ok(Written::Unmet(Unmet::NotActive)));
    assert_eq!(db.ids(), [1, 2]);
    assert_eq!((db.n(1), db.n(2)), (10, 20));
    assert_eq!(db.write(vec![one(change, &[2])]), Ok(DONE(vec![vec![]])), "one row");
    assert_eq!(db.n(2), 21);
}

#[test]
fn rows_that_a_step_returns_are_counted_and_handed_back() {
    let db = Db::new();
    let change = probe!("UPDATE probe SET n = n + 1 WHERE id >= $1 RETURNING id, n");
    let answer = db.write(vec![add(1, 10), add(2, 20), one(change, &[2])]);
    let returned = Row(vec![Value::Int(2), Value::Int(21)]);
    assert_eq!(answer, Ok(DONE(vec![vec![], vec![], vec![returned]])));
    assert_eq!(db.write(vec![one(change, &[1])]), Ok(Written::Unmet(Unmet::Nothing)), "two rows");
    assert_eq!(db.write(vec![one(change, &[9])]), Ok(Written::Unmet(Unmet::Nothing)), "no row");
    assert_eq!((db.n(1), db.n(2)), (10, 21));
}

#[test]
fn a_later_step_sees_what_an_earlier_one_did() {
    let db = Db::new();
    let copy = probe!("INSERT INTO probe (id, n) SELECT id + 1, n + 1 FROM probe WHERE id = $1");
    db.write(vec![add(1, 10), one(copy, &[1]), one(copy, &[2])]).unwrap();
    assert_eq!((db.ids(), db.n(3)), (vec![1, 2, 3], 12));
}

#[test]
fn a_write_that_fails_does_not_touch_its_neighbours_of_the_same_commit() {
    let db = Db::on_file();
    db.write(vec![add(0, 0)]).unwrap();
    let stranger = db.stranger();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    let never = probe!("UPDATE probe SET n = 1 WHERE id = $1");
    // Every third is good; one breaks after its first step, one is not met after its first step.
    let steps = |at: i64| match at % 3 {
        0 => vec![add(at, at), add(1_000 + at, at)],
        1 => vec![add(at, at), add(0, at)],
        _ => vec![add(at, at), one(never, &[-1])],
    };
    let writes = join_all((1..100).map(|at| db.engine.write(steps(at))));
    // All of them wait before the stranger lets the first one through: they are committed together.
    let release = async { stranger.execute_batch("ROLLBACK").unwrap() };
    let (outcomes, ()) = now(join(writes, release));
    for (at, outcome) in (1..).zip(outcomes) {
        match at % 3 {
            0 => assert!(matches!(outcome, Ok(Written::Done(_))), "{at}: {outcome:?}"),
            1 => assert!(matches!(outcome, Err(EngineError::Unavailable(_))), "{at}: {outcome:?}"),
            _ => assert_eq!(outcome, Ok(Written::Unmet(Unmet::Nothing)), "{at}"),
        }
    }
    let good = (1..100).filter(|at| at % 3 == 0);
    let expected: Vec<i64> = [0].into_iter().chain(good.clone()).chain(good.map(|at| 1_000 + at)).collect();
    assert_eq!(db.ids(), expected);
    assert_eq!(db.n(0), 0);
}

#[test]
fn what_is_written_by_many_threads_is_all_there() {
    let db = Db::new();
    db.write(vec![add(0, 0)]).unwrap();
    let count = probe!("UPDATE probe SET n = n + 1 WHERE id = $1");
    std::thread::scope(|scope| {
        for thread in 1..=8 {
            let db = &db;
            scope.spawn(move || {
                for at in 0..25 {
                    let written = db.write(vec![one(count, &[0]), add(thread * 1_000 + at, at)]);
                    assert!(matches!(written, Ok(Written::Done(_))), "{written:?}");
                }
            });
        }
    });
    assert_eq!((db.n(0), db.ids().len()), (200, 201));
}

#[test]
fn what_was_acknowledged_is_there_after_opening_again() {
    let db = Db::on_file();
    db.write(vec![add(1, 10)]).unwrap();
    let mode = db.stranger().pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0));
    assert_eq!(mode.unwrap(), "wal");
    assert_eq!(db.reopened().n(1), 10);
}

#[test]
fn a_write_that_nobody_waits_for_stands() {
    let db = Db::on_file();
    let stranger = db.stranger();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    now(async {
        let mut left = db.engine.write(vec![add(1, 1)]);
        let polled = futures_util::future::poll_fn(|context| {
            std::task::Poll::Ready(left.as_mut().poll(context).is_pending())
        });
        assert!(polled.await, "it was done before it could be");
        drop(left);
    });
    stranger.execute_batch("ROLLBACK").unwrap();
    // Writes are done in order: with this one acknowledged, the other is over as well.
    db.write(vec![any(probe!("UPDATE probe SET n = n WHERE id = $1"), &[7])]).unwrap();
    assert_eq!(db.ids(), [1]);
}
