//! Who may use whom: every path of ours that a source names, against one table.

use std::path::Path;

use super::source::{files, tokens, without_tests};

/// The rooms of the house, by the modules in them; the longest name that fits decides.
const ROOMS: [(&str, &str); 21] = [
    ("main", "main"),
    ("lib", "lib"),
    ("cli", "cli"),
    ("app", "app"),
    ("config", "config"),
    ("doors", "doors"),
    ("pages", "pages"),
    ("service", "service"),
    ("store", "store"),
    ("store::engine", "engine"),
    ("store::unmet", "engine"),
    ("store::versions", "engine"),
    ("store::migrate", "engine"),
    ("store::sqlite", "engine"),
    ("store::postgres", "engine"),
    ("domain", "domain"),
    ("clock", "clock"),
    ("entropy", "entropy"),
    ("keyring", "keyring"),
    ("telemetry", "telemetry"),
    ("tellers", "tellers"),
];

/// From a room to those it may use, beside itself; or to one thing in another room.
const ARROWS: [(&str, &[&str]); 16] = [
    ("main", &["cli"]),
    ("lib", &[]),
    ("cli", &["app", "config", "service", "domain", "clock", "entropy", "telemetry"]),
    (
        "app",
        &[
            "config",
            "doors",
            "pages",
            "service",
            "store",
            "engine",
            "domain",
            "clock",
            "entropy",
            "keyring",
            "telemetry",
            "tellers",
        ],
    ),
    (
        "config",
        &[
            "domain::network::TrustedProxies",
            "domain::protocol::Protocol",
            "domain::secret::Secret",
            "service::UnknownLogin",
            "telemetry::LogFormat",
        ],
    ),
    ("doors", &["config::doors", "service", "domain", "clock", "telemetry"]),
    ("pages", &["service", "domain", "clock", "telemetry"]),
    ("tellers", &["service", "domain", "clock"]),
    (
        "service",
        &["store", "store::engine::EngineError", "domain", "clock", "entropy", "keyring", "telemetry"],
    ),
    ("store", &["engine", "domain", "clock"]),
    ("engine", &["clock"]),
    ("domain", &["clock::Timestamp"]),
    ("keyring", &["clock::Timestamp", "entropy"]),
    ("clock", &[]),
    ("entropy", &[]),
    ("telemetry", &[]),
];

