//! The counters of what checks read: they stand while nothing of it is changed, and move before a change is
//! acknowledged.

use clientpass::store::engine::writes::Writes;
use clientpass::store::engine::{Statement, Step, Value};
use uuid::Uuid;

use super::fixture::{Db, add, any, one};
use crate::probe;
use crate::support::database::on_postgres;

const UPDATE: &Statement = probe!("UPDATE probe SET n = n + 1 WHERE id = 1");
const ROW: Statement =
    Statement { writes: Writes::Row(1), ..*probe!("UPDATE probe SET n = n + length($1) WHERE id = 1") };
const EVERYTHING: Statement = Statement { writes: Writes::Everything, ..*UPDATE };
const NEW: Statement = Statement { writes: Writes::New, ..*UPDATE };

#[test]
fn a_change_moves_the_counters_of_what_it_touches_and_no_others() {
    let db = Db::on_file();
    db.write(vec![add(1, 0)]).unwrap();
    let (row, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let counters = || {
        let versions = db.engine.versions().expect("one process has the file");
        [versions.changes(), versions.of(&[row]), versions.of(&[other]), versions.of(&[row, other])]
    };
    let of_row = Step { args: vec![Value::from(row)], ..any(&ROW, &[]) };
    let cases = [
        (vec![any(UPDATE, &[])], [false, false, false, false]),
        (vec![any(&NEW, &[])], [true, false, false, false]),
        (vec![of_row.clone()], [true, true, false, true]),
        // A change among others is a change.
        (vec![any(UPDATE, &[]), of_row], [true, true, false, true]),
        // What is no id may be anything.
        (vec![any(&ROW, &[7])], [true, true, true, true]),
        (vec![any(&EVERYTHING, &[])], [true, true, true, true]),
    ];
    for (steps, moved) in cases {
        let (before, what) = (counters(), format!("{steps:?}"));
        db.write(steps).unwrap();
        let after = counters();
        assert_eq!(std::array::from_fn(|at| after[at] > before[at]), moved, "{what}");
    }
}

#[test]
fn what_is_read_after_a_counter_holds_what_moved_it() {
    const SET: &Statement = probe!("UPDATE probe SET n = $1 WHERE id = 1");
    const CHANGE: Statement = Statement { writes: Writes::Everything, ..*SET };
    let db = Db::on_file();
    db.write(vec![add(1, 0)]).unwrap();
    let versions = db.engine.versions().expect("one process has the file");
    for n in 1..200 {
        let before = (versions.changes(), versions.of(&[]));
        db.write(vec![one(&CHANGE, &[n])]).unwrap();
        let after = (versions.changes(), versions.of(&[]));
        assert!(before.0 < after.0 && before.1 < after.1);
        assert_eq!(db.n(1), n);
    }
}

#[test]
fn where_others_commit_too_there_are_none() {
    if on_postgres() {
        assert!(Db::new().engine.versions().is_none());
    }
}
