//! The map in `src/lib.rs` against the tree, and how its files look.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::source::{files, root, without_tests};

/// Longest file of `src`, its tests not counted.
const MAX_LINES: usize = 400;
/// Longest function of `src`, from its first line to its closing brace.
const MAX_FUNCTION: usize = 50;
/// Folders of which the map may show what is in them; if it does, then all of it.
const OPEN: [&str; 4] = ["domain", "service", "store", "doors"];

/// Whether a word of the map names a folder or a file.
fn is_entry(word: &str) -> bool {
    word.ends_with('/') || Path::new(word).extension().is_some_and(|ending| ending == "rs")
}

/// The files and folders that a map names, as paths below `src`.
fn entries(map: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut above: Vec<(usize, String)> = Vec::new();
    for line in map.lines() {
        let depth = line.len() - line.trim_start().len();
        for name in line.split_whitespace().take_while(|word| is_entry(word)) {
            above.retain(|(of, _)| *of < depth);
            let folder = above.last().map_or("", |(_, folder)| folder.as_str());
            let path = format!("{folder}{name}");
            if name == "src/" {
                continue;
            }
            if name.ends_with('/') {
                above.push((depth, path.clone()));
            }
            found.insert(path.trim_end_matches('/').to_owned());
        }
    }
    found
}

/// What is in a folder of `src`, as the map would name it: `x/` for what is `x.rs` and `x/`.
pub fn tree(folder: &str) -> BTreeSet<String> {
    let inside = fs::read_dir(root().join("src").join(folder)).unwrap();
    let names = inside.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names: BTreeSet<String> = names.filter(|name| name != "mod.rs").collect();
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let twin = |name: &String| names.contains(&format!("{name}.rs"));
    names.iter().filter(|name| !twin(name)).map(|name| format!("{prefix}{name}")).collect()
}

fn map() -> String {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let doc = text.lines().filter_map(|line| line.strip_prefix("//!")).collect::<Vec<_>>().join("\n");
    let map = doc.split("```text").nth(1).expect("lib.rs has no map").split("```").next();
    map.unwrap().to_owned()
}

#[test]
fn every_entry_of_the_map_exists_and_has_a_sentence() {
    let map = map();
    for path in entries(&map) {
        assert!(root().join("src").join(&path).exists(), "the map names {path}");
    }
    for line in map.lines().filter(|line| !line.trim().is_empty()) {
        let last = line.split_whitespace().last().unwrap();
        assert!(!is_entry(last), "{line} says nothing");
    }
}

#[test]
fn everything_in_the_tree_is_on_the_map() {
    let known = entries(&map());
    for path in tree("") {
        assert!(known.contains(&path), "the map does not name src/{path}");
    }
    for folder in OPEN {
        let shown = known.iter().any(|path| path.starts_with(&format!("{folder}/")));
        for path in tree(folder).iter().filter(|_| shown) {
            assert!(known.contains(path), "the map shows what is in {folder}, but not {path}");
        }
    }
}

#[test]
fn every_file_opens_by_saying_what_it_is_for() {
    for folder in ["src", "tests/it"] {
        for (file, text) in files(folder, "rs") {
            let first = text.lines().next().unwrap_or_default();
            assert!(
                first.strip_prefix("//! ").is_some_and(|says| says.len() > 10),
                "{}: {first}",
                file.display()
            );
        }
    }
}

#[test]
fn no_file_is_too_long_to_read() {
    let too_long: Vec<String> = files("src", "rs")
        .iter()
        .map(|(file, text)| (file, without_tests(text).lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .map(|(file, lines)| format!("{}: {lines} lines", file.display()))
        .collect();
    assert!(too_long.is_empty(), "{}", too_long.join("\n"));
}

/// The lines of each function, by the layout that rustfmt gives them: it ends with a brace below its first word.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let words = line.trim_start();
        let Some((before, name)) = words.split_once("fn ") else { continue };
        let is_head = before
            .split_whitespace()
            .all(|word| word.starts_with("pub") || ["const", "async"].contains(&word));
        if !is_head || line.ends_with(';') || line.ends_with('}') {
            continue;
        }
        let end = format!("{}}}", &line[..line.len() - words.len()]);
        let length = lines[at..].iter().position(|line| *line == end).map_or(0, |length| length + 1);
        found.push((name.split(['(', '<']).next().unwrap().to_owned(), length));
    }
    found
}

#[test]
fn no_function_is_longer_than_it_can_be_read_at_once() {
    let mut count = 0;
    let mut too_long = Vec::new();
    for (file, text) in files("src", "rs") {
        let all = functions(without_tests(&text));
        count += all.len();
        let long = all.into_iter().filter(|(_, lines)| *lines > MAX_FUNCTION);
        too_long.extend(long.map(|(name, lines)| format!("{}: {name} has {lines} lines", file.display())));
    }
    assert!(count > 1_000, "only {count} functions were found");
    assert!(too_long.is_empty(), "{}", too_long.join("\n"));
}

#[test]
fn the_lines_of_a_function_are_counted() {
    let text = "pub fn a() -> u8 {\n    1\n}\n\nimpl A {\n    async fn b(\n        c: u8,\n    ) {\n        if c {\n        }\n    }\n\n    fn d();\n}\n";
    assert_eq!(functions(text), [("a".to_owned(), 3), ("b".to_owned(), 6)]);
}

/// A file that no `mod` names is not compiled, and nobody notices.
#[test]
fn every_file_belongs_to_a_module() {
    for (file, _) in files("src", "rs").into_iter().chain(files("tests/it", "rs")) {
        let (name, folder) = (file.file_stem().unwrap().to_str().unwrap(), file.parent().unwrap());
        if ["lib", "main"].contains(&name) {
            continue;
        }
        let (name, folder) = if name == "mod" {
            (folder.file_name().unwrap().to_str().unwrap(), folder.parent().unwrap())
        } else {
            (name, folder)
        };
        let beside = folder.with_extension("rs");
        let owners = [folder.join("mod.rs"), folder.join("lib.rs"), folder.join("main.rs"), beside];
        let declares = |owner: &Path| {
            let text = fs::read_to_string(root().join(owner)).unwrap_or_default();
            text.lines().any(|line| {
                let line = line.trim();
                line == format!("mod {name};")
                    || line.starts_with("pub") && line.ends_with(&format!(" mod {name};"))
            })
        };
        assert!(owners.iter().any(|owner| declares(owner)), "no mod for {}", file.display());
    }
}

#[test]
fn a_map_is_read_with_its_folders() {
    let map = "\n    src/\n      main.rs        starts\n      clock.rs  entropy.rs   injected\n      store/         tables
        engine.rs    the port,\n                     which is small\n      doors/         in\n";
    let expected = ["clock.rs", "doors", "entropy.rs", "main.rs", "store", "store/engine.rs"];
    assert_eq!(entries(map).iter().map(String::as_str).collect::<Vec<_>>(), expected);
}
