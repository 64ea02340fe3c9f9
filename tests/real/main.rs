//! The service against real mail servers: the built binary, real sockets, real mail clients.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on ends here, its helpers included"
)]

mod admin;
mod configured;
mod crash;
mod crowd;
mod cyrus;
mod demo;
mod disk;
mod doctor;
mod dovecot;
mod dovecot_ldap;
mod ends;
mod exim_heavy;
mod exim_light;
mod fail2ban;
mod ldap;
mod lease;
mod mail_setup;
mod malformed;
mod memory;
mod nginx_auth_request;
mod nginx_mail;
mod oauth2_grant;
mod outbound;
mod postfix;
mod postgres;
mod process;
mod rest_examples;
mod setup_page;
mod slow;
mod starting;
mod support;
mod thunderbird;
mod tls;
