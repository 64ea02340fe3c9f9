//! `clientpass keys`: what is in the keyring, a new pepper, the end of the older one.

use super::order::order;
use super::terminal::{print_json, say};
use crate::config::Config;
use crate::service::admin::{AdminCommand, AdminReply};
use crate::service::keys::KeyState;

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass keys                  what there is, and what is under each key
  clientpass keys add              from now on everything new is made under a new pepper
  clientpass keys retire 1         a day later or more: once nothing live is under pepper 1
  clientpass keys retire 1 --end   the same at once; what is still under it ends for good, but not the last operator key
                                   unless told --force

Whether clientpass serves or not. Copies of the keyring are yours to renew.";

/// What is asked of the keyring.
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
    /// List the keys (what happens without a command)
    #[command(after_help = "Example:\n  clientpass keys list --json")]
    List,
    /// Add a pepper; at most two are valid at once
    #[command(after_help = "Example:\n  clientpass keys add")]
    Add,
    /// Retire the older pepper; refused while anything live is under it
    #[command(
        after_help = "Example:\n  clientpass keys retire 1\n\nIts key is destroyed. Backups made before need the old keyring."
    )]
    Retire {
        /// Number of the pepper, as `clientpass keys` shows it
        id: i64,
        /// End what is still live under it
        #[arg(long)]
        end: bool,
        /// Also where the last operator key is among that
        #[arg(long, requires = "end")]
        force: bool,
    },
}

/// Has the command executed, and shows the reply.
pub fn run(config: &Config, options: &Options) -> Result<(), String> {
    let command = match options.command {
        None | Some(Command::List) => AdminCommand::Keys,
        Some(Command::Add) => AdminCommand::AddPepper,
        Some(Command::Retire { id, end, force }) => AdminCommand::RetirePepper { id, end, force },
    };

    let report = order(config, &command)?;

    match report {
        AdminReply::Keys(keys) if options.json => print_json(&serde_json::json!({"keys": keys})),
        AdminReply::Retired(retired) if options.json => print_json(&retired),
        AdminReply::Added { id } if options.json => print_json(&serde_json::json!({"id": id})),
        report => {
            tell(&report);
            Ok(())
        }
    }
}

fn tell(report: &AdminReply) {
    match report {
        AdminReply::Keys(keys) => {
            say("  id  use     made                         under it");
            for key in keys {
                say(&line(key));
            }
        }
        AdminReply::Added { id } => {
            say(&format!(
                "pepper {id} is in use; client passwords and service keys move to it with their next use"
            ));
            say("keep a copy of the keyring, apart from backups of the database");
        }
        AdminReply::Retired(retired) => {
            say(&format!("pepper {} is gone", retired.id));
            say(&format!(
                "ended: {} client passwords, {} service keys; no longer recognised: {} ended client passwords",
                retired.ended_client_passwords, retired.ended_service_keys, retired.blind_tombstones
            ));
        }
        _ => {}
    }
}

fn line(key: &KeyState) -> String {
    let under = if key.purpose == "pepper" {
        format!(
            "{} client passwords, {} service keys, {} ended{}",
            key.client_passwords,
            key.service_keys,
            key.tombstones,
            if key.newest { "" } else { "   (older)" }
        )
    } else {
        "what must be read back".into()
    };
    format!("{:>4}  {:<6}  {:<27}  {under}", key.id, key.purpose, key.created_at)
}
