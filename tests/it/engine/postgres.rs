//! What only PostgreSQL can do: lose a connection in the middle, give a transaction up, be another server
//! tomorrow. These run where the tests run on PostgreSQL.

mod broken;
mod pgpool;
mod rolled_back;
mod schema;
mod sharing;

use crate::support::database::{Database, on_postgres};

/// A database of the test's own; `None`, and the test is about nothing, where the tests run on SQLite.
fn database() -> Option<Database> {
    if !on_postgres() {
        return None;
    }
    Database::fresh()
}
