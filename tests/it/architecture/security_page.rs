//! `docs/security.md` against the tests: each promise names at least one, and each that is named is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::source::root;

/// A test, as the page names it: the path of its file, and its function.
type Named<'a> = (&'a str, &'a str);

fn page() -> String {
    fs::read_to_string(root().join("docs/security.md")).unwrap()
}

/// What stands in backticks and has the form of a test.
fn named(text: &str) -> Vec<Named<'_>> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter_map(|text| text.split_once("::").filter(|(file, _)| file.starts_with("tests/"))).collect()
}

fn is_python(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|ending| ending == "py")
}

/// Whether a source has a test of this name, in Rust or in Python: the function, and above it what makes it a test.
fn has_test(source: &str, is_python: bool, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim_start).collect();
    let begins = if is_python { format!("def {name}(") } else { format!("fn {name}(") };
    let is_it = |line: &&str| line.strip_prefix("async ").unwrap_or(line).starts_with(&begins);
    let Some(at) = lines.iter().position(is_it) else { return false };
    let mut above = lines[..at].iter().rev().take_while(|line| line.starts_with(['#', '/']));
    if is_python { name.starts_with("test_") } else { above.any(|line| line.contains("test]")) }
}

/// What is wrong with what a page names.
fn faults(page: &str) -> Vec<String> {
    let fault = |(file, name): Named| {
        let Ok(source) = fs::read_to_string(root().join(file)) else {
            return Some(format!("{file} is not there"));
        };
        (!has_test(&source, is_python(file), name)).then(|| format!("{file} has no test {name}"))
    };
    named(page).into_iter().filter_map(fault).collect()
}

#[test]
fn every_test_that_the_security_page_names_is_there() {
    assert_eq!(faults(&page()), Vec::<String>::new());
}

#[test]
fn every_promise_is_held_by_a_test() {
    let page = page();
    let (_, rest) = page.split_once("\n| promise | held by |\n").unwrap();
    let rows: Vec<&str> = rest.lines().skip(1).take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 20, "only {} promises were found", rows.len());
    for row in &rows {
        assert!(!named(row).is_empty(), "nothing holds {row}");
    }
    let promises: BTreeSet<&str> = rows.iter().filter_map(|row| row.split('|').nth(1)).collect();
    assert_eq!(promises.len(), rows.len(), "a promise is there twice");
}

#[test]
fn a_test_that_is_not_there_is_noticed() {
    for wrong in [
        "`tests/it/nowhere.rs::at_all`",
        "`tests/it/canaries.rs::no_such_test`",
        // A function that is no test.
        "`tests/it/canaries.rs::hex`",
        "`tests/browser/test_forgery.py::no_such_test`",
    ] {
        assert_eq!(faults(wrong).len(), 1, "{wrong}");
    }
    assert!(
        faults("`tests/it/canaries.rs::no_secret_is_anywhere_but_in_the_answer_that_showed_it`").is_empty()
    );
}
