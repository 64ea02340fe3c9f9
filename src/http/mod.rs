//! What is common to everything over HTTP, whether the caller is a program, a person or a mail server.

pub mod body;
pub mod caller;
pub mod client_ip;
pub mod export;
pub mod fields;
pub mod idempotency;
pub mod listing;
pub mod method;
pub mod middleware;
pub mod path;
pub mod precondition;
pub mod problem;
pub mod public_url;
pub mod query;
pub mod raw_body;
mod refusals;
