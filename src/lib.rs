//! clientpass
pub mod clock;
pub mod domain;
pub mod entropy;
