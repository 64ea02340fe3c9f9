//! `clientpass restore`: a backup takes the place of the data, and nothing that has ended revives.

use std::path::PathBuf;

use super::terminal::{print_json, say};
use crate::app::{self, Environment};
use crate::config::Config;
use crate::service::restore::Restored;

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass restore /var/backups/clientpass-monday.sqlite
  clientpass restore /var/backups/clientpass-monday.sqlite --accept-revival
  clientpass restore --end-all      after a backup of PostgreSQL, or a copy of the folder, was put back

Stop clientpass first, and have the keyring that belongs to the backup in its place. Everything that has ended
according to the data that are there stays ended, and what protects stays as it is there: secure login, a lower role, a
suspension, second factors, an unbound domain. Members of whom something is not as in the backup, or not as it was, are
told. Where there are no data, all client passwords end, unless told --accept-revival, and whoever has turned secure
login on since the backup has it off: the number of members without it is said. Sessions are over.";

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

/// Restores, with clientpass stopped, and shows what came of it.
pub fn run(config: &Config, options: &Options) -> Result<(), String> {
    let restore = app::Restore {
        file: options.file.as_deref(),
        end_all: options.end_all,
        accept_revival: options.accept_revival,
    };
    let restored =
        actix_web::rt::System::new().block_on(app::restore(config, &Environment::system(), &restore))?;

    if options.json {
        return print_json(&restored);
    }
    tell(&restored);
    Ok(())
}

fn tell(restored: &Restored) {
    if restored.replayed {
        say(
            "what had ended according to the data that were there has stayed ended; what protects is as it was there",
        );
        say(&format!(
            "{} members are told what of theirs was not the same in the backup",
            restored.told_members
        ));
    }
    if restored.ended_organizations > 0 {
        say(&format!("all client passwords of {} organizations have ended", restored.ended_organizations));
    } else if restored.revived {
        say("client passwords that ended after the backup open mail again");
    }

    if let Some(off) = restored.secure_login_off {
        say(&format!(
            "secure login is off for {off} members, so mail clients may get in with their account passwords: whoever has \
             turned it on since the backup has to do so again (GET /v1/organizations/ID/members?secure_login=false)"
        ));
    }

    say("start clientpass; members sign in again");
}
