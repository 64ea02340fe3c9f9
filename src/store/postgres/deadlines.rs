//! How long the database is waited for.

use std::time::Duration;

/// So long at most it is waited for a list, and for a write that writes many rows.
pub(super) const LONG: Duration = Duration::from_secs(30);
/// The same for a write of a few rows, waiting for its locks included.
pub(super) const WRITE: Duration = Duration::from_secs(5);
