//! `clientpass admin members`: what members may do.

use clap::builder::PossibleValuesParser;

use crate::cli::terminal::{print_json, say};
use crate::service::administration::{RoleListing, Task};

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass admin members role alice@example.org admin
  clientpass admin members role bob@example.org department_admin --department Sales --department Press";

/// What is asked about members.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Give a member another role; the owner's is handed over with the organization
    #[command(
        after_help = "Examples:\n  clientpass admin members role alice@example.org auditor\n  clientpass admin members role bob@example.org department_admin --department Sales/North\n\nWith --department a department_admin administers these from now on, and no others."
    )]
    Role {
        /// Login of the member
        login: String,
        /// What the member may do from now on
        #[arg(value_parser = PossibleValuesParser::new(["member", "auditor", "department_admin", "admin"]))]
        role: String,
        /// A department that the member administers, by its way from the top or its id; as often as needed
        #[arg(long = "department", value_name = "DEPARTMENT")]
        departments: Vec<String>,
    },
}

impl Command {
    /// What is to be done.
    pub fn task(self) -> Task {
        let Self::Role { login, role, departments } = self;
        Task::ChangeRole { login, role, departments }
    }
}

/// Shows the role of a member.
pub fn show(of: &RoleListing, json: bool) -> Result<(), String> {
    if json {
        return print_json(of);
    }
    say(&format!("{} has the role {}", of.login, of.role));
    for department in &of.administers {
        say(&format!("  administers {department}"));
    }
    Ok(())
}
