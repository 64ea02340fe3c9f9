//! `clientpass config check`: whether the service would start with this configuration.

use clap::Subcommand;

use super::terminal::say;
use crate::app::{self, Environment, StartError};
use crate::config::Config;

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass --config /etc/clientpass/clientpass.toml config check && systemctl restart clientpass

It reads the configuration and the files that it names, certificates and keys among them, and refuses what the service
would refuse to start with. It opens no data and no port, and asks no database. Run it as the user that clientpass runs
as: root may read files that this user may not. Exit code 0 if it can be used, 1 or 2 if not.";

/// What is wanted.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say whether the service would start with this configuration
    #[command(after_help = EXAMPLES)]
    Check,
}

/// Checks the configuration.
pub fn run(config: &Config, options: &Options) -> Result<(), String> {
    match options.command {
        Command::Check => {
            // A start ends with the first fault; so does this, in the same words.
            app::check(config, &Environment::system())
                .map_err(|faults| StartError::from(faults).to_string())?;
            say("the configuration can be used");
            Ok(())
        }
    }
}
