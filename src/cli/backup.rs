//! `clientpass backup`: a copy of the database, made beside the process that serves.

use std::path::PathBuf;

use serde_json::json;

use super::order::order;
use super::terminal::{print_json, say};
use crate::config::Config;
use crate::service::admin::{AdminCommand, AdminReply};

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Example:
  clientpass backup /var/backups/clientpass-monday.sqlite

The file must not exist yet; it gets mode 0600. It holds neither sessions nor the keyring: keep a copy of that
elsewhere, because without it the backup is of no use. For PostgreSQL use pg_dump or pg_basebackup.";

/// What is wanted.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The new file
    file: PathBuf,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// Makes the copy: the process that serves does it, or this one where none serves.
pub fn run(config: &Config, options: &Options) -> Result<(), String> {
    // The process that serves may be in another folder.
    let file =
        std::path::absolute(&options.file).map_err(|why| format!("{}: {why}", options.file.display()))?;

    if let AdminReply::BackedUp { file } = order(config, &AdminCommand::BackUp { file })? {
        if options.json {
            return print_json(&json!({"file": file}));
        }
        say(&format!(
            "the database is in {}; the keyring is not: keep a copy of it elsewhere",
            file.display()
        ));
    }
    Ok(())
}
