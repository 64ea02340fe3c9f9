//! The paths of ours that a source names.

use std::path::Path;

use super::source::{tokens, without_tests};

/// A path of ours that a source names.
#[derive(Debug, PartialEq)]
pub struct Used {
    /// From the top of the crate.
    pub path: String,
    /// What it is called here.
    pub name: String,
    /// Whether it hands the thing on.
    pub handed_on: bool,
}

/// The module that a file is.
pub fn module_of(file: &Path) -> String {
    let parts = file.with_extension("");
    let parts = parts.components().skip(1).map(|part| part.as_os_str().to_str().unwrap());
    parts.filter(|part| *part != "mod").collect::<Vec<_>>().join("::")
}

/// Whether a path is a module or something in it.
pub fn is_in(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Every path that begins in our crate.
pub fn uses(file: &Path, text: &str) -> Vec<Used> {
    let module = module_of(file);
    let tokens = tokens(without_tests(text));
    let children: Vec<&str> = tokens
        .windows(3)
        .filter(|three| three[0] == "mod" && three[2] == ";")
        .map(|three| three[1])
        .collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let begins = tokens.get(at + 1) == Some(&"::")
            && at.checked_sub(1).is_none_or(|before| tokens[before] != "::");
        let base = match tokens[at] {
            // `pub(in crate::…)` says who may use, not what is used.
            "crate" if begins && at.checked_sub(1).is_none_or(|before| tokens[before] != "in") => {
                Some(String::new())
            }
            "clientpass" if begins && module == "main" => Some(String::new()),
            "super" if begins => Some(parent(&module)),
            child if begins && children.contains(&child) => Some(format!("{module}::{child}")),
            _ => None,
        };
        at += 1;
        if let Some(mut base) = base {
            let handed_on = at >= 3 && tokens[at - 2] == "use" && ["pub", ")"].contains(&tokens[at - 3]);
            while tokens.get(at + 1) == Some(&"super") {
                base = parent(&base);
                at += 2;
            }
            let mut add = |path, name| found.push(Used { path, name, handed_on });
            at = tree(&tokens, at + 1, &base, &mut add);
        }
    }
    found
}

/// The module that a module is in.
pub fn parent(module: &str) -> String {
    module.rsplit_once("::").map_or(String::new(), |(parent, _)| parent.to_owned())
}

/// Reads what follows a `::`: a name, a name and more, or several in braces. Gives where it ends.
fn tree(tokens: &[&str], mut at: usize, prefix: &str, found: &mut dyn FnMut(String, String)) -> usize {
    if tokens.get(at) == Some(&"{") {
        at += 1;
        while at < tokens.len() && tokens[at] != "}" {
            at = if tokens[at] == "," { at + 1 } else { tree(tokens, at, prefix, found) };
        }
        return at + 1;
    }
    let path = match (tokens[at], prefix) {
        ("self" | "*", prefix) => prefix.to_owned(),
        (name, "") => name.to_owned(),
        (name, prefix) => format!("{prefix}::{name}"),
    };
    if tokens.get(at + 1) == Some(&"::") && tokens.get(at + 2) != Some(&"<") {
        return tree(tokens, at + 2, &path, found);
    }
    let renamed = tokens.get(at + 1) == Some(&"as");
    let name = if renamed { tokens[at + 2] } else { path.rsplit("::").next().unwrap_or_default() };
    let name = name.to_owned();
    found(path, name);
    if renamed { at + 3 } else { at + 1 }
}

#[test]
fn paths_are_read_whole() {
    let text =
        "mod v;\npub use crate::a::{self, b::{C, D as E}, f::*};\nuse super::{g::H, I};\nuse super::super::J;\n
        fn k() -> crate::l::M { crate::n::o::<P>(super::q()); v::w() } #[cfg(test)] mod t { use crate::u; }";
    let found = uses(Path::new("src/x/y/z.rs"), text);
    let paths: Vec<&str> = found.iter().map(|used| used.path.as_str()).collect();
    let expected = [
        "a",
        "a::b::C",
        "a::b::D",
        "a::f",
        "x::y::g::H",
        "x::y::I",
        "x::J",
        "l::M",
        "n::o",
        "x::y::q",
        "x::y::z::v::w",
    ];
    assert_eq!(paths, expected);
    assert_eq!(found[2].name, "E");
    assert!(found[0].handed_on && !found[4].handed_on);
}
