//! clientpass
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod doors;
pub mod entropy;
pub mod keyring;
pub mod service;
pub mod store;
pub mod telemetry;
