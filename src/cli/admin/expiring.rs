//! `clientpass admin expiring`: which client passwords will soon end by themselves.

use serde_json::json;

use crate::cli::terminal::{print_json, say};
use crate::service::administration::WarningListing;

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass admin expiring
  clientpass admin expiring --json

A client password is warned of 14, 3 and 1 days before its date, and 14 days before it ends because nobody uses it. Each is
shown with its last warning, the newest warning first.";

/// Shows what has been warned of.
pub fn show(all: &[WarningListing], json: bool) -> Result<(), String> {
    if json {
        return print_json(&json!({"warnings": all}));
    }
    if all.is_empty() {
        say("no client password ends within the next days");
    }
    for one in all {
        let why = if one.reason == "idle" { "unless it is used" } else { "its date" };
        say(&format!("{}  {}  {} ({why})", one.ends_at, one.login, one.label));
    }
    Ok(())
}
