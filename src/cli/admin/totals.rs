//! `clientpass admin totals`: how many members and client passwords there are.

use crate::cli::terminal::{print_json, say};
use crate::domain::totals::Counts;
use crate::service::administration::TotalsListing;

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass admin totals
  clientpass admin totals --json

A large organization is counted every five minutes by the process that serves; the first line says when it was.";

/// Shows totals.
pub fn show(listing: &TotalsListing, json: bool) -> Result<(), String> {
    if json {
        return print_json(listing);
    }
    let totals = &listing.totals;
    let Some(as_of) = &totals.as_of else {
        say("not counted yet: clientpass counts when it serves; ask again in a moment");
        return Ok(());
    };

    say(&format!("as of {as_of}"));
    say("  active  suspended       left  secure login  without it       live  never used      ended  of");
    if let Some(counts) = &totals.organization {
        say(&line(counts, "the organization"));
    }
    for (department, path) in totals.departments.iter().zip(&listing.paths) {
        say(&line(&department.counts, path));
    }
    Ok(())
}

fn line(of: &Counts, name: &str) -> String {
    let Counts { members, secure_login, client_passwords } = of;
    format!(
        "{:>8}  {:>9}  {:>9}  {:>12}  {:>10}  {:>9}  {:>10}  {:>9}  {name}",
        members.active,
        members.suspended,
        members.left,
        secure_login.on,
        secure_login.off,
        client_passwords.live,
        client_passwords.never_used,
        client_passwords.ended
    )
}
