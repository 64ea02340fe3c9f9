//! The REST API, by resource.

mod story;
