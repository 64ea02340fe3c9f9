//! The house itself: what the documents say about the tree holds, and stays so.

mod architecture_page;
mod arrows;
mod banned;
mod circles;
mod endings;
mod engine;
mod map;
mod migrating;
mod opening;
mod paths;
mod plans;
mod postgres;
mod source;
mod statements;
