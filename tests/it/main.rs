//! The service from the outside: what `main` starts, over real sockets, with the tests' own clock and entropy.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod canaries;
mod configuration;
mod contract;
mod doors;
mod fuzzed;
mod house;
mod logs;
mod model;
mod operating;
mod races;
mod rest;
mod support;
mod telling;
mod verdict_table;
