//! Who may use whom: every path of ours that a source names, against one table.

use super::paths::{is_in, module_of, uses};
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
        let module = module_of(&file);
        let room = room_of(&module);
        let others = uses(&file, &text).into_iter().filter(|used| !is_in(&used.path, &module));
        for used in others.filter(|used| used.handed_on) {
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
