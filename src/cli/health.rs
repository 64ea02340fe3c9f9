//! `clientpass health`: whether the service of this configuration answers, as an exit code.

use super::terminal::say;
use crate::app::{Question, health};
use crate::config::Config;

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass --config /etc/clientpass/clientpass.toml health
  clientpass health --ready          whether it can answer checks, too: its database is there

  HEALTHCHECK CMD [\"clientpass\", \"health\"]                                   of a container
  external-check command \"/usr/bin/clientpass health --ready\"                of HAProxy

Exit code 0 if it answers, 1 if not, or not within three seconds, 2 for wrong arguments. It asks the address that the
configuration says, on this machine, and opens no data. Do not restart the service because --ready says no: it answers
mail servers \"temporarily unavailable\" meanwhile, and goes on by itself.";

/// What is asked.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Ask whether it can answer checks, and not only whether the process is alive
    #[arg(long)]
    ready: bool,
}

/// Asks, and says what came of it.
pub fn run(config: &Config, options: &Options) -> Result<(), String> {
    let question = if options.ready { Question::Ready } else { Question::Alive };
    let answer = actix_web::rt::System::new().block_on(health(config, question));
    answer.map_err(|why| format!("{}: {why}", config.server.listen))?;
    say(if options.ready { "ready" } else { "alive" });
    Ok(())
}
