//! The service against real mail servers: the built binary, real sockets, real mail clients.

mod dovecot;
mod support;
