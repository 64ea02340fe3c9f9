//! How often what a check reads has been changed: counters that the writer moves after a commit is on disk and before
//! it is acknowledged. What was read stands for as long as its counters do.
//!
//! ```text
//!   a commit:   on disk --> changes + 1 --> its rows + 1, or everything + 1 --> acknowledged
//!   a reading:  changes = n --> read --> counters of its rows --> changes = n still? --> held
//! ```
//!
//! In that order a reading is never held under counters that hold a commit which it has not seen.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use super::engine::{Step, Value};

/// Tables of which checks hold rows in memory.
const HELD: [&str; 4] = ["client_passwords", "members", "organizations", "service_keys"];
/// Counters of rows. Two rows may share one: a change of the one is then taken for a change of the other, too.
const ROWS: usize = 1 << 14;

/// What a statement may change of the rows that checks read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touches {
    /// None of them: other tables, or columns that no check reads.
    Nothing,
    /// None that is there: a row is new.
    New,
    /// The one whose id is the argument of this number, counted from 1.
    Row(usize),
    /// Any.
    Everything,
}

impl Touches {
    /// What the text says; everything, if it says nothing clear.
    pub const fn of(sql: &str) -> Self {
        let sql = sql.as_bytes();
        if after(sql, "SELECT ").is_some() {
            return Self::Nothing;
        }
        if let Some(table) = after(sql, "INSERT INTO ") {
            return match (is_held(table), find(table, "CONFLICT")) {
                (false, _) => Self::Nothing,
                (true, None) => Self::New,
                (true, Some(_)) => Self::Everything,
            };
        }
        let table = match after(sql, "UPDATE ") {
            None => after(sql, "DELETE FROM "),
            table => table,
        };
        match table {
            Some(table) if !is_held(table) => Self::Nothing,
            // Behind a bracket it would be the condition of another statement.
            Some(table) => match find(until_bracket(table), "WHERE id = $") {
                Some(number) => Self::Row(leading_number(number)),
                None => Self::Everything,
            },
            None => Self::Everything,
        }
    }
}

const fn is_held(table: &[u8]) -> bool {
    let mut names: &[&str] = &HELD;
    while let [name, rest @ ..] = names {
        if let Some([] | [b' ' | b'\n', ..]) = after(table, name) {
            return true;
        }
        names = rest;
    }
    false
}

/// What comes after `word`, which it has to begin with.
const fn after<'a>(text: &'a [u8], word: &str) -> Option<&'a [u8]> {
    let (mut text, mut word) = (text, word.as_bytes());
    loop {
        match (text, word) {
            (rest, []) => return Some(rest),
            ([one, text_rest @ ..], [other, word_rest @ ..]) if *one == *other => {
                (text, word) = (text_rest, word_rest);
            }
            _ => return None,
        }
    }
}

/// What comes after the first `word`.
const fn find<'a>(text: &'a [u8], word: &str) -> Option<&'a [u8]> {
    let mut text = text;
    loop {
        if let Some(rest) = after(text, word) {
            return Some(rest);
        }
        let [_, rest @ ..] = text else { return None };
        text = rest;
    }
}

const fn until_bracket(text: &[u8]) -> &[u8] {
    match find(text, "(") {
        Some(rest) => text.split_at(text.len() - rest.len()).0,
        None => text,
    }
}

const fn leading_number(text: &[u8]) -> usize {
    let (mut text, mut number) = (text, 0);
    while let [digit @ b'0'..=b'9', rest @ ..] = text {
        number = number * 10 + (*digit - b'0') as usize;
        text = rest;
    }
    number
}

/// The counters of a database that only this process writes.
#[derive(Debug)]
pub struct Versions {
    changes: AtomicU64,
    everything: AtomicU64,
    rows: Box<[AtomicU64]>,
}

impl Default for Versions {
    fn default() -> Self {
        let rows = std::iter::repeat_with(AtomicU64::default).take(ROWS).collect();
        Self { changes: AtomicU64::default(), everything: AtomicU64::default(), rows }
    }
}

impl Versions {
    /// Counts what these steps may have changed.
    pub(super) fn advance<'a>(&self, steps: impl Iterator<Item = &'a Step>) {
        let mut counted = false;
        for step in steps.filter(|step| step.statement.touches != Touches::Nothing) {
            if !counted {
                self.changes.fetch_add(1, Ordering::Release);
                counted = true;
            }
            let count = match step.statement.touches {
                Touches::Nothing | Touches::New => continue,
                Touches::Row(number) => number.checked_sub(1).and_then(|at| self.row(step.args.get(at)?)),
                Touches::Everything => None,
            };
            count.unwrap_or(&self.everything).fetch_add(1, Ordering::Release);
        }
    }

    fn row(&self, id: &Value) -> Option<&AtomicU64> {
        let Value::Bytes(id) = id else { return None };
        self.counter(&Uuid::from_slice(id).ok()?)
    }

    /// The last bits of an id are random.
    fn counter(&self, id: &Uuid) -> Option<&AtomicU64> {
        let at = id.as_u128() % ROWS as u128;
        self.rows.get(usize::try_from(at).ok()?)
    }

    /// Moves with every commit that may have changed something.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Moves with every commit that may have changed one of these rows. Counters only grow, so their sum stands only
    /// if each of them does.
    pub fn of(&self, rows: &[Uuid]) -> u64 {
        let load = |count: &AtomicU64| count.load(Ordering::Acquire);
        let rows = rows.iter().filter_map(|id| self.counter(id)).map(load);
        load(&self.everything).wrapping_add(rows.sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_statement_may_change_is_read_from_its_text() {
        let cases = [
            ("SELECT id FROM members WHERE id = $1", Touches::Nothing),
            ("UPDATE sessions SET seen_at = $1 WHERE id = $2", Touches::Nothing),
            ("DELETE FROM member_ends WHERE id = $1", Touches::Nothing),
            ("UPDATE members SET state = 'left'\nWHERE id = $12 AND state <> 'left'", Touches::Row(12)),
            ("DELETE FROM service_keys WHERE id = $1", Touches::Row(1)),
            ("DELETE FROM service_keys WHERE organization_id = $1", Touches::Everything),
            ("UPDATE client_passwords SET a = 1 WHERE replaced_by = $1", Touches::Everything),
            ("UPDATE members SET a = (SELECT b FROM c WHERE id = $1)", Touches::Everything),
            ("UPDATE members SET a = 1 WHERE b IN (SELECT b FROM c WHERE id = $1)", Touches::Everything),
            ("DELETE FROM members", Touches::Everything),
            ("INSERT INTO outbox (id) VALUES ($1)", Touches::Nothing),
            ("INSERT INTO client_passwords (id) VALUES ($1)", Touches::New),
            (
                "INSERT INTO members (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET a = 1",
                Touches::Everything,
            ),
            ("WITH a AS (SELECT 1) DELETE FROM members", Touches::Everything),
        ];
        for (sql, touches) in cases {
            assert_eq!(Touches::of(sql), touches, "{sql}");
        }
    }
}
