//! The rules, pure: values in, values out. No async, no I/O, no SQL, no HTTP, no clock.

pub mod access;
pub mod account_password;
pub mod audit;
pub mod characters;
pub mod client_password;
pub mod ends;
pub mod field;
pub mod ids;
pub mod login;
pub mod member;
pub mod network;
pub mod notice;
pub mod organization;
pub mod permission;
pub mod place;
pub mod policy;
pub mod protocol;
pub mod refusal_step;
pub mod restored;
pub mod revocation;
pub mod second_factor;
pub mod secret;
pub mod secure_login;
pub mod service_key;
pub mod throttle;
pub mod verdict;
