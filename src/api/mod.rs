//! The HTTP API for programs.

pub mod discovery;
pub mod rest;
