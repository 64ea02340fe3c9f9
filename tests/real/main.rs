//! The service against real mail servers: the built binary, real sockets, real mail clients.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on ends here, its helpers included"
)]

mod admin;
mod caddy;
mod config_check;
mod configured;
mod crash;
mod crowd;
mod cyrus;
mod demo;
mod disk;
mod doctor;
mod doctor_dovecot;
mod doctor_itself;
mod doctor_nginx;
mod doctor_others;
mod dovecot;
mod dovecot_ldap;
mod ends;
mod exim_heavy;
mod exim_light;
mod fail2ban;
mod health;
mod ldap;
mod lease;
mod mail_setup;
mod malformed;
mod memory;
mod nginx_auth_request;
mod nginx_mail;
mod oauth2_grant;
mod outbound;
mod package;
mod pgbouncer;
mod postfix;
mod postgres;
mod process;
mod prosody;
mod radicale;
mod rest_examples;
mod scan;
mod setup_page;
mod slow;
mod starting;
mod support;
mod thunderbird;
mod tls;
mod warnings;
