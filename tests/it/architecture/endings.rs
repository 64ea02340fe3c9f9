//! Whatever ends client passwords is named as such by the store: then it cannot be written without what is to be
//! told of it, for the store has no other step for it.

use super::statements::{named_by_the_store, statements};

/// Whether an UPDATE sets the end of client passwords, or raises the epoch that they live in.
fn ends(sql: &str) -> bool {
    let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((_, rest)) = sql.split_once(" SET ").filter(|(begin, _)| begin.starts_with("UPDATE ")) else {
        return false;
    };
    let set = format!(" {}", rest.split(" WHERE ").next().unwrap());
    set.contains(" ended_at =") || set.contains(" epoch = epoch +")
}

#[test]
fn every_statement_that_ends_client_passwords_is_named_so_and_no_other() {
    let named = named_by_the_store();
    let mut count = 0;
    for (name, sql) in statements() {
        let kinds: Vec<&str> =
            named.iter().filter(|(known, _)| *known == name).map(|(_, kind)| *kind).collect();
        let as_ending = |kind: &&str| (*kind == "ending") == ends(&sql);
        assert!(kinds.iter().all(as_ending), "{name} is named as {kinds:?}");
        count += usize::from(ends(&sql));
    }
    assert!(count > 10, "only {count} end something");
}

/// What is gone cannot be told: rows go long after they have ended.
#[test]
fn client_passwords_are_deleted_by_sweeps_only() {
    for (name, sql) in statements() {
        let deletes = sql.contains("DELETE FROM client_passwords");
        assert!(!deletes || name.starts_with("client_passwords/sweep"), "{name}");
    }
}

/// The line of an end is written where something has ended.
#[test]
fn an_end_is_written_down_only_by_its_own_statements() {
    for (name, sql) in statements() {
        let writes =
            ["INTO member_ends", "INTO organization_ends"].into_iter().any(|into| sql.contains(into));
        assert_eq!(writes, name.ends_with("/write_end"), "{name}");
    }
}

#[test]
fn an_end_is_recognised() {
    assert!(ends("UPDATE x SET a = 1,\n  ended_at = $1 WHERE id = $2"));
    assert!(ends("UPDATE x\nSET epoch = epoch + 1\nWHERE id = $2"));
    assert!(!ends("UPDATE x SET a = 1 WHERE ended_at = $1"));
    assert!(!ends("UPDATE x SET suspended_at = 1 WHERE id = $1"));
    assert!(!ends("SELECT ended_at = 1 FROM x"));
}
