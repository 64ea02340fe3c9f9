//! The REST API, by resource.

mod administration;
mod dissolving;
mod domains;
mod member_rights;
mod member_states;
mod members;
mod organizations;
mod sessions;
mod setup;
mod story;
