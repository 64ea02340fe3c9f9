//! The port of the engine, kept by both: all or nothing, seen at once, nobody hindered by another.

mod fixture;
mod migrating;
mod opening;
mod postgres;
mod reading;
mod reprepared;
mod versions;
mod writing;

pub use fixture::{add, any, clock, now, one, place};
