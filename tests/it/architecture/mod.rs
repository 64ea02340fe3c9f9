//! What the documents say about the tree holds, and stays so.

mod architecture_page;
mod arrows;
mod banned;
mod circles;
mod endings;
mod map;
mod paths;
pub mod plans;
mod security_page;
pub mod source;
pub mod statements;
