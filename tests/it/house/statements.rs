//! `sql/query`: one statement a file, in words that both engines know, each used, each prepared.

use std::collections::{BTreeMap, BTreeSet};

use super::plans::database;
use super::source::{files, without_tests};

/// Words of one engine only, of booleans and JSON, and those that make a statement's result depend on when or
/// where it runs.
const FORBIDDEN: [&str; 34] = [
    "NOW",
    "RANDOM",
    "RANDOMBLOB",
    "TRUE",
    "FALSE",
    "CURRENT_TIME",
    "CURRENT_DATE",
    "CURRENT_TIMESTAMP",
    "DATE",
    "TIME",
    "DATETIME",
    "JULIANDAY",
    "STRFTIME",
    "UNIXEPOCH",
    "GEN_RANDOM_UUID",
    "JSON",
    "JSONB",
    "JSON_EXTRACT",
    "JSON_EACH",
    "JSON_ARRAY",
    "JSON_OBJECT",
    "IFNULL",
    "ROWID",
    "REPLACE",
    "GLOB",
    "ILIKE",
    "ANY",
    "HEX",
    "UNHEX",
    "GROUP_CONCAT",
    "STRING_AGG",
    "INDEXED",
    "PRAGMA",
    "LAST_INSERT_ROWID",
];
/// Marks of JSON, of casts, of another kind of parameter, and of a second statement.
const FORBIDDEN_MARKS: [&str; 6] = ["->", "@>", "::", "?", ";", "\""];

/// Every statement by its name, without what stands in quotes.
pub fn statements() -> BTreeMap<String, String> {
    let name = |path: std::path::PathBuf| {
        let name = path.strip_prefix("sql/query").unwrap().with_extension("");
        name.to_str().unwrap().to_owned()
    };
    let found: BTreeMap<_, _> =
        files("sql/query", "sql").into_iter().map(|(path, text)| (name(path), text)).collect();
    assert!(found.len() > 100, "only {} statements were found", found.len());
    found
}

fn unquoted(sql: &str) -> String {
    sql.split('\'').step_by(2).collect::<Vec<_>>().join("''")
}

/// The numbers of the parameters, in the order in which they appear.
fn parameters(sql: &str) -> Vec<usize> {
    let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
    unquoted(sql).split('$').skip(1).map(|rest| digits(rest).parse().unwrap()).collect()
}

#[test]
fn parameters_first_appear_in_ascending_order() {
    for (name, sql) in statements() {
        let mut highest = 0;
        for number in parameters(&sql) {
            assert!(number <= highest + 1, "{name}: ${number} before ${}", highest + 1);
            highest = highest.max(number);
        }
    }
}

#[test]
fn only_words_that_both_engines_know_and_that_always_mean_the_same() {
    for (name, sql) in statements() {
        let sql = unquoted(&sql).to_uppercase();
        for word in sql.split(|c: char| !c.is_alphanumeric() && c != '_') {
            assert!(!FORBIDDEN.contains(&word), "{name} says {word}");
        }
        for mark in FORBIDDEN_MARKS {
            assert!(!sql.contains(mark), "{name} has {mark}");
        }
    }
}

/// Names of statements that the store's macros name, with the macro.
pub fn named_by_the_store() -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    for (_, text) in files("src/store", "rs") {
        for kind in ["point", "long", "note", "ending"] {
            let uses = without_tests(&text).split(&format!("{kind}!(\"")).skip(1).collect::<Vec<_>>();
            let names = uses.iter().filter_map(|rest| rest.split('"').next());
            found.extend(names.map(|name| (name.to_owned(), kind)));
        }
    }
    found
}

#[test]
fn every_statement_is_used_and_none_is_missing() {
    let named = named_by_the_store();
    let used: BTreeSet<String> = named.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(used, statements().into_keys().collect());
}

#[test]
fn a_statement_is_of_one_kind() {
    let mut kinds = BTreeMap::new();
    for (name, kind) in named_by_the_store() {
        let known = *kinds.entry(name.clone()).or_insert(kind);
        assert_eq!(known, kind, "{name} is of two kinds");
    }
}

/// What is held in memory stands for as long as only notes are written.
#[test]
fn a_note_changes_nothing_that_is_held_in_memory() {
    let statements = statements();
    let held =
        ["check/by_verifier", "check/by_login", "service_keys/by_verifier"].map(|name| &statements[name]);
    let notes = named_by_the_store().into_iter().filter(|(_, kind)| *kind == "note");
    let notes: Vec<&String> = notes.map(|(name, _)| &statements[&name]).collect();
    assert!(notes.len() >= 6, "{notes:?}");
    for sql in notes {
        let words: Vec<&str> = sql.split_whitespace().collect();
        let changed = match words[..] {
            ["INSERT", "INTO", table, ..] => vec![table],
            ["UPDATE", _, "SET", column, "=", value, "WHERE", ..] if !value.ends_with(',') => vec![column],
            _ => panic!("{sql}"),
        };
        for name in changed {
            let read = |sql: &&String| {
                sql.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
            };
            assert!(!held.iter().any(read), "{name} is held in memory: {sql}");
        }
    }
}

#[test]
fn every_statement_prepares_with_the_parameters_that_it_names() {
    let database = database();
    for (name, sql) in statements() {
        let prepared = database.prepare(&sql).unwrap_or_else(|error| panic!("{name}: {error}"));
        let highest = parameters(&sql).into_iter().max().unwrap_or(0);
        assert_eq!(prepared.parameter_count(), highest, "{name}");
    }
}

/// Whatever is read must be in the order of an index that is unique, or a page could skip or repeat.
#[test]
fn what_is_cut_is_ordered() {
    for (name, sql) in statements() {
        let sql = sql.to_uppercase();
        let outer = sql.rsplit(')').next().unwrap_or_default();
        assert!(!outer.contains("LIMIT") || outer.contains("ORDER BY"), "{name}");
    }
}

#[test]
fn every_table_is_strict() {
    for (path, text) in files("sql/schema/sqlite", "sql") {
        let text: String = text.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
        let tables: Vec<&str> = text.split("CREATE TABLE").skip(1).collect();
        assert!(!tables.is_empty() || text.contains("ALTER TABLE"), "{}", path.display());
        for table in tables {
            let definition = table.split(';').next().unwrap();
            let options = definition.rsplit(')').next().unwrap();
            assert!(
                options.contains("STRICT"),
                "{}: {}",
                path.display(),
                definition.split('(').next().unwrap()
            );
        }
    }
}
