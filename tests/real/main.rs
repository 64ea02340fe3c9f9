//! The service against real mail servers: the built binary, real sockets, real mail clients.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on ends here, its helpers included"
)]

mod crash;
mod disk;
mod dovecot;
mod operating;
mod postgres;
mod process;
mod slow;
mod starting;
mod support;
mod tls;
