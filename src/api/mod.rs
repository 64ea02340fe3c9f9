//! What programs ask.

pub mod rest;
