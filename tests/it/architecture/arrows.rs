//! Who may use whom: every path of ours that a source names, against one table.

use super::paths::{is_in, module_of, uses};
use super::source::{files, tokens, without_tests};

/// The rooms of the house, by the modules in them; the longest name that fits decides.
const ROOMS: [(&str, &str); 29] = [
    ("main", "main"),
    ("lib", "lib"),
    ("cli", "cli"),
    ("app", "app"),
    ("config", "config"),
    ("doors", "doors"),
    ("api", "api"),
    ("pages", "pages"),
    ("http", "http"),
    ("net", "net"),
    ("jobs", "jobs"),
    ("notify", "notify"),
    ("control", "control"),
    ("doctor", "doctor"),
    ("doctor::probe", "probe"),
    ("service", "service"),
    ("store", "store"),
    ("store::engine", "engine"),
    ("store::migrate", "engine"),
    ("store::sqlite", "engine"),
    ("store::postgres", "engine"),
    ("domain", "domain"),
    ("clock", "clock"),
    ("entropy", "entropy"),
    ("keyring", "keyring"),
    ("mail_setup", "mail_setup"),
    ("telemetry", "telemetry"),
    ("clientpass", "lib"),
    ("", "lib"),
];

/// From a room to those it may use, beside itself; or to one thing in another room.
pub const ARROWS: [(&str, &[&str]); 24] = [
    ("main", &["cli"]),
    ("lib", &[]),
    ("cli", &["app", "config", "doctor", "probe", "mail_setup", "service", "domain", "clock", "telemetry"]),
    ("probe", &["app", "control", "config", "doctor", "service::admin", "store::postgres"]),
    (
        "app",
        &[
            "config",
            "control",
            "doors",
            "api",
            "pages",
            "http::public_url",
            "net",
            "mail_setup",
            "jobs",
            "notify",
            "service",
            "store",
            "engine",
            "domain",
            "clock",
            "entropy",
            "keyring",
            "telemetry",
        ],
    ),
    (
        "config",
        &[
            "domain::network::TrustedProxies",
            "domain::origin::Origin",
            "domain::organization::DomainName",
            "domain::protocol::Protocol",
            "domain::secret::Secret",
            "mail_setup",
            "service::UnknownLogin",
            "telemetry::LogFormat",
        ],
    ),
    // A mail server's door may check and find a login, and do nothing else.
    (
        "doors",
        &[
            "config::doors",
            "net",
            "service::credential_checks",
            "service::callers::MailServerKeys",
            "service::Ids",
            "service::Error",
            "domain",
            "clock",
            "telemetry",
        ],
    ),
    ("api", &["http", "net", "mail_setup", "service", "domain", "clock", "telemetry"]),
    ("pages", &["http", "mail_setup", "service", "domain", "clock", "telemetry"]),
    ("http", &["net", "service", "domain", "clock", "telemetry"]),
    ("net", &["config::doors", "clock", "telemetry"]),
    // A job may do what it is there for, and nothing else.
    (
        "jobs",
        &[
            "service::LogInLog",
            "service::UsageLog",
            "service::clock_mark",
            "service::end_notices",
            "service::expiry",
            "service::leases",
            "service::log_in_expiry",
            "service::revocations::jobs",
            "service::settling",
            "service::totals",
            "service::warnings",
            "service::Error",
            "domain",
            "clock",
            "telemetry",
        ],
    ),
    ("notify", &["net", "service::end_notices", "service::Error", "domain", "clock"]),
    ("control", &["service::admin", "clock"]),
    ("doctor", &["domain"]),
    (
        "service",
        &["store", "store::engine::EngineError", "domain", "clock", "entropy", "keyring", "telemetry"],
    ),
    ("store", &["engine", "domain", "clock"]),
    ("engine", &["clock"]),
    ("domain", &["clock::Timestamp"]),
    ("keyring", &["clock::Timestamp", "entropy"]),
    ("mail_setup", &["domain", "clock::Timestamp"]),
    ("clock", &[]),
    ("entropy", &[]),
    ("telemetry", &["clock"]),
];

