//! `clientpass service-keys`: which there are, a new one, the end of one; also where no operator key is left.

use clap::builder::PossibleValuesParser;

use super::order::order;
use super::terminal::{print_json, say};
use crate::config::Config;
use crate::service::admin::{AdminCommand, AdminReply};
use crate::service::service_keys::ANOTHER_OPERATOR;
use crate::service::service_keys::at_terminal::KeyListing;

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass service-keys                                                  which there are
  clientpass service-keys create --role operator --label operator          where the last one was lost or has leaked
  clientpass service-keys create --role mail_server --label imap.example.org
  clientpass service-keys revoke 019bbf00-0000-7000-8000-000000000021

Whether clientpass serves or not. A key is shown once, when it is made.";

/// What is asked about service keys.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    /// Print one line of JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the service keys (what happens without a command)
    #[command(after_help = "Example:\n  clientpass service-keys list --json")]
    List,
    /// Make a service key
    #[command(
        after_help = "Example:\n  clientpass service-keys create --role mail_server --label imap.example.org --json\n\nThe key is shown this once."
    )]
    Create {
        /// What it may do
        #[arg(long, value_parser = PossibleValuesParser::new(["operator", "directory", "mail_server", "auditor"]))]
        role: String,
        /// Id of the organization that it is bound to [default: none, so all]
        #[arg(long, value_name = "ID")]
        organization: Option<String>,
        /// What it is called
        #[arg(long)]
        label: String,
    },
    /// End a service key, at once and for good
    #[command(after_help = "Example:\n  clientpass service-keys revoke 019bbf00-0000-7000-8000-000000000021")]
    Revoke {
        /// Its id, as `clientpass service-keys` shows it
        id: String,
    },
}

/// Has the command executed, and shows the reply.
pub fn run(config: &Config, options: Options) -> Result<(), String> {
    let wanted = match options.command {
        None | Some(Command::List) => AdminCommand::ServiceKeys,
        Some(Command::Create { role, organization, label }) => {
            AdminCommand::CreateServiceKey { role, organization, label }
        }
        Some(Command::Revoke { id }) => AdminCommand::RevokeServiceKey { id },
    };

    let report = order(config, &wanted)?;

    match &report {
        AdminReply::ServiceKeys(keys) if options.json => {
            print_json(&serde_json::json!({"service_keys": keys}))
        }
        AdminReply::ServiceKeyCreated(made) if options.json => print_json(made),
        AdminReply::ServiceKeyRevoked { id, last_operator } if options.json => {
            print_json(&serde_json::json!({"id": id, "last_operator_key": last_operator}))
        }
        report => {
            tell(report);
            Ok(())
        }
    }
}

fn tell(report: &AdminReply) {
    match report {
        AdminReply::ServiceKeys(keys) => {
            say(
                "id                                    role         bound to                              last used                    label",
            );
            for key in keys {
                say(&line(key));
            }
        }
        AdminReply::ServiceKeyCreated(made) => {
            say(&format!("service key {} is made; keep it now, it is shown this once:", made.listing.id));
            say(made.key.expose());
        }
        AdminReply::ServiceKeyRevoked { id, last_operator } => {
            say(&format!("service key {id} has ended"));
            if *last_operator {
                say(&format!("it was the last operator key; this makes another: {ANOTHER_OPERATOR}"));
            }
        }
        _ => {}
    }
}

fn line(key: &KeyListing) -> String {
    let home = key.organization_id.as_deref().unwrap_or("no organization");
    let used = key.last_used_at.as_deref().unwrap_or("never");
    let leaked = if key.leak_reported_at.is_some() { "  was found somewhere: replace it" } else { "" };
    format!("{:<36}  {:<11}  {home:<36}  {used:<27}  {}{leaked}", key.id, key.role, key.label)
}
