//! Reads: typed, current at each call, and never behind a write.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{TryRecvError, channel};
use std::time::Duration;

use clientpass::clock::Timestamp;
use clientpass::store::Unmet;
use clientpass::store::engine::{EngineError, ListLimits, Row, Step, Value, Written};
use uuid::Uuid;

use super::fixture::{Db, LISTS, add, any, now, one};
use crate::probe;
use crate::support::database::on_postgres;
use crate::support::time::until;

#[test]
fn values_come_back_as_they_went_in() {
    let db = Db::new();
    let make = if on_postgres() {
        probe!("CREATE TABLE kinds (i BIGINT, t TEXT, b BYTEA, f BIGINT, u BYTEA, at BIGINT, none TEXT)")
    } else {
        probe!(
            "CREATE TABLE kinds (i INTEGER, t TEXT, b BLOB, f INTEGER, u BLOB, at INTEGER, none TEXT) STRICT"
        )
    };
    db.write(vec![any(make, &[])]).unwrap();
    let (id, at) = (Uuid::from_u128(7), Timestamp::from_micros(-5));
    let values: Vec<Value> = vec![
        i64::MIN.into(),
        "Grüße '\"\u{1}".into(),
        vec![0u8, 255].into(),
        true.into(),
        id.into(),
        at.into(),
        None::<String>.into(),
    ];
    let statement = probe!("INSERT INTO kinds VALUES ($1, $2, $3, $4, $5, $6, $7)");
    let step = Step { statement, args: values.clone(), unless_one: Some(Unmet::Nothing) };
    db.write(vec![step]).unwrap();
    let rows = db.read(probe!("SELECT * FROM kinds"), vec![]).unwrap();
    assert_eq!(rows, [Row(values)]);
    let mut columns = rows.into_iter().next().unwrap().columns();
    assert_eq!(columns.int(), Ok(i64::MIN));
    assert_eq!(columns.text().unwrap(), "Grüße '\"\u{1}");
    assert_eq!(columns.bytes(), Ok(vec![0, 255]));
    assert_eq!(columns.flag(), Ok(true));
    assert_eq!(columns.id::<Uuid>(), Ok(id));
    assert_eq!(columns.time(), Ok(at));
    assert_eq!(columns.opt_text(), Ok(None));
}

#[test]
fn what_is_not_what_it_should_be_is_unreadable_and_not_guessed() {
    let db = Db::new();
    let read = |sql| db.read(sql, vec![]).unwrap().into_iter().next().unwrap().columns();
    let unreadable = |error: Option<EngineError>| matches!(error, Some(EngineError::Unreadable(_)));
    assert!(unreadable(read(probe!("SELECT 'seven'")).int().err()));
    assert!(unreadable(read(probe!("SELECT 7")).text().err()));
    assert!(unreadable(read(probe!("SELECT NULL")).int().err()));
    assert!(unreadable(read(probe!("SELECT 1.5")).int().err()));
    assert!(unreadable(read(probe!("SELECT x'07'")).id::<Uuid>().err()));
    assert!(unreadable(read(probe!("SELECT 1")).bytes().err()));
}

#[test]
fn a_read_that_fails_does_not_spoil_the_next() {
    let db = Db::new();
    db.write(vec![add(1, 10)]).unwrap();
    for _ in 0..8 {
        assert!(matches!(db.read(probe!("SELECT nothing"), vec![]), Err(EngineError::Unavailable(_))));
        assert!(
            db.read(probe!("SELECT n FROM probe WHERE id = $1"), vec![]).is_err(),
            "an argument is missing"
        );
        assert_eq!(db.n(1), 10);
    }
}

#[test]
fn a_reader_cannot_write() {
    let db = Db::new();
    let write = probe!("INSERT INTO probe (id, n) VALUES (1, 1)");
    assert!(db.read(write, vec![]).is_err());
    let long = probe!(Long, "INSERT INTO probe (id, n) VALUES (1, 1)");
    assert!(db.read(long, vec![]).is_err());
    assert_eq!(db.ids(), [0i64; 0]);
}

#[test]
fn a_read_after_an_acknowledged_write_sees_it() {
    let db = Db::new();
    db.write(vec![add(0, 0)]).unwrap();
    let set = probe!("UPDATE probe SET n = $1 WHERE id = $2");
    for n in 1..200 {
        db.write(vec![one(set, &[n, 0])]).unwrap();
        assert_eq!(db.n(0), n);
        let rows = db.read(probe!(Long, "SELECT n FROM probe WHERE id = 0"), vec![]).unwrap();
        assert_eq!(rows, [Row(vec![Value::Int(n)])]);
    }
}

