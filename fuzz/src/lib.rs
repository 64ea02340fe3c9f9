//! What must hold whatever anybody sends: one function for each place where bytes of strangers are read.
//!
//! Each takes any bytes and panics where something does not hold. `cargo fuzz run NAME` searches with libFuzzer;
//! `tests/it/fuzzed.rs` has this file too and tries the corpus and many inputs made of it, on every test run.
//!
//! A new target is a function here or in a file of its area, a line in [`TARGETS`], a file in `fuzz_targets` with
//! its `[[bin]]`, and a few inputs in `corpus/NAME`, good ones and the odd.

mod dovecot;
mod http;
mod ldap;
mod mail;
mod rest;
mod values;

/// A place where bytes of strangers are read, and what must hold there.
pub type Target = (&'static str, fn(&[u8]));

/// All of them, by name.
pub const TARGETS: &[Target] = &[
    ("autodiscover", mail::autodiscover),
    ("basic_credentials", http::basic_credentials),
    ("client_password", values::client_password),
    ("dovecot_line", dovecot::line),
    ("grant_form", http::grant_form),
    ("ldap_ber", ldap::messages),
    ("ldap_dn", ldap::name),
    ("login", values::login),
    ("networks", values::networks),
    ("nginx_headers", http::nginx_headers),
    ("passkey", values::passkey),
    ("rest_body", rest::body),
    ("rest_query", rest::query),
    ("sasl_login", dovecot::login),
    ("sasl_plain", dovecot::plain),
    ("scan", values::scan),
    ("timestamp", values::timestamp),
    ("token", values::token),
];

/// Runs the target of this name: what a file of `fuzz_targets` does.
///
/// # Panics
///
/// Where there is none, or something does not hold.
pub fn run(name: &str, input: &[u8]) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).expect("no such target");
    target(input);
}
