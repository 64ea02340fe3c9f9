//! `sql/query`: one statement a file, in words that both engines know, each used, each prepared.

use std::collections::{BTreeMap, BTreeSet};

use clientpass::store::engine::writes::Writes;

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
    let mut all = all_files();
    all.retain(|name, _| !name.ends_with(POSTGRES));
    all
}

/// How the name of a file ends whose statement is PostgreSQL's.
const POSTGRES: &str = ".postgres";

fn all_files() -> BTreeMap<String, String> {
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
        for kind in ["point", "long", "list", "note", "ending", "locking"] {
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

/// SQLite has one writer, so nothing needs a lock there.
#[test]
fn what_postgres_has_of_its_own_is_the_lock_of_what_is_read() {
    let own: BTreeMap<String, String> = all_files()
        .into_iter()
        .filter_map(|(name, sql)| Some((name.strip_suffix(POSTGRES)?.to_owned(), sql)))
        .collect();
    let locking = named_by_the_store().into_iter().filter(|(_, kind)| *kind == "locking");
    let locking: BTreeSet<String> = locking.map(|(name, _)| name).collect();
    assert_eq!(own.keys().cloned().collect::<BTreeSet<_>>(), locking);
    for (name, sql) in own {
        let shared = statements()[&name].trim_end().to_owned();
        let locks = ["FOR KEY SHARE", "FOR UPDATE"].map(|lock| format!("{shared} {lock}"));
        assert!(locks.iter().any(|locked| locked == sql.trim_end()), "{name}: {sql}");
    }
}

#[test]
fn a_statement_is_of_one_kind() {
    let mut kinds = BTreeMap::new();
    for (name, kind) in named_by_the_store() {
        let known = *kinds.entry(name.clone()).or_insert(kind);
        assert_eq!(known, kind, "{name} is of two kinds");
    }
}

/// Statements whose rows are held in memory.
fn held() -> [String; 3] {
    ["check/by_verifier", "check/by_login", "service_keys/by_verifier"].map(|name| statements()[name].clone())
}

fn words(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Columns that a statement sets.
fn set(sql: &str) -> Vec<&str> {
    let assignments = sql.split_once("SET ").unwrap().1.split("WHERE").next().unwrap();
    assignments.split(',').map(|one| words(one).next().unwrap()).collect()
}

#[test]
fn a_note_changes_nothing_that_is_held_in_memory() {
    let (statements, held) = (statements(), held());
    let notes = named_by_the_store().into_iter().filter(|(_, kind)| *kind == "note");
    let notes: BTreeSet<String> = notes.map(|(name, _)| name).collect();
    assert!(notes.len() >= 6, "{notes:?}");
    for name in notes {
        let sql = &statements[&name];
        assert_ne!(Writes::of(sql), Writes::Nothing, "{name}: needs not be said");
        assert!(sql.starts_with("UPDATE "), "{name}");
        for column in set(sql) {
            let read = held.iter().any(|sql| words(sql).any(|word| word == column));
            assert!(!read, "{name} sets {column}, which is held in memory");
        }
    }
}

/// What is read from the text of a statement is read here in another way.
#[test]
fn a_statement_touches_what_its_text_says() {
    let held = held();
    let tables: BTreeSet<&str> = held
        .iter()
        .flat_map(|sql| sql.split("FROM ").skip(1).chain(sql.split("JOIN ").skip(1)))
        .filter_map(|rest| words(rest).next())
        .collect();
    assert_eq!(tables.len(), 5, "{tables:?}");
    let mut seen = BTreeSet::new();
    for (name, sql) in statements() {
        let target = match words(&sql).collect::<Vec<_>>()[..] {
            ["INSERT", "INTO", table, ..] | ["DELETE", "FROM", table, ..] | ["UPDATE", table, ..] => table,
            _ => "",
        };
        let writes = Writes::of(&sql);
        seen.insert(format!("{writes:?}").split('(').next().unwrap().to_owned());
        assert_eq!(writes == Writes::Nothing, !tables.contains(target), "{name}: {writes:?}");
        match writes {
            Writes::Nothing | Writes::Everything => {}
            Writes::New => assert!(sql.starts_with("INSERT") && !sql.contains("CONFLICT"), "{name}"),
            Writes::Row(number) => {
                // The outer condition, without what stands in brackets.
                let mut depth = 0;
                let outer: String = sql
                    .chars()
                    .filter(|c| {
                        depth += i32::from(*c == '(') - i32::from(*c == ')');
                        depth == 0
                    })
                    .collect();
                let (_, condition) = outer.rsplit_once("WHERE ").unwrap();
                // The row itself, or that of the member: what is held is held under both.
                let wanted = [format!("id = ${number}"), format!("member_id = ${number}")];
                let names = |one: &str| wanted.iter().any(|wanted| one.trim() == wanted);
                assert!(condition.split(" AND ").any(names), "{name}: {condition}");
                assert!(!words(condition).any(|word| word == "OR"), "{name}: {condition}");
                assert!(!sql.starts_with("UPDATE") || !set(&sql).contains(&"id"), "{name}");
            }
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["Everything", "New", "Nothing", "Row"]);
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
        // A file without a statement says why there is none.
        assert!(
            !tables.is_empty()
                || ["ALTER TABLE", "CREATE VIEW", "CREATE INDEX"].iter().any(|other| text.contains(other))
                || text.trim().is_empty(),
            "{}",
            path.display()
        );
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
