//! `clientpass admin members`: which there are, what they may do, and where their mail was opened.

use clap::builder::PossibleValuesParser;

use super::lists::{Listing, Shown, WhichMembers, Written};
use crate::cli::terminal::{print_json, say};
use crate::service::administration::{LogInListing, LogInsListing, RoleListing, Task};

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass admin members list --secure-login off
  clientpass admin members export --output members.csv
  clientpass admin members role alice@example.org admin
  clientpass admin members role bob@example.org department_admin --department Sales --department Press
  clientpass admin members log-ins alice@example.org";

/// What is asked about members.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show members, newest first
    #[command(
        after_help = "Example:\n  clientpass admin members list --department Sales/North --state suspended"
    )]
    List {
        #[command(flatten)]
        which: WhichMembers,
        #[command(flatten)]
        shown: Shown,
    },
    /// Write all that match to a file
    #[command(
        after_help = "Example:\n  clientpass admin members export --secure-login off --output without.csv"
    )]
    Export {
        #[command(flatten)]
        which: WhichMembers,
        #[command(flatten)]
        written: Written,
    },
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
    /// List where and with what a member's mail was opened in the last days
    #[command(
        after_help = "Example:\n  clientpass admin members log-ins alice@example.org\n\nThe policy says for how many days log-ins are kept (history_days). Older ones of a member who has more than 64\nare folded together, by network."
    )]
    LogIns {
        /// Login of the member
        login: String,
    },
}

/// What is to be done.
pub enum Errand {
    /// This, at once.
    Task(Task),
    /// A list, piece by piece.
    Listing(Listing),
}

impl Command {
    /// What is to be done.
    pub fn errand(self) -> Errand {
        match self {
            Self::Role { login, role, departments } => {
                Errand::Task(Task::ChangeRole { login, role, departments })
            }
            Self::LogIns { login } => Errand::Task(Task::LogIns { login }),
            Self::List { which, shown } => Errand::Listing(which.shown(&shown)),
            Self::Export { which, written } => Errand::Listing(which.written(written)),
        }
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

/// Shows where and with what a member's mail was opened.
pub fn show_log_ins(of: &LogInsListing, json: bool) -> Result<(), String> {
    if json {
        return print_json(of);
    }
    if of.history_days == 0 {
        say("no log-ins are kept: history_days of the policy is 0");
        return Ok(());
    }
    if of.log_ins.is_empty() {
        say(&format!("nobody opened mail of {} in the last {} days", of.login, of.history_days));
        return Ok(());
    }
    for row in &of.log_ins {
        let count = row.count;
        let client = row.client.as_deref().unwrap_or("-");
        let from = row.from.as_deref().unwrap_or(if row.folded { "several networks" } else { "-" });
        let (protocol, with) = (&row.protocol, with(row));
        say(&format!("{}  {count:>6} times  {protocol:<7}  {from:<39}  {with:<24}  {client}", row.last_at));
    }
    Ok(())
}

/// What mail was opened with.
fn with(row: &LogInListing) -> &str {
    match (row.via.as_deref(), row.label.as_deref(), row.client_password_id.as_deref()) {
        (None, ..) => "passed on",
        (Some("account_password"), ..) => "account password",
        (_, Some(label), _) => label,
        (_, None, Some(id)) => id,
        (_, None, None) => "client passwords",
    }
}
