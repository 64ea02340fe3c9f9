//! `clientpass admin ownership`: whose the organization is.

use crate::cli::terminal::{print_json, say};
use crate::service::administration::{OwnershipListing, Task};

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass admin ownership show
  clientpass admin ownership hand-over bob@example.org";

/// What is asked about ownership.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Say who owns the organization, and to whom it is offered
    #[command(after_help = "Example:\n  clientpass admin ownership show --json")]
    Show,
    /// Hand the organization over, at once; the owner before becomes an admin
    #[command(after_help = "Example:\n  clientpass admin ownership hand-over bob@example.org")]
    HandOver {
        /// Login of the next owner, an active member
        login: String,
    },
}

impl Command {
    /// What is to be done.
    pub fn task(self) -> Task {
        match self {
            Self::Show => Task::Ownership,
            Self::HandOver { login } => Task::HandOver { login },
        }
    }
}

/// Shows who owns the organization.
pub fn show(of: &OwnershipListing, json: bool) -> Result<(), String> {
    if json {
        return print_json(of);
    }
    match &of.owner {
        Some(owner) => say(&format!("{owner} owns {}", of.organization)),
        None => say(&format!("nobody owns {}", of.organization)),
    }
    if let (Some(member), Some(until)) = (&of.offered_to, &of.offered_until) {
        say(&format!("it is offered to {member}, who may take it on until {until}"));
    }
    Ok(())
}
