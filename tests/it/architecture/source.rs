//! The sources as the tests of the house read them.

use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the crate.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder of the crate, with this ending, in order; and its text.
pub fn files(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|has| has == ending) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_path_buf(), text));
            }
        }
    }
    found.sort();
    found
}

/// A Rust file up to its tests.
pub fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

/// Names, literals left out, and marks of a Rust text; comments left out.
pub fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' => string(rest),
            '\'' => quoted(rest),
            ':' if rest.starts_with("::") => 2,
            '_' | 'a'..='z' | 'A'..='Z' | '0'..='9' => word(rest),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        let counts = !token.starts_with('/') && !token.starts_with('"') && !token.trim().is_empty();
        if counts || token == "/" {
            found.push(token);
        }
        rest = after;
    }
    found
}

fn word(text: &str) -> usize {
    text.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(text.len())
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

/// A character, or the mark of a lifetime.
fn quoted(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    let Some((_, first)) = characters.next() else { return 1 };
    let end = if first == '\\' {
        text.get(3..).and_then(|rest| rest.find('\'')).map(|at| at + 3)
    } else {
        characters.next().filter(|(_, c)| *c == '\'').map(|(at, _)| at)
    };
    end.map_or(1, |at| at + 1)
}

#[test]
fn tokens_are_names_and_marks() {
    let text = "use crate::a; // crate::b\nlet s = \"crate::c \\\" crate::d\"; '\\'' 'x' &'a T /* e */ 1_000";
    let expected = "use crate :: a ; let s = ; '\\'' 'x' & ' a T 1_000";
    assert_eq!(tokens(text).join(" "), expected);
}
