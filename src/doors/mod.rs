//! Doors: the protocols through which anyone asks. Bytes become calls of the service and its answers bytes;
//! no rule is decided here, and no door sees the store.

pub mod asking;
pub mod control;
pub mod handshake;
pub mod http;
pub mod ldap;
pub mod rest;
pub mod socket;
pub mod stream;
pub mod tls;
