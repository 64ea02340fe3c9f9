//! `docs/architecture.md` against the tree and the table of arrows.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::arrows::{ARROWS, room_of};
use super::map::tree;
use super::paths::module_of;
use super::source::root;

/// How a path begins that the page may name.
const FOLDERS: [&str; 7] = ["src/", "tests/", "sql/", "benches/", "fuzz/", "mail-servers/", "scripts/"];

/// A row of the table of rooms.
struct Room<'a> {
    name: &'a str,
    paths: Vec<&'a str>,
    may_use: BTreeSet<&'a str>,
}

fn page() -> String {
    fs::read_to_string(root().join("docs/architecture.md")).unwrap()
}

/// What is below a heading, up to the next of its kind.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("\n## {heading}\n")).expect(heading);
    rest.split("\n## ").next().unwrap()
}

/// What stands in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn rooms(page: &str) -> Vec<Room<'_>> {
    let rows = section(page, "2. The rooms").lines().filter(|line| line.starts_with("| `"));
    let room = |row| match str::split(row, '|').collect::<Vec<_>>()[..] {
        ["", name, paths, _, may_use, _, ""] => Room {
            name: quoted(name).next().unwrap(),
            paths: quoted(paths).collect(),
            may_use: quoted(may_use).collect(),
        },
        _ => panic!("a room has five columns: {row}"),
    };
    rows.map(room).collect()
}

#[test]
fn every_path_that_the_architecture_page_names_is_there() {
    let page = page();
    let is_path = |text: &&str| FOLDERS.iter().any(|folder| text.starts_with(folder));
    let paths: BTreeSet<&str> = quoted(&page).filter(is_path).collect();
    assert!(paths.len() > 80, "only {} paths were found", paths.len());
    for path in paths.into_iter().filter(|path| !path.contains(['<', '*'])) {
        assert!(root().join(path).exists(), "the page names {path}");
    }
}

#[test]
fn everything_in_src_is_in_a_room_of_the_architecture_page() {
    let page = page();
    let rooms = rooms(&page);
    let known: BTreeSet<&str> = rooms.iter().flat_map(|room| &room.paths).copied().collect();
    for entry in tree("") {
        let is_known =
            [format!("src/{entry}"), format!("src/{entry}/")].iter().any(|path| known.contains(&**path));
        assert!(is_known, "the page has no room for src/{entry}");
    }
    for Room { name, paths, .. } in rooms {
        for path in paths {
            assert_eq!(room_of(&module_of(Path::new(path))), name, "{path}");
        }
    }
}

#[test]
fn the_architecture_page_says_of_each_room_what_it_may_use() {
    let page = page();
    let told: Vec<(&str, BTreeSet<&str>)> =
        rooms(&page).into_iter().map(|room| (room.name, room.may_use)).collect();
    for (room, allowed) in ARROWS {
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        let said: Vec<_> = told.iter().filter(|(name, _)| *name == room).map(|(_, uses)| uses).collect();
        assert_eq!(said, [&allowed], "{room}");
    }
    assert_eq!(told.len(), ARROWS.len(), "a room of the page is in no table");
}

#[test]
fn the_glossary_has_each_term_once_in_the_order_of_the_alphabet() {
    let page = page();
    let lines = section(&page, "6. Glossary").lines().filter_map(|line| line.strip_prefix("- **"));
    let terms: Vec<&str> = lines.map(|line| line.split("**").next().unwrap()).collect();
    assert!(terms.len() > 30, "only {} terms were found", terms.len());
    for pair in terms.windows(2) {
        assert!(pair[0].to_lowercase() < pair[1].to_lowercase(), "{} before {}", pair[0], pair[1]);
    }
}
