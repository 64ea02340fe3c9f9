//! The version of what a check reads: it stands while only uses are noted, and moves before a change is acknowledged.

use clientpass::store::engine::Statement;

use super::fixture::{Db, add, any, one};
use crate::probe;
use crate::support::database::on_postgres;

/// A statement that only notes a use.
const NOTE: Statement = Statement { notes: true, ..*probe!("UPDATE probe SET n = n + 1 WHERE id = $1") };

#[test]
fn a_change_moves_the_version_and_a_note_does_not() {
    let db = Db::on_file();
    let version = || db.engine.version().expect("one process has the file");
    let at_first = version();
    db.write(vec![add(1, 0)]).unwrap();
    let changed = version();
    assert!(changed > at_first);
    db.write(vec![any(&NOTE, &[1])]).unwrap();
    assert_eq!((version(), db.n(1)), (changed, 1));
    // A change among notes is a change.
    db.write(vec![any(&NOTE, &[1]), add(2, 0)]).unwrap();
    assert!(version() > changed);
}

#[test]
fn what_is_read_after_the_version_holds_what_moved_it() {
    let db = Db::on_file();
    db.write(vec![add(1, 0)]).unwrap();
    for n in 1..200 {
        db.write(vec![one(probe!("UPDATE probe SET n = $1 WHERE id = 1"), &[n])]).unwrap();
        let version = db.engine.version();
        assert_eq!((db.n(1), db.engine.version()), (n, version));
    }
}

#[test]
fn where_others_commit_too_there_is_no_version() {
    if on_postgres() {
        assert_eq!(Db::new().engine.version(), None);
    }
}
