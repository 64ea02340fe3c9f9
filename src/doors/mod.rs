//! Doors: the protocols through which mail servers reach the service. Bytes become calls of the service and its answers
//! bytes; no rule is decided here, and no door sees the store.

pub mod authenticator;
pub mod basic;
pub mod dovecot;
pub mod forward_auth;
pub mod http_authenticator;
pub mod ldap;
pub mod nginx_mail;
pub mod oauth2;
