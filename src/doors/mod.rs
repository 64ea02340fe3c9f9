//! Doors: the protocols through which anyone asks. Bytes become calls of the service and its answers bytes;
//! no rule is decided here, and no door sees the store.

pub mod asking;
pub mod basic;
pub mod connections;
pub mod control;
pub mod desk;
pub mod dovecot;
pub mod forward_auth;
pub mod handshake;
pub mod http;
pub mod ldap;
pub mod nginx_mail;
pub mod oauth2;
pub mod rest;
pub mod socket;
pub mod stream;
pub mod tls;
