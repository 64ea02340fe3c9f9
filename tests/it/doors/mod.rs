//! The doors of mail servers, over real sockets.

mod ldap;
mod opening;
