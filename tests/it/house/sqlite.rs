//! The port of the engine, kept by SQLite: all or nothing, seen at once, nobody hindered by another.

mod fixture;
mod reading;
mod reprepared;
mod writing;

pub use fixture::now;
