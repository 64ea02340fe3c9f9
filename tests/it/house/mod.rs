//! The house itself: what the documents say about the tree holds, and stays so.

mod arrows;
mod banned;
mod map;
mod opening;
mod plans;
mod source;
mod sqlite;
mod statements;
