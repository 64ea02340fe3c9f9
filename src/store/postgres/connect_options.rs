//! Where the database is and how to get there.

use crate::store::engine::ListLimits;

/// Where the database is and how to get there.
#[derive(Clone)]
pub struct ConnectOptions {
    /// `postgres://user@host/name?sslmode=require`, or the words of libpq.
    pub url: String,
    /// Its password, if not in the URL.
    pub password: Option<String>,
    /// PEM file of the authorities that its certificate may come from; the system's if absent.
    pub authorities: Option<std::path::PathBuf>,
    /// How many connections there are for writes and long reads, at least two.
    pub connections: usize,
    /// How lists that callers request are read, on connections beside those.
    pub lists: ListLimits,
}
