//! What a statement may change of what is cached, read from its text.

/// Tables of which checks cache rows.
const HELD: [&str; 5] =
    ["client_passwords", "department_members", "members", "organizations", "service_keys"];

/// What a statement may change of the rows that checks read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// None of them: other tables, or columns that no check reads.
    Nothing,
    /// None that is there: a row is new.
    New,
    /// The one whose id is the argument of this number, counted from 1.
    Row(usize),
    /// Any of them, so that nothing that is cached stands any more.
    Everything,
}

impl Writes {
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
            Some(table) => match named(until_bracket(table)) {
                Some(number) => Self::Row(leading_number(number)),
                None => Self::Everything,
            },
            None => Self::Everything,
        }
    }
}

/// The argument that names the row, or the member whose row it is.
const fn named(condition: &[u8]) -> Option<&[u8]> {
    match find(condition, "WHERE id = $") {
        None => find(condition, "WHERE member_id = $"),
        found => found,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_statement_may_change_is_read_from_its_text() {
        let cases = [
            ("SELECT id FROM members WHERE id = $1", Writes::Nothing),
            ("UPDATE sessions SET seen_at = $1 WHERE id = $2", Writes::Nothing),
            ("DELETE FROM member_ends WHERE id = $1", Writes::Nothing),
            ("UPDATE members SET state = 'left'\nWHERE id = $12 AND state <> 'left'", Writes::Row(12)),
            ("DELETE FROM service_keys WHERE id = $1", Writes::Row(1)),
            ("DELETE FROM service_keys WHERE organization_id = $1", Writes::Everything),
            ("UPDATE client_passwords SET a = 1 WHERE replaced_by = $1", Writes::Everything),
            ("UPDATE members SET a = (SELECT b FROM c WHERE id = $1)", Writes::Everything),
            ("UPDATE members SET a = 1 WHERE b IN (SELECT b FROM c WHERE id = $1)", Writes::Everything),
            ("DELETE FROM members", Writes::Everything),
            ("INSERT INTO outbox (id) VALUES ($1)", Writes::Nothing),
            ("INSERT INTO client_passwords (id) VALUES ($1)", Writes::New),
            ("INSERT INTO members (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET a = 1", Writes::Everything),
            ("WITH a AS (SELECT 1) DELETE FROM members", Writes::Everything),
        ];

        for (sql, writes) in cases {
            assert_eq!(Writes::of(sql), writes, "{sql}");
        }
    }
}
