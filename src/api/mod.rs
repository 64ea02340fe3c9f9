//! The HTTP API for programs.

pub mod rest;
