//! Connections that break: nothing is guessed, nobody waits long, and it goes on by itself.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use clientpass::clock::{SystemTimeSource as Stopwatch, TimeSource as _};
use clientpass::store::Unmet;
use clientpass::store::engine::{Engine as _, EngineError, Row, Value, Written};
use clientpass::store::postgres::Postgres;
use futures_util::FutureExt as _;
use futures_util::future::{Either, join_all, select};

use super::database;
use crate::engine::{add, any, clock, now, one, place};
use crate::probe;
use crate::support::database::{Database, execute};
use crate::support::proxy::{Proxy, Wire};

/// A mail client is answered by then, or was told to come back.
const PATIENCE: Duration = Duration::from_secs(2);
/// A COMMIT that is not answered is looked up by then.
const ANSWERED: Duration = Duration::from_secs(20);
/// What was broken is used again by then.
const RECOVERY: Duration = Duration::from_secs(5);

struct Broken {
    engine: Arc<Postgres>,
    proxy: Proxy,
    database: Database,
}

fn broken() -> Option<Broken> {
    let database = database()?;
    let proxy = Proxy::before(&database.url);
    let engine = Arc::new(now(Postgres::open(&place(&proxy.url(&database.url)), clock())).unwrap());
    let make = probe!("CREATE TABLE probe (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)");
    now(engine.write(vec![any(make, &[])])).unwrap();
    let broken = Broken { engine, proxy, database };
    assert_eq!(broken.ids(), Ok(vec![]));
    Some(broken)
}

impl Broken {
    fn ids(&self) -> Result<Vec<i64>, EngineError> {
        let rows = now(self.engine.read(probe!("SELECT id FROM probe ORDER BY id"), vec![]))?;
        Ok(rows.into_iter().map(|row| row.columns().int().unwrap()).collect())
    }

    /// Reads as lists are read.
    fn largest(&self) -> Result<i64, EngineError> {
        let rows = now(self.engine.read(probe!(Long, "SELECT max(id) FROM probe"), vec![]))?;
        Ok(rows.into_iter().next().unwrap().columns().opt_int()?.unwrap_or(0))
    }

    /// Asks until there is an answer, as long as a recovery may take.
    fn recovers(&self) -> Vec<i64> {
        let begun = Stopwatch::new();
        loop {
            match self.ids() {
                Ok(ids) => return ids,
                Err(error) => assert!(begun.monotonic() < RECOVERY, "{error}"),
            }
        }
    }
}

#[test]
fn a_commit_whose_answer_is_lost_is_looked_up() {
    let Some(broken) = broken() else { return };
    for id in 1..=5 {
        broken.proxy.set(Wire::CutAfterCommit);
        let written = now(broken.engine.write(vec![add(id, id)]));
        broken.proxy.set(Wire::Whole);
        assert!(matches!(written, Ok(Written::Done(_))), "{id}: {written:?}");
        assert_eq!(broken.recovers(), (1..=id).collect::<Vec<_>>());
    }
}

#[test]
fn a_commit_that_is_not_answered_in_time_is_looked_up() {
    let Some(broken) = broken() else { return };
    broken.proxy.set(Wire::CommitUnanswered);
    let written = now(async { tokio::time::timeout(ANSWERED, broken.engine.write(vec![add(1, 1)])).await });
    broken.proxy.set(Wire::Whole);
    let written = written.expect("it waits for ever");
    assert!(matches!(written, Ok(Written::Done(_))), "{written:?}");
    assert_eq!(broken.recovers(), [1]);
}

#[test]
fn a_commit_of_which_the_server_says_that_it_does_not_know_is_looked_up() {
    let Some(broken) = broken() else { return };
    broken.proxy.set(Wire::CommitUnknown);
    let written = now(broken.engine.write(vec![add(1, 1)]));
    broken.proxy.set(Wire::Whole);
    assert!(matches!(written, Ok(Written::Done(_))), "{written:?}");
    assert_eq!(broken.recovers(), [1]);
}

/// What was once taken for "nothing was written".
#[test]
fn a_lost_commit_whose_number_is_gone_is_not_known() {
    let Some(broken) = broken() else { return };
    let forget = any(probe!("DELETE FROM commits WHERE connection >= $1"), &[0]);
    broken.proxy.set(Wire::CutAfterCommit);
    let written = now(broken.engine.write(vec![add(1, 1), forget]));
    broken.proxy.set(Wire::Whole);
    assert!(matches!(written, Err(EngineError::OutcomeUnknown(_))), "{written:?}");
    assert_eq!(broken.recovers(), [1]);
}

