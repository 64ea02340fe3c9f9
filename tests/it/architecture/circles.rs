//! No file uses one that uses it, at however many removes: whoever reads a file knows what lies below it.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::{module_of, parent, uses};
use super::source::files;

/// From each module to those that it uses.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// The modules of a tree and what each uses, whatever other module hands that on.
fn graph(sources: &[(String, Vec<super::paths::Used>)]) -> Graph {
    let modules: BTreeSet<&str> = sources.iter().map(|(module, _)| module.as_str()).collect();
    let mut handed_on = BTreeMap::new();
    for (module, used) in sources {
        for used in used.iter().filter(|used| used.handed_on) {
            handed_on.insert(format!("{module}::{}", used.name), used.path.as_str());
        }
    }
    let home = |path: &str| {
        let mut path = path.to_owned();
        loop {
            if modules.contains(path.as_str()) || path.is_empty() {
                return path;
            }
            path = handed_on.get(&path).map_or_else(|| parent(&path), |from| (*from).to_owned());
        }
    };
    let arrows = sources.iter().map(|(module, used)| {
        let to = used.iter().map(|used| home(&used.path));
        (module.clone(), to.filter(|to| to != module && !to.is_empty()).collect())
    });
    arrows.collect()
}

/// What can be reached from a module.
fn reach(graph: &Graph, from: &str) -> BTreeSet<String> {
    let (mut seen, mut left) = (BTreeSet::new(), vec![from]);
    while let Some(module) = left.pop() {
        for to in graph.get(module).into_iter().flatten() {
            if seen.insert(to.clone()) {
                left.push(to);
            }
        }
    }
    seen
}

/// Modules that use each other, each circle once and in order.
fn circles(graph: &Graph) -> BTreeSet<Vec<String>> {
    let reached: BTreeMap<&str, BTreeSet<String>> =
        graph.keys().map(|module| (module.as_str(), reach(graph, module))).collect();
    let turning = reached.iter().filter(|(module, reached)| reached.contains(**module));
    let circle = |module: &str| {
        let back = |other: &&String| reached.get(other.as_str()).is_some_and(|other| other.contains(module));
        reached[module].iter().filter(back).cloned().collect()
    };
    turning.map(|(module, _)| circle(module)).collect()
}

#[test]
fn no_file_uses_one_that_uses_it() {
    let sources: Vec<_> =
        files("src", "rs").iter().map(|(file, text)| (module_of(file), uses(file, text))).collect();
    let graph = graph(&sources);
    assert!(graph.values().map(BTreeSet::len).sum::<usize>() > 500, "hardly any arrow was found");
    let found = circles(&graph);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn circles_are_found_through_what_is_handed_on() {
    let read = |module: &str, text: &str| {
        let file = format!("src/{}.rs", module.replace("::", "/"));
        (module.to_owned(), uses(std::path::Path::new(&file), text))
    };
    let sources = [
        read("a", "pub mod b; mod c; pub use b::B; pub use c::C as D;"),
        read("a::b", "use super::D;"),
        read("a::c", "use crate::d::e;"),
        read("d", "use crate::a::B;"),
        read("e", "use crate::a::B;"),
    ];
    assert_eq!(circles(&graph(&sources)), BTreeSet::from([["a::b", "a::c", "d"].map(String::from).to_vec()]));
}
