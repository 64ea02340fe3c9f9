//! Readings that are asked for at the same time: sent once, and never taken from before.

use std::collections::BTreeSet;

use clientpass::store::engine::Engine as _;
use clientpass::store::postgres::Postgres;
use futures_util::future::join_all;

use super::super::engine::{now, place};
use super::database;
use crate::probe;

#[test]
fn who_asks_the_same_at_the_same_time_shares_an_answer_and_who_asks_later_does_not() {
    let Some(database) = database() else { return };
    let engine = now(Postgres::open(&place(&database.url))).unwrap();
    let read = async |other: i64| {
        // When it was read.
        let statement =
            probe!("SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT WHERE $1::BIGINT >= 0");
        let rows = engine.read(statement, vec![other.into()]).await.unwrap();
        rows.into_iter().next().unwrap().columns().int().unwrap()
    };
    // One thread, so that all of them have asked before the first question is sent.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let times = |others: [i64; 6]| runtime.block_on(join_all(others.map(read)));
    let different = |times: &[i64]| times.iter().collect::<BTreeSet<_>>().len();
    let (first, second) = (times([0; 6]), times([0; 6]));
    assert_eq!((different(&first), different(&second)), (1, 1));
    assert!(first[0] < second[0]);
    let several = times([0, 1, 2, 0, 1, 2]);
    assert_eq!((&several[..3], different(&several)), (&several[3..], 3));
}
