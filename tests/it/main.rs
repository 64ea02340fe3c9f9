//! The service from the outside: what `main` starts, over real sockets, with the tests' own clock and entropy.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod admin;
mod architecture;
mod canaries;
mod configuration;
mod contract;
mod discovery;
mod doctor_page;
mod doors;
mod end_notices;
mod engine;
mod fuzzed;
mod logs;
mod model;
mod pages;
mod policy_form;
mod policy_preview;
mod policy_statement;
mod races;
mod rest;
mod scan;
mod setup_page;
mod stated_policy;
mod support;
mod verdict_table;