/// The held snapshots against the writer: what anyone was told is written, nobody reads without.
#[test]
fn no_thread_reads_less_than_any_thread_was_told_before() {
    let db = Db::new();
    db.write(vec![add(0, 0)]).unwrap();
    let (told, over) = (AtomicI64::new(0), AtomicBool::new(false));
    let count = probe!("UPDATE probe SET n = n + 1 WHERE id = $1 RETURNING n");
    let (db, told, over) = (&db, &told, &over);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(move || {
                    for _ in 0..400 {
                        let Ok(Written::Done(rows)) = db.write(vec![one(count, &[0])]) else {
                            panic!("no write")
                        };
                        let n = rows.into_iter().flatten().next().unwrap().columns().int().unwrap();
                        told.fetch_max(n, Ordering::SeqCst);
                        assert!(db.n(0) >= n, "a writer does not see its own");
                    }
                })
            })
            .collect();
        for _ in 0..3 {
            scope.spawn(move || {
                while !over.load(Ordering::SeqCst) {
                    let before = told.load(Ordering::SeqCst);
                    let n = db.n(0);
                    assert!(n >= before, "told {before}, read {n}");
                }
            });
        }
        let done: Vec<_> = writers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        over.store(true, Ordering::SeqCst);
        assert!(done.iter().all(Result::is_ok));
    });
    assert_eq!(db.n(0), 1_200);
}

#[test]
fn reads_do_not_wait_for_a_write() {
    let db = Db::on_file();
    db.write(vec![add(1, 10)]).unwrap();
    // Somebody else holds the file's write lock, so the writer stands still inside its write.
    let stranger = db.stranger();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (tell, told) = channel();
    std::thread::scope(|scope| {
        let db = &db;
        scope.spawn(move || tell.send(db.write(vec![add(2, 20)])).unwrap());
        for _ in 0..100 {
            assert_eq!(db.ids(), [1]);
            let rows = db.read(probe!(Long, "SELECT n FROM probe"), vec![]).unwrap();
            assert_eq!(rows, [Row(vec![Value::Int(10)])]);
        }
        assert_eq!(told.try_recv(), Err(TryRecvError::Empty));
        stranger.execute_batch("ROLLBACK").unwrap();
        assert!(matches!(told.recv().unwrap(), Ok(Written::Done(_))));
    });
    assert_eq!(db.ids(), [1, 2]);
}

#[test]
fn more_threads_read_at_once_than_there_are_readers() {
    let db = Db::new();
    db.write(vec![add(1, 10)]).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| (0..200).for_each(|_| assert_eq!(db.n(1), 10)));
        }
    });
}

/// Somebody who lists without end holds up others who list, and nobody else.
#[test]
fn lists_run_beside_all_other_reads_and_not_many_at_once() {
    let db = Db::new();
    db.write(vec![add(1, 10)]).unwrap();
    let endless = if on_postgres() {
        probe!(List, "SELECT 1 FROM pg_sleep(100)")
    } else {
        probe!(
            List,
            "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
        )
    };
    let (tell, told) = channel();
    let list = || {
        let (engine, tell) = (Arc::clone(&db.engine), tell.clone());
        tokio::spawn(async move { tell.send(engine.read(endless, vec![]).await).unwrap() })
    };
    let lists: Vec<_> = now(async { (0..16).map(|_| list()).collect() });
    for _ in LISTS.at_once..lists.len() {
        assert!(matches!(told.recv().unwrap(), Err(EngineError::Unavailable(_))));
    }
    for _ in 0..50 {
        assert_eq!(db.n(1), 10);
        assert_eq!(
            db.read(probe!(Long, "SELECT n FROM probe"), vec![]).unwrap(),
            [Row(vec![Value::Int(10)])]
        );
        assert!(db.write(vec![one(probe!("UPDATE probe SET n = $1 WHERE id = $2"), &[10, 1])]).is_ok());
    }
    assert!(told.try_recv().is_err(), "those that have their turn go on");
    // Whoever gives up makes room.
    lists.iter().for_each(tokio::task::JoinHandle::abort);
    until("a list being read again", || {
        db.read(probe!(List, "SELECT n FROM probe"), vec![]) == Ok(vec![Row(vec![Value::Int(10)])])
    });
}

#[test]
fn a_list_that_takes_too_long_is_ended() {
    let limits = ListLimits { longest: Duration::from_millis(100), ..LISTS };
    let db = Db::with_lists(limits);
    let endless = if on_postgres() {
        probe!(List, "SELECT 1 FROM pg_sleep(100)")
    } else {
        probe!(
            List,
            "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
        )
    };
    for _ in 0..4 {
        assert!(matches!(db.read(endless, vec![]), Err(EngineError::Unavailable(_))));
    }
    until("a list being read again", || db.read(probe!(List, "SELECT 7"), vec![]).is_ok());
}

/// A held snapshot keeps the log from being cut; an idle reader lets go of it.
#[test]
fn an_idle_reader_lets_the_log_be_cut() {
    let db = Db::on_file();
    db.write(vec![add(1, 10)]).unwrap();
    assert_eq!(db.n(1), 10);
    db.write(vec![add(2, 20)]).unwrap();
    let stranger = db.stranger();
    // SQLite itself waits up to this long for the readers of the old log.
    stranger.busy_timeout(std::time::Duration::from_secs(20)).unwrap();
    let busy: i64 = stranger.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
    assert_eq!(busy, 0, "a reader held on to its snapshot");
    assert_eq!(db.ids(), [1, 2]);
}
