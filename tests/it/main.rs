//! The service from the outside: what `main` starts, over real sockets, with the tests' own clock and entropy.

mod contract;
mod house;
mod logs;
mod rest;
mod support;
mod verdict_table;
