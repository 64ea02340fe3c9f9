//! `clientpass setup-link`: a new setup link, for whoever did not see the one of the start.

use serde_json::json;

use super::order::order;
use super::terminal::{print_json, say};
use crate::config::Config;
use crate::domain::secret::Secret;
use crate::service::admin::{AdminCommand, AdminReply};

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass setup-link                                     beside a service that was just started
  clientpass --data-dir /var/lib/clientpass setup-link      its data lie elsewhere
  clientpass setup-link --json                              {\"link\": …}

The service must be running. The link is good for an hour and works once; the one before it is good no more. Exit code 1
if there is an organization already: then sign in, or see clientpass service-keys --help.";

/// How the link is shown.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// Has the process that serves make a link, and shows it.
pub fn run(config: &Config, options: &Options) -> Result<(), String> {
    if let AdminReply::SetupTokenMade(made) = order(config, &AdminCommand::MakeSetupToken)? {
        let link = link(&made.pages, &made.token);
        if options.json {
            return print_json(&json!({"link": link}));
        }
        say("Open this link within an hour; it works once:");
        say(&link);
    }
    Ok(())
}

/// The link with this token to the pages at this origin. A browser sends nobody what is behind the `#`.
pub fn link(pages: &str, token: &Secret) -> String {
    format!("{pages}/setup#{}", token.expose())
}
