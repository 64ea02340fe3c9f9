//! clientpass
pub mod clock;
pub mod domain;
pub mod entropy;
pub mod keyring;
pub mod service;
pub mod store;
pub mod telemetry;