#[test]
fn a_connection_whose_number_is_gone_is_not_written_with() {
    let Some(broken) = broken() else { return };
    now(broken.engine.write(vec![add(1, 1)])).unwrap();
    execute(&broken.database.url, &["DELETE FROM commits"]);
    // Another connection is made, and what is lost over it can be looked up.
    for id in 2..4 {
        broken.proxy.set(Wire::CutAfterCommit);
        let written = now(broken.engine.write(vec![add(id, id)]));
        broken.proxy.set(Wire::Whole);
        assert!(matches!(written, Ok(Written::Done(_))), "{id}: {written:?}");
    }
    assert_eq!(broken.recovers(), [1, 2, 3]);
}

#[test]
fn numbers_go_when_they_were_not_used_for_long_and_not_when_their_connection_is_old() {
    let Some(broken) = broken() else { return };
    now(broken.engine.write(vec![add(1, 1)])).unwrap();
    let aged =
        "UPDATE commits SET connected_at = now() - INTERVAL '1 year', used_at = now() - INTERVAL '1 year'";
    // Of a connection that is no more.
    let other = "INSERT INTO commits (number) VALUES (7)";
    execute(&broken.database.url, &[other, aged]);
    now(broken.engine.write(vec![add(2, 2)])).unwrap();
    // The next connection forgets what nobody uses.
    let busy = || broken.engine.write(vec![any(probe!("SELECT pg_sleep(0.1) WHERE $1 = 0"), &[0])]);
    now(join_all([busy(), busy(), busy()]));
    let count = probe!("SELECT count(*) FROM commits WHERE connected_at < now() - INTERVAL '30 days'");
    let old = now(broken.engine.read(count, vec![])).unwrap();
    assert_eq!(old, [Row(vec![Value::Int(1)])]);
}

#[test]
fn a_commit_that_the_server_never_heard_is_not_taken_for_done() {
    let Some(broken) = broken() else { return };
    broken.proxy.set(Wire::CutBeforeCommit);
    let written = now(broken.engine.write(vec![add(1, 1)]));
    broken.proxy.set(Wire::Whole);
    assert!(matches!(written, Err(EngineError::Unavailable(_))), "{written:?}");
    assert_eq!(broken.recovers(), [0i64; 0]);
}

#[test]
fn a_server_that_is_gone_is_said_at_once_and_used_again_when_it_is_back() {
    let Some(broken) = broken() else { return };
    now(broken.engine.write(vec![add(1, 1)])).unwrap();
    broken.proxy.set(Wire::Cut);
    for _ in 0..5 {
        let begun = Stopwatch::new();
        assert!(broken.ids().is_err());
        assert!(now(broken.engine.write(vec![add(2, 2)])).is_err());
        assert!(begun.monotonic() < PATIENCE, "{:?}", begun.monotonic());
    }
    broken.proxy.set(Wire::Whole);
    assert_eq!(broken.recovers(), [1]);
    assert!(matches!(now(broken.engine.write(vec![add(3, 3)])), Ok(Written::Done(_))));
}

#[test]
fn a_connection_that_says_nothing_any_more_is_given_up_in_time() {
    let Some(broken) = broken() else { return };
    broken.proxy.set(Wire::Held);
    let begun = Stopwatch::new();
    let answers = now(join_all((0..50).map(|_| broken.engine.read(probe!("SELECT id FROM probe"), vec![]))));
    assert!(begun.monotonic() < PATIENCE, "{:?}", begun.monotonic());
    assert!(answers.iter().all(Result::is_err));
    broken.proxy.set(Wire::Whole);
    assert_eq!(broken.recovers(), [0i64; 0]);
}

#[test]
fn a_connection_whose_other_side_has_gone_without_a_word_is_replaced() {
    let Some(broken) = broken() else { return };
    now(broken.engine.write(vec![add(1, 1)])).unwrap();
    broken.proxy.strand();
    assert!(broken.ids().is_err());
    assert_eq!(broken.recovers(), [1]);
}

#[test]
fn a_server_that_is_slow_is_waited_for_only_so_long_and_connected_to_even_if_that_takes_longer() {
    let Some(broken) = broken() else { return };
    let asked = |delay| {
        broken.proxy.set(Wire::Slow(Duration::from_millis(delay)));
        let begun = Stopwatch::new();
        let answer = broken.ids();
        assert!(begun.monotonic() < PATIENCE, "{:?}", begun.monotonic());
        answer
    };
    assert_eq!(asked(300), Ok(vec![]));
    assert!(asked(1_000).is_err());
    // Given up, so a new one is made, which takes many words: nobody who asks waits for all of them.
    broken.proxy.set(Wire::Cut);
    assert!(asked(300).is_err());
    let begun = Stopwatch::new();
    while broken.ids().is_err() {
        assert!(begun.monotonic() < RECOVERY);
    }
}