/// Crates that not every room may name.
const FOREIGN: [(&str, &[&str]); 36] = [
    ("actix_http", &["net"]),
    ("actix_service", &["net"]),
    ("actix_web", &["app", "api", "cli", "control", "doors", "http", "jobs", "net", "pages"]),
    ("argon2", &["service"]),
    ("askama", &["mail_setup", "pages"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("deadpool", &["engine"]),
    ("der", &["mail_setup"]),
    ("flate2", &["cli"]),
    ("hyper", &["net"]),
    ("jiff", &["clock"]),
    ("ldap3_lber", &["doors"]),
    ("ldap3_proto", &["doors"]),
    ("nix", &["cli", "net", "probe"]),
    ("prometheus_client", &["telemetry"]),
    ("quick_xml", &["mail_setup"]),
    ("reqwest", &["net"]),
    ("ring", &["domain", "engine", "entropy", "http", "keyring", "mail_setup", "net", "notify"]),
    ("rusqlite", &["engine"]),
    ("rustix", &["app", "cli", "control", "net"]),
    ("rustls", &["engine", "mail_setup", "net"]),
    (
        "serde_json",
        &[
            "api",
            "app",
            "cli",
            "control",
            "domain",
            "http",
            "keyring",
            "mail_setup",
            "notify",
            "pages",
            "service",
            "store",
        ],
    ),
    ("sd_notify", &["cli"]),
    ("strsim", &["config"]),
    ("tar", &["cli"]),
    (
        "tokio",
        &["app", "clock", "control", "cli", "doors", "engine", "http", "net", "notify", "probe", "service"],
    ),
    ("tokio_postgres", &["engine"]),
    ("tokio_rustls", &["net"]),
    ("tokio_util", &["app", "net"]),
    ("toml", &["config"]),
    (
        "tracing",
        &[
            "app",
            "api",
            "cli",
            "control",
            "doors",
            "http",
            "jobs",
            "net",
            "notify",
            "pages",
            "service",
            "telemetry",
        ],
    ),
    ("tracing_subscriber", &["telemetry"]),
    ("x509_cert", &["domain", "mail_setup"]),
    ("zip", &["cli"]),
];

/// What makes a module impure.
const IMPURE: [&str; 8] = ["fs", "io", "env", "process", "thread", "SystemTime", "Instant", "TcpStream"];

pub fn room_of(path: &str) -> &'static str {
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
fn the_domain_and_what_the_doctor_judges_by_are_pure() {
    let judging =
        ["dovecot", "nginx", "postfix", "saslauthd", "clientpass"].map(|of| format!("src/doctor/{of}"));
    let pure = judging.iter().map(String::as_str).chain(["src/domain"]);
    for (file, text) in pure.flat_map(|folder| files(folder, "rs")) {
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
        ("doors", "api::rest::ENDPOINTS"),
        ("api", "doors::authenticator::Requester"),
        ("http", "api::rest::ENDPOINTS"),
        ("net", "service::Service"),
        ("jobs", "store::Store"),
        ("doctor", "app::open"),
        ("pages", "store::Store"),
        ("cli", "store::Store"),
        ("engine", "domain::ids::MemberId"),
        ("engine", "service::Service"),
        ("domain", "clock::Clock"),
        ("domain", "service::Service"),
        ("store", "service::Error"),
        ("store", "entropy::Entropy"),
        ("service", "store::sqlite::Sqlite"),
        ("service", "api::rest::ENDPOINTS"),
        ("app", "cli::main"),
        ("service", "app::open"),
        ("service", "notify::Notifier"),
        ("notify", "store::Store"),
        ("doors", "service::Services"),
        ("doors", "service::sessions::Sessions"),
        ("notify", "service::Services"),
        ("jobs", "service::Services"),
        ("mail_setup", "service::Services"),
        ("mail_setup", "clock::Clock"),
    ] {
        assert!(!may_use(room, path), "{room} -> {path}");
    }
    assert!(may_use("domain", "domain::ids::MemberId") && may_use("domain", "clock::Timestamp"));
}
