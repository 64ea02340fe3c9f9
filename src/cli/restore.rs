//! `clientpass restore`: a backup takes the place of the data, and nothing that has ended revives.

use std::path::PathBuf;

use super::{print_json, say};
use crate::app::{self, Outside};
use crate::config::Config;
use crate::service::restoring::Restored;

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass restore /var/backups/clientpass-monday.sqlite
  clientpass restore /var/backups/clientpass-monday.sqlite --accept-revival
  clientpass restore --end-all      after a backup of PostgreSQL, or a copy of the folder, was put back

Stop clientpass first, and have the keyring that belongs to the backup in its place. Everything that has ended
according to the data that are there stays ended. Where there are none, all client passwords end, unless told
--accept-revival. Sessions are over.";

/// What is wanted.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// A file that `clientpass backup` has made
    #[arg(required_unless_present = "end_all")]
    file: Option<PathBuf>,
    /// End all client passwords of all organizations
    #[arg(long)]
    end_all: bool,
    /// Without data that know what has ended since: revive it, instead of ending all client passwords
    #[arg(long, conflicts_with = "end_all")]
    accept_revival: bool,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// Does it.
pub fn run(config: &Config, options: &Options) -> Result<(), String> {
    let wish = app::Restore {
        file: options.file.as_deref(),
        end_all: options.end_all,
        accept_revival: options.accept_revival,
    };
    let restored = actix_web::rt::System::new().block_on(app::restore(config, &Outside::system(), &wish))?;
    if options.json {
        return print_json(&restored);
    }
    tell(&restored);
    Ok(())
}

fn tell(restored: &Restored) {
    if restored.replayed {
        say("what had ended according to the data that were there has stayed ended");
    }
    if restored.ended_organizations > 0 {
        say(&format!("all client passwords of {} organizations have ended", restored.ended_organizations));
    } else if restored.revived {
        say("client passwords that ended after the backup open mail again");
    }
    say("start clientpass; members sign in again");
}
