//! `clientpass admin leaks`: what was found somewhere is reported, and ends.

use serde_json::json;

use crate::cli::order::order;
use crate::cli::terminal::{note, print_json, read_bytes, say};
use crate::config::Config;
use crate::domain::leak::LeakedString;
use crate::domain::scan::found_in;
use crate::service::admin::{AdminCommand, AdminReply};

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass admin leaks report found.log
  clientpass admin leaks report - < paste.txt
  clientpass scan /srv/www --report              looks through folders and archives, and reports

A whole log or page will do: what has the form of client passwords, keys, sessions and links is taken from it. Whatever of
that is one of ours ends in every organization; who had it is told. The key of a mail server goes on, and is marked in
clientpass service-keys list: replace it.";

/// What is done about leaks.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// End whatever is in a file
    #[command(
        after_help = "Examples:\n  clientpass admin leaks report found.log\n  clientpass admin leaks report - < paste.txt"
    )]
    Report {
        /// File with what was found; - reads it from standard input
        file: String,
    },
}

/// Reports what is in the file.
pub fn run(config: &Config, command: &Command, json: bool) -> Result<(), String> {
    let Command::Report { file } = command;
    let found = found_in(&String::from_utf8_lossy(&read_bytes(file)?));
    let strings = found.len();

    if !found.is_empty() {
        note(&format!("reporting {strings} strings that have the form of our secrets"));
        report(config, &found)?;
    }
    if json {
        return print_json(&json!({"strings": strings}));
    }
    if strings == 0 {
        say("nothing in it has the form of our secrets, so there was nothing to report");
    } else {
        say(&format!(
            "reported: {strings} strings have the form of our secrets; whatever of them was one of ours has ended. Which it was \
             the audit log of each organization says"
        ));
    }
    Ok(())
}

/// Reports to the service whose data directory this is.
pub fn report(config: &Config, found: &[LeakedString]) -> Result<(), String> {
    let secrets = found.iter().map(LeakedString::to_secret).collect();
    match order(config, &AdminCommand::ReportLeaks { secrets })? {
        AdminReply::LeaksReported { .. } => Ok(()),
        _ => Err(
            "clientpass is of another version, and has answered something else; look what has become of it"
                .into(),
        ),
    }
}
