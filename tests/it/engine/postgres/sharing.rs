//! Readings that are asked for at the same time: sent together, never taken from before, each answered for itself.

use std::collections::BTreeSet;

use clientpass::store::engine::writes::Writes;
use clientpass::store::engine::{Engine as _, EngineError, Reach, Statement, Value};
use clientpass::store::postgres::Postgres;
use futures_util::future::join_all;
use tokio_postgres::types::Type;

use super::database;
use super::schema::opened;
use crate::architecture::statements::{named_by_the_store, statements};
use crate::engine::{clock, now, place};
use crate::probe;
use crate::support::database::Database;

/// What comes back for each of these arguments, which are asked for at the same time.
type Answers = Vec<Result<Vec<Vec<Value>>, EngineError>>;

fn engine(database: &Database) -> Postgres {
    now(Postgres::open(&place(&database.url), clock())).unwrap()
}

/// Asks on one thread, so that all have asked before the first question is sent.
fn at_once(engine: &Postgres, statement: &'static Statement, arguments: Vec<Vec<Value>>) -> Answers {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let reads = arguments.into_iter().map(|arguments| engine.read(statement, arguments));
    let answers = runtime.block_on(join_all(reads));
    answers.into_iter().map(|rows| rows.map(|rows| rows.into_iter().map(|row| row.0).collect())).collect()
}

fn ints(ints: impl IntoIterator<Item = i64>) -> Vec<Vec<Value>> {
    ints.into_iter().map(|int| vec![int.into()]).collect()
}

/// When what was asked of each argument was sent, and that each was answered for itself.
fn times(engine: &Postgres, arguments: &[i64]) -> BTreeSet<i64> {
    let statement =
        probe!("SELECT $1::BIGINT, (EXTRACT(EPOCH FROM statement_timestamp()) * 1000000)::BIGINT");
    let answers = at_once(engine, statement, ints(arguments.iter().copied()));
    let read = |(argument, answer): (&i64, Result<Vec<Vec<Value>>, _>)| match &answer.unwrap()[..] {
        [row] => match row[..] {
            [Value::Int(ref own), Value::Int(time)] if own == argument => time,
            _ => panic!("{argument} is answered with {row:?}"),
        },
        rows => panic!("{argument}: {rows:?}"),
    };
    arguments.iter().zip(answers).map(read).collect()
}

#[test]
fn who_asks_at_the_same_time_is_answered_by_one_statement_and_who_asks_later_is_not() {
    let Some(database) = database() else { return };
    let engine = engine(&database);
    let same = [times(&engine, &[7; 6]), times(&engine, &[7; 6])];
    let different = [times(&engine, &[0, 1, 2, 0, 1, 2]), times(&engine, &[3, 2, 1, 0])];
    let all: Vec<_> = same.iter().chain(&different).collect();
    assert!(all.iter().all(|times| times.len() == 1), "{all:?}");
    assert!(all.iter().map(|times| times.first()).is_sorted_by(|one, next| one < next), "{all:?}");
}

#[test]
fn so_many_that_they_are_sent_in_parts_are_each_answered() {
    let Some(database) = database() else { return };
    let arguments: Vec<i64> = (0..500).rev().collect();
    let statements = times(&engine(&database), &arguments).len();
    assert!((2..=8).contains(&statements), "{statements}");
}

#[test]
fn each_gets_all_rows_of_its_own_and_whoever_has_none_gets_none() {
    let Some(database) = database() else { return };
    let statement = probe!("SELECT $1::BIGINT * 10 + n FROM generate_series(1, $1::BIGINT) n ORDER BY 1");
    let answers = at_once(&engine(&database), statement, ints([3, 0, 1]));
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers, [ints([31, 32, 33]), ints([]), ints([11])]);
}

#[test]
fn arguments_of_any_number_and_kind_can_be_asked_for_at_once() {
    let Some(database) = database() else { return };
    let engine = engine(&database);
    let two = probe!("SELECT $1::BIGINT + $2::BIGINT");
    let pairs = [(1, 2), (30, 4), (5, 5)].map(|(a, b): (i64, i64)| vec![a.into(), b.into()]);
    let sums = at_once(&engine, two, pairs.to_vec());
    assert_eq!(sums.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [3, 34, 10].map(|n| ints([n])));
    let maybe = probe!("SELECT COALESCE($1, 'nothing')");
    let given = [Value::Null, "a\0b".into(), "".into()].map(|one| vec![one]);
    let said = at_once(&engine, maybe, given.to_vec());
    let said: Vec<_> = said.into_iter().map(Result::unwrap).collect();
    assert_eq!(said, ["nothing", "a\u{fffd}b", ""].map(|text| vec![vec![Value::from(text)]]));
}

#[test]
fn what_the_server_refuses_is_said_to_all_and_spoils_nothing() {
    let Some(database) = database() else { return };
    let engine = engine(&database);
    let statement = probe!("SELECT 10 / $1::BIGINT");
    assert!(at_once(&engine, statement, ints([5, 0])).iter().all(Result::is_err));
    assert_eq!(at_once(&engine, statement, ints([5, 2])), [Ok(ints([2])), Ok(ints([5]))]);
}

#[test]
fn whatever_the_store_reads_by_key_can_be_asked_for_several_at_once() {
    let Some(database) = database() else { return };
    let (client, engine) = (opened(&database), engine(&database));
    let (statements, mut seen) = (statements(), 0);
    let points = named_by_the_store().into_iter().filter(|(_, kind)| *kind == "point");
    for name in points.map(|(name, _)| name).collect::<BTreeSet<_>>() {
        let sql: &'static str = statements[&name].clone().leak();
        let prepared = now(client.prepare(sql)).unwrap();
        let [kind] = prepared.params() else { continue };
        if !sql.starts_with("SELECT") {
            continue;
        }
        let (one, other): (Value, Value) = match *kind {
            Type::BYTEA => ([1; 32][..].into(), [2; 32][..].into()),
            Type::TEXT => ("one".into(), "other".into()),
            _ => (1.into(), 2.into()),
        };
        let statement =
            Statement { name: "probe", sql, postgres: None, reach: Reach::Point, writes: Writes::Nothing };
        let answers = at_once(&engine, Box::leak(Box::new(statement)), vec![vec![one], vec![other]]);
        assert!(answers.iter().all(Result::is_ok), "{name}: {answers:?}");
        seen += 1;
    }
    assert!(seen >= 10, "only {seen}");
}