#[test]
fn a_restart_that_nobody_noticed_costs_no_answer() {
    let Some(broken) = broken() else { return };
    for id in 1..=10 {
        // All connections are closed; the next one finds the server again.
        broken.proxy.set(Wire::Cut);
        broken.proxy.set(Wire::Whole);
        assert!(broken.ids().is_ok(), "{id}");
        assert!(broken.largest().is_ok(), "{id}");
        let written = now(broken.engine.write(vec![add(id, id)]));
        assert!(matches!(written, Ok(Written::Done(_))), "{id}: {written:?}");
    }
    assert_eq!(broken.ids(), Ok((1..=10).collect()));
}

#[test]
fn statements_that_a_migration_has_made_stale_are_prepared_anew() {
    let Some(broken) = broken() else { return };
    now(broken.engine.write(vec![add(1, 1)])).unwrap();
    assert_eq!((broken.ids(), broken.largest()), (Ok(vec![1]), Ok(1)));
    let narrower = probe!("ALTER TABLE probe ALTER COLUMN id TYPE INTEGER");
    now(broken.engine.write(vec![any(narrower, &[])])).unwrap();
    assert_eq!((broken.ids(), broken.largest()), (Ok(vec![1]), Ok(1)));
}

#[test]
fn writes_that_lock_each_other_out_are_run_again_until_both_are_done() {
    let Some(broken) = broken() else { return };
    now(broken.engine.write((1..=2).map(|id| add(id, 0)).collect())).unwrap();
    let count = probe!("UPDATE probe SET n = n + 1 WHERE id = $1");
    let wait = probe!("SELECT count(*) FROM (SELECT pg_sleep(0.02)) AS slept WHERE $1 = 0");
    let crossed =
        |a: i64, b: i64| broken.engine.write(vec![one(count, &[a]), any(wait, &[0]), one(count, &[b])]);
    for _ in 0..3 {
        let both = now(join_all([crossed(1, 2), crossed(2, 1)]));
        assert!(both.iter().all(|written| matches!(written, Ok(Written::Done(_)))), "{both:?}");
    }
    let read = now(broken.engine.read(probe!("SELECT n FROM probe ORDER BY id"), vec![]));
    assert_eq!(read, Ok(vec![Row(vec![Value::Int(6)]), Row(vec![Value::Int(6)])]));
}

#[test]
fn a_key_that_somebody_has_just_taken_is_met_by_the_condition_and_not_by_an_error() {
    let Some(broken) = broken() else { return };
    let take =
        probe!("INSERT INTO probe (id, n) SELECT $1, 1 WHERE NOT EXISTS (SELECT 1 FROM probe WHERE id = $1)");
    for id in 1..=10 {
        let all = now(join_all((0..8).map(|_| broken.engine.write(vec![one(take, &[id])]))));
        let done = all.iter().filter(|written| matches!(written, Ok(Written::Done(_)))).count();
        let unmet =
            all.iter().filter(|written| matches!(written, Ok(Written::Unmet(Unmet::Nothing)))).count();
        assert_eq!((done, unmet), (1, 7), "{all:?}");
    }
}

#[test]
fn whoever_goes_away_in_the_middle_leaves_a_whole_write_and_clean_connections() {
    let Some(broken) = broken() else { return };
    for id in 1..=40 {
        now(async {
            let steps = (0..10).map(|step| add(id * 100 + step, 0)).collect();
            // Looked at once and dropped; on a busy machine it may be done by then.
            drop(broken.engine.write(steps).now_or_never());
        });
    }
    // The writes go on by themselves; all of each is there in the end.
    let begun = Stopwatch::new();
    while broken.ids().unwrap().len() < 400 {
        assert!(begun.monotonic() < RECOVERY);
    }
    let open = probe!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
    );
    while now(broken.engine.read(open, vec![])).unwrap() != [Row(vec![Value::Int(0)])] {
        assert!(begun.monotonic() < RECOVERY);
    }
}

/// Else the server would read on for a minute, for nobody, while others wait for their turn.
#[test]
fn what_is_read_for_long_and_given_up_ends_on_the_server_too() {
    let Some(broken) = broken() else { return };
    let running = probe!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
    );
    let is_running =
        async || broken.engine.read(running, vec![]).await.unwrap() != [Row(vec![Value::Int(0)])];
    for long in [probe!(List, "SELECT 1 FROM pg_sleep(50)"), probe!(Long, "SELECT 1 FROM pg_sleep(51)")] {
        now(async {
            let given_up = pin!(async { while !is_running().await {} });
            let first = select(broken.engine.read(long, vec![]), given_up).await;
            assert!(matches!(first, Either::Right(_)), "it has answered");
        });
        let begun = Stopwatch::new();
        while now(is_running()) {
            assert!(begun.monotonic() < RECOVERY, "it is read on");
        }
    }
}
