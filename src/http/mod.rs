//! What is spoken over HTTP has in common, whoever asks: a program, a person or a mail server.

pub mod body;
pub mod client_ip;
pub mod idempotency;
pub mod method;
pub mod middleware;
pub mod problem;
pub mod query;
