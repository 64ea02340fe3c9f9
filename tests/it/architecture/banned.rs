//! Time and randomness come from outside: what clippy forbids is forbidden, and allowed only where it must be.

use std::path::Path;

use super::source::{files, root, tokens};

/// What nothing but its own leaf may call.
const BANNED: [&str; 10] = [
    "std::time::SystemTime::now",
    "std::time::Instant::now",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
    "uuid::Uuid::now_v7",
    "uuid::Uuid::new_v4",
    "ring::rand::SystemRandom::new",
    "std::thread::sleep",
    "tokio::time::sleep",
    "tokio::time::interval",
];
/// The leaves that own time and randomness.
const LEAVES: [&str; 2] = ["src/clock.rs", "src/entropy.rs"];

/// Whether a text has this path, or its last two names, as a call would.
fn calls(text: &str, path: &str) -> bool {
    let tokens = tokens(text);
    let names: Vec<&str> = path.split("::").collect();
    let wanted = [names[names.len() - 2], "::", names[names.len() - 1]];
    tokens.windows(3).any(|three| three == wanted)
}

#[test]
fn clippy_knows_every_banned_method_and_calls_it_an_error() {
    let read = |name: &str| std::fs::read_to_string(root().join(name)).unwrap();
    let clippy: toml::Table = read("clippy.toml").parse().unwrap();
    let listed = clippy["disallowed-methods"].as_array().unwrap();
    for banned in BANNED {
        let entry = listed.iter().find(|entry| entry["path"].as_str() == Some(banned));
        assert!(entry.is_some_and(|entry| entry["reason"].is_str()), "{banned}");
    }
    // Nothing in the crate turns the lint down.
    let cargo: toml::Table = read("Cargo.toml").parse().unwrap();
    assert!(cargo["lints"]["clippy"].get("disallowed_methods").is_none());
}

#[test]
fn only_the_leaves_are_let_off() {
    for (file, text) in files("src", "rs") {
        let let_off = tokens(&text).contains(&"disallowed_methods");
        assert!(!let_off || LEAVES.iter().any(|leaf| file == Path::new(leaf)), "{}", file.display());
    }
}

#[test]
fn nothing_but_the_leaves_reads_time_or_randomness() {
    for (file, text) in files("src", "rs") {
        if LEAVES.iter().any(|leaf| file == Path::new(leaf)) {
            continue;
        }
        for banned in BANNED {
            assert!(!calls(&text, banned), "{} calls {banned}", file.display());
        }
    }
    assert!(LEAVES.iter().any(|leaf| {
        let text = std::fs::read_to_string(root().join(leaf)).unwrap();
        BANNED.iter().any(|banned| calls(&text, banned))
    }));
}

#[test]
fn no_test_sleeps_or_is_left_out() {
    for (file, text) in files("tests/it", "rs") {
        let tokens = tokens(&text);
        assert!(!calls(&text, "thread::sleep") && !calls(&text, "time::sleep"), "{}", file.display());
        let ignored = tokens.windows(3).any(|three| three == ["#", "[", "ignore"]);
        assert!(!ignored, "{}", file.display());
    }
}
