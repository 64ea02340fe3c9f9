//! The REST API, by resource.

mod account_password;
mod administration;
mod audit_events;
mod audit_reading;
mod client_passwords;
mod dissolving;
mod domains;
mod member_rights;
mod member_states;
mod members;
mod organizations;
mod previews;
mod revocation_filters;
mod revocations;
mod rotation;
mod second_factors;
mod secure_login;
mod service_keys;
mod sessions;
mod setup;
mod story;
mod raw;
mod verify;
mod verify_alike;
mod verify_floor;
mod verify_limits;