/// Crates that not every room may name.
const FOREIGN: [(&str, &[&str]); 27] = [
    ("actix_http", &["doors"]),
    ("actix_service", &["doors"]),
    ("actix_web", &["app", "cli", "doors", "pages"]),
    ("argon2", &["service"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("deadpool", &["engine"]),
    ("http_body_util", &["tellers"]),
    ("hyper", &["tellers"]),
    ("hyper_rustls", &["tellers"]),
    ("hyper_util", &["tellers"]),
    ("jiff", &["clock"]),
    ("ldap3_lber", &["doors"]),
    ("ldap3_proto", &["doors"]),
    ("nix", &["cli", "doors"]),
    ("prometheus_client", &["telemetry"]),
    ("ring", &["doors", "engine", "entropy", "keyring", "tellers"]),
    ("rusqlite", &["engine"]),
    ("rustix", &["app", "cli", "doors"]),
    ("rustls", &["doors", "engine", "tellers"]),
    ("serde_json", &["cli", "doors", "keyring", "pages", "service", "tellers"]),
    ("tokio", &["app", "cli", "clock", "doors", "engine", "service", "tellers"]),
    ("tokio_postgres", &["engine"]),
    ("tokio_rustls", &["doors"]),
    ("toml", &["config"]),
    ("tracing", &["app", "cli", "doors", "pages", "service", "telemetry", "tellers"]),
    ("tracing_subscriber", &["telemetry"]),
];

/// What makes a module impure.
const IMPURE: [&str; 8] = ["fs", "io", "env", "process", "thread", "SystemTime", "Instant", "TcpStream"];

/// A path of ours that a source names.
#[derive(Debug, PartialEq)]
struct Used {
    path: String,
    /// Whether it hands the thing on.
    handed_on: bool,
}

fn module_of(file: &Path) -> String {
    let parts = file.with_extension("");
    let parts = parts.components().skip(1).map(|part| part.as_os_str().to_str().unwrap());
    parts.filter(|part| *part != "mod").collect::<Vec<_>>().join("::")
}

fn is_in(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn room_of(path: &str) -> &'static str {
    let fitting = ROOMS.iter().filter(|(module, _)| is_in(path, module));
    let (_, room) =
        fitting.max_by_key(|(module, _)| module.len()).unwrap_or_else(|| panic!("no room for {path}"));
    room
}

fn may_use(room: &str, path: &str) -> bool {
    let (_, allowed) = ARROWS.iter().find(|(from, _)| *from == room).unwrap();
    let allows = |to: &&&str| if to.contains("::") { is_in(path, to) } else { **to == room_of(path) };
    room_of(path) == room || allowed.iter().any(|to| allows(&to))
}

/// Every path that begins in our crate.
fn uses(file: &Path, text: &str) -> Vec<Used> {
    let module = module_of(file);
    let tokens = tokens(without_tests(text));
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let begins = tokens.get(at + 1) == Some(&"::")
            && at.checked_sub(1).is_none_or(|before| tokens[before] != "::");
        let base = match tokens[at] {
            "crate" if begins => Some(String::new()),
            "clientpass" if begins && module == "main" => Some(String::new()),
            "super" if begins => Some(parent(&module)),
            _ => None,
        };
        at += 1;
        if let Some(mut base) = base {
            let handed_on = at >= 3 && tokens[at - 2] == "use" && tokens[at - 3] == "pub";
            while tokens.get(at + 1) == Some(&"super") {
                base = parent(&base);
                at += 2;
            }
            at = tree(&tokens, at + 1, &base, &mut |path| found.push(Used { path, handed_on }));
        }
    }
    found
}

fn parent(module: &str) -> String {
    module.rsplit_once("::").map_or(String::new(), |(parent, _)| parent.to_owned())
}

/// Reads what follows a `::`: a name, a name and more, or several in braces. Gives where it ends.
fn tree(tokens: &[&str], mut at: usize, prefix: &str, found: &mut dyn FnMut(String)) -> usize {
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
    found(path);
    // `as another_name`
    if tokens.get(at + 1) == Some(&"as") { at + 3 } else { at + 1 }
}

#[test]
fn every_arrow_between_the_rooms_is_one_of_the_table() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (file, text) in files("src", "rs") {
        let room = room_of(&module_of(&file));
        for used in uses(&file, &text) {
            count += 1;
            if !may_use(room, &used.path) {
                wrong.push(format!("{} ({room}) uses {}", file.display(), used.path));
            }
        }
    }
    assert!(count > 200, "only {count} paths were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_room_hands_on_what_is_in_another() {
    for (file, text) in files("src", "rs") {
        let room = room_of(&module_of(&file));
        for used in uses(&file, &text).into_iter().filter(|used| used.handed_on) {
            assert_eq!(room_of(&used.path), room, "{} hands on {}", file.display(), used.path);
        }
    }
}

/// A door could see the store through a signature of the service.
#[test]
fn no_public_function_or_field_of_the_service_shows_a_type_of_the_store() {
    for (file, text) in files("src/service", "rs") {
        let stored = uses(&file, &text).into_iter().map(|used| used.path);
        let stored = stored.filter(|path| ["store", "engine"].contains(&room_of(path)));
        let types: Vec<String> = stored.map(|path| path.rsplit("::").next().unwrap().to_owned()).collect();
        let tokens = tokens(without_tests(&text));
        for at in (0..tokens.len()).filter(|at| tokens[*at] == "pub" && tokens.get(at + 1) != Some(&"(")) {
            let rest = &tokens[at..];
            let function = rest[1..3].contains(&"fn");
            let end = rest.iter().position(|token| ["{", ";"].contains(token) || !function && *token == ",");
            let seen = rest[..end.unwrap_or(rest.len())].join(" ");
            let forbidden = seen.split(' ').any(|name| types.iter().any(|of| of == name));
            // The composition root hands it in.
            assert!(!forbidden || seen == "pub store : Store", "{}: {seen}", file.display());
        }
    }
}

#[test]
fn a_crate_is_named_only_in_the_rooms_that_may() {
    for (file, text) in files("src", "rs") {
        let room = room_of(&module_of(&file));
        let tokens = tokens(without_tests(&text));
        for (name, rooms) in FOREIGN {
            let named = tokens.windows(2).any(|pair| pair[0] == name && ["::", "!"].contains(&pair[1]));
            assert!(!named || rooms.contains(&room), "{} names {name}", file.display());
        }
    }
}

#[test]
fn the_domain_is_pure() {
    for (file, text) in files("src/domain", "rs") {
        let tokens = tokens(without_tests(&text));
        let after_std = tokens.windows(2).filter(|pair| pair[0] == "::").map(|pair| pair[1]);
        let impure: Vec<&str> = after_std.filter(|name| IMPURE.contains(name)).collect();
        assert!(impure.is_empty(), "{}: {impure:?}", file.display());
        assert!(!tokens.iter().any(|token| ["async", "await"].contains(token)), "{}", file.display());
    }
}

#[test]
fn paths_are_read_whole() {
    let text =
        "pub use crate::a::{self, b::{C, D as E}, f::*};\nuse super::{g::H, I};\nuse super::super::J;\n
        fn k() -> crate::l::M { crate::n::o::<P>(super::q()) } #[cfg(test)] mod t { use crate::u; }";
    let found = uses(Path::new("src/x/y/z.rs"), text);
    let paths: Vec<&str> = found.iter().map(|used| used.path.as_str()).collect();
    let expected =
        ["a", "a::b::C", "a::b::D", "a::f", "x::y::g::H", "x::y::I", "x::J", "l::M", "n::o", "x::y::q"];
    assert_eq!(paths, expected);
    assert!(found[0].handed_on && !found[4].handed_on);
}

#[test]
fn the_table_refuses_what_the_design_forbids() {
    for (room, path) in [
        ("doors", "store::members::Filter"),
        ("pages", "store::Store"),
        ("cli", "store::Store"),
        ("engine", "domain::ids::MemberId"),
        ("engine", "service::Service"),
        ("domain", "clock::Clock"),
        ("domain", "service::Service"),
        ("store", "service::Error"),
        ("store", "entropy::Entropy"),
        ("service", "store::sqlite::Sqlite"),
        ("service", "doors::rest::ENDPOINTS"),
        ("app", "cli::main"),
        ("service", "app::open"),
        ("service", "tellers::Teller"),
        ("tellers", "store::Store"),
    ] {
        assert!(!may_use(room, path), "{room} -> {path}");
    }
    assert!(may_use("domain", "domain::ids::MemberId") && may_use("domain", "clock::Timestamp"));
}
